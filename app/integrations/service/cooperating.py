"""Working with a software partner: its details, who looks after it, the end of the cooperation, taking it up again."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.access import policy
from app.access.permissions import P
from app.access.roles import MemberRole
from app.core.clock import now
from app.core.db import db, lock, write
from app.core.errors import Conflict, FieldError
from app.core.i18n import _l
from app.history.service import record
from app.integrations.emails_partners import PartnershipEnded, PartnershipReopened
from app.integrations.models import PartnerState, SoftwarePartner
from app.integrations.service import introducing
from app.integrations.service.indexing import index_partner
from app.outbox import service as outbox
from app.outbox.mail import Mail, Recipient
from app.people.models import Membership, Organisation, Person


class PartnerMovedOn(Conflict):
    """Somebody else changed it since it was looked at."""

    def __init__(self) -> None:
        super().__init__(_l("Somebody else changed this software partner in the meantime. Look at it again."))


def edit_website(partner_id: int, version: int, website: str, by: Person) -> SoftwarePartner:
    """Another website, or none. The same again changes nothing.

    Raises:
        PartnerMovedOn
    """
    with write():
        partner = lock(SoftwarePartner, partner_id)
        if (partner.website or "") == website:
            return partner
        if partner.version != version:
            raise PartnerMovedOn
        changes = {"website": (partner.website, website or None)}
        partner.website = website or None
        _touch(partner)
        index_partner(partner)
        record(partner, "software_partner.edited", by, changes)
    return partner


def name_manager(partner_id: int, version: int, manager_ref: str, by: Person) -> SoftwarePartner:
    """Who of the staff looks after it from now on; "" for nobody. The plan stays with whoever it is assigned to.

    Raises:
        PartnerMovedOn
        FieldError: this person cannot look after a software partner.
    """
    manager = db.session.scalar(sa.select(Person).where(Person.ref == manager_ref)) if manager_ref else None
    if manager_ref and (manager is None or not policy.allows(manager, P.SOFTWARE_PARTNERS_MANAGE)):
        raise FieldError("manager", _l("Choose one of the options in the list"))
    with write():
        partner = lock(SoftwarePartner, partner_id)
        wanted = manager.id if manager is not None else None
        if partner.manager_id == wanted:
            return partner
        if partner.version != version:
            raise PartnerMovedOn
        before = db.session.get(Person, partner.manager_id) if partner.manager_id is not None else None
        partner.manager_id = wanted
        _touch(partner)
        names = (before.name if before else None, manager.name if manager else None)
        record(partner, "software_partner.manager_named", by, {"manager": names})
    return partner


def end(partner_id: int, version: int, reason: str, by: Person) -> SoftwarePartner:
    """The cooperation ends: its people find their panel closed from their next click, a booked introduction is called
    off, and its owners read the reason. What is published is withdrawn by hand.

    Raises:
        FieldError: there is no reason.
        PartnerMovedOn
    """
    if not reason:
        raise FieldError("reason", _l("Enter the reason"))
    with write():
        partner = lock(SoftwarePartner, partner_id)
        if not partner.is_active and partner.end_reason == reason:
            return partner
        if not partner.is_active or partner.version != version:
            raise PartnerMovedOn
        introducing.call_off(partner, reason, by)
        partner.state, partner.ended_at, partner.end_reason = PartnerState.ENDED, now(), reason
        _touch(partner)
        record(partner, "software_partner.ended", by, {**_states(ended=True), "reason": (None, reason)})
        _tell(partner, PartnershipEnded(_name_of(partner), reason))
    return partner


def reopen(partner_id: int, version: int, by: Person) -> SoftwarePartner:
    """It goes on as it was left.

    Raises:
        PartnerMovedOn
    """
    with write():
        partner = lock(SoftwarePartner, partner_id)
        if partner.is_active or partner.version != version:
            raise PartnerMovedOn
        reason, partner.end_reason = partner.end_reason, ""
        partner.state, partner.ended_at = PartnerState.ACTIVE, None
        _touch(partner)
        record(partner, "software_partner.reopened", by, {**_states(ended=False), "_reason": (reason, None)})
        _tell(partner, PartnershipReopened(_name_of(partner)))
    return partner


def _states(*, ended: bool) -> dict[str, Any]:
    states = (str(PartnerState.ACTIVE), str(PartnerState.ENDED))
    return {"state": states if ended else states[::-1]}


def _touch(partner: SoftwarePartner) -> None:
    partner.version += 1
    db.session.flush()


def _name_of(partner: SoftwarePartner) -> str:
    return db.session.get_one(Organisation, partner.organisation_id).name


def _tell(partner: SoftwarePartner, mail: Mail) -> None:
    owners = db.session.scalars(
        sa.select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.organisation_id == partner.organisation_id,
            Membership.ended_at.is_(None),
            Membership.role == MemberRole.OWNER,
            Person.closed_at.is_(None),
        )
        .order_by(Person.id)
    )
    for person in owners:
        outbox.post(
            mail,
            Recipient.of(person),
            conversation=f"software-partner:{partner.ref}",
        )
