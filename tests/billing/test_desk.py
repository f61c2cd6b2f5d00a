"""Billing at the desk, driven as in a browser without JavaScript."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from app.billing.models import BillingDetail, BillingPrice, HandOver
from app.billing.queries import due
from app.billing.service import changes, details, handing_over
from app.core.clock import today
from app.core.db import db, write
from app.customers.models import Account, AccountService
from app.settings.models import vendor
from tests.billing.sentences import a_detail, periods_of, some_terms
from tests.leads.sentences import again, an_account
from tests.queries import counting
from tests.sentences import a_reseller, a_service, a_staff_member, post, sign_in

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture(autouse=True)
def _march() -> Iterator[None]:
    with time_machine.travel("2026-03-15 10:00 +0000"):
        yield


@pytest.fixture
def finance(client: FlaskClient) -> FlaskClient:
    return sign_in(client, a_staff_member("finance"))


def a_form(**values: str) -> dict[str, str]:
    return {
        "key": "form-1",
        "months": "1",
        "net": "149,00",
        "currency": "EUR",
        "vat_rate": "23",
        "starts_on": "2026-03-31",
        "ends_on": "",
        "past": "",
        "taken_over_until": "",
        "text": "Shop in Gniezno",
        "credit": "own",
        "reseller": "",
        **values,
    }


def only_detail() -> BillingDetail:
    db.session.rollback()
    return db.session.scalars(sa.select(BillingDetail)).one()


# --- adding and changing ----------------------------------------------------------------------------------------------


def test_a_detail_is_added_on_the_account_with_its_dates_shown_first(finance: FlaskClient) -> None:
    reseller, service = a_reseller(), a_service()
    account = an_account(of=reseller)
    assert "Nothing is invoiced to this customer yet." in finance.get(f"/desk/accounts/{account.ref}").text
    choice = finance.get(f"/desk/accounts/{account.ref}/billing/new").text
    page = f"/desk/accounts/{account.ref}/billing/new?service={service.code}"
    assert page.replace("&", "&amp;") in choice
    shown = post(finance, page, a_form(do="preview"))
    assert shown.status_code == 200
    assert re.findall(r"(\d+/\d+/\d+|\d+ \w+ \d{4})</span> –", shown.text)[:3]
    assert db.session.scalar(sa.select(sa.func.count(BillingDetail.id))) == 0
    for _press in range(2):
        answer = post(finance, page, a_form())
        assert answer.status_code == 303
    made = only_detail()
    assert (made.reseller_id, made.next_on, made.text) == (reseller.id, date(2026, 3, 31), "Shop in Gniezno")
    assert "Shop in Gniezno" in finance.get(f"/desk/accounts/{account.ref}").text
    assert "149.00" in finance.get(answer.location).text


def test_a_direct_sale_says_what_it_means(finance: FlaskClient) -> None:
    account, service = an_account(of=a_reseller()), a_service()
    page = f"/desk/accounts/{account.ref}/billing/new?service={service.code}"
    assert "No reseller ever sees this billing detail" in finance.get(page).text
    post(finance, page, a_form(credit="direct"))
    assert only_detail().reseller_id is None
    assert db.session.scalars(sa.select(AccountService.direct)).one() is True


def test_another_reseller_can_be_credited(finance: FlaskClient) -> None:
    other = a_reseller("Nordlys")
    account, service = an_account(of=a_reseller()), a_service()
    page = f"/desk/accounts/{account.ref}/billing/new?service={service.code}"
    refused = post(finance, page, a_form(credit="other"))
    assert refused.status_code == 422
    assert "Choose the reseller" in refused.text
    post(finance, page, a_form(credit="other", reseller=other.ref))
    assert only_detail().reseller_id == other.id


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"net": "much"}, "Enter an amount with its decimals"),
        ({"net": ""}, "Enter the net amount"),
        ({"months": ""}, "Say how often it is invoiced"),
        ({"months": "3"}, "Choose one of the options"),
        ({"starts_on": ""}, "Enter the first day"),
        ({"ends_on": "2026-03-30"}, "The last day is before the first one"),
        ({"starts_on": "2025-01-01"}, "Say whether the periods before today were invoiced already"),
        ({"starts_on": "2025-01-01", "past": "elsewhere"}, "Enter the day up to which"),
        ({"credit": ""}, "Say to whom it is credited"),
        ({"vat_rate": "200"}, "Enter the rate in per cent"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    finance: FlaskClient, values: dict[str, str], message: str
) -> None:
    account, service = an_account(of=a_reseller()), a_service()
    answer = post(finance, f"/desk/accounts/{account.ref}/billing/new?service={service.code}", a_form(**values))
    assert answer.status_code == 422
    assert message in answer.text
    assert "Shop in Gniezno" in answer.text


def test_a_past_invoiced_elsewhere_is_marked(finance: FlaskClient) -> None:
    account, service = an_account(of=a_reseller()), a_service()
    typed = a_form(starts_on="2026-01-01", past="elsewhere", taken_over_until="2026-02-28")
    post(finance, f"/desk/accounts/{account.ref}/billing/new?service={service.code}", typed)
    made = only_detail()
    assert [held.state for held in periods_of(made)] == ["taken_over", "taken_over"]
    assert made.next_on == date(2026, 3, 1)
    assert "Invoiced elsewhere" in finance.get(f"/desk/billing/details/{made.ref}").text


def test_price_pause_end_and_back_through_their_pages(finance: FlaskClient) -> None:
    made = a_detail(starts_on=date(2026, 4, 1))
    here = f"/desk/billing/details/{made.ref}"
    steps: list[tuple[str, dict[str, str]]] = [
        ("price", {"from_on": "2026-06-01", "net": "199", "vat_rate": ""}),
        ("pause", {"from_on": "2026-05-01", "until_on": "2026-05-31"}),
        ("end", {"ends_on": "2026-12-31"}),
    ]
    for name, typed in steps:
        version = str(again(made).version)
        shown = post(finance, f"{here}/{name}", {**typed, "version": version, "do": "preview"})
        assert shown.status_code == 200
        assert "These periods would come of it" in shown.text
        assert str(again(made).version) == version
        stale = post(finance, f"{here}/{name}", {**typed, "version": "0"})
        assert stale.status_code == 409
        assert "Somebody else changed this billing detail" in stale.text
        assert typed[next(iter(typed))] in stale.text
        assert post(finance, f"{here}/{name}", {**typed, "version": version}).status_code == 303
    page = finance.get(here).text
    assert "199.00" in page
    assert "Left out: paused" in page
    pause = db.session.scalars(sa.select(details.BillingPause)).one()
    resumed = post(finance, f"{here}/pauses/{pause.id}", {"on": "2026-05-01", "version": str(again(made).version)})
    assert resumed.status_code == 303
    assert post(finance, f"{here}/reopening", {"version": str(again(made).version)}, page=here).status_code == 303
    assert again(made).ends_on is None
    for words in ("Another price was agreed", "Paused", "The pause was ended", "An end was set", "The end was taken"):
        assert words in finance.get(here).text


def test_what_resuming_does_is_shown_before_and_a_day_after_the_pause_is_refused(finance: FlaskClient) -> None:
    made = a_detail(starts_on=date(2026, 4, 1))
    changes.pause(made.id, made.version, date(2026, 5, 1), date(2026, 6, 30), a_staff_member("finance"))
    pause = db.session.scalars(sa.select(details.BillingPause)).one()
    here = f"/desk/billing/details/{made.ref}/pauses"
    version = str(again(made).version)

    def left_out(on: str) -> int:
        shown = post(finance, f"{here}/{pause.id}", {"on": on, "version": version, "do": "preview"})
        assert shown.status_code == 200
        return int(shown.text.count("Left out: paused"))

    assert [left_out(on) for on in ("2026-05-01", "2026-06-01", "2026-07-01", "2026-12-01")] == [0, 1, 2, 2]
    late = post(finance, f"{here}/{pause.id}", {"on": "2026-07-01", "version": version})
    assert (late.status_code, "The pause is over by then." in late.text) == (422, True)
    assert 'value="2026-07-01"' in late.text
    assert post(finance, f"{here}/{pause.id}", {"on": "", "version": version}).status_code == 422
    assert finance.get(f"{here}/99999999999").status_code == 404
    assert again(pause).until_on == date(2026, 6, 30)


def test_days_that_cannot_be_are_refused_on_their_pages(finance: FlaskClient) -> None:
    made = a_detail(starts_on=date(2026, 4, 1))
    changes.pause(made.id, made.version, date(2026, 5, 1), date(2026, 5, 31), a_staff_member("finance"))
    version = str(again(made).version)
    for page, typed, field in (
        ("price", {"from_on": "2026-03-01", "net": "199", "vat_rate": ""}, "from_on"),
        ("pause", {"from_on": "2026-05-15", "until_on": ""}, "from_on"),
        ("pause", {"from_on": "2026-08-02", "until_on": "2026-08-31"}, "from_on"),
        ("pause", {"from_on": "2026-08-02", "until_on": "2026-08-01", "do": "preview"}, "until_on"),
        ("end", {"ends_on": "2026-03-31"}, "ends_on"),
        ("past", {"past": "elsewhere", "until": "2026-03-31"}, "until"),
        ("past", {"past": "elsewhere", "until": ""}, "until"),
    ):
        answer = post(finance, f"/desk/billing/details/{made.ref}/{page}", {**typed, "version": version})
        assert (answer.status_code, f'href="#{field}"' in answer.text) == (422, True), typed
    assert str(again(made).version) == version


def test_a_past_that_is_settled_is_shown_before(finance: FlaskClient) -> None:
    made = a_detail(starts_on=date(2026, 1, 1))
    here = f"/desk/billing/details/{made.ref}/past"
    typed = {"version": str(made.version), "past": "elsewhere", "until": "2026-02-28", "do": "preview"}
    shown = post(finance, here, typed)
    assert (shown.status_code, shown.text.count("Invoiced elsewhere</span>")) == (200, 2)
    due = post(finance, here, {**typed, "past": "due"})
    assert (due.status_code, due.text.count("Invoiced elsewhere</span>")) == (200, 0)
    assert periods_of(made) == []


def test_a_removal_from_an_old_page_asks_again_and_what_was_dealt_with_stays(finance: FlaskClient) -> None:
    made = a_detail()
    here = f"/desk/billing/details/{made.ref}/removal"
    old = post(finance, here, {"version": "77"})
    assert (old.status_code, "Somebody else changed this billing detail" in old.text) == (409, True)
    assert f'name="version" value="{made.version}"' in old.text
    handing_over.hand_over(date(2026, 1, 1), "meanwhile", a_staff_member("finance"))
    kept = post(finance, here, {"version": str(again(made).version)})
    assert kept.status_code == 422
    assert again(made).id == made.id


def test_a_correction_and_a_period_dealt_with_meanwhile(finance: FlaskClient) -> None:
    made = a_detail(text="Old")
    here = f"/desk/billing/details/{made.ref}/edit"
    version = str(made.version)
    handing_over.hand_over(date(2026, 1, 1), "meanwhile", a_staff_member("finance"))
    typed = a_form(version=version, net="1,00", credit="direct", text="New text")
    answer = post(finance, here, typed)
    assert answer.status_code == 409
    assert "New text" in answer.text
    assert 'name="net"' not in answer.text
    saved = post(finance, here, {"version": str(again(made).version), "text": "New text", "credit": "direct"})
    assert saved.status_code == 303
    assert again(made).text == "New text"
    assert db.session.scalars(sa.select(BillingPrice.net)).one() == Decimal("149.00")


def test_a_fresh_detail_can_be_corrected_or_removed(finance: FlaskClient) -> None:
    made = a_detail()
    here = f"/desk/billing/details/{made.ref}"
    post(finance, f"{here}/edit", a_form(version="1", net="99,50", credit="direct", months="12"))
    assert again(made).months == 12
    assert finance.get(f"{here}/removal").status_code == 200
    removed = post(finance, f"{here}/removal", {"version": str(again(made).version)})
    assert removed.status_code == 303
    assert finance.get(here).status_code == 404


def test_an_unclear_past_waits_in_the_inbox(finance: FlaskClient) -> None:
    account, person = an_account(), a_staff_member("sales")
    terms = some_terms(starts_on=date(2025, 1, 1))
    with write():
        made = details.put(db.session.get_one(type(account), account.id), terms, person)
    inbox = finance.get("/desk").text
    assert "say what was invoiced elsewhere" in inbox
    assert "1 billing detail has a period to hand over" in inbox
    here = f"/desk/billing/details/{made.ref}"
    assert "Say what was invoiced elsewhere" in finance.get(here).text
    typed = {"version": "1", "past": "elsewhere", "until": "2026-02-28"}
    assert post(finance, f"{here}/past", typed).status_code == 303
    assert not again(made).past_unclear
    assert len(periods_of(made)) == 14


def test_a_preview_of_a_long_past_tells_what_becomes_due(finance: FlaskClient) -> None:
    account, service = an_account(of=a_reseller()), a_service()
    page = f"/desk/accounts/{account.ref}/billing/new?service={service.code}"
    due_now = post(finance, page, a_form(starts_on="2024-01-31", past="due", do="preview")).text
    assert "26 periods are due at once." in due_now
    typed = a_form(starts_on="2024-01-31", past="elsewhere", taken_over_until="2026-01-31", do="preview")
    elsewhere = post(finance, page, typed).text
    assert "1 period is due at once." in elsewhere
    assert elsewhere.count("Invoiced elsewhere</span>") == 3
    assert "To come" in elsewhere


# --- due, handed over, taken back -------------------------------------------------------------------------------------


def test_a_day_that_cannot_be_read_is_never_taken_for_today(finance: FlaskClient) -> None:
    made = a_detail()
    answer = finance.get("/desk/billing/hand-over?until=soon", follow_redirects=True)
    assert answer.request.path == "/desk/billing"
    assert "This is shown until today." in answer.text
    typed = {"until": "soon", "expected": "3", "key": "a key"}
    assert post(finance, "/desk/billing/hand-over", typed, page="/desk/billing/hand-over").status_code == 303
    assert periods_of(made) == []


def test_finance_hands_over_what_is_due_and_a_second_press_does_nothing(finance: FlaskClient) -> None:
    made = a_detail()
    page = finance.get("/desk/billing").text
    assert "3 periods are due until 15 March 2026" in page
    confirm = "/desk/billing/hand-over?until=2026-03-15"
    shown = finance.get(confirm).text
    key = re.search(r'name="key" value="([^"]+)"', shown)
    assert key
    assert "Hand over 3 periods to invoicing?" in shown
    typed = {"until": "2026-03-15", "expected": "3", "key": key[1]}
    first = post(finance, "/desk/billing/hand-over", typed, page=confirm)
    second = post(finance, "/desk/billing/hand-over", typed, page=confirm)
    assert first.status_code == second.status_code == 303
    assert first.location == second.location
    assert len(periods_of(made)) == 3
    assert "Nothing is due" in finance.get("/desk/billing").text
    assert "3 periods were handed over" in finance.get(first.location).text


def test_what_changed_meanwhile_is_shown_before_it_is_handed_over(finance: FlaskClient) -> None:
    a_detail()
    confirm = "/desk/billing/hand-over?until=2026-03-15"
    typed = {"until": "2026-03-15", "expected": "2", "key": "k1"}
    answer = post(finance, "/desk/billing/hand-over", typed, page=confirm)
    assert answer.status_code == 409
    assert "What is due changed meanwhile" in answer.text
    assert 'name="expected" value="3"' in answer.text
    assert db.session.scalar(sa.select(sa.func.count(HandOver.id))) == 0


def test_the_files_of_a_hand_over_are_the_same_for_ever(app: Flask, finance: FlaskClient) -> None:
    reseller = a_reseller()
    service = a_service(en="Online payments", pl="Płatności")
    made = a_detail(of=reseller, service=service, text="=1+1", net=Decimal("10.05"))
    given = handing_over.hand_over(date(2026, 2, 1), "files", a_staff_member("finance"))
    address = f"/desk/billing/hand-overs/{given.ref}/periods"
    before = {format: finance.get(f"{address}.{format}").data for format in ("csv", "xlsx", "json")}
    rows = list(csv.DictReader(io.StringIO(before["csv"].decode("utf-8-sig")), delimiter=";"))
    assert [row["id"] for row in rows] == [f"{made.ref}/0", f"{made.ref}/1"]
    assert rows[1] == {
        "id": f"{made.ref}/1",
        "hand_over": given.ref,
        "detail": made.ref,
        "period": "1",
        "from": "2026-02-01",
        "until": "2026-02-28",
        "account": db.session.get_one(Account, made.account_id).ref,
        "company": "Quillmark Stationers",
        "country": "PL",
        "company_number": rows[1]["company_number"],
        "vat_number": "",
        "service": service.code,
        "service_name": "Płatności",
        "text": "'=1+1",
        "net": "10,05",
        "vat_rate": "23",
        "vat": "2,31",
        "gross": "12,36",
        "currency": "EUR",
        "reseller": reseller.ref,
        "reseller_name": "Polana",
    }
    told = json.loads(before["json"])
    assert (told["hand_over"], told["count"], told["until"]) == (given.ref, 2, "2026-02-01")
    assert [period["net"] for period in told["periods"]] == ["10.05", "10.05"]
    made = again(made)
    changes.change_price(made.id, made.version, date(2026, 1, 1), Decimal("99.00"), None, a_staff_member("finance"))
    with write():
        db.session.get_one(Account, made.account_id).company_name = "Another Name"
        db.session.get_one(type(service), service.id).names = {"en": "Renamed"}
    with time_machine.travel("2027-01-01"):
        later = sign_in(app.test_client(), a_staff_member("finance"))
        after = {format: later.get(f"{address}.{format}").data for format in before}
    assert after == before


def test_a_preview_has_the_same_columns_and_changes_nothing(finance: FlaskClient) -> None:
    made = a_detail()
    preview = json.loads(finance.get("/desk/billing/due.json?until=2026-02-01").data)
    assert [period["id"] for period in preview["periods"]] == [f"{made.ref}/0", f"{made.ref}/1"]
    given = handing_over.hand_over(date(2026, 2, 1), "same", a_staff_member("finance"))
    told = json.loads(finance.get(f"/desk/billing/hand-overs/{given.ref}/periods.json").data)
    for period in told["periods"]:
        period["hand_over"] = ""
    assert told["periods"] == preview["periods"]
    assert json.loads(finance.get("/desk/billing/due.json?until=2026-02-01").data)["periods"] == []
    assert finance.get("/desk/billing/due.xlsx?until=2026-04-01").status_code == 200


def test_all_periods_dealt_with_mark_what_was_invoiced_elsewhere(finance: FlaskClient) -> None:
    a_detail(taken_over_until=date(2026, 1, 1))
    handing_over.hand_over(date(2026, 2, 1), "x", a_staff_member("finance"))
    told = json.loads(finance.get("/desk/billing/periods.json").data)
    assert [(period["period"], period["state"]) for period in told["periods"]] == [
        (0, "taken_over"),
        (1, "handed_over"),
    ]


def test_a_hand_over_is_taken_back_once(finance: FlaskClient) -> None:
    made = a_detail()
    given = handing_over.hand_over(date(2026, 2, 1), "x", a_staff_member("finance"))
    here = f"/desk/billing/hand-overs/{given.ref}"
    assert "Take it back" in finance.get(here).text
    assert post(finance, f"{here}/taking-back", {}).status_code == 303
    assert periods_of(made) == []
    assert "was taken back" in finance.get(here).text
    assert "cannot be taken back" in finance.get(f"{here}/taking-back").text


def test_a_strange_day_shows_today(finance: FlaskClient) -> None:
    assert "Enter the date as day, month and year" in finance.get("/desk/billing?until=soon").text
    assert finance.get("/desk/billing?until=9999-01-01").status_code == 200


def test_search_finds_a_detail_by_its_reference_and_text(finance: FlaskClient) -> None:
    made = a_detail(text="Shop in Gniezno")
    for words in (made.ref, "gniezno"):
        assert f"/desk/billing/details/{made.ref}" in finance.get(f"/desk/search?q={words}").text


def test_who_may_what(app: Flask) -> None:
    made = a_detail()
    for role, status in (("sales", 403), ("content_editor", 403), ("finance", 200)):
        client = sign_in(app.test_client(), a_staff_member(role))
        assert client.get("/desk/billing/hand-over").status_code == status
        listed = client.get("/desk/billing/details").status_code
        assert listed == (403 if role == "content_editor" else 200)
        assert client.get(f"/desk/billing/details/{made.ref}").status_code == listed


# --- many -------------------------------------------------------------------------------------------------------------


def many(count: int) -> None:
    """As many further details, put in with one statement a table."""
    pattern = a_detail(text="Pattern")
    own = {column.name: getattr(pattern, column.name) for column in BillingDetail.__table__.c if column.name != "id"}
    with write():
        refs = [f"B-{pattern.id:03d}{number:05d}" for number in range(count)]
        db.session.execute(sa.insert(BillingDetail), [own | {"ref": ref, "key": None} for ref in refs])
        made = db.session.scalars(sa.select(BillingDetail.id).where(BillingDetail.ref.in_(refs)))
        prices = [{"detail_id": id, "from_on": own["starts_on"], "net": Decimal(1), "vat_rate": None} for id in made]
        db.session.execute(sa.insert(BillingPrice), prices)


LISTS = (
    "/desk/billing",
    "/desk/billing?until=2026-01-01",
    "/desk/billing/details",
    "/desk/billing/details?sort=next",
    "/desk/billing/details?q=quillmark&state=running",
    "/desk/billing/details?state=paused",
    "/desk/billing/hand-overs",
)


@pytest.mark.on("sqlite")
def test_lists_ask_at_most_six_times_however_many_there_are(app: Flask, finance: FlaskClient) -> None:
    given = None
    counts: dict[str, list[int]] = {}
    for more in (2, 120):
        many(more)
        if given is None:
            given = handing_over.hand_over(date(2026, 1, 1), "first", a_staff_member("finance"))
        else:
            handing_over.hand_over(date(2026, 1, 1), "second", a_staff_member("finance"))
        for path in LISTS:
            with counting(app) as asked:
                assert finance.get(path).status_code == 200
            assert asked <= 6, path
            counts.setdefault(path, []).append(int(asked))
    for path in (f"/desk/billing/hand-overs/{given.ref}", f"/desk/billing/details/{only_first().ref}"):
        with counting(app) as asked:
            finance.get(path)
        assert asked <= 14, path
    assert all(len(set(each)) == 1 for each in counts.values()), counts


def only_first() -> BillingDetail:
    return db.session.scalars(sa.select(BillingDetail).order_by(BillingDetail.id).limit(1)).one()


def test_a_long_list_is_read_in_batches(app: Flask, finance: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file holds some hundred rows in memory at a time, whatever its length."""
    many(250)
    monkeypatch.setattr(due, "STEP", 100)
    alive: list[int] = []
    for line in due.everything(date(2026, 1, 1)):
        alive.append(sum(isinstance(held, BillingDetail) for held in db.session))
        assert line.period.number == 0
    assert len(alive) == 251
    assert max(alive) <= 100
    with counting(app) as asked:
        assert due.totals(date(2026, 1, 1)).count == 251
    assert asked == 1


def test_a_page_of_due_details_leads_to_the_next(finance: FlaskClient) -> None:
    many(60)
    seen: set[str] = set()
    path = "/desk/billing?until=2026-01-01"
    while True:
        page = finance.get(path).text
        seen |= set(re.findall(r"B-[A-Z0-9]{8}/0", page))
        following = re.search(r'rel="next" href="([^"]+)"', page)
        if not following:
            break
        path = "/desk/billing" + following[1].replace("&amp;", "&")
    assert len(seen) == 61


def test_the_day_is_the_vendors(app: Flask, finance: FlaskClient) -> None:
    a_detail(starts_on=today(vendor().timezone) + timedelta(days=1), months=0)
    assert "Nothing is due" in finance.get("/desk/billing").text
    with time_machine.travel("2026-03-15 23:30 +0000"):
        late = sign_in(app.test_client(), a_staff_member("finance"))
        assert "1 period is due" in late.get("/desk/billing").text
