"""Words for the standing of a plan, the same wherever it is shown."""

from __future__ import annotations

from typing import Any

from app.core.i18n import _l
from app.plans.models import Health, PlanState, Waiting

STATES: dict[str, Any] = {
    PlanState.RUNNING: _l("Running"),
    PlanState.DONE: _l("Completed"),
    PlanState.ARCHIVED: _l("Archived"),
}
HEALTHS: dict[str, Any] = {
    Health.ON_TRACK: _l("On track"),
    Health.AT_RISK: _l("At risk"),
    Health.LATE: _l("Late"),
}
WAITS: dict[str, Any] = {
    Waiting.CUSTOMER: _l("The customer"),
    Waiting.VENDOR: _l("Us"),
    Waiting.PAUSED: _l("Paused"),
    Waiting.NOBODY: _l("Nobody"),
}
"""Whom a plan waits for, as staff read it."""
