"""The directory at the desk: what is listed, categories, questions and answers."""

from importlib import import_module
from pathlib import Path

from flask import Blueprint

blueprint = Blueprint("directory_desk", __name__, url_prefix="/desk")

for room in sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py")):
    import_module(f"app.directory.desk.{room}")  # each adds its routes to the blueprint
