"""The welcome package, systems and accesses (R4), and what the list pages cost."""

from __future__ import annotations

import io
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from app.core.db import db, lock, write
from app.partners.models import AccessState, GrantedAccess, Reseller, VendorSystem, WelcomeItem
from app.partners.service import accesses, decisions, welcome
from app.people.models import Organisation
from tests.partners.sentences import a_system, an_application
from tests.queries import counting
from tests.sentences import a_reseller, a_staff_member, csrf_of, owner_of, post, sign_in

pytestmark = pytest.mark.usefixtures("context")


def _picture() -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (20, 20), "red").save(out, "JPEG", exif=b"Exif\x00\x00secret")
    out.seek(0)
    return out


def test_staff_keep_links_and_files_in_each_language(client: FlaskClient) -> None:
    sign_in(client, a_staff_member("sales"))
    path = "/desk/welcome-package/nl/new"
    assert post(client, path, {"title": "Prijzen"}).status_code == 422
    assert post(client, path, {"title": "Prijzen", "url": "https://x.example/p"}).status_code == 303
    assert post(client, path, {"title": "Foto", "file": (_picture(), "foto.svg")}).status_code == 303
    both = post(client, path, {"title": "F", "url": "https://x.example", "file": (_picture(), "f.jpg")})
    assert both.status_code == 422
    svg = post(client, path, {"title": "Logo", "file": (io.BytesIO(b"<svg onload=x>"), "logo.png")})
    assert svg.status_code == 422
    assert client.get("/desk/welcome-package/xx/new").status_code == 404
    page = client.get("/desk/welcome-package?language=nl").text
    assert page.index("Prijzen") < page.index("Foto")
    item = db.session.scalars(db.select(WelcomeItem).where(WelcomeItem.title == "Foto")).one()
    post(client, f"/desk/welcome-package/items/{item.ref}/place", {"to": "up"}, page="/desk/welcome-package")
    page = client.get("/desk/welcome-package?language=nl").text
    assert page.index("Foto") < page.index("Prijzen")
    file = client.get(f"/desk/welcome-package/items/{item.ref}")
    assert file.mimetype == "image/jpeg"
    assert b"secret" not in file.data
    ref = item.ref
    assert post(client, f"/desk/welcome-package/items/{ref}/removal").status_code == 303
    assert client.get(f"/desk/welcome-package/items/{ref}").status_code == 404


def test_a_reseller_finds_materials_in_the_own_language_or_a_labelled_other(client: FlaskClient) -> None:
    staff = a_staff_member("sales")
    item = welcome.add("en", "Price list", "What it costs", "https://x.example", None, staff)
    reseller = a_reseller()
    sign_in(client, owner_of(reseller))
    assert "Price list" in client.get("/panel/materials").text
    page = client.get("/panel/materials?lang=fi").text
    assert "Price list" in page
    assert "English" in page
    assert client.get(f"/panel/materials/{item.ref}").status_code == 404  # a link, no file


def test_materials_are_for_resellers_only(client: FlaskClient) -> None:
    sign_in(client, a_staff_member("sales"))
    assert client.get("/panel/materials").status_code in (403, 404)


def test_an_access_goes_from_asked_to_delivered_and_is_withdrawn(client: FlaskClient) -> None:
    a_system()
    reseller = decisions.accept(an_application(), a_staff_member("sales"))
    access = db.session.scalars(db.select(GrantedAccess)).one()
    sign_in(client, a_staff_member("sales"))
    page = f"/desk/resellers/{reseller.ref}"
    for version, state in enumerate(("granted", "delivered", "withdrawn", "asked"), start=1):
        answer = post(client, f"{page}/accesses/{access.id}", {"state": state, "version": version}, page=page)
        assert answer.status_code == 303
        assert client.get(page).status_code == 200
    stale = post(client, f"{page}/accesses/{access.id}", {"state": "granted", "version": 1}, page=page)
    assert stale.status_code == 409
    jump = post(client, f"{page}/accesses/{access.id}", {"state": "delivered", "version": 5}, page=page)
    assert jump.status_code == 409
    assert post(client, f"{page}/accesses/{access.id}", {"state": "odd"}, page=page).status_code == 404
    other = a_reseller()
    assert (
        post(client, f"/desk/resellers/{other.ref}/accesses/{access.id}", {"state": "granted", "version": 5}, page=page)
    ).status_code == 404


def test_the_list_of_systems_is_kept_at_the_desk(client: FlaskClient) -> None:
    sign_in(client, a_staff_member("sales"))
    assert post(client, "/desk/systems", {"name": "Demo"}).status_code == 303
    assert post(client, "/desk/systems", {"name": "demo"}).status_code == 422
    assert post(client, "/desk/systems", {"name": "Portal"}).status_code == 303
    demo = db.session.scalars(db.select(VendorSystem).where(VendorSystem.name == "Demo")).one()
    post(client, f"/desk/systems/{demo.id}/place", {"to": "down"}, page="/desk/systems")
    client.get("/desk/systems")  # shows what was said about the last change
    page = client.get("/desk/systems").text
    assert page.index(">Portal</a>") < page.index(">Demo</a>")
    assert post(client, f"/desk/systems/{demo.id}", {"name": "Demonstration"}).status_code == 303
    post(client, f"/desk/systems/{demo.id}/offer", {"offered": "no"}, page="/desk/systems")
    assert "No longer offered" in client.get("/desk/systems").text
    reseller = a_reseller()
    page = f"/desk/resellers/{reseller.ref}"
    portal = db.session.scalars(db.select(VendorSystem).where(VendorSystem.name == "Portal")).one()
    assert post(client, f"{page}/accesses", {"system": portal.id}, page=page).status_code == 303
    access = db.session.scalars(db.select(GrantedAccess)).one()
    assert (access.reseller_id, access.state) == (reseller.id, AccessState.ASKED)
    assert client.get("/desk/systems/999999").status_code == 404


def test_two_who_move_an_access_do_not_overwrite_each_other() -> None:
    a_system()
    staff = a_staff_member("sales")
    reseller = decisions.accept(an_application(), staff)
    access = db.session.scalars(db.select(GrantedAccess)).one()
    accesses.move(reseller, access.id, AccessState.GRANTED, 1, staff)
    with pytest.raises(accesses.AccessMoved):
        accesses.move(reseller, access.id, AccessState.WITHDRAWN, 1, staff)


def test_the_list_of_resellers_is_searched_sorted_and_downloaded(client: FlaskClient) -> None:
    staff = a_staff_member("sales")
    zebra = decisions.accept(an_application(company_name="Żebra"), staff)
    alfa = decisions.accept(an_application(company_name="Alfa"), staff)
    sign_in(client, staff)
    page = client.get("/desk/resellers?sort=name").text
    assert page.index("Alfa") < page.index("Żebra")
    found = client.get("/desk/resellers?q=zebra").text
    assert zebra.ref in found
    assert alfa.ref not in found
    assert "This list is empty" in client.get("/desk/resellers?state=suspended").text
    assert "Nothing found" in client.get("/desk/resellers?q=nothing-like-it").text
    assert "Żebra" in client.get("/desk/resellers.csv?sort=name", buffered=True).text
    assert client.get("/desk/resellers?state=odd&sort=odd&cursor=odd").status_code == 200


def test_pages_of_a_long_list_follow_each_other(client: FlaskClient) -> None:
    for number in range(60):
        a_reseller(f"Reseller {number:02}")
    sign_in(client, a_staff_member("sales"))
    first = client.get("/desk/resellers").text
    assert "60 resellers" in first
    assert "Reseller 59" in first
    assert "Reseller 09" not in first
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    assert "Reseller 09" in client.get("/desk/resellers" + following.group(1).replace("&amp;", "&")).text


@pytest.mark.on("sqlite")
@pytest.mark.parametrize(
    ("path", "most"),
    [("/desk/resellers", 6), ("/desk/resellers?q=pol", 6), ("/desk/applications", 6), ("/desk/applications?q=pol", 6)],
)
def test_lists_cost_the_same_however_long(app: Flask, client: FlaskClient, path: str, most: int) -> None:
    sign_in(client, a_staff_member("sales"))
    costs = []
    for more in (2, 12):
        for _one in range(more):
            decisions.accept(an_application(), a_staff_member("sales"))
            an_application()
        with counting(app) as asked:
            assert client.get(path).status_code == 200
        costs.append(int(asked))
    assert costs[0] == costs[1] <= most


def test_the_reseller_page_costs_the_same_however_much_there_is(app: Flask, client: FlaskClient) -> None:
    a_system("One")
    staff = a_staff_member("sales")
    few = decisions.accept(an_application(), staff)
    for name in ("Two", "Three", "Four"):
        a_system(name)
    much = decisions.accept(an_application(), staff)
    sign_in(client, staff)
    costs = []
    for path in [f"/desk/resellers/{reseller.ref}" for reseller in (few, much)]:
        with counting(app) as asked:
            assert client.get(path).status_code == 200
        costs.append(asked)
    assert costs[0] == costs[1] <= 14


def test_a_renamed_organisation_stands_in_its_new_place() -> None:
    reseller = decisions.accept(an_application(company_name="Alfa"), a_staff_member("sales"))
    with write():
        lock(Organisation, reseller.organisation_id).name = "Żuk"
    found = db.session.get_one(Reseller, reseller.id, populate_existing=True)
    assert found.name_sort == "zuk"
    assert "zuk" in found.search
    assert "alfa" in found.search


def test_a_stale_button_changes_nothing(client: FlaskClient) -> None:
    application = an_application()
    sign_in(client, a_staff_member("sales"))
    csrf_of(client, f"/desk/applications/{application.ref}")
    answer = client.post(
        f"/desk/applications/{application.ref}/acceptance",
        data={"csrf_token": "old"},
        headers={"Origin": "http://localhost"},
    )
    assert answer.status_code == 422
    assert not db.session.scalars(db.select(Reseller)).all()
