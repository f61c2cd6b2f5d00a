"""The API's document and its page."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("api_public", __name__)
