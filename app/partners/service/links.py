"""Personal links: the address, its rotation and withdrawal, and addresses already in circulation (R6)."""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import sqlalchemy as sa

from app.core import identifiers
from app.core.clock import now
from app.core.db import db, lock, lock_named, write
from app.core.errors import Conflict
from app.core.i18n import _l
from app.history import service as history
from app.partners.models import PersonalLink, Reseller
from app.people.models import Membership, Organisation, Person

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


@dataclass(frozen=True)
class ImportLine:
    """One line of an import: what it would do, or why it cannot."""

    number: int
    typed: str
    alias: str = ""
    reseller: Reseller | None = None
    problem: Any = ""


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


def read_import(text: str, fallback: Reseller | None) -> list[ImportLine]:
    """What an import of `address; reseller` lines would do, line by line. The reseller is a reference, an e-mail
    address of a member, or a company number; without one, `fallback`."""
    rows = []
    for number, line in enumerate(text.splitlines(), start=1):
        cells = [cell.strip().strip('"') for cell in re.split(r"[;,\t]", line.strip().lstrip("\ufeff"))]
        if any(cells):
            rows.append((number, line.strip(), cells[0], cells[1] if len(cells) > 1 else ""))
    if rows and not rows[0][2].casefold().endswith(".html") and rows[0][3].casefold() in _HEADINGS:
        rows = rows[1:]
    aliases = {number: alias_of(address) for number, _line, address, _who in rows}
    taken = _taken({alias for alias, problem in aliases.values() if not problem})
    known = _resellers({who for _number, _line, _address, who in rows if who})
    seen: set[str] = set()
    lines = []
    for number, typed, _address, who in rows:
        alias, problem = aliases[number]
        reseller = known.get(_folded(who)) if who else fallback
        if not problem:
            problem = _problem(alias, who, reseller, taken, seen)
        seen.add(alias)
        lines.append(ImportLine(number, typed, alias, reseller, problem))
    return lines


_HEADINGS = {"reseller", "partner", "resellerin", "revendeur", "jälleenmyyjä", "e-mail", "email", "ref", "reference"}


def _problem(alias: str, who: str, reseller: Reseller | None, taken: dict[str, int], seen: set[str]) -> Any:
    if alias in seen:
        return _l("This address stands in an earlier line already.")
    if reseller is None:
        if not who:
            return _l("There is no reseller in this line.")
        return _l("No single reseller is known by this reference, e-mail address or company number.")
    if alias in taken:
        if taken[alias] == reseller.id:
            return _l("This reseller has this address already.")
        return _l("Another reseller has this address already.")
    return ""


def _taken(aliases: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for some in _batches(sorted(aliases)):
        rows = db.session.execute(
            sa.select(PersonalLink.slug, PersonalLink.reseller_id).where(PersonalLink.slug.in_(some))
        )
        found.update((slug, reseller_id) for slug, reseller_id in rows)
    return found


def _resellers(asked: Iterable[str]) -> dict[str, Reseller]:
    """By reference, member's address or company number; who is ambiguous is left out."""
    found: dict[str, set[Reseller]] = {}
    words = sorted({_folded(who) for who in asked})
    for some in _batches(words):
        numbers = {key: word for word in some for key in _keys(word)}
        by_ref = sa.select(Reseller, sa.func.lower(Reseller.ref)).where(sa.func.lower(Reseller.ref).in_(some))
        by_mail = (
            sa.select(Reseller, Person.email)
            .join(Organisation, Organisation.id == Reseller.organisation_id)
            .join(Membership, Membership.organisation_id == Organisation.id)
            .join(Person, Person.id == Membership.person_id)
            .where(Membership.ended_at.is_(None), Person.email.in_(some))
        )
        by_number = sa.select(Reseller, Reseller.company_key).where(Reseller.company_key.in_(numbers))
        for query in (by_ref, by_mail):
            for reseller, word in db.session.execute(query):
                found.setdefault(word, set()).add(reseller)
        for reseller, key in db.session.execute(by_number):
            found.setdefault(numbers[key], set()).add(reseller)
    return {word: next(iter(resellers)) for word, resellers in found.items() if len(resellers) == 1}


def _folded(who: str) -> str:
    return who.strip().casefold()


def _keys(word: str) -> list[str]:
    """The companies that a number may mean: one for each country in which it is valid."""
    keys = []
    for country in identifiers.COUNTRIES:
        try:
            keys.append(identifiers.company_key(country, identifiers.normalise_company_number(country, word)))
        except identifiers.Invalid:
            continue
    return keys


def _batches(words: Sequence[str], size: int = 100) -> Iterable[Sequence[str]]:
    for start in range(0, len(words), size):
        yield words[start : start + size]


def import_aliases(lines: list[ImportLine], by: Person) -> int:
    """Keeps the lines without a problem and tells how many. Checked again inside: what was taken meanwhile is left."""
    wanted = [line for line in lines if line.reseller is not None and not line.problem]
    with write():
        lock_named("personal-link-import")
        taken = _taken({line.alias for line in wanted})
        added = [line for line in wanted if line.alias not in taken]
        for line in added:
            assert line.reseller is not None
            db.session.add(
                PersonalLink(
                    reseller_id=line.reseller.id,
                    slug=line.alias,
                    is_alias=True,
                    is_current=False,
                    created_at=now(),
                    withdrawn_at=None,
                )
            )
        db.session.flush()
        for reseller_id in sorted({line.reseller.id for line in added if line.reseller}):
            names = [line.alias for line in added if line.reseller and line.reseller.id == reseller_id]
            history.record(lock(Reseller, reseller_id), "reseller.links_imported", by, {"links": (None, names)})
    return len(added)
