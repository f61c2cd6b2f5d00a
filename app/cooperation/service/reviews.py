"""Periodic reviews: a day is planned, a time agreed, minutes kept, actions become tasks, the next one follows (S9)."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.cooperation.emails import ReviewCancelled, ReviewHeld, ReviewMoved
from app.cooperation.models import Review, ReviewAction, ReviewState
from app.cooperation.service import telling
from app.cooperation.service.holding import MovedOn, company_of, held, put
from app.core.clock import now, today
from app.core.db import db, lock, write
from app.core.errors import Conflict, FieldError, NotFound
from app.core.i18n import _, _l, current_locale, in_locale
from app.core.workdays import add_workdays, is_workday
from app.history.service import record
from app.integrations.models import SoftwarePartner
from app.integrations.service import steps
from app.people.models import Person
from app.plans import texts
from app.plans.models import Plan, PlanState, PlanTask
from app.plans.party import Hand
from app.plans.service import assigning
from app.plans.service import changing as plans
from app.plans.service.assigning import OwnTask
from app.playbooks.outline import Side
from app.settings.models import vendor
from app.trainings.models import Attendance, Participant, SessionState, TrainingSession
from app.trainings.service import sessions
from app.trainings.service.sessions import Newcomer, SessionDetails

PHASE = "operational"
"""Of the software partner's plan, in which actions of reviews stand; in another playbook the last phase."""


@dataclass(frozen=True)
class Meeting:
    """When and where both sides meet."""

    starts_at: datetime
    minutes: int
    timezone: str
    place: str
    link: str
    colleague: Person
    """Who of the vendor's holds it."""
    people: Sequence[Person]
    """Of the software partner's, who are invited."""


@dataclass(frozen=True)
class Agreed:
    """An action: what, which side, until when."""

    title: str
    side: Side
    due_on: date


@dataclass(frozen=True)
class Minutes:
    """What was said and agreed."""

    held_on: date
    experience: str
    quality: str
    quality_mark: int | None
    results: str
    months: int
    actions: Sequence[Agreed] = ()
    there: Sequence[int] = ()
    """Ids of the participants who were there, if a time was agreed."""


class ReviewOver(Conflict):
    """It was held or cancelled."""

    def __init__(self) -> None:
        super().__init__(_l("This review was held or cancelled. What you typed is still here."))


class PlannedAlready(Conflict):
    """There is one at a time."""

    def __init__(self) -> None:
        super().__init__(
            _l("A review is planned with this software partner already. Move it, if the day does not suit.")
        )


class TimeAgreed(Conflict):
    """Somebody agreed on a time meanwhile."""

    def __init__(self) -> None:
        super().__init__(_l("A time is agreed for this review by now. Agree on another time instead."))


class NotBegun(Conflict):
    """The agreed time has not come."""

    def __init__(self) -> None:
        super().__init__(_l("The agreed time has not come yet. Move the meeting first if it was held earlier."))


# --- planning ---------------------------------------------------------------------------------------------------------


def plan(partner_id: int, planned_on: date, months: int, by: Person) -> Review:
    """The next review. The same again is the same.

    Raises:
        FieldError: the day has passed.
        PlannedAlready: there is one on another day.
        CooperationEnded
    """
    _to_come(planned_on)
    with write():
        partner = held(partner_id)
        known = _planned(partner.id)
        if known is not None:
            if (known.planned_on, known.months) == (planned_on, months):
                return known
            raise PlannedAlready
        return _add(partner, planned_on, months, by)


def _add(partner: SoftwarePartner, planned_on: date, months: int, by: Person | None) -> Review:
    review = Review(partner_id=partner.id, planned_on=planned_on, months=months, created_at=now())
    db.session.add(review)
    db.session.flush()
    record(review, "review.planned", by, {"planned_on": (None, planned_on.isoformat())})
    return review


def move(review_id: int, seen: int, planned_on: date, reason: str, by: Person) -> Review:
    """Another day for one without an agreed time. The software partner's people are mailed with the reason. The same
    day again changes nothing.

    Raises:
        FieldError: the day has passed, or there is no reason.
        TimeAgreed, ReviewOver, MovedOn, CooperationEnded
    """
    _to_come(planned_on)
    if not reason:
        raise FieldError("reason", _l("Enter the reason"))
    with write():
        partner, review = _open(review_id)
        if review.planned_on == planned_on:
            return review
        if review.version != seen:
            raise MovedOn
        if _meeting(review) is not None:
            raise TimeAgreed
        before = review.planned_on
        review.version += 1
        record(review, "review.moved", by, put(review, {"planned_on": planned_on, "reason": reason}))
        mail = ReviewMoved(company_of(partner), before, planned_on, reason)
        telling.tell(partner, telling.people(partner), mail)
    return review


def agree(review_id: int, seen: int, meeting: Meeting, reason: str, by: Person) -> Review:
    """A time that suits both, or another one: a session, so that everybody gets it into the calendar.

    Raises:
        FieldError: it has passed, nobody comes, or a time that was agreed is changed without a reason.
        ReviewOver, MovedOn, CooperationEnded
    """
    if not meeting.people:
        raise FieldError("people", _l("Choose who comes from the software partner"))
    with write():
        partner, review = _open(review_id)
        if review.version != seen:
            raise MovedOn
        known = _meeting(review)
        before = known.starts_at if known else None
        if known is not None and known.state != SessionState.PLANNED:
            raise ReviewOver
        if (
            known is not None
            and not reason
            and (known.starts_at, known.minutes) != (meeting.starts_at, meeting.minutes)
        ):
            raise FieldError("reason", _l("Enter the reason"))
        session = _settle(known, partner, meeting, reason, by)
        review.session_id = session.id
        changes = put(review, {"planned_on": meeting.starts_at.astimezone(ZoneInfo(meeting.timezone)).date()})
        review.reason = reason
        review.version += 1
        if reason:
            changes["reason"] = (None, reason)
        if before != session.starts_at:
            changes["when"] = (_clock(before, meeting.timezone), _clock(session.starts_at, meeting.timezone))
        record(review, "review.time_agreed", by, changes)
    return review


def _settle(
    known: TrainingSession | None, partner: SoftwarePartner, meeting: Meeting, reason: str, by: Person
) -> TrainingSession:
    """The session as it is agreed, with exactly these people."""
    with in_locale(partner.locale):
        title = _("Review: %(vendor)s and %(company)s", vendor=vendor().name, company=company_of(partner))
    details = SessionDetails(
        title=title[:200],
        starts_at=meeting.starts_at,
        minutes=meeting.minutes,
        timezone=meeting.timezone,
        locale=partner.locale,
        place=meeting.place,
        link=meeting.link,
        trainer_id=meeting.colleague.id,
    )
    wanted = [
        *(Newcomer(one.name, one.email, one.locale, organisation_id=partner.organisation_id) for one in meeting.people),
        Newcomer(meeting.colleague.name, meeting.colleague.email, meeting.colleague.locale),
    ]
    if known is None:
        session, _made = sessions.begin(details, by)
    else:
        session = sessions.open_session(known.id)
        addresses = {one.email.lower() for one in wanted}
        sessions.take_out(session, [one for one in sessions.taking_part(session) if one.email not in addresses], by)
        sessions.alter(session, details, reason, by)
    sessions.put_in(session, [Newcomer(**{**asdict(one), "email": one.email.lower()}) for one in wanted], by)
    return session


def cancel(review_id: int, seen: int, reason: str, by: Person, *, next_too: bool) -> Review:
    """It does not take place; the software partner's people are told why. `next_too` plans the one after it. Twice is
    once.

    Raises:
        FieldError: there is no reason.
        ReviewOver: it was held.
        MovedOn, CooperationEnded
    """
    if not reason:
        raise FieldError("reason", _l("Enter the reason"))
    with write():
        partner, review = _held(review_id)
        if review.state == ReviewState.CANCELLED:
            return review
        if review.state != ReviewState.PLANNED:
            raise ReviewOver
        if review.version != seen:
            raise MovedOn
        known = _meeting(review)
        if known is not None and known.state == SessionState.HELD:
            raise ReviewOver
        review.state, review.reason = ReviewState.CANCELLED, reason
        review.version += 1
        db.session.flush()  # there is one planned at any time
        record(review, "review.cancelled", by, {"reason": (None, reason)})
        following = following_day(review.planned_on, review.months, partner.country) if next_too else None
        if following is not None:
            following = max(following, add_workdays(today(vendor().timezone), 1, vendor().country))
            _add(partner, following, review.months, by)
        told: set[str] = set()
        if known is not None:
            session = sessions.locked(known.id)
            told = {one.email for one in sessions.taking_part(session)}  # their calendar entry is taken out, by a mail
            sessions.call_off(session, reason, by)
        others = [one for one in telling.people(partner) if one.email.lower() not in told]
        mail = ReviewCancelled(company_of(partner), review.planned_on, reason, following)
        telling.tell(partner, others, mail)
    return review


# --- holding ----------------------------------------------------------------------------------------------------------


def hold(review_id: int, seen: int, minutes: Minutes, by: Person) -> Review:
    """It was held: the minutes are kept, the actions become tasks of the software partner's plan, and the next review
    is planned on a working day so many months later. The same form sent twice is one.

    Raises:
        FieldError: the day has not come, or there is no plan that could take the actions.
        ReviewOver: somebody else has written minutes meanwhile, or it was cancelled.
        NotBegun: the time that was agreed lies ahead.
        MovedOn, CooperationEnded
    """
    if minutes.held_on > today(vendor().timezone):
        raise FieldError("held_on", _l("This day lies in the future. Enter the day on which the review was held."))
    with write():
        partner, review = _held(review_id)
        values = _columns(minutes)
        if review.state == ReviewState.HELD and all(getattr(review, name) == value for name, value in values.items()):
            return review
        if review.state != ReviewState.PLANNED:
            raise ReviewOver
        if review.version != seen:
            raise MovedOn
        known = _meeting(review)
        if known is not None and known.state == SessionState.PLANNED and known.starts_at > now():
            raise NotBegun
        changes = put(review, values)
        review.state, review.held_by_id = ReviewState.HELD, by.id
        review.version += 1
        db.session.flush()  # there is one planned at any time
        record(review, "review.held", by, changes)
        following = following_day(minutes.held_on, minutes.months, partner.country)
        following = max(following, add_workdays(today(vendor().timezone), 1, vendor().country))
        _add(partner, following, minutes.months, by)
        _add_tasks(partner, review, minutes.actions, by)
        answer = {"on": minutes.held_on.isoformat()}
        if known is not None:
            answer["at"] = f"{known.starts_at.astimezone(ZoneInfo(known.timezone)):%H:%M}"
        steps.done(partner, "first_review", by, answer)
        if known is not None:
            session = sessions.locked(known.id)
            sessions.note_held(session, _attendance(session, minutes.there), session.notes, by)
        mail = ReviewHeld(company_of(partner), minutes.held_on, len(minutes.actions), following)
        telling.tell(partner, telling.people(partner), mail)
    return review


def correct(review_id: int, seen: int, minutes: Minutes, by: Person) -> Review:
    """Other words in the minutes of one that was held; its actions are tasks by now and stay. The same again changes
    nothing.

    Raises:
        ReviewOver: it was not held.
        MovedOn, CooperationEnded
    """
    with write():
        _partner, review = _held(review_id)
        if review.state != ReviewState.HELD:
            raise ReviewOver
        values = {name: value for name, value in _columns(minutes).items() if name not in ("months", "held_on")}
        if all(getattr(review, name) == value for name, value in values.items()):
            return review
        if review.version != seen:
            raise MovedOn
        review.version += 1
        record(review, "review.minutes_corrected", by, put(review, values))
    return review


def _columns(minutes: Minutes) -> dict[str, Any]:
    return {
        "held_on": minutes.held_on,
        "experience": minutes.experience,
        "quality": minutes.quality,
        "quality_mark": minutes.quality_mark,
        "results": minutes.results,
        "months": minutes.months,
    }


def _add_tasks(partner: SoftwarePartner, review: Review, actions: Sequence[Agreed], by: Person) -> None:
    if not actions:
        return
    if not can_take_actions(partner):
        raise FieldError("actions", _l("The software partner has no running plan that could take the actions."))
    assert partner.plan_id is not None
    hand = Hand(person=by)
    with plans.held(partner.plan_id, hand) as running:
        phases = list(texts.outline_of(running).phase)
        phase = PHASE if PHASE in phases else phases[-1]
        for place, action in enumerate(actions):
            details = OwnTask(
                title=action.title,
                side=action.side,
                phase=phase,
                locale=current_locale(),
                required=False,
                due_on=action.due_on,
            )
            task: PlanTask = assigning.put_own(running, details, hand, key=f"{review.ref}:{place}")
            db.session.add(ReviewAction(review_id=review.id, task_id=task.id))
        db.session.flush()


def can_take_actions(partner: SoftwarePartner) -> bool:
    """Whether there is a plan for them."""
    found = db.session.get(Plan, partner.plan_id) if partner.plan_id is not None else None
    return found is not None and found.state != PlanState.ARCHIVED


def _attendance(session: TrainingSession, there: Sequence[int]) -> dict[int, Attendance]:
    everybody: list[Participant] = sessions.taking_part(session)
    return {one.id: Attendance.ATTENDED if one.id in there else Attendance.MISSED for one in everybody}


# --- by itself --------------------------------------------------------------------------------------------------------


def follow_meetings() -> None:
    """A meeting that was moved among the trainings takes its review along. Done twice, nothing more happens."""
    query = (
        sa.select(Review.id, Review.planned_on, TrainingSession.starts_at, TrainingSession.timezone)
        .join(TrainingSession, TrainingSession.id == Review.session_id)
        .where(Review.state == ReviewState.PLANNED, TrainingSession.state == SessionState.PLANNED)
        .order_by(Review.id)
    )
    for row in db.session.execute(query).all():
        day = row.starts_at.astimezone(ZoneInfo(row.timezone)).date()
        if day != row.planned_on:
            with write():
                review = lock(Review, row.id)
                if review.state == ReviewState.PLANNED and review.planned_on == row.planned_on:
                    review.version += 1
                    record(review, "review.moved", None, put(review, {"planned_on": day}))


def following_day(day: date, months: int, country: str) -> date:
    """So many months later, or the first working day of both sides after that."""
    number = day.year * 12 + day.month - 1 + months
    year, month = divmod(number, 12)
    found = date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
    while not (is_workday(found, vendor().country) and is_workday(found, country)):
        found = add_workdays(found, 1, vendor().country)
    return found


def _to_come(day: date) -> None:
    if day < today(vendor().timezone):
        raise FieldError("planned_on", _l("This day has passed. Choose one to come."))


def _planned(partner_id: int) -> Review | None:
    return db.session.scalar(
        sa.select(Review)
        .where(Review.partner_id == partner_id, Review.state == ReviewState.PLANNED)
        .execution_options(populate_existing=True)
    )


def _meeting(review: Review) -> TrainingSession | None:
    """The meeting that was agreed, unless it was called off among the trainings."""
    if review.session_id is None:
        return None
    found = db.session.scalar(
        sa.select(TrainingSession)
        .where(TrainingSession.id == review.session_id, TrainingSession.state != SessionState.CANCELLED)
        .execution_options(populate_existing=True)
    )
    return found


def _clock(moment: datetime | None, zone: str) -> str | None:
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M") if moment else None


def _open(review_id: int) -> tuple[SoftwarePartner, Review]:
    partner, review = _held(review_id)
    if review.state != ReviewState.PLANNED:
        raise ReviewOver
    return partner, review


def _held(review_id: int) -> tuple[SoftwarePartner, Review]:
    known = db.session.get(Review, review_id)
    if known is None:
        raise NotFound
    return held(known.partner_id), lock(Review, review_id)
