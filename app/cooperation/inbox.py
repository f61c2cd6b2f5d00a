"""What waits for staff: proposals to confirm, reviews to agree on or to hold, marketing actions of their own."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import joinedload

from app.access import policy
from app.access.permissions import P
from app.cooperation.models import AgreementState, MarketingAction, Review, ReviewState, SupportAgreement
from app.cooperation.queries import marketing
from app.cooperation.queries.reviews import SOON, meeting_of
from app.core.clock import now, today
from app.core.db import db
from app.core.i18n import _
from app.core.inbox import InboxItem
from app.core.workdays import add_workdays
from app.integrations.models import PartnerState, SoftwarePartner
from app.people.models import Person
from app.settings.models import vendor
from app.trainings.models import SessionState

CONFIRMED_IN = 5
"""Working days in which the vendor confirms what it proposed."""
AHEAD = timedelta(days=7)
"""So long before its day an action stands in its owner's inbox."""


def items(actor: Person, limit: int) -> list[InboxItem]:
    """In three queries. What concerns a software partner waits for whoever looks after it; for everybody who may, while
    nobody does."""
    if not policy.allows(actor, P.COOPERATION_MANAGE):
        return []
    return [*_proposals(actor, limit), *_reviews(actor, limit), *_actions(actor, limit)]


def _mine(actor: Person) -> sa.ColumnElement[bool]:
    open_to = sa.select(Person.id).where(Person.id == SoftwarePartner.manager_id, Person.closed_at.is_(None)).exists()
    return sa.and_(
        SoftwarePartner.state == PartnerState.ACTIVE,
        sa.or_(SoftwarePartner.manager_id == actor.id, ~open_to),
    )


def _proposals(actor: Person, limit: int) -> list[InboxItem]:
    rows = db.session.scalars(
        sa.select(SupportAgreement)
        .join(SoftwarePartner, SoftwarePartner.id == SupportAgreement.partner_id)
        .where(
            SupportAgreement.state == AgreementState.PROPOSED,
            SupportAgreement.vendor_at.is_(None),
            _mine(actor),
        )
        .order_by(SupportAgreement.proposed_at, SupportAgreement.id)
        .limit(limit)
        .options(joinedload(SupportAgreement.partner).joinedload(SoftwarePartner.organisation))
    )
    zone = ZoneInfo(vendor().timezone)
    return [
        InboxItem(
            f"support-agreement:{one.ref}",
            "doc",
            one.partner.organisation.name,
            _("Support agreement to confirm for us"),
            _by(
                add_workdays(
                    (one.proposed_at or one.created_at).astimezone(zone).date(), CONFIRMED_IN, vendor().country
                )
            ),
            url_for("cooperation_desk.agreement", ref=one.partner.ref),
        )
        for one in rows
    ]


def _reviews(actor: Person, limit: int) -> list[InboxItem]:
    """From two weeks before the day on, as long as something is to be done: agree on a time, or write minutes."""
    rows = db.session.scalars(
        sa.select(Review)
        .join(SoftwarePartner, SoftwarePartner.id == Review.partner_id)
        .where(
            Review.state == ReviewState.PLANNED,
            Review.planned_on <= today(vendor().timezone) + SOON,
            _mine(actor),
        )
        .order_by(Review.planned_on, Review.id)
        .limit(limit)
        .options(joinedload(Review.partner).joinedload(SoftwarePartner.organisation), joinedload(Review.session))
    )
    return [
        InboxItem(
            f"review:{one.ref}",
            "chart",
            one.partner.organisation.name,
            sentence,
            _by(one.planned_on),
            url_for("cooperation_desk.review", ref=one.partner.ref, review_ref=one.ref),
        )
        for one in rows
        if (sentence := _wanted(one))
    ]


def _wanted(review: Review) -> str:
    meeting = meeting_of(review)
    if meeting is None:
        late = review.planned_on < today(vendor().timezone)
        return _("The day of the review has passed without a time") if late else _("Agree on a time for the review")
    if meeting.state == SessionState.HELD or meeting.ends_at <= now():
        return _("Write the minutes of the review")
    return ""


def _actions(actor: Person, limit: int) -> list[InboxItem]:
    rows = db.session.scalars(
        sa.select(MarketingAction)
        .join(SoftwarePartner, SoftwarePartner.id == MarketingAction.partner_id)
        .where(
            MarketingAction.owner_id == actor.id,
            marketing.among(marketing.Shelf.OPEN),
            MarketingAction.due_on <= today(vendor().timezone) + AHEAD,
            SoftwarePartner.state == PartnerState.ACTIVE,
        )
        .order_by(MarketingAction.due_on, MarketingAction.id)
        .limit(limit)
        .options(joinedload(MarketingAction.partner).joinedload(SoftwarePartner.organisation))
    )
    return [
        InboxItem(
            f"marketing:{one.ref}",
            "flag",
            one.partner.organisation.name,
            _("Marketing: %(action)s", action=one.title),
            _by(one.due_on),
            url_for("cooperation_desk.action", ref=one.partner.ref, action_ref=one.ref),
        )
        for one in rows
    ]


def _by(day: date) -> datetime:
    return datetime.combine(day, time(17, 0), ZoneInfo(vendor().timezone))
