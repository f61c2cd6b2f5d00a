"""Accounts from files: new ones, and other values for those that are there, known by country and company number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.access.permissions import P
from app.core import identifiers
from app.core.db import db
from app.core.i18n import LOCALES, _l
from app.core.search import fold
from app.customers import service
from app.customers.fields import NAMES, checked, shown
from app.customers.models import COMPANY_FIELDS, Account, AccountState
from app.imports import registry
from app.imports.importer import Choice, Column, Importer, Judgement, Line, wrong
from app.imports.models import Verdict
from app.imports.values import Told, country_in, language_of, locale_in
from app.partners import queries as partners
from app.partners.imports import NO_SUCH_RESELLER
from app.partners.models import Reseller
from app.people.models import Person

EXAMPLES = {
    "company_name": "Wooden Toys Sp. z o.o.",
    "country": "PL",
    "company_number": "856-734-62-15",
    "street": "ul. Lipowa 4",
    "postcode": "62-200",
    "city": "Gniezno",
    "contact_name": "Maria Nowak",
    "email": "maria@wooden-toys.example",
    "phone": "+48 22 123 45 67",
    "website": "https://wooden-toys.example",
}
HINTS = {
    "country": _l("Code or name of the country: PL, NL, FI, BE or FR"),
    "company_number": _l("As the country has it: NIP, KvK number, Y-tunnus, enterprise number or SIRET"),
    "phone": _l("Without a country code it is taken for a number of the country"),
    "regon": _l("Poland only"),
    "krs": _l("Poland only"),
    "einvoice_address": _l("Finland only"),
    "einvoice_operator": _l("Finland only"),
}
REQUIRED = ("country", "company_number")


def company_columns() -> list[Column]:
    """The fields of a company, as every file that holds companies names them."""
    return [
        Column(field, NAMES[field], field in REQUIRED, HINTS.get(field, ""), EXAMPLES.get(field, ""))
        for field in COMPANY_FIELDS
    ]


def company_in(line: Line, there: Any = None) -> dict[str, Any]:
    """What a line says of a company, over what is known of it where the file has no such column."""
    values = {field: getattr(there, field) if there is not None else "" for field in COMPANY_FIELDS}
    values |= {field: text for field, text in line.cells.items() if field in values}
    values["country"] = country_in(str(values["country"] or ""))
    return values


def key_in(line: Line) -> str:
    """The company that a line is about; "" when its number cannot be read."""
    country = country_in(line.text("country")).upper()
    try:
        number = identifiers.normalise_company_number(country, line.text("company_number"))
        return identifiers.company_key(country, number)
    except identifiers.Invalid:
        return ""


@dataclass(frozen=True)
class _Plan:
    account: Account | None
    clean: dict[str, str | None]
    credit: tuple[int | None] | None
    locale: str | None


class AccountImporter(Importer):
    code = "accounts"
    title = _l("Accounts")
    about = _l(
        "Each line is a customer, known again by country and company number. New companies become accounts; of those"
        " that are there, what differs is changed."
    )
    permission = P.ACCOUNTS_EDIT
    columns = (
        *company_columns(),
        Column(
            "reseller",
            _l("Credited reseller"),
            hint=_l("Reference, name, company number or e-mail address of the reseller; empty for nobody"),
            example="P-7K3F9Q2M",
        ),
        Column("locale", _l("Language"), hint=", ".join(LOCALES), example="pl"),
        # What our own list has beside them.
        Column("ref", _l("Reference"), ignored=True),
        Column("services", _l("Services"), ignored=True),
        Column("shops", _l("Shops"), ignored=True),
        Column("since", _l("Customer since"), ignored=True),
        Column("state", _l("State"), ignored=True),
    )

    asks = (
        Choice(
            "contacts",
            _l("Contact persons who are new on these accounts"),
            (
                (
                    "tell",
                    _l("Tell them what we keep about them"),
                    _l("Each gets the privacy notice by mail, once, in the language of the account."),
                ),
                (
                    "informed",
                    _l("They were informed before"),
                    _l("No mail is sent. That you said so is kept, with your name and the day."),
                ),
            ),
        ),
    )

    def judge(self, lines: Sequence[Line]) -> list[Judgement]:
        keys = [key_in(line) for line in lines]
        live = {
            account.company_key: account
            for account in db.session.scalars(
                sa.select(Account)
                .where(Account.company_key.in_({key for key in keys if key}), Account.state == AccountState.ACTIVE)
                .options(joinedload(Account.reseller).joinedload(Reseller.organisation))
                .execution_options(populate_existing=True)
            )
        }
        resellers = partners.named(line.text("reseller") for line in lines)
        return [_judged(line, key, live.get(key), resellers) for line, key in zip(lines, keys, strict=True)]

    def locks(self, line: Line) -> Sequence[str]:
        key = key_in(line)
        return (f"company:{key}",) if key else ()

    def apply(self, line: Line, by: Person, key: str) -> None:
        plan: _Plan = line.plan
        origin = key.partition(":")[0]
        informed = line.choices.get("contacts") == "informed"
        account_id = plan.account.id if plan.account else None
        service.take_in(account_id, plan.clean, plan.credit, plan.locale, by, origin, informed=informed)


def _judged(line: Line, key: str, there: Account | None, resellers: dict[str, Reseller]) -> Judgement:
    clean, failed = checked(company_in(line, there))
    told = Told()
    told.reasons += [(error.field, error.message) for error in failed]
    name = line.text("company_name") or (there.company_name if there else line.text("company_number"))
    credit: tuple[int | None] | None = None
    reseller: Reseller | None = None
    if "reseller" in line.cells:
        reseller = resellers.get(fold(line.text("reseller")))
        if line.text("reseller") and reseller is None:
            told.reasons.append(("reseller", NO_SUCH_RESELLER))
        credit = (reseller.id if reseller else None,)
    locale: str | None = None
    if line.text("locale"):
        with told:
            locale = locale_in("locale", line.text("locale"))
    if told.reasons:
        return wrong(*told.reasons, name=name)
    if there is None:
        plan = _Plan(None, clean, credit, locale or language_of(str(clean["country"])))
        return Judgement(Verdict.NEW, name, key, plan=plan)
    changes = {
        field: (shown(field, getattr(there, field), there.country), shown(field, value, str(clean["country"])))
        for field, value in clean.items()
        if (getattr(there, field) or None) != value
    }
    if credit is not None and there.reseller_id != credit[0]:
        changes["reseller"] = (_named(there.reseller), _named(reseller))
    if locale is not None and there.locale != locale:
        changes["locale"] = (there.locale, locale)
    plan = _Plan(there, clean, credit, locale)
    return Judgement(Verdict.CHANGED if changes else Verdict.UNCHANGED, name, key, changes, plan=plan)


def _named(reseller: Reseller | None) -> Any:
    return reseller.organisation.name if reseller else _l("Nobody")


registry.offer(AccountImporter())
