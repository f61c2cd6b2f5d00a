"""Frequently asked questions at the desk: added, changed, put in order, removed."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from app.core.clock import now
from app.core.db import db, lock, lock_named, write
from app.core.errors import Conflict
from app.core.i18n import _l
from app.directory.models import Faq
from app.directory.service import categories
from app.history.service import record
from app.people.models import Person

ORDER = "directory-faq-order"

Texts = Mapping[str, Mapping[str, str]]
"""By language: {"question", "answer"}."""


class FaqMovedOn(Conflict):
    """Somebody else changed it meanwhile."""

    def __init__(self) -> None:
        super().__init__(_l("Somebody else changed this question a moment ago. What you typed is still below."))


def add(texts: Texts, by: Person, *, integration_id: int | None = None, category: str | None = None) -> Faq:
    """A new question at the end, of an integration or of a category. The same again is the one that is there, so a form
    sent twice adds once."""
    with write():
        lock_named(ORDER)
        if category is not None:
            categories.held(category, by)
        others = db.session.scalars(_beside(integration_id, category)).all()
        for known in others:
            if known.texts == texts:
                return known
        faq = Faq(
            integration_id=integration_id,
            category=category,
            texts={locale: dict(said) for locale, said in texts.items()},
            position=max((each.position for each in others), default=0) + 1,
            updated_at=now(),
        )
        db.session.add(faq)
        db.session.flush()
        record(faq, "faq.added", by, {"texts": (None, faq.texts)})
    return faq


def change(faq_id: int, seen: int, texts: Texts, by: Person) -> None:
    """The same again changes nothing.

    Raises:
        NotFound: it was removed.
        FaqMovedOn
    """
    with write():
        faq = lock(Faq, faq_id)
        if faq.texts == texts:
            return
        if faq.version != seen:
            raise FaqMovedOn
        before, faq.texts = faq.texts, {locale: dict(said) for locale, said in texts.items()}
        faq.version += 1
        faq.updated_at = now()
        record(faq, "faq.changed", by, {"texts": (before, faq.texts)})


def remove(faq_id: int, by: Person) -> None:
    """Raises NotFound: it is gone already."""
    with write():
        lock_named(ORDER)
        faq = lock(Faq, faq_id)
        record(faq, "faq.removed", by, {"texts": (faq.texts, None)})
        db.session.delete(faq)


def move(faq_id: int, *, up: bool, by: Person) -> None:
    """One place up or down among those beside it; nothing at the ends."""
    with write():
        lock_named(ORDER)
        faq = lock(Faq, faq_id)
        ordered = list(db.session.scalars(_beside(faq.integration_id, faq.category)))
        here = ordered.index(faq)
        there = here - 1 if up else here + 1
        if not 0 <= there < len(ordered):
            return
        ordered[here], ordered[there] = ordered[there], ordered[here]
        for position, each in enumerate(ordered, start=1):
            each.position = position
        record(faq, "faq.moved", by, {"position": (here + 1, there + 1)})


def _beside(integration_id: int | None, category: str | None) -> sa.Select[Faq]:
    whose = Faq.category == category if integration_id is None else Faq.integration_id == integration_id
    return sa.select(Faq).where(whose).order_by(Faq.position, Faq.id)
