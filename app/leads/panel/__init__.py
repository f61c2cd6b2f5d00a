"""Leads in the reseller's panel: home, lists, one lead, editing, asking for changes (R10, R11, R13)."""

from __future__ import annotations

from importlib import import_module

from flask import Blueprint, request
from flask.wrappers import Response

from app.leads import queries
from app.leads.models import Lead
from app.leads.queries import panel
from app.partners import gate

blueprint = Blueprint("leads_panel", __name__)


@blueprint.before_app_request
def _closed_while_suspended() -> Response | None:
    return gate.closed_while_suspended()


def own(ref: str) -> Lead:
    """The lead of this reference, if it is the reseller's in whose name the person works now. Raises NotFound."""
    return queries.one(panel.of(gate.standing().reseller), ref)


def wish() -> str:
    """Which button of a form was pressed, when it has several."""
    return request.form.get("do", "")


for room in ("lists", "home", "lead", "edit", "requests", "accounts", "belongings"):
    import_module(f"app.leads.panel.{room}")  # each adds its routes to the blueprint
