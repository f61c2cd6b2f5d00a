"""The API's document and its page."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from flask import Blueprint, Response, current_app, request
from markupsafe import Markup, escape

from app.access.guard import public
from app.access.scopes import NAMES, Scope
from app.api.document import document, doors
from app.core.htmx import render_page
from app.core.published import published
from app.outbox.webhooks.events import offered

blueprint = Blueprint("api_public", __name__)


@blueprint.get("/api/openapi.json")
@public
@published
def openapi() -> Response:
    """Open to everybody: it says how to ask, and nothing about anybody."""
    response = Response(json.dumps(document(), ensure_ascii=False) + "\n", mimetype="application/json")
    response.set_etag(hashlib.sha256(response.get_data()).hexdigest()[:32])
    response.headers["Cache-Control"] = "public, max-age=300"
    response.make_conditional(request)
    return response


@blueprint.get("/api")
@public
def page() -> Response:
    made = document()
    return render_page(
        "api/page.html",
        groups=[(door, list(_told(made, door.tag))) for door in doors()],
        schemas=made["components"]["schemas"],
        scopes=[(scope.value, NAMES[scope]) for scope in Scope],
        events=offered(),
        coded=_coded,
        base=current_app.config["GANGWAY"].public_url.rstrip("/"),
    )


def _coded(text: str) -> Markup:
    """What the document marks as code by backticks, as HTML."""
    pieces = re.split("`([^`]+)`", text)
    return Markup("").join(
        Markup("<code>{}</code>").format(piece) if n % 2 else escape(piece) for n, piece in enumerate(pieces)
    )


def _told(made: dict[str, Any], tag: str) -> Any:
    for path, methods in made["paths"].items():
        for method, operation in methods.items():
            if tag in operation["tags"]:
                yield method.upper(), path, operation
