"""Packages that the vendor passes sales on to: added, changed, put in order, and the texts that manuals are made of."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.core.clock import now
from app.core.db import db, lock, lock_named, write
from app.core.errors import Conflict, FieldError
from app.core.i18n import _l
from app.core.search import fold
from app.history.service import record
from app.integrations.models import Integration, Package
from app.integrations.service.indexing import index_integrations
from app.people.models import Person

PARTS = ("summary", "before", "connect")
"""Of a package's texts in one language."""
ORDER = "package-order"
LONGEST_SLUG = 60


@dataclass(frozen=True)
class PackageDetails:
    """What the desk types; `passes` are codes of `PassedOn`."""

    name: str
    kind: str
    website: str
    passes: tuple[str, ...]
    offered: bool


class PackageMovedOn(Conflict):
    """Somebody else changed it meanwhile."""

    def __init__(self) -> None:
        super().__init__(_l("Somebody else changed this package a moment ago. What you typed is still below."))


class TextMovedOn(Conflict):
    """Somebody else wrote in the same language meanwhile."""

    def __init__(self) -> None:
        super().__init__(_l("Somebody else changed these texts a moment ago. What you typed is still below."))


def add(details: PackageDetails, by: Person) -> Package:
    """A new package at the end of the list.

    Raises:
        FieldError: there is one of this name.
    """
    with write():
        lock_named(ORDER)
        _refuse_namesake(details.name, None)
        return put(None, details, by)


def change(package_id: int, version: int, details: PackageDetails, by: Person) -> Package:
    """Another name, kind, website, another choice of what it can take, or offered no more. Integrations that are there
    stay as they are. The same again changes nothing.

    Raises:
        FieldError: there is another one of this name.
        PackageMovedOn: somebody else changed it meanwhile.
    """
    with write():
        lock_named(ORDER)
        package = lock(Package, package_id)
        if _told(package) == _typed(details):
            return package
        if package.version != version:
            raise PackageMovedOn
        _refuse_namesake(details.name, package.id)
        return put(package, details, by)


def put(package: Package | None, details: PackageDetails, by: Person, slug: str = "") -> Package:
    """Inside this `write()`, with ORDER held: a new package, or other details of a locked one."""
    typed = _typed(details)
    if package is None:
        last = db.session.scalar(sa.select(sa.func.max(Package.position))) or 0
        package = Package(
            slug=slug or _free_slug(details.name),
            texts={},
            position=last + 1,
            updated_at=now(),
            name_sort=fold(details.name)[:120],
            **typed,
        )
        db.session.add(package)
        db.session.flush()
        record(package, "package.added", by, {name: (None, value) for name, value in typed.items()})
        return package
    before = _told(package)
    changes = {name: (before[name], typed[name]) for name in typed if before[name] != typed[name]}
    if not changes:
        return package
    for name, (_old, new) in changes.items():
        setattr(package, name, new)
    package.name_sort = fold(package.name)[:120]
    _touch(package)
    if "name" in changes:
        db.session.flush()
        index_integrations(Integration.package_id == package.id)
    record(package, "package.changed", by, changes)
    return package


def write_texts(package_id: int, locale: str, base: str, texts: dict[str, str], by: Person) -> Package:
    """The texts in one language; `base` is the `digest` of those that the form began from. Who writes in another
    language at the same moment is not in the way. The same again changes nothing.

    Raises:
        TextMovedOn: somebody else wrote in this language meanwhile.
    """
    with write():
        package = lock(Package, package_id)
        before = texts_in(package, locale)
        changes = {part: (before[part], texts[part]) for part in PARTS if before[part] != texts[part]}
        if not changes:
            return package
        if digest(package, locale) != base:
            raise TextMovedOn
        kept = {code: written for code, written in package.texts.items() if code != locale}
        package.texts = kept | ({locale: {part: texts[part] for part in PARTS}} if any(texts.values()) else {})
        _touch(package)
        record(package, "package.text_changed", by, {"language": (None, locale), **changes})
    return package


def texts_in(package: Package, locale: str) -> dict[str, str]:
    """All parts, empty where nothing was written."""
    written = package.texts.get(locale) or {}
    return {part: str(written.get(part) or "") for part in PARTS}


def digest(package: Package, locale: str) -> str:
    """What the texts in one language are known by."""
    return hashlib.sha256(json.dumps(texts_in(package, locale), sort_keys=True).encode()).hexdigest()[:32]


def move(package_id: int, *, up: bool, by: Person) -> None:
    """One place up or down; nothing at the ends."""
    with write():
        lock_named(ORDER)
        ordered = list(db.session.scalars(sa.select(Package).order_by(Package.position, Package.name_sort, Package.id)))
        here = next((index for index, package in enumerate(ordered) if package.id == package_id), None)
        there = None if here is None else here - 1 if up else here + 1
        if here is None or there is None or not 0 <= there < len(ordered):
            return
        ordered[here], ordered[there] = ordered[there], ordered[here]
        for position, package in enumerate(ordered, start=1):
            package.position = position
        record(ordered[there], "package.moved", by, {"position": (here + 1, there + 1)})


def _touch(package: Package) -> None:
    package.version += 1
    package.updated_at = now()


def _refuse_namesake(name: str, but: int | None) -> None:
    query = sa.select(Package.id).where(Package.name_sort == fold(name)[:120])
    if db.session.scalar(query.where(Package.id != but) if but is not None else query) is not None:
        raise FieldError("name", _l("There is a package of this name already."))


def _free_slug(name: str) -> str:
    """Inside a `write()` with ORDER held."""
    plain = re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")[: LONGEST_SLUG - 5].strip("-") or "package"
    taken = set(db.session.scalars(sa.select(Package.slug).where(Package.slug.like(f"{plain}%"))))
    number = 1
    while (slug := plain if number == 1 else f"{plain}-{number}") in taken:
        number += 1
    return slug


def _typed(details: PackageDetails) -> dict[str, Any]:
    return {
        "name": details.name,
        "kind": details.kind,
        "website": details.website or None,
        "passes": list(details.passes),
        "offered": details.offered,
    }


def _told(package: Package) -> dict[str, Any]:
    return {name: getattr(package, name) for name in ("name", "kind", "website", "passes", "offered")}
