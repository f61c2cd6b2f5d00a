"""A session ends with its age, and when it is left alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from tests.sentences import a_reseller, a_staff_member, owner_of, sign_in

pytestmark = pytest.mark.usefixtures("context")

MORNING = datetime(2026, 3, 9, 7, tzinfo=UTC)
STAFF = (timedelta(hours=12), timedelta(hours=4), "/desk")
MEMBER = (timedelta(days=14), timedelta(days=3), "/panel")


def looks(client: FlaskClient, at: timedelta, path: str) -> int:
    with time_machine.travel(MORNING + at, tick=False):
        return client.get(path).status_code


@pytest.fixture(params=[STAFF, MEMBER], ids=["staff", "member"])
def somebody(app: Flask, request: pytest.FixtureRequest) -> tuple[FlaskClient, timedelta, timedelta, str]:
    age, idle, path = request.param
    person = a_staff_member("sales") if path == "/desk" else owner_of(a_reseller())
    with time_machine.travel(MORNING, tick=False):
        return sign_in(app.test_client(), person), age, idle, path


Somebody = tuple[FlaskClient, timedelta, timedelta, str]
MINUTE = timedelta(minutes=1)


def test_a_session_that_is_left_alone_ends(somebody: Somebody) -> None:
    client, _age, idle, path = somebody
    assert looks(client, idle - MINUTE, path) == 200
    assert looks(client, 2 * idle - 2 * MINUTE, path) == 200, "each look begins the wait anew"
    assert looks(client, 3 * idle, path) == 303
    assert looks(client, 3 * idle + MINUTE, path) == 303, "and it stays ended"


def test_a_session_in_use_ends_with_its_age(somebody: Somebody) -> None:
    client, age, idle, path = somebody
    for part in range(1, 5):
        assert looks(client, part * age / 5, path) == 200
    assert age / 5 < idle
    assert looks(client, age + MINUTE, path) == 303


def test_looks_in_quick_succession_set_no_cookie(somebody: Somebody) -> None:
    client, _age, _idle, path = somebody
    with time_machine.travel(MORNING + 6 * MINUTE, tick=False):
        assert "Set-Cookie" in client.get(path).headers
        assert "Set-Cookie" not in client.get(path).headers
