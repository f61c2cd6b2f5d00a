"""Several people at once: a period goes over once, whoever presses first (R14)."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask

from app.billing import calendar
from app.billing.models import BillingDetail, BillingPeriod
from app.billing.queries.details import calendar_of, numbers_dealt_with
from app.billing.service import changes, details, handing_over
from app.core.db import db
from tests.billing.sentences import a_detail, some_terms
from tests.leads.sentences import an_account
from tests.leads.test_races_desk import at_once, person
from tests.sentences import a_staff_member

pytestmark = pytest.mark.usefixtures("context")

ROUNDS = 20


def _numbers(detail: BillingDetail) -> list[int]:
    db.session.rollback()
    query = sa.select(BillingPeriod.number).where(BillingPeriod.detail_id == detail.id).order_by(BillingPeriod.number)
    return list(db.session.scalars(query))


def test_two_who_hand_over_at_once_hand_over_once(app: Flask) -> None:
    finance = a_staff_member("finance").id
    for turn in range(ROUNDS):
        made = a_detail()
        results = at_once(
            app,
            *(
                lambda key=key: handing_over.hand_over(date(2026, 2, 1), key, person(finance)).count  # type: ignore[misc]  # a default to bind
                for key in (f"one {turn}", f"two {turn}")
            ),
        )
        assert sorted(type(result).__name__ for result in results) == ["NothingDue", "int"], results
        assert _numbers(made) == [0, 1]


def test_one_form_sent_twice_at_once_is_one_hand_over_and_one_detail(app: Flask) -> None:
    finance, account, terms = a_staff_member("finance").id, an_account().id, some_terms()
    for turn in range(ROUNDS):
        made = at_once(app, *[lambda: details.add(account, terms, person(finance), key=f"form {turn}").id] * 2)  # noqa: B023 - run at once
        assert made[0] == made[1], made
        refs = at_once(
            app,
            *[lambda: handing_over.hand_over(date(2026, 2, 1), f"same {turn}", person(finance)).ref] * 2,  # noqa: B023 - run at once
        )
        assert refs[0] == refs[1], refs


def test_a_pause_during_a_hand_over_leaves_a_true_next_day(app: Flask) -> None:
    finance = a_staff_member("finance").id
    for turn in range(ROUNDS):
        made = a_detail()
        id = made.id
        at_once(
            app,
            lambda: handing_over.hand_over(date(2026, 2, 1), f"hand over {turn}", person(finance)),  # noqa: B023 - run at once
            lambda: changes.pause(id, 1, date(2026, 2, 1), date(2026, 3, 20), person(finance)),  # noqa: B023 - run at once
        )
        db.session.rollback()
        found = db.session.get_one(
            BillingDetail, id, options=[sa.orm.selectinload(BillingDetail.pauses)], populate_existing=True
        )
        assert found.next_on == calendar.next_on(calendar_of(found), numbers_dealt_with(id))
        assert _numbers(made) in ([0], [0, 1])
