"""Handing over to the invoicing system what is due: once, as one file that never changes again; and taking it back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, cast

import sqlalchemy as sa

from app.billing import calendar
from app.billing.models import BillingDetail, BillingPeriod, HandOver, PeriodState
from app.billing.queries.due import reckonings
from app.catalogue.models import Service
from app.core.clock import now, today
from app.core.db import db, lock, lock_named, write
from app.core.errors import Conflict, DomainError, FieldError
from app.core.i18n import _l
from app.customers.models import Account
from app.history.service import Actor, record
from app.partners.models import Reseller
from app.people.models import Organisation
from app.settings.models import vendor

AHEAD = timedelta(days=366)
"""A later day is a slip of the keyboard, and would hand over years at once."""

_BATCH = 500
_DETAIL, _PERIOD = cast(sa.Table, BillingDetail.__table__), cast(sa.Table, BillingPeriod.__table__)


class DueChanged(Conflict):
    """Another number of periods is due than was shown."""


class NothingDue(DomainError):
    """No period is to be invoiced until that day."""


class CannotTakeBack(DomainError):
    """A later hand-over stands, or a period of this one is invoiced."""


def hand_over(until: date, key: str, by: Actor, *, expected: int | None = None) -> HandOver:
    """Everything that is due until this day, in one transaction: each period gets a row with its figures as they are
    now. The same form sent again (`key`) gives the hand-over that it made, and hands nothing over.

    Raises:
        FieldError: the day is more than a year ahead.
        NothingDue: there is nothing to hand over.
        DueChanged: it would be another number of periods than `expected`.
    """
    if until > today(vendor().timezone) + AHEAD:
        raise FieldError("until", _l("This day is more than a year ahead. Choose an earlier one."))
    with write():
        lock_named("billing:hand-over")
        made = db.session.scalar(sa.select(HandOver).where(HandOver.key == key))
        if made is not None:
            return made
        made = HandOver(
            until_on=until,
            made_at=now(),
            made_by_id=by.id,
            count=0,
            key=key,
            taken_back_at=None,
            taken_back_by_id=None,
        )
        db.session.add(made)
        db.session.flush()
        for rows in _batches(until):
            made.count += _deal_with(rows, until, made)
        if not made.count:
            raise NothingDue(_l("Nothing is due until that day any more. Somebody else may have handed it over."))
        if expected is not None and made.count != expected:
            raise DueChanged(_l("What is due changed meanwhile. Look at it again."))
        record(made, "hand_over.made", by, {"until": (None, until.isoformat()), "periods": (None, made.count)})
    return made


def _batches(until: date) -> Iterator[list[Any]]:
    """The details with something due, locked, some hundred at a time. Each batch leaves the set once dealt with."""
    while True:
        rows = db.session.execute(
            sa.select(
                BillingDetail.id,
                BillingDetail.ref,
                BillingDetail.text,
                BillingDetail.reseller_id,
                Account.ref.label("account"),
                Account.company_name,
                Account.country,
                Account.company_number,
                Account.vat_number,
                Account.locale,
                Service.code,
                Service.names,
                Reseller.ref.label("reseller"),
                Organisation.name.label("reseller_name"),
            )
            .join(Account, Account.id == BillingDetail.account_id)
            .join(Service, Service.id == BillingDetail.service_id)
            .outerjoin(Reseller, Reseller.id == BillingDetail.reseller_id)
            .outerjoin(Organisation, Organisation.id == Reseller.organisation_id)
            .where(BillingDetail.next_on <= until)
            .order_by(BillingDetail.next_on, BillingDetail.id)
            .limit(_BATCH)
            .with_for_update(of=BillingDetail)
        ).all()
        if not rows:
            return
        yield list(rows)


def _deal_with(rows: list[Any], until: date, made: HandOver) -> int:
    """Writes the rows of the periods that are due, and when each detail is due next."""
    reckoned = {each.detail_id: each for each in reckonings(BillingDetail.id.in_([row.id for row in rows]))}
    periods: list[dict[str, Any]] = []
    following: list[dict[str, Any]] = []
    for row in rows:
        each = reckoned[row.id]
        given, coming = _given(row), None
        for found in calendar.coming(each.calendar, each.dealt_with, since=each.next_on):
            if found.starts_on > until:
                coming = found.starts_on
                break
            price = each.price_of(found)
            periods.append(
                {
                    "detail_id": row.id,
                    "number": found.number,
                    "ref": f"{row.ref}/{found.number}",
                    "state": PeriodState.HANDED_OVER,
                    "starts_on": found.starts_on,
                    "ends_on": found.ends_on,
                    "net": price.net,
                    "vat_rate": price.vat_rate,
                    "currency": each.currency,
                    "reseller_id": row.reseller_id,
                    "hand_over_id": made.id,
                    "given": given,
                    "created_at": made.made_at,
                }
            )
        following.append({"of_id": row.id, "next": coming})
    if periods:
        db.session.execute(sa.insert(_PERIOD), periods)
    _set_next(following, past_unclear=False)
    return len(periods)


def _given(row: Any) -> dict[str, Any]:
    """What the file says beside the figures. The service is named in the customer's language, as on the invoice."""
    return {
        "account": row.account,
        "company": row.company_name,
        "country": row.country,
        "company_number": row.company_number,
        "vat_number": row.vat_number or "",
        "service": row.code,
        "service_name": row.names.get(row.locale) or row.names.get("en") or row.code,
        "text": row.text,
        "reseller": row.reseller or "",
        "reseller_name": row.reseller_name or "",
    }


def _set_next(following: list[dict[str, Any]], **values: Any) -> None:
    """Sets when details are due next. Their versions go up: a form that was open meanwhile is told."""
    if following:
        db.session.execute(
            sa.update(_DETAIL)
            .where(_DETAIL.c.id == sa.bindparam("of_id"))
            .values(next_on=sa.bindparam("next"), version=_DETAIL.c.version + 1, updated_at=now(), **values),
            following,
        )


def take_back(hand_over_id: int, by: Actor) -> HandOver:
    """Its periods are due again, with the same stable ids. Only the newest can be taken back, and only while none of it
    is invoiced; one taken back stays so.

    Raises:
        CannotTakeBack: with the reason.
    """
    with write():
        lock_named("billing:hand-over")
        made = lock(HandOver, hand_over_id)
        if made.taken_back_at is not None:
            return made
        reason = obstacle(made)
        if reason is not None:
            raise CannotTakeBack(reason)
        _give_back(made)
        made.taken_back_at, made.taken_back_by_id = now(), by.id
        record(made, "hand_over.taken_back", by, {"periods": (made.count, None)})
    return made


def obstacle(made: HandOver) -> Any | None:
    """Why it cannot be taken back, as a sentence; None when it can."""
    if made.taken_back_at is not None:
        return _l("It was taken back already.")
    later = sa.select(HandOver.id).where(HandOver.id > made.id, HandOver.taken_back_at.is_(None)).limit(1)
    if db.session.scalar(later):
        return _l("There is a later hand-over. Only the newest one can be taken back.")
    invoiced = (
        sa.select(BillingPeriod.id)
        .where(BillingPeriod.hand_over_id == made.id, BillingPeriod.invoice_id.is_not(None))
        .limit(1)
    )
    if db.session.scalar(invoiced):
        return _l("A period of it stands on an invoice already.")
    return None


def _give_back(made: HandOver) -> None:
    own = sa.select(BillingPeriod.detail_id).where(BillingPeriod.hand_over_id == made.id)
    # Locked in the order of their keys; what was dealt with meanwhile stands in the rows.
    details = db.session.execute(
        sa.select(BillingDetail.id, BillingDetail.next_on)
        .where(BillingDetail.id.in_(own))
        .order_by(BillingDetail.id)
        .with_for_update()
    ).all()
    rows = db.session.execute(
        sa.select(BillingPeriod.detail_id, sa.func.min(BillingPeriod.starts_on))
        .where(BillingPeriod.hand_over_id == made.id)
        .group_by(BillingPeriod.detail_id)
    )
    removed: dict[int, date] = {detail_id: first for detail_id, first in rows}  # noqa: C416 - rows are no pairs to mypy
    db.session.execute(sa.delete(BillingPeriod).where(BillingPeriod.hand_over_id == made.id))
    for start in range(0, len(details), _BATCH):
        batch = details[start : start + _BATCH]
        _set_next([{"of_id": id, "next": min(removed[id], next_on or removed[id])} for id, next_on in batch])
        # From that day on the calendar is looked at anew: a pause or an end may have come meanwhile.
        following = []
        for each in reckonings(BillingDetail.id.in_([id for id, _next in batch])):
            coming = next(calendar.coming(each.calendar, each.dealt_with, since=each.next_on), None)
            following.append({"of_id": each.detail_id, "next": coming.starts_on if coming else None})
        _set_next(following)
