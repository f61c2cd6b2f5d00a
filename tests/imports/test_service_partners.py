"""Service partners from files."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import joinedload

from app.core.db import db
from app.followups.models import ServicePartner
from app.outbox.models import MailRow
from app.people.models import Membership, Person
from app.people.queries import by_email
from app.people.service import staff
from tests.imports.sentences import csv_of, imported, lines_of, numbers_of, previewed, reasons_of, somebody_who_imports
from tests.sentences import a_nip, a_staff_member, sign_in

pytestmark = pytest.mark.usefixtures("context")


def a_line(**cells: str) -> dict[str, str]:
    """A firm that nobody knows yet."""
    return {
        "name": "Biuro Żółć",
        "country": "Polska",
        "company_number": a_nip(),
        "postcode": "61001",
        "city": "Poznań",
        "email": "Biuro@zolc.example",
        "phone": "61 555 12 12",
        "capacity": "40",
        "served": "12",
        "person_name": "Łukasz O'Żółć",
        "person_email": "lukasz@zolc.example",
        "locale": "pl",
        **cells,
    }


def somebody() -> Person:
    return somebody_who_imports("coordinator")


def the_partner() -> ServicePartner:
    query = sa.select(ServicePartner).options(joinedload(ServicePartner.organisation))
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def mails() -> list[str]:
    return list(db.session.scalars(sa.select(MailRow.template).order_by(MailRow.id)))


def test_a_firm_comes_in_with_its_owner_and_nobody_is_mailed() -> None:
    line = a_line()
    assert numbers_of(imported("service-partners", csv_of([line]), somebody())) == (1, 0, 0, 0)
    found = the_partner()
    assert (found.organisation.name, found.country, found.company_number) == (
        "Biuro Żółć",
        "PL",
        line["company_number"],
    )
    assert (found.postcode, found.city, found.email) == ("61-001", "Poznań", "biuro@zolc.example")
    assert (found.phone, found.capacity, found.served) == ("+48615551212", 40, 12)
    owner = db.session.scalars(sa.select(Person).join(Membership).where(Membership.role == "owner")).one()
    assert (owner.name, owner.email, owner.locale) == ("Łukasz O'Żółć", "lukasz@zolc.example", "pl")
    assert mails() == []


def test_whoever_is_to_be_invited_gets_one_mail() -> None:
    by, file = somebody(), csv_of([a_line(invite="tak")])
    imported("service-partners", file, by)
    assert numbers_of(imported("service-partners", file, by)) == (0, 0, 1, 0)
    assert mails() == ["service_partner_invited"]


def test_it_is_changed_by_number_or_reference_and_empty_cells_leave_what_is_there() -> None:
    by, line = somebody(), a_line()
    imported("service-partners", csv_of([line]), by)
    found = the_partner()
    by_number = {"country": "PL", "company_number": line["company_number"], "capacity": "50", "city": ""}
    run = imported("service-partners", csv_of([by_number]), by)
    assert lines_of(run)[0].changes == {"capacity": ["40", "50"]}
    run = imported("service-partners", csv_of([{"ref": found.ref, "name": "Biuro Nowe", "served": "0"}]), by)
    assert lines_of(run)[0].changes == {"name": ["Biuro Żółć", "Biuro Nowe"], "served": ["12", "0"]}
    found = the_partner()
    assert (found.organisation.name, found.capacity, found.served, found.city) == ("Biuro Nowe", 50, 0, "Poznań")
    assert found.name_sort == "biuro nowe"


def test_everything_that_is_wrong_is_said_at_once() -> None:
    by = somebody()
    wrong = {
        **a_line(country="Germany"),
        "email": "nobody",
        "capacity": "0",
        "served": "-1",
        "person_name": "",
        "person_email": "x@",
        "locale": "de",
        "invite": "perhaps",
    }
    reasons = reasons_of(previewed("service-partners", csv_of([wrong]), by))[2]
    assert {column for column, _said in reasons} == set(wrong) & {
        "country", "email", "capacity", "served", "person_name", "person_email", "locale", "invite"
    }  # fmt: skip
    unknown = previewed("service-partners", csv_of([{"ref": "SP-00000000"}]), by)
    assert [column for column, _said in reasons_of(unknown)[2]] == ["ref"]


def test_an_owner_whose_access_was_closed_is_refused() -> None:
    gone = a_staff_member("sales")
    staff.close(gone, a_staff_member("administrator"))
    run = previewed("service-partners", csv_of([a_line(person_email=gone.email)]), somebody())
    assert [column for column, _said in reasons_of(run)[2]] == ["person_email"]
    assert by_email("lukasz@zolc.example") is None


@pytest.mark.parametrize("language", ["en", "nl", "pl", "fi", "fr"])
def test_our_own_list_comes_back_unchanged_in_every_language(client: FlaskClient, language: str) -> None:
    by = somebody()
    sign_in(client, by)
    imported(
        "service-partners", csv_of([a_line(), a_line(name="=Second", capacity="", person_email="b@b.example")]), by
    )
    file = client.get(f"/desk/service-partners.csv?lang={language}").get_data()
    again = imported("service-partners", file, by)
    assert numbers_of(again) == (0, 0, 2, 0), reasons_of(again)
