"""Personal links: the address, its rotation and withdrawal, and addresses already in circulation (R6)."""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote, urlsplit

import sqlalchemy as sa

from app.core import identifiers
from app.core.clock import now
from app.core.db import db, lock, write
from app.core.errors import Conflict
from app.core.i18n import _l
from app.history import service as history
from app.partners.models import PersonalLink, Reseller
from app.people.models import Person

_SIGNS = string.ascii_lowercase + string.digits
LONGEST = 120


class LinkWithdrawn(Conflict):
    """A withdrawn address stays withdrawn."""

    def __init__(self) -> None:
        super().__init__(_l("This address was withdrawn already."))


def new_link(reseller: Reseller, *names: str) -> PersonalLink:
    """A fresh current address for the reseller, inside a `write()`: the name in ASCII and eight random signs.

    2.8 thousand billion possibilities, so that knowing a reseller's name opens nothing.
    """
    random = "".join(secrets.choice(_SIGNS) for _ in range(8))
    link = PersonalLink(
        reseller_id=reseller.id,
        slug=f"{identifiers.slug_of_name(*names)}-{random}",
        is_current=True,
        created_at=now(),
        withdrawn_at=None,
    )
    db.session.add(link)
    db.session.flush()
    return link


def rotate(reseller: Reseller, by: Person) -> PersonalLink:
    """Gives out a new address. Earlier ones keep working until they are withdrawn."""
    with write():
        found = lock(Reseller, reseller.id)
        old = _current(found)
        for link in old:
            link.is_current = False
        link = new_link(found, *found.contact_name.split(" "))
        history.record(found, "reseller.link_rotated", by, {"link": (old[0].slug if old else None, link.slug)})
    return link


def withdraw(link: PersonalLink, by: Person) -> None:
    """Closes an address for good. It is never given out again and cannot be brought back: whoever withdrew it, because
    it had come into wrong hands, must be able to rely on that.

    Raises:
        LinkWithdrawn: it was withdrawn before.
    """
    with write():
        reseller = lock(Reseller, link.reseller_id)
        found = lock(PersonalLink, link.id)
        if found.withdrawn_at is not None:
            raise LinkWithdrawn
        found.withdrawn_at = now()
        found.is_current = False
        history.record(reseller, "reseller.link_withdrawn", by, {"link": (found.slug, None)})


def _current(reseller: Reseller) -> list[PersonalLink]:
    return list(
        db.session.scalars(
            sa.select(PersonalLink).where(PersonalLink.reseller_id == reseller.id, PersonalLink.is_current)
        )
    )


# --- addresses already in circulation ---------------------------------------------------------------------------------


_CONTROL = re.compile(r"[\x00-\x20\x7f]")


def alias_of(typed: str) -> tuple[str, Any]:
    """The path as it is in circulation, without the slash in front, and what is wrong with it, if anything.

    A whole address may be given; of that the path counts.
    """
    text = typed.strip()
    if re.match(r"https?://", text, re.IGNORECASE):
        try:
            text = urlsplit(text).path
        except ValueError:
            return typed, _l("This is not an address.")
    alias = unquote(text).lstrip("/")
    if not alias or _CONTROL.search(alias) or "\ufffd" in alias:
        return alias, _l("There is no path in this line.")
    if "?" in alias or "#" in alias or "\\" in alias:
        return alias, _l("A path has no question mark, number sign or backslash.")
    if not alias.endswith(".html"):
        return alias, _l("Only paths that end in .html can be taken.")
    if any(part in ("", ".", "..") for part in alias.split("/")):
        return alias, _l("A path has no empty part and no dots alone.")
    if len(alias) > LONGEST:
        return alias, _l("This path is longer than 120 signs.")
    return alias, ""


def taken(aliases: Iterable[str]) -> dict[str, int]:
    """Those of these paths that somebody has, also withdrawn ones -> the reseller's id."""
    rows = db.session.execute(
        sa.select(PersonalLink.slug, PersonalLink.reseller_id).where(PersonalLink.slug.in_(set(aliases)))
    )
    return dict(rows.all())


def add_alias(reseller_id: int, alias: str, by: Person) -> PersonalLink:
    """An address that was given out before, inside this `write()`.

    Raises:
        Conflict: somebody has it.
    """
    reseller = lock(Reseller, reseller_id)
    if taken([alias]):
        raise Conflict(_l("A reseller has this address already."))
    link = PersonalLink(
        reseller_id=reseller.id, slug=alias, is_alias=True, is_current=False, created_at=now(), withdrawn_at=None
    )
    db.session.add(link)
    db.session.flush()
    history.record(reseller, "reseller.links_imported", by, {"links": (None, [alias])})
    return link
