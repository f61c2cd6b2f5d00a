"""The queue at the desk, sales' own view, and the forms on a follow-up's page (T3)."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.db import db
from app.followups.inbox import items
from app.followups.models import FollowUp
from app.people.models import Person
from app.people.queries import by_id
from tests.followups.asking import a_followup, an_assigned_followup, fresh
from tests.followups.partners import a_service_partner, a_wanting_lead
from tests.queries import counting
from tests.sentences import a_staff_member, post, sign_in

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def sales() -> Person:
    return a_staff_member("sales", name="Marit Vos")


@pytest.fixture
def coordinator() -> Person:
    return a_staff_member("coordinator", name="Elina Rautio")


def test_sales_ask_on_the_leads_page(client: FlaskClient, sales: Person) -> None:
    lead = a_wanting_lead()
    page = sign_in(client, sales).get(f"/desk/leads/{lead.ref}").get_data(as_text=True)
    path = f"/desk/leads/{lead.ref}/follow-up"
    assert f'href="{path}"' in page
    refused = post(client, path, {"occasion": "not_standard", "discussed": "The year ends in June"})
    assert refused.status_code == 422
    assert "Write what is not standard about the books" in refused.get_data(as_text=True)
    sent = {"occasion": "wants_to_talk", "discussed": "The year ends in June", "urgent": "y", "key": "k" * 20}
    made, twice = post(client, path, sent), post(client, path, sent)
    assert made.status_code == twice.status_code == 303
    assert made.location == twice.location
    late = post(client, path, {**sent, "key": "other"})
    assert late.status_code == 409
    assert f'href="{path}"' not in client.get(f"/desk/leads/{lead.ref}").get_data(as_text=True)
    assert db.session.scalars(db.select(FollowUp.urgent)).all() == [True]


def test_a_lead_without_interest_offers_none(client: FlaskClient, sales: Person) -> None:
    lead = a_wanting_lead(answer="no")
    sign_in(client, sales)
    assert '/follow-up"' not in client.get(f"/desk/leads/{lead.ref}").get_data(as_text=True)
    sent = {"occasion": "wants_to_talk", "discussed": "Words"}
    assert post(client, f"/desk/leads/{lead.ref}/follow-up", sent).status_code == 422


def test_each_reads_their_own_queue(client: FlaskClient, sales: Person, coordinator: Person) -> None:
    mine = a_followup(a_wanting_lead(company_name="Quillmark One"), by=sales)
    a_followup(a_wanting_lead(company_name="Quillmark Two"))
    an_assigned_followup(a_service_partner("Bilans"), a_wanting_lead(company_name="Quillmark Three"))
    own = sign_in(client, sales).get("/desk/follow-ups").get_data(as_text=True)
    assert ("Quillmark One" in own, "Quillmark Two" in own) == (True, False)
    everything = sign_in(client, coordinator).get("/desk/follow-ups").get_data(as_text=True)
    assert ("Quillmark One" in everything, "Quillmark Two" in everything) == (True, True)
    with_partner = client.get("/desk/follow-ups?tab=with-partner").get_data(as_text=True)
    assert "Quillmark Three" in with_partner
    assert "Bilans" in with_partner
    sheet = client.get("/desk/follow-ups/follow-ups.csv").get_data(as_text=True)
    assert mine.ref in sheet
    assert client.get("/desk/follow-ups?tab=nonsense&cursor=nonsense").status_code == 200


def test_an_urgent_one_asks_for_a_phone_call(client: FlaskClient, sales: Person, coordinator: Person) -> None:
    found = an_assigned_followup(a_service_partner(), urgent=True)
    path = f"/desk/follow-ups/{found.ref}"
    assert "Note the phone call" not in sign_in(client, sales).get(path).get_data(as_text=True)
    sign_in(client, coordinator)
    page = client.get(path).get_data(as_text=True)
    assert "Note the phone call" in page
    sent = {"version": str(found.version), "by": coordinator.ref, "on": "2026-01-15", "at": "10:30", "note": ""}
    refused = post(client, f"{path}/call", sent, page=path)
    assert refused.status_code == 422
    assert "Write what was said" in refused.get_data(as_text=True)
    assert post(client, f"{path}/call", {**sent, "note": "She calls at three"}, page=path).status_code == 303
    page = client.get(path).get_data(as_text=True)
    assert "She calls at three" in page
    assert "Note the phone call" not in page


def test_taking_back_and_closing_ask_for_a_reason(client: FlaskClient, sales: Person, coordinator: Person) -> None:
    found = an_assigned_followup(a_service_partner())
    path = f"/desk/follow-ups/{found.ref}"
    sign_in(client, coordinator)
    assert post(client, f"{path}/taking-back", {"version": str(found.version)}).status_code == 422
    stale = post(client, f"{path}/taking-back", {"version": "1", "why": "They moved"})
    assert stale.status_code == 409
    assert "They moved" in stale.get_data(as_text=True)
    done = post(client, f"{path}/taking-back", {"version": str(found.version), "why": "They moved"})
    assert done.status_code == 303
    sign_in(client, sales)
    assert client.get(f"{path}/taking-back").status_code == 403
    closed = post(client, f"{path}/closing", {"version": str(fresh(found).version), "why": "Over"})
    assert closed.status_code == 303
    assert "Reason: Over" in client.get(path).get_data(as_text=True)


def test_the_coordinators_inbox(app: Flask, sales: Person, coordinator: Person) -> None:
    a_followup(a_wanting_lead(company_name="Quillmark One"))
    an_assigned_followup(a_service_partner(), a_wanting_lead(company_name="Quillmark Two"), urgent=True)
    an_assigned_followup(a_service_partner(), a_wanting_lead(company_name="Quillmark Three"))
    with app.test_request_context():
        told = {item.title: item.sentence for item in items(by_id(coordinator.id), 50)}
        assert told == {
            "Quillmark One": "Follow-up to assign",
            "Quillmark Two": "Urgent follow-up: phone the service partner too",
        }
        assert items(by_id(sales.id), 50) == []
        with counting(app) as queries:
            items(by_id(coordinator.id), 50)
        assert queries.count <= 3


def test_lists_and_pages_ask_a_constant_number_of_queries(app: Flask, client: FlaskClient, coordinator: Person) -> None:
    found = an_assigned_followup(a_service_partner())
    sign_in(client, coordinator)
    paths = ("/desk/follow-ups?tab=with-partner", f"/desk/follow-ups/{found.ref}")
    before = []
    for path in paths:
        with counting(app) as queries:
            assert client.get(path).status_code == 200
        before.append(queries.count)
    for _number in range(4):
        an_assigned_followup(a_service_partner())
    for path, count in zip(paths, before, strict=True):
        with counting(app) as queries:
            client.get(path)
        assert queries.count == count
    assert before[0] <= 6
