"""What is agreed for a billing detail, at the desk: a new one on an account, and its correction."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.billing import calendar, outlook, story
from app.billing.calendar import Calendar
from app.billing.desk import blueprint
from app.billing.desk.details import found_detail
from app.billing.forms.details import DetailForm
from app.billing.models import BillingDetail
from app.billing.outlook import Line
from app.billing.queries.due import Price
from app.billing.queries.invoices import vendor_today
from app.billing.service import details as service
from app.catalogue import queries as catalogue
from app.core.db import db
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.customers import queries as accounts
from app.customers.models import Account


@blueprint.route("/accounts/<ref>/billing/new", methods=["GET", "POST"])
@requires(P.BILLING_EDIT)
def new(ref: str) -> Response:
    """First the service, then its terms, which begin as the catalogue says."""
    account = accounts.whole(accounts.visible_to(actor()), ref)
    if not account.is_live:
        raise service.AccountClosed(_("This account is closed. Nothing can be added to it."))
    chosen = catalogue.by_code(request.args.get("service", "")[:40])
    if chosen is None:
        held = [each.service_id for each in account.services]
        offered = [each for each in catalogue.everything() if each.offered or each.id in held]
        return render_page(
            "billing/new.html",
            account=account,
            services=sorted(offered, key=lambda each: each.id not in held),
            held=held,
        )
    form = DetailForm(data=DetailForm.usual(chosen, account.reseller, secrets.token_urlsafe(16)))
    form.for_new().offer(account.reseller, accounts.resellers_to_choose())
    lines: list[Line] = []
    due_at_once = 0
    if form.validate_on_submit():
        terms = form.terms(chosen.id, form.credited_to(account))
        if request.form.get("do") == "preview":
            lines, due_at_once = _preview(terms), _due_at_once(terms)
        else:
            with form.attempt() as saved:
                made = service.add(account.id, terms, actor(), key=form.key.data[:64] or None)
            if saved:
                flash(_("The billing detail was added."), "done")
                return redirect_see_other(url_for(".detail", ref=made.ref))
    return _terms_page(form, account, lines, service=chosen, due_at_once=due_at_once)


@blueprint.route("/billing/details/<ref>/edit", methods=["GET", "POST"])
@requires(P.BILLING_EDIT)
def edit(ref: str) -> Response:
    found = found_detail(ref)
    form = _edit_form(found)
    lines: list[Line] = []
    if form.validate_on_submit():
        terms = form.terms(found.service_id, form.credited_to(found.account), found)
        if request.form.get("do") == "preview" and form.has_terms:
            lines = _preview(terms)
        else:
            try:
                with form.attempt() as saved:
                    service.edit(found.id, form.seen, terms, actor())
                if saved:
                    flash(_("The billing detail was saved."), "done")
                    return redirect_see_other(url_for(".detail", ref=ref))
            except service.DetailMovedOn as moved:
                db.session.rollback()
                found = found_detail(ref)
                form = _edit_form(found)  # a period may have been dealt with: then the terms are no longer asked
                form.overtaken(moved, found.version)
    return _terms_page(form, found.account, lines, detail=found)


def _edit_form(found: BillingDetail) -> DetailForm:
    form = DetailForm(data=DetailForm.values_of(found))
    fresh = not found.periods and not found.pauses and len(found.prices) == 1
    (form.for_fresh if fresh else form.for_running)()
    return form.offer(found.account.reseller, accounts.resellers_to_choose())


def _terms_page(form: DetailForm, account: Account, lines: list[Line], **context: Any) -> Response:
    found: BillingDetail | None = context.get("detail")
    return render_page(
        "billing/terms.html",
        form=form,
        account=account,
        lines=lines,
        currency=form.currency.data if form.has_terms else "",
        period_states=story.PERIOD_STATES,
        detail=found,
        service=found.service if found else context["service"],
        due_at_once=context.get("due_at_once", 0),
        status=form.status,
    )


def _preview(terms: service.DetailTerms) -> list[Line]:
    return outlook.next_lines(
        _calendar(terms),
        [Price(terms.starts_on, terms.net, terms.vat_rate)],
        vendor_today(),
        taken_over_until=terms.taken_over_until,
        most=12,
    )


def _due_at_once(terms: service.DetailTerms) -> int:
    """How many periods would be due today."""
    since = terms.taken_over_until + timedelta(days=1) if terms.taken_over_until else None
    return sum(1 for _each in calendar.due(_calendar(terms), frozenset(), vendor_today(), since))


def _calendar(terms: service.DetailTerms) -> Calendar:
    return Calendar(terms.starts_on, terms.months, terms.ends_on)
