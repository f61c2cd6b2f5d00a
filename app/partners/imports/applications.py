"""Applications from files: those under way that came by mail or stood in a list before Gangway (R1, R2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.access.permissions import P
from app.core import identifiers
from app.core.db import db
from app.core.errors import FieldError
from app.core.i18n import _l
from app.imports import registry, values
from app.imports.importer import Column, Importer, Judgement, Line, wrong
from app.imports.models import Verdict
from app.imports.values import Told, canonical, country_in, language_of, locale_in, yes_in
from app.partners.imports.companies import arrival, key_in
from app.partners.models import Application, ApplicationState, Reseller
from app.partners.service import applications
from app.partners.service.applications import ApplicationDetails
from app.people.models import Person


@dataclass(frozen=True)
class _Plan:
    details: ApplicationDetails
    locale: str
    arrived: datetime
    confirmed: bool


class ApplicationImporter(Importer):
    code = "applications"
    title = _l("Applications")
    about = _l(
        "Each line is a company that asked to become a reseller and waits for an answer, known again by reference or"
        " company number. It joins the queue with the date that was promised from the day it arrived. Nobody is mailed"
        " before the decision unless the line says so."
    )
    permission = P.APPLICATIONS_DECIDE
    empties = False
    columns = (
        Column("company_name", _l("Company"), hint=_l("The full name, as in the register"), example="Polana"),
        Column("country", _l("Country"), hint=_l("Code or name of the country: PL, NL, FI, BE or FR"), example="PL"),
        Column(
            "company_number",
            _l("Company number"),
            hint=_l("As the country has it: NIP, KvK number, Y-tunnus, enterprise number or SIRET"),
            example="856-734-62-15",
        ),
        Column("street", _l("Street and number"), example="ul. Lipowa 4"),
        Column("postcode", _l("Post code"), example="62-200"),
        Column("city", _l("City"), example="Gniezno"),
        Column("first_name", _l("First name"), example="Katarzyna"),
        Column("last_name", _l("Last name"), example="Milewska"),
        Column("email", _l("E-mail address"), hint=_l("The answer goes there"), example="katarzyna@polana.example"),
        Column(
            "phone",
            _l("Phone"),
            hint=_l("Without a country code it is taken for a number of the country"),
            example="+48 61 555 12 12",
        ),
        Column("website", _l("Website"), example="https://polana.example"),
        Column("about", _l("About the company"), hint=_l("What the applicant wrote")),
        Column("locale", _l("Language"), hint=_l("Of the answer: en, nl, pl, fi or fr"), example="pl"),
        Column(
            "applied_on", _l("Applied on"), hint=_l("The day it arrived; today when it is empty"), example="2026-03-09"
        ),
        Column(
            "confirm",
            _l("Send the confirmation"),
            hint=_l("Yes mails the promised date and the private status page; without it nobody is mailed"),
            example="no",
        ),
        Column("ref", _l("Reference"), hint=_l("Of an application that is here already; empty for a new one")),
        # What our own list has beside them.
        Column("state", _l("State"), ignored=True),
        Column("decide_by", _l("Promised by"), ignored=True),
        Column("decided_on", _l("Decided on"), ignored=True),
        Column("decided_by", _l("Decided by"), ignored=True),
        Column("reason", _l("Reason"), ignored=True),
    )

    def judge(self, lines: Sequence[Line]) -> list[Judgement]:
        known = _known(lines)
        return [_judged(line, known) for line in lines]

    def locks(self, line: Line) -> Sequence[str]:
        key = key_in(line)
        return (f"applicant:{key}",) if key else ()

    def apply(self, line: Line, by: Person, key: str) -> None:
        plan: _Plan = line.plan
        applications.take_in(plan.details, locale=plan.locale, arrived=plan.arrived, confirmed=plan.confirmed, by=by)


@dataclass(frozen=True)
class _Known:
    by_ref: dict[str, Application]
    waiting: dict[str, Application]
    """By company; of several that wait the first."""
    by_key: dict[str, Application]
    """By the key of the same line in an earlier file."""
    resellers: dict[str, Reseller]


def _known(lines: Sequence[Line]) -> _Known:
    refs = {line.text("ref").upper() for line in lines} - {""}
    keys = {key_in(line) for line in lines} - {""}
    found = db.session.scalars(
        sa.select(Application)
        .where(sa.or_(Application.ref.in_(refs), Application.company_key.in_(keys)))
        .order_by(Application.id.desc())
        .execution_options(populate_existing=True)
    ).all()
    resellers = db.session.scalars(
        sa.select(Reseller)
        .where(Reseller.company_key.in_(keys))
        .options(joinedload(Reseller.organisation))
        .order_by(Reseller.id)
        .execution_options(populate_existing=True)
    )
    return _Known(
        {each.ref: each for each in found},
        {each.company_key: each for each in found if each.state == ApplicationState.SUBMITTED},
        {each.submission_key: each for each in found},
        {each.company_key: each for each in resellers},
    )


def _judged(line: Line, known: _Known) -> Judgement:
    details, told = _details(line)
    name = line.text("company_name") or line.text("company_number") or line.text("ref")
    there: Application | None = None
    if ref := line.text("ref").upper():
        there = known.by_ref.get(ref)
        if there is None:
            said = _l("There is no application of this reference. Empty the cell to enter a new one.")
            return wrong(("ref", said), name=name)
    locale, arrived, confirmed = language_of(country_in(line.text("country")).upper()), arrival("", ""), False
    if line.text("locale"):
        with told:
            locale = locale_in("locale", line.text("locale"))
    with told:
        arrived = arrival("applied_on", line.text("applied_on"))
    with told:
        confirmed = bool(line.text("confirm")) and yes_in("confirm", line.text("confirm"))
    if told.reasons or details is None:
        return wrong(*told.reasons, name=name)
    key = identifiers.company_key(details.country, details.company_number)
    there = there or known.by_key.get(applications.key_of_file(details)) or known.waiting.get(key)
    if there is not None:
        return _same(there, details)
    if key in known.resellers:
        reseller = known.resellers[key]
        said = _l(
            "This company is a reseller already: %(reseller)s",
            reseller=f"{reseller.organisation.name} ({reseller.ref})",
        )
        return wrong(("company_number", said), name=name)
    return Judgement(Verdict.NEW, details.company_name, key, plan=_Plan(details, locale, arrived, confirmed))


def _same(there: Application, details: ApplicationDetails) -> Judgement:
    """What an applicant said stays as it was said."""
    name = f"{there.company_name} · {there.ref}"
    said = _l("The application %(ref)s says something else here, and is kept as it was sent.", ref=there.ref)
    differing = [(field, said) for field, value in asdict(details).items() if (getattr(there, field) or "") != value]
    return wrong(*differing, name=name) if differing else Judgement(Verdict.UNCHANGED, name, there.ref)


_REQUIRED = ("company_name", "street", "postcode", "city", "first_name", "last_name", "email", "phone")
_LIMITS = {"company_name": 200, "street": 200, "city": 120, "first_name": 100, "last_name": 100}


def _details(line: Line) -> tuple[ApplicationDetails | None, Told]:
    """What the line says in canonical forms, and all that is wrong with it."""
    told = Told()
    labels = {column.code: column.label for column in ApplicationImporter.columns}
    country = country_in(line.text("country")).upper()
    said: dict[str, Any] = {"country": country, "website": "", "about": ""}
    if country not in identifiers.COUNTRIES:
        told.reasons.append(("country", _l("Choose one of the countries in the list")))
    readings = {
        "company_number": lambda text: canonical("company_number", identifiers.normalise_company_number, country, text),
        "postcode": lambda text: canonical("postcode", identifiers.normalise_postcode, country, text),
        "phone": lambda text: canonical("phone", identifiers.normalise_phone, text, country),
        "email": lambda text: canonical("email", identifiers.normalise_email, text),
        "website": lambda text: canonical("website", identifiers.normalise_website, text),
        "about": lambda text: canonical("about", identifiers.clean_text, text),
    }
    for column in (*_REQUIRED, "company_number", "website", "about"):
        text = line.text(column)
        with told:
            if not text and column in (*_REQUIRED, "company_number"):
                raise FieldError(column, _l("This may not be empty: %(field)s", field=labels[column]))
            if text and (country in identifiers.COUNTRIES or column not in ("company_number", "postcode", "phone")):
                limit = _LIMITS.get(column)
                said[column] = values.line_of(column, text, limit) if limit else readings[column](text)
    return (None if told.reasons else ApplicationDetails(**said)), told


registry.offer(ApplicationImporter())
