"""Personal links: QR codes, rotation, withdrawal, older and imported addresses (R6)."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
import segno
from flask.testing import FlaskClient
from PIL import Image

from app.core.db import db, write
from app.partners.models import PersonalLink, Reseller
from app.partners.queries import Closed, ClosedForm, OpenForm, form_behind
from app.partners.service import links
from app.people.models import Organisation
from tests.imports.sentences import csv_of, imported, numbers_of, previewed, reasons_of, somebody_who_imports
from tests.sentences import a_member_of, a_reseller, a_staff_member, link_of, owner_of, post, sign_in

pytestmark = pytest.mark.usefixtures("context")


def test_the_panel_shows_the_address_with_its_qr_code(client: FlaskClient) -> None:
    reseller = a_reseller()
    slug = link_of(reseller).slug
    sign_in(client, owner_of(reseller))
    page = client.get("/panel/link").text
    assert f"http://localhost/r/{slug}" in page
    svg = client.get(f"/r/{slug}/qr.svg")
    assert (svg.mimetype, svg.status_code) == ("image/svg+xml", 200)
    png = client.get(f"/r/{slug}/qr.png?download=1")
    picture = Image.open(BytesIO(png.data))
    assert picture.width > 500
    assert _read(picture) == _code_of(f"http://localhost/r/{slug}")
    assert "attachment" in png.headers["Content-Disposition"]
    assert client.get("/r/Nobody-00000000/qr.svg").status_code == 404


def _code_of(address: str) -> list[list[bool]]:
    """The dark squares of the code that a scanner reads as this address."""
    return [
        [bool(square) for square in row] for row in segno.make(address, error="m", micro=False).matrix_iter(border=4)
    ]


def _read(picture: Image.Image) -> list[list[bool]]:
    plain, squares = picture.convert("L"), len(_code_of("http://localhost/r/KatarzynaMilewska-00000000"))
    side = plain.width // squares
    middle = [number * side + side // 2 for number in range(squares)]
    return [[plain.getpixel((x, y)) < 128 for x in middle] for y in middle]  # type: ignore[operator]  # one channel


def test_a_rotated_link_works_until_it_is_withdrawn(client: FlaskClient) -> None:
    reseller = a_reseller(contact="Łukasz O'Żółć")
    old = link_of(reseller)
    sign_in(client, owner_of(reseller))
    assert post(client, "/panel/link/rotation").status_code == 303
    new = link_of(reseller)
    assert re.fullmatch("LukaszOZolc-[a-z0-9]{8}", new.slug)
    assert isinstance(form_behind(old.slug), OpenForm)
    path = f"/panel/link/{old.id}/withdrawal"
    assert "cannot be undone" in client.get(path).text
    assert post(client, path).status_code == 303
    db.session.expire_all()
    found = form_behind(old.slug)
    assert isinstance(found, ClosedForm)
    assert found.reason is Closed.WITHDRAWN
    assert client.get(f"/r/{old.slug}/qr.svg").status_code == 404
    assert post(client, path, page="/panel/link").status_code == 409
    assert "Withdrawn" in client.get("/panel/link").text


def test_a_page_without_any_address_offers_a_new_one(client: FlaskClient) -> None:
    reseller = a_reseller()
    links.withdraw(link_of(reseller), owner_of(reseller))
    sign_in(client, owner_of(reseller))
    assert "You have no address now" in client.get("/panel/link").text


def test_anothers_link_cannot_be_withdrawn_and_members_may_not(client: FlaskClient) -> None:
    mine, other = a_reseller("Mine"), a_reseller("Other")
    sign_in(client, owner_of(mine))
    foreign = client.get(f"/panel/link/{link_of(other).id}/withdrawal")
    assert foreign.status_code == 404
    assert foreign.data == client.get("/panel/link/999999/withdrawal").data
    organisation = db.session.get_one(Organisation, mine.organisation_id)
    sign_in(client, a_member_of(organisation, "Tom", role="member"))
    assert client.get("/panel/link").status_code == 200
    assert client.get("/panel/link/rotation").status_code == 403


def test_the_desk_rotates_and_withdraws_too(client: FlaskClient) -> None:
    reseller = a_reseller()
    old = link_of(reseller)
    sign_in(client, a_staff_member("sales"))
    base = f"/desk/resellers/{reseller.ref}"
    assert post(client, f"{base}/links/rotation").status_code == 303
    assert post(client, f"{base}/links/{old.id}/withdrawal").status_code == 303
    page = client.get(base).text
    assert "A personal link was withdrawn" in page
    assert client.get(f"{base}/links/{link_of(a_reseller()).id}/withdrawal").status_code == 404


def test_the_older_form_of_an_address_leads_to_the_form(client: FlaskClient) -> None:
    slug = link_of(a_reseller()).slug
    answer = client.get(f"/reseller_klient_{slug}.html")
    assert (answer.status_code, answer.location) == (308, f"/r/{slug}")
    for path in ("/reseller_klient_Nobody-00000000.html", "/reseller_klient_.html", "/any/thing.html"):
        assert client.get(path).status_code == 404


def test_addresses_in_circulation_are_imported_verbatim(client: FlaskClient) -> None:
    reseller, other = a_reseller("Polana"), a_reseller("Other")
    slug, others_slug = link_of(reseller).slug, link_of(other).slug
    lines = [
        {"address": "/reseller_klient_JanNowak.html", "reseller": reseller.ref},
        {"address": "https://brimora.example/partners/Ja%C5%9B.html", "reseller": owner_of(other).email},
        {"address": "reseller_klient_JanNowak.html", "reseller": other.ref},
        {"address": "no-ending", "reseller": "P-0"},
        {"address": "unknown.html", "reseller": "P-00000000"},
        {"address": "nobody.html", "reseller": ""},
    ]
    by = somebody_who_imports()
    run = imported("addresses", csv_of(lines), by)
    assert numbers_of(run) == (2, 0, 0, 4)
    aliases = db.session.scalars(db.select(PersonalLink.slug).where(PersonalLink.is_alias)).all()
    assert sorted(aliases) == ["partners/Jaś.html", "reseller_klient_JanNowak.html"]
    again = imported("addresses", csv_of(lines[1:3]), by)
    assert numbers_of(again) == (0, 0, 1, 1)
    assert reasons_of(again)[3] == [("address", "Another reseller has this address already.")]
    answer = client.get("/reseller_klient_JanNowak.html")
    assert (answer.status_code, answer.location) == (302, f"/r/{slug}")
    assert client.get("/partners/Ja%C5%9B.html").location == f"/r/{others_slug}"


def test_a_withdrawn_imported_address_says_so(client: FlaskClient) -> None:
    reseller_id, staff = a_reseller().id, a_staff_member("sales")
    with write():
        alias = links.add_alias(reseller_id, "JanNowak.html", staff)
    links.withdraw(alias, staff)
    answer = client.get("/JanNowak.html")
    assert answer.location == "/r/JanNowak.html"
    assert isinstance(form_behind("JanNowak.html"), ClosedForm)


def test_a_company_number_names_its_reseller() -> None:
    reseller = a_reseller()
    with write():
        db.session.get_one(Reseller, reseller.id).company_key = "PL:8567346215"
    run = previewed("addresses", csv_of([{"address": "a.html", "reseller": "856-734-62-15"}]), somebody_who_imports())
    assert numbers_of(run) == (1, 0, 0, 0)
