"""The shipped implementation covers the process it came from: each line of that document, by its number and its side.

The document itself is no part of the repository. Its lines that begin a list item, a training or a passage are named by
number here, with the tasks, trainings (`training:`), documents (`document:`) and figures that stand for them. Whoever
takes a task out of the playbook sees here which line is left without one.
"""

from __future__ import annotations

from itertools import pairwise

import pytest

from app.playbooks import shelf
from app.playbooks.outline import Anchor, Outline, Side, Task

CUSTOMER = {
    # website
    50: ("website-look", "website-models"),
    51: ("domain", "domain-key", "dns-records", "domain-wish"),
    52: ("website-menus",),
    53: ("website-texts", "old-website"),
    54: ("website-pictures",),
    55: ("analytics-id",),
    56: ("participants-crm-website",),
    # customer register
    61: ("customer-register",),
    62: ("tag-map",),
    63: ("user-roles",),
    64: ("participants-crm-website",),
    # sales
    69: ("bank-forward", "bank-agreement", "bank-keys"),
    70: ("payment-provider", "payment-keys"),
    71: ("card-settlement",),
    72: ("till-devices",),
    73: ("chart-of-accounts", "chart-choice", "chart-approval"),
    74: ("sales-accounts",),
    75: ("till-payments",),
    76: ("products",),
    77: ("participants-sales",),
    # marketing
    83: ("email-marketing",),
    84: ("event-details",),
    85: ("forms",),
    86: ("participants-marketing",),
    # finance
    92: ("invoicing-details",),
    93: ("consumer-invoice-notice",),
    95: ("purchase-approvers",),
    97: ("chart-of-accounts",),
    98: ("accountant-contact",),
    100: ("employment-contracts",),
    101: ("pay-items",),
    102: ("payroll-references",),
    103: ("participants-finance",),
}
"""Lines of the customer's own list."""

VENDOR = {
    # website
    110: ("demo-website",),
    111: ("website-settings",),
    112: ("website-design",),
    113: ("analytics-set-up",),
    114: ("training-crm-website",),
    # customer register
    121: ("customer-import",),
    122: ("tag-map-plan",),
    123: ("user-roles-advice",),
    124: ("training-crm-website",),
    # sales
    130: ("bank-instructions",),
    131: ("payment-set-up",),
    132: ("card-settlement-set-up",),
    133: ("till-devices-order",),
    134: ("till-devices-set-up",),
    135: ("till-payments-set-up",),
    136: ("chart-set-up",),
    137: ("training-sales",),
    # marketing
    148: ("email-marketing-set-up",),
    149: ("events-set-up",),
    150: ("forms-consent",),
    151: ("training-marketing",),
    # finance
    158: ("finance-settings",),
    159: ("chart-set-up",),
    160: ("accountant-talks",),
    161: ("training-finance", "training-accountant"),
}
"""Lines of the vendor's own list."""

TRAININGS = {
    27: "crm-website",
    29: "sales",
    31: "marketing",
    33: "booking",
    35: "finance",
    37: "customer-service",
    39: "accountant",
}

PROSE = {
    3: ("kickoff", "admin-side", "guidance", "recordings", "golive", "completion"),
    9: ("kickoff-invitation", "kickoff"),
    12: ("kickoff",),
    13: ("kickoff",),
    14: ("kickoff",),
    15: ("kickoff", "opening-details"),
    19: ("demo-website", "website-look", "website-models", "website-design", "content-transfer"),
    21: ("admin-side", "website-settings", "finance-settings", "booking-set-up", "guidance"),
    42: ("recordings", "training-needs", "further-training"),
    165: ("golive", "support-introduction", "completion", "review"),
}
"""Passages and the items of the kick-off's list."""

CHAINS = {
    130: ("bank-instructions", "bank-forward", "bank-agreement", "bank-keys", "bank-set-up"),
    133: ("till-devices-order", "till-devices", "till-devices-set-up"),
    131: ("payment-provider", "payment-keys", "payment-set-up"),
    121: ("customer-register", "customer-import"),
    73: ("chart-of-accounts", "sales-accounts", "chart-set-up", "chart-approval"),
    3: ("kickoff", "opening-details", "admin-side"),
}
"""What waits for what, each for the one before."""


@pytest.fixture(scope="module")
def playbook() -> Outline:
    return shelf.shipped()["saas-implementation"][0]


def covering(playbook: Outline, codes: tuple[str, ...]) -> list[Task]:
    unknown = [code for code in codes if code not in playbook.task]
    assert codes, "a line without a task"
    assert not unknown, f"no such task: {', '.join(unknown)}"
    return [playbook.task[code] for code in codes]


def test_all_lines_of_both_lists_are_there() -> None:
    assert len(CUSTOMER) == 33
    assert len(VENDOR) == 25
    assert len(TRAININGS) == 7


@pytest.mark.parametrize("line", CUSTOMER)
def test_a_line_of_the_customer_is_owed_by_the_customer(playbook: Outline, line: int) -> None:
    assert {task.side for task in covering(playbook, CUSTOMER[line])} == {Side.CUSTOMER}


@pytest.mark.parametrize("line", VENDOR)
def test_a_line_of_the_vendor_is_owed_by_the_vendor(playbook: Outline, line: int) -> None:
    assert {task.side for task in covering(playbook, VENDOR[line])} == {Side.VENDOR}


@pytest.mark.parametrize("line", TRAININGS)
def test_a_training_lasts_an_hour_is_held_and_has_its_participants_named(playbook: Outline, line: int) -> None:
    training = playbook.training[TRAININGS[line]]
    tasks = [task for task in playbook.tasks if task.training == training.code]
    assert training.minutes == 60
    assert {task.kind for task in tasks} == {"meeting", "people"}


def test_there_are_no_other_trainings(playbook: Outline) -> None:
    assert set(playbook.training) == set(TRAININGS.values())


@pytest.mark.parametrize("line", PROSE)
def test_what_the_text_tells_between_the_lists_is_done_too(playbook: Outline, line: int) -> None:
    covering(playbook, PROSE[line])


@pytest.mark.parametrize("line", CHAINS)
def test_what_waits_for_what_is_as_told(playbook: Outline, line: int) -> None:
    chain = covering(playbook, CHAINS[line])
    for before, after in pairwise(chain):
        assert before.code in after.needs, f"{after.code} does not wait for {before.code}"


def test_the_kick_off_has_its_four_outcomes_and_begins_the_clock(playbook: Outline) -> None:
    kickoff = playbook.task["kickoff"]
    assert [field.code for field in kickoff.fields] == [
        "schedule",
        "division_of_work",
        "communication",
        "details_needed",
    ]
    assert kickoff.anchor == Anchor.KICKOFF
    assert playbook.aim_workdays == 20


def test_the_designer_renews_the_old_site_or_follows_a_model(playbook: Outline) -> None:
    assert [option.code for option in playbook.task["website-look"].options] == ["renew", "model"]
    assert playbook.task["website-design"].role == "designer"


def test_keys_are_asked_as_secrets(playbook: Outline) -> None:
    secrets = {task.code for task in playbook.tasks if task.kind == "secret"}
    assert secrets == {"domain-key", "bank-keys", "payment-keys"}


def test_a_personalised_chart_of_accounts_has_its_price(playbook: Outline) -> None:
    standard, personal = playbook.task["chart-choice"].options
    assert standard.price is None
    assert personal.price is not None
    assert (personal.price.service, str(personal.price.net), personal.price.currency) == (
        "personal-chart-of-accounts",
        "290.00",
        "EUR",
    )


def test_lines_with_a_condition_of_their_own_have_one_here(playbook: Outline) -> None:
    """Web analytics, till devices, the accountant's training and the four parts of finance are asked as facts."""
    for code, fact in (
        ("analytics-id", "uses_analytics"),
        ("till-devices-order", "integrates_devices"),
        ("training-accountant", "has_accountant"),
        ("invoicing-details", "'invoicing' in finance_parts"),
        ("purchase-approvers", "'purchase_invoices' in finance_parts"),
        ("accountant-contact", "'bookkeeping' in finance_parts"),
        ("payroll-references", "'payroll' in finance_parts"),
    ):
        assert fact in playbook.task[code].when
