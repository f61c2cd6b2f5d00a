"""What is held about the contact persons of leads, and about what was said and sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.access.links import AccessLink, Purpose
from app.core.db import db
from app.core.i18n import _l
from app.core.privacy import COMPANY, ERASED, Holding, Is, Kind, Rule, Whom, are, erased_address
from app.customers import privacy as accounts
from app.customers.privacy import COMPANY_COLUMNS, COMPANY_STAYS
from app.history.privacy import forget_records
from app.leads.models import (
    ChangeItem,
    ChangeRequest,
    Conversion,
    Lead,
    LeadNote,
    LeadService,
    LeadShop,
    LeadState,
    PrivacyNotice,
    Submission,
)
from app.leads.service.details import found_by

_LEADS = Kind(
    "leads",
    _l("Leads"),
    _l("To offer and to agree what the company asked for: our legitimate interest, and steps before a contract."),
    _l("Two years after the lead was closed; as long as the account once it became a customer."),
)
_SENT = Kind(
    "submissions",
    _l("Registrations as they were sent"),
    _l("To prove what was sent and who was first: our legitimate interest, and the establishment of legal claims."),
    _l("Three years; the network address for half a year."),
)
_NOTES = Kind(
    "notes",
    _l("Notes and change requests"),
    _l("To work on the lead and the account: our legitimate interest."),
    _l("As long as the lead or account they belong to."),
)
_NOTICES = Kind(
    "notices",
    _l("Privacy notices"),
    _l("To prove that the person was informed: a legal obligation (articles 13 and 14 of the GDPR)."),
    _l("As long as the lead or account it belongs to."),
)


def _erase_submissions(whom: Whom, rows: Sequence[Mapping[str, Any]]) -> int:
    """What was sent goes as a whole, since its digest covers the whole; receipt, day and digest stay."""
    ids = [row["id"] for row in rows if row["content"] is not None]
    _forget_submissions(ids)
    return len(ids)


def _forget_submissions(ids: Sequence[int]) -> None:
    if ids:
        db.session.execute(
            sa.update(Submission).where(Submission.id.in_(ids)).values(content=sa.null(), salt=None, address=None)
        )


def _closed(before: datetime) -> sa.Select[Any]:
    return (
        sa.select(Lead.id)
        .where(
            Lead.state.in_([LeadState.DECLINED, LeadState.WITHDRAWN]),
            Lead.updated_at < before,
            Lead.email.not_like("%@erased.invalid"),
        )
        .order_by(Lead.id)
    )


def _forget_leads(ids: Sequence[int]) -> None:
    """The company stays, so that it is known when it comes again; the person, what they sent and what was said go."""
    for lead in db.session.scalars(sa.select(Lead).where(Lead.id.in_(ids))):
        lead.contact_name, lead.email, lead.phone, lead.reason = ERASED, erased_address(lead.id), "", None
        for column, value in found_by(lead, lead.ref).items():
            setattr(lead, column, value)
        lead.version += 1
    db.session.flush()
    _forget_submissions(db.session.scalars(sa.select(Submission.id).where(Submission.lead_id.in_(ids))).all())
    db.session.execute(sa.delete(LeadNote).where(LeadNote.lead_id.in_(ids)))
    db.session.execute(sa.update(ChangeRequest).where(ChangeRequest.lead_id.in_(ids)).values(note=None, answer=None))
    _forget_notices(PrivacyNotice.lead_id.in_(ids))
    for forget in FORGET:
        forget(ids)
    forget_records("lead", ids)


FORGET: list[Callable[[Sequence[int]], None]] = []
"""What else is said about closed leads: the features above add a function that forgets it, called inside the same
`write()`."""


def _forget_notices(which: sa.ColumnElement[bool]) -> None:
    told = db.session.scalars(sa.select(PrivacyNotice.id).where(which)).all()
    for id in told:
        blank = sa.update(PrivacyNotice).where(PrivacyNotice.id == id)
        db.session.execute(blank.values(email=erased_address(id), name=ERASED))
    db.session.execute(
        sa.delete(AccessLink).where(AccessLink.purpose == Purpose.PRIVACY, AccessLink.subject_id.in_(told))
    )


def _forget_with_accounts(ids: Sequence[int]) -> None:
    """The contact persons of closed accounts go: so does what was said and asked about the accounts alone."""
    _forget_notices(PrivacyNotice.account_id.in_(ids))
    asked = sa.and_(ChangeRequest.account_id.in_(ids), ChangeRequest.lead_id.is_(None))
    db.session.execute(sa.update(ChangeRequest).where(asked).values(note=None, answer=None))


accounts.FORGET.append(_forget_with_accounts)


def _old_submissions(before: datetime) -> sa.Select[Any]:
    """JSON's null and the database's are both none."""
    kept = sa.and_(Submission.content.is_not(None), sa.cast(Submission.content, sa.Text()) != "null")
    return (
        sa.select(Submission.id)
        .join(Lead, Lead.id == Submission.lead_id)
        .where(Submission.created_at < before, kept, Lead.state.not_in([LeadState.SUBMITTED, LeadState.ACCEPTED]))
        .order_by(Submission.id)
    )


def _old_addresses(before: datetime) -> sa.Select[Any]:
    return (
        sa.select(Submission.id)
        .where(Submission.created_at < before, Submission.address.is_not(None))
        .order_by(Submission.id)
    )


def _forget_addresses(ids: Sequence[int]) -> None:
    db.session.execute(sa.update(Submission).where(Submission.id.in_(ids)).values(address=None))


HOLDINGS = (
    Holding(
        ChangeItem,
        _NOTES,
        {"field": Is.CODE, **are(Is.TEXT, "old", "new", "note")},
        part_of=("request_id", "change_request"),
    ),
    Holding(
        ChangeRequest,
        _NOTES,
        {**are(Is.CODE, "ref", "kind", "state"), **are(Is.TEXT, "note", "answer")},
        actors=("asked_by_id", "decided_by_id"),
        part_of=("lead_id", "lead"),
        else_part_of=("account_id", "account"),
    ),
    Holding(
        LeadNote,
        _NOTES,
        {"author_name": Is.NAME, "body": Is.TEXT},
        persons=("author_id",),
        part_of=("lead_id", "lead"),
    ),
    Holding(
        Conversion,
        _NOTES,
        {"changes": Is.TEXT, **are(Is.CODE, "service_ids", "shop_ids", "direct_ids", "detail_ids")},
        actors=("by_id", "reversed_by_id"),
        part_of=("lead_id", "lead"),
    ),
    Holding(
        Submission,
        _SENT,
        {
            **are(Is.CODE, "receipt", "submission_key", "content_digest", "typed_by", "digest"),
            "salt": Is.SECRET,
            "content": Is.TEXT,
            "address": Is.OWN,
        },
        actors=("person_id",),
        part_of=("lead_id", "lead"),
        erase=_erase_submissions,
    ),
    Holding(
        PrivacyNotice,
        _NOTICES,
        {"email": Is.EMAIL, "name": Is.NAME, "locale": Is.CODE, "source": Is.TEXT},
        actors=("withheld_by_id",),
        part_of=("lead_id", "lead"),
        else_part_of=("account_id", "account"),
    ),
    Holding(LeadShop, _LEADS, {"url": Is.STAYS, "platform": Is.CODE}, stays={"url": COMPANY}),
    Holding(LeadService, _LEADS),
    Holding(
        Lead,
        _LEADS,
        {
            **are(Is.CODE, "ref", "state", "list_group", "typed_by", "locale", "claim_key"),
            **COMPANY_COLUMNS,
            "reason": Is.TEXT,
        },
        actors=("decided_by_id",),
        stays=COMPANY_STAYS,
        told=True,
    ),
)

RULES = (
    Rule(
        "closed_leads",
        _l("Contact persons, notes and registrations of closed leads"),
        _l("the last change of a lead that was declined or withdrawn"),
        730,
        _closed,
        _forget_leads,
        least=30,
        after=_l("The company, and what was decided."),
    ),
    Rule(
        "submissions",
        _l("Registrations as they were sent"),
        _l("the day the registration was sent, once its lead is no longer open"),
        1096,
        _old_submissions,
        _forget_submissions,
        least=30,
        after=_l("Receipt, day and digest."),
    ),
    Rule(
        "network_addresses",
        _l("Network addresses of registrations"),
        _l("the day the registration was sent"),
        180,
        _old_addresses,
        _forget_addresses,
        least=7,
        after=_l("Everything else."),
    ),
)
