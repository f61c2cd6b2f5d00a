"""Walks the application as a person would: from that person's first page along every link, one example of each page."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from lxml import etree, html
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

LEFT_OUT = ("lang", "cursor")
"""Query parts that show the same page in another way."""


@dataclass(frozen=True)
class Visit:
    """One page that was looked at."""

    path: str
    endpoint: str
    status: int
    content_type: str
    body: str
    came_from: str
    answer: Any = None
    """With its headers."""


_LINKS = etree.XPath("//@hx-get | //a/@href | //iframe/@src")


def links_in(body: str) -> list[str]:
    """The addresses in a page: links, and what htmx would fetch."""
    return [str(link) for link in _LINKS(html.fromstring(body)) if link] if body.strip() else []


def personal_links(people: list[dict[str, Any]]) -> list[str]:
    """The way in of the first customer of the demo: to the whole plan, and of whoever got one task of it."""
    first = next(known for known in people if known["role"] == "customer")
    handed = next((known["links"]["task"] for known in people if "task" in known["links"]), None)
    return [first["links"]["plan"], *([handed] if handed else [])]


def enter(client: FlaskClient, path: str) -> str:
    """Presses the button behind a personal link; the address to which that leads."""
    page = client.get(path).get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page)
    assert token, f"{path} has no button"
    answer = client.post(path, data={"csrf_token": token[1]}, headers={"Origin": "http://localhost"})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return str(answer.location)


def press(client: FlaskClient, path: str, action: str) -> str:
    """Presses the first button of the page whose form goes to an address with this end; where that leads."""
    for form in re.findall(r"<form\b.*?</form>", client.get(path).get_data(as_text=True), re.DOTALL):
        target = re.search(r'action="([^"]+)"', form)
        if target and target[1].endswith(action):
            sent = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
            answer = client.post(target[1], data=sent, headers={"Origin": "http://localhost"})
            assert answer.status_code == 303, answer.get_data(as_text=True)
            return str(answer.location)
    raise AssertionError(f"{path} has no button to {action}")


def walk(app: Flask, client: FlaskClient, start: list[str], *, examples: int = 1, limit: int = 400) -> Iterator[Visit]:
    """Every page that can be reached, `examples` of each kind: an endpoint with one set of query names. Where it starts
    is always looked at and counts for nothing."""
    adapter = app.url_map.bind("localhost")
    seen: dict[tuple[str, frozenset[str]], int] = {}
    waiting = deque((path, "") for path in start)
    known: set[str] = set(start)
    while waiting and limit:
        path, came_from = waiting.popleft()
        parts = urlsplit(path)
        try:
            endpoint = adapter.match(parts.path, method="GET")[0]
        except RequestRedirect:
            endpoint = "redirect"
        except HTTPException:
            endpoint = f"unknown {parts.path}"
        kind = (endpoint, frozenset(name for name, _ in parse_qsl(parts.query)))
        if came_from:
            if seen.get(kind, 0) >= examples:
                continue
            seen[kind] = seen.get(kind, 0) + 1
        limit -= 1
        response = client.get(path)
        body = response.get_data(as_text=True) if response.mimetype.startswith("text/") else ""
        response.close()  # a file that is sent bit by bit holds its request open
        yield Visit(path, endpoint, response.status_code, response.mimetype, body, came_from, response)
        here = [response.headers["Location"]] if 300 <= response.status_code < 400 else links_in(body)
        if "sandbox" in response.headers.get("Content-Security-Policy", ""):
            here = []  # a mail's own HTML: its links are its recipient's
        for link in here:
            target = inside(path, link)
            if target and target not in known:
                known.add(target)
                waiting.append((target, path))


def inside(page: str, link: str) -> str | None:
    """The address of a link as a path of ours; None for mails, other hosts and other ways to show the same."""
    parts = urlsplit(urljoin(f"http://localhost{page}", link))
    if parts.scheme not in ("http", "https") or parts.hostname not in ("localhost", "127.0.0.1"):
        return None
    if parts.path.startswith("/assets/") or any(name in LEFT_OUT for name, _ in parse_qsl(parts.query)):
        return None
    return parts.path + (f"?{parts.query}" if parts.query else "")
