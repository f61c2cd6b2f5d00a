"""The directory in the panel: what a software partner publishes itself."""

from importlib import import_module
from pathlib import Path

from flask import Blueprint

blueprint = Blueprint("directory_panel", __name__, url_prefix="/panel")

for room in sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py")):
    import_module(f"app.directory.panel.{room}")  # each adds its routes to the blueprint
