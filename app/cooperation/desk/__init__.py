"""The work together with a software partner at the desk: agreement, marketing, goals, reviews."""

from importlib import import_module
from pathlib import Path

from flask import Blueprint

from app.cooperation import parts

blueprint = Blueprint("cooperation_desk", __name__, url_prefix="/desk")

for room in sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py")):
    import_module(f"app.cooperation.desk.{room}")  # each adds its routes to the blueprint

__all__ = ["blueprint", "parts"]
