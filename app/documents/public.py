"""The privacy notice in force, for everybody, and a text's exact bytes for whoever checks a digest."""

from __future__ import annotations

from flask import Blueprint, Response

from app.access.guard import public
from app.core.errors import NotFound
from app.core.htmx import render_page
from app.core.i18n import current_locale
from app.documents import queries
from app.documents.models import DocumentKind

blueprint = Blueprint("documents_public", __name__)


@blueprint.get("/privacy")
@public
def privacy() -> Response:
    """Raises NotFound: nothing is published yet."""
    version = queries.in_force(DocumentKind.PRIVACY_NOTICE)
    text = queries.text_in(version, current_locale()) if version else None
    if version is None or text is None:
        raise NotFound
    return render_page("documents/privacy.html", version=version, text=text)
