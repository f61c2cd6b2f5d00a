"""Introductions: staff offer times, a software partner takes one, moves it or lets it go until it begins (S1).

A time that is taken becomes a session of trainings, so invitations, changes and cancellations are calendar entries like
all others. Rows are held in this order: software partner, plan, times, session.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.core.clock import now
from app.core.db import db, lock, lock_named, write
from app.core.errors import Conflict, FieldError, NotFound
from app.core.i18n import _, _l, in_locale
from app.history.service import record
from app.integrations.models import IntroductionSlot, SlotState, SoftwarePartner
from app.integrations.service import steps
from app.people.models import Organisation, Person
from app.plans.models import Plan, PlanState
from app.plans.party import Hand
from app.plans.service.changing import held, put
from app.plans.service.changing import record as record_in_plan
from app.settings.models import vendor
from app.trainings.models import Attendance, SessionState, TrainingSession
from app.trainings.service import sessions
from app.trainings.service.sessions import Newcomer, SessionDetails

TASK, OFFERING = "introduction", "offer_times"
"""Codes of the task that holding it does, and of the one that is done once a time was found."""


@dataclass(frozen=True)
class Offer:
    """Times that one of the staff offers."""

    starts: Sequence[datetime]
    minutes: int
    timezone: str
    place: str = ""
    link: str = ""


class SlotTaken(Conflict):
    """Somebody else was quicker, or the time was withdrawn or has passed."""

    def __init__(self) -> None:
        super().__init__(_l("This time is no longer free. Please choose another one."))


class Begun(Conflict):
    """It has begun, so it can be neither moved nor let go."""

    def __init__(self) -> None:
        super().__init__(_l("The introduction has begun already. It can no longer be changed here."))


# --- at the desk ------------------------------------------------------------------------------------------------------


def offer(details: Offer, by: Person) -> list[IntroductionSlot]:
    """New times of one's own. A time that is offered already stays as it is; one that was withdrawn is offered again.

    Raises:
        FieldError: one of them has passed.
    """
    if any(moment <= now() for moment in details.starts):
        raise FieldError("at", _l("One of these times has passed. Enter times to come."))
    offered = []
    with write():
        lock_named(f"introductions:{by.id}")
        known = {
            slot.starts_at: slot
            for slot in db.session.scalars(
                sa.select(IntroductionSlot)
                .where(IntroductionSlot.staff_id == by.id, IntroductionSlot.starts_at.in_(details.starts))
                .execution_options(populate_existing=True)
            )
        }
        for moment in details.starts:
            slot = known.get(moment)
            if slot is not None and slot.state != SlotState.WITHDRAWN:
                continue
            if slot is None:
                slot = IntroductionSlot(
                    staff_id=by.id,
                    starts_at=moment,
                    minutes=details.minutes,
                    timezone=details.timezone,
                    created_at=now(),
                )
                db.session.add(slot)
            slot.minutes, slot.timezone = details.minutes, details.timezone
            slot.place, slot.link = details.place, details.link
            slot.state, slot.partner_id, slot.session_id = SlotState.OFFERED, None, None
            db.session.flush()
            record(slot, "introduction_slot.offered", by, {"when": (None, moment.isoformat())})
            offered.append(slot)
    return offered


def withdraw(slot_id: int, reason: str, by: Person) -> None:
    """The time is not offered any more. Who has it is told with the reason, and chooses another. Twice is once.

    Raises:
        FieldError: it is taken, and there is no reason.
        Begun: it is taken and has begun.
    """
    known = db.session.get(IntroductionSlot, slot_id)
    if known is None:
        raise NotFound
    with write():
        partner = lock(SoftwarePartner, known.partner_id) if known.partner_id is not None else None
        if partner is not None:
            _agree_day(partner, None, by)
        slot = lock(IntroductionSlot, slot_id)
        if slot.state == SlotState.WITHDRAWN:
            return
        if slot.partner_id != (partner.id if partner else None):
            raise SlotTaken  # somebody took it, or let it go, in between
        if partner is not None and slot.session_id is not None:
            session = sessions.locked(slot.session_id)
            if session.state == SessionState.PLANNED:
                if not reason:
                    raise FieldError("reason", _l("Enter the reason"))
                if session.starts_at <= now():
                    raise Begun
                sessions.call_off(session, reason, by)
            told = {"when": (_when(slot), None), "reason": (None, reason)}
            record(partner, "software_partner.introduction_called_off", by, told)
        slot.state, slot.partner_id, slot.session_id = SlotState.WITHDRAWN, None, None
        record(slot, "introduction_slot.withdrawn", by)


# --- in the panel -----------------------------------------------------------------------------------------------------


def take(partner_id: int, slot_ref: str, by: Person) -> IntroductionSlot:
    """The partner takes a time; one that it had goes back to the others, and its calendar entry moves. The same one
    taken twice is taken once.

    Raises:
        SlotTaken: another partner was quicker, or it was withdrawn or has passed.
        Begun: the introduction that it had has begun.
        NotFound: there is no such time.
    """
    with write():
        partner = lock(SoftwarePartner, partner_id)
        wanted = db.session.scalar(sa.select(IntroductionSlot).where(IntroductionSlot.ref == slot_ref))
        if wanted is None:
            raise NotFound
        if wanted.state == SlotState.TAKEN and wanted.partner_id == partner.id:
            return wanted
        zone = ZoneInfo(wanted.timezone)
        _agree_day(partner, wanted.starts_at.astimezone(zone).date().isoformat(), by)
        steps.done(partner, OFFERING, db.session.get_one(Person, wanted.staff_id))
        before = _held_by(partner)
        claimed = db.session.execute(
            sa.update(IntroductionSlot)
            .where(
                IntroductionSlot.id == wanted.id,
                IntroductionSlot.state == SlotState.OFFERED,
                IntroductionSlot.starts_at > now(),
            )
            .values(state=SlotState.TAKEN, partner_id=partner.id)
            .execution_options(synchronize_session=False)
        )
        if claimed.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE gives a cursor result
            raise SlotTaken
        slot = lock(IntroductionSlot, wanted.id)
        session = _session_of(before)
        if before is not None and session is not None:
            if session.starts_at <= now():
                raise Begun
            _move(session, slot, partner, by)
        else:
            session = _plan_session(slot, partner, by)
        slot.session_id = session.id
        verb = "software_partner.introduction_moved" if before is not None else "software_partner.introduction_booked"
        record(partner, verb, by, {"when": (_when(before) if before else None, _when(slot))})
        record(slot, "introduction_slot.taken", by, {"partner": (None, partner.ref)})
        if before is not None:
            _free(before, by)
    return slot


def let_go(partner_id: int, by: Person) -> None:
    """The partner does without the time that it has; others may take it. Twice is once.

    Raises:
        Begun: it has begun.
    """
    with write():
        partner = lock(SoftwarePartner, partner_id)
        _agree_day(partner, None, by)
        slot = _held_by(partner)
        if slot is None:
            return
        session = _session_of(slot)
        if session is not None and session.starts_at <= now():
            raise Begun
        if session is not None:
            with in_locale(partner.locale):
                reason = _("The software partner chooses another time.")
            sessions.call_off(session, reason, by)
        record(partner, "software_partner.introduction_let_go", by, {"when": (_when(slot), None)})
        _free(slot, by)


def call_off(partner: SoftwarePartner, reason: str, by: Person) -> None:
    """A held partner needs no introduction any more; inside somebody else's `write()`. One that was held or has begun
    stays."""
    slot_id = db.session.scalar(
        sa.select(IntroductionSlot.id)
        .join(TrainingSession, TrainingSession.id == IntroductionSlot.session_id)
        .where(
            IntroductionSlot.partner_id == partner.id,
            IntroductionSlot.state == SlotState.TAKEN,
            TrainingSession.state == SessionState.PLANNED,
            TrainingSession.starts_at > now(),
        )
        .limit(1)
    )
    if slot_id is None:
        return
    _agree_day(partner, None, by)
    slot = lock(IntroductionSlot, slot_id)
    session = sessions.locked(slot.session_id) if slot.session_id is not None else None
    if session is None or session.state != SessionState.PLANNED or session.starts_at <= now():
        return
    sessions.call_off(session, reason, by)
    record(partner, "software_partner.introduction_called_off", by, {"when": (_when(slot), None)})
    _free(slot, by)


def _held_by(partner: SoftwarePartner) -> IntroductionSlot | None:
    """The time that the held partner has, held too. One whose meeting was called off elsewhere counts no more."""
    for slot_id in db.session.scalars(
        sa.select(IntroductionSlot.id)
        .where(IntroductionSlot.partner_id == partner.id, IntroductionSlot.state == SlotState.TAKEN)
        .order_by(IntroductionSlot.id.desc())
    ):
        slot = lock(IntroductionSlot, slot_id)
        session = db.session.get(TrainingSession, slot.session_id) if slot.session_id else None
        if session is not None and session.state != SessionState.CANCELLED:
            return slot
        slot.state = SlotState.WITHDRAWN
    return None


def _session_of(slot: IntroductionSlot | None) -> TrainingSession | None:
    if slot is None or slot.session_id is None:
        return None
    session = sessions.locked(slot.session_id)
    if session.state == SessionState.HELD:
        raise Begun
    return session if session.state == SessionState.PLANNED else None


def _free(slot: IntroductionSlot, by: Person) -> None:
    slot.state, slot.partner_id, slot.session_id = SlotState.OFFERED, None, None
    record(slot, "introduction_slot.free", by)


def _details(slot: IntroductionSlot, partner: SoftwarePartner) -> SessionDetails:
    organisation = db.session.get_one(Organisation, partner.organisation_id)
    with in_locale(partner.locale):
        title = _("Introduction: %(vendor)s and %(company)s", vendor=vendor().name, company=organisation.name)
    return SessionDetails(
        title=title[:200],
        starts_at=slot.starts_at,
        minutes=slot.minutes,
        timezone=slot.timezone,
        locale=partner.locale,
        place=slot.place,
        link=slot.link,
        trainer_id=slot.staff_id,
    )


def _plan_session(slot: IntroductionSlot, partner: SoftwarePartner, by: Person) -> TrainingSession:
    session, _made = sessions.begin(_details(slot, partner), by)
    staff = db.session.get_one(Person, slot.staff_id)
    people = [Newcomer(by.name, by.email, by.locale, organisation_id=partner.organisation_id), _colleague(staff)]
    sessions.put_in(session, people, by)
    return session


def _move(session: TrainingSession, slot: IntroductionSlot, partner: SoftwarePartner, by: Person) -> None:
    """The same calendar entry at another time; with another of the staff, if it is theirs."""
    former = session.trainer_id
    sessions.alter(session, _details(slot, partner), "", by)
    if former is not None and former != slot.staff_id:
        address = db.session.get_one(Person, former).email
        sessions.take_out(session, [one for one in sessions.taking_part(session) if one.email == address], by)
    sessions.put_in(session, [_colleague(db.session.get_one(Person, slot.staff_id))], by)


def _colleague(staff: Person) -> Newcomer:
    return Newcomer(staff.name, staff.email, staff.locale)


def _agree_day(partner: SoftwarePartner, day: str | None, by: Person) -> None:
    """The plan's kick-off is agreed for that day, or for none, as long as it was not held. Holds the plan."""
    plan = db.session.get(Plan, partner.plan_id) if partner.plan_id is not None else None
    if plan is None or plan.state == PlanState.ARCHIVED:
        return
    with held(plan.id, Hand(person=by)) as plan:
        if plan.kickoff_held:
            return
        changes = put(plan, kickoff_on=datetime.fromisoformat(day).date() if day else None)
        if changes:
            record_in_plan(plan, "plan.days_agreed", by, changes, plan=plan)


def _when(slot: IntroductionSlot) -> str:
    return slot.starts_at.astimezone(ZoneInfo(slot.timezone)).strftime("%Y-%m-%d %H:%M")


# --- when it is held --------------------------------------------------------------------------------------------------


@contextmanager
def _around(session_id: int, by: Person) -> Iterator[Callable[[TrainingSession], None]]:
    """Holding the meeting does the task of the plan, once somebody of the partner's was there."""
    partner = db.session.scalar(
        sa.select(SoftwarePartner)
        .join(IntroductionSlot, IntroductionSlot.partner_id == SoftwarePartner.id)
        .where(IntroductionSlot.session_id == session_id, IntroductionSlot.state == SlotState.TAKEN)
    )

    def then(session: TrainingSession) -> None:
        if partner is None:
            return
        came = [one for one in sessions.taking_part(session) if one.attendance == Attendance.ATTENDED]
        if not any(one.organisation_id == partner.organisation_id for one in came):
            return
        local = session.starts_at.astimezone(ZoneInfo(session.timezone))
        steps.done(partner, TASK, by, {"on": local.date().isoformat(), "at": f"{local:%H:%M}"})

    if partner is not None and partner.plan_id is not None:
        plan = db.session.get(Plan, partner.plan_id)
        if plan is not None and plan.state != PlanState.ARCHIVED:
            with held(plan.id, Hand(person=by)):
                pass  # held before the session, as everybody does
    yield then


sessions.AROUND_HOLDING.append(_around)
