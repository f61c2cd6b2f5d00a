"""Hand-overs: what is due goes over exactly once, in one piece, and may come back while nothing was built on it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from app.billing import calendar
from app.billing.calendar import Calendar, Pause
from app.billing.models import BillingDetail, BillingPause, BillingPeriod, HandOver, Invoice, PeriodState
from app.billing.queries import due, hand_overs
from app.billing.service import changes, details, handing_over, periods
from app.catalogue.models import PERIODS
from app.core.clock import now, today
from app.core.db import db, write
from app.core.errors import FieldError
from app.history.service import entries_of
from app.people.models import Person
from tests.billing.sentences import a_detail, periods_of, some_terms
from tests.billing.test_calendar import DAYS, first_days
from tests.leads.sentences import again, an_account
from tests.sentences import a_service, a_staff_member

pytestmark = pytest.mark.usefixtures("context")

_keys = count(1)
LATEST = today("UTC")


def hand_over(until: date, by: Person | None = None, **values: Any) -> HandOver:
    return handing_over.hand_over(until, f"key{next(_keys)}", by or a_staff_member("finance"), **values)


def an_invoice(number: str = "FV/1") -> Invoice:
    invoice = Invoice(
        number=number,
        issued_on=date(2026, 1, 2),
        due_on=None,
        due_sort=date.max,
        currency="EUR",
        net=Decimal(149),
        vat=Decimal(0),
        gross=Decimal(149),
        buyer_name="Quillmark Stationers",
        source="hand",
        created_at=now(),
        updated_at=now(),
        search="",
    )
    with write():
        db.session.add(invoice)
    return invoice


def test_what_is_due_goes_over_with_its_figures() -> None:
    finance = a_staff_member("finance")
    made = a_detail(text="Basic package")
    given = hand_over(date(2026, 2, 15), finance)
    assert given.count == 2
    first, second = periods_of(made)
    assert (first.ref, first.state, first.net, first.vat_rate) == (
        f"{made.ref}/0",
        PeriodState.HANDED_OVER,
        Decimal("149.00"),
        Decimal("23.00"),
    )
    assert (second.starts_on, second.ends_on) == (date(2026, 2, 1), date(2026, 2, 28))
    assert second.given is not None
    assert second.given["company"] == "Quillmark Stationers"
    assert second.given["text"] == "Basic package"
    assert again(made).next_on == date(2026, 3, 1)
    assert [entry.verb for entry in entries_of(given)] == ["hand_over.made"]


def test_one_form_sent_twice_is_one_hand_over() -> None:
    finance = a_staff_member("finance")
    made = a_detail()
    first = handing_over.hand_over(date(2026, 1, 1), "same", finance)
    second = handing_over.hand_over(date(2026, 3, 1), "same", finance)
    assert first.id == second.id
    assert len(periods_of(made)) == 1


def test_nothing_is_handed_over_when_something_else_is_due_than_was_shown() -> None:
    finance = a_staff_member("finance")
    made = a_detail()
    with pytest.raises(handing_over.DueChanged):
        hand_over(date(2026, 3, 1), finance, expected=2)
    assert periods_of(made) == []
    assert again(made).next_on == date(2026, 1, 1)
    with pytest.raises(handing_over.NothingDue):
        hand_over(date(2025, 3, 1), finance)
    with pytest.raises(FieldError):
        hand_over(LATEST + timedelta(days=400), finance)


def test_what_somebody_changed_while_it_was_reckoned_goes_over_as_it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reckoned before others have to wait: only what changed since is reckoned again while they do."""
    finance = a_staff_member("finance")
    kept, dearer, paused, ended, removed = (a_detail(by=finance) for _ in range(5))
    added: list[BillingDetail] = []
    reckon, reckoned = handing_over._shares, []

    def meanwhile(until: date, which: Any) -> Any:
        shares = reckon(until, which)
        reckoned.append(sorted(shares))
        if len(reckoned) == 1:
            changes.change_price(dearer.id, 1, date(2026, 2, 1), Decimal(199), Decimal(23), finance)
            changes.pause(paused.id, 1, date(2026, 1, 1), date(2026, 1, 31), finance)
            changes.end(ended.id, 1, date(2026, 1, 15), finance)
            details.remove(removed.id, 1, finance)
            added.append(a_detail(by=finance))
        return shares

    monkeypatch.setattr(handing_over, "_shares", meanwhile)
    given = hand_over(date(2026, 2, 1), finance)
    assert reckoned[1:] == [sorted([dearer.id, paused.id, ended.id, added[0].id])]
    assert given.count == 8
    assert [held.net for held in periods_of(dearer)] == [Decimal(149), Decimal(199)]
    numbers = [[held.number for held in periods_of(each)] for each in (kept, paused, ended, added[0])]
    assert numbers == [[0, 1], [1], [0], [0, 1]]
    assert [again(each).next_on for each in (kept, ended)] == [date(2026, 3, 1), None]


def test_many_periods_hold_up_others_for_the_writing_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """12,000 periods, all of them reckoned before the writer is held, and each of them once."""
    finance = a_staff_member("finance")
    long_ago = a_detail(by=finance, starts_on=date(1026, 1, 1))
    reckon, while_writing = handing_over._shares, []

    def watched(until: date, which: Any) -> Any:
        while_writing.append(bool(db.session().info.get("writing")))
        return reckon(until, which)

    monkeypatch.setattr(handing_over, "_shares", watched)
    given = hand_over(date(2025, 12, 31), finance)
    assert while_writing == [False]
    assert given.count == 12_000
    assert again(long_ago).next_on == date(2026, 1, 1)
    refs = [held.ref for held in hand_overs.everything(given)]
    assert len(refs) == len(set(refs)) == 12_000
    handing_over.take_back(given.id, again(finance))
    assert again(long_ago).next_on == date(1026, 1, 1)
    assert not list(hand_overs.everything(given))


def test_a_hand_over_that_breaks_off_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    finance = a_staff_member("finance")
    made = a_detail()
    with monkeypatch.context() as broken:
        broken.setattr(handing_over, "record", lambda *_args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            handing_over.hand_over(date(2026, 2, 1), "broken off", finance)
    assert periods_of(made) == []
    assert again(made).next_on == date(2026, 1, 1)
    assert hand_overs.page(None).items == []
    assert handing_over.hand_over(date(2026, 2, 1), "broken off", finance).count == 2


def test_later_changes_do_not_move_what_was_handed_over() -> None:
    finance = a_staff_member("finance")
    made = a_detail()
    hand_over(date(2026, 2, 1), finance)
    made = again(made)
    changes.change_price(made.id, made.version, date(2026, 1, 1), Decimal("99.00"), None, finance)
    assert [held.net for held in periods_of(made)] == [Decimal("149.00")] * 2
    hand_over(date(2026, 3, 1), finance)
    assert periods_of(made)[-1].net == Decimal("99.00")


def test_a_hand_over_can_be_taken_back_and_made_again_with_the_same_ids() -> None:
    finance = a_staff_member("finance")
    made = a_detail()
    given = hand_over(date(2026, 2, 1), finance)
    before = [held.ref for held in periods_of(made)]
    handing_over.take_back(given.id, finance)
    handing_over.take_back(given.id, finance)  # a second press does nothing
    assert periods_of(made) == []
    assert again(made).next_on == date(2026, 1, 1)
    hand_over(date(2026, 2, 1), finance)
    assert [held.ref for held in periods_of(made)] == before
    assert [entry.verb for entry in entries_of(given)] == ["hand_over.taken_back", "hand_over.made"]


def test_taking_back_minds_what_came_meanwhile() -> None:
    finance = a_staff_member("finance")
    paused, ended, plain = (a_detail(by=finance) for _ in range(3))
    given = hand_over(date(2026, 3, 1), finance)
    changes.pause(paused.id, again(paused).version, date(2026, 4, 1), None, finance)
    with write():
        db.session.add(BillingPause(detail_id=paused.id, from_on=date(2026, 1, 1), until_on=date(2026, 2, 10)))
    changes.end(ended.id, again(ended).version, date(2026, 3, 5), finance)
    assert again(ended).next_on is None
    handing_over.take_back(given.id, finance)
    assert again(paused).next_on == date(2026, 3, 1)
    assert again(ended).next_on == date(2026, 1, 1)
    assert again(plain).next_on == date(2026, 1, 1)


def test_only_the_newest_goes_back_and_only_while_nothing_is_invoiced() -> None:
    finance = a_staff_member("finance")
    made = a_detail()
    first, second = hand_over(date(2026, 1, 1), finance), hand_over(date(2026, 2, 1), finance)
    with pytest.raises(handing_over.CannotTakeBack):
        handing_over.take_back(first.id, finance)
    invoice = an_invoice()
    with write():
        periods.mark_invoiced(made.id, 1, invoice.id)
    with pytest.raises(handing_over.CannotTakeBack):
        handing_over.take_back(second.id, finance)
    with write():
        periods.unmark(made.id, 1)
    handing_over.take_back(second.id, finance)
    handing_over.take_back(first.id, finance)
    assert periods_of(made) == []


def test_a_period_found_on_an_invoice_is_never_due_again() -> None:
    finance = a_staff_member("finance")
    made, invoice = a_detail(), an_invoice()
    with write():
        periods.mark_invoiced(made.id, 1, invoice.id)
        periods.mark_invoiced(made.id, 1, invoice.id)
    assert hand_over(date(2026, 3, 1), finance).count == 2
    assert [held.state for held in periods_of(made)] == ["handed_over", "invoiced", "handed_over"]
    with pytest.raises(periods.PeriodTaken), write():
        periods.mark_invoiced(made.id, 1, invoice.id + 1)
    with write():
        periods.unmark(made.id, 1)
    assert again(made).next_on == date(2026, 2, 1)


def test_a_period_taken_over_keeps_that_when_its_invoice_is_found_and_lost() -> None:
    made, invoice = a_detail(taken_over_until=date(2026, 1, 1)), an_invoice()
    with write():
        periods.mark_invoiced(made.id, 0, invoice.id)
    assert periods_of(made)[0].state == PeriodState.TAKEN_OVER
    with write():
        periods.unmark(made.id, 0)
    assert [(held.state, held.invoice_id) for held in periods_of(made)] == [(PeriodState.TAKEN_OVER, None)]


def test_the_database_itself_refuses_a_period_twice() -> None:
    made = a_detail(taken_over_until=date(2026, 1, 1))
    (held,) = periods_of(made)
    twin = {column.name: getattr(held, column.name) for column in BillingPeriod.__table__.c if column.name != "id"}
    with pytest.raises(sa.exc.IntegrityError), write():
        db.session.execute(sa.insert(BillingPeriod), [twin | {"ref": "other"}])


def test_the_list_and_its_totals_say_what_will_be_handed_over() -> None:
    a_detail(), a_detail(currency="PLN", net=Decimal("10.50"), months=0, vat_rate=None)
    until = date(2026, 2, 1)
    shown = due.totals(until)
    assert (shown.count, shown.details) == (3, 2)
    assert shown.lines == [("EUR", Decimal("298.00")), ("PLN", Decimal("10.50"))]
    listed = due.lines_of(due.page(until, None).items, until)
    assert sorted(line.ref for line in listed) == sorted(line.ref for line in due.everything(until))
    assert due.totals(until, most=2).capped
    given = hand_over(until)
    assert {held.ref for held in hand_overs.everything(given)} == {line.ref for line in listed}
    assert hand_overs.sums_of(given) == [("EUR", 2, Decimal("298.00")), ("PLN", 1, Decimal("10.50"))]


RUNS = st.lists(
    st.one_of(
        st.tuples(st.just("hand over"), DAYS.filter(lambda day: day <= LATEST)),
        st.tuples(st.just("take back"), st.none()),
        st.tuples(st.just("repeat"), st.none()),
    ),
    max_size=6,
)


@settings(max_examples=25)
@given(
    first=DAYS,
    months=st.sampled_from(PERIODS),
    ends_on=st.one_of(st.none(), DAYS),
    paused=st.one_of(st.none(), st.tuples(DAYS, st.one_of(st.none(), st.integers(0, 500)))),
    runs=RUNS,
)
def test_whatever_the_runs_each_period_goes_over_once(
    first: date, months: int, ends_on: date | None, paused: Any, runs: list[tuple[str, date | None]]
) -> None:
    """Through the verbs and the database: hand-overs in any order, repeated, taken back, made again."""
    finance, account, service = a_staff_member("finance"), an_account(), a_service()
    end = ends_on if ends_on is None or ends_on >= first else None
    terms = some_terms(service, starts_on=first, months=months, ends_on=end)
    made = details.add(account.id, terms, finance)
    kept = Calendar(first, months, end)
    if paused:
        until_on = None if paused[1] is None else paused[0] + timedelta(days=paused[1])
        with write():
            db.session.add(BillingPause(detail_id=made.id, from_on=paused[0], until_on=until_on))
            periods.recompute_next(db.session.get_one(BillingDetail, made.id))
        kept = Calendar(first, months, end, (Pause(paused[0], until_on),))
    standing: list[HandOver] = []
    for what, day in runs:
        if what == "take back" and standing:
            handing_over.take_back(standing.pop().id, finance)
        elif what == "repeat" and standing:
            assert handing_over.hand_over(date(2020, 1, 1), standing[-1].key, finance).id == standing[-1].id
        elif day is not None:
            try:
                standing.append(hand_over(day, finance))
            except handing_over.NothingDue:
                db.session.rollback()
        held = periods_of(made)
        latest = max((each.until_on for each in standing), default=date.min)
        assert {one.number: one.starts_on for one in held} == first_days(kept, latest)
        assert again(made).next_on == calendar.next_on(kept, {one.number for one in held})
    with write():
        for model in (BillingPeriod, HandOver):
            db.session.execute(sa.delete(model))
        details.drop(db.session.get_one(BillingDetail, made.id), finance)
