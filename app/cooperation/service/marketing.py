"""Joint marketing: actions with an owner on either side and a day, done once it can be seen somewhere (S8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from app.cooperation.models import ActionKind, MarketingAction
from app.cooperation.service.holding import MovedOn, held, put
from app.core.clock import now
from app.core.db import db, lock, write
from app.core.errors import Conflict, FieldError, NotFound
from app.core.i18n import _l
from app.history.service import record
from app.integrations.models import SoftwarePartner
from app.integrations.service import steps
from app.people.models import HeldRole, Membership, Person


@dataclass(frozen=True)
class ActionDetails:
    """What is done together, by whom and until when."""

    kind: ActionKind
    title: str
    owner: str
    """Reference of one of the staff, or of somebody who works for the software partner."""
    due_on: date
    notes: str = ""


class NotOpen(Conflict):
    """It is done or cancelled."""

    def __init__(self) -> None:
        super().__init__(_l("This action is done or cancelled. It can be taken up again first."))


def add(partner_id: int, details: ActionDetails, key: str, by: Person) -> MarketingAction:
    """One more action. The same form sent twice is one.

    Raises:
        FieldError: nobody of either side is to do it.
        CooperationEnded
    """
    with write():
        partner = held(partner_id)
        made = db.session.scalar(sa.select(MarketingAction).where(MarketingAction.key == key))
        if made is not None:
            return made
        owner = _owner(partner, details.owner)
        action = MarketingAction(partner_id=partner.id, key=key, created_at=now(), **_columns(details, owner))
        db.session.add(action)
        db.session.flush()
        record(action, "marketing_action.added", by, {"title": (None, details.title), "owner": (None, owner.name)})
        steps.done(partner, "marketing_started", by)
    return action


def edit(action_id: int, seen: int, details: ActionDetails, by: Person) -> MarketingAction:
    """Other words, owner or day of an open action. The same again changes nothing.

    Raises:
        MovedOn, NotOpen, CooperationEnded
        FieldError: nobody of either side is to do it.
    """
    with write():
        partner, action = _held(action_id)
        owner = _owner(partner, details.owner, action.owner_id)
        values = _columns(details, owner)
        if all(getattr(action, name) == value for name, value in values.items()):
            return action
        if action.version != seen:
            raise MovedOn
        if action.done_at is not None or action.cancelled_at is not None:
            raise NotOpen
        former = db.session.get_one(Person, action.owner_id)
        changes = put(action, values)
        if changes.pop("owner_id", None) is not None:
            changes["owner"] = (former.name, owner.name)
        action.version += 1
        record(action, "marketing_action.edited", by, changes)
    return action


def finish(action_id: int, url: str, by: Person) -> MarketingAction:
    """It is done, and can be seen at `url`. Said again by somebody else, it stays as it is.

    Raises:
        FieldError: without a link nobody can see it.
        NotOpen: it was cancelled.
        CooperationEnded
    """
    if not url:
        raise FieldError("url", _l("Enter the link at which it can be seen"))
    with write():
        _partner, action = _held(action_id)
        if action.cancelled_at is not None:
            raise NotOpen
        if action.done_at is not None:
            return action
        action.done_at, action.done_by_id = now(), by.id
        changes = put(action, {"url": url})
        action.version += 1
        record(action, "marketing_action.done", by, changes)
    return action


def reopen(action_id: int, by: Person) -> MarketingAction:
    """It is not done after all. Its link stays for the next time. Raises CooperationEnded."""
    with write():
        _partner, action = _held(action_id)
        if action.done_at is None:
            return action
        action.done_at = action.done_by_id = None
        action.version += 1
        record(action, "marketing_action.reopened", by)
    return action


def cancel(action_id: int, by: Person) -> MarketingAction:
    """It is not done at all. Twice is once.

    Raises:
        NotOpen: it is done already.
        CooperationEnded
    """
    with write():
        _partner, action = _held(action_id)
        if action.cancelled_at is not None:
            return action
        if action.done_at is not None:
            raise NotOpen
        action.cancelled_at = now()
        action.version += 1
        record(action, "marketing_action.cancelled", by)
    return action


def restore(action_id: int, by: Person) -> MarketingAction:
    """A cancelled one is open again. Raises CooperationEnded."""
    with write():
        _partner, action = _held(action_id)
        if action.cancelled_at is None:
            return action
        action.cancelled_at = None
        action.version += 1
        record(action, "marketing_action.restored", by)
    return action


def _columns(details: ActionDetails, owner: Person) -> dict[str, Any]:
    return {
        "kind": str(details.kind),
        "title": details.title,
        "owner_id": owner.id,
        "due_on": details.due_on,
        "notes": details.notes,
    }


def _owner(partner: SoftwarePartner, ref: str, known: int | None = None) -> Person:
    """Somebody of either side; whoever has the action already may keep it."""
    staff = sa.select(HeldRole.person_id).where(HeldRole.person_id == Person.id).exists()
    member = (
        sa.select(Membership.id)
        .where(
            Membership.person_id == Person.id,
            Membership.organisation_id == partner.organisation_id,
            Membership.ended_at.is_(None),
        )
        .exists()
    )
    found: Person | None = db.session.scalar(
        sa.select(Person).where(Person.ref == ref, Person.closed_at.is_(None), sa.or_(staff, member))
    )
    if found is None and known is not None:
        found = db.session.scalar(sa.select(Person).where(Person.ref == ref, Person.id == known))
    if found is None:
        raise FieldError("owner", _l("Choose who does it"))
    return found


def _held(action_id: int) -> tuple[SoftwarePartner, MarketingAction]:
    known = db.session.get(MarketingAction, action_id)
    if known is None:
        raise NotFound
    return held(known.partner_id), lock(MarketingAction, action_id)
