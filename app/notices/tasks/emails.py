"""The digests of tasks as mails: to the customer's people, and to staff."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import sqlalchemy as sa

from app.access import links
from app.access.links import Purpose
from app.core.db import db
from app.notices.tasks.links import path_of
from app.outbox.mail import Mail
from app.plans.models import Plan, PlanContact, PlanState, TaskHandover

if TYPE_CHECKING:
    from app.outbox.models import MailRow


@dataclass(frozen=True)
class TaskDigest(Mail):
    """To one of the customer's people, about all their plans. The lines are in the reader's language already."""

    template = "task_digest"
    carries_link = True

    contact: int
    handover: int
    """For whoever has a link to one task alone; 0 for the others."""
    late: list[str]
    soon: list[str]
    judge: list[str]
    """What we handed in, for them to approve or give back."""

    def unsubscribe(self) -> str:
        return path_of(self.contact)

    def renew(self, row: MailRow) -> str | None:
        found = db.session.scalar(
            sa.select(PlanContact)
            .join(Plan, Plan.id == PlanContact.plan_id)
            .where(
                PlanContact.id == self.contact,
                PlanContact.email == row.to_email,
                PlanContact.ended_at.is_(None),
                Plan.state != PlanState.ARCHIVED,
            )
        )
        return None if found is None else link_for(found, self.handover)

    @classmethod
    def sample(cls) -> Self:
        return cls(
            7,
            0,
            ["Send us your logo, due on Monday 9 March"],
            ["Choose a chart of accounts, due on Friday 13 March"],
            ["Design of the pages"],
        )


def link_for(contact: PlanContact, handover_id: int) -> str | None:
    """A personal link inside this `write()`: to the plan, or to the one task that is all they have."""
    if contact.enters:
        return links.mint(Purpose.PLAN, contact.id)[1]
    handover = db.session.get(TaskHandover, handover_id) if handover_id else None
    if handover is None or handover.contact_id != contact.id or handover.ended_at is not None:
        return None
    return links.mint(Purpose.PLAN_TASK, handover.id)[1]


@dataclass(frozen=True)
class StaffDigest(Mail):
    """To one of the staff: what is due, waits for approval, is stuck or overdue in the plans. The lines are in the
    reader's language already."""

    template = "staff_digest"

    late: list[str]
    soon: list[str]
    judge: list[str]
    stuck: list[str] = field(default_factory=list)
    overdue: list[str] = field(default_factory=list)
    """Of the customers."""
    escalated: list[str] = field(default_factory=list)
    """To team leaders: what nobody has moved for days."""

    @classmethod
    def sample(cls) -> Self:
        return cls(
            ["Quillmark Stationers · Design the pages, due on Monday 9 March"],
            ["Quillmark Stationers · Create the users, due on Friday 13 March"],
            ["Quillmark Stationers · Send us your logo"],
            ["Quillmark Stationers · Forward the instructions to your bank"],
            ["Quillmark Stationers · Choose a chart of accounts, due on Monday 2 March"],
            ["Quillmark Stationers · Tell your registrar, due on Monday 23 February"],
        )
