"""Handing in a task on the customer's page: its form, its files, and the other side's work to approve (I4)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Response, flash

from app.core.errors import NotFound
from app.core.files import attachment
from app.core.htmx import redirect_see_other, render_page, wants_fragment
from app.core.i18n import _, ngettext
from app.core.limits import PUBLIC_FORM, limiter
from app.plans import handing_in
from app.plans.area import area_of, file_of
from app.plans.models import PlanTask
from app.plans.my.scope import Guest, door, is_proved
from app.plans.my.tasks import code_url, here_at, task_page, urls_of
from app.plans.service import files as service
from app.plans.service import secrets
from app.playbooks.outline import Kind

KEYS_TAKEN_FOR = timedelta(minutes=60)
"""After a mailed code, what the form of a secret holds is taken for so long; it is shown for half of that."""


def _again(here: Guest, task: PlanTask, status: int, **more: Any) -> Response:
    """The task's page with what was sent and could not be taken."""
    area = area_of(here.plan, task, here.hand, urls_of(here, task), **more)
    return task_page(here, task, area=area, status=status)


@door("/answer", methods=("POST",))
@limiter.limit(PUBLIC_FORM)
def answer(task_ref: str, ref: str | None = None) -> Response:
    here, task = here_at(ref, task_ref)
    if task.kind == Kind.SECRET and not is_proved(here, KEYS_TAKEN_FOR):
        flash(_("For safety we ask for a new code before keys are entered. Nothing was kept just now."), "warning")
        return redirect_see_other(code_url(here, task))
    sent = handing_in.submit(here.plan, task, here.hand)
    if sent.worked is not None:
        thanks = sent.worked.changed and not sent.as_draft
        flash(_("Thank you, we have it.") if thanks else sent.words, "done")
        return redirect_see_other(here.url("task", task_ref=task_ref))
    if sent.as_draft:
        here, task = here_at(ref, task_ref)  # as it was kept
    return _again(here, task, sent.status, form=sent.form, refused=sent.refused, added=sent.added)


@door("/verdict", methods=("POST",))
def judge(task_ref: str, ref: str | None = None) -> Response:
    """Approves or gives back what we handed in for approval."""
    here, task = here_at(ref, task_ref)
    form, worked = handing_in.judge(here.plan, task, here.hand)
    if worked is not None:
        flash(_("Thank you, we have it."), "done")
        return redirect_see_other(here.url("task", task_ref=task_ref))
    return _again(here, task, form.status, verdict=form)


@door("/files", methods=("POST",))
@limiter.limit("60 per minute")
def upload(task_ref: str, ref: str | None = None) -> Response:
    """Keeps files without handing them in; without JavaScript the page comes back, with it the list alone."""
    here, task = here_at(ref, task_ref)
    sent = handing_in.upload(here.plan, task, here.hand)
    told: dict[str, Any] = {"form": sent.form, "refused": sent.refused, "added": sent.added}
    if wants_fragment():
        shown = area_of(here.plan, task, here.hand, urls_of(here, task), **told)
        return render_page("plans/kinds/_files_list.html", area=shown, status=sent.status)
    if sent.form.problems:
        return _again(here, task, sent.status, **told)
    flash(ngettext("%(num)s file added.", "%(num)s files added.", sent.added), "done")
    return redirect_see_other(here.url("task", task_ref=task_ref))


@door("/files/<file_ref>/content")
def file(task_ref: str, file_ref: str, ref: str | None = None) -> Response:
    here, task = here_at(ref, task_ref)
    kept = file_of(here.plan, task, file_ref).upload
    return attachment(kept.key, kept.filename, kept.content_type, kept.size)


@door("/files/<file_ref>/picture")
def picture(task_ref: str, file_ref: str, ref: str | None = None) -> Response:
    """A small picture of a picture."""
    here, task = here_at(ref, task_ref)
    kept = file_of(here.plan, task, file_ref).preview
    if kept is None:
        raise NotFound
    return attachment(kept.key, kept.filename, kept.content_type, kept.size)


@door("/files/<file_ref>/removal", methods=("POST",))
def remove_file(task_ref: str, file_ref: str, ref: str | None = None) -> Response:
    here, task = here_at(ref, task_ref)
    gone = service.remove(here.plan.id, task_ref, file_ref, here.hand)
    flash(_("%(file)s was removed.", file=gone.upload.filename), "done")
    return redirect_see_other(here.url("task", task_ref=task.ref))


@door("/secrets/<part>/deletion", methods=("POST",))
def forget_secret(task_ref: str, part: str, ref: str | None = None) -> Response:
    """Deletes one part that was entered, whoever of the customer's entered it."""
    here, task = here_at(ref, task_ref)
    secrets.delete(here.plan.id, task.ref, part, here.hand)
    flash(_("It was deleted."), "done")
    return redirect_see_other(here.url("task", task_ref=task_ref))
