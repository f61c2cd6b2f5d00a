"""Technical links at the desk: added, changed, put in order, removed (S1, S2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.core.db import db, lock, lock_named, write
from app.core.errors import Conflict
from app.core.i18n import _l
from app.history.service import record
from app.integrations.models import TechnicalLink
from app.people.models import Person

ORDER = "technical-link-order"


@dataclass(frozen=True)
class LinkDetails:
    """What the desk types. Titles and notes by language; a missing one is read in English."""

    kind: str
    titles: dict[str, str]
    notes: dict[str, str]
    url: str
    """https:, mailto: or tel:"""
    is_public: bool


class LinkMovedOn(Conflict):
    """Somebody else changed it meanwhile."""

    def __init__(self) -> None:
        super().__init__(_l("Somebody else changed this link a moment ago. What you typed is still below."))


def add(details: LinkDetails, by: Person) -> TechnicalLink:
    """A new link at the end of its kind. The same address under the same title again is the one that is there, so a
    form sent twice adds once."""
    with write():
        lock_named(ORDER)
        for known in db.session.scalars(sa.select(TechnicalLink).where(TechnicalLink.url == details.url)):
            if known.kind == details.kind and known.titles == details.titles:
                return known
        last = db.session.scalar(sa.select(sa.func.max(TechnicalLink.position))) or 0
        link = TechnicalLink(**vars(details), position=last + 1)
        db.session.add(link)
        db.session.flush()
        record(link, "technical_link.added", by, {name: (None, value) for name, value in vars(details).items()})
    return link


def change(link_id: int, version: int, details: LinkDetails, by: Person) -> TechnicalLink:
    """The same again changes nothing.

    Raises:
        NotFound: it was removed.
        LinkMovedOn: somebody else changed it meanwhile.
    """
    with write():
        link = lock(TechnicalLink, link_id)
        before: dict[str, Any] = {name: getattr(link, name) for name in vars(details)}
        changes = {name: (before[name], value) for name, value in vars(details).items() if before[name] != value}
        if not changes:
            return link
        if link.version != version:
            raise LinkMovedOn
        for name, (_old, new) in changes.items():
            setattr(link, name, new)
        link.version += 1
        record(link, "technical_link.changed", by, changes)
    return link


def remove(link_id: int, by: Person) -> None:
    """Raises NotFound: it is gone already."""
    with write():
        lock_named(ORDER)
        link = lock(TechnicalLink, link_id)
        record(
            link,
            "technical_link.removed",
            by,
            {name: (getattr(link, name), None) for name in ("kind", "titles", "notes", "url", "is_public")},
        )
        db.session.delete(link)


def move(link_id: int, *, up: bool, by: Person) -> None:
    """One place up or down among the links of its kind; nothing at the ends."""
    with write():
        lock_named(ORDER)
        link = lock(TechnicalLink, link_id)
        ordered = list(
            db.session.scalars(
                sa.select(TechnicalLink)
                .where(TechnicalLink.kind == link.kind)
                .order_by(TechnicalLink.position, TechnicalLink.id)
            )
        )
        here = ordered.index(link)
        there = here - 1 if up else here + 1
        if not 0 <= there < len(ordered):
            return
        ordered[here], ordered[there] = ordered[there], ordered[here]
        for position, each in enumerate(ordered, start=1):
            each.position = position
        record(link, "technical_link.moved", by, {"position": (here + 1, there + 1)})
