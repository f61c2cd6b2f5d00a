"""Who gets in: the bearer of an open token whose person still may, within its scopes, and nobody by a cookie."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.access.roles import StaffRole
from app.access.scopes import Scope
from app.core.clock import now
from app.core.db import db, write
from app.core.errors import FieldError
from app.core.limits import limiter
from app.people import queries
from app.people.models import ApiToken, HeldRole, Membership
from app.people.service import tokens
from app.people.service.tokens import TokenDetails
from tests import sentences as s
from tests.api.sentences import Caller, a_caller
from tests.leads.sentences import a_lead

pytestmark = pytest.mark.usefixtures("context")


def a_sellers(app: Flask, *scopes: Scope) -> Caller:
    return a_caller(app, s.a_staff_member("sales"), *scopes)


def test_without_a_token_nothing_opens(app: Flask, client: FlaskClient) -> None:
    answer = client.get("/api/v1/leads")
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="gangway"'


def test_a_cookie_never_counts(app: Flask, client: FlaskClient) -> None:
    s.sign_in(client, s.a_staff_member("administrator"))
    assert client.get("/api/v1/leads").status_code == 401
    assert client.post("/api/v1/leads", json={}, headers={"Origin": "http://localhost"}).status_code == 401


def test_no_cookie_is_left_and_none_is_changed(app: Flask) -> None:
    answer = a_sellers(app).get("/leads?lang=fi")
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("shown", ["Bearer gw_nobody", "Bearer ", "Basic abc", "gw_nobody", "Bearer \x7f\xe9"])
def test_a_wrong_token_opens_nothing(client: FlaskClient, shown: str) -> None:
    assert client.get("/api/v1/leads", headers={"Authorization": shown}).status_code == 401


def test_only_a_digest_is_kept(app: Flask) -> None:
    caller = a_sellers(app)
    row = db.session.execute(db.select(*ApiToken.__table__.c)).one()
    assert caller.secret not in str(row)
    assert caller.secret.startswith(row.prefix)


def test_a_scope_that_was_not_given_is_missing(app: Flask) -> None:
    caller = a_sellers(app, Scope.LEADS_READ)
    assert caller.get("/leads").status_code == 200
    assert caller.get("/accounts").status_code == 403
    assert caller.post("/leads", {}).status_code == 403


def test_a_scope_is_no_right(app: Flask) -> None:
    """The role is taken back after the token was made: its next request fails."""
    person = s.a_staff_member("sales", "content_editor")
    caller = a_caller(app, person)
    with write():
        db.session.execute(db.delete(HeldRole).where(HeldRole.role == "sales"))
    assert caller.get("/leads").status_code == 403


def test_whoever_leaves_the_staff_takes_the_token_along(app: Flask) -> None:
    caller = a_sellers(app)
    with write():
        db.session.execute(db.delete(HeldRole))
    assert caller.get("/leads").status_code == 401


def test_a_closed_person_has_no_tokens(app: Flask) -> None:
    person = s.a_staff_member("sales")
    caller = a_caller(app, person)
    with write():
        queries.locked(person.id).closed_at = now()
    assert caller.get("/leads").status_code == 401


def test_an_ended_membership_ends_the_token_also_where_there_is_another(app: Flask) -> None:
    reseller, other = s.a_reseller("Polana"), s.a_reseller("Brzeg")
    person = s.owner_of(reseller)
    with write():
        db.session.add(
            Membership(
                organisation_id=other.organisation_id,
                person_id=person.id,
                role="member",
                created_at=now(),
                ended_at=None,
            )
        )
    db.session.expire_all()
    lead, others = a_lead(of=reseller), a_lead(of=other)
    first = a_caller(app, person, place=reseller.organisation_id)
    second = a_caller(app, person, place=other.organisation_id)
    assert [one["ref"] for one in first.get("/leads").json["items"]] == [lead.ref]
    assert [one["ref"] for one in second.get("/leads").json["items"]] == [others.ref]
    with write():
        ended = db.update(Membership).where(Membership.organisation_id == reseller.organisation_id)
        db.session.execute(ended.values(ended_at=now()))
    assert first.get("/leads").status_code == 401
    assert second.get("/leads").status_code == 200


def test_a_withdrawn_and_an_expired_token_open_nothing(app: Flask, time_machine: Any) -> None:
    caller, other = a_sellers(app), a_sellers(app)
    tokens.withdraw(caller.token, s.a_staff_member("administrator"))
    assert caller.get("/leads").status_code == 401
    assert other.get("/leads").status_code == 200
    time_machine.move_to(now() + timedelta(days=31), tick=False)
    assert other.get("/leads").status_code == 401


def test_the_use_is_noted_once_an_hour(app: Flask, time_machine: Any) -> None:
    moment = now()
    time_machine.move_to(moment, tick=False)
    caller = a_sellers(app)

    def used() -> Any:
        caller.get("/leads")
        return db.session.scalars(db.select(ApiToken.last_used_at)).one()

    assert used() == moment
    time_machine.move_to(moment + timedelta(minutes=59), tick=False)
    assert used() == moment
    time_machine.move_to(moment + timedelta(minutes=61), tick=False)
    assert used() == moment + timedelta(minutes=61)


def test_a_suspended_resellers_token_reads_why(app: Flask) -> None:
    reseller = s.a_reseller(state="suspended", suspended_at=now())
    answer = a_caller(app, s.owner_of(reseller)).get("/leads")
    assert answer.status_code == 403
    assert "suspended" in answer.json["detail"]


def test_a_service_acts_by_its_roles_and_cannot_sign_in(app: Flask) -> None:
    boss = s.a_staff_member("administrator")
    service = tokens.make_service("Web shop", frozenset({StaffRole.SALES}), boss)
    asked = TokenDetails("Orders", frozenset({Scope.LEADS_READ}), now() + timedelta(days=30))
    made, secret = tokens.make(service, asked, boss)
    caller = Caller(app, secret, made)
    assert caller.get("/leads").status_code == 200
    assert queries.by_email(service.email) is None
    assert service.id not in {person.id for person in queries.staff()}
    tokens.set_service_roles(service, frozenset({StaffRole.DESIGNER}), boss)
    assert caller.get("/leads").status_code == 403
    tokens.close_service(service, boss)
    assert caller.get("/leads").status_code == 401


@pytest.mark.parametrize(
    ("scopes", "days", "field"),
    [
        ({Scope.ACCOUNTS_WRITE}, 30, "scopes"),
        (set(), 30, "scopes"),
        ({Scope.LEADS_READ}, 0, "expires_on"),
        ({Scope.LEADS_READ}, 367, "expires_on"),
    ],
)
def test_a_token_has_no_more_than_its_person_and_at_most_a_year(scopes: set[Scope], days: int, field: str) -> None:
    person = s.owner_of(s.a_reseller())
    with pytest.raises(FieldError) as refused:
        tokens.make(person, TokenDetails("x", frozenset(scopes), now() + timedelta(days=days)), person)
    assert refused.value.field == field


def test_wrong_tokens_are_counted_by_address_and_keep_right_ones_in(app: Flask, client: FlaskClient) -> None:
    caller = a_sellers(app)
    limiter.enabled = True
    limiter.reset()
    wrong = [client.get("/api/v1/leads", headers={"Authorization": "Bearer gw_x"}) for _ in range(31)]
    assert [answer.status_code for answer in wrong] == [401] * 30 + [429]
    assert 1 <= int(wrong[-1].headers["Retry-After"]) <= 61
    assert wrong[-1].mimetype == "application/problem+json"
    assert caller.get("/leads").status_code == 200


def test_a_token_is_limited_by_itself(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.people.tokens.EACH", "2 per minute")
    one, two = a_sellers(app), a_sellers(app)
    limiter.enabled = True
    limiter.reset()
    assert [one.get("/leads").status_code for _ in range(3)] == [200, 200, 429]
    assert two.get("/leads").status_code == 200


def test_problems_speak_the_callers_language(app: Flask) -> None:
    person = s.a_staff_member("sales", locale="fi")
    caller = a_caller(app, person)
    with app.test_request_context():
        pass
    english = caller.get("/leads/L-0", Accept_Language="en").json["detail"]
    assert english == "There is nothing at this address, or it is not for this token."
    assert caller.get("/leads/L-0", Accept_Language="de, en;q=0.5").json["detail"] == english


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nothing", 404), ("DELETE", "/leads", 405)])
def test_errors_are_problems_at_every_address(app: Flask, method: str, path: str, status: int) -> None:
    answer = a_sellers(app).call(method, path)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert answer.json["status"] == status


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"city": NaN}', "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"city=Gdynia", "application/x-www-form-urlencoded", 415),
        (b'{"city": "\\ud800", "street": {"a": 1}}', "application/json", 422),
        (b"{" + b" " * 2_000_000 + b"}", "application/json", 413),
    ],
)
def test_what_is_no_json_is_told(app: Flask, client: FlaskClient, body: bytes, kind: str, status: int) -> None:
    caller = a_sellers(app)
    headers = {"Authorization": f"Bearer {caller.secret}"}
    answer = client.post("/api/v1/leads", data=body, content_type=kind, headers=headers)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")


def test_every_door_of_the_api_names_a_scope_or_is_open_on_purpose(app: Flask) -> None:
    from app.access.guard import access_of
    from app.access.permissions import P
    from app.core.programs import is_api

    views = {name: view for name, view in app.view_functions.items() if is_api(view)}
    assert views
    for name, view in views.items():
        carried = access_of(app, name)
        assert carried == "public" or (isinstance(carried, P) and isinstance(view.gangway_scope, Scope)), name
