"""Every kind of mail can be written in every language: text and HTML, one action, a preheader, one line of subject."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest
from flask import Flask

from app.core.i18n import LOCALES
from app.outbox import mail as mails
from app.outbox.mail import Mail, Recipient
from app.outbox.render import Rendered, render_mail, unsubscribe_url

pytestmark = pytest.mark.on("sqlite")
ROOT = Path(__file__).parents[2]
LINK = "https://link-m-0guard00.invalid/"

for room in sorted((ROOT / "app").rglob("emails*")):
    if room.suffix in ("", ".py"):
        import_module(".".join(room.relative_to(ROOT).with_suffix("").parts))

KINDS = {name: kind for name, kind in mails.registered().items() if kind.__module__.startswith("app.")}
LEFTOVERS = re.compile(r"\{\{|\}\}|\{%|%\(|\bNone\b|\bUndefined\b|<Mail|datetime\(")


def every_kind(test: object) -> object:
    return pytest.mark.parametrize("name", KINDS)(pytest.mark.parametrize("locale", LOCALES)(test))  # type: ignore[arg-type] # a test function


def written(name: str, locale: str) -> Rendered:
    kind = KINDS[name]
    reader = Recipient("anna@reader.example", "Żaneta <Łuczak> & Co", locale)
    return render_mail(kind.sample(), reader, LINK if kind.carries_link else None)


def test_there_are_mails() -> None:
    folders = {path.name for path in (ROOT / "templates" / "emails").iterdir() if path.is_dir()}
    assert folders == set(KINDS), "each mail has its templates, and no template is left over"


@every_kind
def test_it_is_whole_in_every_language(context: None, name: str, locale: str) -> None:
    mail = written(name, locale)
    assert mail.subject == mail.subject.strip()
    assert "\n" not in mail.subject
    assert 5 <= len(mail.subject) <= 150
    for words in (mail.subject, mail.text, mail.html):
        assert not LEFTOVERS.search(words), LEFTOVERS.search(words)
    assert f'lang="{locale}"' in mail.html
    assert "Żaneta &lt;Łuczak&gt; &amp; Co" in mail.html
    assert "Żaneta <Łuczak> & Co" in mail.text


@every_kind
def test_it_has_a_preheader_and_one_action_at_most(context: None, name: str, locale: str) -> None:
    mail = written(name, locale)
    actions = re.findall(r'<a class="go"[^>]*href="([^"]+)"', mail.html)
    assert len(actions) <= 1
    for address in actions:
        place = address.replace("&amp;", "&")
        place = place.removeprefix("mailto:").split("?")[0] if place.startswith("mailto:") else place
        assert place in mail.text, "the text leads to the same place"
        assert address.startswith(("http://localhost/", "mailto:contact@", LINK))
    preheader = re.search(r'<div class="pre"[^>]*>(.*?)</div>', mail.html, re.DOTALL)
    assert preheader
    assert len(preheader.group(1).strip()) > 10
    if KINDS[name].carries_link:
        assert actions == [LINK]
        assert LINK in mail.text


@pytest.mark.parametrize("name", KINDS)
def test_its_arguments_survive_the_database(app: Flask, name: str) -> None:
    sample = KINDS[name].sample()
    assert mails.load(name, mails.dump(sample)) == sample


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.carries_link])
def test_a_mail_with_a_link_says_how_the_link_is_renewed(name: str) -> None:
    """Unless it is one of minutes or days, which says until when: whoever needs another asks for it."""
    assert KINDS[name].renew is not Mail.renew or "until" in KINDS[name].__dataclass_fields__


@every_kind
def test_a_mail_that_can_be_switched_off_says_so_in_its_own_words(context: None, name: str, locale: str) -> None:
    mail = written(name, locale)
    address = unsubscribe_url(KINDS[name].sample())
    lines = [line for line in mail.text.splitlines() if address and line.endswith(address)]
    assert len(lines) == (1 if address else 0)
    for line in lines:
        words = line.removesuffix(f": {address}")
        assert len(words) > 10
        assert f'href="{address}"' in mail.html
        assert f">{words}</a>" in mail.html
