"""Follow-ups (T3): sales ask, a coordinator assigns, the service partner answers, and what is silent comes back.

Each verb takes the locks of assigning first, then the lead, then the follow-up: handing back changes how many companies
a partner has, and the history is the lead's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.access import policy
from app.access.permissions import P
from app.access.roles import StaffRole
from app.core.clock import now
from app.core.db import db, lock, write
from app.core.errors import Conflict, DomainError, FieldError, NotFound
from app.core.i18n import _l
from app.followups.emails import FollowUpAnswered, FollowUpAssigned, FollowUpTakenBack, FollowUpUrgent
from app.followups.models import (
    ALIVE,
    ENDED,
    WITH_PARTNER,
    Assignment,
    AssignmentState,
    FollowUp,
    FollowUpState,
    FollowUpStep,
    Occasion,
    ServicePartner,
)
from app.followups.queries.partners import active_assignment, may_have_partner, names
from app.followups.service import assigning
from app.history.service import record
from app.leads.models import Lead
from app.outbox.mail import Mail, Recipient
from app.outbox.service import post
from app.people import queries as people
from app.people.models import Person


@dataclass(frozen=True)
class Asked:
    """What sales ask for. `wanted` is the reference of the service partner whom they would ask, or ""; `key` is the
    form's, so that a form sent twice asks once."""

    occasion: Occasion
    reason: str
    wanted: str
    discussed: str
    urgent: bool
    key: str


@dataclass(frozen=True)
class Phoned:
    """That the service partner was phoned about an urgent one: when, by whom on the staff, and what was said."""

    at: datetime
    by: str
    note: str


class FollowUpMovedOn(Conflict):
    """Somebody else assigned, answered, took back or closed it meanwhile."""

    def __init__(self) -> None:
        super().__init__(_l("Something happened to this follow-up meanwhile. Look at it again."))


class FollowUpUnderWay(Conflict):
    """The lead has one that is not ended."""

    def __init__(self) -> None:
        super().__init__(
            _l("There is a follow-up of this lead already. It has to end before another one is asked for.")
        )


class ForCoordinators(assigning.ChoiceMovedOn):
    """The lead has an open follow-up, and only coordinators assign those."""

    def __init__(self, ref: str) -> None:
        super().__init__(_l("The follow-up %(ref)s of this lead is open. A coordinator assigns it.", ref=ref))


class NotToBeAsked(DomainError):
    """A follow-up is for companies that want the total service, at least in principle."""

    def __init__(self) -> None:
        super().__init__(
            _l("A follow-up needs a lead that is open and interested in the total service, at least in principle.")
        )


def ask(lead_id: int, asked: Asked, by: Person) -> FollowUp:
    """Puts a follow-up into the coordinator's queue. The same form again gives the first one.

    Raises:
        FieldError: what is not standard about the books is not said, or the wanted partner is none.
        NotToBeAsked: the lead is closed, or not interested in the total service.
        FollowUpUnderWay: one is not ended yet.
    """
    if asked.occasion == Occasion.NOT_STANDARD and not asked.reason:
        raise FieldError("reason", _l("Write what is not standard about the books"))
    with write():
        lead = lock(Lead, lead_id)
        known = db.session.scalar(sa.select(FollowUp).where(FollowUp.key == asked.key)) if asked.key else None
        if known is not None and known.lead_id == lead.id:
            return known
        if not may_have_partner(lead):
            raise NotToBeAsked
        if db.session.scalar(sa.select(FollowUp.id).where(FollowUp.lead_id == lead.id, FollowUp.state.not_in(ENDED))):
            raise FollowUpUnderWay
        moment = now()
        found = FollowUp(
            lead_id=lead.id,
            state=FollowUpState.ASKED,
            occasion=asked.occasion,
            reason=asked.reason if asked.occasion == Occasion.NOT_STANDARD else "",
            wanted_id=_wanted(asked.wanted),
            discussed=asked.discussed,
            urgent=asked.urgent,
            asked_by_id=by.id,
            asked_at=moment,
            moved_at=moment,
            key=asked.key or None,
            version=1,
        )
        db.session.add(found)
        db.session.flush()
        db.session.add(FollowUpStep(follow_up_id=found.id, state=found.state, from_at=moment))
        told = {
            "followup_occasion": (None, asked.occasion),
            "followup_reason": (None, found.reason or None),
            "followup_urgent": (None, found.urgent or None),
        }
        note(lead, found, "lead.followup_asked", by, told)
        if found.urgent:
            tell(found, FollowUpUrgent(found.ref, lead.company_name, by.name), coordinators())
    return found


def give_to_current(followup_id: int, seen: int, by: Person) -> FollowUp:
    """Gives it to the service partner that the company was assigned to before. To another one it goes by the choice of
    a partner, see `_follow`.

    Raises:
        FollowUpMovedOn: it is not to be assigned any more, or the company is nobody's.
    """
    with write():
        lead, found = _held(followup_id, seen)
        held = active_assignment(lead.id)
        if held is None or lead.state not in ALIVE:
            raise FollowUpMovedOn
        _give(lead, found, held, by)
    return found


def note_call(followup_id: int, seen: int, phoned: Phoned, by: Person) -> FollowUp:
    """That the service partner was phoned about an urgent one.

    Raises:
        FieldError: the moment lies ahead, or nobody on the staff is named.
        FollowUpMovedOn: it is with no partner any more.
    """
    if phoned.at > now():
        raise FieldError("on", _l("This moment lies ahead. Enter when the service partner was phoned."))
    with write():
        lead, found = _held(followup_id, seen)
        if found.state not in WITH_PARTNER:
            raise FollowUpMovedOn
        caller = people.by_ref(phoned.by)
        if caller is None or not caller.is_staff:
            raise FieldError("by", _l("Choose who phoned"))
        found.phoned_at, found.phoned_by_id, found.phoned_note = phoned.at, caller.id, phoned.note
        found.version += 1
        note(lead, found, "lead.followup_phoned", by, {"followup_note": (None, phoned.note)})
    return found


def answer(followup_id: int, seen: int, partner_id: int, state: FollowUpState, words: str, by: Person) -> FollowUp:
    """What the service partner says: contacted, interested, or not possible, with the reason. Whoever asked is mailed.

    Raises:
        FieldError: no reason why it is not possible.
        NotFound: it is not this partner's any more.
        FollowUpMovedOn: a colleague answered meanwhile.
    """
    if state == FollowUpState.NOT_POSSIBLE and not words:
        raise FieldError("words", _l("Write why it is not possible for you"))
    with write():
        lead, found = _held(followup_id, None)
        held = _assignment_of(found)
        if held is None or held.partner_id != partner_id or held.state != AssignmentState.ACTIVE:
            raise NotFound
        if found.version != seen or not found.may_become(state):
            raise FollowUpMovedOn
        found.answer = words
        if state == FollowUpState.CONTACTED or (state == FollowUpState.INTERESTED and found.contacted_at is None):
            found.contacted_at = now()
        if state == FollowUpState.NOT_POSSIBLE:
            assigning.decline_within(held, words, by)
        _move(found, state, partner_id if state == FollowUpState.CONTACTED else None)
        note(lead, found, f"lead.followup_{state.value}", by, {"followup_note": (None, words or None)})
        _tell_asker(found, lead, _name_of(partner_id))
    return found


def take_back(followup_id: int, seen: int, why: str, by: Person) -> FollowUp:
    """A coordinator takes it from the service partner, who sees it no longer and is told.

    Raises:
        FieldError: no reason.
        FollowUpMovedOn: it is with no partner any more, or something else happened since `seen`.
    """
    if not why:
        raise FieldError("why", _l("Write why it is taken back"))
    with write():
        lead, found = _held(followup_id, seen)
        _hand_back(lead, found, why, by)
    return found


def take_back_silent(followup_id: int, since: datetime) -> bool:
    """After days of silence: the same by itself, unless something happened since it was looked at."""
    with write():
        lead, found = _held(followup_id, None)
        if found.state != FollowUpState.ASSIGNED or found.moved_at != since:
            return False
        partner_id = _hand_back(lead, found, "", None)
        _tell_asker(found, lead, _name_of(partner_id))
    return True


def close(followup_id: int, seen: int, why: str, by: Person) -> FollowUp:
    """Sales end it. A service partner who has it loses it and is told.

    Raises:
        FieldError: no reason.
        FollowUpMovedOn: it is ended, or something else happened since `seen`.
    """
    if not why:
        raise FieldError("why", _l("Write why the follow-up is closed"))
    with write():
        lead, found = _held(followup_id, seen)
        _close(lead, found, why, by)
    return found


def close_of_dead_lead(followup_id: int) -> bool:
    """The lead was declined or withdrawn: nobody is to talk with the company any more."""
    with write():
        lead, found = _held(followup_id, None)
        if lead.state in ALIVE or not found.is_open:
            return False
        _close(lead, found, "", None)
    return True


# --- who is told ------------------------------------------------------------------------------------------------------


def people_of(partner_id: int) -> list[Recipient]:
    """The people of a service partner."""
    organisation_id = sa.select(ServicePartner.organisation_id).where(ServicePartner.id == partner_id)
    return [Recipient.of(person) for person in people.people_of(organisation_id.scalar_subquery())]


def coordinators() -> list[Recipient]:
    there = [person for person in people.staff() if person.is_active]
    return [Recipient.of(person) for person in there if StaffRole.COORDINATOR in person.staff_roles]


def tell(found: FollowUp, mail: Mail, to: Iterable[Recipient]) -> None:
    for one in to:
        post(mail, one, conversation=f"follow-up:{found.ref}")


def _tell_asker(found: FollowUp, lead: Lead, partner: str) -> None:
    asker = db.session.get(Person, found.asked_by_id) if found.asked_by_id else None
    if asker is not None and asker.is_active:
        answered = found.answer if found.state != FollowUpState.HANDED_BACK else ""
        mail = FollowUpAnswered(found.ref, lead.company_name, partner, str(found.state), answered)
        tell(found, mail, [Recipient.of(asker)])


# --- inside a write() -------------------------------------------------------------------------------------------------


def _held(followup_id: int, seen: int | None) -> tuple[Lead, FollowUp]:
    """Both locked and as they are now, in the order that every verb keeps."""
    lead_id = db.session.scalar(sa.select(FollowUp.lead_id).where(FollowUp.id == followup_id))
    if lead_id is None:
        raise NotFound
    assigning.hold(lead_id)
    lead = lock(Lead, lead_id)
    found = lock(FollowUp, followup_id)
    if seen is not None and found.version != seen:
        raise FollowUpMovedOn
    return lead, found


def _assignment_of(found: FollowUp) -> Assignment | None:
    return lock(Assignment, found.assignment_id) if found.assignment_id is not None else None


def _move(found: FollowUp, state: FollowUpState, partner_id: int | None) -> None:
    moment = now()
    db.session.execute(
        sa.update(FollowUpStep)
        .where(FollowUpStep.follow_up_id == found.id, FollowUpStep.until_at.is_(None))
        .values(until_at=moment)
    )
    found.state, found.moved_at = state, moment
    found.version += 1
    if state in ENDED:
        found.ended_at = moment
    else:
        db.session.add(FollowUpStep(follow_up_id=found.id, state=state, partner_id=partner_id, from_at=moment))


def _give(lead: Lead, found: FollowUp, held: Assignment, by: Person | None) -> None:
    if not found.may_become(FollowUpState.ASSIGNED):
        raise FollowUpMovedOn
    found.assignment_id = held.id
    found.assigned_at, found.reminded_at = now(), None
    found.contacted_at, found.answer = None, ""
    found.phoned_at = found.phoned_by_id = None
    found.phoned_note = ""
    _move(found, FollowUpState.ASSIGNED, held.partner_id)
    note(lead, found, "lead.followup_assigned", by, {"followup_partner": (None, _name_of(held.partner_id))})
    tell(found, FollowUpAssigned(found.ref, lead.company_name, lead.city, found.urgent), people_of(held.partner_id))


def _follow(made: Assignment, replaced: Assignment | None, by: Person | None) -> None:
    """A service partner was chosen for a lead: its follow-up, if one is open, goes to that partner, and is taken from
    the one that had it."""
    found = db.session.scalar(
        sa.select(FollowUp)
        .where(FollowUp.lead_id == made.lead_id, FollowUp.state.not_in(ENDED))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        return
    if by is not None and not policy.allows(by, P.FOLLOWUPS_ASSIGN):
        raise ForCoordinators(found.ref)
    lead = db.session.get_one(Lead, made.lead_id)
    if found.state in WITH_PARTNER:
        _taken_back(lead, found, made.override, by, replaced.partner_id if replaced else None)
    _give(lead, found, made, by)


assigning.AFTER_ASSIGNING.append(_follow)


def _hand_back(lead: Lead, found: FollowUp, why: str, by: Person | None) -> int:
    held = _assignment_of(found)
    if held is None or not found.may_become(FollowUpState.HANDED_BACK):
        raise FollowUpMovedOn
    if held.is_active:
        assigning.hand_back_within(held, why, by)
    _taken_back(lead, found, why, by, held.partner_id)
    return held.partner_id


def _taken_back(lead: Lead, found: FollowUp, why: str, by: Person | None, partner_id: int | None) -> None:
    _move(found, FollowUpState.HANDED_BACK, None)
    note(lead, found, "lead.followup_handed_back", by, {"followup_reason": (None, why or None)})
    if partner_id is not None:
        tell(found, FollowUpTakenBack(found.ref, lead.company_name, by is None), people_of(partner_id))


def _close(lead: Lead, found: FollowUp, why: str, by: Person | None) -> None:
    """A partner that has the company for the sake of this follow-up loses it."""
    if not found.may_become(FollowUpState.CLOSED):
        raise FollowUpMovedOn
    held = _assignment_of(found) if found.state in WITH_PARTNER else None
    if held is not None and held.is_active and held.assigned_at >= found.asked_at:
        assigning.hand_back_within(held, why, by)
        tell(found, FollowUpTakenBack(found.ref, lead.company_name, False), people_of(held.partner_id))
    found.closed_why = why
    _move(found, FollowUpState.CLOSED, None)
    note(lead, found, "lead.followup_closed", by, {"followup_reason": (None, why or None)})


def note(lead: Lead, found: FollowUp, verb: str, by: Person | None, changes: dict[str, tuple[Any, Any]]) -> None:
    """On the lead, with the number of the follow-up."""
    told = {name: pair for name, pair in changes.items() if pair != (None, None)}
    record(lead, verb, by, {"request": (None, found.ref), **told})


def _wanted(ref: str) -> int | None:
    if not ref:
        return None
    wanted = db.session.scalar(sa.select(ServicePartner.id).where(ServicePartner.ref == ref))
    if wanted is None:
        raise FieldError("wanted", _l("Choose one of the service partners in the list"))
    return wanted


def _name_of(partner_id: int) -> str:
    return names([partner_id])[partner_id]
