"""Every word a person reads exists in all five languages, with the same placeholders."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from app.core.i18n import LOCALES

ROOT = Path(__file__).parents[2]
OTHERS = [locale for locale in LOCALES if locale != "en"]
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """What code and templates say now, collected as `make translate` does."""
    target = tmp_path_factory.mktemp("words") / "messages.pot"
    words = ["--keywords=_l", "--keywords=lazy_gettext", "--keywords=lazy_ngettext:1,2"]
    subprocess.run(
        [
            *(sys.executable, "-m", "babel.messages.frontend", "--quiet", "extract"),
            *("--mapping=translations/babel.cfg", *words, f"--output={target}", "."),
        ],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    with target.open("rb") as file:
        return read_po(file)


def catalogue(locale: str) -> Catalog:
    with (ROOT / "translations" / locale / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=locale)


@pytest.mark.parametrize("locale", OTHERS)
def test_everything_is_translated(wanted: Catalog, locale: str) -> None:
    have = catalogue(locale)
    missing = []
    for message in wanted:
        if not message.id:
            continue
        found = have.get(message.id if isinstance(message.id, str) else message.id[0], message.context)
        texts = [found.string] if found and isinstance(found.string, str) else list(found.string) if found else []
        if not texts or not all(texts) or found is None or "fuzzy" in found.flags:
            missing.append(message.id)
    assert not missing, f"{len(missing)} words are not in {locale}, such as {missing[:5]}"


@pytest.mark.parametrize("locale", OTHERS)
def test_placeholders_are_the_same(locale: str) -> None:
    for message in catalogue(locale):
        if not message.id or not message.string:
            continue
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        strings = [message.string] if isinstance(message.string, str) else list(message.string)
        names = set().union(*(PLACEHOLDER.findall(text) for text in ids))
        for text in strings:
            extra = set(PLACEHOLDER.findall(text)) - names
            assert not extra, f"{locale}: {text!r} names {extra}"
        if len(ids) == 1:
            lost = names - set(PLACEHOLDER.findall(strings[0]))
            assert not lost, f"{locale}: {strings[0]!r} lost {lost}"
