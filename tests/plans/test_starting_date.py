"""The starting date: its rule, what it moves and nothing else, billing that begins on it, publishing, alert."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from app.billing.models import BillingDetail, BillingPrice
from app.billing.service import details as billing
from app.billing.service.handing_over import hand_over
from app.core.db import db
from app.core.errors import Conflict, FieldError, NotFound
from app.history.models import HistoryEntry
from app.outbox.models import MailRow
from app.plans.models import Plan, PlanBilling, PlanTask
from app.plans.party import Hand
from app.plans.service import assigning, billed, foreseeing, scheduling, starting, starting_date, working
from app.plans.service.finishing import CannotStartYet
from app.plans.service.scheduling import ByItsTask
from app.plans.service.starting import WrongFacts
from app.plans.service.starting_date import PreviewMovedOn
from app.plans.service.working import AnswerFirst
from tests.plans import replaying
from tests.plans.starting_dates import (
    a_detail,
    a_starting_plan,
    a_team_leader,
    account_of,
    days,
    details_of,
)
from tests.plans.test_standing import at, staff_of
from tests.sentences import a_contact, a_plan, a_playbook, a_service, a_staff_member, task_of

pytestmark = pytest.mark.usefixtures("context")


def fresh(plan: Plan) -> Plan:
    return db.session.get_one(Plan, plan.id, populate_existing=True)


def shown(plan: Plan, day: date, contract_on: date = date(2026, 3, 2)) -> starting_date.Effect:
    return starting_date.effect(fresh(plan), contract_on, None, day)


def mails(template: str) -> list[MailRow]:
    return list(db.session.scalars(sa.select(MailRow).where(MailRow.template == template).order_by(MailRow.id)))


@pytest.fixture(autouse=True)
def _setup_service(context: Any) -> None:
    a_service("setup", en="Set-up")


# --- the rule ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("contract_on", "golive_on", "field"),
    [
        (None, date(2026, 3, 5), "contract_on"),
        (date(2026, 3, 6), date(2026, 3, 5), "golive_on"),
        (date(2026, 2, 20), date(2026, 3, 1), "golive_on"),
        (date(2026, 3, 2), date(2026, 3, 17), "golive_on"),
    ],
)
def test_a_starting_date_that_cannot_be_is_refused_beside_its_field(
    contract_on: date | None, golive_on: date, field: str
) -> None:
    with at("2026-03-02"):
        with pytest.raises(FieldError) as refused:
            a_starting_plan(contract_on=contract_on, golive_on=golive_on)
        assert refused.value.field == field
        plan = a_starting_plan(contract_on=None, golive_on=None)
        with pytest.raises(FieldError) as refused:
            scheduling.agree(plan.id, days(golive_on, contract_on=contract_on), staff_of(plan))
        assert refused.value.field == field
    assert fresh(plan).golive_on is None


def test_the_fourteenth_day_is_allowed_and_a_passed_one_stays_when_nothing_moves() -> None:
    with at("2026-03-02"):
        plan = a_starting_plan(golive_on=date(2026, 3, 16))
    with at("2026-04-01"):
        scheduling.agree(plan.id, days(date(2026, 3, 16)), staff_of(plan))
        with pytest.raises(FieldError):
            scheduling.agree(plan.id, days(date(2026, 3, 15)), staff_of(plan))
    assert fresh(plan).golive_on == date(2026, 3, 16)


def test_a_team_leader_allows_a_later_one_with_a_reason_which_is_kept() -> None:
    with at("2026-03-02"):
        plan = a_starting_plan()
        leader = Hand(person=a_team_leader())
        with pytest.raises(FieldError) as refused:
            scheduling.agree(plan.id, days(date(2026, 3, 20), why="Moving house"), staff_of(plan))
        assert refused.value.field == "golive_on"
        with pytest.raises(FieldError) as refused:
            scheduling.agree(plan.id, days(date(2026, 3, 20)), leader)
        assert refused.value.field == "starting_why"
        scheduling.agree(plan.id, days(date(2026, 3, 20), why="Moving house"), leader)
        found = fresh(plan)
        assert (found.golive_on, found.starting_why, found.starting_by_id) == (
            date(2026, 3, 20),
            "Moving house",
            leader.party.id,
        )
        # Somebody else may leave it, and move it back within the limit: then nobody's leave is needed.
        scheduling.agree(plan.id, days(date(2026, 3, 20)), staff_of(plan))
        assert fresh(plan).starting_why == "Moving house"
        scheduling.agree(plan.id, days(date(2026, 3, 13)), staff_of(plan))
        assert (fresh(plan).starting_why, fresh(plan).starting_by_id) == ("", None)
    replaying.check(plan.id)


def test_an_agreed_starting_date_is_moved_but_not_taken_away() -> None:
    with at("2026-03-02"):
        plan = a_starting_plan()
        with pytest.raises(FieldError):
            scheduling.agree(plan.id, days(None), staff_of(plan))


def test_a_playbook_without_one_knows_no_limit() -> None:
    with at("2026-03-02"):
        plan = a_plan(of=a_playbook(), contract_on=date(2026, 3, 2), golive_on=date(2026, 9, 1))
        scheduling.agree(plan.id, days(date(2026, 2, 1)), staff_of(plan))
        assert fresh(plan).golive_on == date(2026, 2, 1)
        with pytest.raises(NotFound):
            billed.link(plan.id, [], staff_of(plan))


# --- what it moves ----------------------------------------------------------------------------------------------------


def everything() -> dict[tuple[str, Any], dict[str, Any]]:
    """All rows that a starting date could touch, by table and key."""
    rows: dict[tuple[str, Any], dict[str, Any]] = {}
    for model in (Plan, PlanTask, BillingDetail, BillingPrice):
        table = model.__table__
        for row in db.session.connection().execute(sa.select(table)).mappings():
            rows[model.__tablename__, row["id"]] = dict(row)
    return rows


PLAN_MOVES = {
    *(
        "golive_on",
        "contract_on",
        "starting_why",
        "starting_by_id",
        "version",
        "updated_at",
        "forecast_on",
        "forecast_at",
    ),
    *("health", "health_why", "next_due_on", "overdue_count", "workdays", "waiting"),
}


@pytest.mark.parametrize("seed", range(6))
def test_exactly_what_was_shown_moves_and_nothing_else(seed: int) -> None:
    chance = random.Random(seed)
    with at("2026-03-02"):
        plan = a_starting_plan(facts={"way": chance.choice(["self", "classic"])})
        other = a_starting_plan(account=account_of(plan))
        linked, loose, stuck = a_detail(account_of(plan)), a_detail(account_of(plan)), a_detail(account_of(plan))
        billed.link(plan.id, [linked.ref, stuck.ref], staff_of(plan))
        if chance.random() < 0.5:
            working.tick(plan.id, task_of(plan, "photos").ref, staff_of(plan))
        if chance.random() < 0.5:
            assigning.set_due(plan.id, task_of(plan, "profile").ref, date(2026, 3, 9), staff_of(plan))
        leader = Hand(person=a_team_leader())
        for _round in range(5):
            if _round == 3:
                hand_over(date(2026, 5, 1), f"key{seed}", a_staff_member("finance"))
            day = date(2026, 3, 2) + timedelta(days=chance.randrange(60))
            found, before = shown(plan, day), everything()
            db.session.rollback()
            scheduling.agree(plan.id, days(day, why="Because"), leader, mark=found.mark)
            db.session.rollback()
            after = everything()
            assert before.keys() == after.keys()
            changed = {key: set(row) & {n for n in row if row[n] != after[key][n]} for key, row in before.items()}
            changed = {key: names for key, names in changed.items() if names}
            assert changed.pop(("plan", plan.id), set()) <= PLAN_MOVES
            tasks = {("plan_task", move.task.id): move.new for move in found.tasks}
            due = {key for key, names in changed.items() if "due_on" in names}
            assert due == set(tasks)
            assert all(after[key]["due_on"] == new for key, new in tasks.items())
            for move in found.moves:
                key = ("billing_detail", move.detail.id)
                assert (after[key]["starts_on"], after[key]["next_on"]) == (day, move.new)
                assert changed.pop(key) <= {"starts_on", "next_on", "version", "updated_at"}
                price = next(k for k, row in before.items() if k[0] == "billing_price" and row["detail_id"] == key[1])
                assert changed.pop(price) == {"from_on"}
            kept = {key: names for key, names in changed.items() if key not in due}
            # Only when the tasks will be done is reckoned anew besides.
            assert all(names <= {"forecast_on"} and key[0] == "plan_task" for key, names in kept.items())
            assert all(names <= {"due_on", "forecast_on"} for key, names in changed.items() if key in due)
            assert fresh(other).golive_on == date(2026, 3, 12)
        assert db.session.get_one(BillingDetail, loose.id).starts_on == date(2026, 3, 2)
    replaying.check(plan.id)


def test_what_is_saved_is_what_was_shown_or_nothing() -> None:
    with at("2026-03-02"):
        plan = a_starting_plan()
        old = shown(plan, date(2026, 3, 16)).mark
        scheduling.agree(plan.id, days(date(2026, 3, 10)), staff_of(plan))
        with pytest.raises(PreviewMovedOn):
            scheduling.agree(plan.id, days(date(2026, 3, 16)), staff_of(plan), mark=old)
        with pytest.raises(PreviewMovedOn):
            scheduling.agree(plan.id, days(date(2026, 3, 11)), staff_of(plan), mark=shown(plan, date(2026, 3, 16)).mark)
        # What a colleague does elsewhere on the plan changes nothing of it.
        seen = shown(plan, date(2026, 3, 16)).mark
        working.tick(plan.id, task_of(plan, "first_call").ref, staff_of(plan))
        scheduling.agree(plan.id, days(date(2026, 3, 16)), staff_of(plan), mark=seen)
    assert fresh(plan).golive_on == date(2026, 3, 16)


def test_everybody_gets_one_mail_however_much_moves() -> None:
    with at("2026-03-02"):
        plan = a_starting_plan(facts={"way": "classic"})
        a_contact(plan, "Jan Wit")
        a_contact(plan, "No Entry", enters=False)
        scheduling.agree(plan.id, days(date(2026, 3, 16)), Hand(person=a_team_leader()))
        assert sorted(mail.to_name for mail in mails("starting_date_set")) == ["Hanna Wilk", "Jan Wit"]
        assert [mail.person_id for mail in mails("starting_date_news")] == [plan.manager_id]
        told = mails("starting_date_set")[0].args
        assert any("Send us your photos" in line for line in told["tasks"])
        assert not any("Set up the profile" in line for line in told["tasks"])  # that one is ours
        scheduling.agree(plan.id, days(date(2026, 3, 16)), staff_of(plan))  # the same again
        scheduling.agree(plan.id, days(date(2026, 3, 16), contract_on=date(2026, 3, 3)), staff_of(plan))
        assert len(mails("starting_date_set")) == 2
        scheduling.agree(plan.id, days(date(2026, 3, 10)), staff_of(plan))
        assert (len(mails("starting_date_set")), len(mails("starting_date_news"))) == (4, 1)


def test_registrations_that_no_longer_fit_are_shown_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting_date, "webinars", lambda plan, day: [f"Too late for {plan.name}"])
    with at("2026-03-02"):
        plan = a_starting_plan()
        found = shown(plan, date(2026, 3, 16))
        assert found.webinars == [f"Too late for {plan.name}"]
        assert shown(plan, date(2026, 3, 12)).webinars == []  # nothing moves
        scheduling.agree(plan.id, days(date(2026, 3, 16)), Hand(person=a_team_leader()), mark=found.mark)
        assert mails("starting_date_news")[0].args["more"] == found.webinars


def test_nobody_is_mailed_before_they_had_their_link() -> None:
    with at("2026-03-02"):
        plan = a_starting_plan(golive_on=None, invite=False)
        scheduling.agree(plan.id, days(date(2026, 3, 12)), staff_of(plan))
    assert mails("starting_date_set") == []


# --- billing ----------------------------------------------------------------------------------------------------------


def test_the_set_up_fee_is_due_once_on_the_starting_date_and_moves_with_it() -> None:
    with at("2026-03-02"):
        plan = a_starting_plan(facts={"way": "classic"})
        (fee,) = details_of(plan)
        assert (fee.months, fee.starts_on, fee.next_on) == (0, date(2026, 3, 12), date(2026, 3, 12))
        assert fee.reseller_id == account_of(plan).reseller_id
        price = db.session.scalars(sa.select(BillingPrice)).one()
        assert price.net == Decimal("149.00")
        scheduling.agree(plan.id, days(date(2026, 3, 16)), staff_of(plan))
        assert [(one.id, one.next_on) for one in details_of(plan)] == [(fee.id, date(2026, 3, 16))]


def test_the_fee_waits_for_the_starting_date() -> None:
    with at("2026-03-02"):
        plan = a_starting_plan(facts={"way": "classic"}, golive_on=None)
        assert details_of(plan) == []
        found = shown(plan, date(2026, 3, 12))
        assert [option.code for option in found.fees] == ["classic"]
        scheduling.agree(plan.id, days(date(2026, 3, 12)), staff_of(plan), mark=found.mark)
        assert [one.starts_on for one in details_of(plan)] == [date(2026, 3, 12)]


def test_an_answer_with_a_price_is_chosen_later_and_taken_back() -> None:
    with at("2026-03-02"):
        plan = a_starting_plan()
        assert details_of(plan) == []
        assert [option.code for option in foreseeing.change(plan, {"way": "classic"}).fees_appear] == ["classic"]
        starting.change_facts(plan.id, {"way": "classic"}, staff_of(plan))
        (fee,) = details_of(plan)
        starting.change_facts(plan.id, {"way": "classic"}, staff_of(plan))
        assert len(details_of(plan)) == 1
        assert [one.ref for one in foreseeing.change(fresh(plan), {"way": "self"}).fees_go] == [fee.ref]
        starting.change_facts(plan.id, {"way": "self"}, staff_of(plan))
        assert details_of(plan) == []
        assert db.session.scalars(sa.select(PlanBilling)).all() == []
    replaying.check(plan.id)


def test_an_invoiced_fee_keeps_its_answer() -> None:
    with at("2026-03-02"):
        plan = a_starting_plan(facts={"way": "classic"})
        hand_over(date(2026, 3, 31), "key", a_staff_member("finance"))
        with pytest.raises(WrongFacts) as refused:
            foreseeing.change(plan, {"way": "self"})
        assert list(refused.value.problems) == ["way"]
        with pytest.raises(WrongFacts):
            starting.change_facts(plan.id, {"way": "self"}, staff_of(plan))
        assert fresh(plan).facts["way"] == "classic"
        # It stays where it is when the date moves, and the page says so.
        found = shown(plan, date(2026, 3, 16))
        assert [str(move.stays) for move in found.stays] == [
            f"A period of the billing detail {details_of(plan)[0].ref} was dealt with already."
        ]
        scheduling.agree(plan.id, days(date(2026, 3, 16)), staff_of(plan), mark=found.mark)
        assert [one.starts_on for one in details_of(plan)] == [date(2026, 3, 12)]


def test_a_fee_that_finance_removed_is_not_made_again() -> None:
    with at("2026-03-02"):
        plan = a_starting_plan(facts={"way": "classic"})
        (fee,) = details_of(plan)
        billing.remove(fee.id, fee.version, a_staff_member("finance"))
        scheduling.agree(plan.id, days(date(2026, 3, 16)), staff_of(plan))
        starting.change_facts(plan.id, {"way": "classic"}, staff_of(plan))
        assert details_of(plan) == []


def test_a_fee_without_its_service_is_refused() -> None:
    from app.catalogue.models import Service

    db.session.execute(sa.update(Service).where(Service.code == "setup").values(code="another"))
    db.session.commit()
    with at("2026-03-02"), pytest.raises(Conflict):
        a_starting_plan(facts={"way": "classic"})


def test_existing_details_are_linked_while_nothing_of_them_is_invoiced() -> None:
    with at("2026-03-02"):
        plan = a_starting_plan()
        detail, invoiced = a_detail(account_of(plan), date(2026, 4, 1)), a_detail(account_of(plan))
        hand_over(date(2026, 3, 2), "key", a_staff_member("finance"))
        assert [one.ref for one in billed.linkable(account_of(plan).id)] == [detail.ref]
        with pytest.raises(FieldError):
            billed.link(plan.id, [invoiced.ref], staff_of(plan))
        with pytest.raises(NotFound):
            billed.link(plan.id, ["B-UNKNOWN"], staff_of(plan))
        billed.link(plan.id, [detail.ref], staff_of(plan))
        billed.link(plan.id, [detail.ref], staff_of(plan))
        assert [one.detail.starts_on for one in billed.of_plan(plan)] == [date(2026, 3, 12)]
        other = a_starting_plan(account=account_of(plan))
        with pytest.raises(FieldError):
            billed.link(other.id, [detail.ref], staff_of(plan))
        starting.archive(plan.id, "Signed elsewhere", staff_of(plan))
        billed.link(other.id, [detail.ref], staff_of(plan))
        billed.unlink(other.id, detail.ref, staff_of(plan))
        billed.unlink(other.id, detail.ref, staff_of(plan))
        assert billed.of_plan(other) == []
        assert db.session.get_one(BillingDetail, detail.id).starts_on == date(2026, 3, 12)


def test_another_accounts_detail_is_not_found_and_a_fee_is_not_parted() -> None:
    with at("2026-03-02"):
        plan = a_starting_plan(facts={"way": "classic"})
        other = a_detail(account_of(a_starting_plan()))
        with pytest.raises(NotFound):
            billed.link(plan.id, [other.ref], staff_of(plan))
        with pytest.raises(Conflict):
            billed.unlink(plan.id, details_of(plan)[0].ref, staff_of(plan))


def test_a_plan_is_started_with_details_that_begin_on_its_starting_date() -> None:
    from tests.leads.sentences import an_account

    with at("2026-03-02"):
        account = an_account()
        detail = a_detail(account, date(2026, 3, 20))
        with pytest.raises(FieldError):
            a_starting_plan(account=account, golive_on=None, billing=(detail.ref,))
        a_starting_plan(account=account, billing=(detail.ref,))
        assert db.session.get_one(BillingDetail, detail.id, populate_existing=True).starts_on == date(2026, 3, 12)


def test_a_detail_with_an_end_or_a_later_price_does_not_move_past_it() -> None:
    from app.billing.service import changes

    with at("2026-03-02"):
        plan = a_starting_plan(golive_on=date(2026, 3, 10))
        ends = a_detail(account_of(plan), ends_on=date(2026, 3, 12))
        dearer = a_detail(account_of(plan))
        changes.change_price(dearer.id, dearer.version, date(2026, 3, 14), Decimal(30), None, a_staff_member("finance"))
        billed.link(plan.id, [ends.ref, dearer.ref], staff_of(plan))
        found = shown(plan, date(2026, 3, 16))
        assert [move.detail.ref for move in found.stays] == [ends.ref, dearer.ref]
        scheduling.agree(plan.id, days(date(2026, 3, 11)), staff_of(plan))
        assert {one.starts_on for one in details_of(plan)} == {date(2026, 3, 11)}


# --- publishing -------------------------------------------------------------------------------------------------------


def called(plan: Plan) -> Plan:
    working.tick(plan.id, task_of(plan, "first_call").ref, staff_of(plan))
    return working.tick(plan.id, task_of(plan, "second_call").ref, staff_of(plan)).plan


def publish(plan: Plan, address: str = "quillmark.example/salon") -> Plan:
    return working.hand_in(plan.id, task_of(plan, "publish").ref, {"address": address}, staff_of(plan)).plan


def test_publishing_waits_for_the_second_call_alone() -> None:
    with at("2026-03-05"):
        plan = a_starting_plan()
        with pytest.raises(CannotStartYet):
            publish(plan)
        called(plan)
        with pytest.raises(AnswerFirst):
            working.tick(plan.id, task_of(plan, "publish").ref, staff_of(plan))
        with pytest.raises(ByItsTask):
            scheduling.went_live(plan.id, date(2026, 3, 5), staff_of(plan))
        publish(plan)
        found = fresh(plan)
        assert (found.live_on, found.public_url) == (date(2026, 3, 5), "https://quillmark.example/salon")
        assert starting_date.apart(found) == -7


def test_a_corrected_address_keeps_the_day_and_undoing_takes_both_back() -> None:
    with at("2026-03-05"):
        plan = a_starting_plan()
        called(plan)
        publish(plan)
    with at("2026-03-09"):
        publish(plan, "https://quillmark.example/other")
        assert (fresh(plan).live_on, fresh(plan).public_url) == (date(2026, 3, 5), "https://quillmark.example/other")
        working.untick(plan.id, task_of(plan, "publish").ref, staff_of(plan))
        assert (fresh(plan).live_on, fresh(plan).public_url) == (None, "")
    replaying.check(plan.id)


@pytest.mark.parametrize("address", ["javascript:alert(1)", "ftp://quillmark.example", "not an address"])
def test_only_a_web_address_can_be_published(address: str) -> None:
    from app.plans.answers import NotAnswered

    with at("2026-03-05"):
        plan = called(a_starting_plan())
        with pytest.raises(NotAnswered):
            publish(plan, address)


# --- the alert --------------------------------------------------------------------------------------------------------


def passes(moment: str) -> None:
    from datetime import datetime

    from app.plans.service import visibility

    visibility.alert(datetime.fromisoformat(f"{moment}+01:00"))
    db.session.rollback()


def test_it_is_told_once_from_noon_of_the_starting_date_on() -> None:
    with at("2026-03-02"):
        sales = a_staff_member("sales", name="Joke de Vries")
        plan = a_starting_plan()
        db.session.execute(sa.update(Plan).values(created_by_id=sales.id))
        db.session.commit()
    passes("2026-03-11T23:00")
    passes("2026-03-12T11:45")
    assert mails("not_visible") == []
    passes("2026-03-12T12:00")
    passes("2026-03-12T12:15")
    passes("2026-03-14T08:00")
    assert sorted(mail.person_id or 0 for mail in mails("not_visible")) == sorted([plan.manager_id, sales.id])
    assert fresh(plan).alerted_on == date(2026, 3, 12)
    verbs = db.session.scalars(sa.select(HistoryEntry.verb).where(HistoryEntry.record_id == plan.id)).all()
    assert verbs.count("plan.visibility_alerted") == 1
    with at("2026-03-14"):
        scheduling.agree(plan.id, days(date(2026, 3, 16)), staff_of(plan))
    passes("2026-03-16T12:30")
    assert len(mails("not_visible")) == 4
    replaying.check(plan.id)


def test_nobody_is_told_of_a_customer_who_can_be_seen_or_of_other_plans() -> None:
    with at("2026-03-05"):
        seen = called(a_starting_plan())
        publish(seen)
        archived = a_starting_plan()
        starting.archive(archived.id, "No longer", staff_of(archived))
        a_plan(of=a_playbook(), contract_on=date(2026, 3, 2), golive_on=date(2026, 3, 6))
    passes("2026-03-13T12:00")
    assert mails("not_visible") == []


def test_the_inbox_says_it_until_it_is_confirmed(app: Any) -> None:
    from app.people.models import Person
    from app.plans import inbox

    with at("2026-03-02"):
        plan = called(a_starting_plan())
    passes("2026-03-12T12:00")
    manager = db.session.get_one(Person, plan.manager_id)
    with at("2026-03-12"), app.test_request_context():
        assert [item.key for item in inbox.items(manager, 10) if item.key.startswith("plan-visible")] == [
            f"plan-visible:{plan.ref}:2026-03-12"
        ]
        assert not inbox.items(a_staff_member("designer"), 10)
        publish(plan)
        assert not [item for item in inbox.items(manager, 10) if item.key.startswith("plan-visible")]
