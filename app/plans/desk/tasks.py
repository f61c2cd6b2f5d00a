"""One task at the desk: done, undone, hindered, judged, assigned, talked about; tasks of one plan alone (I4, I5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import may, requires
from app.access.permissions import P
from app.core.errors import Conflict, FieldError
from app.core.forms import BaseForm
from app.core.htmx import redirect_see_other, render_page, wants_fragment
from app.core.i18n import _
from app.plans import texts, told
from app.plans.area import Area
from app.plans.desk import blueprint
from app.plans.desk.answers import area_for
from app.plans.desk.doors import colleagues, hand, the_plan
from app.plans.desk.plan import words
from app.plans.forms.tasks import (
    KINDS,
    AssignForm,
    CommentForm,
    DueForm,
    OwnTaskForm,
    SkipForm,
    StuckForm,
    WaitForm,
)
from app.plans.models import UNFINISHED, Plan, PlanState, PlanTask, TaskState
from app.plans.queries import at_desk
from app.plans.service import assigning, comments, working
from app.plans.service.assigning import OWN_KINDS
from app.plans.service.working import Worked
from app.plans.states import sentence
from app.playbooks.outline import Side

Forms = dict[str, BaseForm]


@blueprint.get("/<ref>/tasks/<task_ref>")
@requires(P.PLANS_READ)
def task(ref: str, task_ref: str) -> Response:
    found = the_plan(ref)
    return task_page(found, at_desk.task(found, task_ref))


def task_page(
    found: Plan,
    shown: PlanTask,
    sent: Forms | None = None,
    *,
    conflict: Any = "",
    area: Area | None = None,
    status: int = 0,
) -> Response:
    """`sent` are the forms that come back with errors, and `area` holds the answer that does."""
    outline = texts.outline_of(found)
    area = area or area_for(found, shown)
    before, behind = at_desk.around(shown)
    entries = told.entries_of_task(shown)
    forms = {**_forms(found, shown), **(sent or {})}
    wrong = next((form for form in (sent or {}).values() if form.problems), None)
    return render_page(
        "plans/desk_task.html",
        fragment="plans/_desk_work.html",
        plan=found,
        outline=outline,
        forms=forms,
        wrong=wrong,
        conflict=conflict,
        before=before,
        behind=behind,
        comments=at_desk.comments_of(shown),
        handovers=at_desk.handovers_of(shown),
        told=told.of(found, entries, outline),
        is_own=shown.code is None,
        may_edit_own=shown.code is None and shown.kind in OWN_KINDS and _is_open(found),
        sentence=sentence(shown, Side.VENDOR),
        KINDS=KINDS,
        status=status or (409 if conflict else wrong.status if wrong else 200),
        **{**words(), "works": may(P.PLANS_WORK) and _is_open(found), **area.context, "area": area},
    )


def _is_open(found: Plan) -> bool:
    return found.state != PlanState.ARCHIVED


def _forms(found: Plan, shown: PlanTask) -> Forms:
    """Those that the page shows as the task stands."""
    if not may(P.PLANS_WORK) or not _is_open(found) or shown.state == TaskState.GONE:
        return {}
    forms: Forms = {"comment": CommentForm.fresh()}
    forms["assign"] = _assign_form(found, shown)
    if shown.state in UNFINISHED:
        forms["due"] = DueForm.of(shown)
    if shown.state == TaskState.OPEN:
        forms["skip"] = SkipForm()
        if shown.stuck_at is None:
            forms["stuck"] = StuckForm()
        forms["wait"] = WaitForm(data={"who": shown.waits_for, "until": shown.waits_until})
    return forms


# --- one press, one small answer --------------------------------------------------------------------------------------

Verb = Callable[[Plan], Worked]


def _pressed(ref: str, task_ref: str, verb: Verb, said: str, undo: str = "") -> Response:
    """Does it and answers with the task's line, its page's part, or, without JavaScript, with the page."""
    found = the_plan(ref)
    known = at_desk.task(found, task_ref)
    conflict: Any = ""
    changed = False
    try:
        changed = verb(found).changed
    except Conflict as refused:
        conflict = refused.message
    return _answered(found, known.ref, said if changed else "", undo, conflict)


def _answered(found: Plan, task_ref: str, said: str, undo: str = "", conflict: Any = "") -> Response:
    if wants_fragment() and request.headers.get("HX-Target", "").startswith("task-"):
        outline = texts.outline_of(found)
        shown = at_desk.task(found, task_ref)
        return render_page(
            "plans/_desk_ticked.html",
            plan=found,
            task=shown,
            outline=outline,
            group=at_desk.group_of(shown),
            firsts={shown.id: [other for other in at_desk.around(shown)[0] if other.state in ("open", "handed_in")]},
            conflict=conflict,
            status=409 if conflict else 200,
            **words(),
        )
    if wants_fragment() or conflict:
        return task_page(the_plan(found.ref), at_desk.task(found, task_ref), conflict=conflict)
    if said:
        done: Any = {"text": said, "undo_url": url_for(f".{undo}", ref=found.ref, task_ref=task_ref)} if undo else said
        flash(done, "done")
    if request.form.get("from") == "plan":
        return redirect_see_other(url_for(".plan", ref=found.ref, _anchor=f"task-{task_ref}"))
    return redirect_see_other(url_for(".task", ref=found.ref, task_ref=task_ref))


@blueprint.post("/<ref>/tasks/<task_ref>/completion")
@requires(P.PLANS_WORK)
def complete(ref: str, task_ref: str) -> Response:
    return _pressed(
        ref, task_ref, lambda found: working.tick(found.id, task_ref, hand()), _("The task is done."), "uncomplete"
    )


@blueprint.post("/<ref>/tasks/<task_ref>/completion/undo")
@requires(P.PLANS_WORK)
def uncomplete(ref: str, task_ref: str) -> Response:
    return _pressed(
        ref, task_ref, lambda found: working.untick(found.id, task_ref, hand()), _("The task is open again.")
    )


@blueprint.post("/<ref>/tasks/<task_ref>/applicability")
@requires(P.PLANS_WORK)
def unskip(ref: str, task_ref: str) -> Response:
    return _pressed(
        ref, task_ref, lambda found: working.applicable(found.id, task_ref, hand()), _("The task is open again.")
    )


@blueprint.post("/<ref>/tasks/<task_ref>/progress")
@requires(P.PLANS_WORK)
def unstuck(ref: str, task_ref: str) -> Response:
    return _pressed(ref, task_ref, lambda found: working.unstuck(found.id, task_ref, hand()), _("The task goes on."))


@blueprint.post("/<ref>/tasks/<task_ref>/third-party/end")
@requires(P.PLANS_WORK)
def wait_no_more(ref: str, task_ref: str) -> Response:
    return _pressed(
        ref,
        task_ref,
        lambda found: working.waits(found.id, task_ref, "", None, hand()),
        _("The task no longer waits for anybody else."),
    )


@blueprint.post("/<ref>/tasks/<task_ref>/presentation")
@requires(P.PLANS_WORK)
def present_again(ref: str, task_ref: str) -> Response:
    return _pressed(
        ref,
        task_ref,
        lambda found: working.present_again(found.id, task_ref, hand()),
        _("The customer can look at the new version."),
    )


# --- one form, the page's part again ----------------------------------------------------------------------------------


def _sent(
    ref: str,
    task_ref: str,
    name: str,
    form_of: Callable[[Plan, PlanTask], Any],
    verb: Callable[[Plan, PlanTask, Any], Any],
    said: str,
    undo: str = "",
    fields: dict[str, str] | None = None,
) -> Response:
    """One form of the task's page: what is wrong stands beside its field, all else as it is. `fields` says which field
    a verb's own name for it is."""
    found = the_plan(ref)
    shown = at_desk.task(found, task_ref)
    form = form_of(found, shown)
    if not form.validate_on_submit():
        return task_page(found, shown, {name: form})
    try:
        with form.attempt() as saved:
            try:
                verb(found, shown, form)
            except FieldError as error:
                raise FieldError((fields or {}).get(error.field, error.field), error.message) from error
    except Conflict as refused:
        shown = at_desk.task(found, task_ref)
        if name not in _forms(found, shown):
            return task_page(the_plan(ref), shown, conflict=refused.message)
        if "version" in form:
            form.overtaken(refused, shown.version)
        else:
            form.refused(refused)
        return task_page(the_plan(ref), shown, {name: form}, conflict=refused.message)
    if not saved:
        return task_page(found, at_desk.task(found, task_ref), {name: form})
    return _answered(found, task_ref, said, undo)


@blueprint.post("/<ref>/tasks/<task_ref>/not-applicable")
@requires(P.PLANS_WORK)
def skip(ref: str, task_ref: str) -> Response:
    return _sent(
        ref,
        task_ref,
        "skip",
        lambda found, shown: SkipForm(),
        lambda found, shown, form: working.not_applicable(found.id, task_ref, form.reason.data, hand()),
        _("The task is marked as not applicable."),
        "unskip",
    )


@blueprint.post("/<ref>/tasks/<task_ref>/stuck")
@requires(P.PLANS_WORK)
def stuck(ref: str, task_ref: str) -> Response:
    return _sent(
        ref,
        task_ref,
        "stuck",
        lambda found, shown: StuckForm(),
        lambda found, shown, form: working.stuck(found.id, task_ref, form.why.data, hand()),
        _("The task is marked as stuck."),
        "unstuck",
    )


@blueprint.post("/<ref>/tasks/<task_ref>/third-party")
@requires(P.PLANS_WORK)
def wait_for(ref: str, task_ref: str) -> Response:
    return _sent(
        ref,
        task_ref,
        "wait",
        lambda found, shown: WaitForm(),
        lambda found, shown, form: working.waits(found.id, task_ref, form.who.data, form.until.data, hand()),
        _("The task waits for somebody else."),
        "wait_no_more",
    )


@blueprint.post("/<ref>/tasks/<task_ref>/assignment")
@requires(P.PLANS_WORK)
def assign(ref: str, task_ref: str) -> Response:
    return _sent(ref, task_ref, "assign", _assign_form, _assign, _("Saved."), fields={"person": "who_does"})


def _assignable(found: Plan, shown: PlanTask) -> Sequence[Any]:
    return colleagues() if shown.side == Side.VENDOR else [row.contact for row in at_desk.people_of(found)]


def _assign_form(found: Plan, shown: PlanTask) -> AssignForm:
    return AssignForm.of(shown, _assignable(found, shown))


def _assign(found: Plan, shown: PlanTask, form: AssignForm) -> None:
    picked = next((one for one in _assignable(found, shown) if one.ref == form.who_does.data), None)
    if picked is None and form.who_does.data:
        return  # whoever did it until now, and still does
    assigning.assign(found.id, shown.ref, picked, hand())


@blueprint.post("/<ref>/tasks/<task_ref>/deadline")
@requires(P.PLANS_WORK)
def set_due(ref: str, task_ref: str) -> Response:
    return _sent(
        ref,
        task_ref,
        "due",
        lambda found, shown: DueForm.of(shown),
        lambda found, shown, form: assigning.set_due(
            found.id, task_ref, form.due_on.data, hand(), expect=form.seen if form.seen >= 0 else None
        ),
        _("Saved."),
    )


@blueprint.post("/<ref>/tasks/<task_ref>/comments")
@requires(P.PLANS_WORK)
def comment(ref: str, task_ref: str) -> Response:
    return _sent(
        ref,
        task_ref,
        "comment",
        lambda found, shown: CommentForm(),
        lambda found, shown, form: comments.comment(
            found.id,
            task_ref,
            form.body.data,
            hand(),
            internal=form.internal.data,
            urgent=form.urgent.data,
            key=form.key.data or None,
        ),
        _("The message was written."),
    )


# --- tasks of this plan alone -----------------------------------------------------------------------------------------


@blueprint.route("/<ref>/tasks/new", methods=["GET", "POST"])
@requires(P.PLANS_WORK)
def new_task(ref: str) -> Response:
    found = the_plan(ref)
    outline, tasks = texts.outline_of(found), _live(found)
    form = OwnTaskForm.of(found, outline, tasks)
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                made = assigning.add_task(found.id, form.to_details(), hand(), key=form.key.data or None)
        except Conflict as refused:
            form.refused(refused)
        else:
            if saved:
                flash(_("The task was added."), "done")
                return redirect_see_other(url_for(".task", ref=ref, task_ref=made.ref))
    return render_page(
        "plans/desk_own_task.html",
        plan=found,
        task=None,
        form=form,
        action=url_for(".new_task", ref=ref),
        status=form.status,
    )


@blueprint.route("/<ref>/tasks/<task_ref>/edit", methods=["GET", "POST"])
@requires(P.PLANS_WORK)
def edit_task(ref: str, task_ref: str) -> Response:
    found = the_plan(ref)
    shown = at_desk.task(found, task_ref)
    outline, tasks = texts.outline_of(found), _live(found)
    form = OwnTaskForm.of(found, outline, tasks, shown, at_desk.around(shown)[0])
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                assigning.edit_own(found.id, task_ref, form.to_details(), hand(), expect=form.seen)
        except Conflict as refused:
            form.overtaken(refused, at_desk.task(found, task_ref).version)
        else:
            if saved:
                flash(_("Saved."), "done")
                return redirect_see_other(url_for(".task", ref=ref, task_ref=task_ref))
    return render_page(
        "plans/desk_own_task.html",
        plan=found,
        task=shown,
        form=form,
        action=url_for(".edit_task", ref=ref, task_ref=task_ref),
        status=form.status,
    )


def _live(found: Plan) -> list[PlanTask]:
    return [task for task in at_desk.tasks_of(found) if task.state != TaskState.GONE]


@blueprint.post("/<ref>/tasks/<task_ref>/removal")
@requires(P.PLANS_WORK)
def remove_task(ref: str, task_ref: str) -> Response:
    found = the_plan(ref)
    shown = at_desk.task(found, task_ref)
    try:
        assigning.remove_own(found.id, task_ref, hand())
    except Conflict as refused:
        return task_page(found, at_desk.task(found, shown.ref), conflict=refused.message)
    flash(_("The task was removed."), "done")
    return redirect_see_other(url_for(".plan", ref=ref))
