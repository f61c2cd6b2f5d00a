"""Choosing a service partner for a lead (T2): every candidate with the reason for its rank, the suggestion chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, may, requires
from app.access.permissions import P
from app.core.errors import Conflict
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.customers import story as accounts
from app.customers.models import Account
from app.customers.story import Part
from app.followups import reasons, told
from app.followups.choosing import Code, Ranked, reason_for
from app.followups.desk import blueprint
from app.followups.forms.choice import ChoiceForm
from app.followups.models import Assignment, ServicePartner
from app.followups.queries import followups
from app.followups.queries import partners as queries
from app.followups.service import assigning
from app.leads import queries as leads
from app.leads import story
from app.leads.models import Lead


@dataclass(frozen=True)
class Line:
    """One radio button."""

    id: str
    """Of the control; the error summary leads to the first."""
    line: Ranked
    partner: ServicePartner
    reason: str
    checked: bool

    @property
    def may_be_chosen(self) -> bool:
        return self.line.code != Code.CURRENT


@blueprint.route("/leads/<ref>/service-partner", methods=["GET", "POST"])
@requires(P.PARTNER_CHOOSE)
def choice(ref: str) -> Response:
    lead = leads.find_by_ref(actor(), ref)
    assignments = queries.assignments_of(lead.id)
    form = ChoiceForm.blank(_wish_before(assignments))
    partners = queries.by_id()
    form.offer(partners)
    names = {one.id: one.organisation.name for one in partners.values()}
    if form.is_submitted() and request.form.get("do") == "wish":
        return _page(lead, form, fresh=True)
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                made = assigning.assign(lead.id, form.to_details(), actor())
            if saved:
                flash(_("The company is assigned to %(partner)s.", partner=names[made.partner_id]), "done")
                return redirect_see_other(url_for("leads_desk.lead", ref=ref) + "#service-partner")
        except Conflict as refused:
            form.refused(refused)
    return _page(lead, form)


def _page(lead: Lead, form: ChoiceForm, *, fresh: bool = False) -> Response:
    """As everything stands at this moment, with what was typed."""
    held = queries.active_assignment(lead.id)
    open_for_choice = queries.may_have_partner(lead)
    partners = queries.by_id()
    ranked = assigning.ranking(lead, form.wish_id) if open_for_choice else []
    ranked = [line for line in ranked if line.id in partners]
    form.offer(partners)
    form.show(ranked, held, fresh=fresh or not form.is_submitted())
    wished = partners.get(form.wish_id or 0)
    return render_page(
        "followups/desk_choice.html",
        lead=lead,
        form=form,
        held=held,
        open_for_choice=open_for_choice,
        lines=_lines(ranked, partners, form.partner.data),
        followup=followups.open_of_lead(lead.id),
        about_region=reasons.about_company(ranked),
        about_wish=reasons.wish_not_free(ranked, form.wish_id, wished.organisation.name) if wished else "",
        status=form.status,
    )


def _lines(ranked: Sequence[Ranked], partners: dict[int, ServicePartner], chosen: Any) -> list[Line]:
    return [
        Line(f"partner-{place}", line, partners[line.id], reasons.said(line), str(line.id) == str(chosen))
        for place, line in enumerate(ranked)
    ]


def _wish_before(assignments: Sequence[Assignment]) -> int | None:
    """The wish as it was noted when the last choice was made."""
    return next((one.wish_id for one in assignments if one.wish_id is not None), None)


# --- its part of a lead's page, and of an account's -------------------------------------------------------------------


def _of_lead(lead: Lead) -> Part | None:
    assignments = queries.assignments_of(lead.id)
    wants = queries.may_have_partner(lead)
    if not (assignments or wants):
        return None
    held = next((one for one in assignments if one.is_active), None)
    context = {
        "lead": lead,
        "held": held,
        "why": _why(held) if held else "",
        "ranking": _ranking_then(held) if held else [],
        "before": [one for one in assignments if one is not held],
        "states": told.ASSIGNMENT_STATES,
        "may_choose": wants and may(P.PARTNER_CHOOSE),
    }
    return Part("followups/desk_lead_partner.html", context)


def _why(held: Assignment) -> str:
    """The reason for its rank as it was when it was chosen."""
    line = reason_for([Ranked.from_json(kept) for kept in held.ranking], held.partner_id)
    return reasons.said(line) if line else ""


def _ranking_then(held: Assignment) -> list[tuple[str, int | None, str]]:
    """Name, rank and reason of all that could be chosen when it was chosen, in the words of today."""
    lines = [Ranked.from_json(kept) for kept in held.ranking[:SHOWN]]
    names = queries.names(line.id for line in lines)
    return [(names.get(line.id, ""), line.rank, reasons.said(line)) for line in lines]


SHOWN = 20
"""So many lines of a ranking stand on a lead's page; all are kept."""


story.DESK_PARTS.append(_of_lead)


def _of_account(account: Account) -> Part | None:
    """Who works for the customer, on the account's page; it is changed on the lead that was assigned."""
    found = queries.of_organisation(account.partner_organisation_id) if account.partner_organisation_id else None
    if found is None:
        return None
    lead_ref = queries.assigned_lead_of(account.id, found.id) if may(P.PARTNER_CHOOSE) else None
    return Part("followups/desk_account_partner.html", {"partner": found, "lead_ref": lead_ref})


accounts.DESK_PARTS.append(_of_account)
