"""Requests of persons at the desk: the queue by deadline, one request with all it touches, and the answers (R9)."""

from __future__ import annotations

from typing import Any

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.clock import now
from app.core.crypto import encrypt
from app.core.errors import Conflict, NotFound
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.core.paging import everything_of, page_of
from app.core.privacy import is_erased
from app.core.supervision import authority_of
from app.core.tables import table_response
from app.history.service import entries_of
from app.leads.models import Lead
from app.privacy import told
from app.privacy.desk import blueprint
from app.privacy.forms.requests import (
    CAME_BY,
    AnswerForm,
    ErasureForm,
    ExtensionForm,
    FileForm,
    ObjectionForm,
    RefusalForm,
)
from app.privacy.models import AskedFor, CameBy, PrivacyRequest, PrivacyState
from app.privacy.queries import requests as queries
from app.privacy.service import requests as service
from app.settings.models import vendor

ANSWERED = "answered"


@blueprint.get("")
@requires(P.PRIVACY_MANAGE)
def requests() -> Response:
    answered = request.args.get("state") == ANSWERED
    q = request.args.get("q", "").strip()[:200]
    return render_page(
        "privacy/requests.html",
        fragment="privacy/_requests.html",
        page=page_of(
            queries.queue(answered=answered, q=q),
            PrivacyRequest.answer_by,
            PrivacyRequest.id,
            descending=answered,
            cursor=request.args.get("cursor"),
        ),
        answered=answered,
        q=q,
        waiting=queries.open_count(),
        kinds=told.KINDS,
        states=told.STATES,
        glyphs=told.GLYPHS,
        is_erased=is_erased,
        now=now,
    )


@blueprint.get("/requests/requests.<any(csv, xlsx):format>")
@requires(P.PRIVACY_MANAGE)
def requests_file(format: str) -> Response:
    answered = request.args.get("state") == ANSWERED
    query = queries.queue(answered=answered, q=request.args.get("q", "").strip()[:200])
    header = [
        _("Reference"),
        _("Person"),
        _("E-mail address"),
        _("What the person asks"),
        _("State"),
        _("Came in on"),
        _("Answer by"),
        _("Answered on"),
    ]
    found = everything_of(query, PrivacyRequest.answer_by, PrivacyRequest.id, descending=answered)
    return table_response(format, _("privacy requests"), header, (_columns(each) for each in found))


def _columns(found: PrivacyRequest) -> list[Any]:
    gone = is_erased(found.email)
    return [
        found.ref,
        _("Erased person") if gone else found.name,
        "" if gone else found.email,
        str(told.KINDS[AskedFor(found.asked_for)]),
        str(told.STATES[PrivacyState(found.state)]),
        found.created_at,
        found.answer_by,
        found.decided_at,
    ]


@blueprint.get("/requests/<ref>")
@requires(P.PRIVACY_MANAGE)
def request_page(ref: str) -> Response:
    return _page(queries.find_by_ref(ref))


def _page(found: PrivacyRequest, *, conflict: Any = "", status: int = 200) -> Response:
    gone = is_erased(found.email)
    erased, kept = service.outcome_lines(found) if found.outcome else ([], [])
    return render_page(
        "privacy/request.html",
        asked=found,
        leads=[] if gone else queries.leads_naming(found.email),
        accounts=[] if gone else queries.accounts_naming(found.email),
        entries=told.timeline(entries_of(found)),
        kinds=told.KINDS,
        came_by=CAME_BY[CameBy(found.came_by)],
        authority=authority_of(found.country),
        copy_until=queries.copy_until(found),
        gone=gone,
        who="" if gone else encrypt(found.email.lower()),
        erased=erased,
        kept=kept,
        K=AskedFor,
        S=PrivacyState,
        now=now,
        conflict=conflict,
        status=status,
    )


def _conflict(ref: str, error: Conflict) -> Response:
    """The request as it is now, with what happened on top."""
    return _page(queries.find_by_ref(ref), status=409, conflict=error.message)


def _closed(found: PrivacyRequest) -> Response | None:
    """The page itself, where there is nothing to answer any more."""
    if found.state == PrivacyState.OPEN:
        return None
    return _conflict(found.ref, service.RequestMovedOn(_("This request has been answered meanwhile.")))


@blueprint.route("/requests/<ref>/answer", methods=["GET", "POST"])
@requires(P.PRIVACY_MANAGE)
def grant(ref: str) -> Response:
    """A copy is offered, a correction was made, an objection is heeded."""
    found = queries.find_by_ref(ref)
    if found.asked_for == AskedFor.ERASURE:
        return erase(ref)
    data = {"version": str(found.version)}
    leads = queries.leads_naming(found.email)
    if found.asked_for == AskedFor.OBJECTION:
        to_close = [lead for lead in leads if lead.is_open]
        objection = ObjectionForm(data={**data, "leads": [lead.ref for lead in to_close], "told": _told()})
        objection.leads.choices = [(lead.ref, _lead_words(lead)) for lead in to_close]
        form: AnswerForm = objection
    else:
        form = AnswerForm(data=data)
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                if isinstance(form, ObjectionForm):
                    service.stop_processing(
                        found.id, form.seen, form.leads.data, form.told.data, form.answer.data, actor()
                    )
                else:
                    service.grant(found.id, form.seen, form.answer.data, actor())
        except Conflict as error:
            return _conflict(ref, error)
        if saved:
            flash(_("The request is granted. The person gets a mail."), "done")
            return redirect_see_other(url_for(".request_page", ref=ref))
    elif (closed := _closed(found)) is not None:
        return closed
    return render_page(
        "privacy/request_grant.html",
        asked=found,
        form=form,
        leads=leads,
        accounts=queries.accounts_naming(found.email),
        K=AskedFor,
        days=queries.COPY_DAYS,
        status=form.status,
    )


def _told() -> str:
    return _("The contact person has objected to the use of their details.")


def _lead_words(lead: Lead) -> str:
    return f"{lead.company_name} · {lead.ref} · {lead.reseller.organisation.name}"


@blueprint.route("/requests/<ref>/erasure", methods=["GET", "POST"])
@requires(P.PRIVACY_MANAGE)
def erase(ref: str) -> Response:
    """What would go and what stays, before it is done."""
    found = queries.find_by_ref(ref)
    if found.asked_for != AskedFor.ERASURE:
        raise NotFound
    form = ErasureForm(data={"version": str(found.version)})
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.begin_erasing(found.id, form.seen, form.answer.data, actor())
        except Conflict as error:
            return _conflict(ref, error)
        if saved:
            flash(_("The erasure has begun. The person gets a mail when it is done."), "done")
            return redirect_see_other(url_for(".request_page", ref=ref))
    elif (closed := _closed(found)) is not None:
        return closed
    tallies = service.foreseen(found, actor())
    if tallies is None:  # the worker counts; the page of the person says how far it is
        return redirect_see_other(url_for(".person", who=encrypt(found.email)))
    return render_page(
        "privacy/request_erase.html",
        asked=found,
        form=form,
        tallies=tallies,
        accounts=queries.accounts_naming(found.email),
        leads=queries.leads_naming(found.email),
        status=form.status,
    )


@blueprint.route("/requests/<ref>/refusal", methods=["GET", "POST"])
@requires(P.PRIVACY_MANAGE)
def refuse(ref: str) -> Response:
    found = queries.find_by_ref(ref)
    form = RefusalForm(data={"version": str(found.version)})
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.refuse(found.id, form.seen, form.answer.data, actor())
        except Conflict as error:
            return _conflict(ref, error)
        if saved:
            flash(_("The request is refused. The person gets a mail with the reason."), "done")
            return redirect_see_other(url_for(".request_page", ref=ref))
    elif (closed := _closed(found)) is not None:
        return closed
    return render_page("privacy/request_refuse.html", asked=found, form=form, K=AskedFor, status=form.status)


@blueprint.route("/requests/<ref>/extension", methods=["GET", "POST"])
@requires(P.PRIVACY_MANAGE)
def extend(ref: str) -> Response:
    found = queries.find_by_ref(ref)
    form = ExtensionForm(data={"version": str(found.version)})
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.extend(found.id, form.seen, form.reason.data, actor())
        except Conflict as error:
            return _conflict(ref, error)
        if saved:
            flash(_("The deadline is extended. The person gets a mail with the reason."), "done")
            return redirect_see_other(url_for(".request_page", ref=ref))
    elif found.extended_at is not None:
        return _conflict(ref, Conflict(_("The deadline of this request was extended already. That is possible once.")))
    elif (closed := _closed(found)) is not None:
        return closed
    return render_page(
        "privacy/request_extend.html",
        asked=found,
        form=form,
        until=service.deadline(found.created_at, service.MONTHS + service.MORE_MONTHS),
        status=form.status,
    )


def _known() -> dict[str, str]:
    """Who is asking, when the page was opened from a lead or an account. Addresses of pages name nobody."""
    record = queries.named_by(request.args.get("about", "")[:20])
    if record is None:
        return {"country": vendor().country}
    return {"name": record.contact_name, "email": record.email, "country": record.country, "locale": record.locale}


@blueprint.route("/requests/new", methods=["GET", "POST"])
@requires(P.PRIVACY_MANAGE)
def file() -> Response:
    """A request that came by mail, phone or letter."""
    form = FileForm(data=_known())
    if form.validate_on_submit():
        with form.attempt() as saved:
            filed = service.file(form.to_details(), actor())
        if saved:
            flash(_("The request is filed. The person gets a mail with its number."), "done")
            return redirect_see_other(url_for(".request_page", ref=filed.ref))
    return render_page("privacy/request_file.html", form=form, status=form.status)
