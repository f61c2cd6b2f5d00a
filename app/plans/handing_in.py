"""What both sides' doors do with the form of a task: hand it in, and keep what was typed if that fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import request

from app.core.db import db
from app.core.errors import Conflict, FieldError
from app.core.i18n import _l, current_locale, ngettext
from app.plans import answers, area, texts
from app.plans.answers import NotAnswered
from app.plans.area import form_for
from app.plans.forms.answers import AcceptForm, AnswerForm, PeopleForm, VerdictForm, sent_files
from app.plans.models import Plan, PlanContact, PlanTask
from app.plans.party import Hand
from app.plans.service import accepting, files, people, secrets, working
from app.plans.service.accepting import Seen
from app.plans.service.working import Worked
from app.playbooks.outline import Kind, Task

WITH_FILES = (Kind.FILES, Kind.FILES_APPROVED)


@dataclass
class Sent:
    """What became of a form: done when `worked`; otherwise the form with its errors, and which files were kept."""

    form: AnswerForm
    worked: Worked | None = None
    added: int = 0
    refused: list[tuple[str, Any]] = field(default_factory=list)
    only_more: bool = False
    """One more box was asked for; nothing is wrong."""

    @property
    def status(self) -> int:
        return 200 if self.only_more else self.form.status


def submit(plan: Plan, task: PlanTask, hand: Hand) -> Sent:
    """Hands in what was sent with this request."""
    spec = texts.of_task(task, texts.outline_of(plan))
    contacts = area.contacts_of(plan)
    words = accepting.words_of(plan, task, current_locale()) if spec.kind == Kind.DOCUMENT else None
    sent = Sent(form_for(task, spec, contacts, words))
    form = sent.form
    if request.form.get("do") == "add":
        sent.only_more = True
        return sent
    if not form.validate_on_submit():
        _rest(plan, spec, form, contacts)
        return sent
    try:
        with form.attempt():
            if spec.kind in WITH_FILES:
                take_files(plan, task, hand, sent)
            sent.worked = _verb(plan, task, spec, form, hand)
    except accepting.WordsChanged as changed:
        form.refused(changed)
        fresh = accepting.words_of(plan, task, current_locale())
        form["sha256"].data = fresh.sha256 if fresh else ""
    except Conflict as refused:
        form.overtaken(refused, version_now(task))
    return sent


def _rest(plan: Plan, spec: Task, form: AnswerForm, contacts: Sequence[PlanContact]) -> None:
    """Where the form itself says no already, all else that is wrong is said with it."""
    if spec.kind not in working.BY_ANSWER or isinstance(form, PeopleForm | VerdictForm) or form.form_errors:
        return
    wrong = answers.problems(spec, form.given(), {one.ref for one in contacts}, plan.country)
    if wrong:
        form.fail(NotAnswered(wrong))


def version_now(task: PlanTask) -> int:
    """Of the task as it is after somebody else's change."""
    db.session.expire(task)
    return task.version


def take_files(plan: Plan, task: PlanTask, hand: Hand, sent: Sent) -> None:
    """Keeps the files of this request that can be taken.

    Raises:
        NotAnswered: some could not be; `sent` says which and why.
    """
    good, sent.refused = sent_files(request.files.getlist("files"))
    if good:
        files.add(plan.id, task.ref, good, hand)
        sent.added = len(good)
    if sent.refused:
        raise NotAnswered({"files": refused_words(len(sent.refused))})


def refused_words(count: int) -> Any:
    return ngettext(
        "%(num)s file was not taken: see the reason beside it",
        "%(num)s files were not taken: see the reasons beside them",
        count,
    )


def _verb(plan: Plan, task: PlanTask, spec: Task, form: AnswerForm, hand: Hand) -> Worked:
    expect = form.seen if form.seen >= 0 else None
    match spec.kind:
        case Kind.TICK:
            return working.tick(plan.id, task.ref, hand)
        case Kind.SECRET:
            kept = secrets.keep(plan.id, task.ref, form.given(), hand, expect=expect)
            if kept.problems:
                raise NotAnswered(kept.problems)
            return kept.worked
    if isinstance(form, AcceptForm):
        seen = Seen(
            current_locale(), form.sha256.data, request.remote_addr, request.headers.get("User-Agent", "")[:400]
        )
        return accepting.accept(plan.id, task.ref, form["name"].data, seen, hand)
    if isinstance(form, VerdictForm):
        if form.returns:
            return working.give_back(plan.id, task.ref, form.why.data, hand)
        return working.approve(plan.id, task.ref, hand)
    given = form.given()
    if isinstance(form, PeopleForm):
        given["people"] = [*given["people"], *_newly_named(plan, form, hand)]
    return working.hand_in(plan.id, task.ref, given, hand, expect=expect)


def _newly_named(plan: Plan, form: PeopleForm, hand: Hand) -> Sequence[dict[str, Any]]:
    """Whoever was typed is known to the plan from now on, also where the answer itself is refused: nobody is asked for
    the same person twice."""
    rows = []
    for name, details, duties in form.typed_people():
        try:
            contact = people.add(plan.id, details, hand, invite=False)
        except FieldError as error:
            raise FieldError(f"{name}-{error.field}", error.message) from error
        if form.spec.duties and not duties:
            raise FieldError(f"{name}-duties", _l("Tick at least one"))
        rows.append({"contact": contact.ref, "duties": duties})
    return rows


def judge(plan: Plan, task: PlanTask, hand: Hand) -> tuple[VerdictForm, Worked | None]:
    """Approves what the other side handed in, or gives it back."""
    form = area.verdict_form()
    worked: Worked | None = None
    if form.validate_on_submit():
        try:
            with form.attempt():
                if form.returns:
                    worked = working.give_back(plan.id, task.ref, form.why.data, hand)
                else:
                    worked = working.approve(plan.id, task.ref, hand)
        except Conflict as refused:
            form.refused(refused)
    return form, worked


def upload(plan: Plan, task: PlanTask, hand: Hand) -> Sent:
    """Keeps files without handing them in yet."""
    spec = texts.of_task(task, texts.outline_of(plan))
    sent = Sent(form_for(task, spec, area.contacts_of(plan)))
    form = sent.form
    if not form.validate_on_submit():
        return sent
    try:
        with form.attempt():
            take_files(plan, task, hand, sent)
            if not sent.added:
                raise NotAnswered({"files": _l("Choose at least one file")})
    except Conflict as refused:
        form.refused(refused)
    return sent
