"""What search engines read: a valid sitemap with every public page in its languages, and robots.txt."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree

from app.directory.queries import sitemap
from app.directory.service import categories
from app.integrations.models import Sells
from tests import software
from tests.directory.sentences import a_keeper, a_listed, published
from tests.queries import counting

pytestmark = pytest.mark.usefixtures("context")

NAMES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}


@pytest.fixture
def public_url(app: Flask) -> str:
    return str(app.config["GANGWAY"].public_url)


def _read(client: FlaskClient, path: str = "/sitemap.xml", **kwargs: str) -> etree._Element:
    answer = client.get(path, **kwargs)
    assert (answer.status_code, answer.mimetype) == (200, "application/xml")
    assert "Set-Cookie" not in answer.headers
    return etree.fromstring(answer.data)


def _addresses(root: etree._Element) -> list[str]:
    return root.xpath("//s:loc/text()", namespaces=NAMES)


def test_every_public_page_is_told_of_in_its_languages(client: FlaskClient, public_url: str) -> None:
    published(a_listed(), ("en", "fi"))
    software.a_published_page(a_listed("Second Till", partner="Second"), texts={"pl": software.a_text()})
    root = _read(client)
    found = _addresses(root)
    assert len(found) == len(set(found)) == 3 * 5 + 3 * 2 + 2
    for path in (
        "integrations/point-of-sale/lumi-till-ledgerly",
        "manuals/lumi-till-ledgerly",
        "start/lumi-till-ledgerly",
    ):
        assert [one for one in found if one.startswith(f"{public_url}/{path}")] == [
            f"{public_url}/{path}?lang=en",
            f"{public_url}/{path}?lang=fi",
        ]
    assert f"{public_url}/start/second-till-ledgerly" in found
    page = root.xpath("//s:url[contains(s:loc, 'manuals/lumi')]", namespaces=NAMES)[0]
    assert page.xpath("x:link/@hreflang", namespaces=NAMES) == ["en", "fi", "x-default"]
    for address in found:
        assert client.get(address.removeprefix(public_url)).status_code == 200
        assert "noindex" not in client.get(address.removeprefix(public_url)).get_data(as_text=True)


def test_each_address_is_the_canonical_one(client: FlaskClient, public_url: str) -> None:
    published(a_listed(), ("en", "fi"))
    for address in _addresses(_read(client)):
        page = client.get(address.removeprefix(public_url)).get_data(as_text=True)
        assert f'<link rel="canonical" href="{address}">' in page


def test_pilots_are_not_told_of(client: FlaskClient) -> None:
    software.a_published_manual(software.an_integration(stage="pilot"))
    assert not [one for one in _addresses(_read(client)) if "manuals" in one]


def test_many_integrations_make_several_files(
    client: FlaskClient, public_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sitemap, "PART", 2)
    for number in range(5):
        published(a_listed(f"Till {number}", partner=f"Maker {number}"))
    index = _read(client)
    assert etree.QName(index).localname == "sitemapindex"
    files = _addresses(index)
    assert files[0] == f"{public_url}/sitemap-pages.xml"
    each = [_addresses(_read(client, one.removeprefix(public_url))) for one in files]
    whole = [one for part in each for one in part]
    assert len(whole) == len(set(whole)) == 15 + 5 * 3
    assert client.get("/sitemap-99.xml").status_code == 404


def test_a_file_asks_a_constant_number_of_times(app: Flask, client: FlaskClient) -> None:
    published(a_listed())
    client.get("/sitemap.xml")
    with counting(app) as few:
        client.get("/sitemap.xml")
    for number in range(4):
        published(a_listed(f"Till {number}", partner=f"Maker {number}"), ("en", "nl"))
    with counting(app) as many:
        client.get("/sitemap.xml")
    assert many.count == few.count <= 5


def test_it_is_kept_by_its_tag(client: FlaskClient) -> None:
    for path in ("/sitemap.xml", "/robots.txt"):
        first = client.get(path)
        assert first.headers["Cache-Control"] == "public, max-age=3600"
        assert client.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_robots_are_told_what_to_leave_alone(client: FlaskClient, public_url: str) -> None:
    answer = client.get("/robots.txt")
    assert answer.mimetype == "text/plain"
    text = answer.get_data(as_text=True)
    assert "Disallow: /desk\n" in text
    assert f"Sitemap: {public_url}/sitemap.xml\n" in text
    assert "Disallow: /integrations" not in text


def test_a_hostname_has_its_own(client: FlaskClient, public_url: str) -> None:
    categories.set_hostname(Sells.WEBSHOP, 0, "shops.example", a_keeper())
    base = f"{public_url.partition(':')[0]}://shops.example"
    assert f"Sitemap: {base}/sitemap.xml" in client.get("/robots.txt", base_url="http://shops.example").get_data(
        as_text=True
    )
    there = _addresses(_read(client, base_url="http://shops.example"))
    assert there[0] == f"{base}/?lang=en"
    assert len(there) == 5
    assert not [one for one in _addresses(_read(client)) if "webshop" in one]
