"""From lead to account and back: the preview with its choices, the conversion, the reversal."""

from __future__ import annotations

from typing import Any

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, may, requires
from app.access.permissions import P
from app.billing.queries import details as billing_details
from app.core.carried import number_in
from app.core.errors import Conflict
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _, ngettext
from app.customers import queries as accounts
from app.customers.compare import choice_rows
from app.customers.fields import asked_in, facts
from app.customers.models import COMPANY_FIELDS, Account
from app.leads import queries
from app.leads.desk import blueprint
from app.leads.forms.conversion import ConversionForm, PlanChoices
from app.leads.models import Lead, LeadState
from app.leads.service import conversion
from app.leads.service.conversion import Choice, FirstPlan
from app.leads.service.editing import LeadMovedOn
from app.partners.queries import is_software_partner
from app.plans import texts
from app.plans.models import Plan
from app.plans.queries import at_desk as plans
from app.playbooks import queries as playbooks
from app.playbooks.models import Audience
from app.settings import processes
from app.settings.processes import Process

NEW = "new"


@blueprint.get("/leads/<ref>/conversion")
@requires(P.LEADS_CONVERT)
def conversion_preview(ref: str) -> Response:
    return _preview(_accepted(ref), request.args.get("into", ""))


@blueprint.post("/leads/<ref>/conversion")
@requires(P.LEADS_CONVERT)
def convert(ref: str) -> Response:
    found = queries.find_by_ref(actor(), ref)
    into = request.form.get("into", "")[:20]
    form = _form(found)
    if not form.validate_on_submit():
        return _preview(_accepted(ref), into, form)
    account: Account | None = None
    try:
        with form.attempt():
            try:
                account = conversion.convert(found.id, _choice(into, form), actor())
            except conversion.WrongTerms as wrong:
                form.refuse(wrong.service_id, wrong)
    except Conflict as conflict:
        found = _accepted(ref)
        form.refused(conflict)
        return _preview(found, into, form)
    if account is None:
        return _preview(_accepted(ref), into, form)
    done: Any = {
        "text": _done_words(account, len(form.details), software_partner=is_software_partner(found.reseller_id)),
        "undo_url": url_for(".reverse", ref=ref),
        "undo_fields": {"version": _version_of(ref)},
    }
    flash(done, "done")
    return redirect_see_other(url_for("customers_desk.account", ref=account.ref))


@blueprint.get("/leads/<ref>/reversal")
@requires(P.LEADS_CONVERT)
def reversal(ref: str) -> Response:
    """Asks before it reverses, and says what stands in the way."""
    found = queries.find_by_ref(actor(), ref)
    standing = conversion.standing(found)
    if standing is None or found.account is None:
        raise LeadMovedOn(_("This lead is not converted any more."))
    return render_page(
        "leads/desk_reversal.html",
        lead=found,
        mailed=not is_software_partner(found.reseller_id),
        conversion=standing,
        obstacles=[str(reason) for reason in conversion.obstacles(found, found.account, standing)],
        details=conversion.made_details(standing),
        plan=conversion.made_plan(standing) if standing.plan_id is not None else None,
    )


@blueprint.post("/leads/<ref>/reversal")
@requires(P.LEADS_CONVERT)
def reverse(ref: str) -> Response:
    found = queries.find_by_ref(actor(), ref)
    try:
        conversion.reverse(found.id, number_in(request.form.get("version")), actor())
    except conversion.CannotReverse as refused:
        flash(str(refused.message), "warning")
    else:
        reversed_ = _("The conversion was reversed. The lead is accepted again, and the reseller gets a mail.")
        if is_software_partner(found.reseller_id):
            reversed_ = _("The conversion was reversed. The lead is accepted again.")
        flash(reversed_, "done")
    return redirect_see_other(url_for(".lead", ref=ref))


def _version_of(ref: str) -> int:
    return queries.find_by_ref(actor(), ref).version


def _accepted(ref: str) -> Lead:
    found = queries.find_by_ref(actor(), ref)
    if found.state != LeadState.ACCEPTED:
        raise LeadMovedOn(_("This lead was changed or decided by somebody else meanwhile. Look at it again."))
    return found


def _done_words(account: Account, details: int, *, software_partner: bool) -> str:
    if software_partner:
        if not details:
            return _("%(company)s is an account now.", company=account.company_name)
        return ngettext(
            "%(company)s is an account now, with %(num)s billing detail.",
            "%(company)s is an account now, with %(num)s billing details.",
            details,
            company=account.company_name,
        )
    if not details:
        return _("%(company)s is an account now. The reseller gets a mail.", company=account.company_name)
    return ngettext(
        "%(company)s is an account now, with %(num)s billing detail. The reseller gets a mail.",
        "%(company)s is an account now, with %(num)s billing details. The reseller gets a mail.",
        details,
        company=account.company_name,
    )


def _form(found: Lead, into: Account | None = None) -> ConversionForm:
    billing = may(P.BILLING_EDIT) and processes.is_on(Process.BILLING)
    billed = billing_details.services_of(into.id) if billing and into is not None else ()
    return ConversionForm.of(found, billing=billing, billed=billed, plans=_plan_choices())


def _plan_choices() -> PlanChoices | None:
    """From which playbooks a plan can be started with the account; None where nobody may."""
    if not may(P.PLANS_START) or not processes.is_on(Process.IMPLEMENTATION):
        return None
    startable = playbooks.startable(Audience.CUSTOMER)
    if not startable:
        return None
    managers = plans.colleagues()
    named = actor() if any(person.id == actor().id for person in managers) else managers[0]
    return PlanChoices(
        [(known.playbook.code, known.playbook.title) for known in startable],
        [(person.ref, person.name) for person in managers],
        named.ref,
        starting=any(texts.outline_of(known.version_id).starting for known in startable),
        leads=may(P.CASES_LEAD),
    )


def _preview(found: Lead, into: str, form: ConversionForm | None = None) -> Response:
    """`form` is the one that was sent, with what is wrong in it."""
    matches = accounts.matches(found, found.name_sort)
    joinable = [match for match in matches if match.account.reseller_id in (None, found.reseller_id)]
    chosen = next((match.account for match in joinable if match.account.ref == into), None)
    if chosen is None and into != NEW:
        sure = [match.account for match in joinable if "company" in match.reasons]
        chosen = sure[0] if sure else None
    form = form or _form(found, chosen)
    return render_page(
        "leads/desk_conversion.html",
        lead=found,
        matches=matches,
        joinable={match.account.ref for match in joinable},
        into=chosen,
        rows=_rows(found, chosen) if chosen is not None else [],
        facts=facts(found, tuple(name for name in asked_in(found.country) if getattr(found, name))),
        form=form,
        ticked=_ticked(found),
        running=_running_plans(chosen) if form.offers_plan else [],
        status=form.status,
    )


def _running_plans(account: Account | None) -> list[Plan]:
    return [plan for plan in plans.of_party(account) if plan.is_running] if account is not None else []


def _ticked(found: Lead) -> set[str]:
    """Services and shops to take over, as names of their boxes: all of them, or those that were sent."""
    if request.method == "POST":
        return {f"{name}-{value}" for name in ("services", "shops") for value in request.form.getlist(name)}
    return {f"services-{held.service_id}" for held in found.services} | {f"shops-{shop.id}" for shop in found.shops}


def _rows(found: Lead, account: Account) -> list[dict[str, Any]]:
    """The account's value beside the lead's; different ones are chosen, an empty one gives way."""
    chosen = request.form.to_dict()
    rows = choice_rows(account, found, ("account", "lead"), chosen)
    if account.reseller_id != found.reseller_id:
        rows.append(
            {
                "label": _("Credited to"),
                "values": [_("Nobody"), found.reseller.organisation.name],
                "differs": True,
                "name": "reseller",
                "options": ["account", "lead"],
                "chosen": chosen.get("reseller", "lead"),
            }
        )
    return rows


def _choice(into: str, form: ConversionForm) -> Choice:
    typed = request.form
    return Choice(
        lead_version=number_in(typed.get("version")),
        into=into if into and into != NEW else None,
        account_version=number_in(typed.get("account_version")),
        values={name: typed.get(name, "account") for name in (*COMPANY_FIELDS, "reseller")},
        service_ids=frozenset(number_in(value) for value in typed.getlist("services")[:500]),
        shop_ids=frozenset(number_in(value) for value in typed.getlist("shops")[:500]),
        details=form.details,
        plan=_first_plan(form),
        from_start=form.from_start,
    )


def _first_plan(form: ConversionForm) -> FirstPlan | None:
    if form.plan is None:
        return None
    playbook, ref = form.plan
    manager = next((person for person in plans.colleagues() if person.ref == ref), actor())
    return FirstPlan(playbook, manager.id, **form.days)
