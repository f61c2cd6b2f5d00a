"""Handing over to the invoicing system what is due: once, as one file that never changes again; and taking it back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa

from app.billing import calendar
from app.billing.calendar import Period
from app.billing.models import BillingDetail, BillingPause, BillingPeriod, HandOver, PeriodState
from app.billing.queries.due import Reckoning, reckonings
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

    Reckoned before others have to wait: on SQLite they wait only while the rows are written, see docs/decisions/007.

    Raises:
        FieldError: the day is more than a year ahead.
        NothingDue: there is nothing to hand over.
        DueChanged: it would be another number of periods than `expected`.
    """
    if until > today(vendor().timezone) + AHEAD:
        raise FieldError("until", _l("This day is more than a year ahead. Choose an earlier one."))
    if (made := _made_by(key)) is not None:
        return made
    shares = _shares(until, BillingDetail.next_on <= until)
    with write():
        lock_named("billing:hand-over")
        if (made := _made_by(key)) is not None:
            return made
        _renew(shares, until)
        count = sum(len(share.rows) for share in shares.values())
        if not count:
            raise NothingDue(_l("Nothing is due until that day any more. Somebody else may have handed it over."))
        if expected is not None and count != expected:
            raise DueChanged(_l("What is due changed meanwhile. Look at it again."))
        made = HandOver(until_on=until, made_at=now(), made_by_id=by.id, count=count, key=key)
        db.session.add(made)
        db.session.flush()
        _write_down(shares, made)
        record(made, "hand_over.made", by, {"until": (None, until.isoformat()), "periods": (None, made.count)})
    return made


def _made_by(key: str) -> HandOver | None:
    return db.session.scalar(sa.select(HandOver).where(HandOver.key == key))


# --- reckoning --------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Share:
    """What a hand-over takes of one detail."""

    version: int
    """The detail's, from which this was reckoned: every verb that changes what is due moves it on."""
    rows: list[tuple[Any, ...]]
    """Of its periods, as the database takes them."""
    coming: tuple[Any, ...]
    """The first day of what is due next, and the detail's key, as the database takes them."""


def _shares(until: date, which: sa.ColumnElement[bool]) -> dict[int, _Share]:
    """What is due until a day, by detail."""
    found: dict[int, _Share] = {}
    ready, ready_next = _ready([_PERIOD.c[name] for name in _COLUMNS]), _ready([_DETAIL.c.next_on, _DETAIL.c.id])
    for details in _batches(which):
        reckoned = {each.detail_id: each for each in reckonings(BillingDetail.id.in_([one.id for one in details]))}
        for detail in details:
            if (each := reckoned.get(detail.id)) is not None:
                periods, coming = _divided(each, until)
                given = _given(detail) if periods else {}
                rows = [ready(_figures(detail, each, period, given)) for period in periods]
                found[detail.id] = _Share(detail.version, rows, ready_next((coming, detail.id)))
    return found


def _divided(each: Reckoning, until: date) -> tuple[list[Period], date | None]:
    """The periods that are due until a day, and the first day of the next one."""
    periods: list[Period] = []
    for found in calendar.coming(each.calendar, each.dealt_with, since=each.next_on):
        if found.starts_on > until:
            return periods, found.starts_on
        periods.append(found)
    return periods, None


def _figures(detail: Any, each: Reckoning, period: Period, given: dict[str, Any]) -> tuple[Any, ...]:
    """What is written down of a period, in the order of `_COLUMNS`."""
    price = each.price_of(period)
    return (
        detail.id,
        period.number,
        f"{detail.ref}/{period.number}",
        PeriodState.HANDED_OVER.value,
        period.starts_on,
        period.ends_on,
        price.net,
        price.vat_rate,
        each.currency,
        detail.reseller_id,
        given,
    )


def _batches(which: sa.ColumnElement[bool]) -> Iterator[Sequence[Any]]:
    """The details with what the file says of them, the longest due first, some hundred at a time."""
    place = sa.tuple_(BillingDetail.next_on, BillingDetail.id)
    last = (date.min, 0)
    while True:
        rows = db.session.execute(
            sa.select(
                BillingDetail.id,
                BillingDetail.next_on,
                BillingDetail.version,
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
            .where(which, BillingDetail.next_on.is_not(None), place > last)
            .order_by(BillingDetail.next_on, BillingDetail.id)
            .limit(_BATCH)
        ).all()
        if rows:
            yield rows
        if len(rows) < _BATCH:
            return
        last = (rows[-1].next_on, rows[-1].id)


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


def _renew(shares: dict[int, _Share], until: date) -> None:
    """Locks what is due, and reckons anew what somebody changed since it was reckoned."""
    due = BillingDetail.next_on <= until
    held = db.session.execute(
        sa.select(BillingDetail.id, BillingDetail.version).where(due).order_by(BillingDetail.id).with_for_update()
    ).all()
    changed = [id for id, version in held if id not in shares or shares[id].version != version]
    for id in shares.keys() - {id for id, _version in held}:
        del shares[id]
    for start in range(0, len(changed), _BATCH):
        shares |= _shares(until, BillingDetail.id.in_(changed[start : start + _BATCH]))


# --- writing ----------------------------------------------------------------------------------------------------------

_COLUMNS = (
    "detail_id",
    "number",
    "ref",
    "state",
    "starts_on",
    "ends_on",
    "net",
    "vat_rate",
    "currency",
    "reseller_id",
    "given",
)


def _ready(columns: Sequence[sa.Column[Any]]) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    """Makes values of these columns such as the database takes them, before anybody has to wait for it."""
    dialect = db.engine.dialect
    processors = [column.type.dialect_impl(dialect).bind_processor(dialect) for column in columns]

    def ready(values: Sequence[Any]) -> tuple[Any, ...]:
        each = zip(processors, values, strict=True)
        return tuple([process(value) if process else value for process, value in each])

    return ready


def _write_down(shares: Mapping[int, _Share], made: HandOver) -> None:
    """The rows of the periods, and when each detail is due next. Said to the driver itself: of a hundred thousand rows
    the library's own work would take several times as long as the database's."""
    connection = db.session.connection()
    mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
    names, marks = ", ".join(_COLUMNS), ", ".join([mark] * len(_COLUMNS))
    moment = f"(SELECT made_at FROM hand_over WHERE id = {made.id:d})"  # noqa: S608 - nothing in it was typed
    connection.exec_driver_sql(
        f"INSERT INTO billing_period ({names}, hand_over_id, created_at)"  # noqa: S608 - as above
        f" VALUES ({marks}, {made.id:d}, {moment})",
        [row for share in shares.values() for row in share.rows],
    )
    connection.exec_driver_sql(
        f"UPDATE billing_detail SET next_on = {mark}, past_unclear = false, version = version + 1,"  # noqa: S608 - as above
        f" updated_at = {moment} WHERE id = {mark}",
        [share.coming for share in shares.values()],
    )


def _set_next(following: list[dict[str, Any]], moment: datetime) -> None:
    """Sets when details are due next. Their versions go up: a form that was open meanwhile is told."""
    if following:
        db.session.execute(
            sa.update(_DETAIL)
            .where(_DETAIL.c.id == sa.bindparam("of_id"))
            .values(next_on=sa.bindparam("next"), version=_DETAIL.c.version + 1, updated_at=moment),
            following,
        )


# --- taking back ------------------------------------------------------------------------------------------------------


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
    own = BillingPeriod.hand_over_id == made.id
    of_it = BillingDetail.id.in_(sa.select(BillingPeriod.detail_id).where(own))
    # Locked in the order of their keys; what was dealt with meanwhile stands in the rows.
    db.session.execute(sa.select(BillingDetail.id).where(of_it).order_by(BillingDetail.id).with_for_update()).all()
    firsts = (
        sa.select(BillingPeriod.detail_id, sa.func.min(BillingPeriod.starts_on).label("first"))
        .where(own)
        .group_by(BillingPeriod.detail_id)
        .subquery()
    )
    stopped = sa.or_(
        BillingDetail.ends_on < made.until_on,
        sa.exists().where(
            BillingPause.detail_id == BillingDetail.id,
            BillingPause.from_on <= made.until_on,
            sa.or_(BillingPause.until_on.is_(None), BillingPause.until_on >= firsts.c.first),
        ),
    )
    stops = sa.select(BillingDetail.id).join(firsts, firsts.c.detail_id == BillingDetail.id).where(stopped)
    changed = list(db.session.scalars(stops.order_by(BillingDetail.id)))
    earlier = sa.case((_DETAIL.c.next_on < firsts.c.first, _DETAIL.c.next_on), else_=firsts.c.first)
    moment = now()
    db.session.execute(
        sa.update(_DETAIL)
        .where(_DETAIL.c.id == firsts.c.detail_id)
        .values(next_on=earlier, version=_DETAIL.c.version + 1, updated_at=moment)
    )
    db.session.execute(sa.delete(BillingPeriod).where(own))
    # A pause or an end may have come since: there the calendar is looked at anew from that day on.
    for start in range(0, len(changed), _BATCH):
        following = []
        for each in reckonings(BillingDetail.id.in_(changed[start : start + _BATCH])):
            coming = next(calendar.coming(each.calendar, each.dealt_with, since=each.next_on), None)
            following.append({"of_id": each.detail_id, "next": coming.starts_on if coming else None})
        _set_next(following, moment)
