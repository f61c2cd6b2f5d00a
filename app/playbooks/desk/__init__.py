"""Playbooks at the desk: the list, versions with preview and comparison, and the editor of drafts."""

from importlib import import_module

from flask import Blueprint

blueprint = Blueprint("playbooks_desk", __name__, url_prefix="/desk/playbooks")

for room in ("shelves", "versions", "drafts"):
    import_module(f"app.playbooks.desk.{room}")  # each adds its routes to the blueprint
