"""Several people at once on one starting date: one of them moves it, and billing is never half moved (C2)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.billing.models import BillingDetail, BillingPeriod, BillingPrice
from app.billing.service import details as billing
from app.billing.service.handing_over import hand_over
from app.core.clock import today
from app.core.db import db
from app.core.errors import DomainError
from app.outbox.models import MailRow
from app.plans.models import Plan, PlanBilling
from app.plans.party import Hand
from app.plans.service import billed, scheduling, starting, starting_date
from app.settings.models import vendor
from tests.leads.test_races_desk import at_once, person
from tests.plans import replaying
from tests.plans.starting_dates import STARTING_PLAYBOOK, a_detail, a_starting_plan, a_starting_playbook, account_of
from tests.sentences import a_service, a_staff_member

pytestmark = pytest.mark.usefixtures("context")
ROUNDS = 6


def day_in(count: int) -> date:
    from datetime import timedelta

    return today(vendor().timezone) + timedelta(days=count)


def a_plan_of_today(**values: Any) -> Plan:
    a_starting_playbook()
    return a_starting_plan(contract_on=day_in(0), golive_on=day_in(3), **values)


def move(plan_id: int, day: date, mark: str | None, staff: int) -> Any:
    days = scheduling.AgreedDays(day_in(0), None, day)
    return scheduling.agree(plan_id, days, Hand(person=person(staff)), mark=mark).golive_on


def unexpected(results: list[Any]) -> list[Any]:
    """What is neither a result nor a rule's no."""
    return [one for one in results if isinstance(one, BaseException) and not isinstance(one, DomainError)]


def test_two_moves_at_once_are_one(app: Flask) -> None:
    a_service("setup", en="Set-up")
    staff = a_staff_member("account_manager").id
    for _round in range(ROUNDS):
        plan = a_plan_of_today(facts={"way": "classic"})
        id = plan.id
        detail = a_detail(account_of(plan), day_in(3))
        billed.link(plan.id, [detail.ref], Hand(person=person(staff)))
        first, second = (
            starting_date.effect(db.session.get_one(Plan, plan.id), day_in(0), None, day_in(count)).mark
            for count in (5, 9)
        )
        db.session.rollback()
        results = at_once(
            app,
            lambda: move(id, day_in(5), first, staff),  # noqa: B023 - run at once
            lambda: move(id, day_in(9), second, staff),  # noqa: B023 - run at once
        )
        assert sum(isinstance(one, starting_date.PreviewMovedOn) for one in results) == 1, results
        db.session.rollback()
        (won,) = (one for one in results if isinstance(one, date))
        query = sa.select(BillingDetail.starts_on).where(BillingDetail.account_id == plan.account_id)
        assert set(db.session.scalars(query)) == {won}
        told = db.session.scalars(
            sa.select(MailRow).where(
                MailRow.template == "starting_date_set", MailRow.conversation == f"plan:{plan.ref}"
            )
        ).all()
        assert len(told) == 1
        replaying.check(plan.id)


def test_a_move_while_periods_are_handed_over_never_leaves_them_apart(app: Flask) -> None:
    a_service("setup", en="Set-up")
    staff, finance = a_staff_member("account_manager").id, a_staff_member("finance").id
    for number in range(ROUNDS):
        plan = a_plan_of_today(facts={"way": "classic"})
        id = plan.id
        details = [a_detail(account_of(plan), day_in(3)) for _one in range(3)]
        billed.link(plan.id, [one.ref for one in details], Hand(person=person(staff)))
        mark = starting_date.effect(db.session.get_one(Plan, plan.id), day_in(0), None, day_in(9)).mark
        db.session.rollback()
        results = at_once(
            app,
            lambda: move(id, day_in(9), mark, staff),  # noqa: B023 - run at once
            lambda: hand_over(day_in(4), f"key{number}", person(finance)).count,  # noqa: B023 - run at once
        )
        assert unexpected(results) == [], results
        db.session.rollback()
        rows = db.session.execute(
            sa.select(BillingDetail.starts_on, BillingPeriod.starts_on, BillingPrice.from_on)
            .join(BillingPrice, BillingPrice.detail_id == BillingDetail.id)
            .outerjoin(BillingPeriod, BillingPeriod.detail_id == BillingDetail.id)
            .where(BillingDetail.account_id == plan.account_id)
        ).all()
        assert all(period in (None, first) and price == first for first, period, price in rows), (rows, results)
        moved = db.session.get_one(Plan, plan.id, populate_existing=True).golive_on == day_in(9)
        # Whatever was not handed over begins on the starting date.
        assert all(period is not None or first == day_in(9 if moved else 3) for first, period, _price in rows)


def test_an_answer_chosen_and_removed_at_once_leaves_one_fee_or_none(app: Flask) -> None:
    a_service("setup", en="Set-up")
    staff, finance = a_staff_member("account_manager").id, a_staff_member("finance").id

    def choose(plan_id: int, way: str) -> Any:
        return starting.change_facts(plan_id, {"way": way}, Hand(person=person(staff))).facts["way"]

    for _round in range(ROUNDS):
        plan = a_plan_of_today()
        plan_id = plan.id
        results = at_once(app, *[lambda: choose(plan_id, "classic")] * 4)  # noqa: B023 - run at once
        assert results == ["classic"] * 4
        db.session.rollback()
        (fee,) = db.session.scalars(sa.select(BillingDetail).where(BillingDetail.account_id == plan.account_id))
        id, version = fee.id, fee.version
        db.session.rollback()
        results = at_once(
            app,
            lambda: choose(plan_id, "self"),  # noqa: B023 - run at once
            lambda: billing.remove(id, version, person(finance)),  # noqa: B023 - run at once
            lambda: move(plan_id, day_in(7), None, staff),  # noqa: B023 - run at once
        )
        assert unexpected(results) == [], results
        db.session.rollback()
        assert db.session.scalars(sa.select(PlanBilling)).all() == []
        assert db.session.scalars(sa.select(BillingDetail.id)).all() == []
        replaying.check(plan.id)


def test_one_detail_is_linked_to_one_of_two_plans(app: Flask) -> None:
    a_service("setup", en="Set-up")
    staff = a_staff_member("account_manager").id
    assert STARTING_PLAYBOOK["starting"]
    for _round in range(ROUNDS):
        plan = a_plan_of_today()
        other = a_starting_plan(account=account_of(plan), contract_on=day_in(0), golive_on=day_in(6))
        ref, ids = a_detail(account_of(plan), day_in(3)).ref, (plan.id, other.id)
        results = at_once(
            app,
            *(
                lambda id=id: len(billed.link(id, [ref], Hand(person=person(staff))))  # type: ignore[misc]  # a default to bind  # noqa: B023
                for id in ids
            ),
        )
        assert sorted(isinstance(one, DomainError) for one in results) == [False, True], results
        assert unexpected(results) == []
        db.session.rollback()
