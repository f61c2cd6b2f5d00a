"""The days from which others are reckoned: contract, kick-off, going live (I7)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.plans.models import Plan
from app.plans.party import Hand
from app.plans.service.changing import put, record
from app.playbooks.outline import Anchor


def reached(
    plan: Plan, anchor: str, on: date, by: Hand | None, agreed: Mapping[str, Any], *, public_url: str | None = None
) -> None:
    """A task whose doing is this anchor was done on that day; of a held plan. `agreed` is what the kick-off settled,
    `public_url` where the customer can be seen, as far as the task asks for it."""
    if anchor == Anchor.KICKOFF:
        if changes := put(plan, kickoff_on=on, kickoff_held=True, agreed=dict(agreed)):
            record(plan, "plan.kickoff_reached", by, changes, plan=plan)
    elif anchor == Anchor.GOLIVE:
        seen_at = {} if public_url is None else {"public_url": public_url}
        if changes := put(plan, live_on=on, **seen_at):
            record(plan, "plan.golive_reached", by, changes, plan=plan)


def not_reached(plan: Plan, anchor: str, by: Hand | None) -> None:
    """That task was opened again: the meeting is still agreed, going live is taken back."""
    if anchor == Anchor.KICKOFF:
        if changes := put(plan, kickoff_held=False):
            record(plan, "plan.kickoff_undone", by, changes, plan=plan)
    elif anchor == Anchor.GOLIVE and (changes := put(plan, live_on=None, public_url="")):
        record(plan, "plan.golive_undone", by, changes, plan=plan)
