"""Who comes by a personal link: to which plan, or to which task alone, and whether their browser is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased, contains_eager, joinedload

from app.access import links
from app.access.links import AccessLink, Purpose
from app.core.clock import now
from app.core.db import db
from app.plans.models import Plan, PlanContact, PlanDevice, PlanState, PlanTask, TaskHandover, TaskState

ARCHIVED_SHOWN = timedelta(days=90)
"""After it was archived, a plan's people can still read it."""


@dataclass(frozen=True)
class Came:
    """Whoever came by a link, in one plan."""

    plan: Plan
    contact: PlanContact
    proved_at: datetime | None
    """When this browser last gave a code that was mailed to their address."""
    task: PlanTask | None = None
    """The only task they may see, when the link was for that."""


def by_plan_link(link_id: int, ref: str, tokens: Sequence[str]) -> Came | None:
    """The plan of this reference for the holder of an open link: a person enters each plan that has their address, by
    the link to any of them. `tokens` are hashes of what this browser carries."""
    asked = {"link": link_id, "ref": ref, "tokens": list(tokens), "since": now() - ARCHIVED_SHOWN}
    found = db.session.execute(_by_plan_link(), asked).first()
    return Came(found[0].plan, found[0], found[1]) if found and links.opens(*found[2:]) else None


@lru_cache
def _by_plan_link() -> Any:
    """Made once: every page and every tick asks it, and making it costs several times as much as asking."""
    of_link = aliased(PlanContact)
    proved_at = _proved_at(sa.bindparam("tokens", expanding=True))
    return (
        sa.select(PlanContact, proved_at, AccessLink.used_at, AccessLink.revoked_at, AccessLink.expires_at)
        .join(of_link, of_link.email == PlanContact.email)
        .join(AccessLink, AccessLink.subject_id == of_link.id)
        .join(PlanContact.plan)
        .where(
            AccessLink.id == sa.bindparam("link"),
            AccessLink.purpose == Purpose.PLAN,
            enters(of_link),
            enters(PlanContact),
            Plan.ref == sa.bindparam("ref"),
            sa.or_(Plan.state != PlanState.ARCHIVED, Plan.archived_at > sa.bindparam("since")),
        )
        .options(contains_eager(PlanContact.plan))
    )


def by_task_link(link_id: int, task_ref: str, tokens: Sequence[str]) -> Came | None:
    """The task of this reference, when it is the one that was handed over by this open link."""
    found = db.session.execute(
        sa.select(TaskHandover, _proved_at(tokens), AccessLink)
        .join(AccessLink, AccessLink.subject_id == TaskHandover.id)
        .join(TaskHandover.contact)
        .join(TaskHandover.task)
        .join(PlanTask.plan)
        .where(
            AccessLink.id == link_id,
            AccessLink.purpose == Purpose.PLAN_TASK,
            TaskHandover.ended_at.is_(None),
            PlanContact.ended_at.is_(None),
            PlanTask.ref == task_ref,
            PlanTask.state != TaskState.GONE,
        )
        .options(
            contains_eager(TaskHandover.contact),
            contains_eager(TaskHandover.task).contains_eager(PlanTask.plan),
        )
    ).first()
    if found is None or not found[2].is_open:
        return None
    return Came(found[0].task.plan, found[0].contact, found[1], found[0].task)


def _proved_at(tokens: Any) -> Any:
    """When a browser that carries one of these last proved to be of the same address as the contact of the query."""
    proved = aliased(PlanContact)
    return (
        sa.select(sa.func.max(PlanDevice.proved_at, type_=PlanDevice.proved_at.type))
        .join(proved, proved.id == PlanDevice.contact_id)
        .where(
            PlanDevice.token_hash.in_(tokens),
            PlanDevice.revoked_at.is_(None),
            proved.email == PlanContact.email,
        )
        .correlate(PlanContact)
        .scalar_subquery()
    )


def enters(contact: Any) -> Any:
    """Takes part by links of their own, still."""
    return sa.and_(contact.enters, contact.ended_at.is_(None))


def readable() -> Any:
    """Plans that their people can still read."""
    return sa.or_(Plan.state != PlanState.ARCHIVED, Plan.archived_at > now() - ARCHIVED_SHOWN)


def contact_of_link(contact_id: int) -> PlanContact | None:
    """Whose link to a plan it is, with the plan; None when they no longer take part."""
    return db.session.scalar(
        sa.select(PlanContact)
        .join(PlanContact.plan)
        .where(PlanContact.id == contact_id, enters(PlanContact), readable())
        .options(contains_eager(PlanContact.plan))
    )


def handover_of_link(handover_id: int) -> TaskHandover | None:
    """The handing over of one task, with the task, its plan and whose it is now; None when it ended."""
    return db.session.scalar(
        sa.select(TaskHandover)
        .join(TaskHandover.contact)
        .where(TaskHandover.id == handover_id, TaskHandover.ended_at.is_(None), PlanContact.ended_at.is_(None))
        .options(contains_eager(TaskHandover.contact), joinedload(TaskHandover.task).joinedload(PlanTask.plan))
    )
