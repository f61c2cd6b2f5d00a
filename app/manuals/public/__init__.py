"""Manuals, onboarding pages and their pictures for everybody."""

from importlib import import_module
from pathlib import Path

from flask import Blueprint

blueprint = Blueprint("manuals_public", __name__)

for room in sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py")):
    import_module(f"app.manuals.public.{room}")  # each adds its routes to the blueprint
