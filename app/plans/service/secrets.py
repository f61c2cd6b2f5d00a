"""Secrets that the customer hands over, such as the certificate key of a bank channel (I6).

Each value is encrypted under a key of its own (`core.crypto.seal`), which the installation's keys wrap. The customer
writes and never reads; the desk reads one value at a time, with a record; values go some days after going live, when
the plan is archived, and by hand. History, mails and lists only ever know that a part is kept, never what it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.core import crypto
from app.core.clock import now
from app.core.db import db, write
from app.core.errors import Conflict, NotFound
from app.core.i18n import _l
from app.outbox.models import MailRow
from app.outbox.webhooks.models import Webhook
from app.people.models import Person
from app.plans import texts
from app.plans.answers import Problems
from app.plans.models import Plan, PlanTask, TaskSecret, TaskState
from app.plans.party import Hand
from app.plans.service.changing import changing, held, record, task_in
from app.plans.service.finishing import CannotStartYet, NotYours, TaskMovedOn, finish
from app.plans.service.working import Worked
from app.playbooks.outline import Field, Kind, Task

LONGEST = 20_000
"""Signs of one part: a certificate with its chain fits."""
BATCH = 200


class SecretGone(Conflict):
    """It was deleted, or never kept."""

    def __init__(self) -> None:
        super().__init__(_l("This is no longer kept. Ask the customer to enter it again."))


class SecretUnreadable(Conflict):
    """None of the installation's keys opens it."""

    def __init__(self) -> None:
        super().__init__(_l("This cannot be read with the keys of this installation. Please tell your administrator."))


@dataclass(frozen=True)
class Kept:
    """What became of the parts that were sent: those that were right are kept even where others are missing."""

    worked: Worked
    problems: Problems


def keep(plan_id: int, task_ref: str, given: Mapping[str, str], by: Hand, *, expect: int | None = None) -> Kept:
    """Keeps the parts of a secret that are given; a part left empty stays as it is kept. The task is done once every
    part that it needs is kept.

    Raises:
        TaskMovedOn: somebody else entered one of these parts after the form was opened.
        NotFound, NotYours, CannotStartYet
    """
    with changing(plan_id, by) as plan:
        task = task_in(plan, task_ref, by)
        if not by.may_do(task):
            raise NotYours
        if task.kind != Kind.SECRET or task.state not in (TaskState.OPEN, TaskState.DONE):
            raise TaskMovedOn
        if not task.ready and task.state == TaskState.OPEN and by.person is None:
            raise CannotStartYet
        asked = texts.of_task(task, texts.outline_of(plan))
        there = {row.field: row for row in _rows(task)}
        values, problems = _read(asked, given, there)
        if values and expect is not None and task.version != expect:
            raise TaskMovedOn
        for code, value in values.items():
            _put(task, there.get(code), code, value, by)
            record(task, "plan_task.secret_kept", by, {"_part": (None, code)}, plan=plan)
        if values:
            task.version += 1
            task.updated_at = now()
        changed = bool(values)
        if not problems and task.state == TaskState.OPEN:
            changed = finish(plan, task, by, "plan_task.done") or changed
        return Kept(Worked(plan, task, changed), problems)


def _read(asked: Task, given: Mapping[str, str], there: Mapping[str, TaskSecret]) -> tuple[dict[str, str], Problems]:
    values: dict[str, str] = {}
    problems: Problems = {}
    for field in asked.fields:
        value = (given.get(field.code) or "").replace("\r\n", "\n").strip()
        if len(value) > LONGEST:
            problems[field.code] = _l("This text is too long.")
        elif "\0" in value:
            problems[field.code] = _l("This holds signs that cannot be kept. Copy it again from where you have it.")
        elif value:
            values[field.code] = value
        elif field.required and not _is_kept(there.get(field.code)):
            problems[field.code] = _l("Enter this part")
    return values, problems


def _is_kept(row: TaskSecret | None) -> bool:
    return row is not None and row.ciphertext is not None


def _put(task: PlanTask, row: TaskSecret | None, code: str, value: str, by: Hand) -> None:
    if row is None:
        row = TaskSecret(task_id=task.id, field=code)
        db.session.add(row)
    row.ciphertext = crypto.seal(value, _name(task.id, code))
    row.author = by.name
    row.entered_at = now()
    row.revealed_at = row.deleted_at = None


def _name(task_id: int, code: str) -> str:
    return f"task:{task_id}:{code}"


def _rows(task: PlanTask) -> Sequence[TaskSecret]:
    query = sa.select(TaskSecret).where(TaskSecret.task_id == task.id).order_by(TaskSecret.id)
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def reveal(plan_id: int, task_ref: str, code: str, by: Person) -> str:
    """One part in clear, for one of the staff whom the door let through and asked who they are. That they saw it is
    written down before they do.

    Raises:
        SecretGone, SecretUnreadable, NotFound
    """
    with changing(plan_id, Hand(person=by), archived_too=True) as plan:
        task = task_in(plan, task_ref, None)
        row = _row(task, code)
        try:
            value = crypto.unseal(row.ciphertext or "", _name(task.id, code))
        except crypto.KeyMissing:
            raise SecretUnreadable from None  # the chain of causes holds nothing that was encrypted
        row.revealed_at = now()
        record(task, "plan_task.secret_revealed", by, {"_part": (None, code)}, plan=plan)
    return value


def _row(task: PlanTask, code: str) -> TaskSecret:
    row = next((row for row in _rows(task) if row.field == code), None)
    if row is None:
        raise NotFound
    if row.ciphertext is None:
        raise SecretGone
    return row


def delete(plan_id: int, task_ref: str, code: str, by: Hand) -> Worked:
    """Deletes one part by hand; the task stays as it is. Deleted twice is deleted once.

    Raises:
        NotFound, NotYours
    """
    with changing(plan_id, by, archived_too=True) as plan:
        task = task_in(plan, task_ref, by)
        if not by.may_do(task):
            raise NotYours
        row = next((row for row in _rows(task) if row.field == code), None)
        if row is None:
            raise NotFound
        return Worked(plan, task, _forget(plan, task, [row], by))


def forget_all(plan: Plan, by: Hand | None) -> None:
    """Every part kept in a held plan, as when it is archived."""
    query = (
        sa.select(TaskSecret, PlanTask)
        .join(PlanTask, PlanTask.id == TaskSecret.task_id)
        .where(PlanTask.plan_id == plan.id, TaskSecret.ciphertext.is_not(None))
        .order_by(TaskSecret.id)
        .execution_options(populate_existing=True)
    )
    for row, task in db.session.execute(query).all():
        _forget(plan, task, [row], by)


def _forget(plan: Plan, task: PlanTask, rows: Sequence[TaskSecret], by: Hand | None) -> bool:
    changed = False
    for row in rows:
        if row.ciphertext is not None:
            row.ciphertext, row.deleted_at = None, now()
            record(task, "plan_task.secret_deleted", by, {"_part": (row.field, None)}, plan=plan)
            changed = True
    db.session.flush()
    return changed


def outlived(before: datetime) -> sa.Select[Any]:
    """The ids of parts that nobody needs any more: the plan went live or was finished before this moment, or the task
    was found not to be needed before it; a part entered later counts from then."""
    unneeded = PlanTask.state.in_((TaskState.NOT_APPLICABLE, TaskState.GONE)) & (PlanTask.updated_at < before)
    return (
        sa.select(TaskSecret.id)
        .join(PlanTask, PlanTask.id == TaskSecret.task_id)
        .join(Plan, Plan.id == PlanTask.plan_id)
        .where(
            TaskSecret.ciphertext.is_not(None),
            TaskSecret.entered_at < before,
            sa.or_(
                Plan.live_on < before.date(),
                Plan.finished_at < before,
                Plan.archived_at.is_not(None),
                unneeded,
            ),
        )
        .order_by(TaskSecret.id)
    )


def forget(ids: Sequence[int]) -> None:
    """Deletes these by themselves, inside a `write()`."""
    query = (
        sa.select(TaskSecret.id, PlanTask.plan_id)
        .join(PlanTask, PlanTask.id == TaskSecret.task_id)
        .where(TaskSecret.id.in_(ids))
    )
    of_plan: dict[int, list[int]] = {}
    for secret_id, plan_id in db.session.execute(query):
        of_plan.setdefault(plan_id, []).append(secret_id)
    for plan_id in sorted(of_plan):
        with held(plan_id, None, archived_too=True) as plan:
            rows = db.session.execute(
                sa.select(TaskSecret, PlanTask)
                .join(PlanTask, PlanTask.id == TaskSecret.task_id)
                .where(TaskSecret.id.in_(of_plan[plan_id]))
                .order_by(TaskSecret.id)
                .execution_options(populate_existing=True)
            ).all()
            for row, task in rows:
                _forget(plan, task, [row], None)


@dataclass(frozen=True)
class Part:
    """One part as pages show it: what is known of it, never the value."""

    field: Field
    author: str = ""
    entered_at: datetime | None = None
    revealed_at: datetime | None = None
    deleted_at: datetime | None = None

    @property
    def is_kept(self) -> bool:
        return self.entered_at is not None and self.deleted_at is None


def parts_of(task: PlanTask, asked: Task) -> list[Part]:
    """Every part that the task asks for, in its order: one query, which leaves the values where they are."""
    rows = db.session.execute(
        sa.select(
            TaskSecret.field, TaskSecret.author, TaskSecret.entered_at, TaskSecret.revealed_at, TaskSecret.deleted_at
        ).where(TaskSecret.task_id == task.id)
    )
    there: dict[str, Any] = {row.field: tuple(row)[1:] for row in rows}
    return [Part(field, *there.get(field.code, ())) for field in asked.fields]


# --- keys of the installation -----------------------------------------------------------------------------------------

ENCRYPTED: tuple[tuple[Any, Any, Callable[[str], str]], ...] = (
    (TaskSecret.id, TaskSecret.ciphertext, crypto.rewrapped),
    (Person.id, Person.totp_secret, crypto.renewed),
    (MailRow.id, MailRow.secret, crypto.renewed),
    (Webhook.id, Webhook.secret, crypto.renewed),
    (Webhook.id, Webhook.former_secret, crypto.renewed),
)
"""Whatever lies encrypted in the database, and how it is brought under the newest key."""


@dataclass
class Rotation:
    done: int = 0
    unreadable: int = 0
    """None of the installation's keys opens it: it was so before."""


def rotate() -> Rotation:
    """Brings everything encrypted under the newest key. Values that somebody changes meanwhile are encrypted with it
    anyway; stopped half-way, it is begun again."""
    rotation = Rotation()
    for key, column, renew in ENCRYPTED:
        last = 0
        while rows := db.session.execute(
            sa.select(key, column).where(column.is_not(None), key > last).order_by(key).limit(BATCH)
        ).all():
            fresh = []
            for id, text in rows:
                last = id
                try:
                    fresh.append((id, text, renew(text)))
                except crypto.KeyMissing:
                    rotation.unreadable += 1
            with write():
                for id, text, again in fresh:
                    db.session.execute(
                        sa.update(key.class_)
                        .where(key == id, column == text)
                        .values({column.key: again})
                        .execution_options(synchronize_session=False)
                    )
            rotation.done += len(fresh)
    return rotation
