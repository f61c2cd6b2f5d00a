"""Documents to accept: who accepted which words, when and from where, kept as evidence (I4, as R5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.core import identifiers
from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict, FieldError
from app.core.i18n import _l
from app.core.identifiers import Invalid
from app.documents.models import Upload
from app.documents.service import text_digest
from app.history import chain
from app.plans import texts
from app.plans.models import FileUse, Plan, PlanDocument, PlanTask, TaskAcceptance, TaskFile, TaskState
from app.plans.party import Hand
from app.plans.queries import documents
from app.plans.service import confirming, telling
from app.plans.service.changing import changing, task_in
from app.plans.service.evidence import is_sealed, sealed
from app.plans.service.finishing import NotYours, TaskMovedOn, finish
from app.plans.service.working import Worked
from app.playbooks.outline import Kind


@dataclass(frozen=True)
class Words:
    """What is there to accept: words, an uploaded document, or one that was made from the plan."""

    title: str
    body: str
    sha256: str
    upload: Upload | None = None
    made: PlanDocument | None = None


@dataclass(frozen=True)
class Seen:
    """From where it was accepted, and in which language it was read."""

    locale: str
    sha256: str
    """Of what the page showed."""
    address: str | None = None
    user_agent: str | None = None


class NothingToAccept(Conflict):
    """No document stands there yet."""

    def __init__(self) -> None:
        super().__init__(_l("The document is not there yet. We tell you as soon as it is."))


class WordsChanged(Conflict):
    """Another version of the document stands there than the one that was read."""

    def __init__(self) -> None:
        super().__init__(_l("The document was changed a moment ago. Please read it again before you accept it."))


def words_of(plan: Plan, task: PlanTask, locale: str) -> Words | None:
    """The document of a task in a language: the one that staff put there, else the playbook's text; of one that is made
    from the plan its newest number, whatever the language. None when there is none."""
    if confirming.asked_for(plan, task) is not None:
        made = documents.latest(task.id)
        return Words(confirming.title_of(made), "", made.sha256, made.upload, made) if made else None
    upload = db.session.scalar(
        sa.select(Upload)
        .join(TaskFile, TaskFile.upload_id == Upload.id)
        .where(TaskFile.task_id == task.id, TaskFile.use == FileUse.INSTRUCTION, TaskFile.removed_at.is_(None))
        .order_by(TaskFile.id.desc())
        .limit(1)
    )
    if upload is not None:
        return Words(upload.filename, "", upload.sha256, upload)
    outline = texts.outline_of(plan)
    document = outline.document.get(texts.of_task(task, outline).document)
    if document is None:
        return None
    title = document.title.get(locale) or document.title["en"]
    body = document.body.get(locale) or document.body["en"]
    return Words(title, body, text_digest(title, body))


def accept(plan_id: int, task_ref: str, name: str, seen: Seen, by: Hand) -> Worked:
    """Accepts exactly the words that were read, under the name that was typed. What was made from the plan is accepted
    by the customer's people alone; both sides get a copy by mail.

    Raises:
        FieldError: no name.
        NothingToAccept, WordsChanged, NotFound, NotYours, CannotStartYet, TaskMovedOn
    """
    try:
        name = identifiers.clean_line(name)[:200]
    except Invalid as error:
        raise FieldError("name", error.message) from error
    if not name:
        raise FieldError("name", _l("Enter your name"))
    with changing(plan_id, by) as plan:
        task = task_in(plan, task_ref, by)
        if not by.may_do(task):
            raise NotYours
        if task.state == TaskState.DONE:
            return Worked(plan, task, False)
        if task.kind != Kind.DOCUMENT:
            raise TaskMovedOn
        words = words_of(plan, task, seen.locale)
        if words is None:
            raise NothingToAccept
        if words.made is not None and by.contact is None:
            raise NotYours
        if words.sha256 != seen.sha256:
            raise WordsChanged
        kept = TaskAcceptance(
            task_id=task.id,
            name=name,
            contact_id=by.contact.id if by.contact else None,
            person_id=by.person.id if by.person else None,
            locale=words.made.locale if words.made else seen.locale,
            title=words.title[:200],
            body=words.body,
            upload_id=words.upload.id if words.upload else None,
            sha256=words.sha256,
            accepted_at=now(),
            address=seen.address,
            user_agent=(seen.user_agent or "")[:400] or None,
            digest="",
        )
        db.session.add(kept)
        db.session.flush()
        kept.digest = sealed(kept)
        changed = finish(plan, task, by, "plan_task.accepted")
        if words.made is not None:
            telling.accepted(plan, task, words.made, kept)
        return Worked(plan, task, changed)


def is_intact(kept: TaskAcceptance, *, of_made: bool = False) -> bool:
    """Whether evidence and words are as they were when they were written down. `of_made`: of a document that was made
    from the plan."""
    words = kept.upload.sha256 if kept.upload else text_digest(kept.title, kept.body)
    return is_sealed(kept, strict=of_made) and kept.sha256 == words


def found_sha256(kept: TaskAcceptance) -> str | None:
    """The digest of the words, or of the file as it lies in the store, reckoned now; None where the file is lost."""
    return documents.stored_sha256(kept.upload) if kept.upload else text_digest(kept.title, kept.body)


def evidence() -> Iterator[tuple[str, bool]]:
    """Every acceptance and whether it is intact, for `flask history verify`."""
    of_made = sa.exists().where(PlanDocument.upload_id == TaskAcceptance.upload_id).label("of_made")
    rows = sa.select(TaskAcceptance, of_made).options(joinedload(TaskAcceptance.upload)).order_by(TaskAcceptance.id)
    for kept, made in db.session.execute(rows.execution_options(yield_per=500)):
        yield f"task acceptance {kept.ref}", is_intact(kept, of_made=made) and found_sha256(kept) == kept.sha256


chain.EVIDENCE.append(evidence)
