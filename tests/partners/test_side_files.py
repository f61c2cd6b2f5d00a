"""The files beside the list of resellers: people, addresses, accesses, systems, welcome package."""

from __future__ import annotations

import csv
import io

import pytest
from flask.testing import FlaskClient

from app.core.db import write
from app.partners.service import accesses, links, welcome
from tests.imports.sentences import numbers_of, previewed, reasons_of, somebody_who_imports
from tests.partners.sentences import a_system
from tests.sentences import a_reseller, a_staff_member, owner_of, sign_in

pytestmark = pytest.mark.usefixtures("context")


def table(client: FlaskClient, address: str) -> list[dict[str, str]]:
    content = client.get(address).get_data().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content, newline=""), delimiter=";"))


def test_the_people_of_all_resellers(client: FlaskClient) -> None:
    one, two = a_reseller("Polana"), a_reseller("Kassahuone")
    sign_in(client, a_staff_member("sales"))
    found = table(client, "/desk/reseller-people.csv")
    assert [(row["Reseller"], row["E-mail address"]) for row in found] == [
        ("Polana", owner_of(one).email),
        ("Kassahuone", owner_of(two).email),
    ]


def test_addresses_come_back_unchanged_and_new_ones_are_taken(client: FlaskClient) -> None:
    by = somebody_who_imports()
    reseller = a_reseller("Polana")
    ref = reseller.ref
    with write():
        links.add_alias(reseller.id, "reseller_klient_JanNowak.html", by)
    sign_in(client, by)
    content = client.get("/desk/reseller-addresses.csv").get_data()
    again = previewed("addresses", content, by)
    assert numbers_of(again) == (0, 0, 2, 0), reasons_of(again)
    strange = previewed("addresses", f"address;reseller\n/r/Nobody-12345678;{ref}\n".encode(), by)
    assert numbers_of(strange) == (0, 0, 0, 1)


def test_accesses_and_systems(client: FlaskClient) -> None:
    by = a_staff_member("sales")
    system, _unused, reseller = a_system("Demo"), a_system("Portal"), a_reseller("Polana")
    accesses.ask(reseller, system.id, by)
    sign_in(client, by)
    (access,) = table(client, "/desk/systems/accesses.csv")
    assert (access["Reseller"], access["System"], access["State"]) == ("Polana", "Demo", "Asked for")
    assert [
        (row["System"], row["Asked for"], row["Granted"]) for row in table(client, "/desk/systems/systems.csv")
    ] == [
        ("Demo", "1", "0"),
        ("Portal", "0", "0"),
    ]


def test_the_welcome_package_in_all_languages(client: FlaskClient) -> None:
    by = a_staff_member("sales")
    for locale in ("en", "pl"):
        welcome.add(locale, title="=Price list", description="", url="https://v.example/p", received=None, by=by)
    sign_in(client, by)
    found = table(client, "/desk/welcome-package/welcome-package.csv")
    assert [(row["Language"], row["Title"]) for row in found] == [
        ("English", "'=Price list"),
        ("Polski", "'=Price list"),
    ]
