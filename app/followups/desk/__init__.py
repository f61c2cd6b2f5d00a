"""The total service at the desk: interest, follow-ups, service partners, and the choice of one."""

from importlib import import_module
from pathlib import Path

from flask import Blueprint

blueprint = Blueprint("followups_desk", __name__, url_prefix="/desk")

ROOMS = sorted(
    (path.stem for path in Path(__file__).parent.glob("[a-z]*.py")), key=lambda room: (room != "interest", room)
)
"""Interest first: its part of a lead's page stands above the others."""

for room in ROOMS:
    import_module(f"app.followups.desk.{room}")  # each adds its routes to the blueprint
