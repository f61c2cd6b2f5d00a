"""Finding invoices: which ones a person may see, lists, one with all it holds, and a reseller's share of them (R15)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from app.access import policy
from app.access.permissions import P
from app.access.roles import OrganisationKind
from app.billing.models import BillingDetail, BillingPeriod, Invoice, InvoiceKind, InvoicePayment, Settlement
from app.core.clock import today
from app.core.db import db
from app.core.errors import NotFound
from app.core.paging import Page, capped_count, capped_counts, everything_of, page_of
from app.core.search import contains, matching
from app.customers.models import Account
from app.customers.queries import reseller_id_of
from app.partners.models import Reseller
from app.people.models import Person
from app.settings.models import vendor

SORTS = {"newest": (Invoice.issued_on, True), "due": (Invoice.due_sort, False)}

GROUPS = ("open", "overdue", "unmatched", "paid", "credited", "credit_notes")
"""By what a list is narrowed: states, those without an account, and credit notes, which have no state of their own."""

STATES = ("unpaid", "partly_paid", "overdue", "paid", "credited")
"""By what a reseller narrows its list: the states as the list shows them."""

OPEN = (Settlement.UNPAID, Settlement.PARTLY_PAID)


def visible_to(actor: Person) -> sa.Select[Invoice]:
    """The invoices that this person may know of: staff all, a reseller's people those with a period credited to it."""
    if policy.allows(actor, P.INVOICES_READ):
        return sa.select(Invoice)
    return own_of(actor)


def own_of(actor: Person) -> sa.Select[Invoice]:
    """The panel's invoices: those with at least one period credited to the reseller in whose name the person works now,
    also when the person is staff. Of such an invoice only the share is theirs to see, see `Share`."""
    return sa.select(Invoice).where(
        Invoice.id.in_(sa.select(BillingPeriod.invoice_id).where(_is_own(actor), BillingPeriod.invoice_id.is_not(None)))
    )


def _is_own(actor: Person) -> sa.ColumnElement[bool]:
    """Periods credited to the person's reseller."""
    membership = actor.membership
    if membership is None or actor.membership_role(OrganisationKind.RESELLER) is None:
        return sa.false()
    return BillingPeriod.reseller_id == reseller_id_of(membership.organisation_id)


def vendor_today() -> date:
    """The day by which an invoice is overdue: the vendor's own."""
    return today(vendor().timezone)


# --- lists ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Filter:
    """What a list of invoices was narrowed to, from the address."""

    q: str = ""
    group: str = ""
    reseller: str = ""
    """A reference; `none` for invoices on which nothing is credited to anybody."""
    currency: str = ""
    source: str = ""
    sort: str = "newest"

    @property
    def is_narrow(self) -> bool:
        return bool(self.q or self.group or self.reseller or self.currency or self.source)


def narrowed(
    query: sa.Select[Invoice],
    by: Filter,
    day: date,
    *,
    group: bool = True,
    accounts: sa.ColumnElement[bool] | None = None,
) -> sa.Select[Invoice]:
    """The invoices of `query` that the filter lets through on this day; with `group` False of all groups. `accounts`
    says which accounts a search finds, for a reader who may not search all that is known of them."""
    if by.q:
        of_company = sa.select(Account.id).where(matching(Account, by.q) if accounts is None else accounts)
        query = query.where(sa.or_(matching(Invoice, by.q), Invoice.account_id.in_(of_company)))
    if by.reseller == "none":
        query = query.where(~_has_period(BillingPeriod.reseller_id.is_not(None)))
    elif by.reseller:
        of_reseller = sa.select(Reseller.id).where(Reseller.ref == by.reseller).scalar_subquery()
        query = query.where(_has_period(BillingPeriod.reseller_id == of_reseller))
    if by.currency:
        query = query.where(Invoice.currency == by.currency)
    if by.source:
        query = query.where(Invoice.source == by.source)
    return query.where(in_group(by.group, day)) if group and by.group else query


def accounts_searched_by(reseller_id: int, q: str) -> sa.ColumnElement[bool]:
    """Which accounts a reseller's search finds, for `narrowed`: of a customer that is credited to another only the name
    can be searched, for it is all that is shown."""
    own = sa.and_(Account.reseller_id == reseller_id, matching(Account, q))
    return sa.or_(own, contains(Account.name_sort, q))


def _has_period(which: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists().where(BillingPeriod.invoice_id == Invoice.id, which)


def in_group(group: str, day: date) -> sa.ColumnElement[bool]:
    """Whether an invoice belongs to one of `GROUPS` or `STATES` on this day."""
    match group:
        case "unpaid" | "partly_paid":
            return sa.and_(Invoice.settlement == group, Invoice.due_sort >= day)
        case "open":
            return Invoice.settlement.in_(OPEN)
        case "overdue":
            return sa.and_(Invoice.settlement.in_(OPEN), Invoice.due_sort < day)
        case "unmatched":
            return Invoice.account_id.is_(None)
        case "paid":
            return Invoice.settlement == Settlement.PAID
        case "credited":
            return sa.and_(Invoice.settlement == Settlement.CREDITED, Invoice.kind == InvoiceKind.INVOICE)
        case "credit_notes":
            return Invoice.kind == InvoiceKind.CREDIT_NOTE
        case _:
            return sa.true()


def page(query: sa.Select[Invoice], sort: str, cursor: str | None) -> Page[Invoice]:
    """One page of a list, with what a row shows."""
    column, descending = SORTS.get(sort, SORTS["newest"])
    found: Page[Invoice] = page_of(
        query.options(joinedload(Invoice.account)), column, Invoice.id, descending=descending, cursor=cursor
    )
    return found


def everything(query: sa.Select[Invoice], sort: str) -> Iterator[Invoice]:
    """For a file: all rows, batch by batch, with their VAT totals and periods."""
    column, descending = SORTS.get(sort, SORTS["newest"])
    whole = query.options(joinedload(Invoice.account), selectinload(Invoice.vat_totals), selectinload(Invoice.periods))
    return everything_of(whole, column, Invoice.id, descending=descending)


def count(query: sa.Select[Invoice]) -> int:
    """How many there are, counted no further than a list tells."""
    return capped_count(query.with_only_columns(Invoice.id))


def counts(query: sa.Select[Invoice], groups: Collection[str], day: date) -> Mapping[str, int]:
    """How many in each of these groups, each counted no further than the cap, in one query."""
    return capped_counts(query, {group: in_group(group, day) for group in groups})


def of_account(query: sa.Select[Invoice], account_id: int, limit: int = 10) -> list[Invoice]:
    """The latest invoices of an account that `query` lets through; one more than `limit` tells that there are more."""
    return list(
        db.session.scalars(
            query.where(Invoice.account_id == account_id)
            .order_by(Invoice.issued_on.desc(), Invoice.id.desc())
            .limit(limit + 1)
        )
    )


# --- one --------------------------------------------------------------------------------------------------------------


def with_parts(query: sa.Select[Invoice]) -> sa.Select[Invoice]:
    """With all that an invoice holds."""
    return query.options(
        joinedload(Invoice.account).joinedload(Account.reseller).joinedload(Reseller.organisation),
        joinedload(Invoice.pdf),
        joinedload(Invoice.document),
        selectinload(Invoice.vat_totals),
        selectinload(Invoice.payments),
        selectinload(Invoice.periods)
        .joinedload(BillingPeriod.detail, innerjoin=True)
        .joinedload(BillingDetail.service, innerjoin=True),
    )


def whole(query: sa.Select[Invoice], ref: str) -> Invoice:
    """One invoice with all it holds.

    Raises:
        NotFound: there is none of this reference, or not for this person.
    """
    found = db.session.scalars(
        with_parts(query.where(Invoice.ref == ref)).execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound
    return found


def related(invoice: Invoice) -> list[Invoice]:
    """The credit notes of an invoice, or the invoice that a credit note credits, oldest first."""
    if invoice.kind == InvoiceKind.CREDIT_NOTE:
        which = sa.and_(Invoice.number == (invoice.credits_number or ""), Invoice.kind == InvoiceKind.INVOICE)
    else:
        which = sa.and_(Invoice.credits_number == invoice.number, Invoice.kind == InvoiceKind.CREDIT_NOTE)
    return list(db.session.scalars(sa.select(Invoice).where(which).order_by(Invoice.issued_on, Invoice.id).limit(100)))


def by_number(number: str) -> Invoice | None:
    """The invoice or credit note of this number."""
    return db.session.scalar(sa.select(Invoice).where(Invoice.number == number))


def resellers_on(invoice: Invoice) -> dict[int, str]:
    """The names of those to whom a period on it is credited, by key."""
    ids = {period.reseller_id for period in invoice.periods} - {None}
    if not ids:
        return {}
    rows = db.session.scalars(
        sa.select(Reseller).where(Reseller.id.in_(ids)).options(joinedload(Reseller.organisation))
    )
    return {reseller.id: reseller.organisation.name for reseller in rows}


def payment(invoice: Invoice, payment_id: int) -> InvoicePayment:
    """Raises NotFound: the invoice, whose payments are loaded, has none of this key."""
    found = next((one for one in invoice.payments if one.id == payment_id), None)
    if found is None:
        raise NotFound
    return found


# --- a reseller's share -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Share:
    """What of an invoice is credited to one reseller."""

    periods: list[BillingPeriod]
    net: Decimal
    is_whole: bool
    """All of the invoice is theirs: each period, and the periods make up its whole net amount. Otherwise neither its
    totals nor its PDF are shown to them: what else is on it is none of their business (R14)."""


def share_of(actor: Person, invoice: Invoice) -> Share:
    """The part of an invoice, whose periods are loaded, that the reseller sees in whose name the person works."""
    return whole_shares_of(actor, [invoice])[invoice.id]


def whole_shares_of(actor: Person, invoices: Collection[Invoice]) -> dict[int, Share]:
    """The same for many invoices, by the invoice's key, in one query."""
    which = BillingPeriod.invoice_id.in_([invoice.id for invoice in invoices])
    own_ids = set(db.session.scalars(sa.select(BillingPeriod.id).where(which, _is_own(actor))))
    return {invoice.id: _share(invoice, own_ids) for invoice in invoices}


def _share(invoice: Invoice, own_ids: Collection[int]) -> Share:
    periods = [period for period in invoice.periods if period.id in own_ids]
    net = sum((period.net for period in periods), Decimal("0.00"))
    return Share(periods, net, len(periods) == len(invoice.periods) and net == invoice.net)


def shares_of(actor: Person, invoices: Collection[Invoice]) -> dict[int, Decimal]:
    """The net sum of the own periods on each of these invoices, by the invoice's key, in one query."""
    if not invoices:
        return {}
    rows = db.session.execute(
        sa.select(BillingPeriod.invoice_id, sa.func.sum(BillingPeriod.net))
        .where(BillingPeriod.invoice_id.in_([invoice.id for invoice in invoices]), _is_own(actor))
        .group_by(BillingPeriod.invoice_id)
    )
    return {invoice_id: net for invoice_id, net in rows if invoice_id is not None}


@dataclass(frozen=True)
class MonthTotal:
    """The own periods invoiced in one month in one currency, net, by how their invoices stand."""

    month: date
    """Its first day."""
    currency: str
    paid: Decimal
    open: Decimal
    credited: Decimal

    @property
    def invoiced(self) -> Decimal:
        """Less what was credited."""
        return self.paid + self.open


def totals_by_month(actor: Person, since: date) -> list[MonthTotal]:
    """The reseller's own totals by month of the invoice and currency, newest month first, in one query."""
    year, month = sa.extract("year", Invoice.issued_on), sa.extract("month", Invoice.issued_on)
    rows = db.session.execute(
        sa.select(year, month, Invoice.currency, Invoice.settlement, sa.func.sum(BillingPeriod.net))
        .select_from(BillingPeriod)
        .join(Invoice, Invoice.id == BillingPeriod.invoice_id)
        .where(_is_own(actor), Invoice.issued_on >= since, Invoice.kind == InvoiceKind.INVOICE)
        .group_by(year, month, Invoice.currency, Invoice.settlement)
    )
    sums: dict[tuple[date, str], dict[str, Decimal]] = {}
    for found_year, found_month, currency, settlement, net in rows:
        by_state = sums.setdefault((date(int(found_year), int(found_month), 1), currency), {})
        kind = settlement if settlement in (Settlement.PAID, Settlement.CREDITED) else "open"
        by_state[kind] = by_state.get(kind, Decimal("0.00")) + (net or Decimal("0.00"))
    nothing = Decimal("0.00")
    return [
        MonthTotal(first, currency, by.get("paid", nothing), by.get("open", nothing), by.get("credited", nothing))
        for (first, currency), by in sorted(sums.items(), key=lambda item: (-item[0][0].toordinal(), item[0][1]))
    ]
