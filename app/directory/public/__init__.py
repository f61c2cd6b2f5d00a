"""The directory for everybody: its pages, one for each integration, and what search engines read."""

from importlib import import_module
from pathlib import Path

from flask import Blueprint

blueprint = Blueprint("directory_public", __name__)

for room in sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py")):
    import_module(f"app.directory.public.{room}")  # each adds its routes to the blueprint
