"""What begins on a plan's starting date: billing details that are linked to it, or made for it (C1, C2)."""

from __future__ import annotations

from typing import Any

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import may, requires
from app.access.permissions import P
from app.catalogue import queries as catalogue
from app.catalogue.words import period_name
from app.core.errors import Conflict, NotFound
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.plans import texts
from app.plans.desk import blueprint
from app.plans.desk.doors import hand, the_plan
from app.plans.forms.billed import BeginForm, LinkForm
from app.plans.models import Plan, PlanState
from app.plans.service import billed
from app.plans.service.billed import NoStartingDate
from app.plans.service.changing import PlanArchived
from app.settings import processes
from app.settings.processes import Process


def _billed_plan(ref: str) -> Plan:
    """Raises NotFound: no such plan, nobody to invoice, or no starting date by its playbook."""
    found = the_plan(ref)
    if found.account_id is None or not texts.begins_on_a_day(found) or not processes.is_on(Process.BILLING):
        raise NotFound
    return found


def _open_plan(ref: str) -> Plan:
    """Raises NotFound, PlanArchived, NoStartingDate."""
    found = _billed_plan(ref)
    if found.state == PlanState.ARCHIVED:
        raise PlanArchived
    if found.golive_on is None:
        raise NoStartingDate
    return found


@blueprint.get("/<ref>/billing")
@requires(P.BILLING_READ)
def billing(ref: str) -> Response:
    return _page(_billed_plan(ref))


def _page(found: Plan, form: LinkForm | None = None) -> Response:
    assert found.account_id is not None
    changes = may(P.BILLING_EDIT) and found.state != PlanState.ARCHIVED and found.golive_on is not None
    if form is None and changes:
        form = LinkForm.of(billed.linkable(found.account_id))
    outline = texts.outline_of(found)
    waiting = [] if found.golive_on else [option for _fact, option in billed.fees(outline, found.facts).values()]
    return render_page(
        "plans/desk_billing.html",
        plan=found,
        lines=billed.of_plan(found),
        waiting=waiting,
        changes=changes,
        form=form,
        services=catalogue.offered() if changes else [],
        period_name=period_name,
        status=form.status if form is not None else 200,
    )


@blueprint.post("/<ref>/billing")
@requires(P.BILLING_EDIT)
def link_billing(ref: str) -> Response:
    found = _open_plan(ref)
    assert found.account_id is not None
    form = LinkForm.of(billed.linkable(found.account_id))
    if form.validate_on_submit():
        with form.attempt() as saved:
            billed.link(found.id, form.billing.data, hand())
        if saved:
            flash(_("These billing details begin on the starting date now."), "done")
            return redirect_see_other(url_for(".billing", ref=ref))
    return _page(the_plan(ref), form)


@blueprint.post("/<ref>/billing/<detail>/parting")
@requires(P.BILLING_EDIT)
def unlink_billing(ref: str, detail: str) -> Response:
    found = _billed_plan(ref)
    try:
        billed.unlink(found.id, detail, hand())
    except Conflict as refused:
        flash(str(refused.message), "warning")
    else:
        done: Any = {
            "text": _("The billing detail stays as it is, and no longer moves with the starting date."),
            "undo_url": url_for(".link_billing", ref=ref),
            "undo_fields": {"billing": detail},
        }
        flash(done, "done")
    return redirect_see_other(url_for(".billing", ref=ref))


@blueprint.route("/<ref>/billing/new", methods=["GET", "POST"])
@requires(P.BILLING_EDIT)
def begin_billing(ref: str) -> Response:
    """For `?service=`, from whose usual terms it begins."""
    found = _open_plan(ref)
    services = catalogue.offered()
    form = BeginForm.of(services, request.args.get("service", ""), catalogue.usual_currency())
    if form.validate_on_submit():
        with form.attempt() as saved:
            billed.begin(found.id, form.terms(services), hand(), key=form.key.data or None)
        if saved:
            flash(_("The billing detail was added. It begins on the starting date."), "done")
            return redirect_see_other(url_for(".billing", ref=ref))
    return render_page("plans/desk_billing_new.html", plan=found, form=form, status=form.status)
