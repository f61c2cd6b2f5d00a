"""Sign-ups by onboarding pages: a software partner reads of companies, never of their people, and of its own alone."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.core.db import db, write
from app.integrations.models import Integration, SoftwarePartner
from app.leads.forms.registration import new_key
from app.leads.models import Lead, LeadState, Submission, TypedBy
from app.leads.service.details import Registration
from app.leads.service.registration import register
from app.manuals.models import Publication
from app.outbox.models import MailRow
from app.partners.models import PersonalLink, Reseller
from app.partners.queries import OpenForm, form_behind
from tests import sentences as s
from tests import software
from tests.leads import sentences as leads
from tests.manuals import published
from tests.queries import counting

pytestmark = pytest.mark.usefixtures("context")


def a_partner_with_a_page(name: str = "Kassalinja", product: str = "Lumi Till") -> SoftwarePartner:
    package = db.session.scalar(sa.select(software.Package).limit(1)) or software.a_package()
    made = software.a_product(software.a_software_partner(name), product)
    published.an_intake(made)
    published.both_published(software.an_integration(made, package))
    db.session.expire_all()
    query = sa.select(SoftwarePartner).join(SoftwarePartner.organisation).where(software.Organisation.name == name)
    return db.session.scalars(query).one()


def slug_of(partner: SoftwarePartner) -> str:
    query = sa.select(PersonalLink.slug).where(PersonalLink.reseller_id == partner.reseller_id)
    return str(db.session.scalars(query).one())


def signed_up(partner: SoftwarePartner, company: str = "Kukkakauppa Orvokki", **values: Any) -> Submission:
    behind = form_behind(slug_of(partner))
    assert isinstance(behind, OpenForm)
    details = leads.company(company_name=company, contact_name="Hanna Wilk", **values)
    details.pop("company_key")
    registration = Registration(**details, typed_by=TypedBy.CLIENT, submission_key=new_key(), suspicious=False)
    sent = register(behind.link, registration, locale="en")
    db.session.expire_all()
    return sent


def test_company_city_day_state_and_integration_are_shown_and_nothing_of_people(client: FlaskClient) -> None:
    partner = a_partner_with_a_page()
    signed_up(partner, email="hanna@orvokki.example", phone="+358401234567")
    s.sign_in(client, software.owner_of(partner))
    for path in ("/panel/sign-ups", "/panel/sign-ups/sign-ups.csv"):
        page = client.get(path).get_data(as_text=True)
        assert "Kukkakauppa Orvokki" in page
        assert "Poznań" in page
        assert "Being checked" in page
        assert "Lumi Till, Bokio" in page
        for hidden in ("Hanna", "orvokki.example", "401234567", "Papiernicza", "L-"):
            assert hidden not in page.split("<main")[-1], (path, hidden)
    assert client.get("/panel/sign-ups/sign-ups.xlsx").status_code == 200


def test_searching_looks_at_the_company_alone(client: FlaskClient) -> None:
    partner = a_partner_with_a_page()
    signed_up(partner, email="hanna@orvokki.example")
    s.sign_in(client, software.owner_of(partner))
    assert "Kukkakauppa" in client.get("/panel/sign-ups?q=orvokki").get_data(as_text=True)
    for probe in ("hanna", "example", "wilk", "L-", "%", "_"):
        assert "Kukkakauppa" not in client.get("/panel/sign-ups", query_string={"q": probe}).get_data(as_text=True)


def test_nobody_sees_anothers_sign_ups(client: FlaskClient) -> None:
    signed_up(a_partner_with_a_page())
    other = a_partner_with_a_page("Boutique Nord", "Nordkasse")
    s.sign_in(client, software.owner_of(other))
    assert "Kukkakauppa" not in client.get("/panel/sign-ups").get_data(as_text=True)
    assert "No sign-ups yet" in client.get("/panel/sign-ups").get_data(as_text=True)


@pytest.mark.parametrize("state", list(LeadState))
def test_each_state_has_words_and_a_tab(client: FlaskClient, state: LeadState) -> None:
    partner = a_partner_with_a_page()
    signed_up(partner)
    with write():
        db.session.execute(sa.update(Lead).values(state=state))
    s.sign_in(client, software.owner_of(partner))
    group = db.session.scalars(sa.select(Lead.list_group)).one()
    page = client.get(f"/panel/sign-ups?state={group}").get_data(as_text=True)
    assert "Kukkakauppa" in page
    assert client.get("/panel/sign-ups?state=nothing").status_code == 200


def test_resellers_and_staff_have_no_such_page(client: FlaskClient) -> None:
    s.sign_in(client, s.owner_of(s.a_reseller()))
    assert client.get("/panel/sign-ups").status_code in (403, 404)
    s.sign_in(client, s.a_staff_member("administrator"))
    assert client.get("/panel/sign-ups").status_code in (403, 404)


def test_its_people_get_a_mail_without_the_contact_person_and_the_client_a_receipt() -> None:
    partner = a_partner_with_a_page()
    signed_up(partner)
    rows = {row.template: row for row in db.session.scalars(sa.select(MailRow))}
    assert rows["sign_up_received"].to_email == software.owner_of(partner).email
    assert "Hanna" not in str(rows["sign_up_received"].args)
    assert rows["registration_receipt"].args["software_partner"] is True
    assert rows["privacy_notice"].args["software_partner"] is True
    assert "lead_received" not in rows


def test_two_pages_of_one_partner_are_told_apart_and_come_together_on_one_company(client: FlaskClient) -> None:
    partner = a_partner_with_a_page()
    product = db.session.scalars(sa.select(software.Product)).one()
    second = published.both_published(software.an_integration(product, software.a_package("Saldix")))
    links = dict(
        db.session.execute(
            sa.select(Integration.id, PersonalLink)
            .join(Publication, Publication.integration_id == Integration.id)
            .join(PersonalLink, PersonalLink.id == Publication.link_id)
        ).all()
    )
    assert len(links) == 2
    number = s.a_nip()
    for link in links.values():
        behind = form_behind(link.slug)
        assert isinstance(behind, OpenForm)
        details = leads.company(company_name="Kukkakauppa Orvokki", company_number=number)
        details.pop("company_key")
        register(
            behind.link,
            Registration(**details, typed_by=TypedBy.CLIENT, submission_key=new_key(), suspicious=False),
            locale="en",
        )
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Lead)) == 1
    s.sign_in(client, software.owner_of(partner))
    page = client.get("/panel/sign-ups").get_data(as_text=True)
    assert "Lumi Till, Bokio" in page
    assert "Lumi Till, Saldix" in page
    assert second.slug == "lumi-till-saldix"


def test_the_desk_shows_them_on_the_partners_page(client: FlaskClient) -> None:
    partner = a_partner_with_a_page()
    signed_up(partner)
    lead = db.session.scalars(sa.select(Lead)).one()
    s.sign_in(client, s.a_staff_member("team_leader"))
    page = client.get(f"/desk/software-partners/{partner.ref}").get_data(as_text=True)
    assert f'href="/desk/leads/{lead.ref}"' in page
    assert "1 company signed up by its onboarding pages." in page


def test_the_list_asks_a_constant_number_of_queries(app: Flask, client: FlaskClient) -> None:
    partner = a_partner_with_a_page()
    reseller = db.session.get_one(Reseller, partner.reseller_id)
    owner = software.owner_of(partner)
    signed_up(partner)
    s.sign_in(client, owner)
    client.get("/panel/sign-ups")
    with counting(app) as few:
        client.get("/panel/sign-ups")
    for _number in range(5):
        leads.a_lead(of=reseller)
    with counting(app) as many:
        client.get("/panel/sign-ups")
    assert many.count == few.count <= 7


def test_a_whole_page_and_the_next_one(client: FlaskClient) -> None:
    partner = a_partner_with_a_page()
    reseller = db.session.get_one(Reseller, partner.reseller_id)
    owner = software.owner_of(partner)
    for number in range(53):
        leads.a_lead(of=reseller, interest=False, company_name=f"Firm {number:02}")
    s.sign_in(client, owner)
    first = client.get("/panel/sign-ups").get_data(as_text=True)
    assert first.count('<span class="gw-strong">Firm') == 50
    assert "cursor=" in first
