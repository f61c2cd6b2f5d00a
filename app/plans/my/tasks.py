"""One task on the customer's side: its page, and done, undone, not needed, stuck, handed over, talked about (I5)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Response, g, render_template, request

from app.core.crypto import token
from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from app.core.htmx import redirect_see_other, render_page, wants_fragment
from app.core.i18n import _
from app.core.limits import PUBLIC_FORM, limiter
from app.history import service as history
from app.history import words
from app.people.queries import names_of
from app.plans import texts
from app.plans.area import Area, area_of
from app.plans.forms.my import SOMEBODY_ELSE, CommentForm, HandoverForm, NotNeededForm, StuckForm
from app.plans.models import PlanTask, TaskState
from app.plans.my import blueprint
from app.plans.my import rows as lines
from app.plans.my.rows import Reader, Row, Step
from app.plans.my.scope import Guest, door, guest, is_proved, told
from app.plans.queries import my as queries
from app.plans.queries.my import Around, Of
from app.plans.service import comments, handing_over, working
from app.plans.service.people import NewContact
from app.plans.service.working import Worked
from app.plans.states import sentence
from app.plans.story import TASK_VERBS
from app.playbooks.outline import Kind, Side

KEYS_SHOWN_FOR = timedelta(minutes=30)
"""After a mailed code the form of a secret is shown for so long."""
KEPT_FROM_THE_CUSTOMER = frozenset({"plan_task.noted"})
"""What happened among staff."""


def here_at(ref: str | None, task_ref: str) -> tuple[Guest, PlanTask]:
    """Who is here, and the task of this reference in their plan.

    Raises:
        NotLetIn, ProveFirst
        NotFound: their plan has no such task.
    """
    here = guest(ref, task_ref)
    task = here.only or queries.task_in(here.plan.id, task_ref)
    if task is None:
        raise NotFound
    return here, task


def reader_of(here: Guest) -> tuple[Reader, Around]:
    """With whose names rows are made."""
    around = queries.around(here.plan, here.contact)
    outline = texts.outline_of(here.plan)
    return Reader(here.plan, here.contact, outline, around.people, around.manager.name), around


# --- the page of a task -----------------------------------------------------------------------------------------------


@door("")
def task(task_ref: str, ref: str | None = None) -> Response:
    here, found = here_at(ref, task_ref)
    return task_page(here, found)


def task_page(
    here: Guest,
    task: PlanTask,
    *,
    area: Area | None = None,
    comment: CommentForm | None = None,
    refused: Any = "",
    status: int = 200,
) -> Response:
    """The page, also with what could not be saved: `area` or `comment` as they were sent, `refused` on top."""
    reader, around = reader_of(here)
    before = queries.before(task.id) if not task.ready and task.state == TaskState.OPEN else []
    row = lines.row_of(reader, Of(task, _named(task)), before)
    area = area or area_of(here.plan, task, here.hand, urls_of(here, task), again=request.args.get("again") == "1")
    given = queries.handovers_of(task.id)
    comment = comment or CommentForm(data={"key": token()})
    shown = {
        **area.context,
        "task": task,
        "here": here,
        "reader": reader,
        "row": row,
        "area": area,
        "said": sentence(task, Side.CUSTOMER),
        "instruction": texts.instruction_of(task, reader.outline),
        "comments": queries.comments_of(task.id),
        "comment": comment,
        "handovers": [] if here.only else given,
        "asked_with": next((one.note for one in given if here.only and one.contact_id == here.contact.id), ""),
        "happened": happened(here, task),
        "manager": around.manager,
        "refused": refused,
        "errors": bool(comment.problems or area.problems),
        "Kind": Kind,
        "TaskState": TaskState,
    }
    return render_page("plans/my_task.html", status=status, **shown)


def urls_of(here: Guest, task: PlanTask) -> dict[str, str]:
    """Where the answer area sends what: `F` stands for a file's reference."""

    def url(endpoint: str, **values: Any) -> str:
        return here.url(endpoint, task_ref=task.ref, **values)

    return {
        "task": url("task"),
        "answer": url("answer"),
        "judge": url("judge"),
        "upload": url("upload"),
        "file": url("file", file_ref="F"),
        "picture": url("picture", file_ref="F"),
        "document": url("document", document_ref="F"),
        "certificate": url("certificate"),
        "removal": url("remove_file", file_ref="F"),
        "reveal": "",
        "forget": url("forget_secret", part="F"),
        "code": code_url(here, task) if task.kind == Kind.SECRET and not is_proved(here, KEYS_SHOWN_FOR) else "",
    }


def code_url(here: Guest, task: PlanTask) -> str:
    """Where a mailed code is asked for, and from where one comes back to the task."""
    where = {"task_ref": task.ref} if here.only else {}
    return here.url("code", **where, next=here.url("task", task_ref=task.ref))


def _named(task: PlanTask) -> str:
    return names_of([task.person_id]).get(task.person_id or 0, "")


def happened(here: Guest, task: PlanTask) -> list[dict[str, Any]]:
    """The task's history in short lines, the latest first; who did it by name."""
    entries = [one for one in history.entries_of(task, limit=30) if one.verb not in KEPT_FROM_THE_CUSTOMER]
    names = names_of(one.actor_id for one in entries)
    return [
        {
            "at": one.at,
            "who": names.get(one.actor_id or 0)
            or next((str(value.new) for value in one.values if value.field == "_by" and value.new), ""),
            "text": str(TASK_VERBS.get(one.verb) or words.of(one.verb)),
            "is_state": False,
        }
        for one in entries
    ]


# --- done, and undone -------------------------------------------------------------------------------------------------


@door("/completion", methods=("POST",))
@limiter.limit("240 per minute")
def completion(task_ref: str, ref: str | None = None) -> Response:
    """A tick. Pressed twice, or by two people at once, it is done once, and the page says who was first."""
    here, _state = _pressed_at(ref, task_ref)
    if g.get("stale_form"):
        return _refused(here, task_ref, _("This page had been open for a long time. Please press once more."), 422)
    try:
        worked = working.tick(here.plan.id, task_ref, here.hand)
    except (Conflict, Forbidden) as refused:
        return _refused(here, task_ref, refused.message, refused.status)
    if worked.changed:
        said = _("Done: %(task)s", task=texts.title_of(worked.task, texts.outline_of(worked.plan)))
    else:
        said = _("%(name)s has done this already.", name=worked.task.done_by)
    return _worked(here, worked, said, here.url("completion_undo", task_ref=task_ref))


@door("/completion/undo", methods=("POST",))
@limiter.limit("240 per minute")
def completion_undo(task_ref: str, ref: str | None = None) -> Response:
    """It is open again, whether it was done or not applicable."""
    here, state = _pressed_at(ref, task_ref)
    if g.get("stale_form"):
        return _refused(here, task_ref, _("This page had been open for a long time. Please press once more."), 422)
    try:
        undo = working.applicable if state == TaskState.NOT_APPLICABLE else working.untick
        worked = undo(here.plan.id, task_ref, here.hand)
    except (Conflict, Forbidden) as refused:
        return _refused(here, task_ref, refused.message, refused.status)
    said = _("Open again: %(task)s", task=texts.title_of(worked.task, texts.outline_of(worked.plan)))
    return _worked(here, worked, said)


def _pressed_at(ref: str | None, task_ref: str) -> tuple[Guest, str]:
    """Who is here, and the state of their task: what `here_at` gives, without a task that is read anew anyway."""
    here = guest(ref, task_ref)
    state = here.only.state if here.only else queries.state_in(here.plan.id, task_ref)
    if state is None:
        raise NotFound
    return here, state


def _worked(here: Guest, worked: Worked, said: str, undo_url: str = "") -> Response:
    """The row as it is now with the headline, or, without JavaScript, the page with a receipt."""
    if not wants_fragment() or here.only:
        told(said, undo_url)
        return redirect_see_other(here.home)
    return _row(here, worked.task, said, undo_url, opened=queries.opened_by(worked.task.id, 3))


def _refused(here: Guest, task_ref: str, message: Any, status: int) -> Response:
    """Why it cannot be, with the task as it stands now."""
    now = queries.task_in(here.plan.id, task_ref)
    if now is None:
        raise NotFound
    if not wants_fragment():
        return task_page(here, now, refused=message, status=status)
    return _row(here, now, message, status=status)


def _row(
    here: Guest, task: PlanTask, said: Any, undo_url: str = "", *, opened: list[Of] | None = None, status: int = 200
) -> Response:
    manager, people = queries.named_in(here.plan.id)
    reader = Reader(here.plan, here.contact, texts.outline_of(here.plan), people, manager)
    done, every = queries.phase_count(here.plan.id, task.phase)
    following = next_row(reader)
    before = queries.before(task.id) if not task.ready and task.state == TaskState.OPEN else []
    response = Response(
        render_template(
            "plans/_my_ticked.html",
            here=here,
            row=lines.row_of(reader, Of(task, _named(task)), before),
            next_ref="",
            headline=lines.headline(here.plan, following),
            step=Step(task.phase, texts.phase_title(task.phase, reader.outline), done, every, True, None),
            toast={"text": said, "undo_url": undo_url, "ref": task.ref},
            opened=[lines.row_of(reader, of) for of in opened or []],
            swap=True,
        ),
        status,
    )
    return response


def next_row(reader: Reader) -> Row | None:
    main = reader.main
    of = queries.next_task(reader.plan.id, reader.contact.id, main is not None and main.id == reader.contact.id)
    return lines.row_of(reader, of) if of else None


# --- not needed, stuck ------------------------------------------------------------------------------------------------


@door("/not-applicable", methods=("GET", "POST"))
@limiter.limit(PUBLIC_FORM, methods=["POST"])
def not_applicable(task_ref: str, ref: str | None = None) -> Response:
    here, found = here_at(ref, task_ref)
    form = NotNeededForm()
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                working.not_applicable(here.plan.id, found.ref, form.reason.data, here.hand)
        except (Conflict, Forbidden) as refused:
            form.refused(Conflict(refused.message))
        else:
            if saved:
                told(_("Marked as not applicable."), here.url("completion_undo", task_ref=found.ref))
                return redirect_see_other(here.home)
    return _ask(here, found, "plans/my_not_applicable.html", form)


@door("/stuck", methods=("GET", "POST"))
@limiter.limit(PUBLIC_FORM, methods=["POST"])
def stuck(task_ref: str, ref: str | None = None) -> Response:
    """Says what hinders, to the account manager at once."""
    here, found = here_at(ref, task_ref)
    form = StuckForm(data={"why": found.stuck_why})
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                working.stuck(here.plan.id, found.ref, form.why.data, here.hand)
        except (Conflict, Forbidden) as refused:
            form.refused(Conflict(refused.message))
        else:
            if saved:
                manager = queries.manager_of(here.plan).name
                told(
                    _("%(manager)s reads it at once and gets in touch with you.", manager=manager),
                    here.url("unstuck", task_ref=found.ref),
                )
                return redirect_see_other(here.home)
    return _ask(here, found, "plans/my_stuck.html", form)


@door("/stuck/undo", methods=("POST",))
@limiter.limit(PUBLIC_FORM)
def unstuck(task_ref: str, ref: str | None = None) -> Response:
    here, found = here_at(ref, task_ref)
    try:
        working.unstuck(here.plan.id, found.ref, here.hand)
    except (Conflict, Forbidden) as refused:
        return task_page(here, found, refused=refused.message, status=refused.status)
    told(_("It goes on. Thank you for telling us."))
    return redirect_see_other(here.url("task", task_ref=found.ref))


def _ask(here: Guest, task: PlanTask, page: str, form: Any, **more: Any) -> Response:
    """A page with one question about a task."""
    title = texts.title_of(task, texts.outline_of(here.plan))
    return render_page(page, here=here, task=task, title=title, form=form, status=form.status, **more)


# --- handed over, talked about ----------------------------------------------------------------------------------------


@door("/handover", methods=("GET", "POST"), of_plan_only=True)
@limiter.limit("30 per minute", methods=["POST"])
def handover(task_ref: str, ref: str | None = None) -> Response:
    """A link to this task alone for a colleague, the accountant, the bank."""
    here, found = here_at(ref, task_ref)
    people = [one for one in queries.people_of(here.plan.id).values() if one.ended_at is None]
    others = [one for one in people if one.id != here.contact.id]
    form = HandoverForm(data={"locale": here.contact.locale, "to": None if others else SOMEBODY_ELSE})
    form.offer(others)
    if form.validate_on_submit():
        to: NewContact | str = form.to_details()
        try:
            with form.attempt() as saved:
                given = handing_over.hand_over(here.plan.id, found.ref, to, form.note.data, here.hand)
        except (Conflict, Forbidden) as refused:
            form.refused(Conflict(refused.message))
        else:
            if saved:
                name = to.name if isinstance(to, NewContact) else next(one.name for one in people if one.ref == to)
                undo = here.url("handover_end", task_ref=found.ref, handover_ref=given.ref)
                told(_("The task was mailed to %(name)s.", name=name), undo)
                return redirect_see_other(here.url("task", task_ref=found.ref))
    return _ask(here, found, "plans/my_handover.html", form)


@door("/handover/<handover_ref>/end", methods=("POST",), of_plan_only=True)
@limiter.limit(PUBLIC_FORM)
def handover_end(task_ref: str, handover_ref: str, ref: str | None = None) -> Response:
    """Takes the task back: that link closes."""
    here, found = here_at(ref, task_ref)
    try:
        handing_over.take_back(here.plan.id, handover_ref, here.hand)
    except (Conflict, Forbidden) as refused:
        return task_page(here, found, refused=refused.message, status=refused.status)
    told(_("The link to this task is closed."))
    return redirect_see_other(here.url("task", task_ref=found.ref))


@door("/comments", methods=("POST",))
@limiter.limit("30 per minute")
def write_comment(task_ref: str, ref: str | None = None) -> Response:
    """A message that both sides read. The same form sent twice is one message."""
    here, found = here_at(ref, task_ref)
    form = CommentForm()
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                comments.comment(
                    here.plan.id,
                    found.ref,
                    form.body.data,
                    here.hand,
                    urgent=form.urgent.data,
                    key=form.key.data[:64] or None,
                )
        except DomainError as refused:
            if refused.status != 409:
                raise
            form.refused(Conflict(refused.message))
        else:
            if saved:
                told(_("Your message is there for everybody in the plan."))
                return redirect_see_other(here.url("task", task_ref=found.ref) + "#talk")
    return task_page(here, found, comment=form, status=form.status)


__all__ = ["blueprint", "code_url", "here_at", "task_page", "urls_of"]
