"""What the answer area of a task shows: what is asked, what was handed in, and what one may do with it (I4).

The page of a task on either side includes `plans/kinds/_area.html` with `area`; a plan's print does so with `printed`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import _, current_locale, format_date
from app.plans import answers, asking, details, recap, texts
from app.plans.asking import Asking
from app.plans.confirmation import Sheet
from app.plans.forms.answers import (
    AnswerForm,
    ValidVerdictForm,
    VerdictForm,
    accepted_endings,
    answer_form,
    priced_hint,
)
from app.plans.forms.details import details_form, items_of
from app.plans.models import (
    FileUse,
    Plan,
    PlanContact,
    PlanDocument,
    PlanState,
    PlanTask,
    TaskAcceptance,
    TaskBlocker,
    TaskFile,
    TaskState,
)
from app.plans.party import Hand
from app.plans.queries import documents
from app.plans.service import accepting, confirming, expiring, secrets
from app.plans.service.accepting import Words
from app.plans.service.secrets import Part
from app.playbooks.outline import Kind, Side, Task, said


@dataclass(frozen=True)
class Before:
    """Work of the other side that is to be judged."""

    task: PlanTask
    spec: Task
    files: Sequence[TaskFile]


@dataclass(frozen=True)
class Area:
    plan: Plan
    task: PlanTask
    spec: Task
    hand: Hand
    urls: Mapping[str, str]
    """task, answer, judge, upload; `file`, `picture`, `removal` and `document` with an `F` in place of the reference;
    `forget` and, at the desk, `reveal` with an `F` in place of the part; `code` where a mailed code comes first."""
    form: AnswerForm | None
    """What this reader may fill in now."""
    verdict: VerdictForm | None
    """What this reader may judge now."""
    contacts: Mapping[str, PlanContact]
    files: Sequence[TaskFile] = ()
    put: Sequence[TaskFile] = ()
    """For whoever does the task: a template, a design."""
    parts: Sequence[Part] = ()
    words: Words | None = None
    evidence: TaskAcceptance | None = None
    is_made: bool = False
    """The document is made from the plan, not written or uploaded."""
    numbers: Sequence[PlanDocument] = ()
    """Of such a document, the newest first."""
    former: Sequence[TaskFile] = ()
    """Approved once; newer ones are asked for because they expire."""
    before: Sequence[Before] = ()
    refused: Sequence[tuple[str, Any]] = ()
    """Files that could not be taken just now, with the reason."""
    added: int = 0
    """Files that were taken just now."""
    printed: bool = False
    reads_only: bool = False
    """The reader may not work on the plan, or nobody may any more."""

    @property
    def side(self) -> Side:
        return self.hand.side

    @property
    def is_own(self) -> bool:
        """Whether the task is of the reader's own side."""
        return self.task.side == self.hand.side

    @property
    def context(self) -> dict[str, Any]:
        """What `plans/kinds/_area.html` needs."""
        return {"area": self, "task": self.task}

    @property
    def problems(self) -> list[Any]:
        """Of the form or the verdict that was sent."""
        return [problem for form in (self.form, self.verdict) if form is not None for problem in form.problems]

    def file_url(self, file: TaskFile) -> str:
        return self.urls["file"].replace("/F/", f"/{file.ref}/")

    def picture_url(self, file: TaskFile) -> str:
        return self.urls["picture"].replace("/F/", f"/{file.ref}/")

    def removal_url(self, file: TaskFile) -> str:
        return self.urls["removal"].replace("/F/", f"/{file.ref}/")

    def document_url(self, made: PlanDocument) -> str:
        return self.urls["document"].replace("/F/", f"/{made.ref}/")

    @property
    def shown(self) -> PlanDocument | None:
        """The number that is accepted, or else there to be accepted."""
        accepted = self.evidence.upload_id if self.evidence else None
        return next((made for made in self.numbers if accepted in (None, made.upload_id)), None)

    @property
    def sheet(self) -> Sheet | None:
        """What that number says."""
        return confirming.sheet_of(self.shown) if self.shown else None

    def reveal_url(self, part: Part) -> str:
        return self.urls.get("reveal", "").replace("/F/", f"/{part.field.code}/")

    def forget_url(self, part: Part) -> str:
        return self.urls["forget"].replace("/F/", f"/{part.field.code}/")

    def may_remove(self, file: TaskFile) -> bool:
        if file.use != FileUse.GIVEN:
            return self.may_put
        return self.form is not None and (self.hand.person is not None or file.person_id is None)

    @property
    def may_put(self) -> bool:
        """Whether this reader puts there what the other side reads, looks at or fills in."""
        return (
            not self.printed
            and "put" in self.urls
            and not self.reads_only
            and self.hand.may_judge(self.task)
            and self.task.state == TaskState.OPEN
            and self.spec.kind in (Kind.DOCUMENT, Kind.APPROVAL, Kind.FILES, Kind.FILES_APPROVED)
            and not self.is_made
        )

    @property
    def is_hidden(self) -> bool:
        """What was entered is for staff alone."""
        return self.spec.internal and (self.side == Side.CUSTOMER or self.printed)

    @property
    def said(self) -> list[tuple[str, Any]]:
        """What was answered, by label, in the reader's language."""
        answer = {} if self.is_hidden else self.task.answer
        return [
            (said(asked.label), _in_words(asked.kind, asked.options, answer[asked.code]))
            for asked in self.spec.fields
            if asked.code in answer
        ]

    @property
    def criteria(self) -> list[answers.Criterion]:
        """What decides whether it can be done, and how far that is."""
        return [] if self.is_hidden else answers.criteria(self.spec, self.task.answer)

    @property
    def is_short(self) -> bool:
        """Whether a criterion is not met yet: no tick passes it by."""
        return bool(answers.unmet(self.spec, self.task.answer))

    @property
    def may_draft(self) -> bool:
        """Whether what was typed so far can be kept; on the customer's page where much is asked or not all is known."""
        if self.task.state != TaskState.OPEN or self.task.kind not in (*answers.DRAFTED, Kind.CONFIRM):
            return False
        many = self.task.kind == Kind.CONFIRM or len(self.spec.fields) > MANY
        return self.side == Side.VENDOR or many or bool(self.criteria)

    @property
    def is_draft(self) -> bool:
        return self.task.state == TaskState.OPEN and bool(self.task.answer) and self.task.kind in answers.DRAFTED

    @cached_property
    def asking(self) -> Mapping[str, Asking]:
        """Of the fields that are not always asked."""
        return asking.of(self.spec.fields)

    @property
    def as_text(self) -> str:
        """Questions and answers to copy, for staff; "" while there are none."""
        if self.side != Side.VENDOR or self.printed or self.task.kind != Kind.FIELDS or not self.task.answer:
            return ""
        return recap.as_text(self.spec, self.task.answer)

    @property
    def may_go_through(self) -> bool:
        """Whether the customer's details are for this reader's eyes."""
        return details.may_go_through(self.hand)

    @cached_property
    def confirmed(self) -> list[tuple[Any, str, str]]:
        """Details that were gone through: what each is called, its value now, and what was said of it."""
        if not details.may_go_through(self.hand):
            return []
        gone = details.gone_through(self.task.answer)
        items = items_of(self.plan, details.account_of(self.plan), self.hand)
        return [(item.name, item.value, gone[item.code]) for item in items if item.code in gone]

    @property
    def options(self) -> list[tuple[str, str]]:
        """What one may choose from, with hints and prices."""
        return [(said(one.label), priced_hint(one)) for one in self.spec.options]

    @property
    def chosen(self) -> list[tuple[str, str]]:
        """The chosen options with their hints."""
        codes = self.task.answer.get("chosen", [])
        return [(said(one.label), priced_hint(one)) for one in self.spec.options if one.code in codes]

    @property
    def named(self) -> list[tuple[str, str, list[str]]]:
        """Who was named: name, address, duties."""
        duty = {one.code: said(one.label) for one in self.spec.duties}
        rows = ((self.contacts.get(row["contact"]), row) for row in self.task.answer.get("people", []))
        return [
            (one.name, one.email, [duty[code] for code in row.get("duties", []) if code in duty])
            for one, row in rows
            if one is not None
        ]

    @property
    def held_on(self) -> date | None:
        on = self.task.answer.get("on")
        return date.fromisoformat(on) if on else None

    @property
    def endings(self) -> str:
        return accepted_endings()


def _in_words(kind: str, options: Sequence[Any], value: Any) -> Any:
    match kind:
        case "yes_no":
            return _("Yes") if value else _("No")
        case "one" | "several":
            codes = [value] if isinstance(value, str) else value
            return [said(one.label) for one in options if one.code in codes]
        case "text":
            return str(value).split("\n")
        case "date":
            return format_date(date.fromisoformat(value))
    return value


def area_of(
    plan: Plan,
    task: PlanTask,
    hand: Hand,
    urls: Mapping[str, str],
    *,
    form: AnswerForm | None = None,
    verdict: VerdictForm | None = None,
    again: bool = False,
    printed: bool = False,
    reads_only: bool = False,
    **more: Any,
) -> Area:
    """The area of one task for a reader; a handful of queries, however much stands there. `form` and `verdict` are
    those that were sent and come back with errors; `again` opens an answer that was handed in for changing."""
    outline = texts.outline_of(plan)
    spec = texts.of_task(task, outline)
    contacts = _contacts(plan)
    files = _files([task.id])
    words = accepting.words_of(plan, task, current_locale()) if spec.kind == Kind.DOCUMENT else None
    fillable = not printed and not reads_only and plan.state != PlanState.ARCHIVED
    if form is None and fillable and may_fill(task, hand, again=again):
        form = form_of(plan, task, spec, hand, contacts, words)
    is_made = confirming.asked_for(plan, task) is not None
    if verdict is None and fillable and may_judge(task, hand):
        verdict = verdict_form(task, spec, hand)
    return Area(
        plan,
        task,
        spec,
        hand,
        urls,
        form,
        verdict,
        {one.ref: one for one in contacts},
        files=[file for file in files if file.use == FileUse.GIVEN],
        put=[file for file in files if file.use == FileUse.INSTRUCTION],
        former=[file for file in files if file.use == FileUse.FORMER],
        is_made=is_made,
        numbers=documents.of_task(task) if is_made else (),
        parts=secrets.parts_of(task, spec) if spec.kind == Kind.SECRET else (),
        words=words,
        evidence=_evidence(task) if spec.kind == Kind.DOCUMENT else None,
        before=_before(plan, task) if spec.kind == Kind.APPROVAL else (),
        printed=printed,
        reads_only=not fillable,
        **more,
    )


def may_fill(task: PlanTask, hand: Hand, *, again: bool = False) -> bool:
    """Whether this reader can hand something in now."""
    if not hand.may_do(task) or (task.kind == Kind.CONFIRM and not details.may_go_through(hand)):
        return False
    if task.state == TaskState.OPEN:
        return task.ready or hand.person is not None
    changeable = task.kind not in (Kind.TICK, Kind.DOCUMENT, Kind.APPROVAL, Kind.FILES_APPROVED)
    return again and task.state == TaskState.DONE and changeable


def may_judge(task: PlanTask, hand: Hand) -> bool:
    """Whether what was handed in waits for this reader's word."""
    return task.state == TaskState.HANDED_IN and task.kind == Kind.FILES_APPROVED and hand.may_judge(task)


MANY = 5
"""Fields of a task that one may not be able to fill in at one go."""


def form_of(
    plan: Plan,
    task: PlanTask,
    spec: Task,
    hand: Hand,
    contacts: Sequence[PlanContact],
    words: Words | None = None,
) -> AnswerForm:
    """What this reader fills in."""
    if spec.kind == Kind.CONFIRM:
        return details_form(plan, task, spec, hand)
    return form_for(task, spec, contacts, words)


def form_for(task: PlanTask, spec: Task, contacts: Sequence[PlanContact], words: Words | None = None) -> AnswerForm:
    live = [one for one in contacts if one.ended_at is None]
    return answer_form(task, spec, contacts=live, sha256=words.sha256 if words else "")


def verdict_form(task: PlanTask, spec: Task, hand: Hand) -> VerdictForm:
    """Staff may say until when what they approve is valid, where that counts."""
    if hand.person is None or (until := expiring.last_day(spec)) is None:
        return VerdictForm()
    form = ValidVerdictForm()
    form.until.description = _("Without one, it is valid until %(date)s", date=format_date(until))
    return form


def file_of(plan: Plan, task: PlanTask, ref: str) -> TaskFile:
    """A file that the area of a task shows: its own, or of the work that is judged there.

    Raises:
        NotFound
    """
    of_before = [one.files for one in _before(plan, task)] if task.kind == Kind.APPROVAL else []
    for file in (file for files in (_files([task.id]), *of_before) for file in files):
        if file.ref == ref:
            return file
    raise NotFound


def contacts_of(plan: Plan) -> list[PlanContact]:
    return _contacts(plan)


def _contacts(plan: Plan) -> list[PlanContact]:
    """Also those who no longer take part: an answer may name them."""
    return list(
        db.session.scalars(sa.select(PlanContact).where(PlanContact.plan_id == plan.id).order_by(PlanContact.id))
    )


def _files(task_ids: Sequence[int]) -> list[TaskFile]:
    return list(
        db.session.scalars(
            sa.select(TaskFile)
            .where(TaskFile.task_id.in_(task_ids), TaskFile.removed_at.is_(None))
            .options(joinedload(TaskFile.upload), joinedload(TaskFile.preview))
            .order_by(TaskFile.id)
        )
    )


def _evidence(task: PlanTask) -> TaskAcceptance | None:
    return db.session.scalar(
        sa.select(TaskAcceptance)
        .where(TaskAcceptance.task_id == task.id, TaskAcceptance.withdrawn_at.is_(None))
        .options(joinedload(TaskAcceptance.upload))
        .order_by(TaskAcceptance.id.desc())
        .limit(1)
    )


def _before(plan: Plan, task: PlanTask) -> list[Before]:
    """The other side's work on which this task waited: what is looked at before it is approved."""
    tasks = db.session.scalars(
        sa.select(PlanTask)
        .join(TaskBlocker, TaskBlocker.blocker_id == PlanTask.id)
        .where(TaskBlocker.task_id == task.id, PlanTask.side != task.side, PlanTask.state == TaskState.DONE)
        .order_by(PlanTask.number)
    ).all()
    files = _files([one.id for one in tasks]) if tasks else []
    outline = texts.outline_of(plan)
    return [
        Before(one, texts.of_task(one, outline), [file for file in files if file.task_id == one.id]) for one in tasks
    ]
