"""Plans at the desk: the portfolio, one plan and its tasks, starting and changing one, an account manager's day."""

from importlib import import_module
from pathlib import Path

from flask import Blueprint

blueprint = Blueprint("plans_desk", __name__, url_prefix="/desk/plans")

for room in sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py")):
    import_module(f"app.plans.desk.{room}")  # each adds its routes to the blueprint
