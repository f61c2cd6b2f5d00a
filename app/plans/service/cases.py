"""A case from hand to hand: assigned, handed in, returned, completed; its worker never validates it (C4, C5, C7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from app.access import policy
from app.access.permissions import P
from app.core import identifiers
from app.core.clock import now, today
from app.core.db import db, write
from app.core.errors import Conflict, DomainError, FieldError, Forbidden, NotFound
from app.core.i18n import _, _l, in_locale
from app.core.identifiers import Invalid
from app.history.models import HistoryEntry
from app.outbox.mail import Recipient
from app.outbox.service import post
from app.people import queries as people
from app.people.models import Person
from app.plans import cases, texts
from app.plans.cases import Move
from app.plans.emails_cases import CaseCompleted, CaseReturned, CasesAssigned, CasesTakenBack, PlanWithOwner
from app.plans.models import UNFINISHED, CaseRound, CaseState, Plan, PlanCase, PlanTask, TaskState, Verdict
from app.plans.party import Hand
from app.plans.service import opening
from app.plans.service.changing import changing, held, put, record
from app.playbooks.outline import Kind, Outline
from app.settings.models import vendor

MOST = 100
"""Cases that are assigned at once."""
_WHY = 2_000
_OVERRIDE = 1_000


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


# --- assigning --------------------------------------------------------------------------------------------------------


def assign(plan_id: int, case_ref: str, worker: Person, by: Hand, *, expect: int | None = None) -> PlanCase:
    """Gives an open case to somebody, or an assigned one to somebody else. Whoever works on the case that gives the
    customer its status is the plan's account manager.

    Raises:
        CaseMovedOn: it is not open, or no longer of version `expect`.
        NotLeading, NotOfTheTeam, NotFound, PlanArchived
    """
    leader = _leader(by)
    _may_work(worker)
    letters = _Letters()
    with changing(plan_id, by) as plan:
        case = case_in(plan, case_ref, expect)
        _assign(plan, case, worker, by, letters)
        letters.post(leader)
    return case


@dataclass(frozen=True)
class Wanted:
    """A case as the page showed it."""

    ref: str
    version: int


@dataclass
class Assigned:
    """What became of several."""

    done: list[PlanCase] = field(default_factory=list)
    refused: dict[str, DomainError] = field(default_factory=dict)
    """By the plan's name, or by the case's reference where there is no such case."""


def assign_all(wanted: Sequence[Wanted], worker: Person, by: Hand) -> Assigned:
    """Several to one person in one go: those that somebody else changed meanwhile are left out and told. One mail.

    Raises: NotLeading, NotOfTheTeam
    """
    leader = _leader(by)
    _may_work(worker)
    return _each(wanted, leader, by, lambda plan, case, letters: _assign(plan, case, worker, by, letters))


def take_back(wanted: Sequence[Wanted], by: Hand) -> Assigned:
    """The assignments were a mistake: each case is again whose it was before, and so is the plan. Cases with which
    something was done since are left as they are, and told.

    Raises: NotLeading
    """
    return _each(wanted, _leader(by), by, lambda plan, case, letters: _take_back(plan, case, by, letters))


def _each(
    wanted: Sequence[Wanted], leader: Person, by: Hand, move: Callable[[Plan, PlanCase, _Letters], None]
) -> Assigned:
    """Moves the cases one by one, each on its held plan, and posts what is told of all of them."""
    found, letters = Assigned(), _Letters()
    with write():
        for one, plan_id, name in _plans_of(wanted[:MOST]):
            try:
                if plan_id is None:
                    raise NotFound(_l("This case no longer exists."))
                with held(plan_id, by) as plan:
                    case = case_in(plan, one.ref, one.version)
                    move(plan, case, letters)
                    found.done.append(case)
            except DomainError as refusal:  # each is refused before anything of it is written
                found.refused[name] = refusal
        letters.post(leader)
    return found


def _plans_of(wanted: Sequence[Wanted]) -> list[tuple[Wanted, int | None, str]]:
    """Each with the id and name of its plan, in the order of the ids: everybody holds several plans in this order."""
    query = sa.select(PlanCase.ref, Plan.id, Plan.name).join(PlanCase.plan)
    rows = db.session.execute(query.where(PlanCase.ref.in_({one.ref for one in wanted})))
    known = {row.ref: (row.id, row.name) for row in rows}
    found = [(one, *known.get(one.ref, (None, one.ref))) for one in dict.fromkeys(wanted)]
    return sorted(found, key=lambda row: row[1] or 0)


def _assign(plan: Plan, case: PlanCase, worker: Person, by: Hand, letters: _Letters) -> None:
    outline = texts.outline_of(plan)
    state = cases.after(case.state, Move.ASSIGN, validated=False)
    if state is None:
        raise CaseMovedOn
    if case.worker_id == worker.id and case.state == state:
        return
    before = case.worker_id
    values = {"state": state, "worker_id": worker.id, "assigned_by_id": _leader(by).id, "assigned_at": now()}
    of_plan = {"manager_id": worker.id} if _gives_status(plan, case, outline) else {}
    _move(plan, case, "case.assigned", by, values, of_plan)
    letters.given(worker.id, plan, case)
    if before is not None:
        letters.taken(before, plan, case)


def _gives_status(plan: Plan, case: PlanCase, outline: Outline) -> bool:
    there = [(one.phase, one.state) for one in opening.cases_of(plan)]
    return cases.stage_of(there, outline, live=plan.live_on is not None) == case.phase


def _take_back(plan: Plan, case: PlanCase, by: Hand, letters: _Letters) -> None:
    entry = next(iter(reversed(_entries(plan, case))), None)
    if entry is None or entry.verb != "case.assigned":
        raise CaseMovedOn
    told = {value.field: value for value in entry.values}
    before = told["case_worker_id"].old if "case_worker_id" in told else None
    mistaken = case.worker_id
    state = case.state if before is not None else cases.after(case.state, Move.TAKE_BACK, validated=False)
    if state is None:
        raise CaseMovedOn
    again: dict[str, Any] = {"worker_id": before, "state": state}
    if before is None:
        again |= {"assigned_by_id": None, "assigned_at": None}
    manager = told.get("manager_id")
    kept = manager is not None and manager.old is not None and plan.manager_id == manager.new
    _move(plan, case, "case.taken_back", by, again, {"manager_id": manager.old} if manager is not None and kept else {})
    if mistaken is not None:
        letters.taken(mistaken, plan, case)
    if before is not None:
        letters.given(before, plan, case)


def hand_over(plan: Plan, from_id: int, to: Person, by: Hand) -> int:
    """All cases of one colleague in a held plan to another, handed in ones too; how many."""
    mine = sa.select(PlanCase).where(
        PlanCase.plan_id == plan.id, PlanCase.worker_id == from_id, PlanCase.state != CaseState.COMPLETED
    )
    moved = 0
    for case in db.session.scalars(mine.execution_options(populate_existing=True)).all():
        moved += _move(plan, case, "case.assigned", by, {"worker_id": to.id, "assigned_at": now()})
    return moved


# --- handing in and judging -------------------------------------------------------------------------------------------


def hand_in(plan_id: int, case_ref: str, by: Hand, *, expect: int | None = None) -> bool:
    """Its worker asks for validation: what the tasks of the phase hold is kept as a round. False when it waits already.

    Raises:
        StillOpen: a required task of the phase is not done.
        CaseMovedOn: it is not assigned, or nobody has to validate it.
        NotItsWorker, NotFound, PlanArchived
    """
    with changing(plan_id, by) as plan:
        case, outline = case_in(plan, case_ref), texts.outline_of(plan)
        person = _worker(case, by)
        if case.state == CaseState.HANDED_IN:
            return False
        state = cases.after(case.state, Move.HAND_IN, validated=is_validated(case, outline))
        if state is None or _passed(case, expect):
            raise CaseMovedOn
        _all_done(plan, case, outline)
        number = db.session.scalar(sa.select(sa.func.count()).where(CaseRound.case_id == case.id)) or 0
        db.session.add(
            CaseRound(
                case_id=case.id,
                number=number + 1,
                answers=answers_of(plan, case),
                handed_in_by_id=person.id,
                handed_in_at=now(),
            )
        )
        return _move(plan, case, "case.handed_in", by, {"state": state})


def give_back(plan_id: int, case_ref: str, why: str, by: Hand, *, expect: int | None = None) -> bool:
    """Returns it to its worker with the reason, which is mailed.

    Raises:
        FieldError: no reason.
        CaseMovedOn: it does not wait for validation (any more), or is another round.
        NotLeading, OwnWork, NotFound, PlanArchived
    """
    leader = _leader(by)
    reason = _reason("why", why, _WHY, _l("Enter what has to change"))
    with changing(plan_id, by) as plan:
        case, outline = case_in(plan, case_ref), texts.outline_of(plan)
        state = cases.after(case.state, Move.GIVE_BACK, validated=is_validated(case, outline))
        if state is None or _passed(case, expect):
            raise CaseMovedOn
        _not_by_its_worker(plan, case, leader)
        _judge(case, Verdict.RETURNED, leader, reason)
        moved = _move(plan, case, "case.returned", by, {"state": state}, told={"_why": reason})
        _mail(case.worker_id, leader, plan, case, reason)
    return moved


def complete(plan_id: int, case_ref: str, by: Hand, *, override: str = "", expect: int | None = None) -> bool:
    """Completes it: a validated one that was handed in by somebody else who leads, another one by its worker. With a
    reason (`override`), whoever leads completes it although something required is open. What follows opens by itself;
    after the last case the plan goes to its account owner. False when it is completed already.

    Raises:
        StillOpen: a required task of the phase is not done, and no reason is given.
        OwnWork: it is validated, and the person worked on it or handed it in; whatever else they may do.
        CaseMovedOn, NotItsWorker, NotLeading, FieldError, NotFound, PlanArchived
    """
    reason = _reason("override", override, _OVERRIDE, None)
    with changing(plan_id, by) as plan:
        case, outline = case_in(plan, case_ref), texts.outline_of(plan)
        validated = is_validated(case, outline)
        person = _leader(by) if validated or reason else _worker(case, by, or_leads=True)
        if validated:
            _not_by_its_worker(plan, case, person)
        if case.state == CaseState.COMPLETED:
            return False
        state = cases.after(case.state, Move.OVERRIDE if reason else Move.COMPLETE, validated=validated)
        if state is None or _passed(case, expect):
            raise CaseMovedOn
        if not reason:
            _all_done(plan, case, outline)
        if case.state == CaseState.HANDED_IN:
            _judge(case, Verdict.COMPLETED, person, reason)
        values = {"state": state, "completed_by_id": person.id, "completed_at": now(), "override": reason}
        moved = _move(plan, case, "case.completed", by, values, told={"_override": reason} if reason else {})
        opening.open_next(plan, outline)
        _mail(case.worker_id, person, plan, case, reason)
        _to_owner(plan, case, by)
    return moved


def _judge(case: PlanCase, verdict: Verdict, by: Person, why: str) -> None:
    """The round that waits."""
    found = db.session.scalar(
        sa.select(CaseRound)
        .where(CaseRound.case_id == case.id, CaseRound.verdict.is_(None))
        .execution_options(populate_existing=True)
    )
    if found is not None:
        found.verdict, found.why, found.judged_by_id, found.judged_at = verdict, why, by.id, now()


def _to_owner(plan: Plan, case: PlanCase, by: Hand) -> None:
    """Once all cases are completed."""
    if any(one.state != CaseState.COMPLETED for one in opening.cases_of(plan)):
        return
    owner = people.by_id(plan.owner_id) if plan.owner_id is not None else None
    if owner is None or owner.id == plan.manager_id or not policy.allows(owner, P.PLANS_READ):
        return
    before = people.by_id(plan.manager_id)
    record(plan, "plan.manager_set", by, put(plan, manager_id=owner.id), plan=plan)
    for person, yours in ((owner, True), (before, False)):
        if person.is_active:
            _post(PlanWithOwner(plan.ref, plan.name, owner.name, before.name, yours), person, f"plan:{plan.ref}")


# --- the rules --------------------------------------------------------------------------------------------------------


def is_validated(case: PlanCase, outline: Outline) -> bool:
    """Whether somebody else than its worker completes it. A newer playbook that no longer says so does not change it
    for a case that waits for its judgement."""
    spec = cases.case_of(outline, case.phase)
    return (spec is not None and spec.validated) or case.state == CaseState.HANDED_IN


def workers_of(plan: Plan, case: PlanCase) -> set[int]:
    """Everybody who was its worker, less those to whom it was assigned by mistake, and everybody who handed it in."""
    found: list[int | None] = []
    for entry in _entries(plan, case):
        worker = next((value for value in entry.values if value.field == "case_worker_id"), None)
        if entry.verb == "case.taken_back" and found:
            found.pop()
        elif entry.verb == "case.assigned" and worker is not None:
            found.append(worker.new)
    rounds = sa.select(CaseRound.handed_in_by_id).where(CaseRound.case_id == case.id)
    ever = {*found, case.worker_id, *db.session.scalars(rounds)}
    return {id for id in ever if id is not None}


def _entries(plan: Plan, case: PlanCase) -> list[HistoryEntry]:
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
    if _passed(found, expect):
        raise CaseMovedOn
    return found


def _passed(case: PlanCase, expect: int | None) -> bool:
    return expect is not None and case.version != expect


def _all_done(plan: Plan, case: PlanCase, outline: Outline) -> None:
    left = required_open(plan, case)
    if left:
        raise StillOpen([f"{task.number}. {texts.title_of(task, outline)}" for task in left])


def _leader(by: Hand) -> Person:
    if by.person is None or not policy.allows(by.person, P.CASES_LEAD):
        raise NotLeading
    return by.person


def _may_work(person: Person) -> None:
    if not policy.allows(person, P.PLANS_WORK):
        raise NotOfTheTeam


def _worker(case: PlanCase, by: Hand, *, or_leads: bool = False) -> Person:
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


def _not_by_its_worker(plan: Plan, case: PlanCase, person: Person) -> None:
    if person.id in workers_of(plan, case):
        raise OwnWork


def _reason(name: str, typed: str, limit: int, missing: Any) -> str:
    """Cleaned words; `missing` is said where there have to be some."""
    try:
        text = identifiers.clean_text(typed)
    except Invalid as error:
        raise FieldError(name, error.message) from error
    if len(text) > limit:
        raise FieldError(name, _l("This text is too long."))
    if not text and missing is not None:
        raise FieldError(name, missing)
    return text


def _move(
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


# --- mails ------------------------------------------------------------------------------------------------------------


class _Letters:
    """What is told to whom about cases that changed hands: one mail to each, however many cases."""

    def __init__(self) -> None:
        self._given: dict[int, list[tuple[Plan, PlanCase]]] = defaultdict(list)
        self._taken: dict[int, list[tuple[Plan, PlanCase]]] = defaultdict(list)

    def given(self, person_id: int, plan: Plan, case: PlanCase) -> None:
        self._given[person_id].append((plan, case))

    def taken(self, person_id: int, plan: Plan, case: PlanCase) -> None:
        self._taken[person_id].append((plan, case))

    def post(self, by: Person) -> None:
        for held_by, mail in ((self._given, CasesAssigned), (self._taken, CasesTakenBack)):
            for person_id, rows in held_by.items():
                person = people.by_id(person_id)
                if person.id == by.id or not person.is_active:
                    continue
                lines = [f"{plan.name}: {title_in(plan, case, person.locale)}" for plan, case in rows]
                plan_ref = rows[0][0].ref if len(rows) == 1 else ""
                _post(mail(by.name, lines, plan_ref), person, f"person:{person.ref}")


def title_in(plan: Plan, case: PlanCase, locale: str) -> str:
    with in_locale(locale):
        return texts.phase_title(case.phase, texts.outline_of(plan))


def _mail(worker_id: int | None, by: Person, plan: Plan, case: PlanCase, words: str) -> None:
    """To its worker: it was completed, or came back."""
    worker = people.by_id(worker_id) if worker_id is not None else None
    if worker is None or worker.id == by.id or not worker.is_active:
        return
    mail = CaseCompleted if case.state == CaseState.COMPLETED else CaseReturned
    title = title_in(plan, case, worker.locale)
    _post(mail(plan.ref, plan.name, title, case.ref, by.name, words), worker, f"plan:{plan.ref}")


def _post(
    mail: CasesAssigned | CasesTakenBack | CaseCompleted | CaseReturned | PlanWithOwner, to: Person, about: str
) -> None:
    post(mail, Recipient.of(to), conversation=about)
