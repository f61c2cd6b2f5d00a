"""A service partner sees what is assigned to it, from that moment, and nothing after it was taken back (T3)."""

from __future__ import annotations

import re
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.db import db, write
from app.followups.models import FollowUp, PartnerAbsence, ServicePartner
from app.followups.queries import partners
from app.followups.service import followups as service
from app.followups.service.partners import note_absence
from app.leads.models import Lead
from app.leads.service import notes
from app.people.landing import home_of
from app.people.models import Organisation
from app.settings import service as settings
from app.settings.processes import Process
from tests.followups.asking import a_followup, an_assigned_followup, fresh, give
from tests.followups.partners import a_service_partner, a_wanting_lead
from tests.followups.test_followups import partner_member
from tests.queries import counting
from tests.sentences import a_member_of, a_reseller, a_staff_member, owner_of, post, sign_in

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def partner() -> ServicePartner:
    return a_service_partner("Bilans Poznań", owner="Aino Lehto")


@pytest.fixture
def browser(client: FlaskClient, partner: ServicePartner) -> FlaskClient:
    return sign_in(client, partner_member(partner.organisation_id))


def assignment_ref(found: FollowUp) -> str:
    held = partners.active_assignment(found.lead_id)
    assert held is not None
    return held.ref


def test_the_panel_begins_with_the_followups(browser: FlaskClient) -> None:
    answer = browser.get("/panel")
    assert (answer.status_code, answer.location) == (303, "/panel/follow-ups")
    page = browser.get("/panel/follow-ups").get_data(as_text=True)
    assert "Nothing to answer" in page
    nav = re.findall(r'href="(/panel[^"]*)"', page)
    assert "/panel/companies" in nav
    assert "/panel/people" in nav
    assert "/panel/leads" not in nav


def test_signing_in_lands_there(client: FlaskClient, partner: ServicePartner) -> None:
    with client.application.test_request_context():
        assert home_of(partner_member(partner.organisation_id)) == "/panel/follow-ups"


def test_from_the_moment_of_assignment_until_it_is_taken_back(browser: FlaskClient, partner: ServicePartner) -> None:
    lead = a_wanting_lead(company_name="Harrow Lane Cycles")
    found = a_followup(lead, discussed="They close the year in June.")
    path = f"/panel/follow-ups/{found.ref}"
    assert browser.get(path).status_code == 404
    assert "Harrow Lane" not in browser.get("/panel/follow-ups").get_data(as_text=True)
    give(found, partner)
    page = browser.get(path).get_data(as_text=True)
    for shown in ("Harrow Lane Cycles", "They close the year in June.", lead.contact_name, lead.email):
        assert shown in page
    company = f"/panel/companies/{assignment_ref(found)}"
    assert browser.get(company).status_code == 200
    assert "Harrow Lane Cycles" in browser.get("/panel/companies").get_data(as_text=True)
    service.take_back(found.id, fresh(found).version, "Silence", a_staff_member("coordinator"))
    for gone in (path, company, f"{path}/answer"):
        assert browser.get(gone).status_code in (404, 405)
    for listed in ("/panel/follow-ups", "/panel/companies"):
        assert "Harrow Lane" not in browser.get(listed).get_data(as_text=True)


def test_an_answer_by_the_form(browser: FlaskClient, partner: ServicePartner) -> None:
    found = an_assigned_followup(partner, by=a_staff_member("sales"))
    path = f"/panel/follow-ups/{found.ref}"
    empty = post(browser, f"{path}/answer", {"version": str(found.version)}, page=path)
    assert empty.status_code == 422
    assert "Choose how it went" in empty.get_data(as_text=True)
    sent = {"version": str(found.version), "answer": "not_possible"}
    assert "Write why it is not possible" in post(browser, f"{path}/answer", sent, page=path).get_data(as_text=True)
    done = post(browser, f"{path}/answer", {**sent, "answer": "contacted", "words": "Spoke"}, page=path)
    assert (done.status_code, done.location) == (303, path)
    again = post(browser, f"{path}/answer", {**sent, "answer": "interested", "words": "Late words"}, page=path)
    assert again.status_code == 409
    assert "Late words" in again.get_data(as_text=True)
    moved = fresh(found)
    over = post(browser, f"{path}/answer", {"version": str(moved.version), "answer": "interested"}, page=path)
    assert over.status_code == 303
    page = browser.get(path).get_data(as_text=True)
    assert "The company goes on with you." in page
    assert "Send the answer" not in page


def test_not_possible_leads_home_and_closes_the_page(browser: FlaskClient, partner: ServicePartner) -> None:
    found = an_assigned_followup(partner)
    path = f"/panel/follow-ups/{found.ref}"
    sent = {"version": str(found.version), "answer": "not_possible", "words": "No time"}
    assert post(browser, f"{path}/answer", sent, page=path).location == "/panel/follow-ups"
    assert browser.get(path).status_code == 404


def test_what_staff_keep_among_themselves_is_not_shown(browser: FlaskClient, partner: ServicePartner) -> None:
    reseller = a_reseller("Polana Handel")
    lead = a_wanting_lead(of=reseller)
    other = a_service_partner("Konkurent", owner="Jan Bos")
    notes.add(lead.id, "Among staff: bad payer", a_staff_member("sales"), internal=True)
    notes.add(lead.id, "Shared with the reseller", a_staff_member("sales"))
    found = an_assigned_followup(other, lead, wanted=other.ref)
    give(found, partner)
    found = fresh(found)
    secrets = ("Konkurent", "Polana Handel", "bad payer", "Shared with the reseller", "They know each other", lead.ref)
    for path in ("/panel/follow-ups", f"/panel/follow-ups/{found.ref}", "/panel/companies"):
        page = browser.get(path).get_data(as_text=True)
        assert [secret for secret in secrets if secret in page] == [], path


def test_a_lead_that_is_closed_is_gone_at_once(browser: FlaskClient, partner: ServicePartner) -> None:
    found = an_assigned_followup(partner)
    with write():
        db.session.get_one(Lead, found.lead_id).state = "declined"
    assert browser.get(f"/panel/follow-ups/{found.ref}").status_code == 404


def test_a_reseller_and_staff_are_not_let_in(client: FlaskClient, partner: ServicePartner) -> None:
    found = an_assigned_followup(partner)
    for stranger in (owner_of(a_reseller()), a_staff_member("coordinator")):
        sign_in(client, stranger)
        for path in ("/panel/follow-ups", f"/panel/follow-ups/{found.ref}", "/panel/companies"):
            assert client.get(path).status_code == 403


def test_people_are_invited_by_owners(browser: FlaskClient, partner: ServicePartner) -> None:
    page = browser.get("/panel/people").get_data(as_text=True)
    assert "Aino Lehto" in page
    assert "Invite somebody" in page
    sent = {"email": "ville@bilans.example", "name": "Ville Salo", "role": "member", "locale": "fi"}
    assert post(browser, "/panel/people/invite", sent).status_code == 303
    assert "Ville Salo" in browser.get("/panel/people").get_data(as_text=True)


def test_with_the_process_off_there_is_no_panel(browser: FlaskClient, partner: ServicePartner) -> None:
    settings.switch(Process.TOTAL_SERVICE, False, settings.version(), a_staff_member("administrator"))
    db.session.rollback()
    assert browser.get("/panel/follow-ups").status_code == 404
    assert browser.get("/panel").status_code == 403
    assert browser.get("/panel/people").status_code == 200


def test_lists_ask_a_constant_number_of_queries(app: Flask, browser: FlaskClient, partner: ServicePartner) -> None:
    an_assigned_followup(partner)
    paths = ("/panel/follow-ups", "/panel/companies")
    before = []
    for path in paths:
        with counting(app) as queries:
            browser.get(path)
        before.append(queries.count)
    for _number in range(4):
        an_assigned_followup(partner)
    for path, count in zip(paths, before, strict=True):
        with counting(app) as queries:
            browser.get(path)
        assert queries.count == count
        assert count <= 6


def test_owners_read_their_details_and_note_absences(browser: FlaskClient, partner: ServicePartner) -> None:
    page = browser.get("/panel/details").get_data(as_text=True)
    assert partner.email in page
    sent = {"from_on": "2031-07-01", "until_on": "2031-07-14"}
    assert post(browser, "/panel/details/absences", sent, page="/panel/details").status_code == 303
    crossing = post(browser, "/panel/details/absences", {**sent, "from_on": "2031-07-05"}, page="/panel/details")
    assert crossing.status_code == 422
    absence = db.session.scalars(db.select(PartnerAbsence)).one()
    assert absence.partner_id == partner.id
    ended = post(browser, f"/panel/details/absences/{absence.ref}/end", {}, page="/panel/details")
    assert ended.status_code == 303
    assert db.session.get_one(PartnerAbsence, absence.id, populate_existing=True).ended_at is not None


def test_anothers_absence_is_not_found_and_members_are_not_let_in(
    browser: FlaskClient, partner: ServicePartner
) -> None:
    other = a_service_partner(owner="Jan Bos")
    absence = note_absence(other.id, date(2031, 7, 1), date(2031, 7, 14), partner_member(other.organisation_id))
    answer = post(browser, f"/panel/details/absences/{absence.ref}/end", {}, page="/panel/details")
    assert answer.status_code == 404
    organisation = db.session.get_one(Organisation, partner.organisation_id)
    sign_in(browser, a_member_of(organisation, "Ville Salo", role="member"))
    assert browser.get("/panel/details").status_code == 403
    assert browser.get("/panel/follow-ups").status_code == 200
