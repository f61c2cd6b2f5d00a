"""The customer's page: a plan, one of its tasks, and what its people do there, behind a personal link (I5)."""

from importlib import import_module
from pathlib import Path

from flask import Blueprint

from app.plans import entrances

blueprint = Blueprint("plans_my", __name__, url_prefix="/my")

entrances.open_them()
for room in sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py")):
    import_module(f"app.plans.my.{room}")  # each adds its routes to the blueprint
