"""Service partners from files: firms with whom the vendor works already, known by reference or company number (X6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.access.permissions import P
from app.core import identifiers
from app.core.db import db
from app.core.i18n import _l
from app.followups.models import BALANCE, ServicePartner
from app.followups.service import partners as service
from app.followups.service.partners import MOST_COMPANIES, FirstPerson, PartnerDetails
from app.imports import registry, values
from app.imports.importer import Column, Importer, Judgement, Line, wrong
from app.imports.models import Verdict
from app.imports.values import Told, canonical, country_in, language_of, locale_in, yes_in
from app.partners.imports.companies import key_in
from app.people.models import Person


@dataclass(frozen=True)
class _Plan:
    """What `apply` does: enter a new one, or correct the one of this id and version."""

    details: PartnerDetails
    first: FirstPerson | None = None
    invite: bool = False
    id: int = 0
    version: int = 0


class ServicePartnerImporter(Importer):
    code = "service-partners"
    title = _l("Service partners")
    about = _l(
        "Each line is a service partner, known again by reference or company number. New ones get a panel and an owner."
        " Nobody is mailed unless the line says so. Suspensions and absences are noted on the service partner's own"
        " page."
    )
    permission = P.SERVICE_PARTNERS_MANAGE
    empties = False
    columns = (
        Column("name", _l("Service partner"), hint=_l("As customers know it"), example="Van Rijn Administraties"),
        Column("country", _l("Country"), hint=_l("Code or name of the country: PL, NL, FI, BE or FR"), example="NL"),
        Column(
            "company_number",
            _l("Company number"),
            hint=_l("As the country has it: NIP, KvK number, Y-tunnus, enterprise number or SIRET"),
            example="60128453",
        ),
        Column("postcode", _l("Post code"), example="3511 AB"),
        Column("city", _l("City"), example="Utrecht"),
        Column("email", _l("E-mail address"), hint=_l("Of the firm"), example="post@vanrijn.example"),
        Column(
            "phone",
            _l("Phone"),
            hint=_l("Without a country code it is taken for a number of the country"),
            example="+31 30 555 01 10",
        ),
        Column("capacity", _l("Companies at most"), hint=_l("Empty where there is no limit"), example="40"),
        Column(
            "served",
            _l("Customers from before"),
            hint=_l("Those it works for already and that are no accounts here"),
            example="12",
        ),
        Column("person_name", _l("Owner"), hint=_l("Becomes the owner in the panel"), example="Tess van Rijn"),
        Column(
            "person_email",
            _l("E-mail address of the owner"),
            hint=_l("With which the owner signs in; needed for a new service partner"),
            example="tess@vanrijn.example",
        ),
        Column(
            "locale",
            _l("Language"),
            hint=_l("en, nl, pl, fi or fr; somebody who is known here keeps their own"),
            example="nl",
        ),
        Column(
            "invite",
            _l("Send the invitation"),
            hint=_l("Yes mails a new owner the way into the panel; without it nobody is mailed"),
            example="no",
        ),
        Column("ref", _l("Reference"), hint=_l("Of a service partner that is here already; empty for a new one")),
        # What our own list has beside them.
        Column("state", _l("State"), ignored=True),
        Column("suspension", _l("Reason for the suspension"), ignored=True),
        Column("customers", _l("Customers"), ignored=True),
        Column("open", _l("Open assignments"), ignored=True),
        Column("last", _l("Last assignment"), ignored=True),
        Column("since", _l("Since"), ignored=True),
    )

    def judge(self, lines: Sequence[Line]) -> list[Judgement]:
        known = _known(lines)
        closed = _closed(lines)
        return [_judged(line, known, closed) for line in lines]

    def locks(self, line: Line) -> Sequence[str]:
        key, email = key_in(line), line.text("person_email").lower()
        named = [BALANCE, *([f"service-partner:{key}"] if key else [])]
        return [*named, f"person-email:{email}"] if email else named

    def apply(self, line: Line, by: Person, key: str) -> None:
        plan: _Plan = line.plan
        if plan.first is not None:
            service.enter(plan.details, plan.first, by, invite=plan.invite)
        else:
            service.correct(plan.id, plan.version, plan.details, by)


def _known(lines: Sequence[Line]) -> dict[str, ServicePartner]:
    """By reference and by company key."""
    refs = {line.text("ref").upper() for line in lines} - {""}
    keys = {key_in(line) for line in lines} - {""}
    query = (
        sa.select(ServicePartner)
        .where(sa.or_(ServicePartner.ref.in_(refs), ServicePartner.company_key.in_(keys)))
        .options(joinedload(ServicePartner.organisation))
        .execution_options(populate_existing=True)
    )
    found = list(db.session.scalars(query))
    return {one.ref: one for one in found} | {one.company_key: one for one in found if one.company_key}


def _closed(lines: Sequence[Line]) -> set[str]:
    """Addresses of people whose access was closed."""
    mails = {line.text("person_email").lower() for line in lines} - {""}
    query = sa.select(Person.email).where(Person.email.in_(mails), Person.closed_at.is_not(None))
    return set(db.session.scalars(query))


_OF_FIRM = ("company_number", "postcode", "city", "email", "phone")
_REQUIRED = ("name", "country", *_OF_FIRM)
_OF_OWNER = ("person_name", "person_email")


def _judged(line: Line, known: dict[str, ServicePartner], closed: set[str]) -> Judgement:
    name = line.text("name") or line.text("company_number") or line.text("ref")
    ref = line.text("ref").upper()
    there = known.get(ref) if ref else known.get(key_in(line))
    if ref and there is None:
        said = _l("There is no service partner of this reference. Empty the cell to add a new one.")
        return wrong(("ref", said), name=name)
    told = Told()
    details = _details(line, there, told)
    first = None if there else _first(line, details.country, closed, told)
    invite = False
    with told:
        invite = bool(line.text("invite")) and yes_in("invite", line.text("invite"))
    if told.reasons:
        return wrong(*told.reasons, name=name)
    if there is None:
        key = identifiers.company_key(details.country, details.company_number)
        return Judgement(Verdict.NEW, details.name, key, plan=_Plan(details, first, invite))
    changes = {
        column: (_shown(before), _shown(after))
        for column, (before, after) in service.differences(there, details).items()
    }
    plan = _Plan(details, id=there.id, version=there.version)
    return Judgement(Verdict.CHANGED if changes else Verdict.UNCHANGED, details.name, there.ref, changes, plan=plan)


def _details(line: Line, there: ServicePartner | None, told: Told) -> PartnerDetails:
    """As it will be: an empty cell leaves what is there. What cannot be read is told, and nothing comes of it then."""
    if there is None:
        told.need(line, ServicePartnerImporter.columns, _REQUIRED)
    country = country_in(line.text("country")).upper() or (there.country if there else "")
    if country and country not in identifiers.COUNTRIES:
        told.reasons.append(("country", _l("Choose one of the countries in the list")))
        country = ""
    kept = {column: getattr(there, column) if there else "" for column in _OF_FIRM}
    kept["name"] = there.organisation.name if there else ""
    for column, limit in (("name", 200), ("city", 120)):
        if text := line.text(column):
            with told:
                kept[column] = values.line_of(column, text, limit)
    for column, normalise in (
        ("company_number", identifiers.normalise_company_number),
        ("postcode", identifiers.normalise_postcode),
    ):
        if country and (text := line.text(column)):
            with told:
                kept[column] = canonical(column, normalise, country, text)
    if text := line.text("email"):
        with told:
            kept["email"] = canonical("email", identifiers.normalise_email, text).lower()
    if country and (text := line.text("phone")):
        with told:
            kept["phone"] = canonical("phone", identifiers.normalise_phone, text, country)
    capacity, served = (there.capacity, there.served) if there else (None, 0)
    with told:
        capacity = _number("capacity", line, 1, capacity)
    with told:
        served = _number("served", line, 0, served) or 0
    return PartnerDetails(**kept, country=country, capacity=capacity, served=served)


def _number(column: str, line: Line, least: int, usual: int | None) -> int | None:
    return values.number(column, line.text(column), least, MOST_COMPANIES) if line.text(column) else usual


def _first(line: Line, country: str, closed: set[str], told: Told) -> FirstPerson:
    told.need(line, ServicePartnerImporter.columns, _OF_OWNER)
    name, email, locale = "", "", ""
    with told:
        name = values.line_of("person_name", line.text("person_name"), 200)
    if line.text("person_email"):
        with told:
            email = canonical("person_email", identifiers.normalise_email, line.text("person_email")).lower()
    if email in closed:
        told.reasons.append(("person_email", service.ACCESS_CLOSED))
    with told:
        locale = locale_in("locale", line.text("locale")) if line.text("locale") else language_of(country)
    return FirstPerson(name, email, locale)


def _shown(value: Any) -> Any:
    return "" if value is None else str(value)


registry.offer(ServicePartnerImporter())
