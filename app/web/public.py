"""The landing page and the health addresses."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Blueprint, Response, make_response

from app.access.guard import public
from app.core.db import db
from app.core.htmx import render_page

blueprint = Blueprint("web", __name__)


@blueprint.get("/")
@public
def home() -> Response:
    return render_page("web/home.html")


@blueprint.get("/healthz")
@public
def healthz() -> Response:
    """The process answers."""
    return make_response("ok", 200)


@blueprint.get("/readyz")
@public
def readyz() -> Response:
    """The database answers."""
    db.session.execute(sa.text("SELECT 1"))
    return make_response("ok", 200)
