"""The way to change a plan: its row is held first, and what is derived is kept at the end.

So one plan's changes happen one after the other: two colleagues who tick at once both count, and nothing derived is
stale. Where the account is changed too (a priced option, a merge), the account's row is held before the plan's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm.attributes import set_committed_value

from app.core.clock import now
from app.core.db import Base, db, lock, write
from app.core.errors import Conflict, MovedOn, NotFound
from app.core.i18n import _l
from app.customers.models import Account
from app.history import service as history
from app.history.service import Change
from app.people.models import Person
from app.plans import standing
from app.plans.models import Plan, PlanState, PlanTask
from app.plans.party import Hand

Changes = dict[str, tuple[Any, Any]]


class PlanMovedOn(MovedOn):
    """Somebody else changed the plan meanwhile."""

    def __init__(self) -> None:
        super().__init__(_l("Somebody else changed this plan a moment ago. What you typed is still here."))


class PlanArchived(Conflict):
    """Nothing is changed on an archived plan."""

    def __init__(self) -> None:
        super().__init__(_l("This plan is archived. Nothing can be changed on it."))


_TASKS = cast(sa.Table, PlanTask.__table__)

# Made once: making a statement costs more than asking it.
_HOLD_PLAN = (
    sa.select(Plan)
    .where(Plan.id == sa.bindparam("plan"))
    .with_for_update(key_share=True)
    .execution_options(populate_existing=True)
)
_ACCOUNT_OF = sa.select(Plan.account_id).where(Plan.id == sa.bindparam("plan"))
_TASK = (
    sa.select(PlanTask)
    .where(PlanTask.ref == sa.bindparam("ref"), PlanTask.plan_id == sa.bindparam("plan"))
    .execution_options(populate_existing=True)
)


@contextmanager
def changing(
    plan_id: int,
    by: Hand | None,
    *,
    expect: int | None = None,
    archived_too: bool = False,
    account_too: bool = False,
) -> Iterator[Plan]:
    """One verb on one plan, in a `write()` of its own: the plan's row locked; after the verb its version is raised and
    `standing.keep` has run, if anything was written down with `record`. `by` None is the system itself. `account_too`
    holds the account first.

    Raises:
        NotFound: there is no such plan, or `by` takes no part in it.
        PlanMovedOn: its version is no longer `expect`.
        PlanArchived: it is archived, and not `archived_too`.
    """
    with write():
        account_id = _hold_account(plan_id) if account_too else None
        with held(plan_id, by, expect=expect, archived_too=archived_too) as plan:
            if account_too and plan.account_id != account_id:
                raise PlanMovedOn  # its account was merged in between
            yield plan


def _hold_account(plan_id: int) -> int | None:
    """Whoever changes account and plan holds them in this order, as a merge does."""
    account_id = db.session.scalar(_ACCOUNT_OF, {"plan": plan_id})
    return lock(Account, account_id).id if account_id is not None else None


@contextmanager
def held(plan_id: int, by: Hand | None, *, expect: int | None = None, archived_too: bool = False) -> Iterator[Plan]:
    """What `changing` does, inside somebody else's `write()`."""
    plan = db.session.scalar(_HOLD_PLAN, {"plan": plan_id})
    if plan is None:
        raise NotFound
    if by is not None and by.contact is not None and (by.contact.plan_id != plan.id or by.contact.ended_at is not None):
        raise NotFound
    if expect is not None and plan.version != expect:
        raise PlanMovedOn
    if plan.state == PlanState.ARCHIVED and not archived_too:
        raise PlanArchived
    _told().pop(plan.id, None)
    yield plan
    if plan.id in _told():
        db.session.flush()
        # The plan's own row is written once where it can be: a second time costs several checks.
        standing.keep(plan, _told()[plan.id], version=plan.version + 1, updated_at=now())


def task_in(plan: Plan, ref: str, by: Hand | None) -> PlanTask:
    """A task of the held plan as it is now.

    Raises:
        NotFound: the plan has no such task, or `by` came by a link for another one.
    """
    task = db.session.scalar(_TASK, {"ref": ref, "plan": plan.id})
    if task is None or (by is not None and not by.reaches(task)):
        raise NotFound
    return task


def record(
    subject: Base, verb: str, by: Hand | Person | None, changes: Mapping[str, Change] | None = None, *, plan: Plan
) -> None:
    """Writes down what was changed on a plan, or on a task or a contact of it."""
    history.record(subject, verb, by.by if isinstance(by, Hand) else by, changes)
    task = subject.number if isinstance(subject, PlanTask) else None
    _told().setdefault(plan.id, standing.Cause(verb, task))  # the first says what was meant; others follow from it


def put(row: Base, **values: Any) -> Changes:
    """Sets what differs, and tells it by the columns' names in a form that the history keeps."""
    changes: Changes = {}
    for name, value in values.items():
        before = getattr(row, name)
        if before != value:
            changes[name] = (plain(before), plain(value))
            setattr(row, name, value)
    return changes


def put_task(plan: Plan, task: PlanTask, verb: str, by: Hand | None, **values: Any) -> bool:
    """Sets what differs on a task of a held plan and writes it down; False when nothing did."""
    differing = {name: value for name, value in values.items() if getattr(task, name) != value}
    if not differing:
        return False
    changes = {name: (plain(getattr(task, name)), plain(value)) for name, value in differing.items()}
    _write(task, {**differing, "version": task.version + 1, "updated_at": now()})
    record(task, verb, by, changes, plan=plan)
    return True


def _write(task: PlanTask, values: Mapping[str, Any]) -> None:
    """At once, after whatever else is not written yet. Nearly every verb does this, and a unit of work costs several
    times as much as its statement."""
    if db.session.new or db.session.dirty or db.session.deleted:
        db.session.flush()
    for name, value in values.items():
        set_committed_value(task, name, value)
    db.session.connection().execute(_updating(tuple(values)), {"written": task.id, **values})


@lru_cache(maxsize=256)
def _updating(names: tuple[str, ...]) -> sa.Update:
    """Made once for each set of columns."""
    return (
        sa.update(_TASKS)
        .where(_TASKS.c.id == sa.bindparam("written"))
        .values({name: sa.bindparam(name) for name in names})
    )


def plain(value: Any) -> Any:
    """As JSON keeps it."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value


def _told() -> dict[int, standing.Cause]:
    """The plans on which this session wrote something down, and what."""
    told: dict[int, standing.Cause] = db.session().info.setdefault("plans_told", {})
    return told
