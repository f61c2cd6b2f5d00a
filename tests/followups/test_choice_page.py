"""The page on which a service partner is chosen: one list with reasons, with and without JavaScript (T2)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.db import db
from app.followups.models import Assignment, ServicePartner
from app.followups.service import assigning
from app.followups.service.assigning import Choice, assign
from app.history.service import entries_of
from app.leads.models import Lead
from app.settings import service as settings
from tests import sentences as s
from tests.followups.asking import a_followup, fresh
from tests.followups.partners import a_service_partner, a_wanting_lead
from tests.queries import counting

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def desk(app: Flask) -> FlaskClient:
    return s.sign_in(app.test_client(), s.a_staff_member("sales"))


def path_of(lead: Lead) -> str:
    return f"/desk/leads/{lead.ref}/service-partner"


def page(client: FlaskClient, lead: Lead, status: int = 200) -> str:
    answer = client.get(path_of(lead))
    assert answer.status_code == status, answer.status
    return str(answer.get_data(as_text=True))


def sent(text: str, **values: Any) -> dict[str, Any]:
    """The form as a browser sends it from this page."""
    hidden = dict(re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', text))
    chosen = re.search(r'name="partner" id="[^"]+" value="([0-9]+)" checked', text)
    wish = re.search(r'<option value="([0-9]+)" selected', text)
    return {
        **hidden,
        "partner": chosen[1] if chosen else "",
        "wish": wish[1] if wish else "",
        "override": "",
        **values,
    }


def send(client: FlaskClient, lead: Lead, form: dict[str, Any], **kwargs: Any) -> Any:
    return client.post(path_of(lead), data=form, headers={"Origin": "http://localhost", **kwargs})


def names(text: str) -> list[str]:
    return re.findall(r'<label class="form-check-label" for="partner-[0-9]+">([^<]+)</label>', text)


def made_for(lead: Lead) -> Assignment | None:
    db.session.rollback()
    return db.session.scalars(
        db.select(Assignment).where(Assignment.lead_id == lead.id, Assignment.state == "active")
    ).one_or_none()


def two() -> tuple[ServicePartner, ServicePartner]:
    return a_service_partner("Bilans", served=5), a_service_partner("Saldo", served=2)


def test_all_stand_in_one_list_with_their_reasons_and_the_suggestion_is_chosen(desk: FlaskClient) -> None:
    two()
    a_service_partner("Kwota", state="suspended", suspension="Late")
    lead = a_wanting_lead()

    text = page(desk, lead)

    assert names(text) == ["Saldo", "Bilans", "Kwota"]
    assert "Fewest companies: 2." in text
    assert "5 companies." in text
    assert text.index("Not suggested") > text.index("Bilans")
    assert "Suspended." in text
    assert len(re.findall(r'type="radio"[^>]* checked', text)) == 1
    assert made_for(lead) is None, "looking changes nothing"

    assert send(desk, lead, sent(text)).status_code == 303

    made = made_for(lead)
    assert made is not None
    assert made.partner_id == made.suggested_id
    lead_page = desk.get(f"/desk/leads/{lead.ref}").get_data(as_text=True)
    assert "Saldo" in lead_page
    assert "Fewest companies: 2." in lead_page
    assert "How it was ranked then" in lead_page
    assert "Suspended." in lead_page


def test_another_one_needs_a_reason_which_is_kept(desk: FlaskClient) -> None:
    busy, _free = two()
    lead = a_wanting_lead()
    text = page(desk, lead)

    refused = send(desk, lead, sent(text, partner=str(busy.id)))

    assert refused.status_code == 422
    again = refused.get_data(as_text=True)
    assert "Say why another service partner" in again
    assert sent(again)["partner"] == str(busy.id), "what was chosen stays chosen"
    assert send(desk, lead, sent(again, override="Knows bicycle shops")).status_code == 303
    made = made_for(lead)
    assert made is not None
    assert (made.partner_id, made.override) == (busy.id, "Knows bicycle shops")
    assert "Knows bicycle shops" in desk.get(f"/desk/leads/{lead.ref}").get_data(as_text=True)


@pytest.mark.parametrize("htmx", [True, False])
def test_a_wish_ranks_again_and_keeps_what_was_typed(desk: FlaskClient, htmx: bool) -> None:
    busy, _free = two()
    lead = a_wanting_lead()
    form = sent(page(desk, lead), wish=str(busy.id), override="typed before", do="wish")

    answer = send(desk, lead, form, **({"HX-Request": "true"} if htmx else {}))

    text = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert names(text) == ["Bilans", "Saldo"]
    assert "The customer wants this service partner." in text
    assert "typed before" in text
    assert made_for(lead) is None
    assert send(desk, lead, sent(text)).status_code == 303
    made = made_for(lead)
    assert made is not None
    assert (made.partner_id, made.wish_id, made.suggested_id, made.override) == (busy.id, busy.id, busy.id, "")


def test_a_wish_that_nobody_ranked_again_for_is_shown_first(desk: FlaskClient) -> None:
    busy, _free = two()
    lead = a_wanting_lead()

    answer = send(desk, lead, sent(page(desk, lead), wish=str(busy.id)))

    text = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert names(text) == ["Bilans", "Saldo"]
    assert sent(text)["partner"] == str(busy.id)
    assert send(desk, lead, sent(text)).status_code == 303


def test_a_wish_for_who_cannot_is_said_and_may_be_followed(desk: FlaskClient) -> None:
    two()
    full = a_service_partner("Kwota", capacity=1, served=1)
    lead = a_wanting_lead()
    text = send(desk, lead, sent(page(desk, lead), wish=str(full.id), do="wish")).get_data(as_text=True)
    assert "The wish cannot be suggested" in text
    assert "Full: 1 of 1 company." in text
    assert sent(text)["partner"] != str(full.id)

    assert send(desk, lead, sent(text, partner=str(full.id))).status_code == 422
    assert send(desk, lead, sent(text, partner=str(full.id), override="The customer insists")).status_code == 303
    made = made_for(lead)
    assert made is not None
    assert (made.partner_id, made.wish_id) == (full.id, full.id)


def test_a_suggestion_that_changed_shows_the_new_list_with_the_text(desk: FlaskClient) -> None:
    a_service_partner("Bilans")
    a_service_partner("Saldo")
    lead = a_wanting_lead()
    text = page(desk, lead)
    assign(a_wanting_lead().id, Choice(), s.a_staff_member())

    late = send(desk, lead, sent(text, override="half a sentence"))

    again = late.get_data(as_text=True)
    assert late.status_code == 409
    assert "Another service partner is suggested now" in again
    assert names(again) == ["Saldo", "Bilans"]
    assert "half a sentence" in again
    assert made_for(lead) is None
    assert send(desk, lead, sent(again)).status_code == 303


def test_a_double_click_is_one_and_a_second_tab_is_told(desk: FlaskClient) -> None:
    two()
    lead = a_wanting_lead()
    form, other_tab = sent(page(desk, lead)), sent(page(desk, lead))

    assert send(desk, lead, form).status_code == 303
    assert send(desk, lead, form).status_code == 303
    told = send(desk, lead, other_tab)

    assert told.status_code == 409
    assert "was assigned to Saldo in the meantime" in told.get_data(as_text=True)
    assert db.session.scalar(db.select(db.func.count()).select_from(Assignment)) == 1


def test_a_change_takes_it_back_and_assigns_anew(desk: FlaskClient) -> None:
    two()
    lead = a_wanting_lead()
    send(desk, lead, sent(page(desk, lead)))

    text = page(desk, lead)
    assert "The company is with Saldo since" in text
    assert names(text) == ["Bilans"]
    assert send(desk, lead, sent(text)).status_code == 303

    lead_page = desk.get(f"/desk/leads/{lead.ref}").get_data(as_text=True)
    assert "Taken back" in lead_page
    verbs = [entry.verb for entry in entries_of(lead)]
    assert verbs.count("lead.partner_assigned") == 2
    assert verbs.count("lead.partner_handed_back") == 1


def test_the_region_decides_from_the_vendors_own_threshold_on(app: Flask, desk: FlaskClient) -> None:
    a_service_partner("Bilans", postcode="61-001", served=9)
    a_service_partner("Saldo", postcode="80-001")
    lead = a_wanting_lead(postcode="60-001")
    assert names(page(desk, lead)) == ["Bilans", "Saldo"]
    assert "Clearly nearest: about 3 km away" in page(desk, lead)

    settings.change({"clearly_nearer_km": 900}, 0, s.a_staff_member("administrator"))

    text = page(desk, lead)
    assert names(text) == ["Saldo", "Bilans"]
    assert "the region decides from 900 km on" in text


def test_an_unknown_post_code_says_so(desk: FlaskClient) -> None:
    two()
    assert "We do not know where the post code of the company lies" in page(desk, a_wanting_lead(postcode="79-100"))


@pytest.mark.parametrize(
    ("values", "state"),
    [({"answer": "no"}, "submitted"), ({"level": "transaction"}, "submitted"), ({}, "declined"), ({}, "withdrawn")],
)
def test_without_the_wish_for_it_nothing_can_be_chosen(desk: FlaskClient, values: Any, state: str) -> None:
    partner, _other = two()
    lead = a_wanting_lead(**values, state=state)

    text = page(desk, lead)

    assert "No service partner can be chosen now." in text
    assert 'type="radio"' not in text
    form = {"csrf_token": s.csrf_of(desk, "/desk/service-partners"), "partner": str(partner.id), "wish": ""}
    assert send(desk, lead, form).status_code == 409
    assert made_for(lead) is None


@pytest.mark.parametrize("value", ["", "0", "999999", "abc", "1e9", "²"])
def test_whatever_is_sent_is_no_error(desk: FlaskClient, value: str) -> None:
    two()
    lead = a_wanting_lead()
    text = page(desk, lead)

    assert send(desk, lead, sent(text, partner=value)).status_code == 422
    assert send(desk, lead, sent(text, suggested=value)).status_code == 409
    assert send(desk, lead, sent(text, wish=value or "x", do="wish")).status_code == 200
    assert made_for(lead) is None


@pytest.mark.parametrize(
    ("role", "status"), [("coordinator", 200), ("team_leader", 200), ("account_manager", 403), ("finance", 403)]
)
def test_who_may_choose(app: Flask, role: str, status: int) -> None:
    two()
    page(s.sign_in(app.test_client(), s.a_staff_member(role)), a_wanting_lead(), status)


def test_the_page_asks_as_much_for_many_as_for_few(app: Flask, desk: FlaskClient) -> None:
    lead = a_wanting_lead()
    counts = []
    for more in (2, 30):
        for _ in range(more):
            a_service_partner()
        page(desk, lead)
        with counting(app) as count:
            page(desk, lead)
        counts.append(int(count))
    assert counts[0] == counts[1]


def test_an_open_follow_up_is_said_and_left_to_a_coordinator(app: Flask, desk: FlaskClient) -> None:
    busy, _free = two()
    lead = a_wanting_lead()
    found = a_followup(lead, wanted=busy.ref)
    text = page(desk, lead)
    assert "goes with the choice." in text
    assert "Sales would ask: Bilans." in text
    assert "A coordinator assigns it." in text
    assert ">Assign<" not in text

    refused = send(desk, lead, sent(text, override="typed before"))

    assert refused.status_code == 409
    assert "typed before" in refused.get_data(as_text=True)
    assert made_for(lead) is None
    coordinator = s.sign_in(app.test_client(), s.a_staff_member("coordinator"))
    assert ">Assign<" in page(coordinator, lead)
    assert send(coordinator, lead, sent(page(coordinator, lead))).status_code == 303
    made = made_for(lead)
    assert made is not None
    assert fresh(found).assignment_id == made.id


def test_a_reseller_never_reads_of_it(app: Flask, desk: FlaskClient) -> None:
    reseller = s.a_reseller()
    lead = a_wanting_lead(of=reseller)
    a_service_partner("Bilans")
    assigning.assign(lead.id, Choice(), s.a_staff_member())

    text = s.sign_in(app.test_client(), s.owner_of(reseller)).get(f"/panel/leads/{lead.ref}").get_data(as_text=True)

    assert "Bilans" not in text
    assert "service partner" not in text.lower()
