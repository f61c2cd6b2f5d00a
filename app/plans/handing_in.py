"""What both sides' doors do with the form of a task: hand it in, and keep what was typed if that fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import request

from app.core.db import db
from app.core.errors import Conflict, FieldError, Forbidden
from app.core.i18n import _, _l, current_locale, ngettext
from app.plans import answers, area, texts
from app.plans.answers import NotAnswered
from app.plans.area import form_for, form_of
from app.plans.details import account_of, may_go_through
from app.plans.forms.answers import AcceptForm, AnswerForm, PeopleForm, ValidVerdictForm, VerdictForm, sent_files
from app.plans.forms.details import DetailsForm
from app.plans.models import Plan, PlanContact, PlanTask
from app.plans.party import Hand
from app.plans.service import accepting, drafting, files, people, secrets, working
from app.plans.service.accepting import Seen
from app.plans.service.details import confirm
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
    as_draft: bool = False
    """It is to be kept, and not handed in yet."""

    @property
    def words(self) -> str:
        """What is said of it once it worked."""
        if self.as_draft:
            return _("Saved as a draft. The task stays open.")
        return _("Saved.") if self.worked and self.worked.changed else _("This was handed in already.")

    @property
    def status(self) -> int:
        return 200 if self.only_more else self.form.status


def submit(plan: Plan, task: PlanTask, hand: Hand) -> Sent:
    """Hands in what was sent with this request."""
    spec = texts.of_task(task, texts.outline_of(plan))
    if spec.kind == Kind.CONFIRM and not may_go_through(hand):
        raise Forbidden  # its form shows what it asks about
    contacts = area.contacts_of(plan)
    words = accepting.words_of(plan, task, current_locale()) if spec.kind == Kind.DOCUMENT else None
    sent = Sent(form_of(plan, task, spec, hand, contacts, words))
    form = sent.form
    if request.form.get("do") == "add":
        sent.only_more = True
        return sent
    sent.as_draft = request.form.get("do") == "draft"
    if sent.as_draft and spec.kind in answers.DRAFTED:
        return _draft(plan, task, hand, sent)
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
        _overtaken(plan, task, form, refused)
    return sent


def _overtaken(plan: Plan, task: PlanTask, form: AnswerForm, refused: Conflict) -> None:
    """409 with everything that was typed; a second press says it over what stands there now."""
    form.overtaken(refused, version_now(task))
    if isinstance(form, DetailsForm):
        account = account_of(plan)
        if account is not None:
            db.session.refresh(account)
            form.account_version.data = str(account.version)
        db.session.refresh(plan, ["golive_on"])
        form.golive_seen.data = plan.golive_on.isoformat() if plan.golive_on else ""


def _draft(plan: Plan, task: PlanTask, hand: Hand, sent: Sent) -> Sent:
    """Keeps what can be read. What cannot comes back with what is wrong about it."""
    form = sent.form
    form.validate_on_submit()
    if form.form_errors:  # the page was open for too long
        return sent
    expect = form.seen if form.seen >= 0 else None
    try:
        with form.attempt():
            kept = drafting.save(plan.id, task.ref, form.given(), hand, expect=expect)
            form["version"].data = str(kept.worked.task.version)
            if kept.problems:
                form.form_errors.append(_("Everything else was saved as a draft."))
                raise NotAnswered(kept.problems)
            sent.worked = kept.worked
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
    if isinstance(form, DetailsForm):
        whole = request.form.get("do") != "draft"
        return confirm(plan.id, task.ref, form.gone, form.seen_details, hand, expect=expect, whole=whole)
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
    form = area.verdict_form(task, texts.of_task(task, texts.outline_of(plan)), hand)
    worked: Worked | None = None
    if form.validate_on_submit():
        try:
            with form.attempt():
                if form.returns:
                    worked = working.give_back(plan.id, task.ref, form.why.data, hand)
                else:
                    until = form.until.data if isinstance(form, ValidVerdictForm) else None
                    worked = working.approve(plan.id, task.ref, hand, until=until)
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
