"""Billing in the reseller's panel: what its customers are invoiced for, and the invoices (R14, R15)."""

from __future__ import annotations

from importlib import import_module

from flask import Blueprint

blueprint = Blueprint("billing_panel", __name__, url_prefix="/panel")

for room in ("details", "invoices"):
    import_module(f"app.billing.panel.{room}")  # each adds its routes to the blueprint
