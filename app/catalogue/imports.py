"""The catalogue from files: new services, and other details of those that are there, known by their code."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from app.access.permissions import P
from app.catalogue import queries, service
from app.catalogue.models import PERIODS, Service
from app.catalogue.service import ServiceDetails
from app.core.db import db, lock
from app.core.errors import Conflict
from app.core.i18n import LOCALES, NAMES, _l
from app.core.money import typed
from app.imports import registry
from app.imports.importer import Column, Importer, Judgement, Line, wrong
from app.imports.models import Verdict
from app.imports.values import Told, amount, currency, line_of, rate, whole, yes_in
from app.people.models import Person

EXAMPLES = {
    "en": "Online payments",
    "nl": "Online betalingen",
    "pl": "Płatności online",
    "fi": "Verkkomaksut",
    "fr": "Paiements en ligne",
}


class ServiceImporter(Importer):
    code = "services"
    title = _l("Services")
    about = _l("Each line is a service of the catalogue, known again by its code.")
    permission = P.CATALOGUE_MANAGE
    columns = (
        Column("code", _l("Code"), True, _l("Small letters, digits and hyphens"), "online-payments"),
        *(
            Column(f"name_{code}", NAMES[code], hint=_l("Name of the service in this language"), example=EXAMPLES[code])
            for code in LOCALES
        ),
        *(
            Column(f"hint_{code}", _l("Explanation: %(language)s", language=NAMES[code]), hint=_l("One line"))
            for code in LOCALES
        ),
        Column("offered", _l("Offered"), hint=_l("Yes or no: can be chosen on forms"), example="yes"),
        Column("net", _l("Net amount"), hint=_l("Of one period; empty when it is agreed each time"), example="49,00"),
        Column("currency", _l("Currency"), hint=_l("Three letters"), example="EUR"),
        Column("vat_rate", _l("VAT rate in per cent"), hint=_l("Empty where no VAT is charged"), example="21"),
        Column("months", _l("Months of a period"), hint=_l("0 for one-off, else 1, 6, 12 or 36"), example="1"),
    )

    def judge(self, lines: Sequence[Line]) -> list[Judgement]:
        codes = [line.text("code").lower() for line in lines]
        there = {
            found.code: found
            for found in db.session.scalars(
                sa.select(Service).where(Service.code.in_(codes)).execution_options(populate_existing=True)
            )
        }
        usual = queries.usual_currency()
        return [_judged(line, code, there.get(code), usual) for line, code in zip(lines, codes, strict=True)]

    def locks(self, line: Line) -> Sequence[str]:
        return ("catalogue-order",)

    def apply(self, line: Line, by: Person, key: str) -> None:
        there, version, details = line.plan
        found = lock(Service, there) if there is not None else None
        if found is not None and found.version != version:
            raise Conflict(_l("Somebody else changed this service a moment ago. Send the line again."))
        service.put(found, details, by)


def _judged(line: Line, code: str, there: Service | None, usual: str) -> Judgement:
    told = Told()
    names = dict(there.names) if there else {}
    hints = dict(there.hints) if there else {}
    for kept, kind, limit in ((names, "name", 80), (hints, "hint", 160)):
        for locale in LOCALES:
            column = f"{kind}_{locale}"
            if column in line.cells:
                with told:
                    kept[locale] = line_of(column, line.cells[column], limit)
    if not service.is_code(code):
        told.reasons.append(("code", service.NOT_A_CODE))
    missing = [
        (f"name_{locale}", _l("A name is needed in each language.")) for locale in LOCALES if not names.get(locale)
    ]
    told.reasons += missing
    values: dict[str, Any] = {
        "offered": there.offered if there else True,
        "net": there.net if there else None,
        "currency": there.currency if there else usual,
        "vat_rate": there.vat_rate if there else None,
        "months": there.months if there else 1,
    }
    for column, usually in list(values.items()):
        if column in line.cells:
            with told:
                values[column] = _value(column, line.cells[column], usually)
    name = names.get("en") or code
    if told.reasons:
        return wrong(*told.reasons, name=name)
    details = ServiceDetails(code=code, names=names, hints={at: hint for at, hint in hints.items() if hint}, **values)
    plan = (there.id if there else None, there.version if there else 0, details)
    if there is None:
        return Judgement(Verdict.NEW, name, code, plan=plan)
    changes = {
        f"{kind}_{locale}": (before.get(locale, ""), after.get(locale, ""))
        for kind, before, after in (("name", there.names, names), ("hint", there.hints, hints))
        for locale in LOCALES
        if before.get(locale, "") != after.get(locale, "")
    }
    changes |= {
        column: (_shown(getattr(there, column)), _shown(value))
        for column, value in values.items()
        if getattr(there, column) != value
    }
    return Judgement(Verdict.CHANGED if changes else Verdict.UNCHANGED, name, code, changes, plan=plan)


def _value(column: str, text: str, usual: Any) -> Any:
    """What a cell says. Empty ones are the usual where nothing is no answer."""
    if not text:
        return None if column in ("net", "vat_rate") else usual
    match column:
        case "offered":
            return yes_in(column, text)
        case "net":
            return amount(column, text, least=Decimal(0))
        case "currency":
            return currency(column, text)
        case "vat_rate":
            return rate(column, text)
    return whole(column, text, PERIODS)


def _shown(value: Any) -> Any:
    match value:
        case None:
            return ""
        case bool():
            return _l("Yes") if value else _l("No")
        case Decimal():
            return typed(value)
    return str(value)


registry.offer(ServiceImporter())
