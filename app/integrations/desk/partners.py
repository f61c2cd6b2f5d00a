"""Software partners at the desk: the list, registrations that wait, one with plan, products, people and history."""

from __future__ import annotations

from typing import Any

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, may, requires
from app.access.permissions import P
from app.core.carried import number_in
from app.core.errors import Conflict
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import NAMES, _
from app.core.paging import capped_count, everything_of, page_of
from app.core.tables import table_response
from app.history.service import entries_of
from app.integrations import parts, told_partners
from app.integrations.desk import blueprint
from app.integrations.forms.partners import EndForm, ManagerForm
from app.integrations.models import PartnerState, SoftwarePartner
from app.integrations.progress import Progress, progress_of
from app.integrations.queries import introductions
from app.integrations.queries import partners as queries
from app.integrations.queries.partners import Standing
from app.integrations.service import cooperating, registering, steps
from app.integrations.words import PARTNER_STATES, SELLS, said
from app.people.queries import members_of
from app.plans import texts
from app.plans.models import Plan
from app.settings.processes import has_page


@blueprint.get("/software-partners")
@requires(P.SOFTWARE_PARTNERS_READ)
def partners() -> Response:
    standing, q, sort, mine = _asked()
    query = queries.partners(actor(), standing, q, looked_after_by=actor().id if mine else None)
    key = SoftwarePartner.created_at if sort == "newest" else SoftwarePartner.name_sort
    page = page_of(
        queries.with_products(query),
        key,
        SoftwarePartner.id,
        descending=sort == "newest",
        cursor=request.args.get("cursor"),
    )
    return render_page(
        "integrations/desk_partners.html",
        fragment="integrations/_desk_partner_rows.html",
        page=page,
        count=capped_count(query),
        states=PARTNER_STATES,
        standing=standing,
        q=q,
        sort=sort,
        mine=mine,
        Standing=Standing,
    )


@blueprint.get("/software-partners.<any(csv, xlsx):format>")
@requires(P.SOFTWARE_PARTNERS_READ)
def partners_file(format: str) -> Response:
    standing, q, sort, mine = _asked()
    key = SoftwarePartner.created_at if sort == "newest" else SoftwarePartner.name_sort
    query = queries.partners(actor(), standing, q, looked_after_by=actor().id if mine else None)
    rows = everything_of(queries.with_products(query), key, SoftwarePartner.id, descending=sort == "newest")
    header = [
        _("Reference"),
        _("Software partner"),
        _("Country"),
        _("Website"),
        _("Language"),
        _("State"),
        _("Products"),
        _("Looks after it"),
        _("Plan"),
        _("Tasks done"),
        _("Tasks"),
        _("Since"),
        _("Ended on"),
        _("Reason"),
    ]
    return table_response(format, _("software partners"), header, (_row(one) for one in rows))


def _row(one: SoftwarePartner) -> list[Any]:
    return [
        one.ref,
        one.organisation.name,
        one.country,
        one.website or "",
        NAMES.get(one.locale, one.locale),
        PARTNER_STATES[PartnerState(one.state)],
        ", ".join(product.name for product in one.products if product.archived_at is None),
        one.manager.name if one.manager else "",
        one.plan.ref if one.plan else "",
        one.plan.done_count if one.plan else None,
        one.plan.task_count if one.plan else None,
        one.created_at,
        one.ended_at,
        one.end_reason,
    ]


def _asked() -> tuple[Standing | None, str, str, bool]:
    wish = request.args.get("state", "")
    standing = Standing(wish) if wish in set(Standing) else None
    sort = "newest" if request.args.get("sort") == "newest" else "name"
    return standing, request.args.get("q", "")[:200], sort, request.args.get("whose") == "mine"


# --- registrations that are no software partners yet ------------------------------------------------------------------


@blueprint.get("/software-partners/registrations")
@requires(P.SOFTWARE_PARTNERS_READ)
def registrations() -> Response:
    """Those that were set apart, and those whose link was not followed yet."""
    return render_page(
        "integrations/desk_registrations.html",
        apart=queries.set_apart(),
        waiting=queries.unconfirmed(),
        sells=lambda codes: ", ".join(said(codes, SELLS)),
    )


@blueprint.post("/software-partners/registrations/<ref>/release")
@requires(P.SOFTWARE_PARTNERS_MANAGE)
def release_registration(ref: str) -> Response:
    registering.release(queries.registration(ref).id, actor())
    flash(_("Released. The mail with the link is on its way."), "done")
    return redirect_see_other(url_for(".registrations"))


@blueprint.post("/software-partners/registrations/<ref>/removal")
@requires(P.SOFTWARE_PARTNERS_MANAGE)
def remove_registration(ref: str) -> Response:
    registering.drop(queries.registration(ref).id, actor())
    flash(_("Removed. Nobody was mailed."), "done")
    return redirect_see_other(url_for(".registrations"))


# --- one --------------------------------------------------------------------------------------------------------------


@blueprint.get("/software-partners/<ref>")
@requires(P.SOFTWARE_PARTNERS_READ)
def partner(ref: str) -> Response:
    return page_about(queries.partner(actor(), ref))


def page_about(
    found: SoftwarePartner, *, form: ManagerForm | None = None, conflict: object = "", status: int = 200
) -> Response:
    form = form or ManagerForm.of(found)
    return render_page(
        "integrations/desk_partner.html",
        partner=found,
        progress=_progress(found.plan),
        plan_url=_plan_url(found.plan),
        introduction=introductions.introduction_of(found.id),
        members=members_of(found.organisation),
        same=queries.of_the_same_name(found),
        parts=parts.of_partner(found, desk=True),
        entries=told_partners.timeline(entries_of(found, limit=30)),
        form=form,
        errors=form.problems,
        conflict=conflict,
        status=form.status if status == 200 else status,
    )


def _progress(plan: Plan | None) -> Progress | None:
    return progress_of(texts.outline_of(plan), queries.tasks_of(plan.id)) if plan is not None else None


def _plan_url(plan: Plan | None) -> str:
    if plan is None or not may(P.PLANS_READ) or not has_page("plans_desk.plan"):
        return ""
    return url_for("plans_desk.plan", ref=plan.ref)


@blueprint.post("/software-partners/<ref>/plan")
@requires(P.SOFTWARE_PARTNERS_MANAGE)
def start_steps(ref: str) -> Response:
    """For a partner that registered before the playbook was published."""
    try:
        steps.start(queries.partner(actor(), ref).id, actor())
    except Conflict as refused:
        return page_about(queries.partner(actor(), ref), conflict=refused.message, status=409)
    flash(_("The plan of the seven steps is started."), "done")
    return redirect_see_other(url_for(".partner", ref=ref))


@blueprint.post("/software-partners/<ref>/manager")
@requires(P.SOFTWARE_PARTNERS_MANAGE)
def name_manager(ref: str) -> Response:
    found = queries.partner(actor(), ref)
    form = ManagerForm.of(found)
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                cooperating.name_manager(found.id, form.seen, form.manager.data or "", actor())
            if saved:
                flash(_("It is noted who looks after the software partner."), "done")
                return redirect_see_other(url_for(".partner", ref=ref))
        except cooperating.PartnerMovedOn as moved:
            found = queries.partner(actor(), ref)
            form.overtaken(moved, found.version)
    return page_about(found, form=form)


@blueprint.route("/software-partners/<ref>/end", methods=["GET", "POST"])
@requires(P.SOFTWARE_PARTNERS_MANAGE)
def end_partner(ref: str) -> Response:
    """What it means, and the reason that its owners read."""
    found = queries.partner(actor(), ref)
    form = EndForm(data={"version": str(found.version)})
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                now_there = cooperating.end(found.id, form.seen, form.reason.data, actor())
                message: Any = {
                    "text": str(_("The cooperation has ended. The reason is on its way to the owners.")),
                    "undo_url": url_for(".reopen_partner", ref=ref),
                    "undo_fields": {"version": now_there.version},
                }
                flash(message, "done")
            if saved:
                return redirect_see_other(url_for(".partner", ref=ref))
        except cooperating.PartnerMovedOn as moved:
            found = queries.partner(actor(), ref)
            form.overtaken(moved, found.version)
    elif not found.is_active and not form.is_submitted():
        return redirect_see_other(url_for(".partner", ref=ref))
    owners = [held.person for held in members_of(found.organisation) if held.role == "owner"]
    return render_page(
        "integrations/desk_partner_end.html", partner=found, form=form, owners=owners, status=form.status
    )


@blueprint.post("/software-partners/<ref>/reopening")
@requires(P.SOFTWARE_PARTNERS_MANAGE)
def reopen_partner(ref: str) -> Response:
    found = queries.partner(actor(), ref)
    try:
        cooperating.reopen(found.id, number_in(request.form.get("version")), actor())
    except Conflict as refused:
        return page_about(queries.partner(actor(), ref), conflict=refused.message, status=409)
    flash(_("The cooperation goes on. Its owners get a mail."), "done")
    return redirect_see_other(url_for(".partner", ref=ref))
