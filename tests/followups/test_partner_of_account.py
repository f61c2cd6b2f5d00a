"""The service partner of a lead works for the customer that it becomes, and counts once all along (T2)."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.db import db, write
from app.customers import service as customers
from app.customers.models import Account
from app.followups.models import ServicePartner
from app.followups.queries import partners as queries
from app.followups.queries.partners import Load, loads
from app.followups.service import assigning
from app.followups.service.assigning import Choice, assign
from app.history.service import entries_of
from app.leads.models import Lead
from app.leads.service import conversion
from app.people.models import Person
from tests import sentences as s
from tests.followups.partners import a_service_partner, a_wanting_lead
from tests.leads.sentences import again, an_account
from tests.leads.test_conversion import everything

pytestmark = pytest.mark.usefixtures("context")


def partner_of(account: Account) -> int | None:
    db.session.rollback()
    return db.session.scalar(db.select(Account.partner_organisation_id).where(Account.id == account.id))


def load_of(partner: ServicePartner) -> Load:
    db.session.rollback()
    return loads([partner.id])[partner.id]


def a_converted_lead(staff: Person, into: Account | None = None) -> tuple[Lead, Account]:
    more = {"company_number": into.company_number} if into else {}
    lead = a_wanting_lead(state="accepted", **more)
    assign(lead.id, Choice(), staff)
    return again(lead), conversion.convert(lead.id, everything(again(lead), into), staff)


def test_a_conversion_takes_the_partner_along_and_counts_it_once(client: FlaskClient) -> None:
    staff, partner = s.a_staff_member(), a_service_partner("Bilans", served=2)

    lead, account = a_converted_lead(staff)

    assert partner_of(account) == partner.organisation_id
    assert load_of(partner) == Load(3, 0)
    assert "account.partner_assigned" in {entry.verb for entry in entries_of(account)}
    page = s.sign_in(client, staff).get(f"/desk/accounts/{account.ref}").get_data(as_text=True)
    assert "Bilans" in page
    assert f"/desk/leads/{lead.ref}/service-partner" in page


def test_a_reversal_makes_it_an_open_assignment_again(app: Flask) -> None:
    staff, partner = s.a_staff_member(), a_service_partner()
    lead, _account = a_converted_lead(staff)

    conversion.reverse(lead.id, again(lead).version, staff)

    assert load_of(partner) == Load(0, 1)


def test_a_change_after_the_conversion_changes_the_account(app: Flask) -> None:
    staff, first = s.a_staff_member(), a_service_partner()
    lead, account = a_converted_lead(staff)
    second = a_service_partner()

    assign(lead.id, Choice(partner_id=second.id), staff)

    assert partner_of(account) == second.organisation_id
    assert (load_of(first).companies, load_of(second).companies) == (0, 1)
    with write():
        held = queries.active_assignment(lead.id)
        assert held is not None
        assigning.hand_back_within(held, "Moved away", staff)
    assert partner_of(account) is None
    assert load_of(second).companies == 0


def test_an_account_that_is_joined_gets_the_partner_and_gives_it_back(app: Flask) -> None:
    staff, partner, before = s.a_staff_member(), a_service_partner(), a_service_partner(served=9)
    account = an_account()
    with write():
        customers.put_partner(db.session.get_one(Account, account.id), before.organisation_id, staff)
    lead, joined = a_converted_lead(staff, into=db.session.get_one(Account, account.id, populate_existing=True))
    assert joined.id == account.id
    assert partner_of(account) == partner.organisation_id

    conversion.reverse(lead.id, again(lead).version, staff)

    assert partner_of(account) == before.organisation_id


def test_merged_accounts_keep_a_partner(app: Flask) -> None:
    staff, partner = s.a_staff_member(), a_service_partner()
    survivor, other = an_account(), an_account()
    with write():
        customers.put_partner(db.session.get_one(Account, other.id), partner.organisation_id, staff)
    db.session.rollback()
    versions = (db.session.get_one(Account, survivor.id).version, db.session.get_one(Account, other.id).version)

    customers.merge(survivor.id, other.id, versions, {}, staff)

    assert partner_of(survivor) == partner.organisation_id
    assert load_of(partner) == Load(1, 0)


def test_a_merge_of_two_customers_leaves_one_partner(app: Flask) -> None:
    staff, first = s.a_staff_member(), a_service_partner()
    lead, survivor = a_converted_lead(staff)
    second = a_service_partner()
    other_lead, other = a_converted_lead(staff)
    assert partner_of(other) == second.organisation_id
    versions = (db.session.get_one(Account, survivor.id).version, db.session.get_one(Account, other.id).version)

    customers.merge(survivor.id, other.id, versions, {}, staff)

    assert partner_of(survivor) == first.organisation_id
    assert (load_of(first).companies, load_of(second).companies) == (1, 0)
    assert queries.active_assignment(lead.id) is not None
    assert queries.active_assignment(other_lead.id) is None
    assert again(other_lead).assigned_organisation_id is None
    assert "service_partner.handed_back" in {entry.verb for entry in entries_of(second)}
