"""Links: which a reader can follow, where the server knocks, and what the editor is told."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core import reaching as ground
from app.core.clock import now
from app.core.db import db
from app.manuals import links, reaching
from app.manuals.models import LinkOutcome, PublicationLink
from app.manuals.queries import publications as queries
from app.manuals.reaching import Answer
from app.manuals.service import drafting
from app.manuals.service.linking import check_links
from tests import sentences as s
from tests.manuals.published import again, an_editor, begun
from tests.manuals.test_drafting import changed, opened


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/x?y=1#z",
        "http://a.example:8080",
        "mailto:a@b.example",
        "tel:+358401234567",
        "/manuals/x",
        "#a",
    ],
)
def test_what_a_reader_can_follow(url: str) -> None:
    assert links.is_usable(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "ftp://a.example",
        "//evil.example",
        "/\\evil.example",
        "https:evil",
        "https://",
        "https://me:secret@a.example",
        "https://nodot",
        "https://a.example/a b",
        "https://a.example:99999",
        "mailto:nobody",
        "tel:x",
        "picture:PI-1",
        "www.a.example",
        "#",
        "https://a.example/" + "x" * 1000,
    ],
)
def test_what_nobody_can_follow(url: str) -> None:
    assert not links.is_usable(url)


def test_links_and_pictures_are_found_wherever_they_stand() -> None:
    text = "- [one](https://a.example)\n\n| [two](javascript:x) |\n|-|\n| <https://b.example> |\n\n`[no](https://c.example)`"
    assert [link.url for link in links.links_in(text)] == ["https://a.example", "javascript:x", "https://b.example"]
    shown = links.pictures_in("![A *b*](picture:PI-7K3F9Q2M) ![](https://x.example/p.png) ![c](picture:../x)")
    assert [(one.ref, one.alt) for one in shown] == [("PI-7K3F9Q2M", "A *b*"), ("", ""), ("", "c")]


# --- asking -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "0.0.0.0",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "nonsense",
    ],
)
def test_private_addresses_are_refused(address: str) -> None:
    assert not ground.is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "2a00:1450:400f::5"])
def test_public_addresses_are_not(address: str) -> None:
    assert ground.is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://localhost/",
        "http://169.254.169.254/latest/meta-data",
        "http://inside.company/",
        "https://half-inside.company/",
        "https://a.company:22/",
        "ftp://a.company/",
        "https://me@a.company/",
    ],
)
def test_nobody_knocks_at_a_private_door(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("a private address was asked")

    monkeypatch.setattr(ground, "exchange", never)

    def lookup(host: str, port: int) -> list[str]:
        return {
            "inside.company": ["10.0.0.7"],
            "half-inside.company": ["93.184.216.34", "192.168.0.2"],
            "localhost": ["127.0.0.1"],
        }.get(host, ["127.0.0.1"])

    assert reaching.ask(url, lookup=lookup).outcome == LinkOutcome.REFUSED


class Server(http.server.BaseHTTPRequestHandler):
    """Answers by its path, and keeps what it was asked."""

    asked: list[tuple[str, str, str]] = []

    def do_HEAD(self) -> None:
        self.asked.append((self.command, self.path, self.headers["Host"]))
        status = {"/gone": 404, "/broken": 500, "/inside": 302, "/on": 301, "/picky": 405}.get(self.path, 200)
        if self.command == "GET" and self.path == "/picky":
            status = 200
        self.send_response(status)
        if self.path == "/inside":
            self.send_header("Location", "http://metadata.company/")
        if self.path == "/on":
            self.send_header("Location", "/fine")
        self.end_headers()

    do_GET = do_HEAD  # noqa: N815 - the name that http.server looks for

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server on loopback, which stands here for a public one."""
    monkeypatch.setattr(ground, "is_public", lambda address: address == "127.0.0.1")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as running:
        monkeypatch.setattr(reaching, "PORTS", {"http": (80, running.server_port), "https": (443,)})
        Server.asked.clear()
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running.server_port
        running.shutdown()


def by_name(host: str, port: int) -> list[str]:
    return ["10.0.0.1"] if host == "metadata.company" else ["127.0.0.1"]


@pytest.mark.parametrize(
    ("path", "outcome"),
    [
        ("/fine", LinkOutcome.FINE),
        ("/gone", LinkOutcome.MISSING),
        ("/broken", LinkOutcome.FAILING),
        ("/on", LinkOutcome.FINE),
        ("/picky", LinkOutcome.FINE),
        ("/inside", LinkOutcome.REFUSED),
    ],
)
def test_what_a_server_answers(server: int, path: str, outcome: LinkOutcome) -> None:
    assert reaching.ask(f"http://shop.company:{server}{path}", lookup=by_name).outcome == outcome
    assert Server.asked[0] == ("HEAD", path, f"shop.company:{server}")


def test_nobody_there_is_a_failure_and_a_sample_is_nothing() -> None:
    def nobody(host: str, port: int) -> list[str]:
        raise OSError("no such host")

    assert reaching.ask("https://shop.company/", lookup=nobody).outcome == LinkOutcome.FAILING
    assert reaching.ask("https://shop.example/").outcome == LinkOutcome.UNKNOWN


# --- the job ----------------------------------------------------------------------------------------------------------


def with_links(*urls: str) -> Any:
    manual = begun()
    content, seen = opened(manual)
    text = " ".join(f"[x]({url})" for url in urls)
    drafting.save(manual.id, "en", drafting.Edited(changed(content, "help", text), seen), an_editor())
    return again(manual)


def rows() -> dict[str, PublicationLink]:
    db.session.commit()
    query = db.select(PublicationLink).execution_options(populate_existing=True)
    return {row.url: row for row in db.session.scalars(query)}


def test_links_come_and_go_with_the_draft(context: None) -> None:
    manual = with_links("https://a.example/", "mailto:a@b.example", "/manuals/x", "javascript:x")
    assert set(rows()) == {"https://a.example/"}
    content, seen = opened(manual)
    drafting.save(manual.id, "en", drafting.Edited(changed(content, "help", "None."), seen), an_editor())
    assert rows() == {}


def test_only_the_second_failure_is_a_finding(context: None) -> None:
    manual = with_links("https://a.example/")
    asked: list[str] = []

    def gone(url: str, **more: Any) -> Answer:
        asked.append(url)
        return Answer(LinkOutcome.MISSING, 404)

    moment = now()
    assert check_links(moment, gone) == 1
    assert check_links(moment, gone) == 0, "it may be repeated"
    assert queries.broken_links(manual) == []
    assert check_links(moment + timedelta(hours=5), gone) == 1
    db.session.commit()
    assert [row.url for row in queries.broken_links(manual)] == ["https://a.example/"]
    check_links(moment + timedelta(hours=10), lambda url, **more: Answer(LinkOutcome.FINE, 200))
    db.session.commit()
    assert queries.broken_links(manual) == []


def test_when_nobody_answers_it_is_our_own_line(context: None) -> None:
    with_links("https://a.example/", "https://b.example/", "https://c.example/")
    check_links(now(), lambda url, **more: Answer(LinkOutcome.FAILING))
    assert {row.outcome for row in rows().values()} == {LinkOutcome.UNKNOWN}
    assert {row.failures for row in rows().values()} == {0}


def test_the_editor_finds_them_in_the_inbox(app: Flask, client: FlaskClient, context: None) -> None:
    manual = with_links("https://a.example/")
    for hours in (0, 5):
        check_links(now() + timedelta(hours=hours), lambda url, **more: Answer(LinkOutcome.REFUSED))
    page = s.sign_in(client, an_editor()).get("/desk").text
    assert "1 link leads nowhere" in page
    assert "What the manual needs was handed in" in page
    shown = client.get(f"/desk/manuals/{manual.ref}").text
    assert "private network" in shown
    leader = s.sign_in(app.test_client(), s.a_staff_member("team_leader"))
    assert "1 link leads nowhere" not in leader.get("/desk").text
