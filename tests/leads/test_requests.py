"""Requesting a change and adding a service or shop (R13): asking, answering by field, and what happened between."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import selectinload

from app.core.db import db, write
from app.core.errors import FieldError
from app.customers import service as customers
from app.customers.models import COMPANY_FIELDS, Account, AccountService
from app.history.service import entries_of
from app.leads.models import ChangeItem, ChangeRequest, ChangeRequestState, Lead
from app.leads.service import answers, change_requests, conversion
from app.leads.service.change_requests import AccountChanged, NothingAsked, account_of, stamp
from app.leads.service.details import LeadDetails, Shop
from app.outbox.models import MailRow
from tests import sentences as s
from tests.leads.sentences import a_change_request, a_lead, again, an_account
from tests.leads.test_conversion import everything
from tests.queries import counting

pytestmark = pytest.mark.usefixtures("context")


def a_customer(**values: Any) -> tuple[Lead, Account]:
    """A converted lead and the account it became."""
    lead = a_lead(state="accepted", **values)
    account = conversion.convert(lead.id, everything(lead), s.a_staff_member())
    return again(lead), account


def details_of(lead: Lead, **values: Any) -> LeadDetails:
    """The account's details as the form would send them, but for `values`."""
    account = account_of(lead)
    assert account is not None
    wanted: dict[str, Any] = {field: getattr(account, field) for field in COMPANY_FIELDS}
    wanted["services"] = tuple(held.service.code for held in account.credited_services)
    wanted["shops"] = tuple(Shop(shop.url, shop.platform) for shop in account.shops)
    return LeadDetails(**{**wanted, **values})


def asker(lead: Lead) -> Any:
    from app.partners.models import Reseller

    return s.owner_of(db.session.get(Reseller, lead.reseller_id))  # type: ignore[arg-type]  # a lead has one


def items_of(request: ChangeRequest) -> list[ChangeItem]:
    db.session.rollback()
    query = sa.select(ChangeItem).where(ChangeItem.request_id == request.id).order_by(ChangeItem.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def mails(template: str) -> list[MailRow]:
    return list(db.session.scalars(sa.select(MailRow).where(MailRow.template == template).order_by(MailRow.id)))


# --- asking -----------------------------------------------------------------------------------------------------------


def test_only_what_differs_is_asked() -> None:
    lead, account = a_customer()

    request = change_requests.ask_change(lead.id, details_of(lead, phone="+48699999999"), "They moved", asker(lead))

    assert [(item.field, item.old, item.new) for item in items_of(request)] == [
        ("phone", account.phone, "+48699999999")
    ]
    assert mails("change_request_asked")[0].to_email
    assert mails("change_request_received")[0].to_email == asker(lead).email


def test_the_same_request_sent_twice_is_one() -> None:
    lead, _account = a_customer()
    details = details_of(lead, phone="+48699999999")

    first = change_requests.ask_change(lead.id, details, "They moved", asker(lead))
    second = change_requests.ask_change(lead.id, details, "They moved", asker(lead))

    assert first.id == second.id
    assert len(mails("change_request_asked")) == 1
    with pytest.raises(NothingAsked, match=first.ref):
        change_requests.ask_change(lead.id, details, "Please hurry", asker(lead))


def test_what_waits_already_is_not_asked_again() -> None:
    lead, _account = a_customer()
    first = change_requests.ask_addition(lead.id, (), (Shop("https://one.example", ""),), "", asker(lead))

    shops = (Shop("https://one.example", "Shoper"), Shop("https://two.example", ""))
    second = change_requests.ask_addition(lead.id, (), shops, "", asker(lead))

    assert second.id != first.id
    assert [item.new["url"] for item in items_of(second)] == ["https://two.example"]


def test_what_staff_changed_meanwhile_is_not_asked_back() -> None:
    lead, account = a_customer()
    found = account_of(lead)
    assert found is not None
    seen, details = stamp(found), details_of(lead, city="Gniezno")
    values = {field: getattr(account, field) for field in COMPANY_FIELDS}
    customers.edit(account.id, again(account).version, {**values, "phone": "+48611111111"}, s.a_staff_member())

    with pytest.raises(AccountChanged):
        change_requests.ask_change(lead.id, details, "", asker(lead), seen=seen)


def test_the_page_shows_both_versions_and_sends_on_a_second_press(app: Flask, client: FlaskClient) -> None:
    lead, account = a_customer()
    s.sign_in(client, asker(lead))
    path = f"/panel/leads/{lead.ref}/edit"
    page = client.get(path).text
    seen = re.search(r'name="version"[^>]* value="(\d+)"', page)
    assert seen
    typed = {field: getattr(account, field) or "" for field in COMPANY_FIELDS}
    typed |= {"version": seen[1], "do": "request", "city": "Gniezno"}
    values = {field: getattr(account, field) for field in COMPANY_FIELDS}
    customers.edit(account.id, again(account).version, {**values, "phone": "+48611111111"}, s.a_staff_member())

    late = s.post(client, path, typed)

    assert late.status_code == 409
    assert "+48 61 111 11 11" in late.text
    assert 'value="Gniezno"' in late.text
    now_seen = re.search(r'name="version"[^>]* value="(\d+)"', late.text)
    assert now_seen
    assert s.post(client, path, {**typed, "version": now_seen[1]}).status_code == 303


def test_what_was_typed_is_kept_when_the_lead_closed_meanwhile(app: Flask, client: FlaskClient) -> None:
    lead = a_lead()
    s.sign_in(client, asker(lead))
    path = f"/panel/leads/{lead.ref}/additions"
    with write():
        db.session.get(Lead, lead.id).state = "declined"  # type: ignore[union-attr]  # it is there

    answer = s.post(client, path, {"shops-0-url": "two.example", "note": "From March"}, page="")

    assert answer.status_code == 409
    assert "two.example" in answer.text
    assert "From March" in answer.text


def test_a_lead_that_joined_an_account_of_nobodys_shows_nothing_of_it(app: Flask, client: FlaskClient) -> None:
    secret = s.a_service("secret", en="Secret service")
    account = an_account(phone="+48611111111", city="Hiddenborough", services=[secret])
    lead = a_lead(state="accepted", company_number=account.company_number)
    conversion.convert(lead.id, everything(lead, account, reseller="account"), s.a_staff_member())
    s.sign_in(client, asker(lead))

    page = client.get(f"/panel/leads/{lead.ref}").text
    edit = client.get(f"/panel/leads/{lead.ref}/edit", follow_redirects=True).text

    assert account.ref not in page
    assert "Hiddenborough" not in page + edit
    assert "not credited to you" in edit
    request = change_requests.ask_addition(again(lead).id, ("secret",), (), "", asker(lead))
    assert [item.new for item in items_of(request)] == ["secret"]


# --- answering --------------------------------------------------------------------------------------------------------


def answer_as(client: FlaskClient, request: ChangeRequest, **typed: Any) -> Any:
    page = f"/desk/requests/{request.ref}"
    data = {name.replace("_", "-"): value for name, value in typed.items()}
    return s.post(client, f"{page}/answer", {"version": request.version, **data}, page=page)


def test_each_field_is_answered_with_its_own_note(app: Flask, client: FlaskClient) -> None:
    lead, account = a_customer()
    request = a_change_request(
        on=lead, wishes=[("phone", account.phone, "+48699999999"), ("city", account.city, "Gniezno")]
    )
    phone, city = items_of(request)
    s.sign_in(client, s.a_staff_member())

    silent = answer_as(client, request, **{f"item_{phone.id}": "accept", f"item_{city.id}": "decline"})
    assert silent.status_code == 422
    assert f'href="#note-{city.id}"' in silent.text
    sent = answer_as(
        client,
        request,
        **{f"item_{phone.id}": "accept", f"item_{city.id}": "decline", f"note_{city.id}": "The register says Poznań"},
    )

    assert sent.status_code == 303
    told = mails("change_request_decided")[0]
    assert told.to_email == asker(lead).email
    assert told.args["accepted"] == ["Phone: +48 699 999 999"]
    assert told.args["declined"] == ["City: Gniezno (The register says Poznań)"]
    panel = s.sign_in(app.test_client(), asker(lead))
    assert "The register says Poznań" in panel.get(f"/panel/leads/{lead.ref}").text
    assert "Partly done" in panel.get("/panel/requests?show=answered").text
    assert "City: Gniezno" in panel.get("/panel/requests/requests.csv?show=answered").text


def test_nothing_chosen_is_said_beside_the_field(app: Flask, client: FlaskClient) -> None:
    lead, _account = a_customer()
    request = a_change_request(on=lead)
    (item,) = items_of(request)
    s.sign_in(client, s.a_staff_member())

    answer = answer_as(client, request, answer="Perhaps")

    assert answer.status_code == 422
    assert f'href="#item-{item.id}-0"' in answer.text
    assert "Perhaps" in answer.text


def test_a_number_that_is_wrong_or_taken_is_said_beside_its_field(app: Flask, client: FlaskClient) -> None:
    other = an_account()
    lead, account = a_customer()
    taken = a_change_request(on=lead, wishes=[("company_number", account.company_number, other.company_number)])
    wrong = a_change_request(on=lead, wishes=[("vat_number", None, "PL123")])
    s.sign_in(client, s.a_staff_member())

    for request, words in ((taken, other.ref), (wrong, "")):
        (item,) = items_of(request)
        answer = answer_as(client, request, **{f"item_{item.id}": "accept", "answer": "All right"})
        assert answer.status_code == 422
        assert f'id="item-{item.id}-error"' in answer.text
        assert words in answer.text
        assert "All right" in answer.text
        assert again(request).state == ChangeRequestState.SUBMITTED
    assert again(account).company_number == account.company_number


def test_another_country_without_its_number_is_said_beside_the_country() -> None:
    lead, account = a_customer()
    request = a_change_request(on=lead, wishes=[("country", "PL", "NL")])
    (item,) = items_of(request)

    with pytest.raises(FieldError) as refused:
        answers.decide(request.id, request.version, frozenset({item.id}), "", s.a_staff_member())

    assert refused.value.field == f"item-{item.id}"
    assert again(account).country == "PL"


def test_what_changed_since_it_was_asked_is_shown(app: Flask, client: FlaskClient) -> None:
    lead, account = a_customer(shops=["https://one.example"])
    request = a_change_request(
        on=lead,
        wishes=[
            ("phone", "+48600000000", "+48699999999"),
            ("city", "Gniezno", account.city),
            ("shop", None, {"url": "https://one.example", "platform": ""}),
        ],
    )
    s.sign_in(client, s.a_staff_member())

    page = client.get(f"/desk/requests/{request.ref}").text

    assert "Changed since it was asked. What stands there now: +48 61 234 56 78" in page
    assert "It stands so already." in page
    assert "It is there already." in page


def test_accepting_what_stands_already_changes_nothing() -> None:
    lead, account = a_customer()
    before = again(account).version
    request = a_change_request(on=lead, wishes=[("city", "Gniezno", account.city)])
    (item,) = items_of(request)

    answers.decide(request.id, request.version, frozenset({item.id}), "", s.a_staff_member())

    assert again(account).version == before
    assert "account.change_applied" not in [entry.verb for entry in entries_of(account)]


def test_the_second_of_two_deciders_sees_the_answer_and_keeps_the_text(app: Flask, client: FlaskClient) -> None:
    lead, account = a_customer()
    request = a_change_request(
        on=lead, wishes=[("phone", account.phone, "+48612345679"), ("city", "Gniezno", "Kielce")]
    )
    item, city = items_of(request)
    version = request.version
    first, second = s.a_staff_member(name="Dana Kellerman"), s.a_staff_member(name="Otto Brand")
    answers.decide(request.id, version, frozenset({item.id}), "The register says so", first)
    s.sign_in(client, second)

    page = f"/desk/requests/{request.ref}"
    typed = {"version": version, f"item-{item.id}": "decline", f"note-{item.id}": "Not by phone", "answer": "Sorry"}
    typed[f"item-{city.id}"] = "decline"
    late = s.post(client, f"{page}/answer", typed, page="")

    assert late.status_code == 409
    assert "Not by phone" in late.text
    assert "Sorry" in late.text
    assert again(account).phone == "+48612345679"


def test_the_button_pressed_twice_answers_once(app: Flask, client: FlaskClient) -> None:
    lead, _account = a_customer()
    request = a_change_request(on=lead)
    (item,) = items_of(request)
    s.sign_in(client, s.a_staff_member())
    typed = {"version": request.version, f"item-{item.id}": "accept", "answer": "Done"}

    for _press in range(2):
        sent = s.post(client, f"/desk/requests/{request.ref}/answer", typed, page="")
        assert sent.status_code == 303

    assert len(mails("change_request_decided")) == 1


def test_a_request_follows_its_account_into_a_merge() -> None:
    lead, account = a_customer()
    survivor = an_account(phone="+48600000001")
    request = a_change_request(on=lead)
    (item,) = items_of(request)
    versions = (again(survivor).version, again(account).version)
    customers.merge(survivor.id, account.id, versions, {"phone": "survivor"}, s.a_staff_member("team_leader"))

    answers.decide(request.id, again(request).version, frozenset({item.id}), "", s.a_staff_member())

    assert again(survivor).phone == "+48612345679"


def test_a_closed_account_takes_nothing_and_the_request_can_be_declined(app: Flask, client: FlaskClient) -> None:
    lead, account = a_customer()
    request = a_change_request(on=lead)
    (item,) = items_of(request)
    staff = s.a_staff_member()
    with write():
        customers.archive(customers.locked_whole(account.id), staff)
    s.sign_in(client, staff)

    assert "nothing can be accepted any more" in client.get(f"/desk/requests/{request.ref}").text
    assert answer_as(client, request, **{f"item_{item.id}": "accept"}).status_code == 409
    declined = answer_as(client, request, **{f"item_{item.id}": "decline", "answer": "The account was closed."})
    assert declined.status_code == 303


# --- what the vendor sold itself --------------------------------------------------------------------------------------


def sold_directly(account: Account, service: Any) -> None:
    with write():
        customers.add_service(customers.locked_whole(account.id), service.id, direct=True)


def test_asking_for_what_was_sold_directly_is_an_ordinary_request(app: Flask, client: FlaskClient) -> None:
    service = s.a_service("hosting", en="Hosting")
    lead, account = a_customer()
    sold_directly(account, service)
    panel = s.sign_in(app.test_client(), asker(lead))
    asked = s.post(panel, f"/panel/leads/{lead.ref}/additions", {"services": ["hosting"]})
    assert asked.status_code == 303
    request = db.session.scalars(sa.select(ChangeRequest)).one()
    (item,) = items_of(request)
    s.sign_in(client, s.a_staff_member())
    assert "We sold this ourselves" in client.get(f"/desk/requests/{request.ref}").text

    answers.decide(request.id, request.version, frozenset({item.id}), "", s.a_staff_member())

    db.session.rollback()
    held = db.session.scalars(sa.select(AccountService).where(AccountService.account_id == account.id)).one()
    assert held.direct is False
    assert "Hosting" in panel.get(f"/panel/accounts/{account.ref}").text


def test_selling_something_directly_does_not_show_in_a_form_that_is_open() -> None:
    lead, account = a_customer()
    found = account_of(lead)
    assert found is not None
    seen, details = stamp(found), details_of(lead, city="Gniezno")
    sold_directly(account, s.a_service("hosting"))

    request = change_requests.ask_change(lead.id, details, "", asker(lead), seen=seen)

    assert [item.field for item in items_of(request)] == ["city"]


# --- the lists --------------------------------------------------------------------------------------------------------


def test_own_requests_are_listed_with_their_state_and_nobody_elses(app: Flask, client: FlaskClient) -> None:
    lead, _account = a_customer()
    own, theirs = a_change_request(on=lead), a_change_request(on=a_lead())
    s.sign_in(client, asker(lead))

    page = client.get("/panel/requests").text
    file = client.get("/panel/requests/requests.csv").text

    assert own.ref in page
    assert own.ref in file
    assert theirs.ref not in page + file
    assert "Being checked" in page


def test_the_list_asks_as_often_with_many_requests_as_with_one(app: Flask, client: FlaskClient) -> None:
    lead, _account = a_customer()
    a_change_request(on=lead)
    s.sign_in(client, asker(lead))
    client.get("/panel/requests")
    with counting(app) as few:
        client.get("/panel/requests")
    for _number in range(20):
        a_change_request(on=lead)
    with counting(app) as many:
        assert client.get("/panel/requests").text.count("Q-") >= 20
    assert few.count == many.count <= 6


def test_the_page_of_a_request_asks_constantly(app: Flask, client: FlaskClient) -> None:
    lead, _account = a_customer()
    one = a_change_request(on=lead)
    many = a_change_request(on=lead, wishes=[("shop", None, {"url": f"https://{n}.example"}) for n in range(20)])
    s.sign_in(client, s.a_staff_member())
    client.get(f"/desk/requests/{one.ref}")
    counts = []
    for request in (one, many):
        with counting(app) as asked:
            client.get(f"/desk/requests/{request.ref}")
        counts.append(asked.count)
    assert counts[0] == counts[1]


def test_withdrawing_what_was_answered_is_said(app: Flask, client: FlaskClient) -> None:
    lead, _account = a_customer()
    request = a_change_request(on=lead)
    (item,) = items_of(request)
    answers.decide(request.id, request.version, frozenset({item.id}), "", s.a_staff_member())
    s.sign_in(client, asker(lead))

    answer = s.post(
        client, f"/panel/leads/{lead.ref}/requests/{request.ref}/withdrawal", page="", follow_redirects=True
    )

    assert "answered meanwhile" in answer.text
    found = db.session.scalars(
        sa.select(ChangeRequest).options(selectinload(ChangeRequest.items)).execution_options(populate_existing=True)
    ).one()
    assert found.state == ChangeRequestState.DECIDED
