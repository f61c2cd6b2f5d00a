"""Manuals in the panel of a software partner: what it supplies, and what became of it."""

from importlib import import_module
from pathlib import Path

from flask import Blueprint

from app.manuals import parts, returned

blueprint = Blueprint("manuals_panel", __name__, url_prefix="/panel")

for room in sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py")):
    import_module(f"app.manuals.panel.{room}")  # each adds its routes to the blueprint

__all__ = ["blueprint", "parts", "returned"]
