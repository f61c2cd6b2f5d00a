"""Billing at the desk: details, what is due, hand-overs, invoices."""

from importlib import import_module
from pathlib import Path

from flask import Blueprint

blueprint = Blueprint("billing_desk", __name__, url_prefix="/desk")

for room in sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py")):
    import_module(f"app.billing.desk.{room}")  # each adds its routes to the blueprint
