"""The total service is raised with every lead, and what was answered stands on it before it is accepted (T0, T1)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.core.clock import today
from app.core.db import db
from app.core.errors import FieldError
from app.followups.models import Answer, Interest, Level, Reason
from app.followups.queries.interest import of_lead
from app.followups.service import interest as service
from app.followups.service.interest import InterestDetails, InterestMissing, InterestMovedOn
from app.history.models import HistoryEntry
from app.leads.models import Lead, LeadState
from app.leads.service import decision
from app.leads.service.decision import Seen
from app.outbox.models import MailRow
from app.people.models import Person
from app.settings import service as settings
from app.settings.models import vendor
from app.settings.processes import Process
from tests.leads.sentences import a_lead
from tests.queries import counting
from tests.sentences import a_member_of, a_reseller, a_staff_member, owner_of, post, sign_in

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def sales() -> Person:
    return a_staff_member("sales", name="Marit Vos")


def details(by: Person, **values: Any) -> InterestDetails:
    own: dict[str, Any] = {
        "level": Level.TOTAL,
        "answer": Answer.YES,
        "reason": None,
        "why": "",
        "raised_by": by.ref,
        "raised_on": today(vendor().timezone),
    }
    return InterestDetails(**{**own, **values})


def typed(by: Person, **values: str) -> dict[str, str]:
    own = {"version": "0", "level": "total", "answer": "in_principle", "raised_by": by.ref}
    return {**own, "raised_on": today(vendor().timezone).isoformat(), **values}


def test_a_lead_is_not_accepted_before_it_was_raised(sales: Person) -> None:
    lead = a_lead(interest=False)
    with pytest.raises(InterestMissing):
        decision.accept(lead.id, lead.version, sales)
    assert db.session.get_one(Lead, lead.id, populate_existing=True).state == LeadState.SUBMITTED
    service.note(lead.id, 0, details(sales, answer=Answer.NO, reason=Reason.PRICE), sales)
    assert decision.accept(lead.id, lead.version, sales).state == LeadState.ACCEPTED


def test_nor_between_competing_ones(sales: Person) -> None:
    first = a_lead(interest=False)
    other = a_lead(company_number=first.company_number)
    seen = [Seen(first.ref, first.version), Seen(other.ref, other.version)]
    with pytest.raises(InterestMissing):
        decision.decide_between(first.company_key, first.ref, seen, "The other one was first.", sales)
    assert db.session.get_one(Lead, other.id, populate_existing=True).state == LeadState.SUBMITTED
    winner, _losers = decision.decide_between(first.company_key, other.ref, seen, "The other one was first.", sales)
    assert winner is not None
    assert winner.ref == other.ref


def test_declining_asks_nothing(sales: Person) -> None:
    lead = a_lead(interest=False)
    assert decision.decline(lead.id, lead.version, "No such company.", sales).state == LeadState.DECLINED


def test_with_the_process_off_nobody_asks(sales: Person, client: FlaskClient) -> None:
    lead = a_lead(interest=False)
    settings.switch(Process.TOTAL_SERVICE, False, settings.version(), a_staff_member("administrator"))
    db.session.rollback()
    page = sign_in(client, sales).get(f"/desk/leads/{lead.ref}").get_data(as_text=True)
    assert 'id="interest"' not in page
    assert client.get(f"/desk/leads/{lead.ref}/interest").status_code == 404
    answer = post(
        client,
        f"/desk/leads/{lead.ref}/decision",
        {"version": "1", "decision": "accept"},
        page=f"/desk/leads/{lead.ref}",
    )
    assert answer.status_code == 303
    assert db.session.get_one(Lead, lead.id, populate_existing=True).state == LeadState.ACCEPTED


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"answer": Answer.NO}, "no_reason"),
        ({"answer": Answer.NO, "reason": Reason.OTHER}, "why"),
        ({"raised_on": today("Europe/Amsterdam") + timedelta(days=2)}, "raised_on"),
        ({"raised_by": "U-00000000"}, "raised_by"),
    ],
)
def test_what_cannot_be_noted(sales: Person, wrong: dict[str, Any], field: str) -> None:
    lead = a_lead(interest=False)
    with pytest.raises(FieldError) as refused:
        service.note(lead.id, 0, details(sales, **wrong), sales)
    assert refused.value.field == field
    assert of_lead(lead.id) is None


def test_only_staff_who_may_note_it_can_have_raised_it(sales: Person) -> None:
    lead = a_lead(interest=False)
    for stranger in (owner_of(a_reseller("Elsewhere")), a_staff_member("finance")):
        with pytest.raises(FieldError):
            service.note(lead.id, 0, details(stranger), sales)


def test_it_can_be_changed_and_the_history_tells(sales: Person) -> None:
    lead, colleague = a_lead(interest=False), a_staff_member("account_manager", name="Julien Ferrand")
    no = details(sales, answer=Answer.NO, reason=Reason.OTHER, why="Wants to ask the family first.")
    service.note(lead.id, 0, no, sales)
    service.note(lead.id, 1, details(colleague), sales)
    found = of_lead(lead.id)
    assert found is not None
    assert (found.answer, found.reason, found.why, found.version) == ("yes", None, "", 2)
    service.note(lead.id, 2, details(colleague), sales)
    assert of_lead(lead.id).version == 2, "the same again changes nothing"  # type: ignore[union-attr] # found above
    told = db.session.scalars(
        db.select(HistoryEntry.verb).where(HistoryEntry.verb.like("lead.interest%")).order_by(HistoryEntry.id)
    ).all()
    assert told == ["lead.interest_noted", "lead.interest_changed"]


def test_two_at_once_do_not_overwrite_each_other(sales: Person) -> None:
    lead = a_lead(interest=False)
    service.note(lead.id, 0, details(sales), sales)
    with pytest.raises(InterestMovedOn):
        service.note(lead.id, 0, details(sales, answer=Answer.NO, reason=Reason.PRICE), sales)
    assert db.session.scalars(db.select(Interest.answer)).all() == ["yes"]


def test_a_closed_lead_takes_no_answer(sales: Person) -> None:
    lead = a_lead(interest=False, state="declined")
    with pytest.raises(InterestMovedOn):
        service.note(lead.id, 0, details(sales), sales)


# --- pages ------------------------------------------------------------------------------------------------------------


def test_the_leads_page_has_the_form_and_says_why_it_is_needed(client: FlaskClient, sales: Person) -> None:
    lead = a_lead(interest=False)
    path = f"/desk/leads/{lead.ref}"
    refused = post(sign_in(client, sales), f"{path}/decision", {"version": "1", "decision": "accept"}, page=path)
    text = refused.get_data(as_text=True)
    assert refused.status_code == 422
    assert "Note first what the company answered about the total service." in text
    assert f'action="{path}/interest"' in text
    saved = post(client, f"{path}/interest", typed(sales), page=path)
    assert (saved.status_code, saved.location) == (303, f"{path}#interest")
    page = client.get(path).get_data(as_text=True)
    assert "Yes, in principle" in page
    assert f'action="{path}/interest"' not in page
    assert post(client, f"{path}/decision", {"version": "1", "decision": "accept"}, page=path).status_code == 303


def test_what_was_typed_wrongly_is_shown_again(client: FlaskClient, sales: Person) -> None:
    lead = a_lead(interest=False)
    path = f"/desk/leads/{lead.ref}/interest"
    answer = post(sign_in(client, sales), path, typed(sales, answer="no", why="Asks her brother"))
    assert answer.status_code == 422
    assert "Choose the reason why not" in answer.get_data(as_text=True)
    assert "Asks her brother" in answer.get_data(as_text=True)


def test_a_stale_form_is_kept_and_saved_by_a_second_press(client: FlaskClient, sales: Person) -> None:
    lead = a_lead(interest=False)
    path = f"/desk/leads/{lead.ref}/interest"
    service.note(lead.id, 0, details(sales), sales)
    late = post(sign_in(client, sales), path, typed(sales))
    assert late.status_code == 409
    assert 'name="version"' in late.get_data(as_text=True)
    assert post(client, path, typed(sales, version="1")).status_code == 303
    assert of_lead(lead.id).answer == "in_principle"  # type: ignore[union-attr] # noted above


def test_only_those_who_sell_note_it(client: FlaskClient) -> None:
    lead = a_lead(interest=False)
    sign_in(client, a_staff_member("finance"))
    assert client.get(f"/desk/leads/{lead.ref}/interest").status_code == 403
    page = client.get(f"/desk/leads/{lead.ref}").get_data(as_text=True)
    assert "Nobody has noted yet" in page
    assert "Note the interest" not in page


def test_the_reseller_never_sees_it(client: FlaskClient, sales: Person) -> None:
    reseller = a_reseller()
    member = a_member_of(owner_of(reseller).places[0].organisation, "Kamil Nowak", role="member")
    lead = a_lead(of=reseller, interest=False)
    secret = "A cousin keeps the books"
    service.note(lead.id, 0, details(sales, answer=Answer.NO, reason=Reason.OTHER, why=secret), sales)
    decision.accept(lead.id, lead.version, sales)
    for person in (owner_of(reseller), member):
        sign_in(client, person)
        paths = ("", "/leads", f"/leads/{lead.ref}", f"/leads/{lead.ref}/edit", "/leads/leads.csv")
        for path in paths:
            answer = client.get("/panel" + path)
            assert answer.status_code == 200, path
            text = answer.get_data(as_text=True)
            assert secret not in text, path
            assert "total service" not in text.lower(), path
        assert client.get(f"/desk/leads/{lead.ref}/interest").status_code == 403
    assert all(secret not in str(row.args) for row in db.session.scalars(db.select(MailRow)))


def test_a_leads_page_asks_a_constant_number_of_queries(client: FlaskClient, app: Any, sales: Person) -> None:
    lead = a_lead(interest=False)
    sign_in(client, sales)
    with counting(app) as before:
        client.get(f"/desk/leads/{lead.ref}")
    for _number in range(5):
        a_staff_member("sales")
    service.note(lead.id, 0, details(sales), sales)
    with counting(app) as after:
        client.get(f"/desk/leads/{lead.ref}")
    assert after.count <= before.count + 1
