"""Privacy at the desk: what persons ask, what is held of somebody, and how long things are kept."""

from importlib import import_module

from flask import Blueprint

blueprint = Blueprint("privacy_desk", __name__, url_prefix="/desk/privacy")

for room in ("requests", "holdings", "retention"):
    import_module(f"app.privacy.desk.{room}")  # each adds its routes to the blueprint
