"""Who comes with a new address for each try is still counted as one, whatever the headers say; and visitors behind a
trusted proxy are not taken for one another."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.core.db import db
from app.core.limits import limiter, network
from tests.conftest import settings_for
from tests.people.people_sentences import with_password
from tests.sentences import a_person, csrf_of

pytestmark = pytest.mark.on("sqlite")
NUMBERS = count(1)


@pytest.fixture(scope="module")
def by_hops(app: Flask, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, Flask]]:
    """The same installation, with no proxy that is believed and with one."""
    made = {hops: _behind(app, hops, tmp_path_factory.mktemp("hops")) for hops in (0, 1)}
    yield made
    for each in made.values():
        with each.app_context():
            db.engine.dispose()


def _behind(app: Flask, hops: int, folder: Path) -> Flask:
    settings = settings_for(app.config["GANGWAY"].database_url, folder, GANGWAY_TRUSTED_PROXIES=str(hops))
    return create_app(settings)


@pytest.fixture
def counted() -> Iterator[None]:
    limiter.enabled = True
    limiter.reset()
    yield
    limiter.reset()
    limiter.enabled = False


def rotating(hops: int) -> dict[str, str]:
    """What somebody makes up to look like somebody else each time; the trusted proxy adds where it came from."""
    number = next(NUMBERS)
    made_up = f"198.51.{number // 250}.{number % 250}"
    headers = {"X-Real-IP": made_up, "Forwarded": f"for={made_up}", "X-Forwarded-For": made_up}
    if hops:
        headers["X-Forwarded-For"] = f"{made_up}, 203.0.113.9"
    return headers


def visitor(number: int) -> dict[str, str]:
    """As the trusted proxy tells of somebody else."""
    return {"X-Forwarded-For": f"192.0.2.{number}"}


def tried(client: FlaskClient, path: str, form: dict[str, Any], headers: dict[str, str]) -> int:
    if not form:
        return client.get(path, headers=headers).status_code
    return client.post(path, data=form, headers={"Origin": "http://localhost", **headers}).status_code


@pytest.mark.parametrize("hops", [0, 1])
@pytest.mark.parametrize(
    ("path", "times", "form"),
    [
        ("/sign-in", 60, {"email": "nobody@else.example", "password": ""}),
        ("/sign-in/link", 10, {"email": ""}),
        ("/password/forgotten", 10, {"email": ""}),
        ("/go/made-up", 60, {}),
        ("/resellers/apply", 60, {"email": ""}),
    ],
)
def test_a_new_made_up_address_for_each_try_is_still_one(
    by_hops: dict[int, Flask], context: None, counted: None, hops: int, path: str, times: int, form: dict[str, Any]
) -> None:
    client = by_hops[hops].test_client()
    sent = {"csrf_token": csrf_of(client), **form} if form else {}
    statuses = [tried(client, path, sent, rotating(hops)) for _ in range(times + 1)]
    assert 429 not in statuses[:times]
    assert statuses[-1] == 429
    if hops:
        assert tried(client, path, sent, visitor(1)) != 429, "somebody else behind the same proxy"


def test_visitors_behind_a_trusted_proxy_are_counted_apart(
    by_hops: dict[int, Flask], context: None, counted: None
) -> None:
    client = by_hops[1].test_client()
    statuses = [tried(client, "/go/made-up", {}, visitor(number)) for number in range(1, 71)]
    assert set(statuses) == {404}


@pytest.mark.parametrize("hops", [0, 1])
def test_wrong_passwords_lock_the_account_and_the_address_whatever_the_headers_say(
    by_hops: dict[int, Flask], context: None, hops: int
) -> None:
    """These are counted in the database, so that a restart forgets nothing."""
    person = with_password(a_person())
    client = by_hops[hops].test_client()
    token = csrf_of(client)

    def wrong(email: str) -> int:
        form = {"csrf_token": token, "email": email, "password": "wrong wrong wrong"}
        return tried(client, "/sign-in", form, rotating(hops))

    assert [wrong(person.email) for _ in range(6)] == [422] * 5 + [429]
    others = [wrong(f"person{number}@else.example") for number in range(46)]
    assert others == [422] * 45 + [429], "fifty from one address, five of them above"


@pytest.mark.parametrize("hops", [0, 1])
def test_wrong_tokens_of_the_api_are_counted_whatever_the_headers_say(
    by_hops: dict[int, Flask], context: None, counted: None, hops: int
) -> None:
    client = by_hops[hops].test_client()

    def asked(headers: dict[str, str]) -> int:
        return client.get("/api/v1/leads", headers={"Authorization": "Bearer gw_x", **headers}).status_code

    assert [asked(rotating(hops)) for _ in range(31)] == [401] * 30 + [429]
    if hops:
        assert asked(visitor(1)) == 401, "somebody else behind the same proxy"


def test_an_ipv6_customer_is_one_however_many_addresses_there_are() -> None:
    assert network("2001:db8:1:2::1") == network("2001:db8:1:2:ffff::9") != network("2001:db8:1:3::1")
    assert network("::ffff:203.0.113.9") == network("203.0.113.9") == "203.0.113.9"
    assert (network(None), network("unix:")) == ("unknown", "unix:")
