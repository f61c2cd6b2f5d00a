"""Service partners at the desk: the list, a new one, and one with people, companies, absences and history."""

from __future__ import annotations

from typing import Any

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core import identifiers
from app.core.carried import number_in
from app.core.clock import today
from app.core.errors import Conflict, FieldError
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import NAMES, _
from app.core.paging import capped_count, everything_of, page_of
from app.core.tables import table_response
from app.followups import told
from app.followups.desk import blueprint
from app.followups.forms.partners import AbsenceForm, NewPartnerForm, PartnerForm, SuspendPartnerForm
from app.followups.models import Assignment, AssignmentState, PartnerState, ServicePartner
from app.followups.queries import partners as queries
from app.followups.queries.partners import Load, Standing
from app.followups.service import partners as service
from app.history.service import entries_of
from app.people.queries import members_of, owners_of
from app.plans import parts as plans
from app.settings.models import vendor
from app.settings.processes import has_page


@blueprint.get("/service-partners")
@requires(P.SERVICE_PARTNERS_READ)
def partners() -> Response:
    standing, q, sort = _asked()
    query = queries.partners(actor(), standing, q)
    key = ServicePartner.created_at if sort == "newest" else ServicePartner.name_sort
    page = page_of(query, key, ServicePartner.id, descending=sort == "newest", cursor=request.args.get("cursor"))
    return render_page(
        "followups/desk_partners.html",
        fragment="followups/_desk_partner_rows.html",
        page=page,
        count=capped_count(query),
        loads=queries.loads(one.id for one in page.items),
        away=queries.away((one.id for one in page.items), today(vendor().timezone)),
        states=told.STATES,
        standing=standing,
        q=q,
        sort=sort,
        Standing=Standing,
    )


@blueprint.get("/service-partners.<any(csv, xlsx):format>")
@requires(P.SERVICE_PARTNERS_READ)
def partners_file(format: str) -> Response:
    standing, q, sort = _asked()
    key = ServicePartner.created_at if sort == "newest" else ServicePartner.name_sort
    query = queries.with_people(queries.partners(actor(), standing, q))
    rows = everything_of(query, key, ServicePartner.id, descending=sort == "newest")
    loads = queries.loads()
    header = [
        _("Reference"),
        _("Service partner"),
        _("Country"),
        _("Company number"),
        _("Post code"),
        _("City"),
        _("E-mail address"),
        _("Phone"),
        _("Owner"),
        _("Language"),
        _("State"),
        _("Reason for the suspension"),
        _("Companies at most"),
        _("Customers from before"),
        _("Customers"),
        _("Open assignments"),
        _("Last assignment"),
        _("Since"),
    ]
    return table_response(format, _("service partners"), header, (_row(one, loads.get(one.id, Load())) for one in rows))


def _row(one: ServicePartner, load: Load) -> list[Any]:
    owner = one.organisation.first_owner
    return [
        one.ref,
        one.organisation.name,
        one.country,
        one.shown_number,
        one.postcode,
        one.city,
        one.email,
        identifiers.show_phone(one.phone),
        owner.name if owner else "",
        NAMES.get(owner.locale, owner.locale) if owner else "",
        told.STATES[PartnerState(one.state)],
        one.suspension,
        one.capacity,
        one.served,
        load.customers,
        load.open,
        one.last_assigned_at,
        one.created_at,
    ]


def _asked() -> tuple[Standing | None, str, str]:
    wish = request.args.get("state", "")
    standing = Standing(wish) if wish in set(Standing) else None
    return standing, request.args.get("q", "")[:200], "newest" if request.args.get("sort") == "newest" else "name"


# --- a new one, and its details ---------------------------------------------------------------------------------------


@blueprint.route("/service-partners/new", methods=["GET", "POST"])
@requires(P.SERVICE_PARTNERS_MANAGE)
def new_partner() -> Response:
    form = NewPartnerForm.blank()
    if form.is_submitted() and request.form.get("do") == "country":
        return render_page("followups/desk_partner_new.html", form=form)
    if form.validate_on_submit():
        with form.attempt() as saved:
            made = service.add(form.to_details(), form.to_person(), form.key.data, actor())
            flash(_("%(name)s is a service partner now. The invitation is on its way.", name=form.name.data), "done")
        if saved:
            return redirect_see_other(url_for(".partner", ref=made.ref))
    return render_page("followups/desk_partner_new.html", form=form, status=form.status)


@blueprint.route("/service-partners/<ref>/edit", methods=["GET", "POST"])
@requires(P.SERVICE_PARTNERS_MANAGE)
def edit_partner(ref: str) -> Response:
    found = queries.partner(actor(), ref)
    form = PartnerForm.of(found)
    if form.is_submitted() and request.form.get("do") == "country":
        return render_page("followups/desk_partner_edit.html", form=form, partner=found)
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.edit(found.id, form.seen, form.to_details(), actor())
            if saved:
                flash(_("The details are saved."), "done")
                return redirect_see_other(url_for(".partner", ref=ref))
        except service.PartnerMovedOn as moved:
            found = queries.partner(actor(), ref)
            form.overtaken(moved, found.version)
    return render_page("followups/desk_partner_edit.html", form=form, partner=found, status=form.status)


# --- one --------------------------------------------------------------------------------------------------------------


@blueprint.get("/service-partners/<ref>")
@requires(P.SERVICE_PARTNERS_READ)
def partner(ref: str) -> Response:
    return page_about(queries.partner(actor(), ref))


def page_about(
    found: ServicePartner, *, form: AbsenceForm | None = None, conflict: object = "", status: int = 200
) -> Response:
    form = form or AbsenceForm(formdata=None)
    day = today(vendor().timezone)
    return render_page(
        "followups/desk_partner.html",
        partner=found,
        load=queries.loads([found.id]).get(found.id, Load()),
        number=found.shown_number,
        number_rule=identifiers.rule_of(found.country, "company_number"),
        members=members_of(found.organisation),
        absences=queries.absences_of(found, day),
        customers=queries.customers_of(found),
        assignments=queries.assignments_to(found),
        assignment_states=told.ASSIGNMENT_STATES,
        entries=told.timeline(entries_of(found, limit=30)),
        plans=plans.of_party(found.organisation, may_start=True) if has_page("plans_desk.start") else None,
        form=form,
        errors=form.problems,
        conflict=conflict,
        day=day,
        status=form.status if status == 200 else status,
    )


@blueprint.get("/service-partners/<ref>/assignments.<any(csv, xlsx):format>")
@requires(P.SERVICE_PARTNERS_READ)
def assignments_file(ref: str, format: str) -> Response:
    found = queries.partner(actor(), ref)
    header = [
        _("Reference"),
        _("Lead"),
        _("Company"),
        _("City"),
        _("Assigned on"),
        _("Assigned by"),
        _("Suggested"),
        _("Why another one"),
        _("State"),
        _("Ended on"),
        _("Reason"),
    ]
    rows = (
        [
            one.ref,
            one.lead.ref,
            one.lead.company_name,
            one.lead.city,
            one.assigned_at,
            one.by.name if one.by else "",
            one.suggested.organisation.name if one.suggested else "",
            one.override,
            told.ASSIGNMENT_STATES[AssignmentState(one.state)],
            one.ended_at,
            one.ended_why,
        ]
        for one in everything_of(queries.every_assignment(found), Assignment.id, descending=True)
    )
    return table_response(format, _("assignments"), header, rows)


@blueprint.route("/service-partners/<ref>/suspension", methods=["GET", "POST"])
@requires(P.SERVICE_PARTNERS_MANAGE)
def suspend_partner(ref: str) -> Response:
    """What it means, and the reason that its owners read."""
    found = queries.partner(actor(), ref)
    form = SuspendPartnerForm(data={"version": str(found.version)})
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                now_there = service.suspend(found.id, form.seen, form.reason.data, actor())
                message: Any = {
                    "text": str(_("Suspended. The reason is on its way to the owners.")),
                    "undo_url": url_for(".resume_partner", ref=ref),
                    "undo_fields": {"version": now_there.version},
                }
                flash(message, "done")
            if saved:
                return redirect_see_other(url_for(".partner", ref=ref))
        except service.PartnerMovedOn as moved:
            found = queries.partner(actor(), ref)
            form.overtaken(moved, found.version)
    elif not found.is_active and not form.is_submitted():
        return redirect_see_other(url_for(".partner", ref=ref))
    return render_page(
        "followups/desk_partner_suspend.html",
        partner=found,
        form=form,
        owners=owners_of(found.organisation_id),
        load=queries.loads([found.id]).get(found.id, Load()),
        assigned=queries.open_assignments(found),
        status=form.status,
    )


@blueprint.post("/service-partners/<ref>/resumption")
@requires(P.SERVICE_PARTNERS_MANAGE)
def resume_partner(ref: str) -> Response:
    found = queries.partner(actor(), ref)
    try:
        service.resume(found.id, number_in(request.form.get("version")), actor())
    except Conflict as refused:
        return page_about(queries.partner(actor(), ref), conflict=refused.message, status=409)
    flash(_("Resumed. It is suggested again, and its owners get a mail."), "done")
    return redirect_see_other(url_for(".partner", ref=ref))


@blueprint.post("/service-partners/<ref>/absences")
@requires(P.SERVICE_PARTNERS_MANAGE)
def note_partner_absence(ref: str) -> Response:
    found = queries.partner(actor(), ref)
    form = AbsenceForm()
    if form.validate_on_submit():
        with form.attempt() as saved:
            service.note_absence(found.id, *form.to_details(), actor())
        if saved:
            flash(_("The absence is noted. Nothing new is suggested for these days."), "done")
            return redirect_see_other(url_for(".partner", ref=ref, _anchor="absences"))
    return page_about(queries.partner(actor(), ref), form=form)


@blueprint.post("/service-partners/<ref>/absences/<absence_ref>/end")
@requires(P.SERVICE_PARTNERS_MANAGE)
def end_partner_absence(ref: str, absence_ref: str) -> Response:
    found = queries.partner(actor(), ref)
    service.end_absence(found.id, absence_ref, actor())
    flash(_("The absence is taken back."), "done")
    return redirect_see_other(url_for(".partner", ref=ref, _anchor="absences"))


@blueprint.post("/service-partners/<ref>/people/<int:person_id>/invitation")
@requires(P.SERVICE_PARTNERS_MANAGE)
def invite_partner_person(ref: str, person_id: int) -> Response:
    found = queries.partner(actor(), ref)
    try:
        service.invite_again(found.id, person_id if person_id < 2_000_000_000 else 0, actor())
    except FieldError as refused:
        flash(str(refused.message), "warning")
    else:
        flash(_("A new invitation is on its way. Earlier links work no longer."), "done")
    return redirect_see_other(url_for(".partner", ref=ref, _anchor="people"))
