"""Leads at the desk: lists and pages, decisions, conversions, change requests."""

from importlib import import_module

from flask import Blueprint

blueprint = Blueprint("leads_desk", __name__, url_prefix="/desk")

for room in ("pages", "decisions", "conversions", "requests"):
    import_module(f"app.leads.desk.{room}")  # each adds its routes to the blueprint
