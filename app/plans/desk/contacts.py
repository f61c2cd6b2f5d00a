"""The customer's people of a plan at the desk: added, edited, their personal links sent and withdrawn (I4, I5)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import flash, url_for
from flask.wrappers import Response

from app.access.guard import requires
from app.access.permissions import P
from app.core.errors import Conflict
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.plans.desk import blueprint
from app.plans.desk.doors import hand, the_plan
from app.plans.forms.plan import ContactForm
from app.plans.models import Plan
from app.plans.queries import at_desk
from app.plans.service import people


@blueprint.route("/<ref>/people/new", methods=["GET", "POST"])
@requires(P.PLANS_WORK)
def add_contact(ref: str) -> Response:
    found = the_plan(ref)
    form = ContactForm.of(found, None)
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                people.add(found.id, form.to_details(), hand())
        except Conflict as refused:
            form.refused(refused)
        else:
            if saved:
                flash(_("The person was added."), "done")
                return _to_people(ref)
    return render_page("plans/desk_contact.html", plan=found, contact=None, form=form, status=form.status)


@blueprint.route("/<ref>/people/<contact_ref>", methods=["GET", "POST"])
@requires(P.PLANS_WORK)
def edit_contact(ref: str, contact_ref: str) -> Response:
    found = the_plan(ref)
    contact = at_desk.contact(found, contact_ref)
    form = ContactForm.of(found, contact)
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                people.edit(found.id, contact_ref, form.to_details(), hand(), expect=form.seen)
        except people.ContactMovedOn as overtaken:
            form.overtaken(overtaken, at_desk.contact(found, contact_ref).version)
        except Conflict as refused:
            form.refused(refused)
        else:
            if saved:
                flash(_("Saved."), "done")
                return _to_people(ref)
    return render_page("plans/desk_contact.html", plan=found, contact=contact, form=form, status=form.status)


@blueprint.post("/<ref>/people/<contact_ref>/link")
@requires(P.PLANS_WORK)
def send_link(ref: str, contact_ref: str) -> Response:
    """A new link; an earlier one of theirs closes."""
    found = the_plan(ref)
    sent = people.invite(found.id, contact_ref, hand())
    flash(_("The personal link is on its way to %(email)s.", email=sent.email), "done")
    return _to_people(ref)


@blueprint.post("/<ref>/people/<contact_ref>/link/withdrawal")
@requires(P.PLANS_WORK)
def withdraw_link(ref: str, contact_ref: str) -> Response:
    """They stay named, and no longer enter."""
    found = the_plan(ref)
    contact = at_desk.contact(found, contact_ref)
    details = replace(ContactForm.details_of(contact), enters=False)
    return _refusable(
        found, lambda: people.edit(found.id, contact_ref, details, hand()), _("The personal link was withdrawn.")
    )


@blueprint.get("/<ref>/people/<contact_ref>/end")
@requires(P.PLANS_WORK)
def end_contact(ref: str, contact_ref: str) -> Response:
    found = the_plan(ref)
    return render_page("plans/desk_contact_end.html", plan=found, contact=at_desk.contact(found, contact_ref))


@blueprint.post("/<ref>/people/<contact_ref>/end")
@requires(P.PLANS_WORK)
def take_out(ref: str, contact_ref: str) -> Response:
    found = the_plan(ref)
    return _refusable(found, lambda: people.end(found.id, contact_ref, hand()), _("The person takes part no longer."))


def _refusable(found: Plan, verb: Any, said: str) -> Response:
    try:
        verb()
    except Conflict as refused:
        flash(str(refused.message), "warning")
    else:
        flash(said, "done")
    return _to_people(found.ref)


def _to_people(ref: str) -> Response:
    return redirect_see_other(url_for(".plan", ref=ref, _anchor="people"))
