"""Applications from files: they join the queue from the day they arrived, and stay as they were sent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core.db import db
from app.core.files import XLSX
from app.outbox.models import MailRow
from app.partners.models import Application
from app.partners.service import decisions
from tests.imports.sentences import csv_of, imported, numbers_of, previewed, reasons_of, somebody_who_imports
from tests.sentences import a_nip, sign_in

pytestmark = pytest.mark.usefixtures("context")

LINE = {
    "company_name": "Polana",
    "country": "Polska",
    "street": "ul. Lipowa 4",
    "postcode": "62200",
    "city": "Gniezno",
    "first_name": "Katarzyna",
    "last_name": "Milewska",
    "email": "katarzyna@polana.example",
    "phone": "61 555 12 12",
    "website": "polana.example",
    "about": "Two shops.\nMany clients.",
    "applied_on": "2026-01-09",
}


def a_line(**cells: str) -> dict[str, str]:
    return {**LINE, "company_number": a_nip(), **cells}


def applications() -> list[Application]:
    query = sa.select(Application).order_by(Application.id).execution_options(populate_existing=True)
    return list(db.session.scalars(query))


def mails() -> list[str]:
    return list(db.session.scalars(sa.select(MailRow.template).order_by(MailRow.id)))


def test_it_waits_with_the_promise_of_the_day_it_arrived() -> None:
    run = imported("applications", csv_of([a_line()]), somebody_who_imports())
    assert numbers_of(run) == (1, 0, 0, 0), reasons_of(run)
    (found,) = applications()
    assert (found.state, found.applicant, found.phone, found.locale) == (
        "submitted",
        "Katarzyna Milewska",
        "+48615551212",
        "pl",
    )
    assert found.created_at.date().isoformat() == "2026-01-09"
    assert found.decide_by - found.created_at == timedelta(days=30)
    assert mails() == []


def test_the_confirmation_goes_out_where_the_line_says_so_and_once() -> None:
    by, line = somebody_who_imports(), a_line(confirm="yes")
    imported("applications", csv_of([line]), by)
    again = imported("applications", csv_of([line]), by)
    assert (numbers_of(again), mails()) == ((0, 0, 1, 0), ["application_received"])


def test_what_was_said_stays_and_who_is_a_reseller_does_not_apply_again() -> None:
    by, line, decided = somebody_who_imports(), a_line(), a_line(email="b@kassa.example")
    imported("applications", csv_of([line, decided]), by)
    decisions.accept(applications()[1], by)
    run = previewed("applications", csv_of([{**line, "city": "Poznań"}, {**decided, "city": "Poznań"}]), by)
    assert {number: [column for column, _ in said] for number, said in reasons_of(run).items()} == {
        2: ["city"],
        3: ["company_number"],
    }
    assert numbers_of(previewed("applications", csv_of([line, decided]), by)) == (0, 0, 2, 0)


def test_all_that_is_wrong_is_said_at_once() -> None:
    run = previewed(
        "applications", csv_of([{"company_name": "N", "country": "DE", "about": "x"}]), somebody_who_imports()
    )
    assert {column for column, _ in reasons_of(run)[2]} == {
        *("country", "company_number", "street", "postcode", "city"),
        *("first_name", "last_name", "email", "phone"),
    }


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_our_own_list_comes_back_unchanged(client: FlaskClient, format: str) -> None:
    by = somebody_who_imports()
    lines = [a_line(company_name="=cmd", about="+48 is our prefix"), a_line(email="b@b.example", street="-5")]
    assert numbers_of(imported("applications", csv_of(lines), by)) == (2, 0, 0, 0)
    sign_in(client, by)
    content = client.get(f"/desk/applications.{format}").get_data()
    more: dict[str, Any] = {"content_type": XLSX} if format == "xlsx" else {}
    again = previewed("applications", content, by, **more)
    assert numbers_of(again) == (0, 0, 2, 0), reasons_of(again)
    assert "+48 61 555 12 12" in (content.decode("utf-8-sig") if format == "csv" else "+48 61 555 12 12")
