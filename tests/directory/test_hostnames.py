"""A category on its own hostname: it answers there alone, and no other host is trusted by it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.errors import FieldError
from app.directory import hostnames
from app.directory.hostnames import is_hostname
from app.directory.service import categories
from app.directory.service.categories import CategoryMovedOn
from app.integrations.models import Sells
from tests.directory.sentences import a_keeper, a_listed, published

pytestmark = pytest.mark.usefixtures("context")

HOST = "tills.example"


@pytest.fixture
def public_url(app: Flask) -> str:
    return str(app.config["GANGWAY"].public_url)


@pytest.fixture(autouse=True)
def _trusting(app: Flask) -> Iterator[None]:
    """As an installation trusts hosts: tests do not otherwise."""
    before = app.config["TRUSTED_HOSTS"]
    app.config["TRUSTED_HOSTS"] = [app.config["GANGWAY"].public_host, "127.0.0.1", "localhost"]
    yield
    app.config["TRUSTED_HOSTS"] = before
    app.extensions["gangway_hostnames"].forget()


def _named(hostname: str = HOST, code: str = Sells.POINT_OF_SALE, seen: int = 0) -> None:
    categories.set_hostname(code, seen, hostname, a_keeper())


def test_the_category_answers_at_the_root_of_its_hostname(client: FlaskClient, public_url: str) -> None:
    published(a_listed())
    _named()
    answer = client.get("/", base_url=f"https://{HOST}")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "<h1>Connect your point of sale</h1>" in page
    assert f'href="{public_url}/integrations/point-of-sale/lumi-till-ledgerly?lang=en"' in page
    assert '<form class="gw-filter" role="search" method="get" action="/"' in page
    assert "Set-Cookie" not in answer.headers
    scheme = public_url.partition(":")[0]
    assert f'<link rel="canonical" href="{scheme}://{HOST}/?lang=en">' in page
    tag = answer.headers["ETag"]
    assert client.get("/", base_url=f"https://{HOST}", headers={"If-None-Match": tag}).status_code == 304
    at_home = client.get("/integrations/point-of-sale")
    assert f'<link rel="canonical" href="{scheme}://{HOST}/?lang=en">' in at_home.get_data(as_text=True)
    assert at_home.headers["ETag"] != tag


def test_search_and_language_work_there(client: FlaskClient) -> None:
    a_listed()
    _named()
    page = client.get("/?q=lumi&lang=fi", base_url=f"http://{HOST}").get_data(as_text=True)
    assert '<html lang="fi">' in page
    assert "Lumi Till" in page


def test_what_the_page_is_drawn_with_comes_from_there_too(client: FlaskClient) -> None:
    _named()
    page = client.get("/", base_url=f"http://{HOST}").get_data(as_text=True)
    for address in re.findall(r'(?:href|src)="(/(?:assets|brand)/[^"]+)"', page):
        assert client.get(address, base_url=f"http://{HOST}").status_code == 200


@pytest.mark.parametrize(
    "path", ["/sign-in", "/desk", "/integrations", "/manuals/x?lang=fi", "/go/token", "//evil.example/x", "/%E2%82%AC"]
)
def test_everything_else_is_where_it_belongs(client: FlaskClient, public_url: str, path: str) -> None:
    _named()
    answer = client.get(path, base_url=f"http://{HOST}")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(f"{public_url}/")
    assert "//evil" not in answer.headers["Location"].removeprefix(public_url)
    assert "Set-Cookie" not in answer.headers


def test_a_form_that_is_sent_there_reaches_nobody(client: FlaskClient, public_url: str) -> None:
    _named()
    answer = client.post("/sign-in", base_url=f"http://{HOST}", data={"email": "x@y.example"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{public_url}/sign-in")
    assert client.post("/", base_url=f"http://{HOST}").status_code == 303


@pytest.mark.parametrize(
    "host", ["evil.example", f"x.{HOST}", f"{HOST}.evil.example", "10.0.0.1", "[::1]", "a_b.c", ""]
)
def test_no_other_host_is_trusted(client: FlaskClient, host: str) -> None:
    _named()
    answer = client.get("/", headers={"Host": host})
    assert answer.status_code == 400
    assert host not in answer.get_data(as_text=True) or not host


def test_port_case_and_final_dot_do_not_matter(client: FlaskClient) -> None:
    _named()
    for host in (f"{HOST}:8443", HOST.upper(), f"{HOST}."):
        assert client.get("/", headers={"Host": host}).status_code == 200


def test_a_hostname_that_is_taken_away_answers_no_more(client: FlaskClient) -> None:
    _named()
    assert client.get("/", base_url=f"http://{HOST}").status_code == 200
    _named("", seen=1)
    assert client.get("/", base_url=f"http://{HOST}").status_code == 400
    page = client.get("/integrations/point-of-sale").get_data(as_text=True)
    assert HOST not in page


def test_a_hostname_belongs_to_one_category_and_is_not_our_own(app: Flask) -> None:
    _named()
    with pytest.raises(FieldError):
        _named(code=Sells.WEBSHOP)
    with pytest.raises(FieldError):
        _named(hostnames.bare(app.config["GANGWAY"].public_host), code=Sells.WEBSHOP)
    with pytest.raises(CategoryMovedOn):
        _named("others.example", seen=0)
    _named(seen=0)


def test_the_database_is_asked_seldom(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr("app.directory.queries.categories.hostnames", lambda: asked.append(1) or {})
    app.extensions["gangway_hostnames"].forget()
    for number in range(20):
        client.get("/", headers={"Host": f"evil{number}.example"})
    assert len(asked) == 1
    client.get("/integrations")
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("text", "good"),
    [("tills.example", True), ("a-b.c-d.example", True), ("tills", False), ("10.0.0.1", False), ("-a.b", False),
     ("a..b", False), ("a.b/", False), ("ä.example", False), ("a" * 300 + ".b", False), ("a.b\n", False)],
)  # fmt: skip
def test_hostnames_are_told_from_other_things(text: str, good: bool) -> None:
    assert is_hostname(text) is good


def test_nothing_is_built_from_what_a_request_says() -> None:
    source = (Path(hostnames.__file__)).read_text()
    assert "url_root" not in source
    assert "request.host" not in source
