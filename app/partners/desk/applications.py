"""The decision queue (R2): applications by age, each with everything about it, and the two answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Response, flash, request, url_for

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core import identifiers
from app.core.clock import now
from app.core.errors import Conflict
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import NAMES, _
from app.core.paging import everything_of, page_of
from app.core.tables import table_response
from app.history import service as history
from app.partners import queries, told
from app.partners.desk.door import blueprint
from app.partners.forms import ButtonForm, RejectForm
from app.partners.models import Application, ApplicationState
from app.partners.queries import Queue
from app.partners.service import applications as service
from app.partners.service import decisions
from app.people.models import Person
from app.settings.models import vendor


@blueprint.get("/desk/applications")
@requires(P.APPLICATIONS_READ)
def applications() -> Response:
    queue, q = _asked()
    page = page_of(
        queries.applications(queue, q),
        Application.created_at,
        Application.id,
        descending=queue in (Queue.ACCEPTED, Queue.REJECTED),
        cursor=request.args.get("cursor"),
    )
    waiting, apart = queries.waiting_counts()
    return render_page(
        "partners/applications.html",
        fragment="partners/_applications.html",
        page=page,
        queue=queue,
        q=q,
        waiting=waiting,
        apart=apart,
        Queue=Queue,
        now=now,
    )


@blueprint.get("/desk/applications.<any(csv, xlsx):format>")
@requires(P.APPLICATIONS_READ)
def applications_file(format: str) -> Response:
    queue, q = _asked()
    rows = everything_of(queries.applications(queue, q), Application.created_at, Application.id, descending=False)
    header = [
        _("Reference"),
        _("State"),
        _("Applied on"),
        _("Promised by"),
        _("Company"),
        _("Country"),
        _("Company number"),
        _("Street and number"),
        _("Post code"),
        _("City"),
        _("First name"),
        _("Last name"),
        _("E-mail address"),
        _("Phone"),
        _("Website"),
        _("About the company"),
        _("Language"),
        _("Decided on"),
        _("Decided by"),
        _("Reason"),
    ]
    return table_response(format, f"applications-{queue}", header, (_row(application) for application in rows))


def _row(found: Application) -> list[Any]:
    return [
        found.ref,
        told.APPLICATION_STATES[ApplicationState(found.state)],
        found.created_at,
        found.decide_by,
        found.company_name,
        found.country,
        identifiers.show_company_number(found.country, found.company_number),
        found.street,
        found.postcode,
        found.city,
        found.first_name,
        found.last_name,
        found.email,
        identifiers.show_phone(found.phone),
        found.website,
        found.about,
        NAMES.get(found.locale, found.locale),
        found.decided_at,
        found.decided_by.name if found.decided_by else "",
        found.reason,
    ]


def _asked() -> tuple[Queue, str]:
    try:
        queue = Queue(request.args.get("state", Queue.WAITING))
    except ValueError:
        queue = Queue.WAITING
    return queue, request.args.get("q", "")[:200]


@blueprint.get("/desk/applications/<ref>")
@requires(P.APPLICATIONS_READ)
def application(ref: str) -> Response:
    found = queries.application(ref)
    return _page(found)


def _page(found: Application, *, status: int = 200, conflict: object = "") -> Response:
    others, resellers = queries.same_company(found)
    return render_page(
        "partners/application.html",
        application=found,
        others=others,
        resellers=[reseller for reseller in resellers if reseller.id != found.reseller_id],
        shown_number=identifiers.show_company_number(found.country, found.company_number),
        number_rule=identifiers.rule_of(found.country, "company_number"),
        entries=told.timeline(history.entries_of(found, limit=30)),
        state_names=told.APPLICATION_STATES,
        usual_by=found.created_at + timedelta(days=vendor().decision_usual_days),
        happened=decisions.what_happened(found) if found.decided_at else "",
        S=ApplicationState,
        conflict=conflict,
        status=status,
    )


def _conflict(ref: str, error: Conflict) -> Response:
    """The application as it is now, with what happened on top."""
    return _page(queries.application(ref), status=409, conflict=error.message)


@blueprint.route("/desk/applications/<ref>/acceptance", methods=["GET", "POST"])
@requires(P.APPLICATIONS_DECIDE)
def accept(ref: str) -> Response:
    found = queries.application(ref)
    form = ButtonForm()
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                reseller = decisions.accept(found, actor())
        except Conflict as error:
            return _conflict(ref, error)
        if saved:
            flash(str(_("Accepted. The welcome mail is on its way.")), "done")
            return redirect_see_other(url_for(".reseller", ref=reseller.ref))
    elif found.state != ApplicationState.SUBMITTED:
        return _conflict(ref, decisions.AlreadyDecided(found))
    _others, resellers = queries.same_company(found)
    return render_page(
        "partners/application_accept.html",
        application=found,
        form=form,
        systems=[system for system in queries.systems() if system.offered],
        items=queries.welcome_items(found.locale),
        resellers=resellers,
        status=form.status,
    )


@blueprint.route("/desk/applications/<ref>/rejection", methods=["GET", "POST"])
@requires(P.APPLICATIONS_DECIDE)
def reject(ref: str) -> Response:
    found = queries.application(ref)
    form = RejectForm()
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                decisions.reject(found, form.to_details(), actor())
        except Conflict as error:
            return _conflict(ref, error)
        if saved:
            message: Any = {
                "text": str(_("Rejected. The reason is on its way to the applicant.")),
                "undo_url": url_for(".reopen", ref=ref),
            }
            flash(message, "done")
            return redirect_see_other(url_for(".application", ref=ref))
    elif found.state != ApplicationState.SUBMITTED:
        return _conflict(ref, decisions.AlreadyDecided(found))
    return render_page("partners/application_reject.html", application=found, form=form, status=form.status)


@blueprint.post("/desk/applications/<ref>/reopening")
@requires(P.APPLICATIONS_DECIDE)
def reopen(ref: str) -> Response:
    return _press(ref, decisions.reopen, _("The application waits for a decision again."))


@blueprint.post("/desk/applications/<ref>/clearance")
@requires(P.APPLICATIONS_DECIDE)
def clear(ref: str) -> Response:
    return _press(ref, service.clear, _("The application is in the queue now, and its confirmation is on its way."))


@blueprint.post("/desk/applications/<ref>/status-link")
@requires(P.APPLICATIONS_DECIDE)
def renew_status_link(ref: str) -> Response:
    return _press(ref, service.renew_status_link, _("A new private link is on its way to the applicant."))


def _press(ref: str, verb: Callable[[Application, Person], None], done: str) -> Response:
    found = queries.application(ref)
    try:
        verb(found, actor())
    except Conflict as error:
        return _conflict(ref, error)
    flash(str(done), "done")
    return redirect_see_other(url_for(".application", ref=ref))
