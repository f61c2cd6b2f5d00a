"""A lead becomes an account, and back (R12)."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.db import db
from app.customers.models import Account, AccountState
from app.history.service import entries_of
from app.leads.models import Conversion, Lead, LeadState
from app.leads.service import conversion
from app.leads.service.conversion import CannotReverse, Choice
from app.leads.service.decision import CompanyTaken
from app.leads.service.editing import LeadMovedOn
from app.outbox.models import MailRow
from tests import sentences as s
from tests.leads.sentences import a_change_request, a_lead, again, an_account


def held_by(account: Account) -> tuple[list[int], list[str]]:
    from sqlalchemy.orm import selectinload

    db.session.rollback()
    found = db.session.scalars(
        db.select(Account)
        .where(Account.id == account.id)
        .options(selectinload(Account.services), selectinload(Account.shops))
        .execution_options(populate_existing=True)
    ).one()
    return [held.service_id for held in found.services], [shop.url for shop in found.shops]


def everything(lead: Lead, into: Account | None = None, **values: str) -> Choice:
    from sqlalchemy.orm import selectinload

    found = db.session.scalars(
        db.select(Lead)
        .where(Lead.id == lead.id)
        .options(selectinload(Lead.services), selectinload(Lead.shops))
        .execution_options(populate_existing=True)
    ).one()
    return Choice(
        lead_version=found.version,
        into=into.ref if into else None,
        account_version=into.version if into else 0,
        values=values,
        service_ids=frozenset(held.service_id for held in found.services),
        shop_ids=frozenset(shop.id for shop in found.shops),
    )


def test_a_conversion_opens_an_account_with_all_the_lead_has(context: None) -> None:
    service = s.a_service()
    lead = a_lead(state="accepted", services=[service], shops=["https://quillmark.example"])

    account = conversion.convert(lead.id, everything(lead), s.a_staff_member())

    lead = again(lead)
    assert (lead.state, lead.account_id, lead.claim_key) == (LeadState.CONVERTED, account.id, None)
    assert (account.reseller_id, account.company_name) == (lead.reseller_id, lead.company_name)
    assert held_by(account) == ([service.id], ["https://quillmark.example"])
    assert entries_of(lead)[0].verb == "lead.converted"
    assert entries_of(account)[0].verb == "account.opened"
    assert [row.template for row in db.session.scalars(db.select(MailRow))] == ["lead_converted"]


def test_joining_an_account_takes_the_chosen_values_and_the_reversal_gives_them_back(context: None) -> None:
    staff, service = s.a_staff_member(), s.a_service()
    account = an_account(phone="+48611111111", city="Gniezno")
    lead = a_lead(
        state="accepted",
        company_number=account.company_number,
        phone="+48622222222",
        services=[service],
        shops=["https://quillmark.example"],
    )

    joined = conversion.convert(lead.id, everything(lead, account, phone="lead", reseller="lead"), staff)

    assert joined.id == account.id
    account = again(account)
    assert (account.phone, account.city, account.reseller_id) == ("+48622222222", "Gniezno", lead.reseller_id)
    assert held_by(account) == ([service.id], ["https://quillmark.example"])

    lead = conversion.reverse(lead.id, again(lead).version, staff)

    account = again(account)
    assert (account.phone, account.reseller_id, account.state) == ("+48611111111", None, AccountState.ACTIVE)
    assert held_by(account) == ([], [])
    assert (lead.state, lead.account_id, lead.claim_key) == (LeadState.ACCEPTED, None, lead.company_key)


def test_a_value_that_was_changed_after_the_conversion_stays(context: None) -> None:
    from app.core.db import write

    staff, account = s.a_staff_member(), an_account(phone="+48611111111")
    lead = a_lead(state="accepted", company_number=account.company_number, phone="+48622222222")
    conversion.convert(lead.id, everything(lead, account, phone="lead"), staff)
    with write():
        db.session.get(Account, account.id, populate_existing=True).phone = "+48633333333"  # type: ignore[union-attr]  # it is there

    conversion.reverse(lead.id, again(lead).version, staff)

    assert again(account).phone == "+48633333333"


def test_reversing_archives_the_account_that_the_conversion_opened(context: None) -> None:
    staff, lead = s.a_staff_member(), a_lead(state="accepted")
    account = conversion.convert(lead.id, everything(lead), staff)

    conversion.reverse(lead.id, again(lead).version, staff)

    assert again(account).state == AccountState.ARCHIVED
    assert again(lead).state == LeadState.ACCEPTED
    second = conversion.convert(lead.id, everything(lead), staff)
    assert second.id != account.id


def test_what_was_built_on_a_conversion_stands_in_the_way_of_its_reversal(context: None) -> None:
    staff, lead = s.a_staff_member(), a_lead(state="accepted")
    conversion.convert(lead.id, everything(lead), staff)
    a_change_request(on=again(lead))

    with pytest.raises(CannotReverse):
        conversion.reverse(lead.id, again(lead).version, staff)


def test_the_second_of_two_conversions_sees_that_it_is_done(context: None) -> None:
    staff, lead = s.a_staff_member(), a_lead(state="accepted")
    choice = everything(lead)
    conversion.convert(lead.id, choice, staff)

    with pytest.raises(LeadMovedOn):
        conversion.convert(lead.id, choice, staff)

    assert db.session.scalar(db.select(db.func.count()).select_from(Account)) == 1
    assert db.session.scalar(db.select(db.func.count()).select_from(Conversion)) == 1


def test_a_lead_never_joins_another_resellers_account(context: None) -> None:
    lead = a_lead(state="accepted")
    account = an_account(of=s.a_reseller("Oakmere"), email=lead.email)

    with pytest.raises(CompanyTaken):
        conversion.convert(lead.id, everything(lead, account), s.a_staff_member())

    assert again(lead).state == LeadState.ACCEPTED


# --- at the door ------------------------------------------------------------------------------------------------------


def test_the_preview_names_matches_with_their_reason_and_converts(
    app: Flask, client: FlaskClient, context: None
) -> None:
    lead = a_lead(state="accepted", email="office@quillmark.example")
    account = an_account(email="office@quillmark.example", phone="+48611111111", company_name="Quillmark")
    s.sign_in(client, s.a_staff_member())
    path = f"/desk/leads/{lead.ref}/conversion"

    page = client.get(path).get_data(as_text=True)
    assert "Same e-mail address" in page
    assert account.ref in page
    page = client.get(f"{path}?into={account.ref}").get_data(as_text=True)
    assert 'name="phone"' in page
    answer = s.post(
        client,
        path,
        {
            "into": account.ref,
            "version": lead.version,
            "account_version": account.version,
            "phone": "lead",
            "company_number": "lead",
            "reseller": "lead",
        },
    )

    assert answer.status_code == 303
    assert answer.headers["Location"].endswith(f"/desk/accounts/{account.ref}")
    account = again(account)
    assert (account.phone, account.company_key) == (lead.phone, lead.company_key)


def test_a_second_press_at_the_desk_answers_409(app: Flask, client: FlaskClient, context: None) -> None:
    lead = a_lead(state="accepted")
    s.sign_in(client, s.a_staff_member())
    path = f"/desk/leads/{lead.ref}/conversion"
    sent = {"into": "new", "version": lead.version}
    token = s.csrf_of(client, path)

    first = client.post(path, data={**sent, "csrf_token": token})
    second = client.post(path, data={**sent, "csrf_token": token})

    assert (first.status_code, second.status_code) == (303, 409)


def test_the_reversal_asks_first(app: Flask, client: FlaskClient, context: None) -> None:
    staff, lead = s.a_staff_member(), a_lead(state="accepted")
    conversion.convert(lead.id, everything(lead), staff)
    s.sign_in(client, staff)
    path = f"/desk/leads/{lead.ref}/reversal"

    assert "Reverse the conversion?" in client.get(path).get_data(as_text=True)
    answer = s.post(client, path, {"version": again(lead).version})

    assert answer.status_code == 303
    assert again(lead).state == LeadState.ACCEPTED
