"""Manuals at the desk: intakes to judge, drafts to complete, publishing, and pilots."""

from importlib import import_module
from pathlib import Path

from flask import Blueprint

blueprint = Blueprint("manuals_desk", __name__, url_prefix="/desk")

ROOMS = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))

for room in ROOMS:
    import_module(f"app.manuals.desk.{room}")  # each adds its routes to the blueprint
