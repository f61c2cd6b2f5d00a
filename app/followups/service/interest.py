"""Noting what a lead answered about the total service (T0, T1), and asking for it before a lead is accepted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from app.access import policy
from app.access.permissions import P
from app.core.clock import now, today
from app.core.db import db, lock, write
from app.core.errors import Conflict, FieldError
from app.core.i18n import _l
from app.followups.models import ALIVE, Answer, Interest, Level, Reason
from app.followups.queries.interest import of_lead
from app.history.service import record
from app.leads.models import Lead
from app.leads.service import decision
from app.people import queries as people
from app.people.models import Person
from app.settings.models import vendor


@dataclass(frozen=True)
class InterestDetails:
    """What was answered, to whom and when. `reason` and `why` belong to a no."""

    level: Level
    answer: Answer
    reason: Reason | None
    why: str
    raised_by: str
    """The reference of somebody on the staff."""
    raised_on: date


class InterestMovedOn(Conflict):
    """Somebody else noted or changed it meanwhile."""


class InterestMissing(FieldError):
    """Nobody has noted what the lead answered."""

    def __init__(self) -> None:
        super().__init__(
            "decision",
            _l("Note first what the company answered about the total service. The form for it stands on the lead."),
        )


def note(lead_id: int, seen: int, details: InterestDetails, by: Person) -> Interest:
    """Notes or changes the answer; the same again changes nothing. `seen` is the version looked at, 0 for none.

    Raises:
        FieldError: a reason is missing, the day lies ahead, or nobody who could have asked was named.
        InterestMovedOn: it is another version now, or the lead was closed.
    """
    details = _checked(details)
    with write():
        lead = lock(Lead, lead_id)
        if lead.state not in ALIVE:
            raise InterestMovedOn(_l("This lead was closed, so nothing can be noted on it any more."))
        found = of_lead(lead.id)
        if (found.version if found else 0) != seen:
            raise InterestMovedOn(_l("Somebody else noted the interest while you were typing. Look at it again."))
        asker = people.by_ref(details.raised_by)
        kept = found is not None and asker is not None and found.raised_by_id == asker.id
        if asker is None or not (kept or policy.allows(asker, P.INTEREST_NOTE)):
            raise FieldError("raised_by", _l("Choose who raised it"))
        wanted: dict[str, Any] = {
            "level": details.level,
            "answer": details.answer,
            "reason": details.reason,
            "why": details.why,
            "raised_by_id": asker.id,
            "raised_on": details.raised_on,
        }
        if found is not None and all(getattr(found, name) == value for name, value in wanted.items()):
            return found
        before = _told(found)
        moment = now()
        if found is None:
            found = Interest(lead_id=lead.id, created_at=moment, updated_at=moment, version=1, **wanted)
            db.session.add(found)
            verb = "lead.interest_noted"
        else:
            for name, value in wanted.items():
                setattr(found, name, value)
            found.updated_at, found.version = moment, found.version + 1
            verb = "lead.interest_changed"
        found.raised_by = asker
        db.session.flush()
        after = _told(found)
        changes = {name: (before.get(name), value) for name, value in after.items() if before.get(name) != value}
        record(lead, verb, by, changes)
    return found


def required(lead: Lead) -> None:
    """Before a lead is accepted. Raises InterestMissing."""
    if db.session.scalar(sa.select(Interest.id).where(Interest.lead_id == lead.id)) is None:
        raise InterestMissing


decision.BEFORE_ACCEPTING.append(required)


def _checked(details: InterestDetails) -> InterestDetails:
    if details.raised_on > today(vendor().timezone):
        raise FieldError("raised_on", _l("This day lies ahead. Enter the day on which it was raised."))
    if details.answer != Answer.NO:
        return InterestDetails(details.level, details.answer, None, "", details.raised_by, details.raised_on)
    if details.reason is None:
        raise FieldError("no_reason", _l("Choose the reason why not"))
    if details.reason == Reason.OTHER and not details.why:
        raise FieldError("why", _l("Write in a few words what the reason is"))
    return details


def _told(found: Interest | None) -> dict[str, Any]:
    """As the lead's history has it."""
    if found is None:
        return {}
    return {
        "interest_level": found.level,
        "interest_answer": found.answer,
        "interest_reason": found.reason,
        "interest_why": found.why or None,
        "interest_by": found.raised_by.name if found.raised_by else None,
        "interest_on": found.raised_on.isoformat(),
    }
