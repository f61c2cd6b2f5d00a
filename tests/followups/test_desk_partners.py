"""Service partners at the desk: entered once and invited, changed, suspended, absent, listed and in files (T2)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.core.clock import now, today
from app.core.db import db, write
from app.followups.emails_partners import ServicePartnerInvited
from app.followups.models import PartnerAbsence, PartnerState, ServicePartner
from app.followups.service.assigning import Choice, assign
from app.history.service import entries_of
from app.outbox.models import MailRow
from app.people.models import Membership, Person
from tests import sentences as s
from tests.followups.partners import a_service_partner, a_wanting_lead
from tests.queries import counting

pytestmark = pytest.mark.usefixtures("context")

LIST = "/desk/service-partners"


@pytest.fixture
def desk(app: Flask) -> FlaskClient:
    return s.sign_in(app.test_client(), s.a_staff_member("coordinator"))


def typed(**values: Any) -> dict[str, Any]:
    return {
        "country": "PL",
        "name": "Księgowość Żuk",
        "company_number": "856-734-62-15",
        "postcode": "61-001",
        "city": "Poznań",
        "email": "biuro@zuk.example",
        "phone": "61 234 56 78",
        "capacity": "12",
        "served": "4",
        "person_name": "Zofia Żuk",
        "person_email": "zofia@zuk.example",
        "person_locale": "pl",
        "key": "form-1",
        **values,
    }


def only() -> ServicePartner:
    db.session.rollback()
    return db.session.scalars(db.select(ServicePartner).execution_options(populate_existing=True)).one()


def body(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.status
    return str(answer.get_data(as_text=True))


def templates() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(MailRow.template).order_by(MailRow.id)))


def test_a_new_one_is_kept_in_canonical_form_and_its_owner_invited(desk: FlaskClient) -> None:
    answer = s.post(desk, f"{LIST}/new", typed())

    assert answer.status_code == 303
    found = only()
    assert answer.headers["Location"].endswith(found.ref)
    assert (found.company_number, found.company_key) == ("8567346215", "PL:8567346215")
    assert (found.phone, found.email, found.capacity, found.served) == ("+48612345678", "biuro@zuk.example", 12, 4)
    owner = db.session.scalars(db.select(Person).where(Person.email == "zofia@zuk.example")).one()
    held = db.session.scalars(db.select(Membership).where(Membership.person_id == owner.id)).one()
    assert (held.organisation_id, held.role, owner.locale) == (found.organisation_id, "owner", "pl")
    assert templates() == ["service_partner_invited"]
    assert {entry.verb for entry in entries_of(found)} == {"service_partner.added", "service_partner.invited"}
    page = body(desk, f"{LIST}/{found.ref}")
    assert "Zofia Żuk" in page
    assert "Invite again" in page
    assert "856-734-62-15" in page


def test_a_form_sent_twice_is_one_and_a_company_is_one_partner(desk: FlaskClient) -> None:
    first = s.post(desk, f"{LIST}/new", typed())
    again = s.post(desk, f"{LIST}/new", typed())
    another = s.post(desk, f"{LIST}/new", typed(key="form-2", company_number="PL 8567346215"))

    assert first.headers["Location"] == again.headers["Location"]
    assert another.status_code == 422
    assert "service partner already" in another.get_data(as_text=True)
    assert only().name_sort == "ksiegowosc zuk"


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name", "", "Enter the company"),
        ("company_number", "8567346216", "856"),
        ("postcode", "61001x", "post code"),
        ("person_email", "zofia", "e-mail"),
        ("capacity", "0", "Enter a number"),
        ("capacity", "many", "number"),
        ("phone", "12", "phone"),
    ],
)
def test_bad_input_is_shown_again_with_its_text(desk: FlaskClient, field: str, value: str, message: str) -> None:
    answer = s.post(desk, f"{LIST}/new", typed(**{field: value}))

    assert answer.status_code == 422
    text = answer.get_data(as_text=True)
    assert message in text
    assert "Zofia Żuk" in text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(ServicePartner)) == 0


def test_another_country_asks_for_its_own_number(desk: FlaskClient) -> None:
    answer = s.post(desk, f"{LIST}/new", typed(country="NL", do="country"))

    assert answer.status_code == 200
    assert "KvK" in answer.get_data(as_text=True)


def test_two_editors_see_each_other(desk: FlaskClient) -> None:
    s.post(desk, f"{LIST}/new", typed())
    found = only()
    path = f"{LIST}/{found.ref}/edit"
    seen = str(found.version)
    assert s.post(desk, path, typed(version=seen, capacity="20")).status_code == 303

    assert s.post(desk, path, typed(version=seen, capacity="20")).status_code == 303, "a double click"
    assert len([entry for entry in entries_of(only()) if entry.verb == "service_partner.edited"]) == 1

    late = s.post(desk, path, typed(version=seen, name="Żuk i Wspólnicy"))

    assert late.status_code == 409
    assert "Żuk i Wspólnicy" in late.get_data(as_text=True)
    assert only().capacity == 20
    assert s.post(desk, path, typed(version=str(only().version), name="Żuk i Wspólnicy")).status_code == 303
    assert "Żuk i Wspólnicy" in body(desk, f"{LIST}?q=zuk+wspol")
    assert "Żuk i Wspólnicy" in body(desk, f"{LIST}?q=ksiegowosc"), "also by its former name"


def test_suspending_says_what_stays_and_tells_the_owners(desk: FlaskClient) -> None:
    partner = a_service_partner(owner="Zofia Żuk")
    lead = a_wanting_lead(company_name="Harrow Lane Cycles")
    assign(lead.id, Choice(), s.a_staff_member())
    path = f"{LIST}/{partner.ref}/suspension"
    page = body(desk, path)
    assert "1 open assignment stays with it" in page
    assert "Harrow Lane Cycles" in page
    assert s.post(desk, path, {"version": "1", "reason": ""}).status_code == 422

    assert s.post(desk, path, {"version": "1", "reason": "Insurance expired"}).status_code == 303

    assert only().state == PartnerState.SUSPENDED
    assert templates()[-1] == "service_partner_suspended"
    assert "Insurance expired" in body(desk, f"{LIST}/{partner.ref}")
    assert s.post(desk, path, {"version": "1", "reason": "Another"}, page="").status_code == 409
    gone = s.post(desk, f"{LIST}/{partner.ref}/resumption", {"version": "1"}, page="")
    assert gone.status_code == 409
    back = s.post(desk, f"{LIST}/{partner.ref}/resumption", {"version": str(only().version)}, page="")
    assert back.status_code == 303
    assert only().is_active
    assert only().suspension == ""
    assert templates()[-1] == "service_partner_resumed"


def test_absences_are_noted_once_and_taken_back(desk: FlaskClient) -> None:
    partner = a_service_partner()
    path = f"{LIST}/{partner.ref}/absences"
    first, last = today("Europe/Amsterdam"), today("Europe/Amsterdam") + timedelta(days=4)
    days = {"from_on": first.isoformat(), "until_on": last.isoformat()}

    assert s.post(desk, path, days, page="").status_code == 303
    assert s.post(desk, path, days, page="").status_code == 303
    wrong = s.post(desk, path, {"from_on": last.isoformat(), "until_on": first.isoformat()}, page="")
    crossing = s.post(desk, path, {"from_on": last.isoformat(), "until_on": last.isoformat()}, page="")
    assert (wrong.status_code, crossing.status_code) == (422, 422)
    absence = db.session.scalars(db.select(PartnerAbsence)).one()
    page = body(desk, f"{LIST}/{partner.ref}")
    assert "Absent until" in page
    assert f"now {first.isoformat()}" not in re.sub(r"<[^>]+>", "", page), "its history says days as people do"
    assert "Away now" in body(desk, LIST)

    assert s.post(desk, f"{path}/{absence.ref}/end", {}, page="").status_code == 303

    assert "Absent until" not in body(desk, f"{LIST}/{partner.ref}")
    assert "Away now" not in body(desk, LIST)
    other = a_service_partner()
    assert s.post(desk, f"{LIST}/{other.ref}/absences/{absence.ref}/end", {}, page="").status_code == 404


def test_inviting_again_is_for_owners_who_have_not_been_here(desk: FlaskClient) -> None:
    s.post(desk, f"{LIST}/new", typed())
    found = only()
    owner = db.session.scalars(db.select(Person).where(Person.email == "zofia@zuk.example")).one()

    assert s.post(desk, f"{LIST}/{found.ref}/people/{owner.id}/invitation", {}, page="").status_code == 303
    assert templates() == ["service_partner_invited"] * 2
    stranger = s.a_person()
    path = f"{LIST}/{found.ref}/people/{stranger.id}/invitation"
    assert s.post(desk, path, {}, page="").status_code == 404


def test_a_lost_invitation_is_sent_anew_until_its_owner_was_here(app: Flask, desk: FlaskClient) -> None:
    s.post(desk, f"{LIST}/new", typed(), page="")
    row = db.session.scalars(sa.select(MailRow).where(MailRow.template == "service_partner_invited")).one()
    mail = ServicePartnerInvited("Księgowość Żuk", "Dana Kellerman", only().ref)
    with write():
        path = mail.renew(row)
    assert path is not None
    assert app.test_client().get(path).status_code == 200
    with write():
        db.session.get_one(Person, row.person_id).signed_in_at = now()
    with write():
        assert mail.renew(row) is None


def test_the_list_searches_sorts_and_is_a_file(desk: FlaskClient) -> None:
    a_service_partner("Ósemka Finanse", city="Łódź", served=3, capacity=3)
    a_service_partner("Bilans Plus", state="suspended", suspension="Insurance")
    assert body(desk, LIST).index("Bilans Plus") < body(desk, LIST).index("Ósemka Finanse")
    assert body(desk, f"{LIST}?sort=newest").index("Bilans Plus") < body(desk, f"{LIST}?sort=newest").index("Ósemka")
    assert "Bilans Plus" not in body(desk, f"{LIST}?q=lodz")
    assert "Ósemka" not in body(desk, f"{LIST}?state=suspended")
    assert "3 of at most 3" in body(desk, LIST)

    text = desk.get(f"{LIST}.csv?q=osemka").get_data(as_text=True)

    assert "Ósemka Finanse" in text
    assert "Bilans" not in text
    assert desk.get(f"{LIST}.xlsx").status_code == 200


def test_the_desk_finds_them_and_their_people(desk: FlaskClient) -> None:
    s.post(desk, f"{LIST}/new", typed())
    found = only()

    for q in ("zuk ksieg", "PL 856.734.62.15", found.ref, "zofia@zuk.example"):
        text = desk.get("/desk/search", query_string={"q": q}).get_data(as_text=True)
        assert f"{LIST}/{found.ref}" in text, q
    assert found.ref in desk.get(LIST, query_string={"q": "856.734.62.15"}).get_data(as_text=True)


@pytest.mark.on("sqlite")
def test_pages_ask_as_much_for_many_as_for_few(app: Flask, desk: FlaskClient) -> None:
    sales = s.a_staff_member()
    partner = a_service_partner(owner="Zofia Żuk")
    paths = [LIST, f"{LIST}.csv", f"{LIST}/{partner.ref}", f"{LIST}/{partner.ref}/assignments.csv"]
    counts: list[list[int]] = []
    for more in (2, 12):
        for _ in range(more):
            a_service_partner(owner="Jan Wit")
            assign(a_wanting_lead().id, Choice(partner_id=partner.id, override="Known"), sales) if more else None
        row = []
        for path in paths:
            desk.get(path)
            with counting(app) as count:
                desk.get(path)
            row.append(int(count))
        counts.append(row)
    assert counts[0] == counts[1]
    assert counts[0][0] <= 6


@pytest.mark.parametrize(
    ("role", "read", "manage"), [("coordinator", 200, 200), ("sales", 200, 403), ("finance", 403, 403)]
)
def test_who_may(app: Flask, role: str, read: int, manage: int) -> None:
    partner = a_service_partner()
    client = s.sign_in(app.test_client(), s.a_staff_member(role))

    assert client.get(LIST).status_code == read
    assert client.get(f"{LIST}/{partner.ref}").status_code == read
    for path in ("new", f"{partner.ref}/edit", f"{partner.ref}/suspension"):
        assert client.get(f"{LIST}/{path}").status_code == manage


def test_an_unknown_one_is_not_found(desk: FlaskClient) -> None:
    assert desk.get(f"{LIST}/SP-XXXXXXXX").status_code == 404
