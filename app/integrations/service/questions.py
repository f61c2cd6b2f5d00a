"""Questions between a software partner and the vendor's experts: asked, answered, closed, opened again (S2).

A message never changes. Each one mails the other side; a form that is sent twice is one message.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from app.access import policy
from app.access.permissions import P
from app.access.roles import MemberRole, StaffRole
from app.core.clock import now, today
from app.core.crypto import token
from app.core.db import db, lock, write
from app.core.errors import Conflict, FieldError
from app.core.files import Received
from app.core.i18n import _l
from app.core.search import fold, search_text
from app.documents.service import keep_upload
from app.history.service import record
from app.integrations.emails_questions import QuestionForPartner, QuestionForVendor, QuestionToAnswer
from app.integrations.models import Question, QuestionMessage, QuestionState, SoftwarePartner
from app.integrations.service.products import PartnerEnded
from app.outbox.mail import Mail, Recipient
from app.outbox.service import post
from app.people import queries as people
from app.people.models import Membership, Organisation, Person
from app.settings.models import vendor

ANSWERED_IN = 2
"""Working days in which we usually answer."""
SEARCHED = 8_000
"""Signs of a thread that are searched."""
QUOTED = 2_000
"""Signs of a message that its mail quotes."""


@dataclass(frozen=True)
class Said:
    """One message as it is typed. `key` is the form's."""

    words: str
    attached: Received | None
    key: str


class QuestionMovedOn(Conflict):
    """Somebody wrote, closed it or named an expert meanwhile."""

    def __init__(self) -> None:
        super().__init__(_l("Something happened to this question meanwhile. Look at it again."))


class UnreadMessage(Conflict):
    """The other side wrote while this message was typed."""

    def __init__(self) -> None:
        super().__init__(
            _l("A new message came in while you were writing. Read it, then send yours: it still stands below.")
        )


def ask(partner_id: int, subject: str, said: Said, by: Person, *, of_vendor: bool) -> Question:
    """A new thread, begun by either side. The same form again gives the first one.

    Raises:
        PartnerEnded: the cooperation ended.
    """
    upload = keep_upload(said.attached, by) if said.attached else None
    with write():
        partner = lock(SoftwarePartner, partner_id)
        known = _sent(said.key, by)
        if known is not None:
            first = db.session.get_one(Question, known.question_id)
            if first.partner_id == partner.id:
                return first
        if not partner.is_active:
            raise PartnerEnded
        moment = now()
        question = Question(
            partner_id=partner.id,
            subject=subject,
            state=QuestionState.WAITS_FOR_PARTNER if of_vendor else QuestionState.WAITS_FOR_VENDOR,
            expert_id=by.id if of_vendor else None,
            created_by_id=by.id,
            created_at=moment,
            last_at=moment,
        )
        db.session.add(question)
        db.session.flush()
        question.search = search_text(question.ref, subject, _name_of(partner))
        record(question, "question.asked", by, {"subject": (None, subject)})
        if upload is not None:
            db.session.add(upload)
            db.session.flush()
        _write(question, partner, said, upload.id if upload else None, by, of_vendor=of_vendor, first=True)
    return question


def reply(question_id: int, seen: int, said: Said, by: Person, *, of_vendor: bool) -> Question:
    """One more message; a closed thread opens again with it. `seen` is how many messages its page showed. Whoever of
    the vendor writes first is the expert, unless somebody was named. The same form again changes nothing.

    Raises:
        UnreadMessage: the other side wrote meanwhile.
        PartnerEnded: the cooperation ended.
    """
    upload = keep_upload(said.attached, by) if said.attached else None
    with write():
        partner, question = _held(question_id)
        known = _sent(said.key, by)
        if known is not None and known.question_id == question.id:
            return question
        if not partner.is_active:
            raise PartnerEnded
        if of_vendor not in _sides_after(question, seen):
            raise UnreadMessage
        if upload is not None:
            db.session.add(upload)
            db.session.flush()
        if of_vendor and question.expert_id is None:
            question.expert_id = by.id
        question.state = QuestionState.WAITS_FOR_PARTNER if of_vendor else QuestionState.WAITS_FOR_VENDOR
        question.last_at = now()
        question.version += 1
        _write(question, partner, said, upload.id if upload else None, by, of_vendor=of_vendor, first=False)
    return question


def close(question_id: int, version: int, by: Person) -> Question:
    """Nobody waits any more. Closing a closed one changes nothing.

    Raises:
        QuestionMovedOn: something happened since it was looked at.
    """
    with write():
        _partner, question = _held(question_id)
        if question.state == QuestionState.CLOSED:
            return question
        if question.version != version:
            raise QuestionMovedOn
        question.state = QuestionState.CLOSED
        question.version += 1
        record(question, "question.closed", by)
    return question


def reopen(question_id: int, by: Person, *, of_vendor: bool) -> Question:
    """It waits again: for us when the software partner opens it or wrote last, else for the software partner."""
    with write():
        _partner, question = _held(question_id)
        if question.state != QuestionState.CLOSED:
            return question
        last = db.session.scalar(
            sa.select(QuestionMessage.of_vendor)
            .where(QuestionMessage.question_id == question.id)
            .order_by(QuestionMessage.id.desc())
            .limit(1)
        )
        theirs = of_vendor and bool(last)
        question.state = QuestionState.WAITS_FOR_PARTNER if theirs else QuestionState.WAITS_FOR_VENDOR
        question.version += 1
        record(question, "question.reopened", by)
    return question


def name_expert(question_id: int, version: int, ref: str, by: Person) -> Question:
    """Who answers; "" for nobody in particular. Whoever is named by a colleague is mailed.

    Raises:
        FieldError: nobody of the staff who answers questions is called so.
        QuestionMovedOn: something happened since it was looked at.
    """
    with write():
        partner, question = _held(question_id)
        expert = people.by_ref(ref) if ref else None
        if ref and (expert is None or not _answers(expert)):
            raise FieldError("expert", _l("Choose one of the people in the list"))
        if question.expert_id == (expert.id if expert else None):
            return question
        if question.version != version:
            raise QuestionMovedOn
        former = db.session.get(Person, question.expert_id) if question.expert_id else None
        question.expert_id = expert.id if expert else None
        question.version += 1
        names = (former.name if former else None, expert.name if expert else None)
        record(question, "question.expert_named", by, {"expert": names})
        if expert is not None and expert.id != by.id and question.state == QuestionState.WAITS_FOR_VENDOR:
            _mail(question, QuestionToAnswer(question.ref, question.subject, _name_of(partner), by.name), [expert])
    return question


def experts() -> list[Person]:
    """The staff who answer questions, by name."""
    return [person for person in people.staff() if _answers(person)]


def _answers(person: Person) -> bool:
    return person.is_active and policy.allows(person, P.QUESTIONS_ANSWER)


# --- inside a write() -------------------------------------------------------------------------------------------------


def _held(question_id: int) -> tuple[SoftwarePartner, Question]:
    """The thread locked, and its software partner as it is now."""
    question = lock(Question, question_id)
    partner = db.session.get_one(SoftwarePartner, question.partner_id, populate_existing=True)
    return partner, question


def _sent(key: str, by: Person) -> QuestionMessage | None:
    """What this person sent with the same form before."""
    if not key:
        return None
    return db.session.scalar(
        sa.select(QuestionMessage).where(QuestionMessage.key == key, QuestionMessage.by_id == by.id)
    )


def _sides_after(question: Question, seen: int) -> set[bool]:
    """Which sides may write: both while nobody wrote since; after a message of one side only that side, for it alone
    knows what it wrote."""
    later = set(
        db.session.scalars(
            sa.select(QuestionMessage.of_vendor)
            .where(QuestionMessage.question_id == question.id)
            .order_by(QuestionMessage.id)
            .offset(max(seen, 0))
        )
    )
    return {True, False} if not later else later if len(later) == 1 else set()


def _write(
    question: Question,
    partner: SoftwarePartner,
    said: Said,
    upload_id: int | None,
    by: Person,
    *,
    of_vendor: bool,
    first: bool,
) -> None:
    taken = said.key and db.session.scalar(sa.select(QuestionMessage.id).where(QuestionMessage.key == said.key))
    message = QuestionMessage(
        question_id=question.id,
        by_id=by.id,
        by_name=by.name,
        of_vendor=of_vendor,
        body=said.words,
        upload_id=upload_id,
        created_at=now(),
        key=token()[:40] if taken or not said.key else said.key,
    )
    db.session.add(message)
    db.session.flush()
    question.search = f"{question.search} {fold(said.words)}"[:SEARCHED]
    if not first:
        record(question, "question.answered", by, {"message": (None, message.ref)})
    filename = said.attached.filename if said.attached else None
    words = said.words if len(said.words) <= QUOTED else f"{said.words[:QUOTED]}…"
    if of_vendor:
        mail: Mail = QuestionForPartner(question.ref, question.subject, by.name, words, filename, first)
        _mail(question, mail, _partners_people(question, partner))
    else:
        name = _name_of(partner)
        mail = QuestionForVendor(question.ref, question.subject, name, by.name, words, filename, first)
        _mail(question, mail, _answerers(question, partner))


def _mail(question: Question, mail: Mail, to: Iterable[Person]) -> None:
    for person in to:
        recipient = Recipient.of(person)
        post(mail, recipient, conversation=f"question:{question.ref}")


def _answerers(question: Question, partner: SoftwarePartner) -> list[Person]:
    """The expert, else whoever looks after the software partner, with whoever stands in for them today; else all
    coordinators, and administrators where there are none."""
    for person_id in (question.expert_id, partner.manager_id):
        person = people.by_id(person_id) if person_id is not None else None
        if person is not None and _answers(person):
            deputies = people.deputies([person.id], today(vendor().timezone)).values()
            return [person, *(each for each in map(people.by_id, deputies) if _answers(each))]
    staff = experts()
    coordinators = [person for person in staff if StaffRole.COORDINATOR in person.staff_roles]
    return coordinators or [person for person in staff if StaffRole.ADMINISTRATOR in person.staff_roles]


def _partners_people(question: Question, partner: SoftwarePartner) -> list[Person]:
    """Who asked and who wrote in the thread, while they work there; its owners when none of them does."""
    members = list(
        db.session.execute(
            sa.select(Person, Membership.role)
            .join(Membership, Membership.person_id == Person.id)
            .where(
                Membership.organisation_id == partner.organisation_id,
                Membership.ended_at.is_(None),
                Person.closed_at.is_(None),
            )
            .order_by(Membership.id)
        )
    )
    wrote = set(
        db.session.scalars(
            sa.select(QuestionMessage.by_id).where(
                QuestionMessage.question_id == question.id, sa.not_(QuestionMessage.of_vendor)
            )
        )
    )
    in_thread = [person for person, _role in members if person.id in wrote]
    return in_thread or [person for person, role in members if role == MemberRole.OWNER]


def _name_of(partner: SoftwarePartner) -> str:
    return db.session.scalars(sa.select(Organisation.name).where(Organisation.id == partner.organisation_id)).one()
