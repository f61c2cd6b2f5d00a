"""The API over all its doors: each role with a token of all its scopes, a token with one scope alone, and what belongs
to another organisation. New doors are walked by themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.access import policy
from app.access.guard import access_of
from app.access.permissions import P
from app.access.roles import StaffRole
from app.access.scopes import Scope, open_to
from app.core.db import Base, db
from app.core.programs import is_api
from app.leads.models import Lead
from app.partners.models import Reseller
from app.people import queries
from app.people.models import Person
from tests.api.sentences import BASE, Caller, a_caller
from tests.guards.headers import PROGRAMS, faults_of
from tests.guards.test_access import UNSAFE, address, doors, somebody
from tests.sentences import a_staff_member

pytestmark = [pytest.mark.usefixtures("context"), pytest.mark.on("sqlite")]
METHODS = ("GET", *UNSAFE)
ROLES = [*(role.value for role in StaffRole), "owner", "member"]
CONDITIONS = {"If_Match": '"1"', "Idempotency_Key": "0123456789abcdef"}
"""What an edit and a creation have to carry, so that they are refused for the right reason."""


def asked_for(app: Flask) -> Iterator[tuple[str, str, P, Scope]]:
    """Method, address behind `/api/v1`, permission and scope of every door that asks for a token."""
    for method in METHODS:
        for endpoint, path in doors(app, method, programs=True):
            asked = access_of(app, endpoint)
            if isinstance(asked, P):
                yield method, path.removeprefix(BASE), asked, app.view_functions[endpoint].gangway_scope  # type: ignore[attr-defined] # a mark


def answer_of(caller: Caller, method: str, path: str) -> Any:
    answer = caller.call(method, path, None if method == "GET" else {}, **(CONDITIONS if method != "GET" else {}))
    assert answer.status_code < 500, (method, path, answer.text)
    assert not faults_of(answer, PROGRAMS), (method, path)
    if answer.status_code >= 400:
        assert answer.mimetype == "application/problem+json", (method, path)
    return answer


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_its_doors_of_the_api_and_no_others(app: Flask, role: str) -> None:
    person = queries.by_id(somebody(role).id)
    scopes = open_to(person)
    if not scopes:
        assert not any(policy.allows(person, asked) for _method, _path, asked, _scope in asked_for(app))
        return
    caller, wrong = a_caller(app, person, *scopes), []
    for method, path, asked, scope in asked_for(app):
        status = answer_of(caller, method, path).status_code
        if (status in (401, 403)) != (not policy.allows(person, asked) or scope not in scopes):
            wrong.append((method, path, asked.value, scope.value, status))
    assert wrong == []


@pytest.mark.parametrize("scope", list(Scope))
def test_a_scope_opens_its_doors_and_no_others(app: Flask, scope: Scope) -> None:
    """In the hand of somebody who may do everything that staff may."""
    caller = a_caller(app, a_staff_member(*StaffRole), scope)
    wrong = []
    for method, path, _asked, needed in asked_for(app):
        status = answer_of(caller, method, path).status_code
        if (status == 403) != (needed != scope):
            wrong.append((method, path, needed.value, status))
    assert wrong == []


# --- what belongs to others -------------------------------------------------------------------------------------------


def shown(caller: Caller, app: Flask) -> dict[str, str]:
    """What the caller's lists hold: each reference, and where it stood."""
    found: dict[str, str] = {}
    for method, path, _asked, _scope in asked_for(app):
        if method == "GET" and "X-00000000" not in path:
            ahead = [f"{path}?limit=100"]
            while ahead:
                answer = answer_of(caller, method, here := ahead.pop())
                if answer.status_code != 200:
                    continue
                found |= dict.fromkeys(re.findall(r'"([A-Z]{1,3}-[0-9A-Z]{8})"', answer.text), here)
                following = answer.json.get("next")
                ahead += [following.partition(BASE)[2]] if following else []
    return found


def test_what_is_anothers_is_not_there_behind_the_api(app: Flask, demo: list[dict[str, Any]]) -> None:
    callers = []
    for role in ("reseller", "service partner", "software partner"):
        emails = [known["email"] for known in demo if known["role"] == role]
        person = queries.by_email(emails[:2][-1])
        assert person is not None
        if open_to(person):
            callers.append((role, person, a_caller(app, queries.by_id(person.id))))
    assert callers
    for role, person, caller in callers:
        ours = shown(caller, app)
        if role == "reseller":
            _leads_are_its_own(person, ours)
        _foreign_is_unknown(app, caller, ours)


def _leads_are_its_own(person: Person, ours: dict[str, str]) -> None:
    assert ours, "its lists open"
    own = sa.select(Lead.ref).join(Reseller).where(Reseller.organisation_id == person.places[0].organisation_id)
    assert {ref for ref in ours if ref.startswith("L-")} == set(db.session.scalars(own))


def _foreign_is_unknown(app: Flask, caller: Caller, ours: dict[str, str]) -> None:
    foreign = [
        ref
        for table in Base.metadata.sorted_tables
        if "ref" in table.c
        for ref in [ref for ref in db.session.scalars(sa.select(table.c.ref)) if ref not in ours and "/" not in ref][:2]
    ]
    assert len(foreign) > 10
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if not is_api(view) or not isinstance(access_of(app, rule.endpoint), P) or not rule.arguments:
            continue
        made_up = address(app, rule).removeprefix(BASE)
        for method in sorted((rule.methods or set()) & set(METHODS)):
            unknown = answer_of(caller, method, made_up)
            for ref in foreign:
                answer = answer_of(caller, method, made_up.replace("X-00000000", ref))
                told = answer.text.replace(ref, "X-00000000")
                assert (answer.status_code, told) == (unknown.status_code, unknown.text), (method, made_up, ref)
