"""Software partners at the desk: registrations, partners, introductions, questions, products, packages, links."""

from importlib import import_module
from pathlib import Path

from flask import Blueprint

blueprint = Blueprint("integrations_desk", __name__, url_prefix="/desk")

for room in sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py")):
    import_module(f"app.integrations.desk.{room}")  # each adds its routes to the blueprint
