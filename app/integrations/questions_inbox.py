"""What waits for the vendor's experts: questions of software partners without an answer."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

from flask import url_for
from sqlalchemy.orm import joinedload

from app.access import policy
from app.access.permissions import P
from app.access.roles import StaffRole
from app.core.clock import today
from app.core.db import db
from app.core.i18n import _
from app.core.inbox import InboxItem
from app.core.workdays import add_workdays
from app.integrations.models import Question, QuestionState, SoftwarePartner
from app.integrations.queries import questions as queries
from app.integrations.service.questions import ANSWERED_IN
from app.people.models import Person
from app.people.queries import stood_in_for
from app.settings.models import vendor


def items(actor: Person, limit: int) -> list[InboxItem]:
    """In two queries: one's own, those of whom one stands in for, and for a coordinator what is nobody's."""
    if not policy.allows(actor, P.QUESTIONS_ANSWER):
        return []
    zone = ZoneInfo(vendor().timezone)
    people = [actor.id, *(person.id for person in stood_in_for(actor, today(vendor().timezone)))]
    mine = queries.answered_by(people, coordinates=StaffRole.COORDINATOR in actor.staff_roles)
    rows = db.session.execute(
        queries.visible_to(actor)
        .where(Question.state == QuestionState.WAITS_FOR_VENDOR, mine)
        .order_by(Question.last_at, Question.id)
        .limit(limit)
        .options(joinedload(Question.partner).joinedload(SoftwarePartner.organisation))
        .add_columns(queries.waiting_since())
    )
    return [_item(question, since or question.last_at, zone) for question, since in rows]


def _item(question: Question, since: datetime, zone: ZoneInfo) -> InboxItem:
    day = add_workdays(since.astimezone(zone).date(), ANSWERED_IN, vendor().country)
    return InboxItem(
        f"question:{question.ref}",
        "mail",
        question.partner.organisation.name,
        _("Question to answer: %(subject)s", subject=question.subject),
        datetime.combine(day, time(17, 0), zone),
        url_for("integrations_desk.question", ref=question.ref),
    )
