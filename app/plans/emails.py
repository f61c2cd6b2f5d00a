"""Mails about a plan: the link to it, a task handed over, judged or stuck, urgent words, the starting date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Self

import sqlalchemy as sa

from app.access import links
from app.access.links import Purpose
from app.core.db import db
from app.outbox.mail import Mail
from app.plans.models import Plan, PlanContact, PlanState, TaskHandover

if TYPE_CHECKING:
    from app.outbox.models import MailRow


def to_plan(contact_ref: str, row: MailRow, task_ref: str = "") -> str | None:
    """A new link to the plan for somebody who still takes part and still has this address."""
    contact_id = db.session.scalar(
        sa.select(PlanContact.id)
        .join(Plan, Plan.id == PlanContact.plan_id)
        .where(
            PlanContact.ref == contact_ref,
            PlanContact.email == row.to_email,
            PlanContact.enters,
            PlanContact.ended_at.is_(None),
            Plan.state != PlanState.ARCHIVED,
        )
    )
    if contact_id is None:
        return None
    return links.mint(Purpose.PLAN, contact_id, {"task": task_ref} if task_ref else None)[1]


@dataclass(frozen=True)
class PlanInvitation(Mail):
    """To somebody on the customer's side: the personal link to the plan."""

    template = "plan_invitation"
    carries_link = True

    contact_ref: str
    name: str
    plan: str
    manager: str

    def renew(self, row: MailRow) -> str | None:
        return to_plan(self.contact_ref, row)

    @classmethod
    def sample(cls) -> Self:
        return cls("N-7K3F9Q2M", "Hanna Wilk", "Quillmark Stationers", "Dana Kellerman")


@dataclass(frozen=True)
class PlanCodeMail(Mail):
    """To somebody who opened their link on a device that we do not know: the code to type there. It is worth nothing
    after a quarter of an hour, nor without the link."""

    template = "plan_code"

    code: str
    plan: str
    until: datetime

    @classmethod
    def sample(cls) -> Self:
        return cls("048215", "Quillmark Stationers", datetime(2026, 3, 9, 14, 5, tzinfo=UTC))


@dataclass(frozen=True)
class TaskHandedOver(Mail):
    """To a colleague, an accountant, a bank: the link to one task, with what it asks."""

    template = "task_handed_over"
    carries_link = True

    handover_ref: str
    by: str
    company: str
    task: str
    note: str
    due_on: date | None
    instruction: str
    """Markdown, for whoever passes it on."""

    def renew(self, row: MailRow) -> str | None:
        found = db.session.execute(
            sa.select(TaskHandover.id)
            .join(PlanContact, PlanContact.id == TaskHandover.contact_id)
            .where(
                TaskHandover.ref == self.handover_ref,
                TaskHandover.ended_at.is_(None),
                PlanContact.email == row.to_email,
            )
        ).scalar_one_or_none()
        return None if found is None else links.mint(Purpose.PLAN_TASK, found)[1]

    @classmethod
    def sample(cls) -> Self:
        return cls(
            "H-7K3F9Q2M",
            "Hanna Wilk",
            "Quillmark Stationers",
            "Forward the instructions to your bank",
            "Could you arrange this with the bank this week?",
            date(2026, 3, 9),
            "1. Open the agreement.\n2. Send the user ID and the transfer key back.",
        )


@dataclass(frozen=True)
class TaskJudged(Mail):
    """To the customer's people: what they handed in was approved, or came back with the reason."""

    template = "task_judged"
    carries_link = True

    contact_ref: str
    plan: str
    task: str
    task_ref: str
    approved: bool
    why: str
    by: str

    def renew(self, row: MailRow) -> str | None:
        return to_plan(self.contact_ref, row, self.task_ref)

    @classmethod
    def sample(cls) -> Self:
        return cls(
            "N-7K3F9Q2M",
            "Quillmark Stationers",
            "Send us your logo",
            "T-7K3F9Q2M",
            False,
            "The picture is too small to print.",
            "Dana Kellerman",
        )


@dataclass(frozen=True)
class TaskWords(Mail):
    """To the customer's people: urgent words about a task."""

    template = "task_words"
    carries_link = True

    contact_ref: str
    plan: str
    task: str
    task_ref: str
    words: str
    by: str

    def renew(self, row: MailRow) -> str | None:
        return to_plan(self.contact_ref, row, self.task_ref)

    @classmethod
    def sample(cls) -> Self:
        return cls(
            "N-7K3F9Q2M",
            "Quillmark Stationers",
            "Agree on the day of going live",
            "T-7K3F9Q2M",
            "The registrar asks for the key before noon.",
            "Dana Kellerman",
        )


@dataclass(frozen=True)
class TaskNews(Mail):
    """To one of the staff: a task is stuck, or was judged, or somebody wrote urgent words. `about` is stuck, approved,
    returned or words."""

    template = "task_news"

    plan_ref: str
    plan: str
    task: str
    about: str
    words: str
    by: str

    @classmethod
    def sample(cls) -> Self:
        return cls(
            "P-7K3F9Q2M",
            "Quillmark Stationers",
            "Forward the instructions to your bank",
            "stuck",
            "The bank does not answer.",
            "Hanna Wilk",
        )


@dataclass(frozen=True)
class WorkHandedOver(Mail):
    """To one of the staff who takes over a colleague's plans and tasks."""

    template = "work_handed_over"

    colleague: str
    by: str
    plans: int
    tasks: int
    cases: int = 0

    @classmethod
    def sample(cls) -> Self:
        return cls("Dana Kellerman", "Marit Solberg", 7, 12, 3)


@dataclass(frozen=True)
class StartingDateSet(Mail):
    """To the customer's people: the starting date was agreed or moved, with the new days of their own tasks."""

    template = "starting_date_set"
    carries_link = True

    contact_ref: str
    plan: str
    old: date | None
    new: date
    tasks: list[str]

    def renew(self, row: MailRow) -> str | None:
        return to_plan(self.contact_ref, row)

    @classmethod
    def sample(cls) -> Self:
        return cls(
            "N-7K3F9Q2M",
            "Quillmark Stationers",
            date(2026, 3, 9),
            date(2026, 3, 12),
            ["3. Send us your photos: 10 March 2026"],
        )


@dataclass(frozen=True)
class StartingDateSetNews(Mail):
    """To the account manager: a colleague agreed on the starting date or moved it, and what moved with it."""

    template = "starting_date_news"

    plan_ref: str
    plan: str
    old: date | None
    new: date
    by: str
    tasks: list[str]
    more: list[str]
    """Whole sentences: billing that moved or stays, registrations that no longer fit."""

    @classmethod
    def sample(cls) -> Self:
        return cls(
            "P-7K3F9Q2M",
            "Quillmark Stationers",
            date(2026, 3, 9),
            date(2026, 3, 12),
            "Marit Solberg",
            ["3. Send us your photos: 10 March 2026"],
            ["1 billing detail moved with it."],
        )


@dataclass(frozen=True)
class NotVisible(Mail):
    """To the account manager and to sales: it is the starting date, and nobody confirmed that the customer can be
    seen."""

    template = "not_visible"

    plan_ref: str
    plan: str
    on: date

    @classmethod
    def sample(cls) -> Self:
        return cls("P-7K3F9Q2M", "Quillmark Stationers", date(2026, 3, 9))
