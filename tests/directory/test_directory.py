"""The public directory: what stands in it, how it is found, and how it is kept by browsers."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.core.db import db, write
from app.directory.queries import entries
from app.integrations.models import PartnerState, PassedOn, Product, Sells, SoftwarePartner, Stage
from tests import sentences as s
from tests.directory.sentences import a_listed, a_question, published
from tests.queries import counting

pytestmark = pytest.mark.usefixtures("context")

LIST = "/integrations"
PAGE = "/integrations/point-of-sale/lumi-till-ledgerly"


def _changed(model: type[Any], **values: Any) -> None:
    with write():
        db.session.execute(sa.update(model).values(**values))


def _names(client: FlaskClient, address: str, **headers: str) -> list[str]:
    page = client.get(address, headers=headers).get_data(as_text=True)
    return re.findall(r'class="gw-name" href="[^"]*">([^<]+)</a>', page)


def _page(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


# --- what stands in it ------------------------------------------------------------------------------------------------


def test_what_is_listed_is_found_and_nothing_else(client: FlaskClient) -> None:
    a_listed()
    for number, stage in enumerate((Stage.PREPARING, Stage.PILOT, Stage.WITHDRAWN)):
        hidden = a_listed(f"Hidden {number}")
        with write():
            hidden = db.session.merge(hidden)
            hidden.stage = stage
    assert _names(client, LIST) == ["Lumi Till with Ledgerly"]
    assert client.get("/integrations/point-of-sale/hidden-1-ledgerly").status_code == 404
    assert client.get("/integrations/point-of-sale/nothing").status_code == 404
    assert client.get("/integrations/garden-tools").status_code == 404


@pytest.mark.parametrize(("model", "values"), [(Product, "archived"), (SoftwarePartner, "ended")])
def test_archived_products_and_ended_partners_are_gone(client: FlaskClient, model: type[Any], values: str) -> None:
    found = published(a_listed())
    assert client.get(PAGE).status_code == 200
    if values == "archived":
        _changed(Product, archived_at=found.created_at)
    else:
        _changed(SoftwarePartner, state=PartnerState.ENDED)
    assert _names(client, LIST) == []
    assert client.get(PAGE).status_code == 404


def test_a_category_has_its_own(client: FlaskClient) -> None:
    a_listed()
    a_listed("Winkelwolk", sells=[Sells.WEBSHOP], partner="Wolk")
    a_listed("Kasomat", sells=[Sells.POINT_OF_SALE, Sells.WEBSHOP], partner="Kasomat")
    assert _names(client, f"{LIST}/webshop") == ["Kasomat with Ledgerly", "Winkelwolk with Ledgerly"]
    assert _names(client, f"{LIST}/point-of-sale") == ["Kasomat with Ledgerly", "Lumi Till with Ledgerly"]
    assert _names(client, f"{LIST}?category=webshop") == ["Kasomat with Ledgerly", "Winkelwolk with Ledgerly"]
    assert len(_names(client, f"{LIST}?category=gardens")) == 3
    page = _page(client, f"{LIST}/webshop")
    assert "<h1>Connect your webshop</h1>" in page
    assert '"/integrations/point-of-sale/kasomat-ledgerly?lang=en"' in page


def test_what_is_both_has_one_page(client: FlaskClient) -> None:
    a_listed("Kasomat", sells=[Sells.WEBSHOP, Sells.POINT_OF_SALE])
    answer = client.get("/integrations/webshop/kasomat-ledgerly?lang=fi")
    assert answer.status_code == 302
    assert answer.location == "/integrations/point-of-sale/kasomat-ledgerly?lang=fi"
    assert client.get("/integrations/gardens/kasomat-ledgerly").status_code == 404


def test_a_package_narrows_the_list(client: FlaskClient) -> None:
    a_listed()
    a_listed(package="Numera")
    assert _names(client, f"{LIST}?package=numera") == ["Lumi Till with Numera"]
    assert _names(client, f"{LIST}?package=nothing") == []
    page = _page(client, LIST)
    assert re.findall(r'<option value="(\w*)"', page)[:3] == ["", "ledgerly", "numera"]


def test_nothing_there_yet_is_said(client: FlaskClient) -> None:
    assert "No integrations yet" in _page(client, LIST)
    a_listed()
    assert "Nothing found" in _page(client, f"{LIST}?q=xyzzyx")


# --- search -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    ["Łódzka Kasa", "lodzka kasa", "LÓDZKA", "lodzk", "lodzak kasa", "łódska", "kasa numera", "numerra", "kaas numera"],
)
def test_search_forgives_accents_and_typos(client: FlaskClient, typed: str) -> None:
    a_listed("Łódzka Kasa", "Numéra", partner="Łukasz O'Żółć")
    a_listed("Winkelwolk", "Ledgerly", partner="Wolk", sells=[Sells.WEBSHOP])
    assert _names(client, f"{LIST}?q={typed}") == ["Łódzka Kasa with Numéra"]


@pytest.mark.parametrize("typed", ["%", "_", "\\", "'", '"', "🧾", "x" * 5000, "%00", "a b c d e f g h i j k", "<b>"])
def test_odd_searches_are_answered(client: FlaskClient, typed: str) -> None:
    a_listed()
    answer = client.get(LIST, query_string={"q": typed, "package": typed, "category": typed, "cursor": typed})
    assert answer.status_code == 200
    assert b"<b>" not in answer.data


def test_a_mistyped_word_is_said(client: FlaskClient) -> None:
    a_listed()
    assert "Shown instead: ledgerly" in _page(client, f"{LIST}?q=legderly")
    assert "Shown instead" not in _page(client, f"{LIST}?q=ledgerly")


def test_categories_are_found_by_their_names_in_each_language(client: FlaskClient) -> None:
    a_listed("Winkelwolk", sells=[Sells.WEBSHOP])
    a_listed("Lumi Till", partner="Lumi")
    assert _names(client, f"{LIST}?q=webshop") == ["Winkelwolk with Ledgerly"]


# --- pages ------------------------------------------------------------------------------------------------------------


def test_pages_follow_each_other_by_key(client: FlaskClient) -> None:
    for number in range(entries.SIZE + 3):
        a_listed(f"Till {number:02d}", partner=f"Maker {number:02d}")
    first = client.get(LIST).get_data(as_text=True)
    assert len(_names(client, LIST)) == entries.SIZE
    further = re.search(r'rel="next" href="(\?[^"]+)"', first)
    assert further is not None
    address = LIST + further[1].replace("&amp;", "&")
    assert _names(client, address) == ["Till 24 with Ledgerly", "Till 25 with Ledgerly", "Till 26 with Ledgerly"]
    assert '<meta name="robots" content="noindex">' in _page(client, address)
    assert '<meta name="robots"' not in first


def test_the_list_asks_as_often_however_many_there_are(app: Flask, client: FlaskClient) -> None:
    a_listed("Till 1")
    client.get(LIST)
    with counting(app) as few:
        client.get(f"{LIST}?package=ledgerly&q=till")
    for number in range(2, 12):
        a_listed(f"Till {number}", partner=f"Maker {number}")
    with counting(app) as many:
        client.get(f"{LIST}?package=ledgerly&q=till")
    with counting(app) as mistyped:
        client.get(f"{LIST}?q=ledgrely")
    assert many.count == few.count <= 4
    assert mistyped.count <= 7


def test_htmx_gets_the_lines_alone(client: FlaskClient) -> None:
    a_listed()
    whole = client.get(LIST)
    part = client.get(LIST, headers={"HX-Request": "true"})
    assert b"<html" not in part.data
    assert b"Lumi Till with Ledgerly" in part.data
    assert part.headers["ETag"] != whole.headers["ETag"]
    assert "HX-Request" in part.headers["Vary"]


def test_pages_are_kept_by_their_tag_and_leave_no_cookie(client: FlaskClient) -> None:
    published(a_listed())
    for address in (LIST, f"{LIST}/point-of-sale", PAGE):
        first = client.get(address)
        assert first.headers["Cache-Control"] == "public, max-age=300"
        assert "Set-Cookie" not in first.headers
        assert b"csrf" not in first.data
        again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
    tag = client.get(LIST).headers["ETag"]
    a_listed("Another Till", partner="Another")
    assert client.get(LIST, headers={"If-None-Match": tag}).status_code == 200


def test_staff_get_the_same_page_as_everybody(app: Flask, client: FlaskClient) -> None:
    published(a_listed())
    s.sign_in(client, s.a_staff_member("content_editor"))
    for address in (LIST, f"{LIST}/webshop", PAGE):
        assert client.get(address).data == app.test_client().get(address).data


# --- the page of one --------------------------------------------------------------------------------------------------


def test_the_page_says_what_it_does_and_leads_on(client: FlaskClient) -> None:
    found = published(a_listed(passes=[PassedOn.SALES, PassedOn.VAT]))
    a_question(integration_id=found.id)
    page = _page(client, PAGE)
    assert "<h1>Lumi Till with Ledgerly</h1>" in page
    assert "Connect Lumi Till, in five minutes." in page
    assert 'href="/manuals/lumi-till-ledgerly?lang=en"' in page
    assert 'href="/start/lumi-till-ledgerly?lang=en"' in page
    assert 'href="mailto:help@lumi.example"' in page
    assert 'href="tel:+48221234567"' in page
    assert "What does it cost?" in page
    assert "<strong>Nothing</strong>" in page
    assert re.search(r"<dt>Passed on</dt><dd>.*Sales.*VAT.*</dd>", page)


def test_search_engines_are_told_what_it_is(client: FlaskClient) -> None:
    published(a_listed(), ("en", "fi"))
    page = _page(client, f"{PAGE}?lang=fi")
    data = json.loads(re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)[0])
    assert data["@type"] == "SoftwareApplication"
    assert "Lumi Till" in data["name"]
    assert data["inLanguage"] == ["en", "fi"]
    assert data["author"]["name"] == "Lumi"
    assert re.findall(r'hreflang="([\w-]+)" href="https?:', page) == ["en", "fi", "x-default"]
    assert re.search(rf'<link rel="canonical" href="[^"]+{PAGE}\?lang=fi">', page)
    assert '<meta name="description" content="Yhdistä Lumi Till' in page
    assert "noindex" not in page


def test_a_name_cannot_leave_the_data(client: FlaskClient) -> None:
    published(a_listed(partner="</script><b>x"))
    page = _page(client, PAGE)
    assert "</script><b>x" not in page


def test_without_anything_published_the_page_says_what_is_known(client: FlaskClient) -> None:
    a_listed()
    page = _page(client, f"{PAGE}?lang=en")
    assert "Ledgerly" in page
    assert "/manuals/" not in page
    assert "/start/" not in page


def test_the_page_of_one_asks_a_constant_number_of_times(app: Flask, client: FlaskClient) -> None:
    found = published(a_listed(), ("en", "nl", "fi"))
    client.get(PAGE)
    with counting(app) as few:
        client.get(PAGE)
    for number in range(5):
        a_question(f"Question {number}?", integration_id=found.id)
    with counting(app) as many:
        client.get(PAGE)
    assert few.count == many.count <= 5


def test_questions_of_a_category_stand_on_its_page_in_a_language_that_they_have(client: FlaskClient) -> None:
    a_listed()
    a_question("Which tills?", category=Sells.POINT_OF_SALE)
    assert "Which tills?" in _page(client, f"{LIST}/point-of-sale")
    assert "Which tills?" not in _page(client, f"{LIST}/webshop")
    finnish = _page(client, f"{LIST}/point-of-sale?lang=fi")
    assert '<div lang="en"><h3 class="mt-4 mb-2">Which tills?</h3>' in finnish


def test_the_landing_page_leads_there(client: FlaskClient) -> None:
    assert 'href="/integrations?lang=en"' in _page(client, "/")
