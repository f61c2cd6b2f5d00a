"""Leads at the desk: lists, pages, notes, editing, requests, and how many queries they take."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.db import db
from app.leads.models import ChangeRequestState, Lead, LeadNote
from app.leads.service import answers, conversion, decision
from app.outbox.models import MailRow
from tests import sentences as s
from tests.leads.sentences import a_change_request, a_lead, again, an_account
from tests.leads.test_conversion import everything, held_by
from tests.queries import counting


def test_the_list_searches_filters_and_sorts(app: Flask, client: FlaskClient, context: None) -> None:
    oakmere = s.a_reseller("Oakmere")
    a_lead(of=oakmere, company_name="Łukasz Żółć", company_number="8567346215")
    a_lead(company_name="Harrow Lane", flagged=True)
    s.sign_in(client, s.a_staff_member())

    def shown(query: str) -> tuple[bool, bool]:
        text = client.get(f"/desk/leads?{query}").get_data(as_text=True)
        return "Łukasz Żółć" in text, "Harrow Lane" in text

    assert shown("") == (True, True)
    assert shown("q=lukasz") == (True, False)
    assert shown("q=PL+856-734-62-15") == (True, False)
    assert shown(f"reseller={oakmere.ref}") == (True, False)
    assert shown("flagged=1") == (False, True)
    assert shown("group=closed") == (False, False)
    assert shown("group=all&sort=name") == (True, True)


def test_the_list_is_a_file_too(app: Flask, client: FlaskClient, context: None) -> None:
    a_lead(company_name="=cmd|calc")
    s.sign_in(client, s.a_staff_member())

    text = client.get("/desk/leads/leads.csv").get_data(as_text=True)

    assert "'=cmd|calc" in text
    assert "+48 61" in text


@pytest.mark.on("sqlite")
@pytest.mark.parametrize("path", ["/desk/leads", "/desk/accounts", "/desk/requests", "/desk", "/desk/search?q=quill"])
def test_lists_ask_as_much_for_a_hundred_as_for_ten(app: Flask, client: FlaskClient, context: None, path: str) -> None:
    reseller, service = s.a_reseller(), s.a_service()
    s.sign_in(client, s.a_staff_member("team_leader"))

    def more(count: int) -> None:
        for _ in range(count):
            lead = a_lead(of=reseller, services=[service])
            an_account(of=reseller, services=[service], shops=["https://quillmark.example"])
            a_change_request(on=lead)

    more(2)
    client.get(path)
    with counting(app) as few:
        assert client.get(path).status_code == 200
    more(20)
    with counting(app) as many:
        assert client.get(path).status_code == 200

    assert few == many
    if path not in ("/desk", "/desk/search?q=quill"):
        assert many <= 6


def test_a_leads_page_asks_as_much_for_many_rivals_as_for_two(app: Flask, client: FlaskClient, context: None) -> None:
    lead = a_lead(company_number="8567346215")
    a_lead(company_number="8567346215")
    s.sign_in(client, s.a_staff_member())
    client.get(f"/desk/leads/{lead.ref}")
    with counting(app) as few:
        client.get(f"/desk/leads/{lead.ref}")
    for _ in range(5):
        a_lead(company_number="8567346215")
    with counting(app) as many:
        client.get(f"/desk/leads/{lead.ref}")

    assert few == many


def test_staff_notes_are_shared_or_internal(app: Flask, client: FlaskClient, context: None) -> None:
    lead = a_lead()
    s.sign_in(client, s.a_staff_member())
    page = f"/desk/leads/{lead.ref}"

    s.post(client, f"{page}/notes", {"note": "Rings twice.", "internal": "y"}, page=page)
    refused = s.post(client, f"{page}/notes", {"note": " "}, page=page)

    note = db.session.scalars(db.select(LeadNote)).one()
    assert note.internal
    assert refused.status_code == 422
    assert "Rings twice." in client.get(page).get_data(as_text=True)


def test_staff_edit_a_lead_and_a_second_editor_sees_both_versions(
    app: Flask, client: FlaskClient, context: None
) -> None:
    lead = a_lead()
    version = lead.version
    s.sign_in(client, s.a_staff_member())
    path = f"/desk/leads/{lead.ref}/edit"
    typed = {
        "country": "PL",
        "company_name": "Quillmark Two",
        "company_number": lead.company_number,
        "street": lead.street,
        "postcode": lead.postcode,
        "city": lead.city,
        "contact_name": lead.contact_name,
        "email": lead.email,
        "phone": lead.phone,
    }

    saved = s.post(client, path, {**typed, "version": version})
    assert saved.status_code == 303
    stale = s.post(client, path, {**typed, "company_name": "Quillmark Three", "version": version})

    assert stale.status_code == 409
    text = stale.get_data(as_text=True)
    assert "Quillmark Two" in text
    assert "Quillmark Three" in text
    again_pressed = s.post(client, path, {**typed, "company_name": "Quillmark Three", "version": again(lead).version})
    assert again_pressed.status_code == 303
    assert again(lead).company_name == "Quillmark Three"


def test_an_unknown_reference_is_404_for_staff_too(app: Flask, client: FlaskClient, context: None) -> None:
    s.sign_in(client, s.a_staff_member())
    for path in ("/desk/leads/L-0000", "/desk/leads/L-0000/competition", "/desk/requests/Q-0000", "/desk/accounts/C-1"):
        assert client.get(path).status_code == 404


# --- change requests --------------------------------------------------------------------------------------------------


def test_a_request_is_answered_item_by_item(app: Flask, client: FlaskClient, context: None) -> None:
    staff, lead = s.a_staff_member(), a_lead(state="accepted")
    account = conversion.convert(lead.id, everything(lead), staff)
    request = a_change_request(
        on=again(lead), wishes=[("phone", account.phone, "+48699999999"), ("city", account.city, "Gniezno")]
    )
    from app.leads.models import ChangeItem

    phone, city = db.session.scalars(db.select(ChangeItem).order_by(ChangeItem.id)).all()
    s.sign_in(client, staff)
    page = f"/desk/requests/{request.ref}"
    phone_id, city_id, version = phone.id, city.id, request.version
    chosen = {f"item-{phone_id}": "accept", f"item-{city_id}": "decline", "version": version}

    silent = s.post(client, f"{page}/answer", chosen, page=page)
    assert silent.status_code == 422
    answered = s.post(client, f"{page}/answer", {**chosen, "answer": "The register says Poznań."}, page=page)

    assert answered.status_code == 303
    account = again(account)
    assert (account.phone, account.city) == ("+48699999999", "Poznań")
    row = db.session.scalars(db.select(MailRow).where(MailRow.template == "change_request_decided")).one()
    assert row.args["accepted"] == ["Phone: +48 699 999 999"]
    assert row.args["declined"] == ["City: Gniezno"]
    twice = s.post(client, f"{page}/answer", {**chosen, "answer": "Again."}, page="")
    assert twice.status_code == 409


def test_an_addition_before_the_conversion_goes_to_the_lead(context: None) -> None:
    from sqlalchemy.orm import selectinload

    lead, service = a_lead(), s.a_service("payments")
    request = a_change_request(
        on=lead,
        kind="addition",
        wishes=[("service", None, "payments"), ("shop", None, {"url": "https://two.example", "platform": "Shoper"})],
    )
    ids = frozenset(db.session.scalars(db.text("SELECT id FROM change_item")))

    answers.decide(request.id, request.version, ids, "", s.a_staff_member())

    db.session.rollback()
    found = db.session.scalars(
        db.select(Lead)
        .options(selectinload(Lead.services), selectinload(Lead.shops))
        .execution_options(populate_existing=True)
    ).one()
    assert [held.service_id for held in found.services] == [service.id]
    assert [shop.url for shop in found.shops] == ["https://two.example"]
    assert again(request).state == ChangeRequestState.DECIDED


def test_a_request_made_before_the_conversion_is_carried_out_on_the_account(context: None) -> None:
    staff, lead = s.a_staff_member(), a_lead(state="accepted")
    request = a_change_request(
        on=lead, kind="addition", wishes=[("shop", None, {"url": "https://two.example", "platform": ""})]
    )
    account = conversion.convert(lead.id, everything(lead), staff)
    ids = frozenset(db.session.scalars(db.text("SELECT id FROM change_item")))

    answers.decide(request.id, request.version, ids, "", staff)

    assert held_by(account) == ([], ["https://two.example"])


def test_a_lead_declined_and_a_claim_let_go_can_be_seen_in_the_history(
    app: Flask, client: FlaskClient, context: None
) -> None:
    staff, lead = s.a_staff_member(name="Dana Kellerman"), a_lead()
    decision.decline(lead.id, lead.version, "Not this year.", staff)
    s.sign_in(client, staff)

    text = client.get(f"/desk/leads/{lead.ref}").get_data(as_text=True)

    assert "The lead was declined" in text
    assert "Dana Kellerman" in text
    assert "Reopen lead" in text


def test_flagged_and_suspicious_leads_say_so(app: Flask, client: FlaskClient, context: None) -> None:
    lead = a_lead(suspicious=True, flagged=True)
    s.sign_in(client, s.a_staff_member())

    text = client.get(f"/desk/leads/{lead.ref}").get_data(as_text=True)

    assert "robot" in text
    assert "unusually many" in text
