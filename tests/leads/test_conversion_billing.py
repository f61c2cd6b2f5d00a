"""First billing details in a conversion: made with it, gone with its reversal, and never left behind (R12, R14)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import selectinload

from app.billing.models import BillingDetail
from app.billing.service import details as billing
from app.billing.service.details import DetailTerms
from app.billing.service.periods import mark_invoiced
from app.catalogue.models import Service
from app.core.clock import today
from app.core.db import db, write
from app.customers import service as customers
from app.customers.models import Account, AccountService, AccountState
from app.leads.models import Lead, LeadState
from app.leads.service import conversion
from app.leads.service.conversion import CannotReverse
from app.leads.service.decision import CompanyTaken
from app.settings import service as settings
from app.settings.processes import Process
from tests import sentences as s
from tests.billing.invoice_sentences import a_document, kept
from tests.leads.sentences import a_lead, again, an_account
from tests.leads.test_conversion import everything, held_by
from tests.queries import counting

pytestmark = pytest.mark.usefixtures("context")


def priced(net: str | None = "49.00", **values: Any) -> Service:
    """A service of the catalogue with its usual price a month."""
    service = s.a_service(en=values.pop("en", "Hosting"))
    with write():
        service.net = Decimal(net) if net else None
        service.currency, service.vat_rate, service.months = "PLN", Decimal(23), values.get("months", 1)
    return service


def billed(lead: Lead, service: Service, into: Account | None = None, **values: Any) -> conversion.Choice:
    """Everything of the lead, with one detail."""
    from dataclasses import replace

    terms = {"net": Decimal("49.00"), "currency": "PLN", "months": 1, "starts_on": date(2027, 1, 31), **values}
    return replace(everything(lead, into), details=(DetailTerms(service_id=service.id, **terms),))


def details() -> list[BillingDetail]:
    db.session.rollback()
    query = sa.select(BillingDetail).order_by(BillingDetail.id).options(selectinload(BillingDetail.prices))
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def sent(lead: Lead, *services: Service, **typed: Any) -> dict[str, Any]:
    """What the preview would send for a new account."""
    form: dict[str, Any] = {"version": again(lead).version, "into": "new", "services": [str(x.id) for x in services]}
    for service in services:
        block = {"net": "49,00", "currency": "PLN", "vat_rate": "23", "months": "12", "starts_on": "2027-01-31"}
        form |= {f"detail_{service.id}-{name}": value for name, value in block.items()}
    return form | {name.replace("__", "-"): value for name, value in typed.items()}


def press(client: FlaskClient, lead: Lead, form: dict[str, Any]) -> Any:
    path = f"/desk/leads/{lead.ref}/conversion"
    return s.post(client, path, form, page="")


# --- making them ------------------------------------------------------------------------------------------------------


def test_the_preview_offers_catalogue_prices_and_ticks_only_what_has_one(app: Flask, client: FlaskClient) -> None:
    with_price, without = priced("49.00", en="Hosting", months=12), priced(None, en="Support")
    lead = a_lead(state="accepted", services=[with_price, without])
    s.sign_in(client, s.a_staff_member())

    page = client.get(f"/desk/leads/{lead.ref}/conversion").text

    ticked, offered = f'id="detail_{with_price.id}-make" value="y" checked', f'id="detail_{without.id}-make" value="y"'
    assert ticked in page
    assert offered in page
    assert f"{offered} checked" not in page
    assert 'value="49.00"' in page
    assert today("Europe/Amsterdam").isoformat() in page


def test_the_details_come_with_the_account_credited_to_the_leads_reseller(app: Flask, client: FlaskClient) -> None:
    hosting, support = priced(), priced(None, en="Support")
    lead = a_lead(state="accepted", services=[hosting, support])
    s.sign_in(client, s.a_staff_member())

    answer = press(client, lead, sent(lead, hosting, support, **{f"detail_{hosting.id}__make": "y"}))

    assert answer.status_code == 303
    (detail,) = details()
    assert (detail.service_id, detail.reseller_id, detail.months) == (hosting.id, lead.reseller_id, 12)
    assert (detail.starts_on, detail.currency, detail.prices[0].net) == (date(2027, 1, 31), "PLN", Decimal("49.00"))
    assert detail.next_on == date(2027, 1, 31)
    receipt = client.get(answer.headers["Location"]).text
    assert "is an account now, with 1 billing detail." in receipt


def test_what_is_wrong_stands_beside_its_field_and_all_is_kept(app: Flask, client: FlaskClient) -> None:
    hosting, support = priced(), priced(None, en="Support")
    lead = a_lead(state="accepted", services=[hosting, support], shops=["https://one.example"])
    s.sign_in(client, s.a_staff_member())
    form = sent(lead, hosting, support, **{f"detail_{hosting.id}__make": "y", f"detail_{hosting.id}__net": "a lot"})

    answer = press(client, lead, form)

    assert answer.status_code == 422
    assert f'href="#detail_{hosting.id}-net"' in answer.text
    assert "Hosting: Enter an amount" in answer.text
    assert 'value="a lot"' in answer.text
    assert 'id="shop-1"' in answer.text
    assert f'value="{support.id}" checked' in answer.text
    assert 'id="shop-1" value="1" checked' not in answer.text, "it was not ticked when it was sent"
    assert details() == []
    assert again(lead).state == LeadState.ACCEPTED


def test_a_block_that_is_not_ticked_is_not_looked_at(app: Flask, client: FlaskClient) -> None:
    hosting = priced()
    lead = a_lead(state="accepted", services=[hosting])
    s.sign_in(client, s.a_staff_member())

    answer = press(client, lead, sent(lead, hosting, **{f"detail_{hosting.id}__net": "a lot"}))

    assert answer.status_code == 303
    assert details() == []


def test_a_detail_needs_its_service(app: Flask, client: FlaskClient) -> None:
    hosting = priced()
    lead = a_lead(state="accepted", services=[hosting])
    s.sign_in(client, s.a_staff_member())

    answer = press(client, lead, sent(lead, hosting, services=[], **{f"detail_{hosting.id}__make": "y"}))

    assert answer.status_code == 422
    assert f'href="#detail_{hosting.id}-make"' in answer.text
    assert again(lead).state == LeadState.ACCEPTED


def test_a_second_press_makes_nothing_twice(app: Flask, client: FlaskClient) -> None:
    hosting = priced()
    lead = a_lead(state="accepted", services=[hosting])
    s.sign_in(client, s.a_staff_member())
    form = sent(lead, hosting, **{f"detail_{hosting.id}__make": "y"})

    assert press(client, lead, form).status_code == 303
    assert press(client, lead, form).status_code == 409

    assert len(details()) == 1
    assert len(db.session.scalars(sa.select(Account)).all()) == 1


def test_nothing_of_it_stays_when_the_conversion_fails() -> None:
    hosting = priced()
    other = an_account(of=s.a_reseller("Oakmere"))
    lead = a_lead(state="accepted", services=[hosting], company_number=other.company_number)
    with pytest.raises(CompanyTaken):
        conversion.convert(lead.id, billed(lead, hosting), s.a_staff_member())
    assert details() == []


def test_an_account_that_is_billed_already_is_not_billed_twice_by_default(app: Flask, client: FlaskClient) -> None:
    hosting = priced()
    reseller = s.a_reseller()
    account = an_account(of=reseller, services=[hosting])
    terms = DetailTerms(hosting.id, Decimal("49.00"), "PLN", 1, date(2027, 1, 1), reseller_id=reseller.id)
    billing.add(account.id, terms, s.a_staff_member())
    lead = a_lead(of=reseller, state="accepted", services=[hosting], company_number=account.company_number)
    s.sign_in(client, s.a_staff_member())

    page = client.get(f"/desk/leads/{lead.ref}/conversion").text

    assert f'id="detail_{hosting.id}-make" value="y"' in page
    assert f'id="detail_{hosting.id}-make" value="y" checked' not in page


def test_the_preview_asks_as_often_for_many_services_as_for_one(app: Flask, client: FlaskClient) -> None:
    one = a_lead(state="accepted", services=[priced()])
    many = a_lead(state="accepted", services=[priced() for _number in range(8)])
    s.sign_in(client, s.a_staff_member())
    counts = []
    for lead in (one, one, many):
        with counting(app) as asked:
            client.get(f"/desk/leads/{lead.ref}/conversion")
        counts.append(asked.count)
    assert counts[1] == counts[2]


# --- reversing --------------------------------------------------------------------------------------------------------


def test_a_reversal_removes_what_the_conversion_made(app: Flask, client: FlaskClient) -> None:
    hosting = priced()
    lead = a_lead(state="accepted", services=[hosting])
    staff = s.a_staff_member()
    account = conversion.convert(lead.id, billed(lead, hosting), staff)
    (detail,) = details()
    s.sign_in(client, staff)
    assert detail.ref in client.get(f"/desk/leads/{lead.ref}/reversal").text

    conversion.reverse(lead.id, again(lead).version, staff)

    assert details() == []
    assert again(account).state == AccountState.ARCHIVED


@pytest.mark.parametrize("joins", [False, True])
def test_what_was_invoiced_stands_in_the_way(app: Flask, client: FlaskClient, joins: bool) -> None:
    hosting, staff = priced(), s.a_staff_member()
    account = an_account() if joins else None
    number: dict[str, Any] = {"company_number": account.company_number} if account else {}
    lead = a_lead(state="accepted", services=[hosting], **number)
    conversion.convert(lead.id, billed(lead, hosting, account), staff)
    (detail,) = details()
    invoice = kept(a_document())
    with write():
        mark_invoiced(detail.id, 0, invoice.id)
    s.sign_in(client, staff)

    assert "handed over or invoiced" in client.get(f"/desk/leads/{lead.ref}/reversal").text
    with pytest.raises(CannotReverse, match="handed over or invoiced"):
        conversion.reverse(lead.id, again(lead).version, staff)

    assert [found.id for found in details()] == [detail.id]
    assert again(lead).state == LeadState.CONVERTED


def test_what_finance_added_since_stands_in_the_way() -> None:
    hosting, staff = priced(), s.a_staff_member()
    lead = a_lead(state="accepted", services=[hosting])
    account = conversion.convert(lead.id, everything(lead), staff)
    terms = DetailTerms(hosting.id, Decimal("9.00"), "PLN", 1, date(2027, 1, 1))
    later = billing.add(account.id, terms, staff)

    with pytest.raises(CannotReverse, match=later.ref):
        conversion.reverse(lead.id, again(lead).version, staff)


def test_a_joined_account_keeps_a_service_that_is_billed_since() -> None:
    hosting, staff = priced(), s.a_staff_member()
    account = an_account()
    lead = a_lead(state="accepted", services=[hosting], company_number=account.company_number)
    conversion.convert(lead.id, everything(lead, account), staff)
    billing.add(account.id, DetailTerms(hosting.id, Decimal("9.00"), "PLN", 1, date(2027, 1, 1)), staff)

    conversion.reverse(lead.id, again(lead).version, staff)

    assert held_by(account)[0] == [hosting.id]
    assert len(details()) == 1


def test_joining_shows_what_was_sold_directly_and_the_reversal_hides_it_again() -> None:
    hosting, staff = priced(), s.a_staff_member()
    account = an_account()
    with write():
        customers.add_service(customers.locked_whole(account.id), hosting.id, direct=True)
    lead = a_lead(state="accepted", services=[hosting], company_number=account.company_number)

    def is_direct() -> bool:
        db.session.rollback()
        held = sa.select(AccountService).where(AccountService.account_id == account.id)
        return db.session.scalars(held.execution_options(populate_existing=True)).one().direct

    conversion.convert(lead.id, billed(lead, hosting, again(account)), staff)
    assert is_direct() is False
    conversion.reverse(lead.id, again(lead).version, staff)
    assert is_direct() is True


def test_details_move_with_a_merge() -> None:
    hosting, staff = priced(), s.a_staff_member("team_leader")
    lead = a_lead(state="accepted", services=[hosting])
    account = conversion.convert(lead.id, billed(lead, hosting), staff)
    survivor = an_account()
    versions = (again(survivor).version, again(account).version)

    customers.merge(survivor.id, account.id, versions, {}, staff)

    (detail,) = details()
    assert (detail.account_id, detail.reseller_id) == (survivor.id, lead.reseller_id)


def test_without_billing_there_are_no_blocks_and_none_is_made(app: Flask, client: FlaskClient) -> None:
    hosting = priced()
    lead = a_lead(state="accepted", services=[hosting])
    settings.switch(Process.BILLING, False, 0, s.a_staff_member("administrator"))
    s.sign_in(client, s.a_staff_member())

    page = client.get(f"/desk/leads/{lead.ref}/conversion").text
    answer = press(client, lead, sent(lead, hosting, **{f"detail_{hosting.id}__make": "y"}))

    assert "First billing details" not in page
    assert answer.status_code == 303
    assert details() == []
