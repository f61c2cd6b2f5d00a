"""Trying too often: locks that grow, are remembered, and are the same for known and unknown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from app.core.limits import limiter
from tests.people.people_sentences import PASSWORD, enter, mailed, with_app, with_password
from tests.sentences import a_person, a_reseller, a_staff_member, csrf_of, owner_of, post

pytestmark = pytest.mark.usefixtures("context")
START = datetime(2026, 3, 9, 14, 0, tzinfo=UTC)


@pytest.fixture
def counted() -> Iterator[None]:
    """The limits for one address are counted, from nothing."""
    limiter.enabled = True
    limiter.reset()
    yield
    limiter.reset()
    limiter.enabled = False


@pytest.mark.parametrize("known", [True, False])
def test_after_five_wrong_passwords_the_right_one_waits_too(client: FlaskClient, known: bool) -> None:
    email = with_password(a_person()).email if known else "nobody@else.example"
    with time_machine.travel(START, tick=False) as clock:
        assert [enter(client, email, "wrong wrong wrong").status_code for _ in range(5)] == [422] * 5
        locked = enter(client, email)
        assert locked.status_code == 429
        assert locked.headers["Retry-After"] == "61"
        assert "Please wait 2 minutes" in locked.get_data(as_text=True)
        clock.shift(timedelta(seconds=61))
        assert enter(client, email).status_code == (303 if known else 422)


def test_each_further_failure_locks_for_longer_up_to_a_quarter_of_an_hour(client: FlaskClient) -> None:
    person = with_password(a_person())
    waits = []
    with time_machine.travel(START, tick=False) as clock:
        for _ in range(11):
            answer = enter(client, person.email, "wrong wrong wrong")
            if answer.status_code == 429:
                waits.append(int(answer.headers["Retry-After"]) - 1)
                clock.shift(timedelta(seconds=waits[-1] + 1))
    assert waits == [60, 120, 240]


def test_a_success_starts_the_count_anew(client: FlaskClient, app: Flask) -> None:
    person = with_password(a_person())
    for _ in range(4):
        enter(client, person.email, "wrong wrong wrong")
    assert enter(client, person.email).status_code == 303
    other = app.test_client()
    assert [enter(other, person.email, "wrong wrong wrong").status_code for _ in range(4)] == [422] * 4


def test_one_account_being_tried_does_not_lock_another(client: FlaskClient, app: Flask) -> None:
    tried, other = with_password(a_person()), with_password(a_person())
    for _ in range(6):
        enter(client, tried.email, "wrong wrong wrong")
    assert enter(app.test_client(), other.email).status_code == 303


def test_codes_are_counted_too_and_the_right_one_waits(client: FlaskClient) -> None:
    person = with_app(with_password(a_staff_member("sales")))
    with time_machine.travel(START, tick=False):
        enter(client, person.email)
        statuses = [post(client, "/sign-in/code", {"code": "000000"}).status_code for _ in range(5)]
        assert statuses == [422] * 5
        locked = post(client, "/sign-in/code", {"code": "000000"})
        assert locked.status_code == 429
        assert int(locked.headers["Retry-After"]) > 0


@pytest.mark.parametrize("page", ["/sign-in/link", "/password/forgotten"])
@pytest.mark.parametrize("known", [True, False])
def test_nobodys_mailbox_is_filled(client: FlaskClient, page: str, known: bool) -> None:
    email = owner_of(a_reseller()).email if known else "nobody@else.example"
    with time_machine.travel(START, tick=False):
        assert [post(client, page, {"email": email}).status_code for _ in range(5)] == [303, 303, 303, 429, 429]
    assert len(mailed()) == (3 if known else 0)


def test_an_invented_forwarding_address_does_not_help(client: FlaskClient, counted: None) -> None:
    token = csrf_of(client)
    statuses = [
        client.post(
            "/sign-in",
            data={"email": f"person{number}@else.example", "password": PASSWORD, "csrf_token": token},
            headers={"X-Forwarded-For": f"203.0.113.{number}", "Forwarded": f"for=203.0.113.{number}"},
        ).status_code
        for number in range(65)
    ]
    assert statuses[-1] == 429


def test_a_link_is_not_guessed_at_leisure(client: FlaskClient, counted: None) -> None:
    statuses = [client.get(f"/go/guess{number}").status_code for number in range(61)]
    assert statuses[0] == 404
    assert statuses[-1] == 429


def test_many_accounts_tried_from_one_address_lock_the_address(client: FlaskClient) -> None:
    person = with_password(a_person())
    with time_machine.travel(START, tick=False):
        for number in range(50):
            assert enter(client, f"person{number}@else.example", "wrong wrong wrong").status_code == 422
        assert enter(client, person.email).status_code == 429
