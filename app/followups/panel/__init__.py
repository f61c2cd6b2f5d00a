"""The panel of a service partner: follow-ups and companies that are assigned to it now, and its own details."""

from importlib import import_module
from pathlib import Path

from flask import Blueprint

blueprint = Blueprint("followups_panel", __name__, url_prefix="/panel")

for room in sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py")):
    import_module(f"app.followups.panel.{room}")  # each adds its routes to the blueprint
