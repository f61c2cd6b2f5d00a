"""Cases: opened by themselves, assigned, handed in, returned, completed; never validated by their worker (C4, C7)."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import selectinload

from app.core.clock import today
from app.core.db import db, write
from app.core.errors import DomainError, FieldError
from app.core.i18n import in_locale
from app.history.models import HistoryEntry
from app.outbox.models import MailRow
from app.people.models import Person
from app.people.queries import by_id
from app.people.service import absences
from app.people.service.absences import AbsenceDetails
from app.plans import cases as words
from app.plans.models import CaseRound, CaseState, Plan, PlanCase
from app.plans.service import assigning, cases, starting, upgrading, working
from app.plans.service.cases import CaseMovedOn, NotItsWorker, NotLeading, OwnWork, StillOpen, Wanted
from app.plans.texts import outline_of
from app.settings.models import vendor
from tests.leads.test_races_desk import at_once
from tests.plans import replaying
from tests.plans.casework import (
    CASES_PLAYBOOK,
    ENABLE,
    TRAIN,
    a_plan_with_cases,
    a_team,
    assigned,
    case_of,
    do_tasks,
    hand,
    handed_in,
    trained,
)
from tests.sentences import a_person, a_plan, a_playbook, a_staff_member, task_of

pytestmark = pytest.mark.usefixtures("context")


def plan_now(plan: Plan) -> Plan:
    db.session.rollback()
    return db.session.get_one(Plan, plan.id, populate_existing=True)


def status(plan: Plan) -> str:
    found = plan_now(plan)
    return words.status_of(found, outline_of(found))


def verbs(plan: Plan) -> list[str]:
    return [entry.verb for entry in entries(plan)]


def entries(plan: Plan) -> list[HistoryEntry]:
    """What the plan's history tells of its cases."""
    query = sa.select(HistoryEntry).where(
        HistoryEntry.record_type == "plan", HistoryEntry.record_id == plan.id, HistoryEntry.verb.like("case.%")
    )
    found = query.order_by(HistoryEntry.number).options(selectinload(HistoryEntry.values))
    return list(db.session.scalars(found.execution_options(populate_existing=True)))


def value(entry: HistoryEntry, field: str) -> Any:
    return next((each.new for each in entry.values if each.field == field), None)


def mails(to: Person) -> list[str]:
    query = sa.select(MailRow.template).where(MailRow.to_email == to.email).order_by(MailRow.id)
    return list(db.session.scalars(query))


# --- rows, opening, status --------------------------------------------------------------------------------------------


def test_a_plan_begins_with_its_cases_and_the_first_one_opens_by_itself() -> None:
    plan = a_plan_with_cases()
    assert (case_of(plan, TRAIN).state, case_of(plan, ENABLE).state) == (CaseState.OPEN, CaseState.CLOSED)
    assert (plan_now(plan).stage, status(plan)) == (TRAIN, "Training")
    with in_locale("fi"):
        assert status(plan) == "Koulutus"
    assert verbs(plan) == ["case.opened"]


def test_a_plan_without_cases_has_no_status() -> None:
    plan = a_plan(of=a_playbook())
    assert (plan_now(plan).stage, status(plan)) == ("", "")


def test_a_phase_without_tasks_is_no_case_until_facts_bring_them_and_goes_with_them() -> None:
    plan = a_plan_with_cases(facts={"checked": False})
    assert db.session.scalars(sa.select(PlanCase.phase).where(PlanCase.plan_id == plan.id)).all() == [TRAIN]
    worker, _leader = a_team()
    starting.change_facts(plan.id, {"checked": True}, hand(worker))
    assert case_of(plan).state == CaseState.CLOSED
    starting.change_facts(plan.id, {"checked": False}, hand(worker))
    assert db.session.scalars(sa.select(PlanCase.phase).where(PlanCase.plan_id == plan.id)).all() == [TRAIN]
    assert verbs(plan)[-1] == "case.gone"


def test_a_case_that_somebody_works_on_stays_when_facts_change() -> None:
    plan, (worker, leader) = a_plan_with_cases(), a_team()
    handed_in(plan, worker, leader)
    starting.change_facts(plan.id, {"checked": False}, hand(worker))
    assert case_of(plan).state == CaseState.HANDED_IN
    assert cases.complete(plan.id, case_of(plan).ref, hand(leader))


def test_a_newer_playbook_brings_its_cases() -> None:
    before = copy.deepcopy(CASES_PLAYBOOK)
    for phase in before["phases"]:
        phase.pop("case", None)
    plan, (worker, _leader) = a_plan(of=a_playbook(before)), a_team()
    assert plan_now(plan).stage == ""
    upgrading.apply(plan.id, a_playbook(CASES_PLAYBOOK).id, hand(worker))
    assert (case_of(plan, TRAIN).state, case_of(plan).state) == (CaseState.OPEN, CaseState.CLOSED)
    assert status(plan) == "Training"


def test_the_statuses_follow_each_other_and_the_owner_gets_the_plan() -> None:
    owner = a_staff_member("account_manager", name="Olli Omistaja")
    plan, (worker, leader) = a_plan_with_cases(), a_team()
    with write():
        db.session.get_one(Plan, plan.id).owner_id = owner.id
    trained(plan, worker, leader)
    assert (case_of(plan).state, status(plan)) == (CaseState.OPEN, "Check usage")
    assert plan_now(plan).manager_id == worker.id
    assigned(plan, worker, leader)
    do_tasks(plan, worker, "criteria", "recap")
    cases.hand_in(plan.id, case_of(plan).ref, hand(worker))
    assert cases.complete(plan.id, case_of(plan).ref, hand(leader))
    assert (plan_now(plan).stage, status(plan)) == (words.ALL_COMPLETED, "Active")
    assert plan_now(plan).manager_id == owner.id
    assert mails(owner) == ["plan_with_owner"]
    assert mails(worker) == ["cases_assigned", "cases_assigned", "case_completed", "plan_with_owner"]
    replaying.check(plan.id)


def test_a_plan_whose_playbook_has_no_cases_for_it_is_active_once_it_is_live() -> None:
    content = copy.deepcopy(CASES_PLAYBOOK)
    for phase in content["phases"]:
        phase.pop("case", None)
    plan, (worker, _leader) = a_plan(of=a_playbook(content)), a_team()
    assert status(plan) == ""
    do_tasks(plan, worker, "golive")
    assert status(plan) == "Active"
    working.untick(plan.id, task_of(plan, "golive").ref, hand(worker))
    assert status(plan) == ""


# --- assigning --------------------------------------------------------------------------------------------------------


def test_assigning_makes_the_worker_the_account_manager_of_the_status_alone() -> None:
    plan, (worker, leader) = a_plan_with_cases(), a_team()
    assigned(plan, worker, leader, TRAIN)
    assert plan_now(plan).manager_id == worker.id
    assert mails(worker) == ["cases_assigned"]
    other = a_staff_member("account_manager", name="Noor Bakker")
    assigned(plan, other, leader, TRAIN)
    assert case_of(plan, TRAIN).worker_id == other.id
    assert mails(worker) == ["cases_assigned", "cases_taken_back"]
    replaying.check(plan.id)


def test_only_who_leads_assigns_and_only_to_whom_works_on_plans() -> None:
    plan, (worker, leader) = a_plan_with_cases(), a_team()
    with pytest.raises(NotLeading):
        assigned(plan, worker, worker, TRAIN)
    with pytest.raises(cases.NotOfTheTeam):
        assigned(plan, a_staff_member("finance"), leader, TRAIN)
    with pytest.raises(cases.NotOfTheTeam):
        assigned(plan, a_person(), leader, TRAIN)
    with pytest.raises(CaseMovedOn):
        assigned(plan, worker, leader, ENABLE)  # it is not open yet
    assert verbs(plan) == ["case.opened"]


def test_several_are_assigned_with_one_mail_and_taken_back_whole() -> None:
    (worker, leader), plans = a_team(), [a_plan_with_cases() for _ in range(3)]
    managers = [plan.manager_id for plan in plans]
    late = case_of(plans[2], TRAIN)
    wanted = [Wanted(case_of(plan, TRAIN).ref, case_of(plan, TRAIN).version) for plan in plans]
    cases.assign(plans[2].id, late.ref, a_staff_member("account_manager"), hand(leader))
    done = cases.assign_all([*wanted, Wanted("Z-NOBODY00", 1)], worker, hand(leader))
    assert len(done.done) == 2
    assert {type(refusal).__name__ for refusal in done.refused.values()} == {"CaseMovedOn", "NotFound"}
    assert mails(worker) == ["cases_assigned"]
    undone = cases.take_back(
        [Wanted(case_of(plan, TRAIN).ref, case_of(plan, TRAIN).version) for plan in plans[:2]], hand(leader)
    )
    assert not undone.refused
    for plan, manager in zip(plans[:2], managers[:2], strict=True):
        assert (case_of(plan, TRAIN).state, case_of(plan, TRAIN).worker_id) == (CaseState.OPEN, None)
        assert plan_now(plan).manager_id == manager
        replaying.check(plan.id)
    assert mails(worker) == ["cases_assigned", "cases_taken_back"]


def test_an_assignment_with_which_something_was_done_is_not_taken_back() -> None:
    plan, (worker, leader) = a_plan_with_cases(), a_team()
    trained(plan, worker, leader)
    assigned(plan, worker, leader)
    seen = Wanted(case_of(plan).ref, case_of(plan).version)
    do_tasks(plan, worker, "criteria", "recap")
    cases.hand_in(plan.id, case_of(plan).ref, hand(worker))
    assert cases.take_back([seen], hand(leader)).done == []
    now = Wanted(case_of(plan).ref, case_of(plan).version)
    assert cases.take_back([now], hand(leader)).done == []
    assert case_of(plan).state == CaseState.HANDED_IN


def test_taking_back_a_second_assignment_gives_the_case_to_the_first_worker_again() -> None:
    plan, (worker, leader) = a_plan_with_cases(), a_team()
    other = a_staff_member("account_manager", name="Noor Bakker")
    assigned(plan, worker, leader, TRAIN)
    assigned(plan, other, leader, TRAIN)
    case = case_of(plan, TRAIN)
    cases.take_back([Wanted(case.ref, case.version)], hand(leader))
    assert (case_of(plan, TRAIN).worker_id, plan_now(plan).manager_id) == (worker.id, worker.id)


def test_a_colleagues_cases_go_with_the_rest_of_the_work() -> None:
    plan, (worker, leader) = a_plan_with_cases(), a_team()
    handed_in(plan, worker, leader)
    other = a_staff_member("account_manager", name="Noor Bakker")
    assert assigning.hand_over_work(worker.id, other, leader).cases == 1
    assert (case_of(plan).worker_id, case_of(plan).state) == (other.id, CaseState.HANDED_IN)
    assert assigning.plans_of(worker.id) == []


# --- handing in -------------------------------------------------------------------------------------------------------


def test_handing_in_says_which_required_tasks_are_open() -> None:
    plan, (worker, leader) = a_plan_with_cases(), a_team()
    trained(plan, worker, leader)
    assigned(plan, worker, leader)
    do_tasks(plan, worker, "criteria")
    with pytest.raises(StillOpen) as refused:
        cases.hand_in(plan.id, case_of(plan).ref, hand(worker))
    assert [task.partition(". ")[2] for task in refused.value.tasks] == ["Recap"]
    do_tasks(plan, worker, "recap")
    assert cases.hand_in(plan.id, case_of(plan).ref, hand(worker))
    assert not cases.hand_in(plan.id, case_of(plan).ref, hand(worker)), "twice is once"
    rounds = db.session.scalars(sa.select(CaseRound)).all()
    assert [(one.number, one.verdict) for one in rounds] == [(1, None)]
    assert rounds[0].answers["recap"]["feedback"] == "They like it."
    assert set(rounds[0].answers) == {"criteria", "recap"}


def test_nobody_but_its_worker_or_the_deputy_hands_in() -> None:
    plan, (worker, leader) = a_plan_with_cases(), a_team()
    trained(plan, worker, leader)
    assigned(plan, worker, leader)
    do_tasks(plan, worker, "criteria", "recap")
    deputy = a_staff_member("account_manager", name="Noor Bakker")
    for person in (leader, deputy):
        with pytest.raises(NotItsWorker):
            cases.hand_in(plan.id, case_of(plan).ref, hand(person))
    day = today(vendor().timezone)
    absences.note(AbsenceDetails(worker, deputy, day, day + timedelta(days=3)), leader)
    assert cases.hand_in(plan.id, case_of(plan).ref, hand(deputy))


def test_a_case_that_nobody_validates_is_completed_by_its_worker_and_not_handed_in() -> None:
    plan, (worker, leader) = a_plan_with_cases(), a_team()
    assigned(plan, worker, leader, TRAIN)
    case = case_of(plan, TRAIN)
    with pytest.raises(StillOpen):
        cases.complete(plan.id, case.ref, hand(worker))
    do_tasks(plan, worker, "call", "golive")
    with pytest.raises(CaseMovedOn):
        cases.hand_in(plan.id, case.ref, hand(worker))
    with pytest.raises(NotItsWorker):
        cases.complete(plan.id, case.ref, hand(a_staff_member("account_manager")))
    assert cases.complete(plan.id, case.ref, hand(worker))
    assert not cases.complete(plan.id, case.ref, hand(worker))
    assert verbs(plan).count("case.completed") == 1


# --- judging ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["account_manager", "team_leader", "administrator"])
def test_the_worker_of_a_validated_case_never_completes_it(role: str) -> None:
    plan, leader = a_plan_with_cases(), a_staff_member("team_leader")
    worker = a_staff_member(role)
    case = handed_in(plan, worker, leader)
    for override in ("", "It is urgent."):
        with pytest.raises((OwnWork, NotLeading)):
            cases.complete(plan.id, case.ref, hand(worker), override=override)
    with pytest.raises((OwnWork, NotLeading)):
        cases.give_back(plan.id, case.ref, "Why", hand(worker))
    assert cases.complete(plan.id, case.ref, hand(leader))
    assert case_of(plan).completed_by_id == leader.id


def test_whoever_worked_on_it_before_or_handed_it_in_never_completes_it() -> None:
    plan, leader = a_plan_with_cases(), a_staff_member("team_leader")
    first, deputy = a_staff_member("team_leader"), a_staff_member("administrator")
    other = a_staff_member("account_manager")
    trained(plan, first, leader)
    assigned(plan, first, leader)
    do_tasks(plan, first, "criteria", "recap")
    day = today(vendor().timezone)
    absences.note(AbsenceDetails(first, deputy, day, day), leader)
    cases.hand_in(plan.id, case_of(plan).ref, hand(deputy))
    cases.give_back(plan.id, case_of(plan).ref, "Look again.", hand(leader))
    assigned(plan, other, leader)
    cases.hand_in(plan.id, case_of(plan).ref, hand(other))
    for person in (first, deputy):
        with pytest.raises(OwnWork):
            cases.complete(plan.id, case_of(plan).ref, hand(person))
    assert cases.complete(plan.id, case_of(plan).ref, hand(leader))


def test_an_assignment_by_mistake_bars_nobody() -> None:
    plan, (worker, leader) = a_plan_with_cases(), a_team()
    trained(plan, worker, leader)
    assigned(plan, leader, leader)
    cases.take_back([Wanted(case_of(plan).ref, case_of(plan).version)], hand(leader))
    assigned(plan, worker, leader)
    do_tasks(plan, worker, "criteria", "recap")
    cases.hand_in(plan.id, case_of(plan).ref, hand(worker))
    assert cases.complete(plan.id, case_of(plan).ref, hand(leader))


def test_a_returned_case_is_the_workers_again_with_the_reason() -> None:
    plan, (worker, leader) = a_plan_with_cases(), a_team()
    case = handed_in(plan, worker, leader)
    with pytest.raises(FieldError):
        cases.give_back(plan.id, case.ref, "  ", hand(leader))
    assert cases.give_back(plan.id, case.ref, "The stock is kept.", hand(leader))
    assert (case_of(plan).state, case_of(plan).worker_id) == (CaseState.ASSIGNED, worker.id)
    assert mails(worker)[-1] == "case_returned"
    with pytest.raises(CaseMovedOn):
        cases.give_back(plan.id, case.ref, "Again.", hand(leader))
    with pytest.raises(CaseMovedOn):
        cases.complete(plan.id, case.ref, hand(leader))
    working.hand_in(plan.id, task_of(plan, "recap").ref, {"stock": "yes"}, hand(worker))
    cases.hand_in(plan.id, case.ref, hand(worker))
    rounds = db.session.scalars(sa.select(CaseRound).order_by(CaseRound.number)).all()
    assert [(one.number, one.verdict, one.why) for one in rounds] == [
        (1, "returned", "The stock is kept."),
        (2, None, ""),
    ]
    assert rounds[0].answers["recap"]["stock"] != rounds[1].answers["recap"]["stock"]


def test_an_override_names_who_and_why() -> None:
    plan, (worker, leader) = a_plan_with_cases(), a_team()
    trained(plan, worker, leader)
    assert case_of(plan).state == CaseState.OPEN
    with pytest.raises(CaseMovedOn):
        cases.complete(plan.id, case_of(plan).ref, hand(leader), override="Nobody works on it.")
    assigned(plan, worker, leader)
    with pytest.raises(NotLeading):
        cases.complete(plan.id, case_of(plan).ref, hand(worker), override="I say so.")
    assert cases.complete(plan.id, case_of(plan).ref, hand(leader), override="They use another till.")
    case = case_of(plan)
    assert (case.state, case.override, case.completed_by_id) == (
        CaseState.COMPLETED,
        "They use another till.",
        leader.id,
    )
    last = entries(plan)[-1]
    assert (last.verb, last.actor_id, value(last, "_override")) == ("case.completed", leader.id, case.override)


def test_what_was_undone_since_it_was_handed_in_stops_its_completion() -> None:
    plan, (worker, leader) = a_plan_with_cases(), a_team()
    case = handed_in(plan, worker, leader)
    working.untick(plan.id, task_of(plan, "recap").ref, hand(worker))
    with pytest.raises(StillOpen):
        cases.complete(plan.id, case.ref, hand(leader))
    assert case_of(plan).state == CaseState.HANDED_IN


def test_a_judgement_of_another_round_than_the_one_seen_is_refused() -> None:
    plan, (worker, leader) = a_plan_with_cases(), a_team()
    seen = handed_in(plan, worker, leader).version
    ref = case_of(plan).ref
    cases.give_back(plan.id, ref, "Once more.", hand(leader))
    cases.hand_in(plan.id, ref, hand(worker))
    with pytest.raises(CaseMovedOn):
        cases.complete(plan.id, ref, hand(leader), expect=seen)
    with pytest.raises(CaseMovedOn):
        cases.give_back(plan.id, ref, "No.", hand(leader), expect=seen)


def test_nothing_is_done_with_a_case_of_an_archived_plan_or_of_another_one() -> None:
    plan, (worker, leader) = a_plan_with_cases(), a_team()
    other = a_plan_with_cases()
    with pytest.raises(DomainError):
        cases.assign(other.id, case_of(plan, TRAIN).ref, worker, hand(leader))
    starting.archive(plan.id, "Over.", hand(leader))
    with pytest.raises(DomainError):
        assigned(plan, worker, leader, TRAIN)


# --- at once ----------------------------------------------------------------------------------------------------------


def twice(app: Flask, make: Callable[[], tuple[Plan, list[Callable[[], Any]]]], rounds: int = 5) -> None:
    """Each act at the same moment as the others; whatever comes of it replays, and nothing but rules said no."""
    for _ in range(rounds):
        plan, acts = make()
        results = at_once(app, *acts)
        assert [one for one in results if isinstance(one, BaseException) and not isinstance(one, DomainError)] == []
        db.session.rollback()
        replaying.check(plan.id)
        check_history(plan)


def check_history(plan: Plan) -> None:
    """The entries, in order, lead to how the cases stand; nobody completed a validated case on which they worked."""
    states: dict[str, str] = {}
    workers: dict[str, list[int]] = {}
    for entry in entries(plan):
        phase = value(entry, "_case")
        told = {each.field: each for each in entry.values}
        if "case_state" in told:
            assert told["case_state"].old == states.get(phase, "closed")
            states[phase] = told["case_state"].new
        ever = workers.setdefault(phase, [])
        if entry.verb == "case.assigned":
            ever.append(told["case_worker_id"].new)
        elif entry.verb == "case.taken_back":
            ever.pop()
        elif entry.verb == "case.handed_in":
            ever.insert(0, entry.actor_id)  # type: ignore[arg-type]  # staff hand in
        elif entry.verb == "case.completed" and phase == ENABLE:
            assert entry.actor_id not in ever
    for case in db.session.scalars(
        sa.select(PlanCase).where(PlanCase.plan_id == plan.id).execution_options(populate_existing=True)
    ):
        assert case.state == states.get(case.phase, "closed")
        rounds = db.session.scalars(
            sa.select(CaseRound)
            .where(CaseRound.case_id == case.id)
            .order_by(CaseRound.number)
            .execution_options(populate_existing=True)
        ).all()
        assert [one.number for one in rounds] == list(range(1, len(rounds) + 1))
        waiting = [one.number for one in rounds if one.verdict is None]
        assert waiting == ([len(rounds)] if case.state == CaseState.HANDED_IN else [])


def test_a_case_completed_twice_at_once_is_completed_once(app: Flask) -> None:
    worker, leader = a_team()
    second = a_staff_member("team_leader")

    def make() -> tuple[Plan, list[Callable[[], Any]]]:
        plan = a_plan_with_cases()
        case, id = handed_in(plan, worker, leader).ref, plan.id
        return plan, [lambda: cases.complete(id, case, hand(leader)), lambda: cases.complete(id, case, hand(second))]

    twice(app, make)
    completed = sa.select(sa.func.count()).where(HistoryEntry.verb == "case.completed")
    assert db.session.scalar(completed) == 10, "two cases of each plan, each once"
    assert mails(worker).count("case_completed") == 5


def test_returned_and_completed_at_once_is_one_of_both(app: Flask) -> None:
    worker, leader = a_team()
    second = a_staff_member("team_leader")

    def make() -> tuple[Plan, list[Callable[[], Any]]]:
        plan = a_plan_with_cases()
        case, id = handed_in(plan, worker, leader).ref, plan.id
        return plan, [
            lambda: cases.complete(id, case, hand(leader)),
            lambda: cases.give_back(id, case, "Why", hand(second)),
        ]

    twice(app, make)
    verdicts = db.session.scalars(sa.select(CaseRound.verdict)).all()
    assert len(verdicts) == 5
    assert None not in verdicts


def test_returned_while_it_is_handed_in_again_is_whole(app: Flask) -> None:
    worker, leader = a_team()

    def make() -> tuple[Plan, list[Callable[[], Any]]]:
        plan = a_plan_with_cases()
        case, id = handed_in(plan, worker, leader).ref, plan.id
        return plan, [
            lambda: cases.give_back(id, case, "Why", hand(leader)),
            lambda: cases.hand_in(id, case, hand(worker)),
            lambda: cases.hand_in(id, case, hand(worker)),
        ]

    twice(app, make)


def test_assigned_in_two_tabs_is_somebodys_and_told(app: Flask) -> None:
    one, leader = a_team()
    other, second = a_staff_member("account_manager"), a_staff_member("team_leader")

    def make() -> tuple[Plan, list[Callable[[], Any]]]:
        plan = a_plan_with_cases()
        case = case_of(plan, TRAIN)
        seen = Wanted(case.ref, case.version)
        return plan, [
            lambda: cases.assign_all([seen], one, hand(leader)),
            lambda: cases.assign_all([seen], other, hand(second)),
        ]

    twice(app, make)
    assert db.session.scalar(sa.select(sa.func.count()).where(HistoryEntry.verb == "case.assigned")) == 5


def test_many_assigned_in_two_tabs_while_their_tasks_are_ticked_wait_for_nobody_for_ever(app: Flask) -> None:
    one, leader = a_team()
    second = a_staff_member("team_leader")
    plans = [a_plan_with_cases() for _ in range(6)]
    seen = [Wanted(case_of(plan, TRAIN).ref, case_of(plan, TRAIN).version) for plan in plans]
    refs = [(plan.id, task_of(plan, "photos").ref) for plan in plans]
    results = at_once(
        app,
        lambda: cases.assign_all(seen, one, hand(leader)),
        lambda: cases.assign_all(seen[::-1], second, hand(second)),
        lambda: [working.tick(id, ref, hand(one)) for id, ref in refs],
        lambda: [working.tick(id, ref, hand(one)) for id, ref in refs[::-1]],
    )
    assert [one for one in results if isinstance(one, BaseException)] == []
    db.session.rollback()
    assert len(results[0].done) + len(results[1].done) == 6
    for plan in plans:
        replaying.check(plan.id)


# --- whatever is done -------------------------------------------------------------------------------------------------

_VERBS = ("assign", "take_back", "do", "undo", "hand_in", "give_back", "complete", "override", "hand_over")
_STEPS = st.lists(st.tuples(st.sampled_from(_VERBS), st.integers(0, 3), st.integers(0, 3)), min_size=6, max_size=24)


@pytest.mark.on("sqlite")
@settings(
    max_examples=40,
    phases=(Phase.explicit, Phase.generate),
)
@given(steps=_STEPS)
def test_whatever_is_done_the_worker_of_a_case_never_completed_it(steps: list[tuple[str, int, int]]) -> None:
    crew = _crew()
    plan = a_plan_with_cases()
    trained(plan, crew[3], crew[0])
    assigned(plan, crew[steps[0][1]], crew[0])
    do_tasks(plan, crew[3], "criteria", "recap")
    for verb, who, whom in steps:
        try:
            _act(plan, verb, crew[who], crew[whom])
        except DomainError:
            continue
    db.session.rollback()
    check_history(plan)


def _act(plan: Plan, verb: str, by: Person, other: Person) -> None:
    case = case_of(plan)
    worker = by_id(case.worker_id) if case.worker_id is not None and other.id % 2 else by
    acts: dict[str, Callable[[], Any]] = {
        "assign": lambda: assigned(plan, other, by),
        "take_back": lambda: cases.take_back([Wanted(case.ref, case.version)], hand(by)),
        "do": lambda: do_tasks(plan, by, "criteria", "recap"),
        "undo": lambda: working.untick(plan.id, task_of(plan, "recap").ref, hand(by)),
        "hand_in": lambda: cases.hand_in(plan.id, case.ref, hand(worker)),
        "give_back": lambda: cases.give_back(plan.id, case.ref, "Why", hand(by)),
        "complete": lambda: cases.complete(plan.id, case.ref, hand(by)),
        "override": lambda: cases.complete(plan.id, case.ref, hand(by), override="Because."),
        "hand_over": lambda: assigning.hand_over_work(by.id, by_id(other.id), by),
    }
    acts[verb]()


def _crew() -> list[Person]:
    """Two who lead, an administrator, an account manager: the same for all examples."""
    found = db.session.scalars(sa.select(Person).where(Person.name.like("Crew %")).order_by(Person.id)).all()
    if found:
        return list(found)
    roles = ("team_leader", "team_leader", "administrator", "account_manager")
    return [a_staff_member(role, name=f"Crew {place}") for place, role in enumerate(roles)]
