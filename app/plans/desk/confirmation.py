"""Documents made from the plan at the desk: prepared, read as they were made, and the certificate (T5)."""

from __future__ import annotations

from flask import Response, flash, request, url_for

from app.access.guard import requires
from app.access.permissions import P
from app.core.errors import Conflict, NotFound
from app.core.files import attachment
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.plans import confirmation, texts
from app.plans.certificate import certificates_of
from app.plans.desk import blueprint
from app.plans.desk.doors import hand, the_plan
from app.plans.forms.confirmation import OrderForm
from app.plans.queries import at_desk, documents
from app.plans.service import confirming


@blueprint.route("/<ref>/tasks/<task_ref>/document", methods=["GET", "POST"])
@requires(P.PLANS_WORK)
def prepare_document(ref: str, task_ref: str) -> Response:
    """The form begins with what the plan knows; preparing makes the next number and tells the customer."""
    plan = the_plan(ref)
    task = at_desk.task(plan, task_ref)
    asked = confirming.asked_for(plan, task)
    if asked is None:
        raise NotFound
    before = documents.latest(task.id)
    begin = confirming.proposal(plan, task)
    form = OrderForm.of(begin, before.locale if before else plan.locale, before.number if before else 0)
    only_look = request.method == "GET" or form.rearranged(request.form.get("do", ""))
    if not only_look and form.validate_on_submit():
        try:
            with form.attempt() as saved:
                made = confirming.prepare(
                    plan.id, task_ref, form.to_order(), form.locale.data, hand(), after=form.seen_number
                )
        except Conflict as refused:
            form.refused(refused)
            newest = documents.latest(task.id)
            form.after.data = str(newest.number if newest else 0)
        else:
            if saved:
                flash(_("Version %(number)s is ready, and the customer is told.", number=made.number), "done")
                return redirect_see_other(url_for(".task", ref=ref, task_ref=task_ref))
    return render_page(
        "plans/desk_confirmation.html",
        plan=plan,
        task=task,
        title=texts.title_of(task, texts.outline_of(plan)),
        name=confirmation.NAMES[asked.generated],
        form=form,
        before=before,
        terms=asked,
        status=200 if only_look else form.status,
    )


@blueprint.get("/<ref>/tasks/<task_ref>/documents/<document_ref>/content")
@requires(P.PLANS_READ)
def document(ref: str, task_ref: str, document_ref: str) -> Response:
    """The file as it was made."""
    plan = the_plan(ref)
    made = documents.one(at_desk.task(plan, task_ref), document_ref)
    kept = made.upload
    return attachment(kept.key, f"{confirming.filename_of(made)}.pdf", kept.content_type, kept.size)


@blueprint.get("/<ref>/tasks/<task_ref>/certificate")
@requires(P.PLANS_READ)
def certificate(ref: str, task_ref: str) -> Response:
    """Who accepted what, when and from where, and whether all of it is unchanged: reckoned anew at each look."""
    plan = the_plan(ref)
    task = at_desk.task(plan, task_ref)
    found = certificates_of(task)
    if not found:
        raise NotFound
    return render_page(
        "plans/desk_certificate.html",
        plan=plan,
        task=task,
        title=texts.title_of(task, texts.outline_of(plan)),
        certificates=found,
        verify=confirmation.verify_address(),
    )
