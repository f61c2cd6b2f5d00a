"""Trainings of a plan that are held in a series: how it stands with them, and which session is proposed (C3)."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import sqlalchemy as sa

from app.core.clock import now, today
from app.core.db import db
from app.people.models import Person
from app.plans import texts
from app.plans.models import Plan, PlanContact, PlanSession, PlanTraining, TrainingPerson
from app.playbooks.outline import Outline
from app.settings.models import vendor
from app.trainings import proposing
from app.trainings.models import Attendance, Participant, SessionState, TrainingSession
from app.trainings.proposing import Wish
from app.trainings.queries import series
from app.trainings.queries.series import Offered

LOOKED_AHEAD = timedelta(days=60)
"""How far other starting dates are looked for where the playbook sets no limit."""


class Stand(enum.StrEnum):
    OPEN = "open"
    """Nobody is registered."""
    REGISTERED = "registered"
    BEGUN = "begun"
    """Nobody said yet who was there."""
    MISSED = "missed"
    ATTENDED = "attended"


@dataclass(frozen=True)
class Webinar:
    """A training of a series in one plan, for one starting date."""

    training: PlanTraining
    stand: Stand
    starting_on: date | None
    ahead: int
    places: int
    """How many people come together."""
    session: TrainingSession | None = None
    """For which the plan's people are registered, or that they attended, missed, or are at."""
    fits: bool = True
    """Whether the session to come for which they are registered lies as it should."""
    allowed_why: str = ""
    allowed_by: str = ""
    missed_one: bool = False
    """They were registered for a session and not there, whatever came after it."""
    late: bool = False
    """It was missed, or the starting date has come: the next session is proposed."""
    choices: Sequence[Offered] = ()
    """All that fit, the earliest first; without a starting date all that are to come."""
    proposal: Offered | None = None
    starting_dates: Sequence[date] = ()
    """Days that would work as starting dates, where nothing fits the one that is agreed."""
    coming: Sequence[Offered] = field(default=(), repr=False)
    """Every session to come, with the places that are left."""

    @property
    def wants_choice(self) -> bool:
        return self.stand in (Stand.OPEN, Stand.MISSED)

    @property
    def no_longer_fits(self) -> bool:
        """Registered for a session that does not lie as it should, and nobody allowed that."""
        return self.stand == Stand.REGISTERED and not self.fits and not self.allowed_why


def of_plan(plan: Plan, *, starting_on: date | None = None) -> dict[str, Webinar]:
    """By reference, the plan's trainings that are held in a series, in three queries; none where there are no such
    trainings. `starting_on` asks as if that were the starting date."""
    outline = texts.outline_of(plan)
    codes = [training.code for training in outline.trainings if training.series]
    if not codes:
        return {}
    found = _trainings(plan, codes)
    if not found:
        return {}
    day = starting_on or plan.golive_on or plan.live_on
    coming = series.offered()
    return {each.training.ref: _seen(plan, outline, each, day, coming) for each in found}


def webinars_affected(plan: Plan, new_day: date) -> list[Webinar]:
    """The trainings of a series that the plan's people have not attended, as they would stand if `new_day` were the
    starting date: `fits` says whether the registration does, `proposal` which session would."""
    return [each for each in of_plan(plan, starting_on=new_day).values() if each.stand != Stand.ATTENDED]


def wish_of(plan: Plan, outline: Outline, training: PlanTraining, day: date, places: int, late: bool) -> Wish:
    """What a session has to fit. Late is also whoever has not come by the starting date itself."""
    timezone = vendor().timezone
    ahead = outline.training[training.code or ""].ahead
    return Wish(day, ahead, now(), timezone, places, late or day <= today(timezone))


@dataclass
class _Tied:
    session: TrainingSession
    allowed_why: str
    allowed_by: str
    attendance: list[str] = field(default_factory=list)
    """Of the plan's people on its list."""

    @property
    def stand(self) -> Stand | None:
        """None for one on whose list nobody of the plan stands."""
        if not self.attendance:
            return None
        if Attendance.ATTENDED in self.attendance:
            return Stand.ATTENDED
        if self.session.state == SessionState.HELD:
            return Stand.MISSED
        return Stand.BEGUN if self.session.starts_at <= now() else Stand.REGISTERED


@dataclass
class _Found:
    training: PlanTraining
    people: int = 0
    tied: dict[int, _Tied] = field(default_factory=dict)


def _trainings(plan: Plan, codes: Sequence[str]) -> list[_Found]:
    """With the sessions for which they are held, in two queries."""
    named = (
        sa.select(sa.func.count())
        .select_from(TrainingPerson)
        .join(PlanContact, PlanContact.id == TrainingPerson.contact_id)
        .where(TrainingPerson.training_id == PlanTraining.id, PlanContact.ended_at.is_(None))
        .correlate(PlanTraining)
        .scalar_subquery()
    )
    rows = db.session.execute(
        sa.select(PlanTraining, TrainingSession, PlanSession.allowed_why, Person.name, named)
        .outerjoin(PlanSession, PlanSession.training_id == PlanTraining.id)
        .outerjoin(
            TrainingSession,
            sa.and_(TrainingSession.id == PlanSession.session_id, TrainingSession.state != SessionState.CANCELLED),
        )
        .outerjoin(Person, Person.id == PlanSession.allowed_by_id)
        .where(PlanTraining.plan_id == plan.id, PlanTraining.gone.is_(False), PlanTraining.code.in_(codes))
        .order_by(PlanTraining.position, PlanTraining.id, TrainingSession.starts_at)
    )
    found: dict[int, _Found] = {}
    for training, session, why, by, people in rows:
        each = found.setdefault(training.id, _Found(training, people))
        if session is not None:
            each.tied[session.id] = _Tied(session, why, by or "")
    ids = {id for each in found.values() for id in each.tied}
    attending = db.session.execute(
        sa.select(Participant.session_id, Participant.attendance)
        .join(PlanContact, PlanContact.email == Participant.email)
        .where(
            PlanContact.plan_id == plan.id,
            Participant.session_id.in_(ids),
            Participant.attendance != Attendance.WITHDRAWN,
        )
    )
    for session_id, attendance in attending:
        for each in found.values():
            if session_id in each.tied:
                each.tied[session_id].attendance.append(attendance)
    return list(found.values())


_ORDER = (Stand.ATTENDED, Stand.REGISTERED, Stand.BEGUN, Stand.MISSED)
"""What says how it stands, when several sessions say something."""


def _seen(plan: Plan, outline: Outline, each: _Found, day: date | None, coming: Sequence[Offered]) -> Webinar:
    stands = {tied.stand: tied for tied in each.tied.values() if tied.stand is not None}  # the latest of each
    stand = next((stand for stand in _ORDER if stand in stands), Stand.OPEN)
    tied = stands.get(stand)
    places = max(1, each.people)
    ahead = outline.training[each.training.code or ""].ahead
    known = Webinar(
        each.training,
        stand,
        day,
        ahead,
        places,
        session=tied.session if tied else None,
        allowed_why=tied.allowed_why if tied else "",
        allowed_by=tied.allowed_by if tied else "",
        missed_one=Stand.MISSED in stands,
        coming=coming,
    )
    if stand == Stand.ATTENDED:
        return known
    if day is None:
        choices = [offer for offer in coming if offer.has_places(places)]
        return replace(known, choices=choices)
    wish = wish_of(plan, outline, each.training, day, places, known.missed_one)
    proposal = proposing.proposal(coming, wish, plan.locale)
    return replace(
        known,
        late=wish.late,
        fits=tied is None or wish.late or proposing.fits(tied.session.id, coming, wish),
        choices=proposing.fitting(coming, wish),
        proposal=proposal,
        starting_dates=[] if proposal else proposing.starting_dates(coming, wish, _days(plan, outline)),
    )


def _days(plan: Plan, outline: Outline) -> list[date]:
    """The days that may be a starting date, from tomorrow on."""
    first = today(vendor().timezone) + timedelta(days=1)
    last = first + LOOKED_AHEAD
    if outline.starting is not None and plan.contract_on is not None:
        last = plan.contract_on + timedelta(days=outline.starting.within_days)
    return [first + timedelta(days=count) for count in range((last - first).days + 1)]
