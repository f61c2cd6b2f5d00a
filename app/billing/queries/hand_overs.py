"""Finding hand-overs: their list, one with its sums, and its periods for the file."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.billing.models import BillingDetail, BillingPeriod, HandOver
from app.core.db import db
from app.core.errors import NotFound
from app.core.paging import Page, everything_of, page_of
from app.customers.models import Account

_STEP = 1_000


def page(cursor: str | None, size: int = 50) -> Page[HandOver]:
    """The newest first."""
    found: Page[HandOver] = page_of(
        with_people(), HandOver.made_at, HandOver.id, descending=True, cursor=cursor, size=size
    )
    return found


def all_made() -> Iterator[HandOver]:
    """The same for a file."""
    return everything_of(with_people(), HandOver.made_at, HandOver.id, descending=True)


def with_people() -> sa.Select[HandOver]:
    """All of them, with who made them and who took them back."""
    return sa.select(HandOver).options(joinedload(HandOver.made_by), joinedload(HandOver.taken_back_by))


def by_ref(ref: str) -> HandOver:
    """One hand-over.

    Raises:
        NotFound: there is none of this reference.
    """
    found = db.session.scalar(with_people().where(HandOver.ref == ref).execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found


def by_id(id: int) -> HandOver:
    """One that was just made."""
    query = with_people().where(HandOver.id == id)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def periods_of(made: HandOver) -> sa.Select[BillingPeriod]:
    """Its periods, as they were written down."""
    return sa.select(BillingPeriod).where(BillingPeriod.hand_over_id == made.id)


def sums_of(made: HandOver) -> list[tuple[str, int, Decimal]]:
    """Currency, number of periods and net amount."""
    return [
        (currency, count, net)
        for currency, count, net in db.session.execute(
            sa.select(BillingPeriod.currency, sa.func.count(), sa.func.sum(BillingPeriod.net))
            .where(BillingPeriod.hand_over_id == made.id)
            .group_by(BillingPeriod.currency)
            .order_by(BillingPeriod.currency)
        )
    ]


def periods_page(made: HandOver, cursor: str | None) -> Page[BillingPeriod]:
    """Its periods as its page lists them, with their details, accounts and invoices."""
    found: Page[BillingPeriod] = page_of(
        sa.select(BillingPeriod)
        .where(BillingPeriod.hand_over_id == made.id)
        .options(
            joinedload(BillingPeriod.detail).options(
                joinedload(BillingDetail.account).load_only(Account.ref, Account.company_name),
                joinedload(BillingDetail.service),
            ),
            joinedload(BillingPeriod.invoice),
        ),
        BillingPeriod.id,
        descending=False,
        cursor=cursor,
    )
    return found


def everything(made: HandOver) -> Iterator[BillingPeriod]:
    """All its periods in the order in which they were handed over, a thousand at a time."""
    return _all(periods_of(made))


def dealt_with() -> Iterator[BillingPeriod]:
    """Every period that somebody dealt with, with its invoice and hand-over."""
    return _all(
        sa.select(BillingPeriod).options(
            joinedload(BillingPeriod.detail).options(
                joinedload(BillingDetail.account), joinedload(BillingDetail.service)
            ),
            joinedload(BillingPeriod.invoice),
            joinedload(BillingPeriod.hand_over),
        )
    )


def _all(query: sa.Select[BillingPeriod]) -> Iterator[BillingPeriod]:
    last = 0
    while True:
        rows = list(
            db.session.scalars(query.where(BillingPeriod.id > last).order_by(BillingPeriod.id).limit(_STEP)).unique()
        )
        yield from rows
        if len(rows) < _STEP:
            return
        last = rows[-1].id
        db.session.expunge_all()
