"""Plans at the desk: the portfolio, one plan and its tasks, starting and changing one, an account manager's day."""

from importlib import import_module
from pathlib import Path

from flask import Blueprint

from app.plans import states, texts
from app.plans.cases import status_of
from app.playbooks.outline import said

blueprint = Blueprint("plans_desk", __name__, url_prefix="/desk/plans")
blueprint.add_app_template_filter(said, "in_words")
blueprint.add_app_template_filter(texts.title_of, "title_of")
blueprint.add_app_template_filter(texts.hint_of, "hint_of")
blueprint.add_app_template_filter(texts.instruction_of, "instruction_of")
blueprint.add_app_template_filter(texts.module_label, "module_of")
blueprint.add_app_template_filter(texts.phase_title, "phase_of")
blueprint.add_app_template_filter(texts.training_title, "training_title")
blueprint.add_app_template_filter(texts.held_in_series, "held_in_series")
blueprint.add_app_template_filter(lambda plan: status_of(plan, texts.outline_of(plan)), "status_of")
blueprint.add_app_template_filter(texts.begins_on_a_day, "begins_on_a_day")
blueprint.add_app_template_filter(states.validity, "validity_of")

for room in sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py")):
    import_module(f"app.plans.desk.{room}")  # each adds its routes to the blueprint
