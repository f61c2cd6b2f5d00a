"""What sessions and their participants hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.core.db import db
from app.core.i18n import _l
from app.core.privacy import ERASED, Holding, Is, Kind, Rule, are, erased_address
from app.trainings.models import CalendarFeed, Participant, TrainingSeries, TrainingSession

_TRAININGS = Kind(
    "trainings",
    _l("Trainings"),
    _l("To invite people to trainings and to know who was there: performance of the contract."),
    _l("Participants until three years after the session; the session as long as the plan."),
)
_FEEDS = Kind(
    "calendar_feeds",
    _l("Calendar addresses"),
    _l("To show sessions in somebody's own calendar, because they asked for it."),
    _l("Until the address is withdrawn."),
)


def _old(before: datetime) -> sa.Select[Any]:
    return (
        sa.select(Participant.id)
        .join(TrainingSession, TrainingSession.id == Participant.session_id)
        .where(TrainingSession.starts_at < before, Participant.email.not_like("%@erased.invalid"))
        .order_by(Participant.id)
    )


def _forget(ids: Sequence[int]) -> None:
    for id in ids:
        values = {"email": erased_address(id), "name": ERASED}
        db.session.execute(sa.update(Participant).where(Participant.id == id).values(**values))


HOLDINGS = (
    Holding(
        CalendarFeed,
        _FEEDS,
        {"email": Is.EMAIL, "locale": Is.CODE, "token_hash": Is.SECRET},
        persons=("person_id",),
        goes=True,
    ),
    Holding(
        Participant,
        _TRAININGS,
        {"email": Is.EMAIL, "name": Is.NAME, **are(Is.CODE, "locale", "attendance")},
        part_of=("session_id", "training_session"),
    ),
    Holding(
        TrainingSession,
        _TRAININGS,
        {
            **are(Is.CODE, "ref", "uid", "locale", "state", "timezone", "key"),
            **are(Is.TEXT, "title", "about", "place", "link", "reason", "recording_url", "notes"),
            "search": Is.SEARCH,
        },
        actors=("trainer_id", "created_by_id"),
    ),
    Holding(
        TrainingSeries,
        _TRAININGS,
        {
            **are(Is.CODE, "ref", "locale", "country", "timezone", "slots", "key"),
            **are(Is.TEXT, "title", "about", "place", "link"),
        },
        actors=("trainer_id", "created_by_id"),
    ),
)

RULES = (
    Rule(
        "old_participants",
        _l("Who took part in trainings"),
        _l("the day of the session"),
        1095,
        _old,
        _forget,
        least=30,
        after=_l("How many took part."),
    ),
)
