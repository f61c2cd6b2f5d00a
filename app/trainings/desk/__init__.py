"""Sessions at the desk: their list, one session, planning and changing it, who takes part, holding it."""

from importlib import import_module
from pathlib import Path

from flask import Blueprint

from app.trainings import words

blueprint = Blueprint("trainings_desk", __name__, url_prefix="/desk/trainings")
blueprint.add_app_template_filter(words.when, "session_when")
blueprint.add_app_template_filter(words.start_of, "session_start")

for room in sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py")):
    import_module(f"app.trainings.desk.{room}")  # each adds its routes to the blueprint
