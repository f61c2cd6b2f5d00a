"""The shipped playbooks give a sensible plan whatever the customer bought."""

from __future__ import annotations

from typing import Any

import pytest

from app.playbooks import conditions, shelf
from app.playbooks.outline import Kind, Outline, Side, Task
from app.playbooks.rules import words_of

PARTS = ["invoicing", "purchase_invoices", "bookkeeping", "payroll"]


def the(code: str) -> Outline:
    return shelf.shipped()[code][0]


def usual(playbook: Outline, **facts: Any) -> dict[str, Any]:
    """What is answered when nobody answers, and these."""
    return {**{fact.code: fact.default for fact in playbook.facts}, **facts}


def everything(playbook: Outline) -> dict[str, Any]:
    """All modules, every part, yes to each question."""
    answers: dict[str, Any] = {"yes_no": True, "number": 1}
    return {
        fact.code: answers.get(fact.kind, [option.code for option in fact.options])
        for fact in playbook.facts
        if fact.kind != "one"
    }


def there(playbook: Outline, facts: dict[str, Any]) -> dict[str, Task]:
    return {task.code: task for task in playbook.tasks if conditions.holds(task.when, facts)}


def finished(tasks: dict[str, Task]) -> dict[str, int]:
    """Working days after the kick-off on which each is done when nobody loses a day."""
    days: dict[str, int] = {}

    def day(code: str) -> int:
        if code not in days:
            before = [day(need) for need in tasks[code].needs if need in tasks]
            days[code] = 0 if tasks[code].anchor == "kickoff" else max(before, default=0) + tasks[code].workdays
        return days[code]

    for code in tasks:
        day(code)
    return days


CUSTOMERS: dict[str, dict[str, Any]] = {
    "usual": {},
    "website": {"modules": ["website"]},
    "new domain name": {"modules": ["website"], "keeps_domain": False, "has_old_site": False},
    "register": {"modules": ["crm"]},
    "sales": {"modules": ["sales"]},
    "marketing": {"modules": ["marketing"]},
    "appointments": {"modules": ["booking"]},
    "customer service": {"modules": ["customer_service"]},
    "finance": {"modules": ["finance"], "finance_parts": PARTS},
    "payroll": {"modules": ["finance"], "finance_parts": ["payroll"], "bank_channel": False, "has_accountant": False},
    "nothing yet": {"modules": []},
}


@pytest.mark.parametrize("customer", CUSTOMERS)
def test_a_plan_begins_goes_live_and_is_completed_in_about_twenty_days(customer: str) -> None:
    playbook = the("saas-implementation")
    tasks = there(playbook, usual(playbook, **CUSTOMERS[customer]))
    days = finished(tasks)
    assert {"kickoff", "admin-side", "guidance", "golive", "support-introduction", "completion"} <= tasks.keys()
    assert 10 <= days["golive"] <= 20
    assert {task.side for task in tasks.values()} == set(Side)


def test_somebody_who_bought_all_sees_all_and_is_done_in_twenty_days_too() -> None:
    playbook = the("saas-implementation")
    facts = everything(playbook) | {"keeps_domain": True, "personal_chart": False}
    tasks = there(playbook, facts)
    assert playbook.task.keys() - tasks.keys() == {"domain-wish", "domain-register"}
    assert finished(tasks)["golive"] <= 20
    assert all(conditions.holds(training.when, facts) for training in playbook.trainings)


@pytest.mark.parametrize("customer", CUSTOMERS)
def test_only_what_was_bought_is_asked(customer: str) -> None:
    playbook = the("saas-implementation")
    facts = usual(playbook, **CUSTOMERS[customer])
    bought = set(facts["modules"])
    if "website" in bought:
        bought.add("crm")  # they share one training
    if "sales" in bought:
        bought.add("finance")  # bank and chart of accounts belong to both
    assert {task.module for task in there(playbook, facts).values() if task.module} <= bought


def test_each_module_of_the_question_is_one_of_the_playbook() -> None:
    playbook = the("saas-implementation")
    asked = next(fact for fact in playbook.facts if fact.code == "modules")
    assert [option.code for option in asked.options] == [module.code for module in playbook.modules]


def test_every_kind_of_task_is_used() -> None:
    assert {task.kind for code in shelf.shipped() for task in the(code).tasks} == set(Kind)


@pytest.mark.parametrize("code", sorted(shelf.shipped()))
def test_no_task_is_due_before_what_it_waits_for(code: str) -> None:
    playbook = the(code)
    for task in playbook.tasks:
        for need in task.needs:
            before = playbook.task[need]
            if task.due and before.due and task.due.anchor == before.due.anchor:
                assert before.due.workdays <= task.due.workdays, f"{task.code} is due before {need}"


@pytest.mark.parametrize("code", sorted(shelf.shipped()))
def test_every_task_has_a_day_and_documents_are_asked_for(code: str) -> None:
    playbook = the(code)
    assert [task.code for task in playbook.tasks if task.due is None] == []
    assert {task.document for task in playbook.tasks if task.document} == set(playbook.document)


@pytest.mark.parametrize("working_as", ["software", "service"])
def test_a_partner_of_either_sort_makes_one_first_test(working_as: str) -> None:
    playbook = the("partner-introduction")
    tasks = there(playbook, usual(playbook, working_as=working_as))
    assert playbook.audience == "partner"
    assert 8 <= len(tasks) <= 10
    assert f"first-{'link' if working_as == 'software' else 'service'}-test" in tasks
    assert finished(tasks)["ready"] <= (playbook.aim_workdays or 0)


@pytest.mark.parametrize("code", sorted(shelf.shipped()))
def test_the_words_are_typeset_as_each_language_does(code: str) -> None:
    for path, _name, text in words_of(the(code)):
        french = text["fr"]
        assert "'" not in french, (path, french)
        for sign in "?!;:":
            assert f" {sign}" not in french, (path, french)
        for locale in ("en", "nl", "pl", "fi"):
            assert not any(f" {sign}" in text[locale] for sign in "?!;:"), (path, text[locale])
            assert "  " not in text[locale].replace("\n", ""), (path, text[locale])
