"""Resellers from files: those with whom the vendor worked before Gangway, known by reference or company number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa

from app.access.permissions import P
from app.core import identifiers
from app.core.clock import now
from app.core.db import db
from app.core.errors import FieldError
from app.core.i18n import LOCALES, _l, in_locale
from app.core.search import fold
from app.imports import registry, values
from app.imports.importer import Column, Importer, Judgement, Line, wrong
from app.imports.models import Verdict
from app.imports.values import Told, canonical, country_in, language_of, locale_in, yes_in
from app.partners import queries as partners
from app.partners.imports.companies import arrival, key_in
from app.partners.models import Reseller, ResellerState
from app.partners.service import taking_in
from app.partners.service.taking_in import KnownReseller
from app.partners.told import RESELLER_STATES
from app.people.models import Person
from app.people.queries import invited_now


@dataclass(frozen=True)
class _Plan:
    known: KnownReseller | None
    """Of a new one."""
    id: int = 0
    version: int = 0
    """Of one that is there."""
    owner: Person | None = None
    name: str = ""
    contact_name: str = ""
    city: str = ""
    invite: bool = False


class ResellerImporter(Importer):
    code = "resellers"
    title = _l("Resellers")
    about = _l(
        "Each line is a reseller with whom you work already, known again by reference or company number. New ones get a"
        " panel, an owner and a personal link, which opens once they accept the terms. Nobody is mailed unless the line"
        " says so, and no accesses are asked for."
    )
    permission = P.RESELLERS_MANAGE
    empties = False
    columns = (
        Column("name", _l("Reseller"), hint=_l("The company's full name, as in the register"), example="Polana"),
        Column("country", _l("Country"), hint=_l("Code or name of the country: PL, NL, FI, BE or FR"), example="PL"),
        Column(
            "company_number",
            _l("Company number"),
            hint=_l("As the country has it: NIP, KvK number, Y-tunnus, enterprise number or SIRET"),
            example="856-734-62-15",
        ),
        Column("city", _l("City"), example="Gniezno"),
        Column(
            "contact_name",
            _l("Contact person"),
            hint=_l("Becomes the owner in the panel; the name stands in the personal link"),
            example="Katarzyna Milewska",
        ),
        Column(
            "email",
            _l("E-mail address"),
            hint=_l("Of the contact person, who signs in with it"),
            example="katarzyna@polana.example",
        ),
        Column(
            "phone",
            _l("Phone"),
            hint=_l("Without a country code it is taken for a number of the country"),
            example="+48 61 555 12 12",
        ),
        Column(
            "locale",
            _l("Language"),
            hint=_l("en, nl, pl, fi or fr; somebody who is known here keeps their own"),
            example="pl",
        ),
        Column("state", _l("State"), hint=_l("Active or suspended; active when it is empty"), example="active"),
        Column(
            "suspension",
            _l("Reason for the suspension"),
            hint=_l("Needed for a suspended one; the reseller reads it as it is written"),
        ),
        Column(
            "since",
            _l("Since"),
            hint=_l("The day on which it became a reseller; today when it is empty"),
            example="2021-03-01",
        ),
        Column(
            "invite",
            _l("Send the invitation"),
            hint=_l("Yes mails the contact person the way into the panel; without it nobody is mailed"),
            example="no",
        ),
        Column("ref", _l("Reference"), hint=_l("Of a reseller that is here already; empty for a new one")),
        # What our own list has beside them.
        Column("terms_accepted", _l("Terms accepted"), ignored=True),
        Column("terms_in_force", _l("Terms in force"), ignored=True),
    )

    def judge(self, lines: Sequence[Line]) -> list[Judgement]:
        known = _known(lines)
        return [_judged(line, known) for line in lines]

    def locks(self, line: Line) -> Sequence[str]:
        key = key_in(line)
        named = [f"applicant:{key}"] if key else []
        return [*named, f"person-email:{line.text('email').lower()}"] if line.text("email") else named

    def apply(self, line: Line, by: Person, key: str) -> None:
        plan: _Plan = line.plan
        owner = plan.owner
        if plan.known is not None:
            reseller, owner = taking_in.take_in(plan.known, by)
        else:
            reseller = taking_in.correct(plan.id, plan.version, plan.name, plan.contact_name, plan.city, by)
        if plan.invite and owner is not None:
            taking_in.invite(reseller, owner, by)


# --- what is there ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Known:
    by_ref: dict[str, Reseller]
    by_key: dict[str, list[Reseller]]
    closed: set[str]
    """Addresses of people whose access was closed."""
    here: set[str]
    """Addresses of people who have signed in before: they need no invitation."""
    invited: set[int]
    """People with an invitation that still opens."""


def _known(lines: Sequence[Line]) -> _Known:
    refs = {line.text("ref").upper() for line in lines} - {""}
    keys = {key_in(line) for line in lines} - {""}
    fitting = sa.select(Reseller).where(
        partners.is_reseller(), sa.or_(Reseller.ref.in_(refs), Reseller.company_key.in_(keys))
    )
    found = list(
        db.session.scalars(
            partners.with_people(fitting).order_by(Reseller.id).execution_options(populate_existing=True)
        )
    )
    by_key: dict[str, list[Reseller]] = {}
    for each in found:
        by_key.setdefault(each.company_key, []).append(each)
    mails = {line.text("email").lower() for line in lines} - {""}
    people = db.session.execute(
        sa.select(Person.email, Person.closed_at, Person.signed_in_at).where(Person.email.in_(mails))
    ).all()
    members = {held.person_id for each in found for held in each.organisation.memberships}
    return _Known(
        {each.ref: each for each in found},
        by_key,
        {person.email for person in people if person.closed_at is not None},
        {person.email for person in people if person.signed_in_at is not None},
        invited_now(members),
    )


# --- one line ---------------------------------------------------------------------------------------------------------


def _judged(line: Line, known: _Known) -> Judgement:
    name = line.text("name") or line.text("company_number") or line.text("ref")
    if ref := line.text("ref").upper():
        there = known.by_ref.get(ref)
        if there is None:
            said = _l("There is no reseller of this reference. Empty the cell to add a new one.")
            return wrong(("ref", said), name=name)
        return _compared(line, there, known)
    fitting = known.by_key.get(key_in(line), [])
    if len(fitting) > 1:
        said = _l("Several resellers have this company number. Give the reference of one.")
        return wrong(("company_number", said), name=name)
    return _compared(line, fitting[0], known) if fitting else _new(line, known, name)


_REQUIRED = ("name", "country", "company_number", "city", "contact_name", "email")
_LIMITS = {"name": 200, "city": 120, "contact_name": 200}


def _new(line: Line, known: _Known, name: str) -> Judgement:
    told = Told()
    told.need(line, ResellerImporter.columns, _REQUIRED)
    country, said = country_in(line.text("country")).upper(), dict.fromkeys(_LIMITS, "")
    number, email, phone, locale, since, suspension, invite = "", "", None, "", now(), "", False
    if country and country not in identifiers.COUNTRIES:
        told.reasons.append(("country", _l("Choose one of the countries in the list")))
    elif line.text("company_number"):
        with told:
            number = canonical(
                "company_number", identifiers.normalise_company_number, country, line.text("company_number")
            )
    for column, limit in _LIMITS.items():
        with told:
            said[column] = values.line_of(column, line.text(column), limit)
    if line.text("email"):
        with told:
            email = canonical("email", identifiers.normalise_email, line.text("email")).lower()
    if email in known.closed:
        told.reasons.append(("email", taking_in.ACCESS_CLOSED))
    if line.text("phone"):
        with told:
            phone = canonical("phone", identifiers.normalise_phone, line.text("phone"), country)
    with told:
        locale = locale_in("locale", line.text("locale")) if line.text("locale") else language_of(country)
    with told:
        since = arrival("since", line.text("since"))
    with told:
        suspension = _suspension(line)
    with told:
        invite = _invites(line, suspended=bool(suspension)) and email not in known.here
    if told.reasons:
        return wrong(*told.reasons, name=name)
    record = KnownReseller(
        **said,
        country=country,
        company_number=number,
        email=email,
        phone=phone,
        locale=locale,
        since=since,
        suspension=suspension,
    )
    return Judgement(
        Verdict.NEW,
        record.name,
        identifiers.company_key(country, number),
        plan=_Plan(record, invite=invite),
    )


def _compared(line: Line, there: Reseller, known: _Known) -> Judgement:
    """What the line would change on a reseller that is there. What belongs to a person is theirs, and stays."""
    told, name = Told(), there.organisation.name
    before = {"name": name, "contact_name": there.contact_name, "city": there.city}
    after = dict(before)
    for column, limit in _LIMITS.items():
        if text := line.text(column):
            with told:
                after[column] = values.line_of(column, text, limit)
    number = _digits(line.text("company_number"))
    if number and number != _digits(there.company_key) and key_in(line) != there.company_key:
        told.reasons.append(("company_number", _l("The company number of a reseller stays what it is.")))
    live = [held.person for held in there.organisation.memberships if held.ended_at is None]
    email = line.text("email").lower()
    owner = next((person for person in live if person.email == email), None)
    if email and owner is None:
        said = _l("Nobody with this address works for this reseller. Its owners invite their colleagues in the panel.")
        told.reasons.append(("email", said))
    with told:
        _unmoved(line, there)
    invite = False
    with told:
        invite = _invites(line, suspended=not there.is_active)
    if invite and owner is None and not email:
        owner = there.organisation.first_owner
    invite = (
        invite
        and owner is not None
        and owner.signed_in_at is None
        and owner.closed_at is None
        and owner.id not in known.invited
    )
    if told.reasons:
        return wrong(*told.reasons, name=name)
    changes: dict[str, tuple[Any, Any]] = {
        column: (before[column], after[column]) for column in before if before[column] != after[column]
    }
    if invite:
        changes["invite"] = (_l("No"), _l("Yes"))
    plan = _Plan(None, there.id, there.version, owner, **after, invite=invite)
    return Judgement(Verdict.CHANGED if changes else Verdict.UNCHANGED, name, there.ref, changes, plan=plan)


def _unmoved(line: Line, there: Reseller) -> None:
    """A state is not changed by a file: suspending closes accesses and is mailed with its reason."""
    if line.text("state") and _state(line.text("state")) != there.state:
        raise FieldError("state", _l("A reseller that is here is suspended and resumed on its own page."))


def _suspension(line: Line) -> str:
    if not line.text("state") or _state(line.text("state")) == ResellerState.ACTIVE:
        return ""
    if not line.text("suspension"):
        raise FieldError("suspension", _l("Enter the reason"))
    return values.line_of("suspension", line.text("suspension"), 4000)


@cache
def _states() -> dict[str, str]:
    """Folded name in each language, and code -> state."""
    known = {fold(state.value): state.value for state in ResellerState}
    for locale in LOCALES:
        with in_locale(locale):
            known |= {fold(str(name)): state.value for state, name in RESELLER_STATES.items()}
    return known


def _state(text: str) -> str:
    found = _states().get(fold(text))
    if found is None:
        raise FieldError("state", _l("Write active or suspended here."))
    return found


def _invites(line: Line, *, suspended: bool) -> bool:
    wanted = bool(line.text("invite")) and yes_in("invite", line.text("invite"))
    if wanted and suspended:
        raise FieldError("invite", _l("The panel of a suspended reseller is closed: nobody is invited into it."))
    return wanted


def _digits(text: str) -> str:
    return re.sub("[^0-9]", "", text)


registry.offer(ResellerImporter())
