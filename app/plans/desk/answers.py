"""Handing in a task at the desk: its form, its files, judging the customer's work, and revealing a secret (I4, I6)."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, request, url_for

from app.access.guard import actor, may, requires
from app.access.permissions import P
from app.core.errors import Conflict, DomainError, NotFound
from app.core.files import attachment
from app.core.htmx import redirect_see_other, render_page, wants_fragment
from app.core.i18n import _, format_number, ngettext
from app.core.limits import limiter
from app.people import sessions
from app.people.service import entering
from app.people.tries import TooManyTries
from app.plans import handing_in, texts
from app.plans.area import Area, area_of, file_of
from app.plans.desk import blueprint
from app.plans.desk.doors import hand, the_plan
from app.plans.forms.answers import RevealForm, sent_files
from app.plans.models import FileUse, Plan, PlanState, PlanTask
from app.plans.queries import at_desk
from app.plans.service import files as service
from app.plans.service import secrets
from app.plans.service.secrets import Part


def file_size(size: int) -> str:
    """In words that people know: 12 kB, 3.4 MB."""
    if size < 1_000_000:
        return _("%(size)s kB", size=format_number(max(1, round(size / 1000))))
    return _("%(size)s MB", size=format_number(round(size / 1_000_000, 1)))


blueprint.add_app_template_filter(file_size, "file_size")


def area_for(plan: Plan, task: PlanTask, **more: Any) -> Area:
    """The answer area of a task, as staff see it; to read only, where they may not work on plans."""
    again = more.pop("again", False) or request.args.get("again") == "1"
    works = may(P.PLANS_WORK) and plan.state != PlanState.ARCHIVED
    return area_of(plan, task, hand(), _urls(plan, task), again=again, reads_only=not works, **more)


def _urls(plan: Plan, task: PlanTask) -> dict[str, str]:
    def url(endpoint: str, **values: Any) -> str:
        return url_for(f"plans_desk.{endpoint}", ref=plan.ref, task_ref=task.ref, **values)

    return {
        "task": url("task"),
        "answer": url("answer"),
        "judge": url("judge"),
        "upload": url("upload"),
        "put": url("put_file"),
        "file": url("file", file_ref="F"),
        "picture": url("picture", file_ref="F"),
        "document": url("document", document_ref="F"),
        "certificate": url("certificate"),
        "prepare": url("prepare_document") if may(P.PLANS_WORK) else "",
        "removal": url("remove_file", file_ref="F"),
        "reveal": url("secret", part="F") if may(P.SECRETS_REVEAL) else "",
        "forget": url("forget_secret", part="F") if may(P.PLANS_MANAGE) else "",
        "code": "",
        "schedule": url_for("plans_desk.schedule", ref=plan.ref) if may(P.PLANS_MANAGE) else "",
    }


def _again(ref: str, task_ref: str, status: int, **more: Any) -> Response:
    """The task's page with what was sent and could not be taken, read anew: a refused verb lets go of what was read."""
    from app.plans.desk.tasks import task_page  # which asks this room for the area

    plan = the_plan(ref)
    task = at_desk.task(plan, task_ref)
    return task_page(plan, task, area=area_for(plan, task, **more), status=status)


@blueprint.post("/<ref>/tasks/<task_ref>/answer")
@requires(P.PLANS_WORK)
def answer(ref: str, task_ref: str) -> Response:
    plan = the_plan(ref)
    task = at_desk.task(plan, task_ref)
    sent = handing_in.submit(plan, task, hand())
    if sent.worked is not None:
        flash(sent.words, "done")
        return redirect_see_other(url_for("plans_desk.task", ref=ref, task_ref=task_ref))
    return _again(ref, task_ref, form=sent.form, refused=sent.refused, added=sent.added, status=sent.status)


@blueprint.post("/<ref>/tasks/<task_ref>/verdict")
@requires(P.PLANS_WORK)
def judge(ref: str, task_ref: str) -> Response:
    """Approves or gives back what the customer handed in."""
    plan = the_plan(ref)
    task = at_desk.task(plan, task_ref)
    form, worked = handing_in.judge(plan, task, hand())
    if worked is not None:
        flash(_("The task was given back.") if form.returns else _("Approved."), "done")
        return redirect_see_other(url_for("plans_desk.task", ref=ref, task_ref=task_ref))
    return _again(ref, task_ref, verdict=form, status=form.status)


@blueprint.post("/<ref>/tasks/<task_ref>/files")
@requires(P.PLANS_WORK)
def upload(ref: str, task_ref: str) -> Response:
    """Keeps files of the task without handing them in."""
    plan = the_plan(ref)
    task = at_desk.task(plan, task_ref)
    sent = handing_in.upload(plan, task, hand())
    told: dict[str, Any] = {"form": sent.form, "refused": sent.refused, "added": sent.added}
    if wants_fragment():
        return render_page("plans/kinds/_files_list.html", area=area_for(plan, task, **told), status=sent.status)
    if sent.form.problems:
        return _again(ref, task_ref, status=sent.status, **told)
    flash(ngettext("%(num)s file added.", "%(num)s files added.", sent.added), "done")
    return redirect_see_other(url_for("plans_desk.task", ref=ref, task_ref=task_ref))


@blueprint.post("/<ref>/tasks/<task_ref>/material")
@requires(P.PLANS_WORK)
def put_file(ref: str, task_ref: str) -> Response:
    """Puts files there for whoever does the task: a template, a document to accept, a design to approve."""
    plan = the_plan(ref)
    good, refused = sent_files(request.files.getlist("files"))
    back = redirect_see_other(url_for("plans_desk.task", ref=ref, task_ref=task_ref))
    if good:
        service.add(plan.id, task_ref, good, hand(), use=FileUse.INSTRUCTION)
        flash(ngettext("%(num)s file added.", "%(num)s files added.", len(good)), "done")
    for name, why in refused:
        flash(_("%(file)s was not taken. %(reason)s", file=name, reason=why), "warning")
    if not good and not refused:
        flash(_("Choose at least one file"), "warning")
    return back


@blueprint.get("/<ref>/tasks/<task_ref>/files/<file_ref>/content")
@requires(P.PLANS_READ)
def file(ref: str, task_ref: str, file_ref: str) -> Response:
    plan = the_plan(ref)
    kept = file_of(plan, at_desk.task(plan, task_ref), file_ref).upload
    return attachment(kept.key, kept.filename, kept.content_type, kept.size)


@blueprint.get("/<ref>/tasks/<task_ref>/files/<file_ref>/picture")
@requires(P.PLANS_READ)
def picture(ref: str, task_ref: str, file_ref: str) -> Response:
    """A small picture of a picture."""
    plan = the_plan(ref)
    kept = file_of(plan, at_desk.task(plan, task_ref), file_ref).preview
    if kept is None:
        raise NotFound
    return attachment(kept.key, kept.filename, kept.content_type, kept.size)


@blueprint.post("/<ref>/tasks/<task_ref>/files/<file_ref>/removal")
@requires(P.PLANS_WORK)
def remove_file(ref: str, task_ref: str, file_ref: str) -> Response:
    plan = the_plan(ref)
    gone = service.remove(plan.id, task_ref, file_ref, hand())
    flash(_("%(file)s was removed.", file=gone.upload.filename), "done")
    return redirect_see_other(url_for("plans_desk.task", ref=ref, task_ref=task_ref))


# --- secrets ----------------------------------------------------------------------------------------------------------


def _part(plan: Plan, task: PlanTask, code: str) -> Part:
    spec = texts.of_task(task, texts.outline_of(plan))
    found = next((part for part in secrets.parts_of(task, spec) if part.field.code == code and part.is_kept), None)
    if found is None:
        raise NotFound
    return found


@blueprint.route("/<ref>/tasks/<task_ref>/secrets/<part>/reveal", methods=["GET", "POST"])
@requires(P.SECRETS_REVEAL)
@limiter.limit("20 per minute", methods=["POST"])
def secret(ref: str, task_ref: str, part: str) -> Response:
    """One part of a secret, after asking who is there; each time is written down. The answer is kept by no cache."""
    person = actor()
    plan = the_plan(ref)
    task = at_desk.task(plan, task_ref)
    shown = _part(plan, task, part)
    form = RevealForm()
    if not person.password_hash:
        del form.password
    if not person.has_totp:
        del form.code
    if not person.password_hash and not person.has_totp and not sessions.is_fresh():
        return redirect_see_other(url_for("people_my.proof", next=request.path))
    value: str | None = None
    if form.validate_on_submit():
        try:
            password = form.password.data if person.password_hash else ""
            entering.prove(person, password, form.code.data if person.has_totp else "", request.remote_addr)
            with form.attempt():
                value = secrets.reveal(plan.id, task_ref, part, person)
        except TooManyTries:
            raise
        except Conflict as refused:
            form.refused(refused)
        except DomainError as wrong:
            form.fail(wrong)
    response = render_page(
        "plans/desk_secret.html",
        plan=plan,
        task=task,
        title=texts.title_of(task, texts.outline_of(plan)),
        part=shown,
        value=value,
        form=form,
        status=form.status,
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/<ref>/tasks/<task_ref>/secrets/<part>/deletion")
@requires(P.PLANS_MANAGE)
def forget_secret(ref: str, task_ref: str, part: str) -> Response:
    plan = the_plan(ref)
    secrets.delete(plan.id, task_ref, part, hand())
    flash(_("It was deleted."), "done")
    return redirect_see_other(url_for("plans_desk.task", ref=ref, task_ref=task_ref))
