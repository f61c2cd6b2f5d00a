"""Categories of the directory at the desk: what they say in each language, and the hostname of their own."""

from __future__ import annotations

import hashlib
import json

import sqlalchemy as sa
from flask import current_app

from app.core.clock import now
from app.core.db import after_commit, db, lock, lock_named, write
from app.core.errors import Conflict, FieldError
from app.core.i18n import _l
from app.directory import hostnames
from app.directory.defaults import PARTS, SLUGS, TEXTS
from app.directory.models import Category
from app.directory.queries.categories import texts_in
from app.history.service import record
from app.people.models import Person

_CHANGE = "directory-categories"


class CategoryMovedOn(Conflict):
    """Somebody else changed it meanwhile."""

    def __init__(self) -> None:
        super().__init__(_l("Somebody else changed this category a moment ago. What you typed is still below."))


def write_texts(code: str, locale: str, base: str, texts: dict[str, str], by: Person) -> None:
    """The texts in one language; `base` is the `digest` of those that the form began from. The words that come with the
    program, written again, are those. The same again changes nothing.

    Raises:
        CategoryMovedOn: somebody else wrote in this language meanwhile.
    """
    with write():
        category = held(code, by)
        before = texts_in(code, category, locale)
        changes = {part: (before[part], texts[part]) for part in PARTS if before[part] != texts[part]}
        if not changes:
            return
        if digest(before) != base:
            raise CategoryMovedOn
        kept = {spoken: written for spoken, written in category.texts.items() if spoken != locale}
        own = {part: texts[part] for part in PARTS}
        category.texts = kept | ({} if own == dict(TEXTS[code][locale]) else {locale: own})
        _touch(category)
        record(category, "directory_category.text_changed", by, {"language": (None, locale), **changes})


def set_hostname(code: str, seen: int, hostname: str, by: Person) -> None:
    """On which the category answers at `/`; empty for none.

    Raises:
        FieldError: it is our own, or another category's.
        CategoryMovedOn
    """
    with write():
        category = held(code, by)
        before = category.hostname or ""
        if before == hostname:
            return
        if category.version != seen:
            raise CategoryMovedOn
        if hostname:
            _refuse_taken(code, hostname)
        category.hostname = hostname or None
        _touch(category)
        record(category, "directory_category.hostname_changed", by, {"hostname": (before, hostname)})
        after_commit(hostnames.forget)


def _refuse_taken(code: str, hostname: str) -> None:
    if hostname == hostnames.bare(current_app.config["GANGWAY"].public_host):
        raise FieldError("hostname", _l("This is the hostname of the application itself"))
    others = sa.select(Category.id).where(Category.hostname == hostname, Category.code != code)
    if db.session.scalar(others) is not None:
        raise FieldError("hostname", _l("Another category answers on this hostname"))


def held(code: str, by: Person) -> Category:
    """Locked, inside a `write()`; its row is made by the first who needs it."""
    lock_named(_CHANGE)
    id = db.session.scalar(sa.select(Category.id).where(Category.code == code))
    if id is not None:
        return lock(Category, id)
    category = Category(code=code, slug=SLUGS[code], texts={}, version=0, updated_at=now())
    db.session.add(category)
    db.session.flush()
    record(category, "directory_category.begun", by)
    return category


def digest(texts: dict[str, str]) -> str:
    """What the texts in one language are known by."""
    return hashlib.sha256(json.dumps(texts, sort_keys=True).encode()).hexdigest()[:32]


def _touch(category: Category) -> None:
    category.updated_at = now()
    category.version += 1
