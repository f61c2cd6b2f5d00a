"""The landing page."""

from __future__ import annotations

from flask import Blueprint, Response

from app.access.guard import public
from app.core.htmx import render_page

blueprint = Blueprint("web", __name__)


@blueprint.get("/")
@public
def home() -> Response:
    return render_page("web/home.html")
