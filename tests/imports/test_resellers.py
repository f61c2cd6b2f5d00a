"""Resellers from files: taken in with owner and link, corrected, invited when somebody says so, nothing invented."""

from __future__ import annotations

import io
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from openpyxl import load_workbook

from app.core.db import db
from app.core.files import XLSX
from app.outbox.models import MailRow
from app.partners.models import GrantedAccess, Reseller
from app.people.models import Person
from tests.imports.sentences import (
    csv_of,
    imported,
    lines_of,
    numbers_of,
    previewed,
    reasons_of,
    somebody_who_imports,
)
from tests.sentences import a_nip, a_reseller, a_staff_member, link_of, owner_of, sign_in

pytestmark = pytest.mark.usefixtures("context")

LINE = {
    "name": "Polana Wdrożenia",
    "country": "PL",
    "city": "Gniezno",
    "contact_name": "Katarzyna Milewska",
    "email": "katarzyna@polana.example",
    "phone": "+48 61 555 12 12",
    "locale": "pl",
    "since": "2021-03-01",
}


def a_line(**cells: str) -> dict[str, str]:
    return {**LINE, "company_number": a_nip(), **cells}


def resellers() -> list[Reseller]:
    query = sa.select(Reseller).order_by(Reseller.id).execution_options(populate_existing=True)
    return list(db.session.scalars(query))


def mails() -> list[str]:
    return list(db.session.scalars(sa.select(MailRow.template).order_by(MailRow.id)))


def test_a_reseller_comes_in_with_owner_and_link_and_nothing_invented() -> None:
    line = a_line()
    run = imported("resellers", csv_of([line]), somebody_who_imports())
    assert numbers_of(run) == (1, 0, 0, 0)
    (reseller,) = resellers()
    assert (reseller.company_key, reseller.city, reseller.state) == (
        f"PL:{line['company_number']}",
        "Gniezno",
        "active",
    )
    assert reseller.created_at.date().isoformat() == "2021-03-01"
    assert reseller.terms_version == 0, "the link opens once the terms are accepted"
    owner = owner_of(reseller)
    assert (owner.name, owner.email, owner.phone, owner.locale) == (
        "Katarzyna Milewska",
        "katarzyna@polana.example",
        "+48615551212",
        "pl",
    )
    assert link_of(reseller).slug.startswith("KatarzynaMilewska-")
    assert mails() == []
    assert db.session.scalar(sa.select(sa.func.count()).select_from(GrantedAccess)) == 0


def test_whoever_is_to_be_invited_gets_one_mail_however_often_the_file_comes() -> None:
    by = somebody_who_imports()
    silent, invited = a_line(), a_line(email="anna@kassa.example", invite="yes")
    imported("resellers", csv_of([silent, invited]), by)
    assert mails() == ["reseller_invited"]
    again = imported("resellers", csv_of([silent, invited]), by)
    assert (again.state, numbers_of(again)) == ("ready", (0, 0, 2, 0))
    later = imported("resellers", csv_of([{**silent, "invite": "tak"}, invited]), by)
    assert numbers_of(later) == (0, 1, 1, 0)
    assert lines_of(later, "changed")[0].before_and_after == {"invite": ("No", "Yes")}
    assert mails() == ["reseller_invited"] * 2


def test_a_suspended_one_comes_in_suspended_with_its_reason_and_without_a_mail() -> None:
    by = somebody_who_imports()
    lines = [
        a_line(state="Zawieszony", suspension="Two invoices are open."),
        a_line(email="b@b.example", state="suspended"),
        a_line(email="c@c.example", state="suspended", suspension="x", invite="yes"),
        a_line(email="d@d.example", state="asleep"),
    ]
    run = imported("resellers", csv_of(lines), by)
    assert numbers_of(run) == (1, 0, 0, 3)
    assert [[column for column, _said in said] for said in reasons_of(run).values()] == [
        ["suspension"],
        ["invite"],
        ["state"],
    ]
    (reseller,) = resellers()
    assert (reseller.state, reseller.suspension, mails()) == ("suspended", "Two invoices are open.", [])


def test_words_are_corrected_and_the_rest_is_done_on_the_page() -> None:
    by = somebody_who_imports()
    line = a_line()
    imported("resellers", csv_of([line]), by)
    (reseller,) = resellers()
    corrected = {"ref": reseller.ref, "name": "Polana Plus", "city": "Poznań", "contact_name": "", "locale": "fi"}
    run = imported("resellers", csv_of([corrected]), by)
    assert lines_of(run)[0].before_and_after == {
        "name": ("Polana Wdrożenia", "Polana Plus"),
        "city": ("Gniezno", "Poznań"),
    }
    (reseller,) = resellers()
    assert (reseller.city, reseller.contact_name, reseller.name_sort) == ("Poznań", "Katarzyna Milewska", "polana plus")
    assert "poznan" in reseller.search
    assert owner_of(reseller).locale == "pl"
    wrong = previewed(
        "resellers",
        csv_of([{"ref": reseller.ref, "state": "suspended", "email": "other@x.example", "company_number": a_nip()}]),
        by,
    )
    assert [column for column, _said in reasons_of(wrong)[2]] == ["company_number", "email", "state"]


def test_everything_that_is_missing_is_said_at_once() -> None:
    run = previewed("resellers", csv_of([{"name": "Nameless", "country": "DE", "since": "2199-01-01"}]), somebody())
    assert {column for column, _said in reasons_of(run)[2]} == {
        "company_number",
        "city",
        "contact_name",
        "email",
        "country",
        "since",
    }


def somebody() -> Person:
    return somebody_who_imports()


def test_two_lines_about_one_company_are_one_too_many() -> None:
    line = a_line()
    run = previewed("resellers", csv_of([line, {**line, "city": "Poznań"}]), somebody())
    assert numbers_of(run) == (1, 0, 0, 1)


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_our_own_list_comes_back_unchanged(client: FlaskClient, format: str) -> None:
    by = somebody()
    lines = [
        a_line(name="=1+1", city="+48"),
        a_line(email="b@b.example", state="suspended", suspension="@ the bank"),
        a_line(email="c@c.example", country="FR", company_number="73282932000074", phone="01 44 55 66 77", locale="fr"),
    ]
    assert numbers_of(imported("resellers", csv_of(lines), by)) == (3, 0, 0, 0)
    a_reseller("Kassahuone")  # without a company number
    sign_in(client, by)
    content = client.get(f"/desk/resellers.{format}").get_data()
    assert "+48 61 555 12 12" in _texts(content, format)
    more: dict[str, Any] = {"content_type": XLSX} if format == "xlsx" else {}
    again = previewed("resellers", content, by, **more)
    assert numbers_of(again) == (0, 0, 4, 0), reasons_of(again)


def _texts(content: bytes, format: str) -> list[str]:
    if format == "csv":
        return content.decode("utf-8-sig").replace("\r\n", ";").split(";")
    rows = load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True)
    return [str(value) for row in rows for value in row]


def test_only_who_manages_resellers_imports_them(client: FlaskClient) -> None:
    sign_in(client, a_staff_member("finance"))
    assert client.get("/desk/imports/new/resellers").status_code == 404
