"""Webhooks at the desk: who may, adding, the secret shown once, what was sent, sending again, and the inbox."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.core import reaching
from app.core.crypto import decrypt
from app.core.db import db, write
from app.core.inbox import InboxItem
from app.history.service import entries_of
from app.leads.service import decision
from app.outbox import pausing
from app.outbox.webhooks import service
from app.outbox.webhooks.models import Delivery, DeliveryState, Webhook, WebhookState
from app.outbox.webhooks.service import Details
from app.people.models import Person
from app.plans.service import secrets
from app.web.webhooks import inbox
from tests import receiver as elsewhere
from tests.leads.sentences import a_lead
from tests.outbox.webhooks.conftest import a_webhook, again, deliveries, send_all
from tests.queries import counting
from tests.receiver import Receiver, answers, takes
from tests.sentences import a_staff_member, post, sign_in

URL = "https://events.invoicing.company/gangway"


@pytest.fixture
def admin(context: None) -> Person:
    return a_staff_member("administrator")


@pytest.fixture
def desk(client: FlaskClient, admin: Person, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setattr(reaching, "_lookup", elsewhere.lookup)
    return sign_in(client, admin)


def text_of(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return html.unescape(answer.get_data(as_text=True))


def sent(client: FlaskClient, path: str, page: str, **data: Any) -> str:
    """The page after a button was pressed."""
    answer = post(client, path, data, page=page)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return text_of(client, answer.headers["Location"])


def an_event(webhook: Webhook) -> Delivery:
    lead = a_lead()
    decision.accept(lead.id, lead.version, a_staff_member("sales"))
    return deliveries()[-1]


def the_webhook() -> Webhook:
    db.session.rollback()
    return db.session.scalars(sa.select(Webhook).execution_options(populate_existing=True)).one()


def test_only_an_administrator_sees_them(app: Flask, context: None) -> None:
    webhook = a_webhook(URL)
    for role in ("sales", "team_leader", "finance"):
        client = sign_in(app.test_client(), a_staff_member(role))
        for path in ("", "/new", f"/{webhook.ref}"):
            assert client.get(f"/desk/webhooks{path}").status_code in (403, 404), (role, path)


def test_adding_one_and_its_secret_shown_once(desk: FlaskClient) -> None:
    assert "No addresses yet" in text_of(desk, "/desk/webhooks")
    page = sent(
        desk,
        "/desk/webhooks/new",
        "/desk/webhooks/new",
        url=f"{URL}?key=a",
        description="Invoicing",
        events=["lead.*", "lead.accepted", "invoice.received"],
    )
    assert "The secret has not been shown yet." in page
    assert "Leads: all events" in page
    webhook = the_webhook()
    assert (webhook.url, webhook.events) == (f"{URL}?key=a", ["lead.*", "invoice.received"])
    assert webhook.secret is not None
    secret = decrypt(webhook.secret)
    assert secret not in page
    answer = post(desk, f"/desk/webhooks/{webhook.ref}/secret", page=f"/desk/webhooks/{webhook.ref}")
    assert answer.status_code == 200
    assert secret in html.unescape(answer.get_data(as_text=True))
    assert "no-store" in answer.headers["Cache-Control"]
    reloaded = post(desk, f"/desk/webhooks/{webhook.ref}/secret", page=f"/desk/webhooks/{webhook.ref}")
    assert reloaded.status_code == 409
    assert secret not in reloaded.get_data(as_text=True)
    assert [entry.verb for entry in entries_of(webhook)] == ["webhook.secret_shown", "webhook.added"]
    assert secret not in str([value.new for entry in entries_of(webhook) for value in entry.values])


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("url", "", "Enter the address"),
        ("url", "http://events.invoicing.company/", "Enter an address that begins with https://"),
        ("url", "https://192.0.2.7/events", "Enter an address with a host name"),
        ("url", "https://events.invoicing.company:25/", "Enter an address on the Internet"),
        ("events", "", "Choose at least one event"),
        ("events", "lead.imagined", "list"),
    ],
)
def test_what_is_wrong_stands_beside_the_field(desk: FlaskClient, field: str, value: str, message: str) -> None:
    data = {"url": URL, "description": "Invoicing", "events": "lead.*", field: value}
    answer = post(desk, "/desk/webhooks/new", data)
    page = html.unescape(answer.get_data(as_text=True))
    assert answer.status_code == 422
    assert message in page
    assert "Invoicing" in page
    assert db.session.scalars(sa.select(Webhook)).all() == []


def test_a_name_that_leads_inside_is_refused(desk: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reaching, "_lookup", lambda host, port: ["10.0.0.7"])
    answer = post(desk, "/desk/webhooks/new", {"url": URL, "events": "lead.*"})
    assert answer.status_code == 422
    assert "nothing is sent into private networks" in answer.get_data(as_text=True)


def test_changing_one_and_being_overtaken(desk: FlaskClient, admin: Person) -> None:
    webhook = a_webhook(URL)
    path = f"/desk/webhooks/{webhook.ref}/edit"
    form = {"url": URL, "description": "Bookkeeping", "events": ["account.*"], "version": "1"}
    assert 'value="lead.accepted" checked' in text_of(desk, path)
    assert "Bookkeeping" in sent(desk, path, path, **form)
    assert (the_webhook().events, the_webhook().version) == (["account.*"], 2)
    overtaken = post(desk, path, {**form, "description": "Later"})
    assert overtaken.status_code == 409
    assert "Later" in overtaken.get_data(as_text=True)
    assert the_webhook().description == "Bookkeeping"
    assert post(desk, path, {**form, "description": "Later", "version": "2"}).status_code == 303
    same = again(webhook).version
    service.edit(webhook.id, Details(URL, "Later", ("account.*",)), same, admin, lookup=elsewhere.lookup)
    assert again(webhook).version == same, "nothing changed"


def test_a_new_secret_and_the_end_of_the_former_one(desk: FlaskClient) -> None:
    webhook = a_webhook(URL)
    page = f"/desk/webhooks/{webhook.ref}"
    assert "24 hours" in text_of(desk, f"{page}/secret-renewal")
    shown = sent(desk, f"{page}/secret-renewal", f"{page}/secret-renewal")
    assert "The former secret is valid beside the new one until" in shown
    assert "The secret has not been shown yet." in shown
    assert "The former secret is no longer valid." in sent(desk, f"{page}/former-secret-end", page)
    assert the_webhook().former_secret is None


def test_secrets_come_under_the_newest_key(desk: FlaskClient) -> None:
    webhook = a_webhook(URL)
    service.renew_secret(webhook.id, a_staff_member("administrator"))
    before = the_webhook()
    assert before.secret is not None
    plain, was = decrypt(before.secret), (before.secret, before.former_secret)
    assert secrets.rotate().unreadable == 0
    after = the_webhook()
    assert after.secret is not None
    assert after.secret != was[0]
    assert after.former_secret != was[1]
    assert decrypt(after.secret) == plain


def test_trying_pausing_and_switching_on(desk: FlaskClient, receiver: Receiver) -> None:
    webhook = a_webhook(receiver.url)
    page = f"/desk/webhooks/{webhook.ref}"
    assert "Nothing was sent yet." in text_of(desk, page)
    assert "It leaves within seconds" in sent(desk, f"{page}/test", page)
    send_all()
    (test,) = deliveries()
    shown = text_of(desk, f"{page}/events/{test.ref}")
    for words in ("Test event", "It arrived on", "HTTP 200", "thank you", '"type": "webhook.test"', test.ref):
        assert words in shown
    assert "Nothing is sent to this address." in sent(desk, f"{page}/pause", page)
    assert post(desk, f"{page}/test", page=page).status_code == 409
    an_event(webhook)
    send_all()
    assert len(receiver.received) == 1
    assert deliveries()[-1].ref in text_of(desk, f"{page}?state=waiting")
    assert "It waits until the address is switched on." in text_of(desk, f"{page}/events/{deliveries()[-1].ref}")
    sent(desk, f"{page}/resumption", page)
    send_all()
    assert len(receiver.received) == 2
    assert "Nothing here" in text_of(desk, f"{page}?state=waiting")
    assert "Leads: The lead was accepted" in text_of(desk, f"{page}?state=delivered")
    assert text_of(desk, f"{page}?state=nonsense")


def test_sending_one_again_and_all_that_failed(desk: FlaskClient, receiver: Receiver) -> None:
    webhook = a_webhook(receiver.url)
    page = f"/desk/webhooks/{webhook.ref}"
    event = an_event(webhook)
    with write():
        db.session.execute(sa.update(Delivery).values(attempts=99))
    receiver.answer = answers(500, b"<script>alert(1)</script>")
    send_all()
    shown = desk.get(f"{page}/events/{event.ref}").get_data(as_text=True)
    assert "It did not arrive and is not tried again by itself." in shown
    assert "<script>alert" not in shown
    assert "Nothing has arrived since" in text_of(desk, page)
    receiver.answer = takes
    assert "The event is sent again." in sent(desk, f"{page}/events/{event.ref}/replay", f"{page}/events/{event.ref}")
    assert post(desk, f"{page}/events/{event.ref}/replay", page=page).status_code == 409, "it is under way"
    with write():
        db.session.execute(sa.update(Delivery).values(state=DeliveryState.FAILED))
    assert post(desk, f"{page}/replay", {"since": ""}).status_code == 422
    assert "0 events are sent again." in sent(desk, f"{page}/replay", f"{page}/replay", since="2035-01-01")
    assert "1 event is sent again." in sent(desk, f"{page}/replay", f"{page}/replay", since="2026-01-01")
    send_all()
    assert receiver.ids == [event.ref] * 2


def items_of(client: FlaskClient, person: Person) -> list[InboxItem]:
    with client.application.test_request_context():
        return inbox.items(person, 10)


def test_one_that_was_switched_off_is_an_inbox_item_until_somebody_decides(
    desk: FlaskClient, admin: Person, receiver: Receiver
) -> None:
    receiver.answer = answers(410)
    webhook = a_webhook(receiver.url)
    an_event(webhook)
    send_all()
    (item,) = items_of(desk, admin)
    assert item.title == "Invoicing"
    assert "Nothing arrives at this address any more" in text_of(desk, "/desk")
    assert items_of(desk, a_staff_member("sales")) == []
    assert "Switched off on" in text_of(desk, item.url)
    assert "webhook.switched_off" in [entry.verb for entry in entries_of(webhook)]
    service.pause(webhook.id, admin)
    assert items_of(desk, admin) == []


def test_removing_one(desk: FlaskClient) -> None:
    webhook = a_webhook(URL)
    event = an_event(webhook)
    page = f"/desk/webhooks/{webhook.ref}"
    assert "Remove this address?" in text_of(desk, f"{page}/removal")
    assert "No addresses yet" in sent(desk, f"{page}/removal", f"{page}/removal")
    for path in (page, f"{page}/edit", f"{page}/events/{event.ref}"):
        assert desk.get(path).status_code == 404
    assert again(webhook).secret is None
    assert deliveries()[0].state == DeliveryState.FAILED
    assert again(webhook).state == WebhookState.REMOVED
    assert webhook.ref in text_of(desk, "/desk/history")


def test_an_event_of_another_address_does_not_exist(desk: FlaskClient) -> None:
    webhook, other = a_webhook(URL), a_webhook(URL, "account.*")
    event = an_event(webhook)
    assert event.webhook_id == webhook.id
    assert desk.get(f"/desk/webhooks/{webhook.ref}/events/{event.ref}").status_code == 200
    assert desk.get(f"/desk/webhooks/{other.ref}/events/{event.ref}").status_code == 404


def test_while_all_sending_is_paused_the_pages_say_so(desk: FlaskClient) -> None:
    webhook = a_webhook(URL)
    event = an_event(webhook)
    page = f"/desk/webhooks/{webhook.ref}"
    assert "All sending is paused." not in text_of(desk, page)
    pausing.pause(None)
    assert "Events gather here and leave when an administrator resumes sending." in text_of(desk, page)
    assert "All sending is paused. It leaves when" in text_of(desk, f"{page}/events/{event.ref}")


def test_why_nothing_was_answered_is_said_in_the_readers_language(
    desk: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook = a_webhook(URL)
    event = an_event(webhook)

    def nobody(*_args: Any, **_more: Any) -> None:
        raise reaching.Nobody

    monkeypatch.setattr(reaching, "place_of", nobody)
    send_all()
    page = f"/desk/webhooks/{webhook.ref}/events/{event.ref}"
    assert "The name could not be looked up." in text_of(desk, page)
    assert "Le nom d’hôte n’a pas pu être résolu." in text_of(desk, f"{page}?lang=fr")


def test_the_pages_ask_the_same_for_many(app: Flask, desk: FlaskClient) -> None:
    webhook = a_webhook(URL)
    an_event(webhook)
    paths = ("/desk/webhooks", f"/desk/webhooks/{webhook.ref}")

    def asked() -> list[int]:
        found = []
        for path in paths:
            with counting(app) as queries:
                text_of(desk, path)
            found.append(queries.count)
        return found

    few = asked()
    for _number in range(3):
        a_webhook(URL, "account.*")
        an_event(webhook)
    assert asked() == few


def test_every_event_is_offered_and_what_is_off_is_not(desk: FlaskClient, admin: Person) -> None:
    from app.settings import service as settings
    from app.settings.processes import Process

    page = text_of(desk, "/desk/webhooks/new")
    offered = set(re.findall(r'name="events" id="events-\d+" value="([^"]+)"', page))
    assert {"lead.*", "lead.accepted", "task.done", "plan.case_opened", "integration.*"} <= offered
    settings.switch(Process.IMPLEMENTATION, False, settings.version(), admin)
    page = text_of(desk, "/desk/webhooks/new")
    assert "lead.accepted" in page
    assert "task.done" not in page
