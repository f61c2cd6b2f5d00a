"""Finding accounts: which ones a person may see, lists, one with all it holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from app.access import policy
from app.access.permissions import P
from app.access.roles import OrganisationKind
from app.core.carried import number_in
from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import _
from app.core.identifiers import show_website
from app.core.paging import Page, capped_count, everything_of, page_of
from app.core.search import contains, matching
from app.customers.models import Account, AccountService, AccountState, CompanyDetails
from app.partners.models import Reseller
from app.people.models import Organisation, Person

SORTS = {"newest": (Account.created_at, True), "name": (Account.name_sort, False)}


def visible_to(actor: Person) -> sa.Select[Account]:
    """The accounts that this person may know of: staff all, a reseller's people the live ones credited to it."""
    return sa.select(Account) if policy.allows(actor, P.ACCOUNTS_READ) else own_of(actor)


def reseller_id_of(organisation_id: int) -> sa.ScalarSelect[int]:
    """The reseller that an organisation is, for use within another query."""
    return sa.select(Reseller.id).where(Reseller.organisation_id == organisation_id).scalar_subquery()


def own_of(actor: Person) -> sa.Select[Account]:
    """The panel's accounts: those of the reseller in whose name the person works now, also when the person is staff."""
    membership = actor.membership
    if membership is None or not policy.allows(actor, P.PANEL_LEADS_READ):
        return sa.select(Account).where(sa.false())
    return sa.select(Account).where(
        Account.reseller_id == reseller_id_of(membership.organisation_id), Account.state == AccountState.ACTIVE
    )


@dataclass(frozen=True)
class Filter:
    """What a list of accounts was narrowed to, from the address."""

    q: str = ""
    reseller: str = ""
    service: str = ""
    state: str = ""
    sort: str = "newest"

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Filter:
        """What every list of accounts knows: words, a service, and the order."""
        sort = asked.get("sort", "")
        return cls(
            q=asked.get("q", "").strip()[:200],
            service=asked.get("service", ""),
            sort=sort if sort in SORTS else "newest",
        )


def narrowed(query: sa.Select[Account], by: Filter, *, direct: bool = True) -> sa.Select[Account]:
    """The accounts of `query` that the filter lets through. With `direct` False it does not find what the vendor sold
    itself: that is for the reseller's lists."""
    if by.q:
        query = query.where(matching(Account, by.q))
    if by.reseller == "none":
        query = query.where(Account.reseller_id.is_(None))
    elif by.reseller:
        query = query.where(
            Account.reseller_id == sa.select(Reseller.id).where(Reseller.ref == by.reseller).scalar_subquery()
        )
    if service_id := number_in(by.service):
        held = sa.exists().where(AccountService.account_id == Account.id, AccountService.service_id == service_id)
        query = query.where(held if direct else held.where(AccountService.direct.is_(False)))
    if by.state:
        query = query.where(Account.state == by.state)
    return query


def page(query: sa.Select[Account], sort: str, cursor: str | None) -> Page[Account]:
    """One page of a list, with what a row shows."""
    column, descending = SORTS[sort]
    return page_of(_for_list(query), column, Account.id, descending=descending, cursor=cursor)


def count(query: sa.Select[Account]) -> int:
    """How many there are, counted no further than a list tells."""
    return capped_count(query.with_only_columns(Account.id))


def everything(query: sa.Select[Account], sort: str) -> Iterator[Account]:
    """For a file: all rows, batch by batch."""
    column, descending = SORTS[sort]
    return everything_of(_for_list(query), column, Account.id, descending=descending)


def _for_list(query: sa.Select[Account]) -> sa.Select[Account]:
    return query.options(
        joinedload(Account.reseller).joinedload(Reseller.organisation),
        joinedload(Account.services).joinedload(AccountService.service),
        joinedload(Account.shops),
    )


def with_parts(query: sa.Select[Account]) -> sa.Select[Account]:
    """With all that a program reads of each."""
    return query.options(
        joinedload(Account.reseller),
        joinedload(Account.merged_into),
        selectinload(Account.services).joinedload(AccountService.service),
        selectinload(Account.shops),
    )


def whole(query: sa.Select[Account], ref: str) -> Account:
    """One account with all it holds.

    Raises:
        NotFound: there is none of this reference, or not for this person.
    """
    found = db.session.scalars(
        query.where(Account.ref == ref)
        .options(
            joinedload(Account.reseller).joinedload(Reseller.organisation),
            joinedload(Account.merged_into),
            selectinload(Account.services).joinedload(AccountService.service),
            selectinload(Account.shops),
        )
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound
    return found


def whole_by_id(id: int) -> Account:
    """Of an account that the caller has just made."""
    ref = db.session.scalars(sa.select(Account.ref).where(Account.id == id)).one()
    return whole(sa.select(Account), ref)


def merged_target(actor: Person, ref: str) -> str | None:
    """The reference in which a merged account's story goes on, if this person may see that one."""
    target_id = sa.select(Account.merged_into_id).where(Account.ref == ref).scalar_subquery()
    return db.session.scalar(own_of(actor).where(Account.id == target_id).with_only_columns(Account.ref))


@dataclass(frozen=True)
class Match:
    """An account that could be the same company, and why."""

    account: Account
    reasons: tuple[str, ...]
    """Codes: company, email, phone, website, domain."""


_PROVIDERS = """
gmail.com outlook.com hotmail.com live.com yahoo.com icloud.com wp.pl o2.pl onet.pl interia.pl ziggo.nl kpnmail.nl
planet.nl orange.fr free.fr laposte.net wanadoo.fr sfr.fr skynet.be telenet.be proximus.be kolumbus.fi
"""
MAIL_PROVIDERS = frozenset(_PROVIDERS.split())
"""Where a shared domain says nothing about the company."""


def matches(company: CompanyDetails, name_sort: str, *, beside: int | None = None) -> list[Match]:
    """Live accounts that could be this company, `beside` left out: by its number, address, phone, website, or by the
    mail domain together with a like name (`name_sort`, folded). In one query; the surest first."""
    domain = company.email.rpartition("@")[2].lower()
    word = max(name_sort.split() or [""], key=len)
    clues = [
        Account.company_key == company.company_key,
        Account.email == company.email,
        Account.phone == company.phone,
    ]
    if company.website:
        clues.append(Account.website == company.website)
    if domain not in MAIL_PROVIDERS and len(word) > 3:
        clues.append(sa.and_(Account.email.endswith(f"@{domain}", autoescape=True), contains(Account.name_sort, word)))
    query = (
        sa.select(Account)
        .where(Account.state == AccountState.ACTIVE, sa.or_(*clues))
        .options(
            joinedload(Account.reseller).joinedload(Reseller.organisation),
            selectinload(Account.services).joinedload(AccountService.service),
            selectinload(Account.shops),
        )
        .order_by(Account.id)
        .limit(20)
    )
    if beside is not None:
        query = query.where(Account.id != beside)
    found = []
    for account in db.session.scalars(query):
        reasons = []
        if account.company_key == company.company_key:
            reasons.append("company")
        if account.email == company.email:
            reasons.append("email")
        if account.phone == company.phone:
            reasons.append("phone")
        if company.website and account.website and show_website(account.website) == show_website(company.website):
            reasons.append("website")
        if not reasons:
            reasons.append("domain")
        found.append(Match(account, tuple(reasons)))
    return sorted(found, key=lambda match: ("company" not in match.reasons, -len(match.reasons), match.account.id))


def resellers_to_choose() -> list[tuple[str, str]]:
    """Reference and name of each to whom leads or accounts may be credited, for a filter."""
    rows = db.session.execute(
        sa.select(Reseller.ref, Organisation.name, Organisation.kind)
        .join(Reseller.organisation)
        .order_by(sa.func.lower(Organisation.name))
        .limit(1000)
    )
    return [
        (ref, _("%(name)s (software partner)", name=name) if kind == OrganisationKind.SOFTWARE_PARTNER else name)
        for ref, name, kind in rows
    ]
