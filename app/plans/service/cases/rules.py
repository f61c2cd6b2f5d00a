"""Who may do what with a case, when, and the one way in which it is changed (C4, C5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from app.access import policy
from app.access.permissions import P
from app.core.clock import now, today
from app.core.db import db
from app.core.errors import Conflict, DomainError, FieldError, Forbidden, NotFound
from app.core.i18n import _, _l
from app.history.models import HistoryEntry
from app.people import queries as people
from app.people.models import Person
from app.plans import cases, texts
from app.plans.models import UNFINISHED, CaseRound, CaseState, Plan, PlanCase, PlanTask, TaskState
from app.plans.party import Hand
from app.plans.service.changing import put, record
from app.playbooks.outline import Kind, Outline
from app.settings.models import vendor


class CaseMovedOn(Conflict):
    """Somebody else did something with it meanwhile that does not go together with this."""

    def __init__(self) -> None:
        super().__init__(_l("Somebody else changed this case a moment ago. This is how it stands now."))


class NotItsWorker(Forbidden):
    """Only its worker, or whoever stands in for that person, hands it in or completes it."""

    def __init__(self) -> None:
        super().__init__(_l("This case is somebody else's."))


class NotLeading(Forbidden):
    """The person may not assign, return or override."""

    def __init__(self) -> None:
        super().__init__(_l("Only a team leader can do this."))


class OwnWork(Forbidden):
    """Whoever worked on a case, or handed it in, is not the one who judges it."""

    def __init__(self) -> None:
        super().__init__(_l("You worked on this case yourself. Ask a colleague to complete it or to return it."))


class StillOpen(DomainError):
    """Something required is not done."""

    def __init__(self, tasks: Sequence[str]) -> None:
        super().__init__(_("Something required is still to be done: %(tasks)s", tasks="; ".join(tasks)))
        self.tasks = list(tasks)


class NotOfTheTeam(FieldError):
    """The person does no work on plans."""

    def __init__(self) -> None:
        super().__init__("worker", _l("Choose somebody who works on plans."))


def is_validated(case: PlanCase, outline: Outline) -> bool:
    """Whether somebody else than its worker completes it. A newer playbook that no longer says so does not change it
    for a case that waits for its judgement."""
    spec = cases.case_of(outline, case.phase)
    return (spec is not None and spec.validated) or case.state == CaseState.HANDED_IN


def workers_of(plan: Plan, case: PlanCase) -> set[int]:
    """Everybody who was its worker, less those to whom it was assigned by mistake, and everybody who handed it in."""
    found: list[int | None] = []
    for entry in entries_of(plan, case):
        worker = next((value for value in entry.values if value.field == "case_worker_id"), None)
        if entry.verb == "case.taken_back" and found:
            found.pop()
        elif entry.verb == "case.assigned" and worker is not None:
            found.append(worker.new)
    rounds = sa.select(CaseRound.handed_in_by_id).where(CaseRound.case_id == case.id)
    ever = {*found, case.worker_id, *db.session.scalars(rounds)}
    return {id for id in ever if id is not None}


def entries_of(plan: Plan, case: PlanCase) -> list[HistoryEntry]:
    """What was done with a case, in order."""
    query = (
        sa.select(HistoryEntry)
        .where(HistoryEntry.record_type == "plan", HistoryEntry.record_id == plan.id, HistoryEntry.verb.like("case.%"))
        .order_by(HistoryEntry.number)
        .options(selectinload(HistoryEntry.values))
    )
    return [
        entry
        for entry in db.session.scalars(query)
        if any(value.field == "_case" and value.new == case.phase for value in entry.values)
    ]


def required_open(plan: Plan, case: PlanCase) -> list[PlanTask]:
    """The required tasks of its phase that are not done."""
    query = (
        sa.select(PlanTask)
        .where(
            PlanTask.plan_id == plan.id,
            PlanTask.phase == case.phase,
            PlanTask.required,
            PlanTask.state.in_(UNFINISHED),
            PlanTask.expires_on.is_(None),  # else it was done, and is asked for again
        )
        .order_by(PlanTask.position, PlanTask.number)
    )
    return list(db.session.scalars(query))


def answers_of(plan: Plan, case: PlanCase) -> dict[str, Any]:
    """What the tasks of its phase that ask for fields hold now, by their codes."""
    query = sa.select(PlanTask.code, PlanTask.answer).where(
        PlanTask.plan_id == plan.id,
        PlanTask.phase == case.phase,
        PlanTask.kind == Kind.FIELDS,
        PlanTask.state != TaskState.GONE,
        PlanTask.code.is_not(None),
    )
    return {row.code: row.answer for row in db.session.execute(query.order_by(PlanTask.position))}


def case_in(plan: Plan, ref: str, expect: int | None = None) -> PlanCase:
    """A case of the held plan as it is now.

    Raises:
        CaseMovedOn: its version is no longer `expect`.
        NotFound
    """
    found = db.session.scalar(
        sa.select(PlanCase)
        .where(PlanCase.ref == ref, PlanCase.plan_id == plan.id)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound(_l("This case no longer exists."))
    if has_passed(found, expect):
        raise CaseMovedOn
    return found


def has_passed(case: PlanCase, expect: int | None) -> bool:
    return expect is not None and case.version != expect


def refuse_while_open(plan: Plan, case: PlanCase, outline: Outline) -> None:
    left = required_open(plan, case)
    if left:
        raise StillOpen([f"{task.number}. {texts.title_of(task, outline)}" for task in left])


def leader_of(by: Hand) -> Person:
    if by.person is None or not policy.allows(by.person, P.CASES_LEAD):
        raise NotLeading
    return by.person


def refuse_unless_of_the_team(person: Person) -> None:
    if not policy.allows(person, P.PLANS_WORK):
        raise NotOfTheTeam


def worker_by(case: PlanCase, by: Hand, *, or_leads: bool = False) -> Person:
    """Its worker, or whoever stands in for that person today."""
    if by.person is None or not policy.allows(by.person, P.PLANS_WORK):
        raise NotItsWorker
    if by.person.id == case.worker_id or (or_leads and policy.allows(by.person, P.CASES_LEAD)):
        return by.person
    if case.worker_id is not None:
        deputies = people.deputies([case.worker_id], today(vendor().timezone))
        if deputies.get(case.worker_id) == by.person.id:
            return by.person
    raise NotItsWorker


def refuse_its_worker(plan: Plan, case: PlanCase, person: Person) -> None:
    if person.id in workers_of(plan, case):
        raise OwnWork


def move(
    plan: Plan,
    case: PlanCase,
    verb: str,
    by: Hand,
    values: Mapping[str, Any],
    of_plan: Mapping[str, Any] | None = None,
    *,
    told: Mapping[str, str] | None = None,
) -> bool:
    """Sets what differs on a case of a held plan, and on the plan, and writes it down; False when nothing did."""
    state = case.state
    changes = put(case, **values)
    if not changes:
        return False
    if case.state != state:
        case.moved_at = now()
    case.version += 1
    entry: dict[str, tuple[Any, Any]] = {"_case": (None, case.phase)}
    entry |= {f"case_{name}": changes[name] for name in ("state", "worker_id") if name in changes}
    entry |= {name: (None, text) for name, text in (told or {}).items()}
    record(plan, verb, by, {**entry, **put(plan, **(of_plan or {}))}, plan=plan)
    db.session.flush()  # whoever reads it again in this `write()` reads it as it is now
    return True
