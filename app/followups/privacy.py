"""What is held about people in the total service: of a company's contact person, and of those who do the work."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from app.core.db import db
from app.core.i18n import _l
from app.core.privacy import COMPANY, Holding, Is, Kind, are
from app.followups.models import Assignment, FollowUp, FollowUpStep, Interest, PartnerAbsence, ServicePartner
from app.leads import privacy as leads

_FOLLOWUPS = Kind(
    "followups",
    _l("Interest in the total service and follow-ups"),
    _l("To offer the total service and to find who does the year-end work: our legitimate interest."),
    _l("As long as the lead or account they belong to."),
)
_PARTNERS = Kind(
    "service_partners",
    _l("Service partners"),
    _l("To work with the service partner: performance of the contract."),
    _l("As long as the vendor works with it."),
)


def _forget_with_leads(ids: Sequence[int]) -> None:
    """Inside the `write()` that forgets the contact persons of closed leads: what was written in words goes; what was
    chosen, and when, stays for the reports."""
    db.session.execute(sa.update(Interest).where(Interest.lead_id.in_(ids)).values(why=""))
    words = dict.fromkeys(("reason", "discussed", "phoned_note", "answer", "closed_why"), "")
    db.session.execute(sa.update(FollowUp).where(FollowUp.lead_id.in_(ids)).values(**words))
    db.session.execute(sa.update(Assignment).where(Assignment.lead_id.in_(ids)).values(override="", ended_why=""))


leads.FORGET.append(_forget_with_leads)


HOLDINGS = (
    Holding(
        Interest,
        _FOLLOWUPS,
        {**are(Is.CODE, "level", "answer", "reason"), "why": Is.TEXT},
        actors=("raised_by_id",),
        part_of=("lead_id", "lead"),
    ),
    Holding(FollowUpStep, _FOLLOWUPS, are(Is.CODE, "state")),
    Holding(
        FollowUp,
        _FOLLOWUPS,
        {
            **are(Is.CODE, "ref", "state", "occasion", "key"),
            **are(Is.TEXT, "reason", "discussed", "phoned_note", "answer", "closed_why"),
        },
        actors=("asked_by_id", "phoned_by_id"),
        part_of=("lead_id", "lead"),
    ),
    Holding(
        Assignment,
        _FOLLOWUPS,
        {**are(Is.CODE, "ref", "state", "ranking", "key"), **are(Is.TEXT, "override", "ended_why")},
        actors=("by_id",),
        part_of=("lead_id", "lead"),
    ),
    Holding(PartnerAbsence, _PARTNERS, are(Is.CODE, "ref")),
    Holding(
        ServicePartner,
        _PARTNERS,
        {
            **are(Is.CODE, "ref", "state", "country", "company_number", "company_key", "postcode", "city", "key"),
            **are(Is.CODE, "name_sort"),
            "email": Is.ADDRESS,
            "phone": Is.STAYS,
            "suspension": Is.TEXT,
            "search": Is.SEARCH,
        },
        part_of=("organisation_id", "organisation"),
        stays={"phone": COMPANY},
    ),
)
