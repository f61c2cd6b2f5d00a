"""Finding billing details: which ones a person may see, lists, one with all it holds, and what its calendar needs."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from app.access import policy
from app.access.permissions import P
from app.access.roles import OrganisationKind
from app.billing.calendar import Calendar, Pause
from app.billing.models import BillingDetail, BillingPause, BillingPeriod
from app.core.carried import number_in
from app.core.db import db
from app.core.errors import NotFound
from app.core.paging import Page, capped_count, page_of
from app.core.search import contains, holding, matching
from app.customers.models import Account
from app.customers.queries import reseller_id_of
from app.partners.models import Reseller
from app.people.models import Person

SORTS = {"newest": (BillingDetail.created_at, True), "next": (BillingDetail.next_on, False)}
"""By the next invoice date only those stand in the list that have one: the index holds no others."""

STATES = ("running", "paused", "ended")


def visible_to(actor: Person) -> sa.Select[BillingDetail]:
    """The details that this person may know of: staff all, a reseller's people those credited to it and no others,
    whoever's the account is (R14)."""
    query = sa.select(BillingDetail)
    if policy.allows(actor, P.BILLING_READ):
        return query
    return _credited_to(actor)


def own_of(actor: Person) -> sa.Select[BillingDetail]:
    """The panel's details: those of the reseller in whose name the person works now, also when the person is staff."""
    return _credited_to(actor)


def _credited_to(actor: Person) -> sa.Select[BillingDetail]:
    membership = actor.membership
    if membership is None or actor.membership_role(OrganisationKind.RESELLER) is None:
        return sa.select(BillingDetail).where(sa.false())
    return sa.select(BillingDetail).where(BillingDetail.reseller_id == reseller_id_of(membership.organisation_id))


# --- what the calendar needs ------------------------------------------------------------------------------------------


def calendar_of(detail: BillingDetail, pauses: Collection[BillingPause] | None = None) -> Calendar:
    """The detail's calendar; its pauses are loaded, or given."""
    held = detail.pauses if pauses is None else pauses
    return Calendar(
        detail.starts_on,
        detail.months,
        detail.ends_on,
        tuple(Pause(pause.from_on, pause.until_on) for pause in held),
    )


def numbers_dealt_with(detail_id: int) -> set[int]:
    """The numbers of a detail's periods that somebody dealt with."""
    return set(db.session.scalars(sa.select(BillingPeriod.number).where(BillingPeriod.detail_id == detail_id)))


# --- lists ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Filter:
    """What a list of details was narrowed to, from the address."""

    q: str = ""
    service: str = ""
    reseller: str = ""
    """A reference, `direct` for what the vendor sold itself."""
    state: str = ""
    currency: str = ""
    sort: str = "newest"

    @property
    def is_narrow(self) -> bool:
        return bool(self.q or self.service or self.reseller or self.state or self.currency)


def narrowed(query: sa.Select[BillingDetail], by: Filter, day: date) -> sa.Select[BillingDetail]:
    """The details of `query` that the filter lets through; `day` is today at the vendor's."""
    if by.q:
        of_company = sa.select(Account.id).where(matching(Account, by.q))
        query = query.where(sa.or_(matching(BillingDetail, by.q), BillingDetail.account_id.in_(of_company)))
    if service_id := number_in(by.service):
        query = query.where(BillingDetail.service_id == service_id)
    if by.reseller == "direct":
        query = query.where(BillingDetail.reseller_id.is_(None))
    elif by.reseller:
        query = query.where(
            BillingDetail.reseller_id == sa.select(Reseller.id).where(Reseller.ref == by.reseller).scalar_subquery()
        )
    if by.currency:
        query = query.where(BillingDetail.currency == by.currency)
    match by.state:
        case "running":
            query = query.where(BillingDetail.next_on.is_not(None), ~is_paused(day))
        case "paused":
            query = query.where(is_paused(day))
        case "ended":
            query = query.where(BillingDetail.next_on.is_(None), ~is_paused(day))
        case _all:
            pass
    if by.sort == "next":
        query = query.where(BillingDetail.next_on.is_not(None))
    return query


def searched_by(reseller_id: int, query: sa.Select[BillingDetail], q: str) -> sa.Select[BillingDetail]:
    """The details of `query`, a reseller's own, that its search finds. Of a customer that is credited to another only
    the name can be searched: it is all that is shown. The reseller's own rows are read for it, never the accounts of
    all others."""
    own = sa.and_(Account.reseller_id == reseller_id, holding(Account, q))
    of_company = BillingDetail.account.has(sa.or_(own, contains(Account.name_sort, q)))
    return query.where(sa.or_(holding(BillingDetail, q), of_company))


def is_paused(day: date) -> sa.ColumnElement[bool]:
    """Whether a pause holds on this day; one that begins later does not count yet."""
    return sa.exists().where(
        BillingPause.detail_id == BillingDetail.id,
        BillingPause.from_on <= day,
        sa.or_(BillingPause.until_on.is_(None), BillingPause.until_on >= day),
    )


def page(query: sa.Select[BillingDetail], sort: str, cursor: str | None, size: int = 50) -> Page[BillingDetail]:
    """One page of a list, with what a row shows."""
    column, descending = SORTS.get(sort, SORTS["newest"])
    found: Page[BillingDetail] = page_of(
        for_list(query), column, BillingDetail.id, descending=descending, cursor=cursor, size=size
    )
    return found


def count(query: sa.Select[BillingDetail]) -> int:
    """How many there are, counted no further than a list tells."""
    return capped_count(query.with_only_columns(BillingDetail.id))


def everything(query: sa.Select[BillingDetail], sort: str) -> Iterator[BillingDetail]:
    """For a file: all rows, some hundred at a time, so that memory does not grow with the list."""
    cursor = None
    while True:
        part = page(query, sort, cursor, size=300)
        yield from part.items
        if part.next is None:
            return
        cursor = part.next
        db.session.expunge_all()


def for_list(query: sa.Select[BillingDetail]) -> sa.Select[BillingDetail]:
    """With account, service, credit, prices and pauses, in one query: few details have several prices and pauses."""
    return named(query).options(joinedload(BillingDetail.prices), joinedload(BillingDetail.pauses))


def named(query: sa.Select[BillingDetail]) -> sa.Select[BillingDetail]:
    """With account, service and credit, in the same query."""
    return query.options(
        joinedload(BillingDetail.account, innerjoin=True),
        joinedload(BillingDetail.service, innerjoin=True),
        joinedload(BillingDetail.reseller).joinedload(Reseller.organisation),
    )


def of_account(account_id: int, query: sa.Select[BillingDetail] | None = None) -> list[BillingDetail]:
    """The details of an account as its page shows them, those of `query` only if it is given; at most 200."""
    narrowed_to = (sa.select(BillingDetail) if query is None else query).where(BillingDetail.account_id == account_id)
    ordered = for_list(narrowed_to).order_by(BillingDetail.created_at, BillingDetail.id).limit(200)
    return list(db.session.scalars(ordered).unique())


def services_of(account_id: int) -> set[int]:
    """The services for which an account has a detail, whoever it is credited to."""
    return set(
        db.session.scalars(sa.select(BillingDetail.service_id).where(BillingDetail.account_id == account_id).distinct())
    )


def whole(query: sa.Select[BillingDetail], ref: str) -> BillingDetail:
    """One detail with all it holds, its periods with their invoices and hand-overs too.

    Raises:
        NotFound: there is none of this reference, or not for this person.
    """
    found = (
        db.session.scalars(
            for_list(query.where(BillingDetail.ref == ref))
            .options(
                joinedload(BillingDetail.account, innerjoin=True)
                .joinedload(Account.reseller)
                .joinedload(Reseller.organisation),
                selectinload(BillingDetail.periods).options(
                    joinedload(BillingPeriod.invoice), joinedload(BillingPeriod.hand_over)
                ),
            )
            .execution_options(populate_existing=True)
        )
        .unique()
        .one_or_none()
    )
    if found is None:
        raise NotFound
    return found
