"""Plans whose starting date has come while nobody confirmed the customer as visible: told once for each date (C7)."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog

from app.core.db import db, lock, write
from app.history.service import record
from app.outbox.mail import Recipient
from app.outbox.service import post
from app.people.models import Person
from app.plans import texts
from app.plans.emails import NotVisible
from app.plans.models import Plan, PlanState
from app.settings.models import vendor

NOON = 12
"""The hour at the vendor's from which it is told: whoever publishes in the morning is not disturbed."""


def alert(moment: datetime) -> None:
    """Tells of each plan once for its starting date, in a write of its own. A date that was missed by a standstill is
    told of later; one that is agreed anew is told of anew."""
    there = moment.astimezone(ZoneInfo(vendor().timezone))
    due = sa.select(Plan.id, Plan.playbook_version_id).where(*_unconfirmed(there.date(), there.hour >= NOON))
    for plan_id, version_id in db.session.execute(due.order_by(Plan.id)).all():
        if texts.outline_of(version_id).starting is None:
            continue
        try:
            with write():
                plan = lock(Plan, plan_id)
                if _still(plan, there.date()):
                    _tell(plan)
        except Exception:  # one plan's trouble must not keep the others from being told of
            db.session.rollback()
            structlog.get_logger("plans").exception("alert failed", plan=plan_id)


def _unconfirmed(day: date, today_too: bool) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        Plan.state == PlanState.RUNNING,
        Plan.live_on.is_(None),
        Plan.golive_on <= day if today_too else Plan.golive_on < day,
        sa.or_(Plan.alerted_on.is_(None), Plan.alerted_on != Plan.golive_on),
    )


def _still(plan: Plan, day: date) -> bool:
    """Looked at again while it is held: somebody may have confirmed or moved it a moment ago."""
    return (
        plan.state == PlanState.RUNNING
        and plan.live_on is None
        and plan.golive_on is not None
        and plan.golive_on <= day
        and plan.alerted_on != plan.golive_on
    )


def _tell(plan: Plan) -> None:
    """The account manager, and sales: whoever started the plan or converted its lead. One mail for each person."""
    assert plan.golive_on is not None
    before = plan.alerted_on
    plan.alerted_on = plan.golive_on
    record(
        plan,
        "plan.visibility_alerted",
        None,
        {"alerted_on": (before.isoformat() if before else None, plan.golive_on.isoformat())},
    )
    people = sa.select(Person).where(Person.id.in_({plan.manager_id, plan.created_by_id} - {None}))
    for person in db.session.scalars(people.order_by(Person.id)):
        if person.is_active:
            to = Recipient.of(person)
            post(NotVisible(plan.ref, plan.name, plan.golive_on), to, conversation=f"plan:{plan.ref}")
