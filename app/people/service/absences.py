"""Days on which one of the staff is away, and who stands in (I12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from app.core.clock import now
from app.core.db import db, lock, lock_named, write
from app.core.errors import FieldError, NotFound
from app.core.i18n import _l
from app.history import service as history
from app.history import words
from app.people.models import Absence, Person

LONGEST = timedelta(days=366)

words.name({"absence.noted": _l("Absence noted"), "absence.ended": _l("Absence taken back")})


@dataclass(frozen=True)
class AbsenceDetails:
    person: Person
    deputy: Person | None
    from_on: date
    until_on: date
    """The last day away."""


def note(details: AbsenceDetails, by: Person) -> Absence:
    """Notes that somebody is away. The same again is the one that is there.

    Raises:
        FieldError: the days cannot be, cross another absence of this person, or the deputy is the person or away too.
    """
    if details.until_on < details.from_on:
        raise FieldError("until_on", _l("The last day cannot lie before the first."))
    if details.until_on - details.from_on > LONGEST:
        raise FieldError("until_on", _l("Enter a year at most. For longer, hand the work over."))
    if details.deputy is not None and details.deputy.id == details.person.id:
        raise FieldError("deputy", _l("Choose somebody else to stand in."))
    with write():
        lock_named("absences")  # two that stand in for each other must not both be away
        crossing = sa.select(Absence).where(
            Absence.ended_at.is_(None), Absence.from_on <= details.until_on, Absence.until_on >= details.from_on
        )
        own = db.session.scalar(crossing.where(Absence.person_id == details.person.id))
        deputy_id = details.deputy.id if details.deputy else None
        if own is not None:
            if (own.from_on, own.until_on, own.deputy_id) == (details.from_on, details.until_on, deputy_id):
                return own
            raise FieldError("from_on", _l("An absence in these days is noted already. Take that one back first."))
        if deputy_id is not None and db.session.scalar(crossing.where(Absence.person_id == deputy_id)) is not None:
            raise FieldError("deputy", _l("This colleague is away too in these days."))
        absence = Absence(
            person_id=details.person.id,
            deputy_id=deputy_id,
            from_on=details.from_on,
            until_on=details.until_on,
            by_id=by.id,
            created_at=now(),
            ended_at=None,
        )
        db.session.add(absence)
        db.session.flush()
        history.record(
            absence,
            "absence.noted",
            by,
            {"from_on": (None, details.from_on.isoformat()), "until_on": (None, details.until_on.isoformat())},
        )
        return absence


def take_back(ref: str, by: Person, *, only_of: Person | None = None) -> None:
    """The person is there after all. `only_of`: nobody else's.

    Raises:
        NotFound: there is no such absence, or it is somebody else's.
    """
    with write():
        id = db.session.scalar(sa.select(Absence.id).where(Absence.ref == ref))
        if id is None:
            raise NotFound
        absence = lock(Absence, id)
        if only_of is not None and absence.person_id != only_of.id:
            raise NotFound
        if absence.ended_at is None:
            absence.ended_at = now()
            history.record(absence, "absence.ended", by)
