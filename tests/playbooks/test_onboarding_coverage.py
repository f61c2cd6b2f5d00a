"""The shipped onboardings cover the processes they came from: each line of those two documents, by its number.

The documents themselves are no part of the repository. Their lines that say what somebody does, when or why are named
by number here, with what stands for them: a task, `task.field`, `fact:`, `option:fact.option`, `case:` of a phase,
`training:`, `document:`, `starting`; or, for what comes before a plan, `lead:` with a column of what is kept of it.
Whoever takes a part out of a playbook sees here which line is left without one.
"""

from __future__ import annotations

import pytest

from app.followups import models as followups
from app.playbooks import shelf
from app.playbooks.outline import Anchor, Field, Kind, Outline, Side

CLASSIC: dict[int, tuple[str, ...]] = {
    10: ("option:onboarding.classic", "fact:classic_reason"),
    12: ("profile-set-up.photos", "profile-set-up.services", "training:webinar", "webinar-registration"),
    14: ("first-call", "webinar-attended", "second-call", "publish", "criteria", "recap"),
    18: ("contract", "starting-date", "webinar-registration", "profile-set-up"),
    20: ("contract",),
    22: ("fact:onboarding", "option:onboarding.self"),
    24: ("starting-date", "starting"),
    26: ("webinar-registration", "training:webinar"),
    28: ("publish", "starting"),
    32: ("case:to_train",),
    34: ("case:to_train",),
    36: ("case:to_train",),
    38: ("first-call", "details-confirmed"),
    40: ("webinar-attended",),
    42: ("second-call",),
    44: ("publish", "case:to_train"),
    46: ("case:enable_marketplace",),
    48: ("case:enable_marketplace",),
    50: ("criteria", "till-criterion"),
    52: ("criteria.appointments", "first-appointments"),
    54: ("till-criterion.till_used", "fact:tier"),
    56: ("criteria.pss",),
    58: ("criteria.identity_completed", "criteria.identity_link", "identity-check"),
    60: ("recap",),
    62: ("recap", "case:enable_marketplace"),
    64: ("recap.agenda",),
    66: ("recap.till",),
    68: ("recap.stock",),
    70: ("recap.payment",),
    72: ("recap.customer_file", "recap.customer_file_why"),
    74: ("recap.campaign",),
    76: ("recap.marketplace",),
    78: ("recap.photos",),
    80: ("recap.reviews",),
    82: ("recap.widgets", "recap.widget_links"),
    84: ("recap.payment_account",),
    86: ("recap.website", "recap.website_link", "recap.website_feedback"),
    87: ("recap.website_why", "recap.website_domain", "website-domain", "website-delivery", "fact:website"),
    89: ("recap.demo_shop",),
    91: ("recap.works_council",),
    93: ("recap.feedback",),
    95: ("publish.public_address", "publish.visible"),
    99: ("case:enable_marketplace", "starting"),
}

TOTAL: dict[int, tuple[str, ...]] = {
    24: ("books-request", "golive"),
    26: ("option:level.total", "option:level.transaction", "year-end-calendar"),
    28: ("lead:Interest.answer",),
    29: ("lead:Assignment.partner_id", "books-request.service_partner"),
    30: ("lead:FollowUp.assignment_id", "partner-handover"),
    31: ("option:books.create", "option:books.change", "books-created", "books-change", "books-changed"),
    32: ("order-details", "order-confirmation", "document:order-confirmation"),
    33: (
        "trade-register",
        "founding-documents",
        "signatory-identity",
        "owner-identity",
        "tax-authorisation",
        "sepa-mandate",
        "data-processing",
        "annual-accounts",
        "opening-balance",
        "fact:legal_form",
    ),
    34: ("start-planning.people", "start-planning.first_tasks"),
    36: ("lead:Interest.level",),
    38: ("lead:Interest.raised_by_id", "lead:Interest.raised_on", "lead:Interest.answer", "lead:Interest.reason"),
    40: ("lead:Interest.why", "lead:Assignment.ranking"),
    42: ("lead:Assignment.suggested_id", "lead:Assignment.override"),
    44: ("lead:Assignment.wish_id",),
    45: ("lead:Assignment.wish_id",),
    47: ("lead:ServicePartner.postcode",),
    48: ("lead:ServicePartner.postcode",),
    50: ("lead:ServicePartner.served", "lead:ServicePartner.last_assigned_at"),
    52: ("lead:FollowUp.asked_by_id",),
    54: ("lead:FollowUp.occasion", "lead:FollowUp.reason", "lead:FollowUp.contacted_at"),
    56: ("lead:FollowUp.asked_at",),
    58: ("lead:FollowUp.wanted_id", "lead:FollowUp.discussed"),
    59: ("lead:FollowUp.assignment_id", "lead:FollowUp.assigned_at"),
    60: ("lead:FollowUp.state", "lead:FollowUp.reminded_at"),
    61: ("lead:FollowUp.urgent", "lead:FollowUp.phoned_at", "lead:FollowUp.phoned_note"),
    62: ("lead:FollowUp.asked_by_id", "lead:FollowUp.answer"),
    64: ("books-request", "books-created", "books-handed-over"),
}

RECAP = [
    ("agenda", "yes_no"),
    ("till", "one"),
    ("stock", "yes_no"),
    ("payment", "yes_no"),
    ("customer_file", "yes_no"),
    ("campaign", "yes_no"),
    ("marketplace", "yes_no"),
    ("photos", "yes_no"),
    ("reviews", "number"),
    ("widgets", "several"),
    ("payment_account", "yes_no"),
    ("website", "one"),
    ("demo_shop", "one"),
    ("works_council", "yes_no"),
    ("feedback", "text"),
]
"""The fifteen points, in their order."""


@pytest.fixture(scope="module")
def classic() -> Outline:
    return shelf.shipped()["classic-onboarding"][0]


@pytest.fixture(scope="module")
def total() -> Outline:
    return shelf.shipped()["total-service"][0]


def stands(playbook: Outline, what: str) -> bool:
    sort, _colon, name = what.rpartition(":")
    outer, _point, inner = name.partition(".")
    facts = {fact.code: fact for fact in playbook.facts}
    match sort:
        case "":
            if name == "starting":
                return playbook.starting is not None
            task = playbook.task.get(outer)
            return task is not None and (not inner or inner in {field.code for field in task.fields})
        case "fact":
            return name in facts
        case "option":
            return inner in {option.code for option in facts[outer].options}
        case "case":
            return playbook.phase[name].case is not None
        case "training":
            return name in playbook.training
        case "document":
            return name in playbook.document
        case "lead":
            return hasattr(getattr(followups, outer), inner)
    return False


@pytest.mark.parametrize("line", CLASSIC)
def test_a_line_of_the_classic_onboarding_is_there(classic: Outline, line: int) -> None:
    assert [what for what in CLASSIC[line] if not stands(classic, what)] == []


@pytest.mark.parametrize("line", TOTAL)
def test_a_line_of_the_total_service_is_there(total: Outline, line: int) -> None:
    assert [what for what in TOTAL[line] if not stands(total, what)] == []


def named(lines: dict[int, tuple[str, ...]]) -> set[str]:
    return {what.partition(".")[0] for whats in lines.values() for what in whats}


def test_tasks_that_no_line_asks_for_have_another_reason(classic: Outline, total: Outline) -> None:
    """Self-onboarding instead of the content team, the customer's material, what our own list of documents adds."""
    assert classic.task.keys() - named(CLASSIC) == {"own-profile", "own-details", "webinar-place", "profile-material"}
    assert total.task.keys() - named(TOTAL) == {"payroll-details", "first-documents"}


# --- classic onboarding -----------------------------------------------------------------------------------------------


def test_self_onboarding_is_the_default_and_the_classic_one_costs_a_set_up_fee(classic: Outline) -> None:
    onboarding = next(fact for fact in classic.facts if fact.code == "onboarding")
    alone, guided = onboarding.options
    assert onboarding.default == alone.code == "self"
    assert alone.price is None
    assert guided.price is not None
    assert (guided.price.service, str(guided.price.net), guided.price.currency) == ("setup", "149.00", "EUR")


def test_the_starting_date_lies_within_fourteen_days_and_the_webinar_three_before(classic: Outline) -> None:
    assert classic.starting is not None
    assert classic.starting.within_days == 14
    assert classic.starting.status["en"] == "Active"
    webinar = classic.training["webinar"]
    assert (webinar.series, webinar.ahead) == (True, 3)


def test_the_cases_follow_each_other_and_only_the_second_is_validated(classic: Outline) -> None:
    cases = {phase.code: phase.case for phase in classic.phases if phase.case}
    assert list(cases) == ["to_train", "enable_marketplace"]
    assert [case.status["en"] for case in cases.values()] == ["Training", "Check usage"]
    assert [case.after for case in cases.values()] == [(), ("to_train",)]
    assert [case.validated for case in cases.values()] == [False, True]


def test_calls_begin_the_clock_and_publishing_waits_for_the_second_one_alone(classic: Outline) -> None:
    assert {task.code for task in classic.tasks if task.call} == {"first-call", "details-confirmed", "second-call"}
    assert classic.task["first-call"].anchor == Anchor.KICKOFF
    assert classic.task["details-confirmed"].kind == Kind.CONFIRM
    publish = classic.task["publish"]
    assert publish.anchor == Anchor.GOLIVE
    assert publish.needs == ("second-call", "own-profile")
    assert classic.task["own-profile"].when == 'onboarding == "self"', "whose customers nobody calls"


def test_the_criteria_must_be_met(classic: Outline) -> None:
    fields: dict[str, Field] = {
        field.code: field for code in ("criteria", "till-criterion", "publish") for field in classic.task[code].fields
    }
    assert fields["appointments"].at_least == 10
    assert {code for code, field in fields.items() if field.must} == {
        "pss",
        "identity_completed",
        "till_used",
        "visible",
    }
    assert classic.task["till-criterion"].when == 'tier in ("advanced", "global")'


def test_the_recap_has_exactly_fifteen_points(classic: Outline) -> None:
    points = [field for field in classic.task["recap"].fields if not field.when]
    assert [(field.code, field.kind) for field in points] == RECAP
    options = {field.code: [option.code for option in field.options] for field in points}
    assert options["till"] == options["demo_shop"] == ["yes", "no", "na"]
    assert options["widgets"] == ["instagram", "facebook", "booking_button", "website", "other"]
    assert options["website"] == ["delivered", "not_delivered", "na"]


# --- total service ----------------------------------------------------------------------------------------------------


def test_books_are_requested_by_sales_created_and_handed_over(total: Outline) -> None:
    asked = {field.code for field in total.task["books-request"].fields}
    assert {"company_number", "year_from", "year_until", "vat_period", "start_date", "package", "users"} <= asked
    assert [option.code for option in total.task["books-request"].fields[5].options] == [
        "month",
        "quarter",
        "year",
        "none",
    ]
    assert total.task["books-request"].role == "sales"
    for code in ("books-created", "books-changed", "books-handed-over"):
        assert total.task[code].role == "coordinator"
    assert {"books-created", "books-changed"} == set(total.task["books-handed-over"].needs)


def test_the_order_confirmation_is_generated_and_accepted_by_the_customer(total: Outline) -> None:
    task = total.task["order-confirmation"]
    assert (task.kind, task.side) == (Kind.DOCUMENT, Side.CUSTOMER)
    assert total.document[task.document].generated == "order_confirmation"


def test_citizen_numbers_are_to_be_covered_on_identity_documents(total: Outline) -> None:
    for code in ("signatory-identity", "owner-identity"):
        task = total.task[code]
        assert task.instruction is not None
        assert task.hint is not None
        assert all("BSN" in words and "PESEL" in words for words in task.instruction.values())
        assert "citizen number" in task.hint["en"]


def test_going_live_waits_for_every_mandatory_document(total: Outline) -> None:
    documents = {task.code for task in total.tasks if task.phase == "documents"}
    assert documents <= set(total.task["golive"].needs)
