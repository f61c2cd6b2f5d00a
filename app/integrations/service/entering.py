"""A software partner's people open its plan from their panel, without a mailed code: they are signed in (S1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from app.access import links
from app.access.links import AccessLink, Purpose
from app.core.clock import now
from app.core.db import db, lock, write
from app.integrations.models import SoftwarePartner
from app.integrations.service import steps
from app.people.models import Membership, Person
from app.people.service import places
from app.plans.models import Plan
from app.plans.service import devices

OPEN_FOR = timedelta(hours=12)
"""A sign-in lasts longer; whoever works for the partner no longer is out by then in any case."""


@dataclass(frozen=True)
class Entered:
    """The link by which a browser is in the plan, the plan, and the token that it carries from now on, ""
    when it carries one already."""

    link: AccessLink
    plan_id: int
    plan_ref: str
    secret: str


def open_plan(partner_id: int, person: Person, carried: Sequence[str]) -> Entered:
    """Makes the person one of the plan's people, if they are none yet, and lets them in.

    Raises:
        NotFound: the partner has no plan, or the person does not work for it.
    """
    with write():
        partner = lock(SoftwarePartner, partner_id)
        contact = steps.take_part(partner, person)
        link, _path = links.mint(Purpose.PLAN, contact.id)
        link.expires_at = now() + OPEN_FOR
        contact.entered_at = now()
        secret = devices.vouch(contact.id, carried)
        db.session.flush()
        plan = db.session.get_one(Plan, contact.plan_id)
    return Entered(link, plan.id, plan.ref, secret)


def _leave(membership: Membership, by: Person) -> None:
    """Whoever leaves the organisation leaves its plan."""
    partner = db.session.scalar(
        sa.select(SoftwarePartner).where(SoftwarePartner.organisation_id == membership.organisation_id)
    )
    if partner is not None:
        steps.leave(partner, db.session.get_one(Person, membership.person_id), by)


places.AFTER_LEAVING.append(_leave)
