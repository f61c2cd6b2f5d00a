"""The desk's home: what waits, the oldest promise first; acting moves to the next."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.clock import now
from app.core.db import db, write
from app.leads.models import Lead
from app.outbox.models import MailRow, MailState
from app.people.models import Person
from app.web import inbox as gathered
from tests import sentences as s
from tests.leads.sentences import a_change_request, a_lead, again
from tests.outbox.conftest import a_mail


def follow(client: FlaskClient, location: str) -> str:
    """To where a redirect, and the one after it, lead: the address as the browser would show it."""
    while True:
        answer = client.get(location)
        if answer.status_code not in (302, 303):
            return location
        location = answer.headers["Location"]


def lead_of(name: str, days: int, **values: Any) -> Lead:
    return a_lead(company_name=name, answer_by=now() + timedelta(days=days), **values)


def test_the_oldest_promise_comes_first_in_its_group(app: Flask, client: FlaskClient, context: None) -> None:
    for name, days in (("Later Company", 20), ("Late Company", -2), ("Today Company", 0)):
        lead_of(name, days)
    s.sign_in(client, s.a_staff_member())

    text = client.get("/desk").get_data(as_text=True)

    assert text.index("Late Company") < text.index("Today Company") < text.index("Later Company")
    assert "2 days late" in text
    assert "Promised today" in text


def test_each_kind_waits_for_those_who_may_act_on_it(app: Flask, client: FlaskClient, context: None) -> None:
    a_lead(company_name="To Decide")
    a_lead(company_name="Two Claim It", company_number="8567346215")
    a_lead(company_name="Two Claim It", company_number="8567346215")
    accepted = a_lead(company_name="To Convert", state="accepted")
    a_change_request(on=accepted)
    a_lead(company_name="Wrote A Note", told_at=now(), state="declined")
    s.sign_in(client, s.a_staff_member("sales"))

    text = client.get("/desk").get_data(as_text=True)

    for words in (
        "nobody else has this company",
        "2 resellers registered this company",
        "Accepted lead to turn into an account",
        "Change of details requested",
        "The reseller wrote a note",
    ):
        assert words in text
    assert text.count("Two Claim It") == 1
    s.sign_in(client, s.a_staff_member("finance"))
    assert "Nothing waits for you" in client.get("/desk").get_data(as_text=True)


@pytest.mark.parametrize(
    ("state", "words"), [(MailState.FAILED, "could not be delivered"), (MailState.BOUNCED, "This mail came back")]
)
def test_a_mail_that_did_not_arrive_waits_for_somebody(
    app: Flask, client: FlaskClient, context: None, state: MailState, words: str
) -> None:
    a_mail("on its way", conversation="lead:L-2")
    row = a_mail(name="Żaneta Łuczak")
    with write():
        db.session.get_one(MailRow, row.id).state = state
    s.sign_in(client, s.a_staff_member())

    text = client.get("/desk").get_data(as_text=True)

    assert text.count("/desk/mail/M-") == text.count(f"/desk/mail/{row.ref}") > 0
    assert "Żaneta Łuczak" in text
    assert words in text


def test_an_items_page_stands_beside_the_list(app: Flask, client: FlaskClient, context: None) -> None:
    first, second = lead_of("First Company", 1), lead_of("Second Company", 2)
    s.sign_in(client, s.a_staff_member())

    text = client.get(f"/desk/leads/{first.ref}?inbox=lead:{first.ref}&at=0").get_data(as_text=True)

    assert "gw-inbox is-detail" in text
    assert f"/desk/leads/{second.ref}?inbox=" in text
    assert 'data-key="j"' in text
    assert 'data-key="d"' in text
    assert 'data-key="h"' in text


def test_deciding_moves_to_the_next_and_undo_comes_back(app: Flask, client: FlaskClient, context: None) -> None:
    first, second = lead_of("First Company", 1), lead_of("Second Company", 2)
    s.sign_in(client, s.a_staff_member())
    page = f"/desk/leads/{first.ref}?inbox=lead:{first.ref}&at=0"
    sent = {"decision": "accept", "version": first.version}

    answer = s.post(client, f"/desk/leads/{first.ref}/decision?inbox=lead:{first.ref}&at=0", sent, page=page)

    here = follow(client, answer.headers["Location"])
    assert urlsplit(here).path == f"/desk/leads/{second.ref}"
    undone = s.post(
        client,
        f"/desk/leads/{first.ref}/decision/undo?{urlsplit(here).query}",
        {"version": again(first).version},
        page=here,
    )
    assert urlsplit(follow(client, undone.headers["Location"])).path == f"/desk/leads/{first.ref}"


def test_a_page_that_does_not_know_of_the_inbox_comes_back_by_its_referer(
    app: Flask, client: FlaskClient, context: None
) -> None:
    first, second = lead_of("First Company", 1), lead_of("Second Company", 2)
    s.sign_in(client, s.a_staff_member())
    page = f"/desk/leads/{first.ref}?inbox=lead%3A{first.ref}&at=0"
    token = s.csrf_of(client, page)

    answer = client.post(
        f"/desk/leads/{first.ref}/decision",
        data={"decision": "decline", "reason": "No.", "version": first.version, "csrf_token": token},
        headers={"Referer": f"http://localhost{page}"},
    )

    assert urlsplit(follow(client, answer.headers["Location"])).path == f"/desk/leads/{second.ref}"


def test_a_note_stays_on_the_item(app: Flask, client: FlaskClient, context: None) -> None:
    first = lead_of("First Company", 1)
    lead_of("Second Company", 2)
    s.sign_in(client, s.a_staff_member())
    page = f"/desk/leads/{first.ref}?inbox=lead:{first.ref}&at=0"

    answer = s.post(client, f"/desk/leads/{first.ref}/notes?inbox=lead:{first.ref}&at=0", {"note": "Hm."}, page=page)

    assert urlsplit(follow(client, answer.headers["Location"])).path == f"/desk/leads/{first.ref}"


def test_what_is_set_aside_rests_for_this_person_alone(app: Flask, client: FlaskClient, context: None) -> None:
    lead = lead_of("First Company", 1)
    dana, marit = s.a_staff_member(name="Dana"), s.a_staff_member(name="Marit")
    s.sign_in(client, dana)
    key = f"lead:{lead.ref}"

    s.post(client, "/desk/inbox/pauses", {"item": key, "until": "tomorrow"}, page="")
    assert "Nothing waits for you" in client.get("/desk").get_data(as_text=True)
    assert "First Company" in client.get("/desk?show=aside").get_data(as_text=True)
    s.sign_in(client, marit)
    assert "First Company" in client.get("/desk").get_data(as_text=True)

    s.sign_in(client, dana)
    s.post(client, "/desk/inbox/pauses/end", {"item": key}, page="")
    assert "First Company" in client.get("/desk").get_data(as_text=True)


def test_setting_aside_moves_on_and_its_undo_comes_back(app: Flask, client: FlaskClient, context: None) -> None:
    first, second = lead_of("First Company", 1), lead_of("Second Company", 2)
    s.sign_in(client, s.a_staff_member())
    key = f"lead:{first.ref}"
    page = f"/desk/leads/{first.ref}?inbox={key}&at=0"

    answer = s.post(client, f"/desk/inbox/pauses?inbox={key}&at=0", {"item": key, "until": "week"}, page=page)
    here = follow(client, answer.headers["Location"])
    assert urlsplit(here).path == f"/desk/leads/{second.ref}"
    answer = s.post(client, f"/desk/inbox/pauses/end?{urlsplit(here).query}", {"item": key}, page=here)

    assert urlsplit(follow(client, answer.headers["Location"])).path == f"/desk/leads/{first.ref}"


def test_an_item_is_back_when_its_day_has_come(context: None, app: Flask) -> None:
    import time_machine

    staff, lead = s.a_staff_member(), lead_of("First Company", 1)
    key = f"lead:{lead.ref}"
    with app.test_request_context():
        gathered.pause(staff, key, until="tomorrow")
    with time_machine.travel(now() + timedelta(days=1, hours=12)), app.test_request_context():
        assert key in [each.item.key for each in gathered.gather(s_again(staff)).waiting]


def s_again(person: Person) -> Person:
    from app.people.queries import by_email

    found = by_email(person.email)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "target", ["//evil.example/desk/", "https://evil.example/desk/", "/\\evil.example", "/panel", "javascript:alert(1)"]
)
def test_going_on_never_leaves_the_desk(app: Flask, client: FlaskClient, context: None, target: str) -> None:
    lead = lead_of("First Company", 1)
    s.sign_in(client, s.a_staff_member())

    answer = client.get("/desk", query_string={"after": f"lead:{lead.ref}", "to": target})

    assert urlsplit(answer.headers["Location"]).netloc == ""
    assert urlsplit(answer.headers["Location"]).path == f"/desk/leads/{lead.ref}"
