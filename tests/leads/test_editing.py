"""Editing a lead: who changed what, two editors at once, another company number, and after conversion (R11)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.clock import now
from app.core.db import db, write
from app.customers.models import COMPANY_FIELDS, Account
from app.leads.models import ChangeRequest, Lead
from app.outbox.models import MailRow
from tests import sentences as s
from tests.leads.test_panel import a_registered_lead, text


@pytest.fixture
def reseller(context: None) -> Any:
    return s.a_reseller()


@pytest.fixture
def panel(app: Flask, reseller: Any) -> FlaskClient:
    return s.sign_in(app.test_client(), s.owner_of(reseller))


@pytest.fixture
def lead(client: FlaskClient, reseller: Any) -> Lead:
    return a_registered_lead(client, reseller)


def typed(lead: Lead, **values: Any) -> dict[str, Any]:
    """What the edit page would send for this lead."""
    form = {name: getattr(lead, name) or "" for name in COMPANY_FIELDS}
    return {**form, "version": str(lead.version), **values}


def fresh(lead: Lead) -> Lead:
    return db.session.get(Lead, lead.id, populate_existing=True)


def an_account_of(lead: Lead) -> Account:
    """The lead is converted, without the desk."""
    values = {name: getattr(lead, name) for name in COMPANY_FIELDS}
    account = Account(
        **values,
        company_key=lead.company_key,
        reseller_id=lead.reseller_id,
        locale="pl",
        created_at=now(),
        updated_at=now(),
        merged_into_id=None,
    )
    with write():
        db.session.add(account)
        db.session.flush()
        held = db.session.get(Lead, lead.id)
        held.state, held.account_id, held.converted_at = "converted", account.id, now()
        held.version += 1
    return account


def accepted(lead: Lead) -> None:
    with write():
        held = db.session.get(Lead, lead.id)
        held.state, held.claim_key, held.decided_at = "accepted", held.company_key, now()


def test_a_change_is_kept_field_by_field(panel: FlaskClient, lead: Lead) -> None:
    path = f"/panel/leads/{lead.ref}/edit"
    assert lead.company_name in text(panel, path)

    answer = s.post(panel, path, typed(lead, phone="22 555 01 42", city="Poznań", **{"shops-0-url": "a.example"}))

    assert answer.status_code == 303
    page = text(panel, f"/panel/leads/{lead.ref}")
    assert "+48 22 555 01 42" in page
    assert "changed to" in page
    assert "Poznań" in page
    assert "a.example" in page
    assert fresh(lead).version == 2
    assert lead.ref in text(panel, "/panel/leads?q=poznan")


def test_reseller_and_staff_see_what_the_other_changed(app: Flask, panel: FlaskClient, lead: Lead) -> None:
    desk = s.sign_in(app.test_client(), s.a_staff_member("sales", name="Marit Vos"))
    assert s.post(desk, f"/desk/leads/{lead.ref}/edit", typed(lead, city="Kórnik")).status_code == 303
    assert s.post(panel, f"/panel/leads/{lead.ref}/edit", typed(fresh(lead), street="Rynek 1")).status_code == 303

    for client, page, staff in ((panel, f"/panel/leads/{lead.ref}", "Brimora"), (desk, f"/desk/leads/{lead.ref}", "")):
        told = history(text(client, page))
        assert re.search(r"City .*Gniezno .*changed to .*Kórnik", told), told
        assert re.search(r"Street.* ul. Wiklinowa 14/3 .*changed to .*Rynek 1", told), told
        assert "Marit Vos" in told, f"who, {staff}"
        assert "Katarzyna Milewska" in told
        assert told.count(str(now().year)) >= 2, "when"


def history(page: str) -> str:
    """The timeline as words."""
    part = re.search(r'<ol class="gw-time.*?</ol>', page, re.DOTALL)
    assert part
    return " ".join(re.sub(r"<[^>]+>", " ", part[0]).split())


def test_a_save_that_changes_nothing_changes_nothing(panel: FlaskClient, lead: Lead) -> None:
    assert s.post(panel, f"/panel/leads/{lead.ref}/edit", typed(lead)).status_code == 303
    assert fresh(lead).version == 1


def test_a_wrong_field_keeps_what_was_typed(panel: FlaskClient, lead: Lead) -> None:
    answer = s.post(panel, f"/panel/leads/{lead.ref}/edit", typed(lead, company_number="123", city="Kept"))
    assert answer.status_code == 422
    assert "Kept" in answer.text
    assert "There is a problem" in answer.text


def test_a_second_editor_sees_both_versions_and_saves_on_the_second_press(panel: FlaskClient, lead: Lead) -> None:
    path = f"/panel/leads/{lead.ref}/edit"
    before = typed(lead)
    s.post(panel, path, {**before, "phone": "+48225550142"})

    late = s.post(panel, path, {**before, "city": "Poznań"})

    assert late.status_code == 409
    assert "Both versions side by side" in late.text
    assert "+48 22 555 01 42" in late.text
    assert 'value="Poznań"' in late.text
    assert fresh(lead).city == "Gniezno"
    again = s.post(panel, path, {**before, "city": "Poznań", "version": "2"})
    assert again.status_code == 303
    assert fresh(lead).city == "Poznań"


def test_another_number_of_an_accepted_lead_is_checked_anew(panel: FlaskClient, lead: Lead) -> None:
    accepted(lead)
    number = s.a_nip()
    assert s.post(panel, f"/panel/leads/{lead.ref}/edit", typed(lead, company_number=number)).status_code == 303
    now_there = fresh(lead)
    assert (now_there.state, now_there.claim_key, now_there.company_key) == ("submitted", None, f"PL:{number}")


def test_a_company_with_an_open_lead_leads_there(
    client: FlaskClient, panel: FlaskClient, lead: Lead, reseller: Any
) -> None:
    other = a_registered_lead(client, reseller)
    answer = s.post(panel, f"/panel/leads/{lead.ref}/edit", typed(lead, company_number=other.company_number))
    assert answer.status_code == 422
    assert f"/panel/leads/{other.ref}" in answer.text


def test_a_company_of_somebody_else_says_nothing(client: FlaskClient, panel: FlaskClient, lead: Lead) -> None:
    theirs = a_registered_lead(client, s.a_reseller("Oakmere", contact="Tom Aldous"))
    accepted(theirs)
    answer = s.post(panel, f"/panel/leads/{lead.ref}/edit", typed(lead, company_number=theirs.company_number))
    assert answer.status_code == 303
    assert "We are checking this lead" in text(panel, f"/panel/leads/{lead.ref}")


def test_the_country_changes_without_losing_anything(panel: FlaskClient, lead: Lead) -> None:
    path = f"/panel/leads/{lead.ref}/edit"
    page = s.post(panel, path, typed(lead, country="FI", city="Half typ", do="country"))
    assert page.status_code == 200
    assert "Half typ" in page.text
    assert "einvoice_address" in page.text
    assert "<html" in page.text


def test_saving_in_the_moment_of_conversion_offers_a_request(panel: FlaskClient, lead: Lead) -> None:
    before = typed(lead)
    an_account_of(lead)
    path = f"/panel/leads/{lead.ref}/edit"

    late = s.post(panel, path, {**before, "city": "Poznań"})

    assert late.status_code == 409
    assert "Send as change request" in late.text
    assert 'value="Poznań"' in late.text
    seen = re.search(r'name="version"[^>]* value="(\d+)"', late.text)
    assert seen
    sent = s.post(panel, path, {**before, "version": seen[1], "city": "Poznań", "do": "request", "note": "Moved"})
    assert sent.status_code == 303
    asked = db.session.scalars(db.select(ChangeRequest).options(db.selectinload(ChangeRequest.items))).one()
    assert [(item.field, item.old, item.new) for item in asked.items] == [("city", "Gniezno", "Poznań")]
    assert fresh(lead).city == "Gniezno"
    sent_to = db.session.scalars(db.select(MailRow.template).where(MailRow.conversation == f"request:{asked.ref}"))
    assert set(sent_to) == {"change_request_asked", "change_request_received"}
    assert "Poznań" in text(panel, f"/panel/leads/{lead.ref}")


def test_asking_for_nothing_is_said(panel: FlaskClient, lead: Lead) -> None:
    an_account_of(lead)
    path = f"/panel/leads/{lead.ref}/edit"
    assert "Request a change" in text(panel, path)
    seen = re.search(r'name="version"[^>]* value="(\d+)"', text(panel, path))
    assert seen
    assert s.post(panel, path, {**typed(lead), "version": seen[1], "do": "request"}).status_code == 422


def test_a_closed_lead_is_not_edited(panel: FlaskClient, lead: Lead) -> None:
    before = typed(lead)
    with write():
        db.session.get(Lead, lead.id).state = "declined"
    path = f"/panel/leads/{lead.ref}/edit"
    assert panel.get(path).status_code == 303
    assert s.post(panel, path, before, page="").status_code == 409


@pytest.mark.parametrize("version", ["", "x", "-1", "99999999999", "²"])
def test_a_strange_version_is_a_conflict(panel: FlaskClient, lead: Lead, version: str) -> None:
    answer = s.post(panel, f"/panel/leads/{lead.ref}/edit", typed(lead, city="Poznań", version=version))
    assert answer.status_code == 409
    assert "Poznań" in answer.text


def test_a_stale_form_is_shown_again(panel: FlaskClient, lead: Lead) -> None:
    answer = panel.post(
        f"/panel/leads/{lead.ref}/edit",
        data={**typed(lead, city="Poznań"), "csrf_token": "old"},
        headers={"Origin": "http://localhost"},
    )
    assert answer.status_code == 422
    assert 'value="Poznań"' in answer.text
    assert fresh(lead).city == "Gniezno"


def test_what_a_form_does_not_ask_cannot_be_set(panel: FlaskClient, lead: Lead) -> None:
    extra = {"state": "accepted", "reseller_id": "1", "claim_key": "x", "ref": "L-AAAAAAAA", "flagged": "y"}
    assert s.post(panel, f"/panel/leads/{lead.ref}/edit", typed(lead, city="Poznań", **extra)).status_code == 303
    assert (fresh(lead).state, fresh(lead).claim_key, fresh(lead).ref) == ("submitted", None, lead.ref)
