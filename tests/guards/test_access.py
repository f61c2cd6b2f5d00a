"""Every door asks: an endpoint carries a permission or is open on purpose, no form comes unasked, and each answer says
what a browser may do with it. New addresses and methods are walked by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import AnyConverter, IntegerConverter, Rule

from app.access import policy
from app.access.guard import access_of
from app.access.permissions import P
from app.access.roles import StaffRole
from app.core.programs import is_api
from app.people import queries
from app.people.models import Person
from tests.guards.headers import faults_of
from tests.sentences import a_member_of, a_person, a_reseller, a_staff_member, csrf_of, owner_of, sign_in

pytestmark = [pytest.mark.usefixtures("context"), pytest.mark.on("sqlite")]

OPEN_ON_PURPOSE = {
    "api_public.openapi",
    "api_public.page",
    "assets",
    "brand.logo",
    "brand.stylesheet",
    "directory_public.category",
    "directory_public.directory",
    "directory_public.integration",
    "directory_public.robots",
    "directory_public.sitemap",
    "directory_public.sitemap_pages",
    "directory_public.sitemap_part",
    "documents_public.privacy",
    "health.healthz",
    "health.readyz",
    "health.show_metrics",
    "integrations_api.integration",
    "integrations_api.integrations",
    "integrations_public.developers",
    "integrations_public.register",
    "integrations_public.registered",
    "leads_public.receipt",
    "leads_public.registration",
    "manuals_public.feedback",
    "manuals_public.manual",
    "manuals_public.manual_pdf",
    "manuals_public.picture",
    "manuals_public.start",
    "notices_public.digest",
    "notices_public.switch",
    "notices_tasks_public.reminders",
    "notices_tasks_public.switch",
    "partners_public.applied",
    "partners_public.apply",
    "partners_public.identifier_advice",
    "partners_public.older_address",
    "partners_public.qr_png",
    "partners_public.qr_svg",
    "partners_public.status",
    "people_public.address_confirmed",
    "people_public.code",
    "people_public.forgotten",
    "people_public.go",
    "people_public.link",
    "people_public.link_sent",
    "people_public.new_password",
    "people_public.reset_sent",
    "people_public.sign_in",
    "people_public.sign_out",
    "people_public.welcome",
    "plans_my.answer",
    "plans_my.calendar",
    "plans_my.calendar_made",
    "plans_my.calendar_withdrawn",
    "plans_my.certificate",
    "plans_my.code",
    "plans_my.completion",
    "plans_my.completion_undo",
    "plans_my.details",
    "plans_my.document",
    "plans_my.file",
    "plans_my.forget_secret",
    "plans_my.handover",
    "plans_my.handover_end",
    "plans_my.judge",
    "plans_my.not_applicable",
    "plans_my.pdf",
    "plans_my.picture",
    "plans_my.plan",
    "plans_my.reminders",
    "plans_my.remove_file",
    "plans_my.send_code",
    "plans_my.stuck",
    "plans_my.task",
    "plans_my.to_print",
    "plans_my.training_calendar",
    "plans_my.training_choice",
    "plans_my.training_file",
    "plans_my.training_registration",
    "plans_my.trainings",
    "plans_my.unstuck",
    "plans_my.upload",
    "plans_my.write_comment",
    "plans_public.verify",
    "privacy_public.copy",
    "privacy_public.copy_link",
    "privacy_public.mine",
    "privacy_public.receipt",
    "privacy_public.withdraw",
    "trainings_public.calendar",
    "web.home",
}
"""A door that opens to everybody is written down here by somebody who thought about it."""

DUMMIES: dict[str, Any] = {"locale": "en", "kind": "terms", "state": "half", "slug": "Nobody-00000000", "format": "csv"}
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
ROLES = [*(role.value for role in StaffRole), "owner", "member", "nobody"]


def somebody(role: str) -> Person:
    """A person who is just that."""
    if role == "nobody":
        return a_person()
    if role == "owner":
        return owner_of(a_reseller())
    if role == "member":
        place = queries.by_id(owner_of(a_reseller()).id).places[0].organisation
        return a_member_of(place, "Tom Aldous", role="member")
    return a_staff_member(role)


def doors(app: Flask, method: str, *, programs: bool = False) -> Iterator[tuple[str, str]]:
    """Endpoint and an address with made-up references, for every rule that takes `method`: of people, or of programs,
    which are walked in test_api_doors.py."""
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if method in (rule.methods or ()) and is_api(app.view_functions[rule.endpoint]) == programs:
                yield rule.endpoint, address(app, rule)


def unsafe(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Endpoint, address and method of everything that may change something for people."""
    for method in UNSAFE:
        yield from ((endpoint, path, method) for endpoint, path in doors(app, method))


def address(app: Flask, rule: Rule) -> str:
    values = {name: _made_up(rule, name) for name in rule.arguments}
    built = app.url_map.bind("localhost").build(rule.endpoint, values, method=next(iter(rule.methods or ())))
    return str(built)


def _made_up(rule: Rule, name: str) -> Any:
    converter = rule._converters.get(name)
    if isinstance(converter, AnyConverter) and DUMMIES.get(name) not in converter.items:
        return min(converter.items)
    return DUMMIES.get(name, 1 if isinstance(converter, IntegerConverter) else "X-00000000")


def test_every_door_asks_or_is_open_on_purpose(app: Flask) -> None:
    carried = {endpoint: access_of(app, endpoint) for endpoint in app.view_functions}
    assert {endpoint for endpoint, asked in carried.items() if asked is None} == set()
    assert {endpoint for endpoint, asked in carried.items() if asked == "public"} == OPEN_ON_PURPOSE


def test_every_permission_has_a_rule_and_opens_a_door(app: Flask) -> None:
    assert set(policy.RULES) == set(P)
    used = {access_of(app, endpoint) for endpoint in app.view_functions}
    in_code = "\n".join(path.read_text() for path in _sources(app))
    assert {asked for asked in P if asked not in used and f"P.{asked.name}" not in in_code} == set()


def _sources(app: Flask) -> Iterator[Any]:
    from pathlib import Path

    root = Path(app.root_path)
    for path in [*root.rglob("*.py"), *(root.parent / "templates").rglob("*.html")]:
        if path.parent.name != "access":
            yield path


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_its_doors_and_no_others(app: Flask, client: FlaskClient, role: str) -> None:
    person = queries.by_id(somebody(role).id)
    holds = {asked for asked in P if policy.allows(person, asked)}
    sign_in(client, person)
    wrong = []
    for endpoint, path in doors(app, "GET"):
        asked = access_of(app, endpoint)
        if not isinstance(asked, P):
            continue
        answer = client.get(path)
        status = answer.status_code
        assert not faults_of(answer), path
        if status not in ((200, 302, 303, 404, 409) if asked in holds else (403,)):
            wrong.append((endpoint, path, asked.value, asked in holds, status))
    assert wrong == []


@pytest.mark.parametrize("role", ROLES)
def test_a_role_sends_no_form_that_is_not_its_own(app: Flask, client: FlaskClient, role: str) -> None:
    person = sign_in(client, somebody(role)) and queries.by_id(_signed_in(client))
    token = csrf_of(client, "/profile")
    wrong = []
    for endpoint, path, method in unsafe(app):
        asked = access_of(app, endpoint)
        if isinstance(asked, P) and not policy.allows(person, asked):
            data = {"csrf_token": token}
            answer = client.open(path, method=method, data=data, headers={"Origin": "http://localhost"})
            if answer.status_code != 403:
                wrong.append((method, path, asked.value, answer.status_code))
    assert wrong == []


def _signed_in(client: FlaskClient) -> int:
    with client.session_transaction() as session:
        return int(session["_user_id"].split(":")[0])


def test_strangers_are_led_to_the_sign_in_page(app: Flask, client: FlaskClient) -> None:
    token = csrf_of(client)
    for endpoint, path in doors(app, "GET"):
        if isinstance(access_of(app, endpoint), P):
            answer = client.get(path)
            assert (answer.status_code, answer.location.split("?")[0]) == (303, "/sign-in"), path
            fragment = client.get(path, headers={"HX-Request": "true"})
            assert fragment.headers.get("HX-Redirect", "").startswith("/sign-in"), path
            assert fragment.data == b""
            assert not faults_of(answer) + faults_of(fragment), path
    for endpoint, path, method in unsafe(app):
        if isinstance(access_of(app, endpoint), P):
            data = {"csrf_token": token}
            answer = client.open(path, method=method, data=data, headers={"Origin": "http://localhost"})
            assert (answer.status_code, answer.location.split("?")[0]) == (303, "/sign-in"), path
            assert not faults_of(answer), path


def test_what_is_open_to_everybody_says_what_it_must_too(app: Flask, client: FlaskClient) -> None:
    """As a page and as a fragment; nothing that is kept by a cache sets a cookie."""
    for endpoint, path in doors(app, "GET"):
        if access_of(app, endpoint) == "public":
            for headers in ({}, {"HX-Request": "true"}):
                answer = client.get(path, headers=headers)
                assert answer.status_code < 500 or endpoint == "health.readyz", path
                assert not faults_of(answer, endpoint), path


BY_LINK_ALONE = {"notices_public.switch", "notices_tasks_public.switch", "manuals_public.feedback"}
"""Pressed by mail programs, which have no page of ours (RFC 8058): the unguessable address is the proof. And a reader's
answer on a page that everybody gets alike, in nobody's name: its own proof and the Origin are asked for."""


def test_only_these_ask_for_no_token(app: Flask) -> None:
    marked = {name for name, view in app.view_functions.items() if getattr(view, "gangway_by_link_alone", False)}
    assert marked == BY_LINK_ALONE


@pytest.mark.parametrize("origin", [None, "https://evil.example", "null"])
def test_a_form_from_elsewhere_is_refused(app: Flask, client: FlaskClient, origin: str | None) -> None:
    sign_in(client, a_staff_member("administrator"))
    for endpoint, path, method in unsafe(app):
        if endpoint in BY_LINK_ALONE:
            continue
        answer = client.open(path, method=method, data={}, headers={"Origin": origin} if origin else {})
        assert answer.status_code == 400, path
        assert not faults_of(answer), path


def test_a_cookie_opens_nothing_behind_the_api(app: Flask, client: FlaskClient) -> None:
    """So that it needs no csrf token: whoever asks without a token of their own is unknown, whoever is signed in."""
    sign_in(client, a_staff_member(*StaffRole))
    headers = {"Origin": "http://localhost", "X-CSRFToken": csrf_of(client, "/profile")}
    tried = 0
    for method in ("GET", *UNSAFE):
        for endpoint, path in doors(app, method, programs=True):
            if access_of(app, endpoint) != "public":
                answer = client.open(path, method=method, json={} if method != "GET" else None, headers=headers)
                assert answer.status_code == 401, (method, path)
                assert answer.headers["WWW-Authenticate"].startswith("Bearer"), path
                assert not faults_of(answer), path
                tried += 1
    assert tried > 5


def test_a_closed_person_opens_nothing(app: Flask) -> None:
    from app.core.clock import now

    person = a_staff_member("administrator")
    found = queries.by_id(person.id)
    found.closed_at = now()
    assert not any(policy.allows(found, asked) for asked in P)
