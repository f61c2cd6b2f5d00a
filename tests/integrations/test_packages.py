"""Packages at the desk: what they can take, their texts by language, their order, and files of them (S3)."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.core.db import db
from app.history.models import HistoryEntry
from app.integrations.models import Integration, Package, PackageKind
from app.integrations.queries import products as queries
from app.integrations.service import packages as service
from app.people.models import Person
from tests.imports.sentences import csv_of, imported, lines_of, numbers_of, previewed, reasons_of, somebody_who_imports
from tests.queries import counting
from tests.sentences import a_staff_member, post, sign_in
from tests.software import a_package, a_product, a_software_partner, an_integration

pytestmark = pytest.mark.usefixtures("context")

SENT: dict[str, Any] = {
    "name": "Ledgerly",
    "kind": "bookkeeping",
    "website": "ledgerly.example",
    "passes": ["vat", "sales"],
    "offered": "y",
}


@pytest.fixture
def manager() -> Person:
    return a_staff_member("account_manager", name="Marit Vos")


def the_package() -> Package:
    return db.session.scalars(sa.select(Package).execution_options(populate_existing=True)).one()


def names(*, offered: bool = False) -> list[str]:
    db.session.expire_all()
    return [package.name for package in queries.packages(offered=offered)]


def test_staff_add_a_package(client: FlaskClient, manager: Person) -> None:
    sign_in(client, manager)
    made = post(client, "/desk/packages/new", SENT)
    package = the_package()
    assert made.location == f"/desk/packages/{package.ref}"
    assert (package.slug, package.passes, package.website) == ("ledgerly", ["sales", "vat"], "https://ledgerly.example")
    page = client.get(made.location).text
    assert "manuals have no words for it yet" in page
    twice = post(client, "/desk/packages/new", {**SENT, "name": "LEDGERLY"})
    assert twice.status_code == 422
    assert "There is a package of this name already" in twice.text
    assert "Ledgerly" in client.get("/desk/packages").text
    refused = post(client, "/desk/packages/new", {"name": "", "passes": "gold"})
    assert refused.status_code == 422
    for words in ("Enter the name of the package", "Choose the kind of package", "Choose one of the options"):
        assert words in refused.text


def test_an_address_is_made_once(manager: Person) -> None:
    details = service.PackageDetails("Księgi & Co", "invoicing", "", ("sales",), True)
    made = service.add(details, manager)
    other = service.add(service.PackageDetails("Ksiegi Co!", "invoicing", "", ("sales",), True), manager)
    assert (made.slug, other.slug) == ("ksiegi-co", "ksiegi-co-2")
    changed = service.change(made.id, 1, service.PackageDetails("Saldix", "invoicing", "", ("sales",), True), manager)
    assert (changed.slug, changed.name_sort) == ("ksiegi-co", "saldix")


def test_another_name_reaches_the_integrations(client: FlaskClient, manager: Person) -> None:
    found = an_integration(a_product(name="Lumi Till"), a_package("Ledgerly"))
    package = the_package()
    sign_in(client, manager)
    path = f"/desk/packages/{package.ref}/edit"
    sent = {**SENT, "name": "Saldix", "version": "1", "offered": ""}
    assert post(client, path, sent).status_code == 303
    again = db.session.get_one(Integration, found.id, populate_existing=True)
    assert (again.name_sort, again.slug) == ("lumi till saldix", "lumi-till-ledgerly")
    assert "saldix" in again.search
    assert (names(), names(offered=True)) == (["Saldix"], [])
    stale = post(client, path, {**sent, "name": "Mine"})
    assert stale.status_code == 409
    assert 'value="Mine"' in stale.text
    assert post(client, path, {**sent, "name": "Mine", "version": "2"}).status_code == 303


def test_two_write_in_two_languages_at_once(client: FlaskClient, manager: Person) -> None:
    package = a_package("Ledgerly")
    editor = a_staff_member("content_editor")
    nl, en = service.digest(package, "nl"), service.digest(package, "en")
    service.write_texts(package.id, "nl", nl, {"summary": "Boekhouden", "before": "", "connect": "Plak"}, manager)
    service.write_texts(package.id, "en", en, {"summary": "Books", "before": "", "connect": "Paste"}, editor)
    assert {locale: text["summary"] for locale, text in the_package().texts.items()} == {
        "en": "Books",
        "nl": "Boekhouden",
    }
    with pytest.raises(service.TextMovedOn):
        service.write_texts(package.id, "en", en, {"summary": "Late", "before": "", "connect": ""}, manager)
    twice = {"summary": "Books", "before": "", "connect": "Paste"}
    assert service.write_texts(package.id, "en", en, twice, manager).version == the_package().version


def test_nobodys_words_are_lost(client: FlaskClient) -> None:
    package = a_package("Ledgerly")
    path = f"/desk/packages/{package.ref}/texts/pl"
    sign_in(client, a_staff_member("content_editor"))
    base = service.digest(package, "pl")
    mine = {"summary": "Moje słowa", "before": "", "connect": "# Wklej\n\n- klucz", "base": base}
    preview = post(client, path, {**mine, "do": "preview"})
    assert preview.status_code == 200
    assert "<h2>Wklej</h2>" in preview.text
    assert the_package().version == 1
    service.write_texts(
        package.id, "pl", base, {"summary": "Cudze", "before": "", "connect": ""}, a_staff_member("coordinator")
    )
    stale = post(client, path, mine)
    assert stale.status_code == 409
    assert "Cudze" in stale.text
    assert "Moje słowa" in stale.text
    assert post(client, path, {**mine, "base": service.digest(the_package(), "pl")}).status_code == 303
    assert the_package().texts["pl"]["summary"] == "Moje słowa"
    written = sa.select(HistoryEntry.verb).where(HistoryEntry.record_type == "package").order_by(HistoryEntry.id)
    verbs = db.session.scalars(written).all()
    assert verbs == ["package.text_changed", "package.text_changed"]
    page = client.get(f"/desk/packages/{package.ref}?text=pl").text
    assert "<li>klucz</li>" in page
    assert client.get(f"/desk/packages/{package.ref}/texts/xx").status_code == 404


def test_texts_hold_no_html(client: FlaskClient, manager: Person) -> None:
    package = a_package("Ledgerly")
    sign_in(client, manager)
    evil = '<script>alert(1)</script> [x](javascript:alert(1)) <img src=x onerror="alert(1)" hx-get="/x">'
    sent = {"summary": evil, "before": "", "connect": "", "base": service.digest(package, "fi")}
    assert post(client, f"/desk/packages/{package.ref}/texts/fi", sent).status_code == 303
    page = client.get(f"/desk/packages/{package.ref}?text=fi").text
    for bad in ("<script>alert", 'href="javascript:', "<img src=x"):
        assert bad not in page


def test_packages_stand_in_the_order_of_the_desk(client: FlaskClient, manager: Person) -> None:
    for number, name in enumerate(("Alfa", "Beta", "Gamma")):
        a_package(name, position=number)
    sign_in(client, manager)
    ref = db.session.scalars(sa.select(Package.ref).where(Package.name == "Gamma")).one()
    post(client, f"/desk/packages/{ref}/position", {"to": "up"}, page="/desk/packages")
    assert names() == ["Alfa", "Gamma", "Beta"]
    post(client, f"/desk/packages/{ref}/position", {"to": "up"}, page="/desk/packages")
    post(client, f"/desk/packages/{ref}/position", {"to": "up"}, page="/desk/packages")
    assert names() == ["Gamma", "Alfa", "Beta"]


def test_each_role_changes_its_part(client: FlaskClient) -> None:
    package = a_package("Ledgerly")
    own = {
        "designer": (200, 403, 403),
        "content_editor": (200, 403, 200),
        "account_manager": (200, 200, 200),
        "finance": (403, 403, 403),
    }
    for role, expected in own.items():
        sign_in(client, a_staff_member(role))
        path = f"/desk/packages/{package.ref}"
        assert tuple(client.get(path + tail).status_code for tail in ("", "/edit", "/texts/nl")) == expected, role


def test_packages_come_from_files_and_go_back(client: FlaskClient) -> None:
    by = somebody_who_imports("account_manager")
    line = {
        "code": "ledgerly",
        "name": "Ledgerly",
        "kind": "Bookkeeping package",
        "website": "ledgerly.example",
        "passes": "vat, Sales",
        "offered": "ja",
    }
    assert numbers_of(imported("packages", csv_of([line]), by)) == (1, 0, 0, 0)
    assert (the_package().kind, the_package().passes) == (PackageKind.BOOKKEEPING, ["sales", "vat"])
    sign_in(client, by)
    again = previewed("packages", client.get("/desk/packages/packages.csv").get_data(), by)
    assert numbers_of(again) == (0, 0, 1, 0), reasons_of(again)
    run = imported("packages", csv_of([{"code": "ledgerly", "name": "Saldix", "passes": "customers"}]), by)
    (told,) = lines_of(run)
    assert set(told.changes) == {"name", "passes"}
    assert (the_package().name, the_package().passes, the_package().website) == (
        "Saldix",
        ["customers"],
        "https://ledgerly.example",
    )


def test_wrong_cells_are_all_told() -> None:
    a_package("Saldix")
    by = somebody_who_imports("account_manager")
    wrong = {"code": "Not A Code", "name": "saldix", "kind": "spreadsheet", "passes": "gold", "offered": "maybe"}
    run = imported("packages", csv_of([wrong, {"code": "fresh"}]), by)
    assert sorted(column for column, _said in reasons_of(run)[2]) == ["code", "kind", "name", "offered", "passes"]
    assert [column for column, _said in reasons_of(run)[3]] == ["name", "kind", "passes"]


def test_pages_ask_a_constant_number_of_queries(app: Flask, client: FlaskClient, manager: Person) -> None:
    package = a_package("Ledgerly")
    an_integration(a_product(), package)
    sign_in(client, manager)
    paths = ("/desk/packages", f"/desk/packages/{package.ref}")

    def asked() -> list[int]:
        counts = []
        for path in paths:
            with counting(app) as found:
                assert client.get(path).status_code == 200
            counts.append(found.count)
        return counts

    few = asked()
    for number in range(4):
        an_integration(a_product(a_software_partner(f"Firm {number}"), f"Till {number}"), package)
        a_package(f"Package {number}")
    assert asked() == few
    assert max(few) <= 6
