"""Tokens on the profile and services at the desk: shown once, listed, withdrawn, by those who may."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.db import db
from app.core.i18n import format_short, in_locale
from app.outbox.models import MailRow
from app.people.models import ApiToken, Person
from tests import sentences as s
from tests.api.sentences import BASE, a_caller

pytestmark = pytest.mark.usefixtures("context")


def made(client: FlaskClient, path: str, **values: Any) -> tuple[Any, str]:
    form = {"name": "Shop connector", "scopes": ["leads:read"], "expires_on": _day(), **values}
    answer = s.post(client, path, form)
    found = re.search(r"gw_[\w-]{43}", answer.get_data(as_text=True))
    return answer, found[0] if found else ""


def _day() -> str:
    from datetime import timedelta

    from app.core.clock import now

    return (now() + timedelta(days=30)).date().isoformat()


def opens(app: Flask, secret: str) -> int:
    return app.test_client().get(f"{BASE}/leads", headers={"Authorization": f"Bearer {secret}"}).status_code


def test_a_token_is_shown_once_and_works(app: Flask, client: FlaskClient) -> None:
    person = s.owner_of(s.a_reseller())
    s.sign_in(client, person)
    assert "No tokens yet" in client.get("/profile/tokens").get_data(as_text=True)
    answer, secret = made(client, "/profile/tokens/new")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert opens(app, secret) == 200
    page = client.get("/profile/tokens").get_data(as_text=True)
    assert "Shop connector" in page
    with in_locale("en"):
        assert format_short(date.fromisoformat(_day())) in page, "the last day on which it works"
    assert secret not in page
    with client.session_transaction() as session:
        assert secret not in str(dict(session))
    mail = db.session.scalars(db.select(MailRow)).one()
    assert mail.person_id == person.id
    assert secret not in str(mail.__dict__)


def test_sent_again_it_makes_no_second_one(client: FlaskClient) -> None:
    s.sign_in(client, s.a_staff_member("sales"))
    made(client, "/profile/tokens/new")
    answer, secret = made(client, "/profile/tokens/new")
    assert (answer.status_code, secret) == (422, "")
    assert db.session.scalar(db.select(db.func.count()).select_from(ApiToken)) == 1


@pytest.mark.parametrize(
    "values", [{"scopes": []}, {"scopes": ["accounts:write"]}, {"expires_on": "2019-01-01"}, {"name": ""}]
)
def test_what_is_wrong_stands_beside_its_field(client: FlaskClient, values: dict[str, Any]) -> None:
    s.sign_in(client, s.owner_of(s.a_reseller()))
    answer, secret = made(client, "/profile/tokens/new", **values)
    assert (answer.status_code, secret) == (422, "")
    assert "<title>Error: " in answer.get_data(as_text=True)


def test_a_withdrawn_token_opens_nothing(app: Flask, client: FlaskClient) -> None:
    person = s.a_staff_member("sales")
    caller = a_caller(app, person)
    s.sign_in(client, person)
    path = f"/profile/tokens/{caller.token.ref}/withdrawal"
    assert s.post(client, path, page="/profile/tokens").status_code == 303
    assert opens(app, caller.secret) == 401
    assert "Withdrawn" in client.get("/profile/tokens").get_data(as_text=True)


def test_nobody_withdraws_anothers(app: Flask, client: FlaskClient) -> None:
    caller = a_caller(app, s.a_staff_member("sales"))
    s.sign_in(client, s.a_staff_member("sales"))
    assert s.post(client, f"/profile/tokens/{caller.token.ref}/withdrawal", page="").status_code == 404
    assert opens(app, caller.secret) == 200


def test_a_session_that_is_not_fresh_proves_itself_first(client: FlaskClient) -> None:
    s.sign_in(client, s.a_staff_member("sales"))
    with client.session_transaction() as session:
        session["since"] -= 3600
    answer = client.get("/profile/tokens/new")
    assert (answer.status_code, answer.location) == (303, "/profile/proof?next=/profile/tokens/new")


def test_an_administrator_makes_a_service_and_its_token(app: Flask, client: FlaskClient) -> None:
    s.sign_in(client, s.a_staff_member("administrator"))
    assert "No services yet" in client.get("/desk/api").get_data(as_text=True)
    assert s.post(client, "/desk/api/new", {"name": "", "roles": []}).status_code == 422
    assert s.post(client, "/desk/api/new", {"name": "Web shop", "roles": ["administrator"]}).status_code == 422
    answer = s.post(client, "/desk/api/new", {"name": "Web shop", "roles": ["sales"]})
    assert answer.status_code == 303
    service = db.session.scalars(db.select(Person).where(Person.name == "Web shop")).one()
    answer, secret = made(client, f"/desk/api/{service.ref}/token")
    assert opens(app, secret) == 200
    page = client.get(f"/desk/api/{service.ref}").get_data(as_text=True)
    assert "Shop connector" in page
    assert secret not in page
    assert s.post(client, f"/desk/api/{service.ref}", {"roles": ["designer"]}).status_code == 303
    assert opens(app, secret) == 403
    assert s.post(client, f"/desk/api/{service.ref}/closing", page=f"/desk/api/{service.ref}").status_code == 303
    assert opens(app, secret) == 401
    assert client.get(f"/desk/api/{service.ref}/token").status_code == 404
    assert "Closed" in client.get("/desk/api").get_data(as_text=True)


def test_a_person_is_no_service(client: FlaskClient) -> None:
    boss = s.a_staff_member("administrator")
    s.sign_in(client, boss)
    assert client.get(f"/desk/api/{boss.ref}").status_code == 404


def test_the_readable_page_shows_code_as_code(client: FlaskClient) -> None:
    page = client.get("/api").get_data(as_text=True)
    assert "<code>paid</code>" in page
    assert "`" not in page
    for place in re.findall(r'<a href="#([^"]+)">', page.partition('id="contents"')[2].partition("</nav>")[0]):
        assert f'id="{place}"' in page


def test_problems_of_a_service_stand_in_the_order_of_its_fields(client: FlaskClient) -> None:
    s.sign_in(client, s.a_staff_member("administrator"))
    answer = s.post(client, "/desk/api/new", {})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert page.index("Enter the name of the service") < page.index("Choose at least one role")
