"""Series of weekly sessions: planned, changed, ended; the next weeks of them are planned by themselves (C3).

The series is held before its sessions, and those in the order of their ids, as everywhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.core.clock import now, today
from app.core.db import db, lock, lock_named, write
from app.core.errors import Conflict, FieldError
from app.core.i18n import _l
from app.history.service import record
from app.people.models import Person
from app.trainings.models import Attendance, Participant, TrainingSeries, TrainingSession
from app.trainings.service import sessions
from app.trainings.service.sessions import SessionDetails
from app.trainings.slots import Slot, moment_of, moments, slots_of, successors

AHEAD = timedelta(weeks=8)
"""How far ahead sessions are planned."""
MOST = 40
"""Sessions a week."""


@dataclass(frozen=True)
class SeriesDetails:
    """A series as it is planned or changed."""

    title: str
    slots: tuple[Slot, ...]
    timezone: str
    country: str
    """Whose public holidays are left out."""
    locale: str
    minutes: int
    capacity: int
    from_on: date
    about: str = ""
    place: str = ""
    link: str = ""
    trainer_id: int | None = None


class SeriesMovedOn(Conflict):
    """Somebody else changed it meanwhile."""

    def __init__(self) -> None:
        super().__init__(_l("Somebody else changed this series a moment ago. What you typed is still here."))


_SHARED = ("title", "about", "locale", "minutes", "place", "link", "capacity", "trainer_id")
"""What a session takes over from its series, as long as nobody changed it there by hand."""


def plan(details: SeriesDetails, by: Person, *, key: str | None = None) -> TrainingSeries:
    """A series, and its sessions of the next weeks. The same form sent twice is one.

    Raises:
        FieldError: no slots, or too many.
    """
    _check(details)
    with write():
        if key:
            lock_named(f"series-form:{key}")
            sent = db.session.scalar(sa.select(TrainingSeries).where(TrainingSeries.key == key))
            if sent is not None:
                return sent
        moment = now()
        series = TrainingSeries(
            key=key,
            until_on=None,
            created_by_id=by.id,
            created_at=moment,
            updated_at=moment,
            **{**asdict(details), "slots": _kept(details.slots)},
        )
        db.session.add(series)
        db.session.flush()
        told = {name: (None, value) for name, value in _plain(details).items() if value}
        record(series, "series.planned", by, told)
        plan_ahead(series, by)
    return series


def change(
    series_id: int, details: SeriesDetails, reason: str, by: Person, *, expect: int | None = None
) -> TrainingSeries:
    """Other times, or anything else: sessions to come follow, and whoever takes part is told as when one of them is
    changed. What somebody moved or changed by hand stays as it is, and a session whose new time has passed already
    stays where it was. Those for which no time is left are cancelled.

    Raises:
        FieldError: no slots; or people lose a session, and no reason is given.
        SeriesMovedOn, NotFound
    """
    _check(details)
    with write():
        series = _held(series_id, expect)
        before = details_of(series)
        old, new = _plain(before), _plain(details)
        changes = {name: (old[name], new[name]) for name in new if old[name] != new[name]}
        if not changes:
            return series
        for name, value in {**asdict(details), "slots": _kept(details.slots)}.items():
            setattr(series, name, value)
        if reason:
            changes["reason"] = (None, reason)
        _touch(series)
        record(series, "series.changed", by, changes)
        _follow(series, before, details, reason, by)
        plan_ahead(series, by)
    return series


def end(series_id: int, last_on: date, reason: str, by: Person, *, expect: int | None = None) -> TrainingSeries:
    """That day is the last on which one is held: sessions after it are cancelled and their participants told. Said
    again with a later day, it goes on until then.

    Raises:
        FieldError: the day has passed; or people lose a session, and no reason is given.
        SeriesMovedOn, NotFound
    """
    with write():
        series = _held(series_id, expect)
        if last_on < today(series.timezone):
            raise FieldError("until_on", _l("This day has passed. Choose today or a later one."))
        if series.until_on == last_on:
            return series
        changes: dict[str, Any] = {
            "until_on": (series.until_on.isoformat() if series.until_on else None, last_on.isoformat())
        }
        if reason:
            changes["reason"] = (None, reason)
        series.until_on = last_on
        _touch(series)
        record(series, "series.ended", by, changes)
        _cancel([one for one in _coming(series) if _day(one.starts_at, one.timezone) > last_on], reason, by)
        plan_ahead(series, by)
    return series


def plan_ahead(series: TrainingSeries, by: Person | None = None) -> int:
    """Plans the sessions of a held series that are not planned yet; tells how many. Done again, there is nothing to
    do: each slot is known by its moment, wherever its session was moved since, and also when it was cancelled."""
    start = today(series.timezone)
    last = min(start + AHEAD, series.until_on or date.max)
    known = _known(series)
    details = details_of(series)
    made = 0
    slots = slots_of(series.slots)
    for moment, _day_of, _slot in moments(slots, series.timezone, series.country, max(start, series.from_on), last):
        if moment > now() and moment not in known:
            sessions.begin(_session(details, moment), by, slot=(series.id, moment))
            made += 1
    return made


def details_of(series: TrainingSeries) -> SeriesDetails:
    values = {name: getattr(series, name) for name in SeriesDetails.__dataclass_fields__}
    return SeriesDetails(**{**values, "slots": slots_of(series.slots)})


def held(series_id: int) -> TrainingSeries:
    """The series held, inside a `write()`. Raises NotFound."""
    return lock(TrainingSeries, series_id)


def _held(series_id: int, expect: int | None) -> TrainingSeries:
    series = held(series_id)
    if expect is not None and series.version != expect:
        raise SeriesMovedOn
    return series


def _touch(series: TrainingSeries) -> None:
    series.version += 1
    series.updated_at = now()
    db.session.flush()


def _check(details: SeriesDetails) -> None:
    if not details.slots:
        raise FieldError("times_0", _l("Enter at least one time."))
    if len(details.slots) > MOST:
        raise FieldError("times_0", _l("At most %(num)s sessions a week are planned.", num=MOST))


def _kept(slots: Iterable[Slot]) -> list[Any]:
    return [list(slot) for slot in slots_of(slots)]


def _plain(details: SeriesDetails) -> dict[str, Any]:
    """As the history keeps it: the trainer by name."""
    values = asdict(details)
    trainer = db.session.get(Person, details.trainer_id) if details.trainer_id else None
    del values["trainer_id"]
    return {
        **values,
        "slots": _kept(details.slots),
        "from_on": details.from_on.isoformat(),
        "trainer": trainer.name if trainer else "",
    }


def _session(details: SeriesDetails, moment: datetime) -> SessionDetails:
    shared = {name: getattr(details, name) for name in _SHARED}
    return SessionDetails(starts_at=moment, timezone=details.timezone, **shared)


def _day(moment: datetime, timezone: str) -> date:
    return moment.astimezone(ZoneInfo(timezone)).date()


def _known(series: TrainingSeries) -> set[datetime]:
    """The slots to come that a session was planned for."""
    asked = sa.select(TrainingSession.slot_at).where(
        TrainingSession.series_id == series.id, TrainingSession.slot_at > now()
    )
    return {slot for slot in db.session.scalars(asked) if slot is not None}


def _coming(series: TrainingSeries) -> list[TrainingSession]:
    """Its sessions that have not begun, held."""
    return list(
        db.session.scalars(
            sa.select(TrainingSession)
            .where(TrainingSession.series_id == series.id, TrainingSession.is_coming)
            .order_by(TrainingSession.id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
    )


# --- sessions follow their series -------------------------------------------------------------------------------------


def _follow(series: TrainingSeries, before: SeriesDetails, after: SeriesDetails, reason: str, by: Person) -> None:
    coming = _coming(series)
    by_hand = {one.id for one in coming if one.starts_at != one.slot_at}
    targets = _targets({one.slot_at for one in coming if one.slot_at is not None}, before, after, series.until_on)
    moving = [one for one in coming if one.slot_at in targets and targets[one.slot_at] != one.slot_at]
    going, gone = _sorted_out(moving, targets, _known(series), by_hand)
    for one in coming:
        if one.id in going:
            one.slot_at = None  # another may be going to where this one was
    db.session.flush()
    counts = _counts(coming)
    for one in coming:
        if one in gone:
            continue
        details = _following(one, before, after, counts.get(one.id, 0))
        if one.id in going:
            one.slot_at = going[one.id]
        if one.id not in by_hand and one.timezone == before.timezone:
            starts_at = going.get(one.id, one.starts_at)
            details = replace(details, starts_at=starts_at, timezone=after.timezone)
        sessions.alter(one, details, reason, by)
    _cancel(gone, reason, by)


def _sorted_out(
    moving: Sequence[TrainingSession],
    targets: Mapping[datetime, datetime | None],
    known: set[datetime],
    by_hand: Collection[int],
) -> tuple[dict[int, datetime], list[TrainingSession]]:
    """To which slot each session goes, and those for which none is left. What was moved by hand never goes away, and
    nothing moves into the past: such sessions keep their slots, which nobody else can have then."""
    wanted = {one.id: targets[one.slot_at] for one in moving if one.slot_at is not None}
    staying = {id for id, target in wanted.items() if target is not None and target <= now()}
    while True:
        taken = known - {one.slot_at for one in moving if one.id not in staying}
        going: dict[int, datetime] = {}
        gone: list[TrainingSession] = []
        held_up: set[int] = set()
        for one in moving:
            target = wanted[one.id]
            if one.id in staying:
                continue
            if target is not None and target not in taken:
                going[one.id] = target
                taken.add(target)
            elif one.id in by_hand:
                held_up.add(one.id)
            else:
                gone.append(one)
        if not held_up:
            return going, gone
        staying |= held_up  # they keep their slots, so look again


def _targets(
    known: set[datetime], before: SeriesDetails, after: SeriesDetails, until: date | None
) -> dict[datetime, datetime | None]:
    """Where each of these slots goes: None where no slot takes its place, or a public holiday stands there."""
    if not known:
        return {}
    first = _day(min(known), before.timezone) - timedelta(days=1)
    last = _day(max(known), before.timezone) + timedelta(days=1)
    following = successors(before.slots, after.slots)
    week = timedelta(weeks=1)
    begins, ends = max(first - week, after.from_on), min(last + week, until or date.max)
    allowed = {(day, slot) for _moment, day, slot in moments(after.slots, after.timezone, after.country, begins, ends)}
    found: dict[datetime, datetime | None] = {}
    for moment, day, slot in moments(before.slots, before.timezone, None, first, last):
        to = following[slot]
        if moment not in known:
            continue
        goes_on = day + timedelta(days=to[0] - slot[0]) if to is not None else day
        found[moment] = moment_of(goes_on, to[1], after.timezone) if to and (goes_on, to) in allowed else None
    return found


def _following(session: TrainingSession, before: SeriesDetails, after: SeriesDetails, taken: int) -> SessionDetails:
    """What differs from the former series was changed by hand, and stays. Nobody loses a place."""
    kept = sessions.details_of(session)
    values: Mapping[str, Any] = {
        name: getattr(after, name) for name in _SHARED if getattr(kept, name) == getattr(before, name)
    }
    details = replace(kept, **values)
    if details.capacity is not None and details.capacity < taken:
        details = replace(details, capacity=taken)
    return details


def _counts(coming: Iterable[TrainingSession]) -> dict[int, int]:
    """How many take part in each."""
    rows = db.session.execute(
        sa.select(Participant.session_id, sa.func.count())
        .where(Participant.session_id.in_([one.id for one in coming]), Participant.attendance != Attendance.WITHDRAWN)
        .group_by(Participant.session_id)
    )
    return {row[0]: row[1] for row in rows}


def _cancel(gone: list[TrainingSession], reason: str, by: Person) -> None:
    """They do not take place; their slots are free for a later change of mind."""
    if not reason and _counts(gone):
        raise FieldError(
            "reason", _l("People take part in sessions that would be cancelled. Enter the reason: they read it.")
        )
    for one in gone:
        one.slot_at = None
        sessions.call_off(one, reason, by)
