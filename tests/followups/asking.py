"""Arranging follow-ups: `a_followup()`, asked by sales, and `an_assigned_followup(to=partner)`."""

from __future__ import annotations

from typing import Any

from app.core.crypto import token
from app.core.db import db
from app.followups.models import Assignment, AssignmentState, FollowUp, Occasion, ServicePartner
from app.followups.service import followups as service
from app.followups.service.assigning import Choice, assign
from app.followups.service.followups import Asked
from app.leads.models import Lead
from app.outbox.models import MailRow
from app.people.models import Person
from app.people.queries import by_id
from tests.followups.partners import a_wanting_lead
from tests.sentences import a_staff_member


def asked(**values: Any) -> Asked:
    own: dict[str, Any] = {
        "occasion": Occasion.WANTS_TO_TALK,
        "reason": "",
        "wanted": "",
        "discussed": "They want to know who closes the year.",
        "urgent": False,
        "key": token()[:40],
    }
    return Asked(**{**own, **values})


def a_followup(lead: Lead | None = None, by: Person | None = None, **values: Any) -> FollowUp:
    return service.ask((lead or a_wanting_lead()).id, asked(**values), by or a_staff_member("sales"))


def an_assigned_followup(
    to: ServicePartner, lead: Lead | None = None, by: Person | None = None, **values: Any
) -> FollowUp:
    """By a coordinator, who chose this partner whatever was proposed."""
    found = a_followup(lead, by, **values)
    give(found, to)
    return fresh(found)


def give(found: FollowUp, to: ServicePartner, by: Person | None = None) -> Assignment:
    held = db.session.scalars(
        db.select(Assignment).where(Assignment.lead_id == found.lead_id, Assignment.state == AssignmentState.ACTIVE)
    ).one_or_none()
    choice = Choice(partner_id=to.id, override="They know each other.", replaces=held.ref if held else "")
    return assign(found.lead_id, choice, by_id((by or a_staff_member("coordinator", name="Elina Rautio")).id))


def fresh(found: FollowUp) -> FollowUp:
    return db.session.get_one(FollowUp, found.id, populate_existing=True)


def mails(template: str) -> list[MailRow]:
    query = db.select(MailRow).where(MailRow.template == template).order_by(MailRow.id)
    return list(db.session.scalars(query))
