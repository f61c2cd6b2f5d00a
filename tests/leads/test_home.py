"""A reseller's home: what others changed, what waits for whom, the next invoices, how far the leads came."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from app.billing.models import BillingDetail, BillingPrice
from app.core.clock import now
from app.core.db import db, write
from app.history.service import record
from app.leads.models import Lead
from app.leads.queries import home
from app.leads.queries import panel as panel_queries
from app.leads.queries.panel import Filter
from app.leads.service import notes
from app.leads.story import news_said
from app.people.models import Membership
from app.settings import service as settings
from app.settings.processes import Process
from tests import sentences as s
from tests.leads.sentences import a_change_request, a_lead, an_account
from tests.queries import counting


def a_detail(account: Any, service: Any, reseller_id: int | None, net: Decimal, *, next_on: date) -> None:
    """A billing detail that costs `net` in the month of its next invoice, and something else before and after."""
    month = next_on.replace(day=1)
    with write():
        db.session.add(
            BillingDetail(
                account_id=account.id,
                service_id=service.id,
                reseller_id=reseller_id,
                months=1,
                currency="EUR",
                starts_on=date(2026, 1, 31),
                next_on=next_on,
                created_at=now(),
                updated_at=now(),
                prices=[
                    BillingPrice(from_on=date(2026, 1, 31), net=Decimal("10.00")),
                    BillingPrice(from_on=month, net=net),
                    BillingPrice(from_on=month + timedelta(days=31), net=Decimal("99.00")),
                ],
            )
        )


@pytest.fixture
def reseller(context: None) -> Any:
    return s.a_reseller()


@pytest.fixture
def panel(app: Flask, reseller: Any) -> FlaskClient:
    return s.sign_in(app.test_client(), s.owner_of(reseller))


def page(client: FlaskClient) -> str:
    answer = client.get("/panel")
    assert answer.status_code == 200
    return str(answer.get_data(as_text=True))


def part(client: FlaskClient, id: str) -> str:
    """The section that this heading opens, as words."""
    found = re.search(rf'<section[^>]*aria-labelledby="{id}".*?</section>', page(client), re.DOTALL)
    assert found, id
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split())


def mark_seen(client: FlaskClient) -> Any:
    until = re.search(r'name="until" value="([^"]+)"', page(client))
    return s.post(client, "/panel/seen", {"until": until[1] if until else ""}, page="")


def changed(lead: Any, verb: str, by: Any) -> None:
    with write():
        found = db.session.get(type(lead), lead.id)
        found.updated_at = now()
        record(found, verb, by)


def test_news_is_what_others_did_told_once_for_each_company(panel: FlaskClient, reseller: Any) -> None:
    staff, me = s.a_staff_member("sales"), s.owner_of(reseller)
    lead, mine = a_lead(of=reseller), a_lead(of=reseller, company_name="Modrzew Sp. z o.o.")
    mark_seen(panel)
    assert "Nothing that you have not seen." in part(panel, "news-title")

    changed(lead, "lead.accepted", staff)
    changed(lead, "lead.reopened", staff)
    changed(mine, "lead.changed", me)
    notes.add(lead.id, "Who is the owner?", staff, asks=True)
    notes.add(mine.id, "Between us", staff, internal=True)
    told = part(panel, "news-title")
    assert told.count("Quillmark Stationers") == 1
    assert "A note was added" in told
    assert "The lead was accepted" in told
    assert "Modrzew" not in told
    assert "Answer our question: Quillmark Stationers" in part(panel, "waits")


def test_marking_as_seen_leaves_what_came_meanwhile(panel: FlaskClient, reseller: Any) -> None:
    staff = s.a_staff_member("sales")
    lead = a_lead(of=reseller)
    drawn = re.search(r'name="until" value="([^"]+)"', page(panel))
    assert drawn
    with time_machine.travel(now() + timedelta(minutes=1)):
        changed(lead, "lead.accepted", staff)
        token = s.csrf_of(panel, "/panel")
        answer = panel.post(
            "/panel/seen", data={"csrf_token": token, "until": drawn[1]}, headers={"Origin": "http://localhost"}
        )
        assert answer.status_code == 303
        told = part(panel, "news-title")
    assert "The lead was accepted" in told
    assert "The lead was registered" not in told


@pytest.mark.parametrize("until", ["", "soon", "9999-01-01T00:00:00+00:00", "2026-01-01T00:00:00"])
def test_a_strange_moment_is_now_at_most(panel: FlaskClient, reseller: Any, until: str) -> None:
    assert s.post(panel, "/panel/seen", {"until": until}, page="").status_code == 303
    held = db.session.scalars(db.select(Membership)).one()
    assert held.seen_at is not None
    assert held.seen_at <= now()


def test_another_resellers_news_is_nobody_elses(panel: FlaskClient, reseller: Any) -> None:
    other = s.a_reseller("Modrzew", contact="Piotr Lis")
    changed(a_lead(of=other, company_name="Elsewhere Ltd"), "lead.accepted", s.a_staff_member("sales"))
    a_change_request(on=a_lead(of=other))
    assert "Elsewhere" not in page(panel)
    assert "Nothing at the moment." in part(panel, "ours")
    assert "Registered 0 Accepted 0 Active accounts 0" in part(panel, "funnel")


def test_the_funnel_and_what_waits_for_us_say_numbers(panel: FlaskClient, reseller: Any) -> None:
    for state in ("submitted", "accepted", "converted", "declined"):
        lead = a_lead(of=reseller, state=state)
    a_change_request(on=lead)
    an_account(of=reseller)
    assert "Registered 4 Accepted 2 Active accounts 1" in part(panel, "funnel")
    ours = part(panel, "ours")
    assert "Leads being checked: 1" in ours
    assert "become accounts: 1" in ours
    assert "Change requests to answer: 1" in ours
    assert '<rect class="v" width="50" height="6"/>' in page(panel)
    assert "style=" not in page(panel)


def test_the_next_invoices_are_ones_own_with_the_price_of_their_day(panel: FlaskClient, reseller: Any) -> None:
    service = s.a_service()
    account = an_account(of=reseller, services=[service])
    for credit, net in ((reseller.id, Decimal("12.50")), (None, Decimal("77.00"))):
        a_detail(account, service, credit, net, next_on=date(2026, 12, 31))
    told = part(panel, "invoices-title")
    assert "Quillmark Stationers" in told
    assert "€12.50" in told
    assert "77" not in told
    assert "99" not in told

    settings.switch(Process.BILLING, False, 0, s.a_staff_member("administrator"))
    assert "Next invoices" not in page(panel)


def test_the_home_asks_as_often_with_many_as_with_few(app: Flask, panel: FlaskClient, reseller: Any) -> None:
    staff = s.a_staff_member("sales")

    def more(count: int) -> None:
        for _ in range(count):
            changed(a_lead(of=reseller), "lead.accepted", staff)

    more(1)
    page(panel)
    with counting(app) as few:
        page(panel)
    more(25)
    with counting(app) as many:
        page(panel)
    assert many == few
    assert many <= 6
    told, is_more = home.news(reseller.id, now() - timedelta(days=1), most=8)
    assert len(told) == 8
    assert is_more


def test_what_is_asked_together_is_what_each_says_alone(reseller: Any) -> None:
    """The home reads two lists at a time, to ask the database less often."""
    service, staff = s.a_service(), s.a_staff_member("sales")
    assert home.progress_and_next_invoices(reseller) == (home.progress(reseller), [])
    assert panel_queries.latest_and_asked(reseller, 2) == ([], [])

    leads = [a_lead(of=reseller, state=state) for state in ("submitted", "accepted", "submitted", "declined")]
    a_lead(of=s.a_reseller("Modrzew", contact="Piotr Lis"))
    for lead in (leads[1], leads[0], leads[3]):
        with write():
            db.session.get_one(Lead, lead.id).asked_at = now() - timedelta(days=1 + lead.id % 4)
    a_change_request(on=leads[0])
    account = an_account(of=reseller, services=[service])
    for month in (12, 11, 12):
        a_detail(account, service, reseller.id, Decimal(month), next_on=date(2026, month, 15))
    a_detail(account, service, None, Decimal("77.00"), next_on=date(2026, 10, 15))
    notes.add(leads[1].id, "Which plan?", staff, asks=True)

    numbers, invoices = home.progress_and_next_invoices(reseller, most=2)
    assert numbers == home.progress(reseller)
    assert invoices == home.next_invoices(reseller, most=2)
    assert [each.on.month for each in invoices] == [11, 12]
    for latest, most in ((2, 1), (1, 5), (10, 5)):
        rows, waiting = panel_queries.latest_and_asked(reseller, latest, most)
        assert rows == list(panel_queries.page(reseller, Filter(), None, size=latest).items)
        assert waiting == panel_queries.asked(reseller, most)
        assert waiting


def test_everything_that_is_news_has_words() -> None:
    told = home.News("lead", "L-1", "Quillmark", now(), [*home.VERBS, "account.edited", home.NOTE])
    assert all(news_said(told))
