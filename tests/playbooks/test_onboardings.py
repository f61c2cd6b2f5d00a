"""The shipped onboardings can be finished whatever is answered when a plan is started."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from app.playbooks import conditions, shelf
from app.playbooks.outline import Anchor, Fact, Kind, Outline, Side, Task
from tests.playbooks.test_library import finished, there, usual


def the(code: str) -> Outline:
    return shelf.shipped()[code][0]


def answers(fact: Fact) -> list[Any]:
    """Everything that can be answered, also nothing."""
    return [None, True, False] if fact.kind == "yes_no" else [None, *(option.code for option in fact.options)]


def every(playbook: Outline) -> Iterator[dict[str, Any]]:
    codes = [fact.code for fact in playbook.facts]
    for values in product(*(answers(fact) for fact in playbook.facts)):
        yield usual(playbook, **{code: value for code, value in zip(codes, values, strict=True) if value is not None})


def played(tasks: dict[str, Task]) -> list[str]:
    """The codes in an order in which they can be done; what stands nowhere in it never can. Only required ones are
    done, as by people who leave out whatever they may."""
    done: list[str] = []
    left = {code: task for code, task in tasks.items() if task.required}
    while ready := [
        code for code, task in left.items() if all(need in done or need not in tasks for need in task.needs)
    ]:
        done += ready
        for code in ready:
            del left[code]
    return done


@pytest.mark.parametrize("code", ["classic-onboarding", "total-service"])
def test_nothing_waits_for_what_can_never_be_done(code: str) -> None:
    playbook = the(code)
    for facts in every(playbook):
        tasks = there(playbook, facts)
        required = {task.code for task in tasks.values() if task.required}
        assert set(played(tasks)) == required, facts
        assert len([task for task in tasks.values() if task.anchor == Anchor.GOLIVE]) == 1, facts
        assert {task.side for task in tasks.values()} == set(Side), facts


@pytest.mark.parametrize("code", ["classic-onboarding", "total-service"])
def test_facts_are_asked_for_something(code: str) -> None:
    playbook = the(code)
    looked_at = {name for task in playbook.tasks for name in conditions.names_in(task.when)}
    assert {fact.code for fact in playbook.facts} - looked_at <= {"classic_reason"}


@pytest.mark.parametrize("code", ["classic-onboarding", "total-service"])
def test_each_task_is_there_for_somebody(code: str) -> None:
    playbook = the(code)
    assert {task for facts in every(playbook) for task in there(playbook, facts)} == set(playbook.task)


# --- classic onboarding -----------------------------------------------------------------------------------------------

TO_TRAIN = {"first-call", "details-confirmed", "webinar-attended", "second-call", "publish"}


def test_self_onboarding_has_no_calls_and_nothing_of_the_content_team() -> None:
    playbook = the("classic-onboarding")
    tasks = there(playbook, usual(playbook))
    assert list(tasks) == [
        "contract",
        "starting-date",
        "webinar-place",
        "own-profile",
        "own-details",
        "publish",
        "identity-check",
        "first-appointments",
        "criteria",
        "recap",
    ]
    assert not tasks["webinar-place"].required, "it is offered"
    assert not any(task.call for task in tasks.values())
    assert {task.role for task in tasks.values()} == {"", "sales"}


def test_self_onboarding_has_calls_where_they_were_asked_for() -> None:
    playbook = the("classic-onboarding")
    tasks = there(playbook, usual(playbook, wants_calls=True))
    assert TO_TRAIN - tasks.keys() == {"webinar-attended"}
    assert not {"profile-set-up", "own-details"} & tasks.keys()


def test_the_classic_onboarding_has_all_of_it() -> None:
    playbook = the("classic-onboarding")
    tasks = there(playbook, usual(playbook, onboarding="classic", tier="global", website=True))
    assert playbook.task.keys() - tasks.keys() == {"own-profile", "own-details", "webinar-place"}
    assert finished(tasks)["publish"] <= (playbook.aim_workdays or 0)


@pytest.mark.parametrize("onboarding", ["self", "classic"])
def test_both_cases_have_work_and_validation_waits_for_no_task_outside_them(onboarding: str) -> None:
    playbook = the("classic-onboarding")
    tasks = there(playbook, usual(playbook, onboarding=onboarding, tier="advanced", website=True))
    for phase in playbook.phases:
        if phase.case:
            assert [task for task in tasks.values() if task.phase == phase.code and task.required]
    assert not [task for task in tasks.values() if task.phase == "to_train" and "recap" in task.needs]
    around = {tasks[need].phase for task in tasks.values() if task.phase == "enable_marketplace" for need in task.needs}
    assert around <= {"preparation", "to_train"}


# --- total service ----------------------------------------------------------------------------------------------------


def test_the_transaction_service_leaves_out_the_service_partner() -> None:
    playbook = the("total-service")
    total, alone = (there(playbook, usual(playbook, level=level)) for level in ("total", "transaction"))
    assert total.keys() - alone.keys() == {"partner-handover", "year-end-calendar"}
    assert "tax-authorisation" not in there(playbook, usual(playbook, level="transaction", files_vat=False))


@pytest.mark.parametrize(
    ("legal_form", "asked"),
    [
        ("sole_trader", set()),
        ("partnership", {"founding-documents", "owner-identity"}),
        ("private_limited", {"owner-identity"}),
        ("association", {"founding-documents", "owner-identity"}),
    ],
)
def test_documents_are_asked_by_legal_form(legal_form: str, asked: set[str]) -> None:
    playbook = the("total-service")
    tasks = there(playbook, usual(playbook, legal_form=legal_form))
    assert tasks.keys() & {"founding-documents", "owner-identity"} == asked
    assert {"trade-register", "signatory-identity", "data-processing"} <= tasks.keys()


def test_a_new_company_has_no_former_accounts_and_one_that_changes_has() -> None:
    playbook = the("total-service")
    history = {"annual-accounts", "opening-balance"}
    assert not history & there(playbook, usual(playbook, has_history=False)).keys()
    assert history <= there(playbook, usual(playbook, has_history=False, books="change")).keys()


def test_what_expires_is_uploaded_and_approved() -> None:
    playbook = the("total-service")
    expiring = {task.code: task.valid_months for task in playbook.tasks if task.valid_months}
    assert expiring.keys() == {
        "trade-register",
        "signatory-identity",
        "owner-identity",
        "tax-authorisation",
        "sepa-mandate",
    }
    assert {playbook.task[code].kind for code in expiring} == {Kind.FILES_APPROVED}


def test_the_start_is_planned_early_enough_to_go_live_as_aimed() -> None:
    playbook = the("total-service")
    for facts in every(playbook):
        days = finished(there(playbook, facts))
        assert days["golive"] <= 20, facts
