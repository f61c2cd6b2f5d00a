"""Colleagues from files: each new one is invited, roles are changed, and nobody leaves the staff or is made more."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.access.roles import StaffRole
from app.core.db import db, write
from app.core.errors import FieldError
from app.core.files import XLSX
from app.outbox.models import MailRow
from app.people import queries
from app.people.models import Person
from app.people.service import staff
from tests.imports.sentences import csv_of, imported, lines_of, numbers_of, previewed, reasons_of, somebody_who_imports
from tests.sentences import a_reseller, a_staff_member, owner_of, sign_in

pytestmark = pytest.mark.usefixtures("context")

DANA = {"name": "Dana Kellerman", "email": "Dana@vendor.example", "locale": "nl", "roles": "sales; Financiën"}


def an_administrator() -> Person:
    return somebody_who_imports("administrator")


def mails() -> list[tuple[str, str]]:
    return [(row.template, row.to_email) for row in db.session.scalars(sa.select(MailRow).order_by(MailRow.id))]


def roles_of(email: str) -> list[str]:
    person = queries.by_email(email)
    assert person is not None
    return sorted(person.staff_roles)


def test_each_new_colleague_is_invited_once() -> None:
    by = an_administrator()
    lines = [{**DANA, "roles": "sales, account manager"}, {**DANA, "email": "b@vendor.example", "roles": "finance"}]
    assert numbers_of(imported("staff", csv_of(lines), by)) == (2, 0, 0, 0)
    assert roles_of("dana@vendor.example") == ["account_manager", "sales"]
    assert mails() == [("staff_invitation", "dana@vendor.example"), ("staff_invitation", "b@vendor.example")]
    again = imported("staff", csv_of(lines), by)
    assert (again.state, numbers_of(again), len(mails())) == ("ready", (0, 0, 2, 0), 2)


def test_a_member_of_a_reseller_may_join_the_staff_and_keeps_the_name() -> None:
    by, owner = an_administrator(), owner_of(a_reseller())
    run = imported("staff", csv_of([{**DANA, "email": owner.email, "name": "Other", "roles": "designer"}]), by)
    assert (numbers_of(run), roles_of(owner.email)) == ((1, 0, 0, 0), ["designer"])
    found = queries.by_email(owner.email)
    assert found is not None
    assert found.name == owner.name


def test_roles_are_changed_and_an_empty_cell_takes_nobody_off() -> None:
    by, one = an_administrator(), a_staff_member("sales", name="One").email
    run = imported("staff", csv_of([{"email": one, "roles": "finance", "name": "Renamed"}]), by)
    assert lines_of(run)[0].before_and_after == {"roles": ("Sales", "Finance")}
    assert roles_of(one) == ["finance"]
    same = previewed("staff", csv_of([{"email": one, "roles": ""}]), by)
    assert numbers_of(same) == (0, 0, 1, 0)


def test_what_is_wrong_is_said() -> None:
    by, closed = an_administrator(), a_staff_member("sales", name="Closed")
    staff.close(closed, by)
    lines = [
        {"email": "nobody", "name": "N", "roles": "king"},
        {"email": "x@vendor.example", "name": "", "roles": ""},
        {"email": closed.email, "name": "", "roles": "finance"},
        {"email": by.email, "name": "", "roles": "sales"},
    ]
    run = previewed("staff", csv_of(lines), by)
    assert {number: [column for column, _ in said] for number, said in reasons_of(run).items()} == {
        2: ["email", "roles"],
        3: ["name", "roles"],
        4: ["email"],
    }
    done = imported("staff", csv_of(lines[3:]), by)
    assert numbers_of(done) == (0, 0, 0, 1)
    assert "at least one administrator" in reasons_of(done)[2][0][1]


def test_only_an_administrator_makes_administrators() -> None:
    seller, one = people_of("sales"), people_of("finance")
    colleague = staff.Colleague("new@vendor.example", "New", "en", frozenset({StaffRole.ADMINISTRATOR}))
    with pytest.raises(FieldError), write():
        staff.add(colleague, seller)
    with pytest.raises(FieldError):
        staff.set_roles(one, {StaffRole.ADMINISTRATOR}, seller)
    by = an_administrator()
    imported("staff", csv_of([{**DANA, "roles": "administrator"}]), by)
    assert roles_of("dana@vendor.example") == ["administrator"]


def people_of(role: str) -> Person:
    return somebody_who_imports(role)


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_our_own_list_comes_back_unchanged(client: FlaskClient, format: str) -> None:
    by, closed = an_administrator(), a_staff_member("sales", "team_leader", name="=Closed", locale="pl")
    staff.close(closed, by)
    sign_in(client, by)
    for locale in ("en", "fi"):
        content = client.get(f"/desk/staff/staff.{format}?lang={locale}").get_data()
        more: dict[str, Any] = {"content_type": XLSX} if format == "xlsx" else {}
        again = previewed("staff", content, by, **more)
        assert numbers_of(again) == (0, 0, 2, 0), reasons_of(again)


def test_only_who_manages_the_staff_imports_it(client: FlaskClient) -> None:
    sign_in(client, a_staff_member("team_leader"))
    assert client.get("/desk/imports/new/staff").status_code == 404
