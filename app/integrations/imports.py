"""Packages from files: new ones, and other details of those that are there, known by their code."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from app.access.permissions import P
from app.core import identifiers
from app.core.db import db, lock
from app.core.errors import Conflict, FieldError
from app.core.i18n import LOCALES, _l, in_locale
from app.core.search import fold
from app.imports import registry
from app.imports.importer import Column, Importer, Judgement, Line, wrong
from app.imports.models import Verdict
from app.imports.values import Told, canonical, line_of, yes_in
from app.integrations.models import Package
from app.integrations.service import packages as service
from app.integrations.service.packages import PackageDetails
from app.integrations.words import PACKAGE_KINDS, PASSED_ON
from app.people.models import Person

_NOT_A_CODE = _l("Use only small letters, digits and hyphens, at most 60, for example ledgerly-online")


class PackageImporter(Importer):
    code = "packages"
    title = _l("Packages")
    about = _l("Each line is a bookkeeping or invoicing package, known again by its code. Its texts stay as they are.")
    permission = P.SOFTWARE_PARTNERS_MANAGE
    empties = False
    columns = (
        Column("code", _l("Code"), True, _l("Stands in addresses and never changes"), "ledgerly"),
        Column("name", _l("Name of the package"), hint=_l("Needed for a new package"), example="Ledgerly"),
        Column("kind", _l("Kind"), hint=_l("Bookkeeping package or invoicing package"), example="bookkeeping"),
        Column("website", _l("Website"), example="https://ledgerly.example"),
        Column("passes", _l("What it can take"), hint=_l("With commas between"), example="sales, vat"),
        Column("offered", _l("Can be chosen"), hint=_l("Yes or no"), example="yes"),
    )

    def judge(self, lines: Sequence[Line]) -> list[Judgement]:
        codes = [line.text("code").lower() for line in lines]
        there = {
            found.slug: found
            for found in db.session.scalars(
                sa.select(Package).where(Package.slug.in_(codes)).execution_options(populate_existing=True)
            )
        }
        names = [fold(line.text("name"))[:120] for line in lines]
        known = sa.select(Package.name_sort, Package.slug).where(Package.name_sort.in_(names))
        taken = {row[0]: row[1] for row in db.session.execute(known)}
        return [_judged(line, code, there.get(code), taken) for line, code in zip(lines, codes, strict=True)]

    def locks(self, line: Line) -> Sequence[str]:
        return (service.ORDER,)

    def apply(self, line: Line, by: Person, key: str) -> None:
        there, version, code, details = line.plan
        found = lock(Package, there) if there is not None else None
        if found is not None and found.version != version:
            raise Conflict(_l("Somebody else changed this package a moment ago. Send the line again."))
        service.put(found, details, by, code)


def _judged(line: Line, code: str, there: Package | None, taken: Mapping[str, str]) -> Judgement:
    told = Told()
    values: dict[str, Any] = {
        "name": there.name if there else "",
        "kind": there.kind if there else "",
        "website": (there.website or "") if there else "",
        "passes": tuple(there.passes) if there else (),
        "offered": there.offered if there else True,
    }
    for column in values:
        if line.text(column):
            with told:
                values[column] = _value(column, line.text(column))
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code) or len(code) > service.LONGEST_SLUG:
        told.reasons.append(("code", _NOT_A_CODE))
    known = {column for column, _sentence in told.reasons}
    for column, sentence in _NEEDED.items():
        if not values[column] and column not in known:
            told.reasons.append((column, sentence))
    if taken.get(fold(values["name"])[:120], code) != code:
        told.reasons.append(("name", _l("There is a package of this name already.")))
    name = values["name"] or code
    if told.reasons:
        return wrong(*told.reasons, name=name)
    plan = (there.id if there else None, there.version if there else 0, code, PackageDetails(**values))
    if there is None:
        return Judgement(Verdict.NEW, name, code, plan=plan)
    before = {**{column: getattr(there, column) for column in values}, "website": there.website or ""}
    changes = {
        column: (_shown(column, before[column]), _shown(column, value))
        for column, value in values.items()
        if _plain(before[column]) != _plain(value)
    }
    return Judgement(Verdict.CHANGED if changes else Verdict.UNCHANGED, name, code, changes, plan=plan)


_NEEDED: Mapping[str, Any] = {
    "name": _l("Enter the name of the package"),
    "kind": _l("Choose the kind of package"),
    "passes": _l("Choose at least one"),
}


def _value(column: str, text: str) -> Any:
    match column:
        case "kind":
            return _code_in(column, text, _kinds())
        case "website":
            return canonical(column, identifiers.normalise_website, text)
        case "passes":
            chosen = {_code_in(column, word, _passed_on()) for word in text.split(",") if word.strip()}
            return tuple(code for code in PASSED_ON if code in chosen)
        case "offered":
            return yes_in(column, text)
    return line_of(column, text, 120)


def _code_in(column: str, text: str, among: Mapping[str, str]) -> str:
    if fold(text) not in among:
        codes = ", ".join(dict.fromkeys(among.values()))
        raise FieldError(column, _l("Write one of these: %(codes)s", codes=codes))
    return among[fold(text)]


@cache
def _kinds() -> Mapping[str, str]:
    return _by_word(PACKAGE_KINDS)


@cache
def _passed_on() -> Mapping[str, str]:
    return _by_word(PASSED_ON)


def _by_word(words: Mapping[str, Any]) -> Mapping[str, str]:
    """Folded word in each language, and the code itself -> code."""
    found = {fold(str(code).replace("_", " ")): str(code) for code in words} | {str(code): str(code) for code in words}
    for locale in LOCALES:
        with in_locale(locale):
            found.update({fold(str(word)): str(code) for code, word in words.items()})
    return found


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _shown(column: str, value: Any) -> Any:
    match column:
        case "kind":
            return PACKAGE_KINDS[value]
        case "passes":
            return [PASSED_ON[code] for code in value if code in PASSED_ON]
        case "offered":
            return _l("Yes") if value else _l("No")
    return str(value)


registry.offer(PackageImporter())
