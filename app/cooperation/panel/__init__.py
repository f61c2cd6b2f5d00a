"""The work together in the panel of a software partner: it reads and confirms, and notes what is done."""

from importlib import import_module
from pathlib import Path

from flask import Blueprint

from app.cooperation import parts

blueprint = Blueprint("cooperation_panel", __name__, url_prefix="/panel")

for room in sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py")):
    import_module(f"app.cooperation.panel.{room}")  # each adds its routes to the blueprint

__all__ = ["blueprint", "parts"]
