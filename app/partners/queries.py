"""Finding resellers, the form behind a personal link, and what each person may see of them."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from app.access import policy
from app.access.permissions import P
from app.access.roles import OrganisationKind
from app.core import identifiers
from app.core.db import db
from app.core.errors import NotFound
from app.core.search import fold, matching
from app.documents.models import DocumentKind
from app.documents.queries import newest_number
from app.partners.models import (
    Application,
    ApplicationState,
    GrantedAccess,
    PersonalLink,
    Reseller,
    ResellerState,
    VendorSystem,
    WelcomeItem,
)
from app.people.models import Membership, Organisation, Person


class Closed(enum.StrEnum):
    """Why a registration form does not open."""

    WITHDRAWN = "withdrawn"
    SUSPENDED = "suspended"
    TERMS = "terms"
    """The terms in force are not accepted, or none are published: "not open yet" (R5)."""


@dataclass(frozen=True)
class OpenForm:
    """The form may be filled in; `reseller` comes with its organisation."""

    link: PersonalLink
    reseller: Reseller


@dataclass(frozen=True)
class ClosedForm:
    """The address is known, and its form is closed for `reason`."""

    reason: Closed
    link: PersonalLink
    reseller: Reseller


def form_behind(slug: str) -> OpenForm | ClosedForm:
    """What stands behind `/r/<slug>`, in one query.

    Raises:
        NotFound: no such address was ever given out.
    """
    row = db.session.execute(_behind(), {"slug": slug}).one_or_none()
    if row is None:
        raise NotFound
    link, terms = row
    closed = why_closed(link, terms)
    return ClosedForm(closed, link, link.reseller) if closed else OpenForm(link, link.reseller)


@cache
def _behind() -> sa.Select[PersonalLink, int]:
    """Made once: putting this statement together takes as long as running it."""
    return (
        sa.select(PersonalLink, newest_number(DocumentKind.RESELLER_TERMS))
        .join(PersonalLink.reseller)
        .join(Reseller.organisation)
        .options(contains_eager(PersonalLink.reseller).contains_eager(Reseller.organisation))
        .where(PersonalLink.slug == sa.bindparam("slug"))
    )


def why_closed(link: PersonalLink, terms_in_force: int) -> Closed | None:
    """The rule by which a personal link's form opens, all of it; None when it is open. A software partner accepts no
    terms of resellers: what it agrees on stands elsewhere (decision 032)."""
    if link.withdrawn_at is not None:
        return Closed.WITHDRAWN
    if not link.reseller.is_active:
        return Closed.SUSPENDED
    if not link.reseller.is_software_partner and not link.reseller.accepted(terms_in_force):
        return Closed.TERMS
    return None


def visible_to(actor: Person) -> sa.Select[Reseller]:
    """The resellers that this person may know of: staff all, a member their own, others none. Software partners are
    none, though leads are credited to them."""
    query = sa.select(Reseller).options(joinedload(Reseller.organisation)).where(is_reseller())
    if policy.allows(actor, P.RESELLERS_READ):
        return query
    held = actor.membership
    if held is None or held.organisation.kind != OrganisationKind.RESELLER:
        return query.where(sa.false())
    return query.where(Reseller.organisation_id == held.organisation_id)


def is_reseller() -> sa.ColumnElement[bool]:
    """Of a row of `Reseller`: it is no software partner, of whom no list of resellers tells (decision 032)."""
    organisations = sa.select(Organisation.id).where(Organisation.kind == OrganisationKind.RESELLER)
    return Reseller.organisation_id.in_(organisations)


def is_software_partner(reseller_id: int) -> bool:
    """Whether what is credited to this row of `Reseller` is credited to a software partner."""
    kind = sa.select(Organisation.kind).join(Reseller, Reseller.organisation_id == Organisation.id)
    return db.session.scalar(kind.where(Reseller.id == reseller_id)) == OrganisationKind.SOFTWARE_PARTNER


def reseller(actor: Person, ref: str) -> Reseller:
    """One reseller with its organisation.

    Raises:
        NotFound: there is none, or not for this person.
    """
    found = db.session.scalar(visible_to(actor).where(Reseller.ref == ref))
    if found is None:
        raise NotFound
    return found


def country_of_member(person_id: int) -> str | None:
    """The country of the reseller that this person works for; None when there is none, or nobody said."""
    return (
        db.session.scalar(
            sa.select(Reseller.country)
            .join(Membership, Membership.organisation_id == Reseller.organisation_id)
            .where(Membership.person_id == person_id, Membership.ended_at.is_(None))
            .order_by(Membership.id)
            .limit(1)
        )
        or None
    )


def current_link(reseller: Reseller) -> PersonalLink | None:
    """The address to give out now: the current one, else the newest that still works; None when all were withdrawn."""
    return db.session.scalar(
        sa.select(PersonalLink)
        .where(
            PersonalLink.reseller_id == reseller.id,
            PersonalLink.withdrawn_at.is_(None),
            PersonalLink.is_alias.is_(False),
        )
        .order_by(PersonalLink.is_current.desc(), PersonalLink.id.desc())
        .limit(1)
    )


def links_of(reseller: Reseller) -> list[PersonalLink]:
    """Every address the reseller ever had: the current one, earlier ones, imported ones, newest first within."""
    return list(
        db.session.scalars(
            sa.select(PersonalLink)
            .where(PersonalLink.reseller_id == reseller.id)
            .order_by(PersonalLink.is_current.desc(), PersonalLink.is_alias, PersonalLink.id.desc())
        )
    )


def link_of(reseller: Reseller, link_id: int) -> PersonalLink:
    """One of the reseller's own addresses.

    Raises:
        NotFound: it has none with this key.
    """
    found = db.session.scalar(
        sa.select(PersonalLink).where(PersonalLink.id == link_id, PersonalLink.reseller_id == reseller.id)
    )
    if found is None:
        raise NotFound
    return found


def alias(path: str) -> PersonalLink | None:
    """The link that answers at an imported path, with its reseller."""
    return db.session.scalar(
        sa.select(PersonalLink)
        .where(PersonalLink.slug == path, PersonalLink.is_alias)
        .options(joinedload(PersonalLink.reseller))
    )


def accesses_of(reseller: Reseller) -> list[GrantedAccess]:
    """The reseller's accesses with their systems, in the order of the systems."""
    return list(
        db.session.scalars(
            sa.select(GrantedAccess)
            .where(GrantedAccess.reseller_id == reseller.id)
            .join(GrantedAccess.system)
            .options(contains_eager(GrantedAccess.system))
            .order_by(VendorSystem.position, VendorSystem.id)
        )
    )


def accesses_by_system() -> dict[tuple[int, str], int]:
    """System and state -> how many resellers."""
    counted = sa.select(GrantedAccess.system_id, GrantedAccess.state, sa.func.count()).group_by(
        GrantedAccess.system_id, GrantedAccess.state
    )
    return {(system_id, state): count for system_id, state, count in db.session.execute(counted)}


def every_access() -> sa.Select[GrantedAccess]:
    """All resellers' accesses, for a file."""
    return sa.select(GrantedAccess).options(
        joinedload(GrantedAccess.reseller).joinedload(Reseller.organisation), joinedload(GrantedAccess.system)
    )


def every_link() -> sa.Select[PersonalLink]:
    """All resellers' addresses, for a file."""
    return (
        sa.select(PersonalLink)
        .join(PersonalLink.reseller)
        .where(is_reseller())
        .options(contains_eager(PersonalLink.reseller).joinedload(Reseller.organisation))
    )


def everybody() -> sa.Select[Membership, Reseller]:
    """Everybody who works for a reseller now, with the reseller, for a file."""
    return (
        sa.select(Membership, Reseller)
        .join(Reseller, Reseller.organisation_id == Membership.organisation_id)
        .where(Membership.ended_at.is_(None), is_reseller())
        .options(joinedload(Membership.person), joinedload(Reseller.organisation))
    )


def systems() -> list[VendorSystem]:
    """All systems of the vendor's, in their order."""
    return list(db.session.scalars(sa.select(VendorSystem).order_by(VendorSystem.position, VendorSystem.id)))


def welcome_items(locale: str | None = None) -> list[WelcomeItem]:
    """The welcome package in a language; of all languages when none is given."""
    query = sa.select(WelcomeItem).order_by(WelcomeItem.locale, WelcomeItem.position, WelcomeItem.id)
    return list(db.session.scalars(query if locale is None else query.where(WelcomeItem.locale == locale)))


def welcome_item(ref: str) -> WelcomeItem:
    """Raises NotFound."""
    found = db.session.scalar(sa.select(WelcomeItem).where(WelcomeItem.ref == ref))
    if found is None:
        raise NotFound
    return found


# --- applications -----------------------------------------------------------------------------------------------------


class Queue(enum.StrEnum):
    """The tabs of the list of applications."""

    WAITING = "waiting"
    SET_APART = "set_apart"
    """Both traps spoke: staff look first."""
    ACCEPTED = "accepted"
    REJECTED = "rejected"


def applications(queue: Queue, q: str = "") -> sa.Select[Application]:
    """The applications of a tab that hold `q`."""
    query = sa.select(Application).options(joinedload(Application.decided_by))
    match queue:
        case Queue.WAITING | Queue.SET_APART:
            query = query.where(
                Application.state == ApplicationState.SUBMITTED, Application.suspicious == (queue == Queue.SET_APART)
            )
        case Queue.ACCEPTED | Queue.REJECTED:
            query = query.where(Application.state == str(queue))
    return query.where(matching(Application, q)) if q.strip() else query


def waiting_counts() -> tuple[int, int]:
    """How many applications wait, and how many of those that wait are set apart."""
    rows = db.session.execute(
        sa.select(Application.suspicious, sa.func.count().label("waiting"))
        .where(Application.state == ApplicationState.SUBMITTED)
        .group_by(Application.suspicious)
    )
    counts = {bool(row.suspicious): int(row.waiting) for row in rows}
    return counts.get(False, 0), counts.get(True, 0)


def application(ref: str) -> Application:
    """One application with who decided and what it became.

    Raises:
        NotFound
    """
    found = db.session.scalar(_whole().where(Application.ref == ref))
    if found is None:
        raise NotFound
    return found


def application_with_decider(application_id: int) -> Application:
    """The application as it is now, with who decided."""
    return db.session.scalars(
        _whole().where(Application.id == application_id).execution_options(populate_existing=True)
    ).one()


def _whole() -> sa.Select[Application]:
    return sa.select(Application).options(
        joinedload(Application.decided_by), joinedload(Application.reseller).joinedload(Reseller.organisation)
    )


def same_company(application: Application) -> tuple[list[Application], list[Reseller]]:
    """Other applications and the resellers of the same company, in time order."""
    others = db.session.scalars(
        _whole()
        .where(Application.company_key == application.company_key, Application.id != application.id)
        .order_by(Application.created_at, Application.id)
        .limit(20)
    )
    resellers = db.session.scalars(
        sa.select(Reseller)
        .where(Reseller.company_key == application.company_key)
        .options(joinedload(Reseller.organisation))
        .order_by(Reseller.id)
        .limit(20)
    )
    return list(others), list(resellers)


def applications_of(reseller: Reseller) -> list[Application]:
    """The application that a reseller came from, and others of its company, newest first."""
    mine = Application.reseller_id == reseller.id
    same = sa.and_(Application.company_key == reseller.company_key, Application.company_key != "")
    return list(
        db.session.scalars(
            _whole().where(sa.or_(mine, same)).order_by(Application.created_at.desc(), Application.id.desc()).limit(20)
        )
    )


# --- the list of resellers --------------------------------------------------------------------------------------------


class Standing(enum.StrEnum):
    """The tabs of the list of resellers."""

    ACTIVE = "active"
    NO_TERMS = "no_terms"
    """Active, and without an acceptance of the terms in force: the form is closed."""
    SUSPENDED = "suspended"


def resellers(actor: Person, standing: Standing | None, q: str = "") -> sa.Select[Reseller]:
    """The resellers of a tab that hold `q`."""
    query = visible_to(actor)
    match standing:
        case Standing.ACTIVE:
            query = query.where(Reseller.state == ResellerState.ACTIVE)
        case Standing.NO_TERMS:
            query = query.where(
                Reseller.state == ResellerState.ACTIVE,
                sa.or_(
                    Reseller.terms_version == 0,
                    Reseller.terms_version < newest_number(DocumentKind.RESELLER_TERMS),
                ),
            )
        case Standing.SUSPENDED:
            query = query.where(Reseller.state == ResellerState.SUSPENDED)
    return query.where(matching(Reseller, q)) if q.strip() else query


def with_people(query: sa.Select[Reseller]) -> sa.Select[Reseller]:
    """Loads each reseller's people too, in one further query a batch."""
    return query.options(
        joinedload(Reseller.organisation).selectinload(Organisation.memberships).joinedload(Membership.person)
    )


def named(asked: Iterable[str]) -> dict[str, Reseller]:
    """Resellers by what a file calls them: folded word -> the one reseller of this reference, name, company number, or
    with a member of this e-mail address. Whoever is meant by a word that fits several is not guessed."""
    words = sorted({fold(who) for who in asked if who.strip()})
    found: dict[str, dict[int, Reseller]] = {}
    for start in range(0, len(words), 500):
        some = words[start : start + 500]
        numbers = {key: word for word in some for key in _company_keys(word)}
        whole = sa.select(Reseller).options(joinedload(Reseller.organisation))
        by_mail = (
            sa.select(Reseller.id, Person.email)
            .join(Membership, Membership.organisation_id == Reseller.organisation_id)
            .join(Person, Person.id == Membership.person_id)
            .where(Membership.ended_at.is_(None), Person.email.in_(some))
        )
        mails: dict[int, list[str]] = {}
        for reseller_id, email in db.session.execute(by_mail):
            mails.setdefault(reseller_id, []).append(email)
        fits = sa.or_(
            Reseller.ref.in_([word.upper() for word in some]),
            Reseller.name_sort.in_(some),
            Reseller.company_key.in_(numbers),
            Reseller.id.in_(mails),
        )
        for each in db.session.scalars(whole.where(fits)):
            called = [fold(each.ref), each.name_sort, numbers.get(each.company_key, ""), *mails.get(each.id, [])]
            for word in {word for word in called if word in some}:
                found.setdefault(word, {})[each.id] = each
    return {word: next(iter(fitting.values())) for word, fitting in found.items() if len(fitting) == 1}


def _company_keys(word: str) -> list[str]:
    """The companies that a number may mean: one for each country in which it is valid."""
    keys = []
    if any(sign.isdigit() for sign in word):
        for country in identifiers.COUNTRIES:
            with suppress(identifiers.Invalid):
                keys.append(identifiers.company_key(country, identifiers.normalise_company_number(country, word)))
    return keys
