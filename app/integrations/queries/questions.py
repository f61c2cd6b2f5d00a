"""Finding questions: a software partner's own, all of them at the desk, and whom each waits for (S2)."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload

from app.access import policy
from app.access.permissions import P
from app.access.roles import StaffRole
from app.core.db import db
from app.core.errors import NotFound
from app.core.paging import COUNT_CAP, Page, page_of
from app.core.search import contains
from app.documents.models import Upload
from app.integrations.models import Question, QuestionMessage, QuestionState, SoftwarePartner
from app.people.models import HeldRole, Person


class Tab(enum.StrEnum):
    """The tabs of the list at the desk."""

    OURS = "ours"
    THEIRS = "theirs"
    CLOSED = "closed"


STATES: Mapping[Tab, QuestionState] = {
    Tab.OURS: QuestionState.WAITS_FOR_VENDOR,
    Tab.THEIRS: QuestionState.WAITS_FOR_PARTNER,
    Tab.CLOSED: QuestionState.CLOSED,
}
OPEN = (QuestionState.WAITS_FOR_VENDOR, QuestionState.WAITS_FOR_PARTNER)
MESSAGES = 50
"""Of a thread on one page."""

_LOADED = (
    joinedload(Question.partner).joinedload(SoftwarePartner.organisation),
    joinedload(Question.partner).joinedload(SoftwarePartner.manager),
    joinedload(Question.expert),
)


# --- the desk ---------------------------------------------------------------------------------------------------------


def visible_to(actor: Person) -> sa.Select[Question]:
    """Staff who answer see all, others none; a software partner's are `of_partner`."""
    query = sa.select(Question)
    return query if policy.allows(actor, P.QUESTIONS_ANSWER) else query.where(sa.false())


def narrowed(
    query: sa.Select[Question], *, q: str, partner: SoftwarePartner | None, mine: Person | None
) -> sa.Select[Question]:
    """By words, by one software partner, and by who has to answer."""
    if q:
        query = query.where(contains(Question.search, q))
    if partner is not None:
        query = query.where(Question.partner_id == partner.id)
    if mine is not None:
        query = query.where(answered_by([mine.id], coordinates=StaffRole.COORDINATOR in mine.staff_roles))
    return query


def page(query: sa.Select[Question], tab: Tab, cursor: str | None) -> Page[Question]:
    """What waits longest for us first; otherwise the latest first."""
    shown = query.where(Question.state == STATES[tab]).options(*_LOADED)
    return page_of(shown, Question.last_at, Question.id, descending=tab != Tab.OURS, cursor=cursor)


def in_tab(query: sa.Select[Question], tab: Tab) -> sa.Select[Question]:
    """For a file."""
    return query.where(Question.state == STATES[tab]).options(*_LOADED)


def counts(query: sa.Select[Question]) -> dict[Tab, int]:
    """How many stand in each tab, in one query; each counted no further than the cap."""
    numbers = [
        sa.select(sa.func.count())
        .select_from(
            query.with_only_columns(Question.id).where(Question.state == STATES[tab]).limit(COUNT_CAP + 1).subquery()
        )
        .scalar_subquery()
        for tab in Tab
    ]
    return dict(zip(Tab, db.session.execute(sa.select(*numbers)).one(), strict=True))


def find(actor: Person, ref: str) -> Question:
    """With software partner and expert. Raises NotFound."""
    found = db.session.scalar(visible_to(actor).where(Question.ref == ref).options(*_LOADED))
    if found is None:
        raise NotFound
    return found


def latest_of(partner: SoftwarePartner, limit: int) -> list[Question]:
    """Open ones first, each group by its latest message."""
    query = sa.select(Question).where(Question.partner_id == partner.id).options(joinedload(Question.expert))
    ordered = query.order_by(Question.state == QuestionState.CLOSED, Question.last_at.desc(), Question.id.desc())
    return list(db.session.scalars(ordered.limit(limit)))


def answered_by(people: list[int], *, coordinates: bool) -> sa.ColumnElement[bool]:
    """Whether one of these staff members has to answer a question: its expert, else whoever looks after the software
    partner, else every coordinator. Somebody who left the staff counts as nobody."""
    expert, manager = aliased(Person), aliased(Person)
    has_expert = sa.exists().where(expert.id == Question.expert_id, *_on_staff(expert)).correlate(Question)
    its_partner = SoftwarePartner.id == Question.partner_id
    looked_after = sa.exists().where(its_partner, SoftwarePartner.manager_id.in_(people)).correlate(Question)
    has_manager = (
        sa.exists()
        .where(its_partner, SoftwarePartner.manager_id == manager.id, *_on_staff(manager))
        .correlate(Question)
    )
    nobodys = sa.and_(~has_expert, sa.or_(looked_after, ~has_manager) if coordinates else looked_after)
    return sa.or_(Question.expert_id.in_(people), nobodys)


def _on_staff(person: type[Person]) -> tuple[sa.ColumnElement[bool], ...]:
    return person.closed_at.is_(None), sa.exists().where(HeldRole.person_id == person.id)


def waiting_since() -> sa.ScalarSelect[datetime]:
    """Beside a question that waits for us: when its first message without an answer came."""
    answered = (
        sa.select(sa.func.coalesce(sa.func.max(QuestionMessage.id), 0))
        .where(QuestionMessage.question_id == Question.id, QuestionMessage.of_vendor)
        .correlate(Question)
        .scalar_subquery()
    )
    return (
        sa.select(sa.func.min(QuestionMessage.created_at))
        .where(
            QuestionMessage.question_id == Question.id,
            sa.not_(QuestionMessage.of_vendor),
            QuestionMessage.id > answered,
        )
        .correlate(Question)
        .scalar_subquery()
    )


# --- the panel --------------------------------------------------------------------------------------------------------


def of_partner(partner: SoftwarePartner, *, closed: bool, q: str) -> sa.Select[Question]:
    """The software partner's own, open ones or closed ones."""
    query = sa.select(Question).where(Question.partner_id == partner.id).options(joinedload(Question.expert))
    query = query.where(Question.state == QuestionState.CLOSED if closed else Question.state.in_(OPEN))
    return query.where(contains(Question.search, q)) if q else query


def own(partner: SoftwarePartner, ref: str) -> Question:
    """Raises NotFound: there is none, or it is another software partner's; both look the same."""
    query = sa.select(Question).where(Question.ref == ref, Question.partner_id == partner.id)
    found = db.session.scalar(query.options(joinedload(Question.expert)))
    if found is None:
        raise NotFound
    return found


# --- one thread -------------------------------------------------------------------------------------------------------


def messages(question: Question, cursor: str | None) -> Page[QuestionMessage]:
    """The latest first, with what is attached."""
    query = sa.select(QuestionMessage).where(QuestionMessage.question_id == question.id)
    loaded = query.options(joinedload(QuestionMessage.upload))
    return page_of(loaded, QuestionMessage.id, descending=True, cursor=cursor, size=MESSAGES)


def count_of(question: Question) -> int:
    """How many messages the thread has."""
    query = sa.select(sa.func.count()).where(QuestionMessage.question_id == question.id)
    return db.session.scalar(query) or 0


def attached(question: Question, ref: str) -> Upload:
    """What is attached to one message of this thread.

    Raises:
        NotFound: there is no such message in it, or it has nothing attached.
    """
    found = db.session.scalar(
        sa.select(Upload)
        .join(QuestionMessage, QuestionMessage.upload_id == Upload.id)
        .where(QuestionMessage.question_id == question.id, QuestionMessage.ref == ref)
    )
    if found is None:
        raise NotFound
    return found
