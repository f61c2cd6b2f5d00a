"""What the desk asks about leads: lists, what competes for one company, and what waits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from app.core.carried import number_in
from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import NAMES
from app.core.paging import Page, capped_counts, everything_of, page_of
from app.core.search import matching
from app.customers.models import Account, AccountService, AccountState
from app.leads.models import (
    OPEN,
    ChangeRequest,
    ChangeRequestState,
    Lead,
    LeadGroup,
    LeadService,
    LeadState,
)
from app.leads.queries import whole
from app.partners.models import Reseller
from app.people.models import Membership, Person

SORTS = {"changed": (Lead.updated_at, True), "name": (Lead.name_sort, False)}


@dataclass(frozen=True)
class Filter:
    """What a list of leads was narrowed to, from the address."""

    q: str = ""
    group: str = ""
    reseller: str = ""
    service: str = ""
    flagged: bool = False
    sort: str = "changed"


def narrowed(query: sa.Select[Lead], by: Filter, *, group: bool = True) -> sa.Select[Lead]:
    """The leads of `query` that the filter lets through; with `group` False in all tabs, to count each."""
    if by.q:
        query = query.where(matching(Lead, by.q))
    if group and by.group:
        query = query.where(Lead.list_group == by.group)
    if by.reseller:
        query = query.where(
            Lead.reseller_id == sa.select(Reseller.id).where(Reseller.ref == by.reseller).scalar_subquery()
        )
    if service_id := number_in(by.service):
        query = query.where(sa.exists().where(LeadService.lead_id == Lead.id, LeadService.service_id == service_id))
    if by.flagged:
        query = query.where(sa.or_(Lead.flagged, Lead.suspicious))
    return query


def page(query: sa.Select[Lead], sort: str, cursor: str | None) -> Page[Lead]:
    """One page of a list, with what a row shows."""
    column, descending = SORTS.get(sort, SORTS["changed"])
    listing: Page[Lead] = page_of(
        query.options(joinedload(Lead.reseller).joinedload(Reseller.organisation)),
        column,
        Lead.id,
        descending=descending,
        cursor=cursor,
    )
    return listing


def everything(query: sa.Select[Lead], sort: str) -> Iterator[Lead]:
    """For a file: all rows, batch by batch."""
    column, descending = SORTS.get(sort, SORTS["changed"])
    whole = query.options(
        joinedload(Lead.reseller).joinedload(Reseller.organisation),
        joinedload(Lead.services).joinedload(LeadService.service),
        joinedload(Lead.shops),
    )
    return everything_of(whole, column, Lead.id, descending=descending)


def counts(query: sa.Select[Lead]) -> Mapping[str, int]:
    """How many in each tab, each counted no further than the cap, in one query."""
    return capped_counts(query, {group.value: Lead.list_group == group for group in LeadGroup})


@dataclass(frozen=True)
class Competition:
    """All that claims one company: open leads in time order, and its live account."""

    company_key: str
    leads: list[Lead]
    account: Account | None

    @property
    def has_conflict(self) -> bool:
        """Whether staff have to choose: two open leads, or one beside another reseller's account."""
        if len(self.leads) > 1:
            return True
        taken = self.account is not None and self.account.reseller_id is not None
        return bool(self.leads) and taken and self.leads[0].reseller_id != self.account.reseller_id  # type: ignore[union-attr]  # taken implies it

    @property
    def to_decide(self) -> list[Lead]:
        return [lead for lead in self.leads if lead.state == LeadState.SUBMITTED]


def competition_for(company_key: str) -> Competition:
    """Four queries, whatever the number of leads."""
    leads = db.session.scalars(
        whole(sa.select(Lead))
        .where(Lead.company_key == company_key, Lead.state.in_(OPEN))
        .order_by(Lead.created_at, Lead.id)
    )
    account = db.session.scalar(
        sa.select(Account)
        .where(Account.company_key == company_key, Account.state == AccountState.ACTIVE)
        .options(
            joinedload(Account.reseller).joinedload(Reseller.organisation),
            selectinload(Account.shops),
            selectinload(Account.services).joinedload(AccountService.service),
        )
    )
    return Competition(company_key, list(leads), account)


def workload(reseller_ids: set[int]) -> dict[int, tuple[int, int]]:
    """Accounts and open leads of each reseller, in one query."""
    if not reseller_ids:
        return {}
    accounts = (
        sa.select(sa.func.count())
        .where(Account.reseller_id == Reseller.id, Account.state == AccountState.ACTIVE)
        .scalar_subquery()
    )
    leads = sa.select(sa.func.count()).where(Lead.reseller_id == Reseller.id, Lead.state.in_(OPEN)).scalar_subquery()
    rows = db.session.execute(sa.select(Reseller.id, accounts, leads).where(Reseller.id.in_(reseller_ids)))
    return {reseller_id: (held, waiting) for reseller_id, held, waiting in rows}


def change_request(ref: str) -> ChangeRequest:
    """One request with its wishes, lead, account and people. Raises NotFound."""
    found = db.session.scalar(
        sa.select(ChangeRequest)
        .where(ChangeRequest.ref == ref)
        .options(
            selectinload(ChangeRequest.items),
            joinedload(ChangeRequest.lead),
            joinedload(ChangeRequest.account),
            joinedload(ChangeRequest.reseller).joinedload(Reseller.organisation),
            joinedload(ChangeRequest.asked_by),
            joinedload(ChangeRequest.decided_by),
        )
    )
    if found is None:
        raise NotFound
    return found


def change_requests(*, waiting: bool, cursor: str | None) -> Page[ChangeRequest]:
    """Those that wait, the most urgent first; or those that are answered, the latest first."""
    listing: Page[ChangeRequest] = page_of(
        _change_requests(waiting), ChangeRequest.answer_by, ChangeRequest.id, descending=not waiting, cursor=cursor
    )
    return listing


def all_change_requests(*, waiting: bool) -> Iterator[ChangeRequest]:
    """The same for a file, with who asked and who answered."""
    query = _change_requests(waiting).options(
        joinedload(ChangeRequest.asked_by), joinedload(ChangeRequest.decided_by), selectinload(ChangeRequest.items)
    )
    return everything_of(query, ChangeRequest.answer_by, ChangeRequest.id, descending=not waiting)


def _change_requests(waiting: bool) -> sa.Select[ChangeRequest]:
    query = sa.select(ChangeRequest).options(
        joinedload(ChangeRequest.lead),
        joinedload(ChangeRequest.account),
        joinedload(ChangeRequest.reseller).joinedload(Reseller.organisation),
    )
    if waiting:
        query = query.where(ChangeRequest.state == ChangeRequestState.SUBMITTED)
    else:
        query = query.where(ChangeRequest.state != ChangeRequestState.SUBMITTED)
    return query


def requests_of_account(account_id: int) -> list[ChangeRequest]:
    """The change requests of an account, as its page shows them."""
    return list(
        db.session.scalars(
            sa.select(ChangeRequest)
            .where(ChangeRequest.account_id == account_id)
            .order_by(ChangeRequest.id.desc())
            .limit(50)
            .options(selectinload(ChangeRequest.items))
        )
    )


def leads_of_account(account_id: int) -> list[Lead]:
    """The leads that an account came from or that joined it."""
    return list(
        db.session.scalars(
            sa.select(Lead)
            .where(Lead.account_id == account_id)
            .order_by(Lead.created_at, Lead.id)
            .options(joinedload(Lead.reseller).joinedload(Reseller.organisation))
        )
    )


def languages_of(reseller_ids: set[int]) -> list[str]:
    """The languages that the people of these resellers read, in one query."""
    rows = db.session.scalars(
        sa.select(Person.locale)
        .join(Membership, Membership.person_id == Person.id)
        .join(Reseller, Reseller.organisation_id == Membership.organisation_id)
        .where(Reseller.id.in_(reseller_ids), Membership.ended_at.is_(None), Person.closed_at.is_(None))
        .distinct()
    )
    return sorted(NAMES.get(code, code) for code in rows)
