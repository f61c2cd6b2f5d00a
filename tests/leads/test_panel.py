"""The reseller's panel: lists, one lead, notes, withdrawal, requests (R10, R13), and nobody else's."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.clock import now
from app.core.db import db, write
from app.leads.models import ChangeRequest, Lead, LeadNote
from app.leads.service import notes
from app.people.queries import by_ref
from tests import sentences as s
from tests.leads.sentences import a_lead
from tests.leads.test_registration import filled
from tests.queries import counting


def a_registered_lead(client: FlaskClient, reseller: Any, **values: Any) -> Lead:
    path = f"/r/{s.link_of(reseller).slug}"
    answer = s.post(client, path, filled(submission_key=s.a_nip(), **values))
    assert answer.status_code == 303
    return db.session.scalars(db.select(Lead).where(Lead.reseller_id == reseller.id).order_by(Lead.id.desc())).first()


@pytest.fixture
def reseller(context: None) -> Any:
    return s.a_reseller()


@pytest.fixture
def panel(app: Flask, reseller: Any) -> FlaskClient:
    return s.sign_in(app.test_client(), s.owner_of(reseller))


def text(client: FlaskClient, path: str, **kwargs: Any) -> str:
    answer = client.get(path, buffered=True, **kwargs)
    assert answer.status_code == 200, answer.status
    return str(answer.get_data(as_text=True))


def test_an_empty_panel_says_what_to_do_next(panel: FlaskClient) -> None:
    assert "No leads yet" in text(panel, "/panel")
    assert "No leads yet" in text(panel, "/panel/leads")
    assert "Nothing here yet" in text(panel, "/panel/shops")
    assert "Nothing here yet" in text(panel, "/panel/services")


def test_a_lead_is_in_the_panel_at_once(client: FlaskClient, panel: FlaskClient, reseller: Any) -> None:
    lead = a_registered_lead(client, reseller, **{"shops-0-url": "modrzew.example", "shops-0-platform": "Shopify"})

    for path in ("/panel", "/panel/leads", "/panel/leads?group=checking", "/panel/leads?q=modrzew&sort=name"):
        assert lead.ref in text(panel, path), path
    page = text(panel, f"/panel/leads/{lead.ref}")
    assert "We are checking this lead" in page
    assert "Shopify" in page
    assert "Hanna Wilk" in page
    assert "The lead was registered" in page
    assert lead.ref in text(panel, "/panel/shops?q=modrzew")
    assert lead.ref in text(panel, "/panel/leads/leads.csv")


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("submitted", "We are checking this lead. Next: you have our answer by"),
        ("accepted", "Next: we turn it into an account, by"),
        ("converted", "This lead became an account on"),
        ("declined", "We declined this lead on"),
        ("withdrawn", "This lead was withdrawn"),
    ],
)
def test_every_state_is_one_sentence_with_the_next_step(
    panel: FlaskClient, reseller: Any, state: str, sentence: str
) -> None:
    lead = a_lead(of=reseller, state=state)
    with write():
        held = db.session.get_one(Lead, lead.id)
        held.decided_at = held.converted_at = now()
    said = re.search(r'<[^>]*class="gw-say.*?</', text(panel, f"/panel/leads/{lead.ref}"), re.DOTALL)
    assert said
    assert sentence in said[0]
    assert "Edit" in text(panel, f"/panel/leads/{lead.ref}") or state not in ("submitted", "accepted")


def test_a_list_asks_at_most_six_times(app: Flask, client: FlaskClient, panel: FlaskClient, reseller: Any) -> None:
    service = s.a_service()
    for _ in range(3):
        a_registered_lead(client, reseller, services=[service.code])
    for path in (
        "/panel",
        "/panel/leads",
        "/panel/leads?q=modrzew",
        "/panel/leads?service=" + service.code,
        "/panel/shops",
        "/panel/services",
    ):
        with counting(app) as queries:
            text(panel, path)
        assert queries.count <= 6, (path, queries.statements)


def test_search_forgives_accents_and_grouping(client: FlaskClient, panel: FlaskClient, reseller: Any) -> None:
    lead = a_registered_lead(client, reseller, company_name="Łódzka Żółć s.c.", company_number="856-734-62-15")
    other = a_registered_lead(client, reseller, company_name="Zielnik", contact_name="Jan Lis", email="j@z.example")

    for q in ("lodzka zolc", "ŻÓŁĆ", "PL 856-734-62-15", "8567346215", lead.ref, lead.ref[2:].lower(), "hanna"):
        page = text(panel, "/panel/leads", query_string={"q": q})
        assert lead.ref in page, q
        assert other.ref not in page, q
    for q in ("nobody", "%", "_____", '"', "ł" * 300, "\0"):
        assert panel.get("/panel/leads", query_string={"q": q}).status_code == 200


def test_a_fragment_is_the_list_alone(client: FlaskClient, panel: FlaskClient, reseller: Any) -> None:
    lead = a_registered_lead(client, reseller)
    page = text(panel, "/panel/leads?q=modrzew", headers={"HX-Request": "true"})
    assert lead.ref in page
    assert "<html" not in page


def test_a_reseller_never_sees_anothers_lead(client: FlaskClient, panel: FlaskClient, reseller: Any) -> None:
    lead = a_registered_lead(client, s.a_reseller("Oakmere", contact="Tom Aldous"), company_name="Foreign Cycles")

    for path in ("", "/edit", "/withdrawal", "/additions"):
        for headers in ({}, {"HX-Request": "true"}):
            theirs = panel.get(f"/panel/leads/{lead.ref}{path}", headers=headers)
            unknown = panel.get(f"/panel/leads/L-00000000{path}", headers=headers)
            assert theirs.status_code == unknown.status_code == 404
            assert theirs.data == unknown.data
    for path in ("/notes", "/reopening", "/withdrawal", "/additions", "/edit", "/requests/Q-00000000/withdrawal"):
        theirs = s.post(panel, f"/panel/leads/{lead.ref}{path}", {"note": "x"}, page="")
        assert theirs.status_code == 404
    for path in (
        "/panel",
        "/panel/leads?q=foreign",
        "/panel/leads/leads.csv",
        "/panel/shops",
        "/panel/shops/shops.csv",
    ):
        assert "Foreign" not in text(panel, path)


def test_notes_are_shared_and_internal_ones_stay_inside(client: FlaskClient, panel: FlaskClient, reseller: Any) -> None:
    lead = a_registered_lead(client, reseller)
    staff = by_ref(s.a_staff_member("sales").ref)
    notes.add(lead.id, "Which payout do they want?", staff, asks=True)
    notes.add(lead.id, "Looks odd to me", staff, internal=True)

    page = text(panel, f"/panel/leads/{lead.ref}")
    assert "Which payout" in page
    assert "Looks odd" not in page
    assert "We have a question about this lead" in page
    assert "Answer our question" in text(panel, "/panel")

    answer = s.post(panel, f"/panel/leads/{lead.ref}/notes", {"note": "One\n<b>each</b>"}, page="")
    assert answer.status_code == 303
    page = text(panel, f"/panel/leads/{lead.ref}")
    assert "&lt;b&gt;each" in page
    assert "We are checking this lead" in page
    db.session.refresh(lead)
    assert lead.told_at is not None
    assert lead.asked_at is None


@pytest.mark.parametrize(("note", "status"), [("", 422), ("a" * 10_000, 303), ("a" * 10_001, 422), ("\x00\ud800", 422)])
def test_a_note_has_its_limits(client: FlaskClient, panel: FlaskClient, reseller: Any, note: str, status: int) -> None:
    lead = a_registered_lead(client, reseller)
    sent = note.encode("utf-8", "surrogatepass")
    answer = s.post(panel, f"/panel/leads/{lead.ref}/notes", {"note": sent.decode("utf-8", "replace")}, page="")
    assert answer.status_code == status
    assert len(db.session.scalars(db.select(LeadNote)).all()) == (1 if status == 303 else 0)


def test_a_lead_is_withdrawn_and_taken_up_again(client: FlaskClient, panel: FlaskClient, reseller: Any) -> None:
    lead = a_registered_lead(client, reseller)
    path = f"/panel/leads/{lead.ref}"

    assert "Withdraw this lead?" in text(panel, f"{path}/withdrawal")
    assert s.post(panel, f"{path}/withdrawal", {"reason": "They chose otherwise"}).status_code == 303
    page = text(panel, path)
    assert "This lead was withdrawn" in page
    assert "They chose otherwise" in page
    assert "Undo" in page
    assert s.post(panel, f"{path}/reopening", page="").status_code == 303
    assert "We are checking this lead" in text(panel, path)


def test_a_service_or_shop_is_asked_for(client: FlaskClient, panel: FlaskClient, reseller: Any) -> None:
    service = s.a_service("shipping", en="Shipping")
    lead = a_registered_lead(client, reseller)
    path = f"/panel/leads/{lead.ref}/additions"

    assert s.post(panel, path, {}).status_code == 422
    more = s.post(panel, path, {"do": "add-shop", "shops-0-url": "half typed"})
    assert more.status_code == 200
    assert "half typed" in more.text
    assert "shops-1-url" in more.text
    sent = s.post(panel, path, {"services": [service.code], "shops-0-url": "new.example", "note": "From March"})
    assert sent.status_code == 303
    asked = db.session.scalars(db.select(ChangeRequest)).one()
    page = text(panel, f"/panel/leads/{lead.ref}")
    assert "Shipping" in page
    assert "new.example" in page
    assert asked.ref in page
    gone = s.post(panel, f"/panel/leads/{lead.ref}/requests/{asked.ref}/withdrawal", page="")
    assert gone.status_code == 303
    db.session.refresh(asked)
    assert asked.state == "withdrawn"


def test_a_suspended_reseller_reads_why(app: Flask, context: None) -> None:
    reseller = s.a_reseller(state="suspended")
    client = s.sign_in(app.test_client(), s.owner_of(reseller))
    for path in ("/panel", "/panel/leads", "/panel/leads/L-00000000"):
        answer = client.get(path)
        assert answer.status_code == 403
        assert "closed at the moment" in answer.text
