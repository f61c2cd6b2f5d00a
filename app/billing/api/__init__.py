"""Billing for programs: invoices, billing details, what is due."""

from __future__ import annotations

from importlib import import_module

from app.core.api import Door

blueprint = Door("billing", __name__, "What customers are invoiced for, what is due, and the invoices.")

for room in ("details", "due", "invoices"):
    import_module(f"app.billing.api.{room}")  # each adds its operations to the door
