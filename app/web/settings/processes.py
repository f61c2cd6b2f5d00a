"""Switching processes on and off, after a page that says what closes (X7)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.billing.models import BillingDetail, Invoice, Settlement
from app.core.carried import number_in
from app.core.db import db
from app.core.errors import Conflict, NotFound
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _, ngettext
from app.followups.models import ENDED, FollowUp, PartnerState, ServicePartner
from app.integrations.models import Integration, Question, QuestionState, SoftwarePartner, Stage
from app.integrations.models import PartnerState as SoftwarePartnerState
from app.leads.models import OPEN, ChangeRequest, ChangeRequestState, Lead
from app.partners.models import Application, ApplicationState, PersonalLink, Reseller, ResellerState
from app.partners.queries import is_reseller
from app.plans.models import Plan, PlanState
from app.settings import processes as switches
from app.settings import service
from app.settings.processes import Process
from app.trainings.models import SessionState, TrainingSession
from app.web.settings.door import blueprint

CAP = 10_000
"""Nothing is counted further: "more than 10,000" says enough."""


@blueprint.get("/processes")
@requires(P.SETTINGS_MANAGE)
def processes() -> Response:
    return _page()


def _page(conflict: object = "", status: int = 200) -> Response:
    return render_page(
        "settings/processes.html",
        processes=[
            (one, switches.NAMES[one], switches.DESCRIPTIONS[one], switches.is_on(one)) for one in switches.Process
        ],
        version=service.version(),
        conflict=conflict,
        status=status,
    )


@blueprint.get("/processes/<code>/off")
@requires(P.SETTINGS_MANAGE)
def process_off(code: str) -> Response:
    """What closes, and what is open in it now."""
    process = _known(code)
    if not switches.is_on(process):
        return redirect_see_other(url_for(".processes"))
    return render_page(
        "settings/process_off.html",
        process=process,
        name=switches.NAMES[process],
        description=switches.DESCRIPTIONS[process],
        open=_OPEN[process](),
        version=service.version(),
    )


@blueprint.post("/processes/<code>/off")
@requires(P.SETTINGS_MANAGE)
def switch_off(code: str) -> Response:
    return _switch(_known(code), on=False)


@blueprint.post("/processes/<code>/on")
@requires(P.SETTINGS_MANAGE)
def switch_on(code: str) -> Response:
    return _switch(_known(code), on=True)


def _switch(process: Process, *, on: bool) -> Response:
    try:
        service.switch(process, on, number_in(request.form.get("version"), -1), actor())
    except Conflict:
        return _page(_("Somebody else changed the settings a moment ago. Nothing was switched; look again."), 409)
    if on:
        message: Any = _("Switched on. Everything stands as it was left.")
    else:
        message = {
            "text": str(_("Switched off. Nothing was deleted.")),
            "undo_url": url_for(".switch_on", code=process.value),
            "undo_fields": {"version": service.version()},
        }
    flash(message, "done")
    return redirect_see_other(url_for(".processes"))


def _known(code: str) -> Process:
    if code not in set(Process):
        raise NotFound
    return Process(code)


# --- what is open in a process ----------------------------------------------------------------------------------------


def _count(query: sa.Select[int]) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(query.limit(CAP + 1).subquery())) or 0


def _resellers() -> list[str]:
    resellers = _count(sa.select(Reseller.id).where(is_reseller(), Reseller.state == ResellerState.ACTIVE))
    links = _count(sa.select(PersonalLink.id).where(PersonalLink.withdrawn_at.is_(None)))
    applications = _count(sa.select(Application.id).where(Application.state == ApplicationState.SUBMITTED))
    leads = _count(sa.select(Lead.id).where(Lead.state.in_(OPEN)))
    requests = _count(sa.select(ChangeRequest.id).where(ChangeRequest.state == ChangeRequestState.SUBMITTED))
    return [
        ngettext("%(num)s active reseller", "%(num)s active resellers", resellers),
        ngettext("%(num)s working address of a form", "%(num)s working addresses of forms", links),
        ngettext("%(num)s application to decide", "%(num)s applications to decide", applications),
        ngettext("%(num)s open lead", "%(num)s open leads", leads),
        ngettext("%(num)s change request to answer", "%(num)s change requests to answer", requests),
    ]


def _billing() -> list[str]:
    details = _count(sa.select(BillingDetail.id).where(BillingDetail.next_on.is_not(None)))
    unpaid = (Settlement.UNPAID, Settlement.PARTLY_PAID)
    invoices = _count(sa.select(Invoice.id).where(Invoice.settlement.in_(unpaid)))
    return [
        ngettext(
            "%(num)s billing detail with periods to come", "%(num)s billing details with periods to come", details
        ),
        ngettext("%(num)s invoice that is not paid", "%(num)s invoices that are not paid", invoices),
    ]


def _implementation() -> list[str]:
    plans = _count(sa.select(Plan.id).where(Plan.state == PlanState.RUNNING))
    sessions = _count(sa.select(TrainingSession.id).where(TrainingSession.state == SessionState.PLANNED))
    return [
        ngettext("%(num)s running plan", "%(num)s running plans", plans),
        ngettext("%(num)s planned training session", "%(num)s planned training sessions", sessions),
    ]


def _total_service() -> list[str]:
    open_ones = _count(sa.select(FollowUp.id).where(FollowUp.state.not_in(ENDED)))
    partners = _count(sa.select(ServicePartner.id).where(ServicePartner.state == PartnerState.ACTIVE))
    return [
        ngettext("%(num)s open follow-up", "%(num)s open follow-ups", open_ones),
        ngettext("%(num)s active service partner", "%(num)s active service partners", partners),
    ]


def _software_partners() -> list[str]:
    partners = _count(sa.select(SoftwarePartner.id).where(SoftwarePartner.state == SoftwarePartnerState.ACTIVE))
    questions = _count(sa.select(Question.id).where(Question.state == QuestionState.WAITS_FOR_VENDOR))
    listed = _count(sa.select(Integration.id).where(Integration.stage.in_((Stage.PILOT, Stage.LISTED))))
    return [
        ngettext("%(num)s active software partner", "%(num)s active software partners", partners),
        ngettext("%(num)s question to answer", "%(num)s questions to answer", questions),
        ngettext(
            "%(num)s integration in the pilot or in the directory",
            "%(num)s integrations in the pilot or in the directory",
            listed,
        ),
    ]


_OPEN = {
    Process.RESELLERS: _resellers,
    Process.BILLING: _billing,
    Process.IMPLEMENTATION: _implementation,
    Process.TOTAL_SERVICE: _total_service,
    Process.SOFTWARE_PARTNERS: _software_partners,
}
