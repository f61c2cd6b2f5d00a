"""The panel of a software partner: its steps, products, questions and details."""

from importlib import import_module
from pathlib import Path

from flask import Blueprint

blueprint = Blueprint("integrations_panel", __name__, url_prefix="/panel")

for room in sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py")):
    import_module(f"app.integrations.panel.{room}")  # each adds its routes to the blueprint
