"""When the personal links of a plan close (DESIGN 5)."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from app.access import links
from app.access.links import AccessLink, Purpose
from app.core.clock import now
from app.core.db import db
from app.plans.models import Plan, PlanContact, PlanDevice, PlanTask, TaskHandover

LINKS_STAY = timedelta(days=90)
"""After a plan is archived, its people can still read it."""


def close_links(plan: Plan, *, at_once: bool = False) -> None:
    """Of a plan that is archived in this `write()`: links to single tasks at once, those to the plan in 90 days, or at
    once too."""
    moment = now()
    until = moment if at_once else moment + LINKS_STAY
    _each_link(Purpose.PLAN, sa.select(PlanContact.id).where(PlanContact.plan_id == plan.id), until)
    handovers = sa.select(TaskHandover.id).join(PlanTask).where(PlanTask.plan_id == plan.id)
    db.session.execute(
        sa.update(AccessLink)
        .where(
            AccessLink.purpose == Purpose.PLAN_TASK,
            AccessLink.subject_id.in_(handovers),
            AccessLink.revoked_at.is_(None),
        )
        .values(revoked_at=moment)
        .execution_options(synchronize_session=False)
    )
    db.session.execute(
        sa.update(TaskHandover)
        .where(TaskHandover.id.in_(handovers), TaskHandover.ended_at.is_(None))
        .values(ended_at=moment)
        .execution_options(synchronize_session=False)
    )


def open_links(plan: Plan) -> None:
    """Of a plan that goes on: links to it that are still open have no end again."""
    taking_part = sa.select(PlanContact.id).where(PlanContact.plan_id == plan.id, PlanContact.ended_at.is_(None))
    _each_link(Purpose.PLAN, taking_part, None)


def _each_link(purpose: Purpose, subjects: sa.Select[int], until: datetime | None) -> None:
    db.session.execute(
        sa.update(AccessLink)
        .where(
            AccessLink.purpose == purpose,
            AccessLink.subject_id.in_(subjects),
            AccessLink.revoked_at.is_(None),
            sa.or_(AccessLink.expires_at.is_(None), AccessLink.expires_at > now()),
        )
        .values(expires_at=until)
        .execution_options(synchronize_session=False)
    )


def end_of_contact(contact_id: int) -> None:
    """Somebody no longer takes part, or has another address: all their links close and no browser of theirs is known
    any more, inside this `write()`."""
    links.revoke_all(Purpose.PLAN, contact_id)
    db.session.execute(
        sa.update(PlanDevice)
        .where(PlanDevice.contact_id == contact_id, PlanDevice.revoked_at.is_(None))
        .values(revoked_at=now())
        .execution_options(synchronize_session=False)
    )
    handovers = list(db.session.scalars(sa.select(TaskHandover.id).where(TaskHandover.contact_id == contact_id)))
    for handover_id in handovers:
        links.revoke_all(Purpose.PLAN_TASK, handover_id)
    if handovers:
        db.session.execute(
            sa.update(TaskHandover)
            .where(TaskHandover.id.in_(handovers), TaskHandover.ended_at.is_(None))
            .values(ended_at=now())
            .execution_options(synchronize_session=False)
        )
