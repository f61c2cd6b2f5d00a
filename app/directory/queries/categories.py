"""The categories of the directory as they present themselves, and their hostnames."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import LOCALES
from app.directory.defaults import PARTS, SLUGS, TEXTS
from app.directory.models import Category


@dataclass(frozen=True)
class Shown:
    """A category in one language."""

    code: str
    slug: str
    hostname: str
    """Empty: it has none of its own."""
    title: str
    summary: str
    body: str
    """Markdown."""


def rows() -> dict[str, Category]:
    """Those that were ever changed at the desk, by code."""
    return {row.code: row for row in db.session.scalars(sa.select(Category))}


def shown(locale: str) -> dict[str, Shown]:
    """All of them in their order, in one query."""
    changed = rows()
    return {code: _shown(code, changed.get(code), locale) for code in SLUGS}


def _shown(code: str, row: Category | None, locale: str) -> Shown:
    texts = texts_in(code, row, locale)
    return Shown(
        code, SLUGS[code], (row.hostname or "") if row else "", texts["title"], texts["summary"], texts["body"]
    )


def texts_in(code: str, row: Category | None, locale: str) -> dict[str, str]:
    """As written at the desk in this language, else as they come with the program."""
    written = (row.texts.get(locale) if row else None) or TEXTS[code][locale]
    return {part: str(written.get(part) or "") for part in PARTS}


def own_texts(row: Category | None) -> list[str]:
    """The languages that were written anew."""
    return [locale for locale in LOCALES if row is not None and row.texts.get(locale)]


def code_of(slug: str) -> str:
    """Raises NotFound."""
    for code, known in SLUGS.items():
        if known == slug:
            return code
    raise NotFound


def hostnames() -> dict[str, str]:
    """The slug of the category that answers on each hostname."""
    found = db.session.execute(sa.select(Category.hostname, Category.slug).where(Category.hostname.is_not(None)))
    return {str(hostname): slug for hostname, slug in found}
