"""Starting a plan, for an account or for an organisation that works with the vendor; copying one (I1, I2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, may, requires
from app.access.permissions import P
from app.core.errors import Conflict, NotFound
from app.core.htmx import redirect_see_other, render_page, wants_fragment
from app.core.i18n import _
from app.customers import queries as accounts
from app.customers.models import Account
from app.people.models import Organisation
from app.plans import texts
from app.plans.desk import blueprint
from app.plans.desk.doors import chosen, colleagues, the_plan
from app.plans.forms import facts
from app.plans.forms.billed import detail_words
from app.plans.forms.start import StartForm
from app.plans.models import Plan
from app.plans.queries import at_desk
from app.plans.service import billed, foreseeing, people, starting
from app.plans.service.people import NewContact
from app.plans.service.starting import PartyClosed, StartDetails, WrongFacts
from app.playbooks import queries as playbooks
from app.playbooks.models import Audience
from app.playbooks.outline import ContactRole
from app.settings import processes
from app.settings.models import vendor
from app.settings.processes import Process

Party = Account | Organisation


@blueprint.route("/new", methods=["GET", "POST"])
@requires(P.PLANS_START)
def start() -> Response:
    """For `?account=` or `?organisation=`."""
    party = _party()
    if isinstance(party, Account) and not party.is_live:
        raise PartyClosed
    begin = _beginning(party)
    return _form(party, begin, lambda details: starting.start(details, actor()), request.full_path.rstrip("?"))


@blueprint.route("/<ref>/copy", methods=["GET", "POST"])
@requires(P.PLANS_START)
def copy(ref: str) -> Response:
    """Another plan that begins as this one did, with the tasks that were added to it."""
    plan = the_plan(ref)
    party = plan.account or plan.organisation
    assert party is not None
    if isinstance(party, Account) and not party.is_live:
        raise PartyClosed
    return _form(
        party,
        starting.like(plan),
        lambda details: starting.copy(plan.id, details, actor()),
        url_for(".copy", ref=ref),
        original=plan,
    )


def _party() -> Party:
    if ref := request.args.get("account", ""):
        if not may(P.ACCOUNTS_READ):
            raise NotFound
        return accounts.whole(accounts.visible_to(actor()), ref)
    if ref := request.args.get("organisation", ""):
        return at_desk.organisation(ref)
    raise NotFound


def _beginning(party: Party) -> StartDetails:
    """What stands in the form at first: the party's people, and those of its former plans."""
    first = [*people.of_party(party)]
    if isinstance(party, Account):
        there = {contact.email for contact in first}
        first += [
            NewContact(known.name, known.email, known.phone or "", known.locale, ContactRole(known.role), enters=False)
            for known in people.known_of(party.id)
            if known.email not in there and known.role in set(ContactRole) - {ContactRole.MAIN}
        ][:10]
    if first and not any(contact.role == ContactRole.MAIN for contact in first):
        first[0] = replace(first[0], role=ContactRole.MAIN)
    return StartDetails(
        playbook="",
        manager_id=0,
        account_id=party.id if isinstance(party, Account) else None,
        organisation_id=None if isinstance(party, Account) else party.id,
        contacts=tuple(first),
        locale=party.locale if isinstance(party, Account) else "",
        country=party.country if isinstance(party, Account) else vendor().country,
    )


def _form(
    party: Party,
    begin: StartDetails,
    make: Callable[[StartDetails], Plan],
    address: str,
    *,
    original: Plan | None = None,
) -> Response:
    audience = Audience.CUSTOMER if isinstance(party, Account) else Audience.PARTNER
    startable = playbooks.startable(audience)
    picked = request.form.get("playbook") or request.args.get("playbook") or begin.playbook
    found = next((known for known in startable if known.playbook.code == picked), None)
    if found is None and len(startable) == 1:
        found = startable[0]
    outline = texts.outline_of(found.version_id) if found else None
    managers = colleagues()
    manager = next((person for person in managers if person.id == begin.manager_id), actor())
    form = StartForm.of(
        outline,
        startable,
        managers,
        replace(begin, playbook=found.playbook.code if found else ""),
        locale=vendor().default_locale,
        manager=manager,
        billable=_billable(party) if outline and outline.starting else (),
        leads=may(P.CASES_LEAD),
    )
    do = request.form.get("do", "")
    only_look = request.method == "GET" or do == "show" or form.rearranged(do) or wants_fragment()
    if not only_look and form.validate_on_submit() and (chosen_one := chosen(managers, form.manager.data)):
        plan: Plan | None = None
        try:
            with form.attempt():
                try:
                    plan = make(form.details_for(begin, chosen_one.id))
                except WrongFacts as wrong:
                    facts.refuse(form, wrong)
        except Conflict as conflict:
            form.refused(conflict)
        if plan is not None:
            flash(_("The plan was started."), "done")
            return redirect_see_other(url_for(".plan", ref=plan.ref))
    return render_page(
        "plans/desk_start.html",
        fragment="plans/_start_preview.html"
        if request.headers.get("HX-Target") == "preview"
        else "plans/_start_people.html"
        if request.headers.get("HX-Target") == "people"
        else "plans/_start_asked.html",
        party_name=starting.name_of(party),
        party_url=_party_url(party),
        form=form,
        questions=facts.questions(form),
        outline=outline,
        startable=startable,
        audience=audience,
        address=address,
        original=original,
        others=_others(party, original),
        status=200 if only_look else form.status,
        **_preview(form, outline),
    )


def _billable(party: Party) -> list[tuple[str, str]]:
    """Billing details of the account of which nothing was invoiced, for whoever may change them."""
    if not isinstance(party, Account) or not may(P.BILLING_EDIT) or not processes.is_on(Process.BILLING):
        return []
    return [(detail.ref, detail_words(detail)) for detail in billed.linkable(party.id)]


def _preview(form: StartForm, outline: Any) -> dict[str, Any]:
    """What would appear; nothing while the answers cannot be."""
    if outline is None:
        return {"beginning": None, "phases": []}
    try:
        found = foreseeing.beginning(outline, facts.given(form, outline))
    except WrongFacts:
        return {"beginning": None, "phases": []}
    phases = [
        (
            texts.phase_title(phase.code, outline),
            [task for task in found.tasks if task.phase == phase.code],
            [training for training in found.trainings if training.phase == phase.code],
        )
        for phase in outline.phases
    ]
    return {"beginning": found, "phases": [row for row in phases if row[1] or row[2]]}


def _others(party: Party, original: Plan | None) -> list[Plan]:
    """Plans of the same company that run already."""
    known = at_desk.of_party(party)
    return [plan for plan in known if plan.is_running and (original is None or plan.id != original.id)]


def _party_url(party: Party) -> str:
    if isinstance(party, Account):
        return url_for("customers_desk.account", ref=party.ref)
    return url_for("plans_desk.plans")
