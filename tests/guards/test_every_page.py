"""What must hold of every page of the demo installation, whoever looks: walked without a browser."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import sqlalchemy as sa
from babel.messages.pofile import read_po
from flask import Flask, template_rendered
from flask.testing import FlaskClient
from lxml import html as lxml_html

from app.core.db import db
from app.core.forms import BaseForm, HiddenField
from app.core.i18n import LOCALES
from app.people import queries
from app.privacy.service import looking
from tests.crawl import Visit, enter, personal_links, walk
from tests.guards.headers import faults_of
from tests.guards.markup import faults_in
from tests.guards.test_translations import ROOT
from tests.sentences import sign_in

pytestmark = pytest.mark.on("postgres")
WALKERS = (
    "visitor",
    "customer",
    "reseller",
    "service partner",
    "software partner",
    "administrator",
    *(pytest.param(role, marks=pytest.mark.sweep) for role in ("sales", "account_manager", "coordinator")),
)
IN_THE_PANEL = ("reseller", "service partner", "software partner")


def walk_as(app: Flask, client: FlaskClient, people: list[dict[str, Any]], walker: str) -> Iterator[Visit]:
    if walker == "visitor":
        links = [path for known in people for path in known["links"].values()]
        start = ["/", *dict.fromkeys(links)]
    elif walker == "customer":
        start = [enter(client, path) for path in personal_links(people)]
    else:
        person = queries.by_email(next(known["email"] for known in people if known["role"] == walker))
        assert person is not None
        sign_in(client, person)
        start = ["/panel" if walker in IN_THE_PANEL else "/desk", "/profile"]
    return walk(app, client, start)


@pytest.mark.parametrize("walker", WALKERS)
def test_every_page_is_well_made(
    app: Flask, client: FlaskClient, demo: list[dict[str, Any]], walker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every link leads somewhere and no look writes; a title and one heading of its own, ids once, and every field of
    its form on the page."""
    monkeypatch.setattr(looking, "PATIENCE", 300)  # else a busy machine hands a long look over to the worker: it writes
    written: list[str] = []
    forms: list[BaseForm] = []
    titles: dict[str, str] = {}
    pages = walk_as(app, client, demo, walker)  # coming in by a link is a deed, looking is not

    def watch(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if re.match(r"\s*(INSERT|UPDATE|DELETE)", statement, re.IGNORECASE):
            written.append(statement)

    def rendered(sender: Flask, template: Any, context: dict[str, Any], **extra: Any) -> None:
        forms.extend(value for value in context.values() if isinstance(value, BaseForm))

    sa.event.listen(db.engine, "before_cursor_execute", watch)
    try:
        with template_rendered.connected_to(rendered, app):
            visits = 0
            for visit in pages:
                visits += 1
                assert visit.status < 400, f"{visit.path}, linked from {visit.came_from}, answers {visit.status}"
                assert not written, f"GET {visit.path} writes: {written}"
                faults = faults_of(visit.answer, visit.endpoint)
                assert not faults, f"{visit.path}: {faults}"
                seen, forms[:] = list(forms), []
                if visit.status == 200 and "<html" in visit.body:
                    _is_well_made(visit, seen, titles)
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", watch)
    assert visits > 5


def _is_well_made(visit: Visit, forms: list[BaseForm], titles: dict[str, str]) -> None:
    title = re.search(r"<title>([^<]+)</title>", visit.body)
    assert title, f"{visit.path} has no title"
    assert len(re.findall(r"<h1[\s>]", visit.body)) == 1, f"{visit.path} has not one h1"
    spoken = set(re.findall(r'<a href="[^"]*lang=(\w\w)"[^>]* hreflang="\1"', visit.body))
    a_mail = visit.endpoint == "outbox_desk.body"  # speaks its reader's language
    assert a_mail or spoken == set(LOCALES), f"{visit.path} does not offer each language"
    twice = [name for name, count in Counter(re.findall(r'\sid="([^"]+)"', visit.body)).items() if count > 1]
    assert not twice, f"{visit.path} has ids twice: {twice}"
    mistakes = faults_in(visit.body)
    assert not mistakes, f"{visit.path}: {mistakes}"
    other = titles.setdefault(title[1], visit.endpoint)
    assert other == visit.endpoint, f"{visit.path} is titled like {other}: {title[1]}"
    for form in forms:
        own = [field.name for field in form if field.name != "csrf_token"]
        seen = [name for name in own if not isinstance(form[name], HiddenField)]
        missing = [name for name in own if f'name="{html.escape(name)}' not in visit.body]
        if missing == own or (seen and set(seen) <= set(missing)):
            continue  # a form for others: whoever may not decide sees the page without it
        needed = [name for name in missing if getattr(form[name], "asked", True)]
        assert not needed, f"{visit.path} does not show the fields {needed}"


@cache
def english_words(locale: str) -> frozenset[str]:
    """Sentences that read differently in English."""
    with (ROOT / "translations" / locale / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return frozenset(
            message.id
            for message in read_po(file, locale=locale)
            if isinstance(message.id, str)
            and isinstance(message.string, str)
            and message.id.count(" ") >= 2
            and "%" not in message.id
            and message.id not in message.string
        )


READERS = (
    "visitor",
    "customer",
    "reseller",
    "service partner",
    "software partner",
    "administrator",
    "coordinator",
)
OTHERS = LOCALES[1:]


@pytest.mark.parametrize("turn", [0, *(pytest.param(turn, marks=pytest.mark.sweep) for turn in range(1, len(OTHERS)))])
def test_no_page_speaks_english_in_another_language(app: Flask, demo: list[dict[str, Any]], turn: int) -> None:
    """Everybody walks in one other language; `make sweep` takes the other turns, so that each walks in all."""
    for number, walker in enumerate(READERS):
        locale = OTHERS[(number + turn) % len(OTHERS)]
        words = english_words(locale)
        assert not any("\n" in english for english in words)
        browser = app.test_client()
        browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = locale  # published pages know nobody's choice
        browser.get(f"/?lang={locale}")
        cookie = browser.get_cookie("gangway_lang")
        assert cookie is not None
        for visit in _in_language(app, browser, demo, walker, locale):
            left = words & _lines_of(visit.body)
            assert not left, f"{visit.path} says in {locale}: {sorted(left)[:3]}"


def _lines_of(body: str) -> set[str]:
    """The lines of the page's text, of which none spans two elements, without what is marked as English."""
    page: Any = lxml_html.fromstring(body)
    for part in page.xpath('//body//*[@lang="en"]'):
        part.drop_tree()
    return {line for text in page.itertext() for line in text.split("\n")}


def _in_language(
    app: Flask, client: FlaskClient, people: list[dict[str, Any]], walker: str, locale: str
) -> Iterator[Visit]:
    for visit in walk_as(app, client, people, walker):
        if (
            visit.status == 200 and "<html" in visit.body and visit.endpoint != "outbox_desk.body"
        ):  # a mail speaks its reader's language
            assert f'<html lang="{locale}"' in visit.body, visit.path
            yield visit
