"""Billing details: added with their service, corrected while fresh, priced anew, paused, ended, removed."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from app.billing.models import BillingDetail, BillingPrice, PeriodState
from app.billing.service import changes, details, periods
from app.core.clock import today
from app.core.db import db, lock, write
from app.core.errors import Conflict, FieldError, NotFound
from app.customers import service as customers
from app.customers.models import AccountService
from app.history.service import entries_of
from app.settings.models import vendor
from tests.billing.sentences import a_detail, periods_of, some_terms
from tests.leads.sentences import again, an_account
from tests.sentences import a_reseller, a_service, a_staff_member

pytestmark = pytest.mark.usefixtures("context")


def _direct(detail: BillingDetail) -> bool | None:
    return db.session.scalar(
        sa.select(AccountService.direct).where(
            AccountService.account_id == detail.account_id, AccountService.service_id == detail.service_id
        )
    )


def test_adding_a_detail_adds_its_service_to_the_account() -> None:
    reseller, finance = a_reseller(), a_staff_member("finance")
    account, service = an_account(of=reseller), a_service()
    made = details.add(account.id, some_terms(service, reseller_id=reseller.id), finance)
    assert _direct(made) is False
    assert made.next_on == date(2026, 1, 1)
    assert [entry.verb for entry in entries_of(made)] == ["billing_detail.added"]


def test_a_service_sold_directly_stays_unseen_until_a_credited_detail_has_it() -> None:
    reseller = a_reseller()
    account, service = an_account(of=reseller), a_service()
    direct = a_detail(on=account, service=service)
    assert _direct(direct) is True
    a_detail(on=account, service=service, of=reseller)
    assert _direct(direct) is False


def test_a_service_that_the_account_had_stays_seen() -> None:
    service = a_service()
    made = a_detail(on=an_account(of=a_reseller(), services=[service]), service=service)
    assert _direct(made) is False


def test_a_credit_taken_away_hides_the_service_that_came_with_it() -> None:
    reseller, finance = a_reseller(), a_staff_member("finance")
    made = a_detail(of=reseller)
    details.edit(made.id, 1, some_terms(db.session.get_one(details.Service, made.service_id)), finance)
    assert _direct(again(made)) is True


def test_one_form_sent_twice_is_one_detail() -> None:
    account, finance = an_account(), a_staff_member("finance")
    terms = some_terms()
    first = details.add(account.id, terms, finance, key="k" * 20)
    second = details.add(account.id, terms, finance, key="k" * 20)
    assert first.id == second.id


def test_a_closed_account_takes_no_details() -> None:
    account, finance = an_account(), a_staff_member("finance")
    with write():
        customers.archive(lock(type(account), account.id), finance)
    with pytest.raises(details.AccountClosed):
        details.add(account.id, some_terms(), finance)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("months", {"months": 3}),
        ("currency", {"currency": "JPY"}),
        ("ends_on", {"ends_on": date(2025, 12, 31)}),
    ],
)
def test_terms_that_do_not_go_together_are_refused(field: str, values: dict[str, object]) -> None:
    with pytest.raises(FieldError) as refused:
        a_detail(**values)
    assert refused.value.field == field


def test_an_unknown_service_is_not_found() -> None:
    with pytest.raises(NotFound):
        details.add(an_account().id, some_terms(service_id=999_999), a_staff_member("finance"))


def test_an_unnoticed_past_waits_for_finance_and_is_due_all_the_same() -> None:
    account, finance = an_account(), a_staff_member("finance")
    long_ago = today(vendor().timezone) - timedelta(days=400)
    terms = some_terms(starts_on=long_ago)
    with write():
        made = details.put(lock(type(account), account.id), terms, finance)
    assert made.past_unclear
    assert made.next_on == long_ago
    settled = changes.settle_past(made.id, made.version, None, finance)
    assert not settled.past_unclear
    assert settled.next_on == long_ago


def test_periods_invoiced_elsewhere_are_never_due() -> None:
    made = a_detail(taken_over_until=date(2026, 3, 15))
    assert [(held.number, held.state, held.ref) for held in periods_of(made)] == [
        (0, PeriodState.TAKEN_OVER, f"{made.ref}/0"),
        (1, PeriodState.TAKEN_OVER, f"{made.ref}/1"),
        (2, PeriodState.TAKEN_OVER, f"{made.ref}/2"),
    ]
    assert again(made).next_on == date(2026, 4, 1)


def test_fresh_terms_can_be_corrected_and_others_not() -> None:
    finance = a_staff_member("finance")
    made = a_detail()
    changed = some_terms(
        db.session.get_one(details.Service, made.service_id),
        net=Decimal("99.00"),
        starts_on=date(2026, 2, 1),
        months=12,
        text="Basic",
    )
    made = details.edit(made.id, made.version, changed, finance)
    assert (made.months, made.next_on, made.text) == (12, date(2026, 2, 1), "Basic")
    price = db.session.scalars(sa.select(BillingPrice).where(BillingPrice.detail_id == made.id)).one()
    assert (price.from_on, price.net) == (date(2026, 2, 1), Decimal("99.00"))
    changes.settle_past(made.id, made.version, date(2026, 2, 1), finance)
    later = details.edit(made.id, again(made).version, details.replace(changed, months=1, text="Plus"), finance)
    assert (later.months, later.text) == (12, "Plus")


def test_a_price_holds_from_its_day() -> None:
    finance = a_staff_member("finance")
    made = a_detail()
    changes.change_price(made.id, 1, date(2026, 3, 1), Decimal("199.00"), None, finance)
    with write():
        for number in (1, 2):
            periods.take_over(lock(BillingDetail, made.id), date(2026, number + 1, 1), finance)
    assert [held.net for held in periods_of(made)] == [Decimal("149.00"), Decimal("149.00"), Decimal("199.00")]
    assert [held.vat_rate for held in periods_of(made)] == [Decimal("23.00"), Decimal("23.00"), None]


def test_a_price_that_no_period_would_have_is_refused() -> None:
    finance = a_staff_member("finance")
    made = a_detail(ends_on=date(2026, 2, 10))
    for day, net in ((date(2025, 12, 1), "5"), (date(2026, 2, 2), "5"), (date(2026, 2, 1), "149")):
        with pytest.raises(FieldError):
            changes.change_price(made.id, 1, day, Decimal(net), Decimal("23.00"), finance)


def test_a_pause_skips_the_periods_that_begin_in_it() -> None:
    finance = a_staff_member("finance")
    made = changes.pause(a_detail().id, 1, date(2026, 1, 1), date(2026, 2, 28), finance)
    assert made.next_on == date(2026, 3, 1)
    with pytest.raises(FieldError):
        changes.pause(made.id, made.version, date(2026, 2, 28), None, finance)


def test_a_pause_without_an_end_is_ended_by_resuming() -> None:
    finance = a_staff_member("finance")
    made = changes.pause(a_detail().id, 1, date(2026, 2, 1), None, finance)
    held = db.session.scalars(sa.select(details.BillingPause)).one()
    with write():
        periods.take_over(lock(BillingDetail, made.id), date(2026, 12, 1), finance)
    assert again(made).next_on is None
    made = changes.resume(made.id, made.version, held.id, date(2026, 3, 15), finance)
    assert made.next_on == date(2026, 4, 1)
    made = changes.resume(made.id, made.version, held.id, date(2026, 1, 15), finance)
    assert made.next_on == date(2026, 2, 1)


def test_an_end_can_be_taken_away_again() -> None:
    finance = a_staff_member("finance")
    made = changes.end(a_detail(taken_over_until=date(2026, 5, 1)).id, 1, date(2026, 5, 31), finance)
    assert made.next_on is None
    assert changes.reopen(made.id, made.version, finance).next_on == date(2026, 6, 1)


def test_a_second_editor_is_told() -> None:
    finance = a_staff_member("finance")
    made = changes.end(a_detail().id, 1, date(2026, 5, 31), finance)
    with pytest.raises(details.DetailMovedOn):
        changes.reopen(made.id, 1, finance)


def test_a_detail_added_by_mistake_goes_with_the_service_it_brought() -> None:
    finance = a_staff_member("finance")
    made = a_detail()
    details.remove(made.id, 1, finance)
    assert db.session.scalar(sa.select(sa.func.count(BillingDetail.id))) == 0
    assert db.session.scalar(sa.select(sa.func.count(AccountService.id))) == 0
    assert a_detail().id > made.id


def test_a_detail_with_a_period_dealt_with_cannot_be_removed() -> None:
    made = a_detail(taken_over_until=date(2026, 1, 1))
    with pytest.raises(details.DealtWith):
        details.remove(made.id, 1, a_staff_member("finance"))


def test_merged_accounts_bring_their_details_along() -> None:
    finance = a_staff_member("team_leader")
    reseller = a_reseller()
    survivor, other = an_account(of=reseller), an_account(of=reseller)
    made = a_detail(on=other)
    customers.merge(survivor.id, other.id, (survivor.version, other.version), {}, finance)
    assert again(made).account_id == survivor.id
    assert _direct(again(made)) is True


def test_an_unmarked_period_is_due_again() -> None:
    made = a_detail()
    with pytest.raises((NotFound, Conflict)), write():
        periods.mark_invoiced(made.id, -1, 1)
    assert again(made).next_on == date(2026, 1, 1)
