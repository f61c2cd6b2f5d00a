"""What a reseller's home and monthly digest tell: what others changed, what waits for whom, the next invoices, and how
far the leads came. At most one query each, however many leads there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from app.billing.models import BillingDetail, BillingPrice
from app.catalogue.models import Service
from app.core.db import UTCDateTime, db
from app.core.money import Hundredths
from app.customers.models import COMPANY_FIELDS, Account, AccountState
from app.history.models import HistoryEntry, HistoryValue
from app.leads.models import ChangeRequest, ChangeRequestState, Lead, LeadGroup, LeadNote
from app.leads.queries.panel import CAP
from app.partners.models import Reseller

NOTE = "note"
"""Stands for a verb where somebody wrote a shared note."""

VERBS = (
    "lead.submitted",
    "lead.submitted_again",
    "lead.changed",
    "lead.accepted",
    "lead.declined",
    "lead.withdrawn",
    "lead.reopened",
    "lead.converted",
    "lead.conversion_reversed",
    "lead.change_requested",
    "lead.addition_requested",
    "lead.request_withdrawn",
    "lead.request_decided",
    "lead.claim_released",
    "lead.acceptance_taken_back",
)
"""What is news about a lead; `story.news_said` has the words."""

RECORDS = 100
"""Records looked at, the latest first: who was away for long reads the lists."""


@dataclass
class News:
    """What happened to one lead or account, told once however often it happened; the latest first."""

    kind: str
    """"lead" or "account"."""
    ref: str
    company: str
    at: datetime
    verbs: list[str] = field(default_factory=list)


def news(
    reseller_id: int, since: datetime, *, until: datetime | None = None, without: int | None = None, most: int = 8
) -> tuple[list[News], bool]:
    """What others than the person `without` did to the reseller's leads and accounts after `since`, at most so many
    records, and whether there is more."""
    parts = [
        _of_leads(reseller_id, since, without),
        _of_notes(reseller_id, since, without),
        _of_accounts(reseller_id, since, without),
    ]
    together = sa.union_all(*parts).subquery()
    query = sa.select(together).order_by(together.c.at.desc(), together.c.ref).limit(RECORDS * 5)
    if until is not None:
        query = query.where(together.c.at < until)
    found: dict[str, News] = {}
    for kind, ref, company, verb, at in db.session.execute(query):
        told = found.setdefault(ref, News(kind, ref, company, at))
        if verb not in told.verbs:
            told.verbs.append(verb)
    return list(found.values())[:most], len(found) > most


def _recent(reseller_id: int, since: datetime) -> sa.Subquery:
    return (
        sa.select(Lead.id, Lead.ref, Lead.company_name)
        .where(Lead.reseller_id == reseller_id, Lead.updated_at > since)
        .order_by(Lead.updated_at.desc())
        .limit(RECORDS)
        .subquery()
    )


def _of_leads(reseller_id: int, since: datetime, without: int | None) -> sa.Select[str, str, str, str, datetime]:
    lead = _recent(reseller_id, since)
    return (
        sa.select(
            sa.literal("lead").label("kind"),
            lead.c.ref.label("ref"),
            lead.c.company_name.label("company"),
            HistoryEntry.verb.label("verb"),
            sa.type_coerce(HistoryEntry.at, UTCDateTime()).label("at"),
        )
        .join(lead, lead.c.id == HistoryEntry.record_id)
        .where(
            HistoryEntry.record_type == Lead.__tablename__,
            HistoryEntry.at > since,
            HistoryEntry.verb.in_(VERBS),
            _by_others(HistoryEntry.actor_id, without),
        )
    )


def _of_notes(reseller_id: int, since: datetime, without: int | None) -> sa.Select[str, str, str, str, datetime]:
    """Shared notes; what came with the registration form is part of the registration."""
    lead = _recent(reseller_id, since)
    return (
        sa.select(
            sa.literal("lead").label("kind"),
            lead.c.ref.label("ref"),
            lead.c.company_name.label("company"),
            sa.literal(NOTE).label("verb"),
            sa.type_coerce(LeadNote.created_at, UTCDateTime()).label("at"),
        )
        .join(lead, lead.c.id == LeadNote.lead_id)
        .where(
            LeadNote.created_at > since,
            LeadNote.internal.is_(False),
            LeadNote.author_id.is_not(None),
            _by_others(LeadNote.author_id, without),
        )
    )


def _of_accounts(reseller_id: int, since: datetime, without: int | None) -> sa.Select[str, str, str, str, datetime]:
    """Changes of a company's details only: what the vendor sold itself is not the reseller's to know (R14)."""
    account = (
        sa.select(Account.id, Account.ref, Account.company_name)
        .where(Account.reseller_id == reseller_id, Account.state == AccountState.ACTIVE, Account.updated_at > since)
        .order_by(Account.updated_at.desc())
        .limit(RECORDS)
        .subquery()
    )
    of_company = sa.exists().where(HistoryValue.entry_id == HistoryEntry.id, HistoryValue.field.in_(COMPANY_FIELDS))
    return (
        sa.select(
            sa.literal("account").label("kind"),
            account.c.ref.label("ref"),
            account.c.company_name.label("company"),
            HistoryEntry.verb.label("verb"),
            sa.type_coerce(HistoryEntry.at, UTCDateTime()).label("at"),
        )
        .join(account, account.c.id == HistoryEntry.record_id)
        .where(
            HistoryEntry.record_type == Account.__tablename__,
            HistoryEntry.at > since,
            HistoryEntry.verb == "account.edited",
            _by_others(HistoryEntry.actor_id, without),
            of_company,
        )
    )


def _by_others(actor: sa.SQLColumnExpression[int | None], person_id: int | None) -> sa.ColumnElement[bool]:
    return sa.true() if person_id is None else sa.or_(actor.is_(None), actor != person_id)


@dataclass(frozen=True)
class Progress:
    """How far the reseller's leads came, and what waits for the vendor. Counted no further than CAP + 1."""

    groups: dict[str, int]
    promised: datetime | None
    """The earliest answer that the vendor owes."""
    accounts: int
    """Active accounts that are credited to the reseller."""
    requests: int
    """Change requests that wait for an answer."""

    @property
    def checking(self) -> int:
        return self.groups[LeadGroup.CHECKING]

    @property
    def converting(self) -> int:
        return self.groups[LeadGroup.ACCEPTED]

    @property
    def registered(self) -> int:
        return sum(self.groups.values())

    @property
    def accepted(self) -> int:
        """Accepted ones, and those that became accounts since."""
        return self.converting + self.groups[LeadGroup.CONVERTED]


def progress(reseller: Reseller) -> Progress:
    """All the numbers in one query, each read from an index and cut off at CAP."""
    return _progress(db.session.execute(sa.select(*_numbers(reseller))).one())


def _numbers(reseller: Reseller) -> list[sa.ColumnElement[Any]]:
    owed = (
        sa.select(Lead.answer_by)
        .where(Lead.reseller_id == reseller.id, Lead.list_group == LeadGroup.CHECKING)
        .limit(CAP + 1)
        .subquery()
    )
    groups = [_capped(Lead.reseller_id == reseller.id, Lead.list_group == group).label(group) for group in LeadGroup]
    accounts = _capped(Account.reseller_id == reseller.id, Account.state == AccountState.ACTIVE)
    requests = _capped(ChangeRequest.reseller_id == reseller.id, ChangeRequest.state == ChangeRequestState.SUBMITTED)
    promised = sa.select(sa.func.min(owed.c.answer_by, type_=Lead.answer_by.type)).scalar_subquery()
    return [*groups, accounts.label("accounts"), requests.label("requests"), promised.label("promised")]


def _progress(row: Sequence[Any]) -> Progress:
    *groups, accounts, requests, promised = row
    return Progress(dict(zip(LeadGroup, groups, strict=True)), promised, accounts, requests)


def _capped(*which: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    found = sa.select(sa.literal(1)).where(*which).limit(CAP + 1).subquery()
    return sa.select(sa.func.count()).select_from(found).scalar_subquery()


@dataclass(frozen=True)
class NextInvoice:
    """The next period of a billing detail, for which the customer is invoiced."""

    on: date
    company: str
    account_ref: str
    service: Service
    net: Decimal | None
    currency: str
    detail_ref: str


def next_invoices(reseller: Reseller, most: int = 5) -> list[NextInvoice]:
    """What is invoiced next of what is credited to the reseller, the earliest first."""
    first = _first(reseller, most)
    query = sa.select(*_invoiced(first)).select_from(first).join(BillingDetail, BillingDetail.id == first.c.id)
    query = query.join(BillingDetail.account).join(BillingDetail.service).order_by(BillingDetail.next_on, first.c.id)
    return [NextInvoice(*row) for row in db.session.execute(query)]


def progress_and_next_invoices(reseller: Reseller, most: int = 5) -> tuple[Progress, list[NextInvoice]]:
    """Both in one query: every row holds the numbers, and there is one row also when nothing will be invoiced."""
    numbers, first = sa.select(*_numbers(reseller)).subquery(), _first(reseller, most)
    query = (
        sa.select(*numbers.c, *_invoiced(first))
        .select_from(numbers)
        .outerjoin(first, sa.true())
        .outerjoin(BillingDetail, BillingDetail.id == first.c.id)
        .outerjoin(BillingDetail.account)
        .outerjoin(BillingDetail.service)
        .order_by(BillingDetail.next_on, first.c.id)
    )
    rows = db.session.execute(query).all()
    size = len(numbers.c)
    invoices = [NextInvoice(*row[size:]) for row in rows if row.detail_ref is not None]
    return _progress(rows[0][:size]), invoices


def _first(reseller: Reseller, most: int) -> sa.Subquery:
    """The details whose next period begins first, with the price of that day."""
    price = (
        sa.select(BillingPrice.net)
        .where(BillingPrice.detail_id == BillingDetail.id, BillingPrice.from_on <= BillingDetail.next_on)
        .order_by(BillingPrice.from_on.desc())
        .limit(1)
        .correlate(BillingDetail)
        .scalar_subquery()
    )
    return (
        sa.select(BillingDetail.id, sa.type_coerce(price, Hundredths()).label("net"))
        .where(BillingDetail.reseller_id == reseller.id, BillingDetail.next_on.is_not(None))
        .order_by(BillingDetail.next_on, BillingDetail.id)
        .limit(most)
        .subquery()
    )


def _invoiced(first: sa.Subquery) -> list[Any]:
    """The columns of a NextInvoice, in its order."""
    return [
        BillingDetail.next_on,
        Account.company_name,
        Account.ref,
        Service,
        first.c.net,
        BillingDetail.currency,
        BillingDetail.ref.label("detail_ref"),
    ]
