"""A plan, its people, tasks, trainings, and what is kept of its time (I2 to I9).

Whatever changes a plan locks the plan's row first: tasks, people and anchors of one plan change one after the other, so
that ticks by two colleagues never get lost and what is derived (`standing.py`) is never half of each. Words of tasks
stand in the version of the playbook; a task that was added to this plan alone brings its own.
"""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.clock import now
from app.core.db import Base, new_ref
from app.customers.models import Account
from app.documents.models import Upload
from app.people.models import Organisation, Person
from app.playbooks.models import PlaybookVersion
from app.trainings.models import TrainingSession


class PlanState(enum.StrEnum):
    RUNNING = "running"
    DONE = "done"
    """Gone live and nothing required is open."""
    ARCHIVED = "archived"


class Health(enum.StrEnum):
    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    LATE = "late"


class Waiting(enum.StrEnum):
    """Whom the plan waits for on a day (I7)."""

    CUSTOMER = "customer"
    VENDOR = "vendor"
    PAUSED = "paused"
    NOBODY = "nobody"
    """Before its clock runs, and once it is done."""


class Plan(Base):
    """A running copy of a playbook for an account, or for an organisation that works with the vendor."""

    __tablename__ = "plan"
    __table_args__ = (
        sa.CheckConstraint("(account_id IS NULL) <> (organisation_id IS NULL)", name="one_party"),
        sa.Index("ix_plan_recent", "created_at", "id"),
        sa.Index("ix_plan_changed", "updated_at", "id"),
        sa.Index("ix_plan_state_recent", "state", "created_at", "id"),
        sa.Index("ix_plan_state_forecast", "state", "forecast_on", "id"),
        sa.Index("ix_plan_state_name", "state", "name_sort", "id"),
        sa.Index("ix_plan_state_health", "state", "health"),
        sa.Index("ix_plan_live", "live_on"),
        sa.Index("ix_plan_manager_state", "manager_id", "state", "forecast_on", "id"),
        sa.Index("ix_plan_account", "account_id"),
        sa.Index("ix_plan_organisation", "organisation_id"),
        sa.Index("ix_plan_playbook_version", "playbook_version_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("P"))
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    organisation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisation.id"))
    playbook_version_id: Mapped[int] = mapped_column(sa.ForeignKey("playbook_version.id"))
    name: Mapped[str] = mapped_column(sa.String(200))
    """Whom it is for, as lists and headings say it; begins as the account's or organisation's name."""
    locale: Mapped[str] = mapped_column(sa.String(5))
    """In which it is printed, and the first language of people added to it."""
    country: Mapped[str] = mapped_column(sa.String(2))
    """Whose public holidays count."""
    state: Mapped[str] = mapped_column(sa.String(20), default=PlanState.RUNNING)
    facts: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    """Answers to the playbook's questions; conditions look at them (I2)."""
    manager_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    """The account manager."""
    started_on: Mapped[date]
    contract_on: Mapped[date | None]
    kickoff_on: Mapped[date | None]
    """The day of the kick-off, agreed or held."""
    kickoff_held: Mapped[bool] = mapped_column(default=False)
    golive_on: Mapped[date | None]
    """The day agreed for going live on the customer's own address."""
    live_on: Mapped[date | None]
    """The day it went live."""
    starting_why: Mapped[str] = mapped_column(sa.String(1000), default="", server_default="")
    """Why the starting date may lie later than the playbook allows (C2)."""
    starting_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    """Who allowed it."""
    foreseen_on: Mapped[date | None]
    """The account manager's own forecast (C4); the computed one is `forecast_on`."""
    public_url: Mapped[str] = mapped_column(sa.String(1000), default="", server_default="")
    """Where the customer can be seen, as confirmed on going live (C7)."""
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    """The account owner, who becomes the account manager once all cases are completed (C7)."""
    alerted_on: Mapped[date | None]
    """The starting date for which it was told that nobody confirmed the customer as visible."""
    agreed: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    """Outcomes of the kick-off, by code: schedule, division of work, communication, details needed (I7)."""

    # Kept by standing.py with every change and every night
    task_count: Mapped[int] = mapped_column(default=0)
    """Tasks that count: neither not applicable nor gone."""
    done_count: Mapped[int] = mapped_column(default=0)
    open_customer: Mapped[int] = mapped_column(default=0)
    """Tasks that the customer could do now."""
    open_vendor: Mapped[int] = mapped_column(default=0)
    stuck_count: Mapped[int] = mapped_column(default=0)
    overdue_count: Mapped[int] = mapped_column(default=0)
    next_due_on: Mapped[date | None]
    waiting: Mapped[str] = mapped_column(sa.String(20), default=Waiting.NOBODY)
    forecast_on: Mapped[date] = mapped_column(default=lambda: now().date())
    """When it will be finished as things stand (I8)."""
    forecast_at: Mapped[datetime | None]
    health: Mapped[str] = mapped_column(sa.String(20), default=Health.ON_TRACK)
    health_why: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    """Code and values of the sentence that says why, see forecast.py."""
    workdays: Mapped[int | None]
    """From kick-off to going live, pauses left out; what our own mean is measured from."""
    stage: Mapped[str] = mapped_column(sa.String(60), default="", server_default="")
    """Code of the phase whose case is the first that is not completed, or `cases.ALL_COMPLETED`; "" without any case.
    The customer's status follows it."""

    finished_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]
    archive_reason: Mapped[str] = mapped_column(sa.String(1000), default="")
    key: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    """Of the form that started it: the same form sent twice is one plan."""
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    search: Mapped[str] = mapped_column(sa.Text, default="")
    name_sort: Mapped[str] = mapped_column(sa.String(200), default="")

    account: Mapped[Account | None] = relationship(lazy="raise")
    organisation: Mapped[Organisation | None] = relationship(lazy="raise")
    playbook_version: Mapped[PlaybookVersion] = relationship(lazy="raise")
    manager: Mapped[Person] = relationship(lazy="raise", foreign_keys=[manager_id])
    owner: Mapped[Person | None] = relationship(lazy="raise", foreign_keys=[owner_id])
    cases: Mapped[list[PlanCase]] = relationship(lazy="raise", order_by="PlanCase.position", back_populates="plan")
    contacts: Mapped[list[PlanContact]] = relationship(lazy="raise", order_by="PlanContact.id", back_populates="plan")
    tasks: Mapped[list[PlanTask]] = relationship(lazy="raise", order_by="PlanTask.number", back_populates="plan")
    pauses: Mapped[list[PlanPause]] = relationship(lazy="raise", order_by="PlanPause.from_on", back_populates="plan")

    @property
    def is_running(self) -> bool:
        return self.state == PlanState.RUNNING


class PlanContact(Base):
    """Somebody on the customer's side: asked once, used wherever people are named (I4)."""

    __tablename__ = "plan_contact"
    __table_args__ = (sa.UniqueConstraint("plan_id", "email"), sa.Index("ix_plan_contact_email", "email"))

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("N"))
    plan_id: Mapped[int] = mapped_column(sa.ForeignKey("plan.id"))
    name: Mapped[str] = mapped_column(sa.String(200))
    email: Mapped[str] = mapped_column(sa.String(254))
    phone: Mapped[str | None] = mapped_column(sa.String(20))
    locale: Mapped[str] = mapped_column(sa.String(5))
    role: Mapped[str] = mapped_column(sa.String(40), default="")
    """main, colleague, accountant, bank, other; see contacts.py."""
    enters: Mapped[bool] = mapped_column(default=False)
    """Has a personal link to the whole plan. The others are named in tasks, or hold a link to one task."""
    reminders: Mapped[bool] = mapped_column(default=True)
    """Whether digests are mailed; switched off with one press (I10)."""
    added_at: Mapped[datetime]
    entered_at: Mapped[datetime | None]
    """The last time they came in by their link."""
    ended_at: Mapped[datetime | None]
    """No longer takes part: links closed, no mails."""
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    plan: Mapped[Plan] = relationship(back_populates="contacts", lazy="raise")


class PlanDevice(Base):
    """A browser in which a contact proved, by a mailed code, that the link reached the right person."""

    __tablename__ = "plan_device"

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("plan_contact.id"), index=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    proved_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class PlanCode(Base):
    """A mailed code: one open for each contact, short-lived, few tries."""

    __tablename__ = "plan_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("plan_contact.id"), unique=True)
    code_hash: Mapped[str] = mapped_column(sa.String(64))
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)


class TaskState(enum.StrEnum):
    OPEN = "open"
    HANDED_IN = "handed_in"
    """Waits for the other side to approve or return it."""
    DONE = "done"
    NOT_APPLICABLE = "not_applicable"
    GONE = "gone"
    """Its condition no longer holds, and it was not done; it comes back when the condition does (I2)."""


UNFINISHED = (TaskState.OPEN, TaskState.HANDED_IN)
"""Still to be done: whatever waits for such a task cannot start yet."""


class PlanTask(Base):
    """One thing that somebody owes."""

    __tablename__ = "plan_task"
    __table_args__ = (
        sa.UniqueConstraint("plan_id", "number"),
        sa.UniqueConstraint("plan_id", "code"),
        sa.Index("ix_plan_task_person", "person_id", "state", "due_on"),
        sa.Index("ix_plan_task_changed", "updated_at", "id"),
        sa.Index("ix_plan_task_contact", "contact_id"),
        sa.Index("ix_plan_task_due", "state", "due_on"),
        sa.Index(
            "ix_plan_task_stuck",
            "stuck_at",
            sqlite_where=sa.text("stuck_at IS NOT NULL"),
            postgresql_where=sa.text("stuck_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("T"))
    plan_id: Mapped[int] = mapped_column(sa.ForeignKey("plan.id"))
    number: Mapped[int]
    """Given once within the plan and never again: a word that both sides use on the phone."""
    code: Mapped[str | None] = mapped_column(sa.String(80))
    """In the playbook; None for one that was added to this plan alone."""
    own: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    """Of one that was added: the same shape as a task of an outline (its words in at least one language)."""
    kind: Mapped[str] = mapped_column(sa.String(20))
    side: Mapped[str] = mapped_column(sa.String(10))
    role: Mapped[str] = mapped_column(sa.String(40), default="")
    phase: Mapped[str] = mapped_column(sa.String(60))
    module: Mapped[str] = mapped_column(sa.String(60), default="")
    position: Mapped[int]
    """Order on the page."""
    required: Mapped[bool] = mapped_column(default=True)
    workdays: Mapped[int] = mapped_column(default=1)
    """How long it usually takes, for the forecast."""
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    """Who of the vendor's is to do it; nobody named: whoever holds the role, else the account manager."""
    contact_id: Mapped[int | None] = mapped_column(sa.ForeignKey("plan_contact.id"))
    """Who of the customer's is to do it; nobody named: the main contact."""
    state: Mapped[str] = mapped_column(sa.String(20), default=TaskState.OPEN)
    ready: Mapped[bool] = mapped_column(default=False)
    """Open, and nothing before it is open: kept by standing.py."""
    ready_at: Mapped[datetime | None]
    due_on: Mapped[date | None]
    due_fixed: Mapped[bool] = mapped_column(default=False)
    """Somebody agreed on this day; the rule of the playbook no longer moves it."""
    forecast_on: Mapped[date | None]
    """When it will be done as things stand."""
    answer: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    """What was handed in, by the task's kind, see answers.py. Secrets never stand here."""
    reason: Mapped[str] = mapped_column(sa.String(1000), default="")
    """Why it is not applicable."""
    returned: Mapped[str] = mapped_column(sa.String(2000), default="")
    """Why it was returned, until it is handed in again."""
    stuck_at: Mapped[datetime | None]
    stuck_why: Mapped[str] = mapped_column(sa.String(1000), default="")
    waits_for: Mapped[str] = mapped_column(sa.String(200), default="")
    """A third party that has it now, such as the telephone operator."""
    waits_since: Mapped[date | None]
    waits_until: Mapped[date | None]
    """When an answer is expected."""
    done_at: Mapped[datetime | None]
    done_by: Mapped[str] = mapped_column(sa.String(200), default="")
    """Name of whoever did it, as the page shows it."""
    done_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    done_by_contact_id: Mapped[int | None] = mapped_column(sa.ForeignKey("plan_contact.id"))
    billing_detail_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("billing_detail.id", ondelete="SET NULL"), index=True
    )
    """Made by accepting a priced option; nobody's any more when finance removed it."""
    comment_count: Mapped[int] = mapped_column(default=0)
    """Of those that both sides see."""
    file_count: Mapped[int] = mapped_column(default=0)
    expires_on: Mapped[date | None]
    """The last day on which what was approved is valid; a month before, it is asked for again. Set while the task is
    open or handed in, it is a renewal: the plan does not wait for it."""
    call_on: Mapped[date | None]
    """Of a call that nobody answered: the day of the next attempt."""
    key: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    """Of the form that added it."""
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    plan: Mapped[Plan] = relationship(back_populates="tasks", lazy="raise")
    person: Mapped[Person | None] = relationship(lazy="raise", foreign_keys=[person_id])
    contact: Mapped[PlanContact | None] = relationship(lazy="raise", foreign_keys=[contact_id])


class CaseState(enum.StrEnum):
    CLOSED = "closed"
    """What comes before it is not completed."""
    OPEN = "open"
    """Nobody is assigned."""
    ASSIGNED = "assigned"
    HANDED_IN = "handed_in"
    """Waits for somebody else to complete or return it."""
    COMPLETED = "completed"


class PlanCase(Base):
    """A phase of a plan with the person who works it, and the one who completes it (C4, C5, C7)."""

    __tablename__ = "plan_case"
    __table_args__ = (
        sa.UniqueConstraint("plan_id", "phase"),
        sa.Index("ix_plan_case_queue", "state", "moved_at", "id"),
        sa.Index("ix_plan_case_worker", "worker_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("Z"))
    plan_id: Mapped[int] = mapped_column(sa.ForeignKey("plan.id"))
    phase: Mapped[str] = mapped_column(sa.String(60))
    position: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(20), default=CaseState.CLOSED)
    worker_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    assigned_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    assigned_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    moved_at: Mapped[datetime]
    """Since when it is in this state."""
    completed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    completed_at: Mapped[datetime | None]
    override: Mapped[str] = mapped_column(sa.String(1000), default="")
    """Why it was completed although criteria are not met; who stands in `completed_by_id`."""
    version: Mapped[int] = mapped_column(default=1)

    plan: Mapped[Plan] = relationship(back_populates="cases", lazy="raise")
    worker: Mapped[Person | None] = relationship(lazy="raise", foreign_keys=[worker_id])
    completed_by: Mapped[Person | None] = relationship(lazy="raise", foreign_keys=[completed_by_id])
    rounds: Mapped[list[CaseRound]] = relationship(lazy="raise", order_by="CaseRound.number", back_populates="case")


class Verdict(enum.StrEnum):
    COMPLETED = "completed"
    RETURNED = "returned"


class CaseRound(Base):
    """A case as it was handed in, and what was said to it: the next round is compared with the last returned (C6)."""

    __tablename__ = "case_round"
    __table_args__ = (sa.UniqueConstraint("case_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("plan_case.id"))
    number: Mapped[int]
    answers: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    """What the tasks of the phase held then: by the task's code its answer, of kind fields."""
    handed_in_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    handed_in_at: Mapped[datetime]
    verdict: Mapped[str | None] = mapped_column(sa.String(20))
    why: Mapped[str] = mapped_column(sa.String(2000), default="")
    judged_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    judged_at: Mapped[datetime | None]

    case: Mapped[PlanCase] = relationship(back_populates="rounds", lazy="raise")
    handed_in_by: Mapped[Person | None] = relationship(lazy="raise", foreign_keys=[handed_in_by_id])
    judged_by: Mapped[Person | None] = relationship(lazy="raise", foreign_keys=[judged_by_id])


class TaskCall(Base):
    """An attempt to reach somebody by telephone for a task (C4)."""

    __tablename__ = "task_call"
    __table_args__ = (sa.Index("ix_task_call_task", "task_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("G"))
    task_id: Mapped[int] = mapped_column(sa.ForeignKey("plan_task.id"))
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    called_at: Mapped[datetime]
    next_on: Mapped[date | None]
    """When it is tried again."""
    before_on: Mapped[date | None]
    """What `call_on` of the task was before: taking the attempt back restores it."""
    note: Mapped[str] = mapped_column(sa.String(1000), default="")
    taken_back_at: Mapped[datetime | None]

    task: Mapped[PlanTask] = relationship(lazy="raise")


class PlanBilling(Base):
    """A billing detail that begins on the plan's starting date, and moves with it (C1, C2). It does so for one plan."""

    __tablename__ = "plan_billing"
    __table_args__ = (sa.UniqueConstraint("plan_id", "option"),)

    plan_id: Mapped[int] = mapped_column(sa.ForeignKey("plan.id"), primary_key=True)
    billing_detail_id: Mapped[int] = mapped_column(
        sa.ForeignKey("billing_detail.id", ondelete="CASCADE"), primary_key=True, unique=True
    )
    option: Mapped[str | None] = mapped_column(sa.String(130))
    """Of one made by an answer with a price: the codes of fact and option, `way/classic`."""
    made: Mapped[bool] = mapped_column(default=False)
    """It was made for this plan, by an answer or by hand, and goes with it when the plan is taken back."""


class PlanDocument(Base):
    """A document made as a PDF, to be accepted in a task (T5). It never changes: a newer one takes its place."""

    __tablename__ = "plan_document"
    __table_args__ = (sa.UniqueConstraint("task_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("K"))
    task_id: Mapped[int] = mapped_column(sa.ForeignKey("plan_task.id"))
    number: Mapped[int]
    locale: Mapped[str] = mapped_column(sa.String(5))
    content: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    """What it was made from, as it was then."""
    upload_id: Mapped[int] = mapped_column(sa.ForeignKey("upload.id"), index=True)
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    made_at: Mapped[datetime]
    digest: Mapped[str] = mapped_column(sa.String(64))
    """Keyed digest over all of the above, so that a changed row shows."""
    replaced_at: Mapped[datetime | None]
    """Since when a newer one stands in its place; never of one that is accepted."""

    task: Mapped[PlanTask] = relationship(lazy="raise")
    upload: Mapped[Upload] = relationship(lazy="raise")


class TaskBlocker(Base):
    """`task` cannot start before `blocker` is done (or not applicable, or gone)."""

    __tablename__ = "task_blocker"

    task_id: Mapped[int] = mapped_column(sa.ForeignKey("plan_task.id"), primary_key=True)
    blocker_id: Mapped[int] = mapped_column(sa.ForeignKey("plan_task.id"), primary_key=True, index=True)
    plan_id: Mapped[int] = mapped_column(sa.ForeignKey("plan.id"), index=True)


class TaskHandover(Base):
    """A link for one task alone: for a colleague, the accountant, the bank (I5)."""

    __tablename__ = "task_handover"
    __table_args__ = (sa.Index("ix_task_handover_task", "task_id"), sa.Index("ix_task_handover_contact", "contact_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("H"))
    task_id: Mapped[int] = mapped_column(sa.ForeignKey("plan_task.id"))
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("plan_contact.id"))
    note: Mapped[str] = mapped_column(sa.String(2000), default="")
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    by_contact_id: Mapped[int | None] = mapped_column(sa.ForeignKey("plan_contact.id"))
    created_at: Mapped[datetime]
    entered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    task: Mapped[PlanTask] = relationship(lazy="raise")
    contact: Mapped[PlanContact] = relationship(lazy="raise", foreign_keys=[contact_id])


class TaskComment(Base):
    """Words about a task, for both sides, or internal."""

    __tablename__ = "task_comment"
    __table_args__ = (sa.Index("ix_task_comment_task", "task_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(sa.ForeignKey("plan_task.id"))
    author: Mapped[str] = mapped_column(sa.String(200))
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    contact_id: Mapped[int | None] = mapped_column(sa.ForeignKey("plan_contact.id"))
    internal: Mapped[bool] = mapped_column(default=False)
    body: Mapped[str] = mapped_column(sa.Text)
    key: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime]

    task: Mapped[PlanTask] = relationship(lazy="raise")


class FileUse(enum.StrEnum):
    GIVEN = "given"
    """Handed in with the task."""
    INSTRUCTION = "instruction"
    """Put there for whoever does the task: a template, a document to accept, a design to approve."""
    FORMER = "former"
    """Handed in and approved once, and kept; newer ones are asked for because it expires (T6)."""


class TaskFile(Base):
    """A file of a task."""

    __tablename__ = "task_file"
    __table_args__ = (sa.Index("ix_task_file_task", "task_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("F"))
    task_id: Mapped[int] = mapped_column(sa.ForeignKey("plan_task.id"))
    upload_id: Mapped[int] = mapped_column(sa.ForeignKey("upload.id"), index=True)
    preview_id: Mapped[int | None] = mapped_column(sa.ForeignKey("upload.id"))
    """A small picture of it, drawn anew; only of pictures."""
    use: Mapped[str] = mapped_column(sa.String(20), default=FileUse.GIVEN)
    author: Mapped[str] = mapped_column(sa.String(200))
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    contact_id: Mapped[int | None] = mapped_column(sa.ForeignKey("plan_contact.id"))
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]

    task: Mapped[PlanTask] = relationship(lazy="raise")
    upload: Mapped[Upload] = relationship(lazy="raise", foreign_keys=[upload_id])
    preview: Mapped[Upload | None] = relationship(lazy="raise", foreign_keys=[preview_id])


class TaskSecret(Base):
    """One part of a secret, encrypted; write-only for the customer (I6)."""

    __tablename__ = "task_secret"
    __table_args__ = (sa.UniqueConstraint("task_id", "field"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(sa.ForeignKey("plan_task.id"))
    field: Mapped[str] = mapped_column(sa.String(60))
    ciphertext: Mapped[str | None] = mapped_column(sa.Text)
    """None once it was deleted."""
    author: Mapped[str] = mapped_column(sa.String(200))
    entered_at: Mapped[datetime]
    revealed_at: Mapped[datetime | None]
    """The last time; each time stands in the history."""
    deleted_at: Mapped[datetime | None]

    task: Mapped[PlanTask] = relationship(lazy="raise")


class TaskAcceptance(Base):
    """Evidence that a text was accepted in a task: who, when, from where, which words (as R5)."""

    __tablename__ = "task_acceptance"

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("E"))
    task_id: Mapped[int] = mapped_column(sa.ForeignKey("plan_task.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    """As typed by whoever accepted."""
    contact_id: Mapped[int | None] = mapped_column(sa.ForeignKey("plan_contact.id"))
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    locale: Mapped[str] = mapped_column(sa.String(5))
    title: Mapped[str] = mapped_column(sa.String(200))
    body: Mapped[str] = mapped_column(sa.Text, default="")
    """The words as they were accepted; "" for an uploaded document."""
    upload_id: Mapped[int | None] = mapped_column(sa.ForeignKey("upload.id"))
    sha256: Mapped[str] = mapped_column(sa.String(64))
    accepted_at: Mapped[datetime]
    address: Mapped[str | None] = mapped_column(sa.String(64))
    user_agent: Mapped[str | None] = mapped_column(sa.String(400))
    digest: Mapped[str] = mapped_column(sa.String(64))
    """Keyed digest over the evidence, so that a changed row shows."""
    withdrawn_at: Mapped[datetime | None]
    """The task was opened again."""

    task: Mapped[PlanTask] = relationship(lazy="raise")
    upload: Mapped[Upload | None] = relationship(lazy="raise")


class PlanPause(Base):
    """Days in which the clock stands, with the reason (I7)."""

    __tablename__ = "plan_pause"

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(sa.ForeignKey("plan.id"), index=True)
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    """The first day on which it runs again; None while nobody said."""
    reason: Mapped[str] = mapped_column(sa.String(1000))
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    created_at: Mapped[datetime]

    plan: Mapped[Plan] = relationship(back_populates="pauses", lazy="raise")


class PlanSpan(Base):
    """From when to when the plan waited for whom: the days by side are counted from these (I7)."""

    __tablename__ = "plan_span"
    __table_args__ = (
        sa.Index(
            "uq_plan_span_open",
            "plan_id",
            unique=True,
            sqlite_where=sa.text("until_on IS NULL"),
            postgresql_where=sa.text("until_on IS NULL"),
        ),
        sa.Index("ix_plan_span_plan", "plan_id", "from_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(sa.ForeignKey("plan.id"))
    waiting: Mapped[str] = mapped_column(sa.String(20))
    from_on: Mapped[date]
    """The first day of it."""
    until_on: Mapped[date | None]
    """The first day no longer of it."""


class PlanTraining(Base):
    """A training of the plan: from the playbook, or added, also after going live (I9)."""

    __tablename__ = "plan_training"
    __table_args__ = (sa.UniqueConstraint("plan_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("U"))
    plan_id: Mapped[int] = mapped_column(sa.ForeignKey("plan.id"))
    code: Mapped[str | None] = mapped_column(sa.String(80))
    title: Mapped[str] = mapped_column(sa.String(200), default="")
    """Of one that was added."""
    module: Mapped[str] = mapped_column(sa.String(60), default="")
    minutes: Mapped[int] = mapped_column(default=60)
    position: Mapped[int]
    gone: Mapped[bool] = mapped_column(default=False)
    """Its condition no longer holds, and no session was held."""
    created_at: Mapped[datetime]

    plan: Mapped[Plan] = relationship(lazy="raise")
    sessions: Mapped[list[PlanSession]] = relationship(
        lazy="raise", order_by="PlanSession.id", back_populates="training"
    )


class PlanSession(Base):
    """A session that is held for a training of a plan: a first one, repeats, or one shared by several plans."""

    __tablename__ = "plan_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    training_id: Mapped[int] = mapped_column(sa.ForeignKey("plan_training.id"), index=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("training_session.id"), index=True)
    allowed_why: Mapped[str] = mapped_column(sa.String(1000), default="", server_default="")
    """Why this one of a series was chosen although it does not lie as the playbook asks (C3); "" where it does."""
    allowed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    """Who allowed it."""

    training: Mapped[PlanTraining] = relationship(back_populates="sessions", lazy="raise")
    session: Mapped[TrainingSession] = relationship(lazy="raise")


class TrainingPerson(Base):
    """Who of the customer's takes part in a training of the plan."""

    __tablename__ = "training_person"

    training_id: Mapped[int] = mapped_column(sa.ForeignKey("plan_training.id"), primary_key=True)
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("plan_contact.id"), primary_key=True, index=True)

    contact: Mapped[PlanContact] = relationship(lazy="raise")


class SavedView(Base):
    """A filter of the portfolio under a name (I12)."""

    __tablename__ = "saved_view"
    __table_args__ = (sa.UniqueConstraint("person_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("V"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(sa.String(80))
    query: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    shared: Mapped[bool] = mapped_column(default=False)
    """All colleagues see it."""
    created_at: Mapped[datetime]

    person: Mapped[Person] = relationship(lazy="raise")
