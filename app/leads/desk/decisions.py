"""Accepting, declining, choosing between competing leads, and taking it back."""

from __future__ import annotations

from typing import Any

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, may, requires
from app.access.permissions import P
from app.core.carried import number_in
from app.core.errors import DomainError, Forbidden
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _, ngettext
from app.leads import queries
from app.leads.desk import blueprint
from app.leads.desk.compare import LETTERS, competition_columns, competition_rows
from app.leads.desk.pages import lead_page
from app.leads.forms.decision import CompetitionForm, DecisionForm
from app.leads.models import Lead, LeadState
from app.leads.queries.desk import Competition, competition_for, languages_of
from app.leads.service import decision
from app.leads.service.conversion import key_of
from app.leads.service.decision import Seen
from app.leads.service.editing import LeadMovedOn
from app.partners.queries import is_software_partner
from app.settings.models import vendor


@blueprint.post("/leads/<ref>/decision")
@requires(P.LEADS_DECIDE)
def decide(ref: str) -> Response:
    found = queries.find_by_ref(actor(), ref)
    form = DecisionForm()
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                if form.decision.data == "accept":
                    lead = decision.accept(found.id, form.seen, actor())
                    text = (
                        _("%(company)s was accepted.", company=lead.company_name)
                        if is_software_partner(found.reseller_id)
                        else _("%(company)s was accepted. The reseller gets a mail.", company=lead.company_name)
                    )
                    undo = url_for(".undo_acceptance", ref=ref)
                else:
                    lead = decision.decline(found.id, form.seen, form.reason.data, actor())
                    text = (
                        _("%(company)s was declined.", company=lead.company_name)
                        if is_software_partner(found.reseller_id)
                        else _("%(company)s was declined. The reseller gets a mail.", company=lead.company_name)
                    )
                    undo = url_for(".reopen", ref=ref)
                message: Any = {
                    "text": text,
                    "undo_url": undo,
                    "undo_fields": {"version": lead.version},
                }
                flash(message, "done")
            if saved:
                return redirect_see_other(url_for(".lead", ref=ref))
        except LeadMovedOn as moved:
            return _again(ref, form, moved)
    return lead_page(queries.find_by_ref(actor(), ref), form=form, status=form.status)


def _again(ref: str, form: DecisionForm, moved: LeadMovedOn) -> Response:
    now_there = queries.find_by_ref(actor(), ref)
    form.version.data = str(now_there.version)
    form.form_errors.append(moved.message)
    return lead_page(now_there, form=form, status=409)


@blueprint.post("/leads/<ref>/decision/undo")
@requires(P.LEADS_DECIDE)
def undo_acceptance(ref: str) -> Response:
    """Takes an acceptance back, while nothing else happened."""
    found = queries.find_by_ref(actor(), ref)
    decision.take_back(found.id, number_in(request.form.get("version")), actor())
    flash(_("The acceptance was taken back. The lead is being checked again."), "done")
    return redirect_see_other(url_for(".lead", ref=ref))


@blueprint.post("/leads/<ref>/reopening")
@requires(P.LEADS_DECIDE)
def reopen(ref: str) -> Response:
    found = queries.find_by_ref(actor(), ref)
    try:
        decision.reopen(found.id, number_in(request.form.get("version")), actor())
    except decision.CannotReopen as refused:
        flash(str(refused.message), "warning")
    else:
        flash(_("The lead was reopened and is being checked again."), "done")
    return redirect_see_other(url_for(".lead", ref=ref))


@blueprint.route("/leads/<ref>/competition", methods=["GET", "POST"])
@requires(P.LEADS_READ)
def competition(ref: str) -> Response:
    """All that claims the company of this lead, side by side, with one decision over it."""
    found = queries.find_by_ref(actor(), ref)
    competing = competition_for(found.company_key)
    form = CompetitionForm()
    form.decision.choices = _choices(competing)
    if form.is_submitted() and not may(P.LEADS_DECIDE):
        raise Forbidden
    if form.validate_on_submit():
        accepted = None if form.decision.data == "none" else form.decision.data
        all_new = len(competing.to_decide) == len(competing.leads)
        try:
            with form.attempt() as saved:
                winner, losers = decision.decide_between(
                    found.company_key, accepted, _seen(), form.reason.data, actor()
                )
                _tell(found, winner, losers, undo=all_new)
            if saved:
                return redirect_see_other(url_for(".lead", ref=(winner or found).ref))
            found, competing = _anew(ref)
        except LeadMovedOn as moved:
            found, competing = _anew(ref)
            form.decision.choices = _choices(competing)
            form.form_errors.append(moved.message)
            return _page(found, competing, form, 409)
    return _page(found, competing, form, form.status)


def _anew(ref: str) -> tuple[Lead, Competition]:
    """After a refusal: as it is now."""
    found = queries.find_by_ref(actor(), ref)
    return found, competition_for(found.company_key)


def _page(found: Lead, competing: Competition, form: CompetitionForm, status: int) -> Response:
    columns = competition_columns(competing)
    return render_page(
        "leads/desk_competition.html",
        lead=found,
        competing=competing,
        form=form,
        hints=_hints(competing),
        columns=columns,
        rows=competition_rows(competing),
        key=key_of(found),
        languages=", ".join(languages_of({lead.reseller_id for lead in competing.leads})),
        due=min((lead.answer_by for lead in competing.to_decide), default=None),
        status=status,
    )


def _choices(competing: Competition) -> list[tuple[str, str]]:
    """Accept one and decline the others; or decline all. A lead beside another reseller's account cannot win."""
    leads = competing.leads
    choices = []
    for place, lead in enumerate(leads):
        account = competing.account
        if account is not None and account.reseller_id not in (None, lead.reseller_id):
            continue
        letter = LETTERS[place % 26]
        others = ", ".join(LETTERS[number % 26] for number in range(len(leads)) if number != place)
        if lead.state == LeadState.ACCEPTED:
            text = _("Keep %(letter)s accepted, decline %(others)s", letter=letter, others=others)
        else:
            text = _("Accept %(letter)s, decline %(others)s", letter=letter, others=others)
        choices.append((lead.ref, text))
    choices.append(("none", _("Decline both") if len(leads) == 2 else _("Decline all")))
    return choices


def _hints(competing: Competition) -> dict[str, str]:
    days = vendor().protection_days
    return {
        lead.ref: ngettext(
            "%(reseller)s is credited, protected for %(num)s day",
            "%(reseller)s is credited, protected for %(num)s days",
            days,
            reseller=lead.reseller.organisation.name,
        )
        for lead in competing.leads
    }


def _seen() -> list[Seen]:
    """The leads and versions that the page showed."""
    pairs = (pair.partition(":") for pair in request.form.getlist("seen")[:200])
    return [Seen(ref[:20], number_in(version)) for ref, _colon, version in pairs]


def _tell(found: Lead, winner: Lead | None, losers: list[Lead], *, undo: bool) -> None:
    changed = [lead for lead in (winner, *losers) if lead is not None]
    message: Any = {"text": _("%(company)s was decided. The resellers get a mail.", company=found.company_name)}
    if undo:
        message["undo_url"] = url_for(".undo_competition", ref=found.ref)
        message["undo_fields"] = {"seen": ",".join(f"{lead.ref}:{lead.version}" for lead in changed)}
    flash(message, "done")


@blueprint.post("/leads/<ref>/competition/undo")
@requires(P.LEADS_DECIDE)
def undo_competition(ref: str) -> Response:
    found = queries.find_by_ref(actor(), ref)
    pairs = (pair.partition(":") for pair in request.form.get("seen", "").split(",")[:200])
    try:
        decision.undo_between(
            found.company_key, [Seen(each, number_in(version)) for each, _c, version in pairs], actor()
        )
    except DomainError as refused:
        flash(str(refused.message), "warning")
    else:
        flash(_("The decision was taken back. The leads are being checked again."), "done")
    return redirect_see_other(url_for(".competition", ref=ref))
