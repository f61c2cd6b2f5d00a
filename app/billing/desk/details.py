"""Billing details at the desk: their list, one with its calendar, and the forms that change it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, may, requires
from app.access.permissions import P
from app.billing import calendar, outlook, story
from app.billing.calendar import Calendar, Pause
from app.billing.desk import blueprint
from app.billing.forms.details import OTHER, OWN, DetailForm, EndForm, PastForm, PauseForm, PriceForm, ResumeForm
from app.billing.models import BillingDetail, BillingPause
from app.billing.outlook import Line
from app.billing.queries import details as queries
from app.billing.queries.details import Filter
from app.billing.queries.due import Price
from app.billing.service import details as service
from app.catalogue import queries as catalogue
from app.catalogue.words import period_name
from app.core.carried import number_in
from app.core.clock import today
from app.core.db import db
from app.core.errors import DomainError, NotFound
from app.core.forms import BaseForm
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.core.money import CURRENCIES
from app.core.tables import table_response
from app.customers import queries as accounts
from app.customers import story as account_story
from app.customers.models import Account
from app.partners.models import Reseller
from app.settings.models import vendor


@blueprint.get("/billing/details")
@requires(P.BILLING_READ)
def details() -> Response:
    by = _filter()
    query = queries.narrowed(queries.visible_to(actor()), by, _today())
    return render_page(
        "billing/details.html",
        fragment="billing/_details.html",
        listing=queries.page(query, by.sort, request.args.get("cursor")),
        total=queries.count(query),
        by=by,
        day=_today(),
        said=story.said,
        resellers=accounts.resellers_to_choose(),
        service_options=[(str(each.id), each.name) for each in catalogue.everything()],
        currencies=[(code, code) for code in CURRENCIES],
        price_of=outlook.price_of,
    )


@blueprint.get("/billing/details.<any(csv, xlsx):format>")
@requires(P.BILLING_READ)
def details_file(format: str) -> Response:
    by, day = _filter(), _today()
    rows = queries.everything(queries.narrowed(queries.visible_to(actor()), by, day), by.sort)
    header = [
        _("Reference"),
        _("Account"),
        _("Company"),
        _("Service"),
        _("Text on the invoice"),
        _("How often it is invoiced"),
        _("Net amount of one period"),
        _("VAT rate"),
        _("Currency"),
        _("First day"),
        _("Last day on which a period may begin"),
        _("Next period"),
        _("State"),
        _("Credited reseller"),
        _("Added"),
    ]
    return table_response(format, _("billing-details"), header, (_columns(each, day) for each in rows))


def _columns(detail: BillingDetail, day: date) -> list[Any]:
    price = outlook.price_of(detail.prices, detail.next_on or day)
    return [
        detail.ref,
        detail.account.ref,
        detail.account.company_name,
        detail.service.name,
        detail.text,
        str(period_name(detail.months)),
        price.net,
        price.vat_rate,
        detail.currency,
        detail.starts_on,
        detail.ends_on,
        detail.next_on,
        story.said(detail, day).word,
        detail.reseller.organisation.name if detail.reseller else _("Sold directly"),
        detail.created_at,
    ]


@blueprint.get("/billing/details/<ref>")
@requires(P.BILLING_READ)
def detail(ref: str) -> Response:
    found, day = _found(ref), _today()
    return render_page(
        "billing/detail.html",
        detail=found,
        day=day,
        said=story.said(found, day),
        period_states=story.PERIOD_STATES,
        price=outlook.price_of(found.prices, found.next_on or day),
        lines=outlook.of_detail(found, day),
        dealt_with=list(reversed(found.periods))[:60],
        told=story.history_of(found),
        may_edit=may(P.BILLING_EDIT) and found.account.is_live,
        may_remove=not found.periods,
    )


# --- new and corrected ------------------------------------------------------------------------------------------------


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
        terms = form.terms(chosen.id, _credit(form, account))
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
    found = _found(ref)
    form = _edit_form(found)
    lines: list[Line] = []
    if form.validate_on_submit():
        terms = form.terms(found.service_id, _credit(form, found.account), found)
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
                found = _found(ref)
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


def _credit(form: DetailForm, account: Account) -> int | None:
    if form.credit.data == OWN:
        return account.reseller_id
    if form.credit.data == OTHER:
        return db.session.scalar(sa.select(Reseller.id).where(Reseller.ref == form.reseller.data))
    return None


def _preview(terms: service.DetailTerms) -> list[Line]:
    return outlook.next_lines(
        _calendar(terms),
        [Price(terms.starts_on, terms.net, terms.vat_rate)],
        _today(),
        taken_over_until=terms.taken_over_until,
        most=12,
    )


def _due_at_once(terms: service.DetailTerms) -> int:
    """How many periods would be due today."""
    since = terms.taken_over_until + timedelta(days=1) if terms.taken_over_until else None
    return sum(1 for _each in calendar.due(_calendar(terms), frozenset(), _today(), since))


def _calendar(terms: service.DetailTerms) -> Calendar:
    return Calendar(terms.starts_on, terms.months, terms.ends_on)


# --- price, pause, end, what was invoiced elsewhere -------------------------------------------------------------------


@blueprint.route("/billing/details/<ref>/price", methods=["GET", "POST"])
@requires(P.BILLING_EDIT)
def price(ref: str) -> Response:
    found = _found(ref)
    now_paid = outlook.price_of(found.prices, found.next_on or _today())
    form = PriceForm(data={"version": str(found.version), "from_on": found.next_on, "vat_rate": now_paid.vat_rate})

    def shown() -> list[Line]:
        assert form.from_on.data is not None
        assert form.net.data is not None
        others = [Price(each.from_on, each.net, each.vat_rate) for each in found.prices]
        typed = Price(form.from_on.data, form.net.data, form.vat_rate.data)
        return _lines(found, prices=[each for each in others if each.from_on != typed.from_on] + [typed])

    return _change(
        "billing/price.html",
        found,
        form,
        lambda: service.change_price(
            found.id, form.seen, _given(form.from_on), _given(form.net), form.vat_rate.data, actor()
        ),
        shown,
        _("The new price was saved."),
        now_paid=now_paid,
    )


@blueprint.route("/billing/details/<ref>/pause", methods=["GET", "POST"])
@requires(P.BILLING_EDIT)
def pause(ref: str) -> Response:
    found = _found(ref)
    form = PauseForm(data={"version": str(found.version), "from_on": max(_today(), found.starts_on)})

    def shown() -> list[Line]:
        kept = queries.calendar_of(found)
        typed = Pause(_given(form.from_on), form.until_on.data)
        return _lines(found, kept=replace(kept, pauses=(*kept.pauses, typed)))

    return _change(
        "billing/pause.html",
        found,
        form,
        lambda: service.pause(found.id, form.seen, _given(form.from_on), form.until_on.data, actor()),
        shown,
        _("The billing detail is paused then."),
    )


@blueprint.route("/billing/details/<ref>/pauses/<int:number>", methods=["GET", "POST"])
@requires(P.BILLING_EDIT)
def resume(ref: str, number: int) -> Response:
    found = _found(ref)
    held: BillingPause | None = next((each for each in found.pauses if each.id == number), None)
    if held is None:
        raise NotFound
    form = ResumeForm(data={"version": str(found.version), "on": max(_today(), held.from_on)})

    def shown() -> list[Line]:
        kept = queries.calendar_of(found)
        on = _given(form.on)
        others = tuple(each for each in kept.pauses if each.from_on != held.from_on)
        left = () if on <= held.from_on else (Pause(held.from_on, on - timedelta(days=1)),)
        return _lines(found, kept=replace(kept, pauses=(*others, *left)))

    return _change(
        "billing/resume.html",
        found,
        form,
        lambda: service.resume(found.id, form.seen, held.id, _given(form.on), actor()),
        shown,
        _("The pause was ended."),
        pause=held,
    )


@blueprint.route("/billing/details/<ref>/end", methods=["GET", "POST"])
@requires(P.BILLING_EDIT)
def end(ref: str) -> Response:
    found = _found(ref)
    form = EndForm(data={"version": str(found.version), "ends_on": found.ends_on})
    return _change(
        "billing/end.html",
        found,
        form,
        lambda: service.end(found.id, form.seen, _given(form.ends_on), actor()),
        lambda: _lines(found, kept=replace(queries.calendar_of(found), ends_on=form.ends_on.data)),
        _("The end was set."),
    )


@blueprint.route("/billing/details/<ref>/past", methods=["GET", "POST"])
@requires(P.BILLING_EDIT)
def past(ref: str) -> Response:
    found = _found(ref)
    form = PastForm(data={"version": str(found.version), "past": "" if found.past_unclear else "elsewhere"})

    def until() -> date | None:
        return form.until.data if form.past.data == "elsewhere" else None

    def shown() -> list[Line]:
        rows = {held.number: held for held in found.periods}
        return outlook.next_lines(
            queries.calendar_of(found), found.prices, _today(), dealt_with=rows, taken_over_until=until(), most=24
        )

    return _change(
        "billing/past.html",
        found,
        form,
        lambda: service.settle_past(found.id, form.seen, until(), actor()),
        shown,
        _("The past of this billing detail is settled."),
    )


@blueprint.post("/billing/details/<ref>/reopening")
@requires(P.BILLING_EDIT)
def reopen(ref: str) -> Response:
    found = _found(ref)
    service.reopen(found.id, number_in(request.form.get("version"), -1), actor())
    flash(_("The end was taken away: the calendar goes on."), "done")
    return redirect_see_other(url_for(".detail", ref=ref))


@blueprint.get("/billing/details/<ref>/removal")
@requires(P.BILLING_EDIT)
def removal(ref: str) -> Response:
    return render_page("billing/removal.html", detail=_found(ref), problem="")


@blueprint.post("/billing/details/<ref>/removal")
@requires(P.BILLING_EDIT)
def remove(ref: str) -> Response:
    found = _found(ref)
    account = found.account.ref
    try:
        service.remove(found.id, number_in(request.form.get("version"), -1), actor())
    except service.DetailMovedOn as moved:
        db.session.rollback()
        return render_page("billing/removal.html", detail=_found(ref), problem=moved.message, status=409)
    except DomainError as error:
        if error.status != 422:
            raise
        return render_page("billing/removal.html", detail=found, problem=error.message, status=422)
    flash(_("The billing detail was removed."), "done")
    return redirect_see_other(url_for("customers_desk.account", ref=account))


def _change(
    template: str,
    found: BillingDetail,
    form: BaseForm,
    verb: Callable[[], BillingDetail],
    shown: Callable[[], list[Line]],
    receipt: str,
    **context: Any,
) -> Response:
    """A form that changes a detail: what would come of it, or the verb. Another's save in between: 409, and a second
    press saves."""
    lines: list[Line] = []
    if form.validate_on_submit():
        if request.form.get("do") == "preview":
            lines = shown()
        else:
            try:
                with form.attempt() as saved:
                    verb()
                if saved:
                    flash(receipt, "done")
                    return redirect_see_other(url_for(".detail", ref=found.ref))
            except service.DetailMovedOn as moved:
                db.session.rollback()
                found = _found(found.ref)
                form.overtaken(moved, found.version)
                lines = _lines(found)
    elif not form.is_submitted():
        lines = _lines(found)
    return render_page(
        template,
        form=form,
        detail=found,
        lines=lines,
        currency=found.currency,
        period_states=story.PERIOD_STATES,
        status=form.status,
        **context,
    )


def _lines(found: BillingDetail, kept: Calendar | None = None, prices: list[Price] | None = None) -> list[Line]:
    return outlook.next_lines(
        kept or queries.calendar_of(found),
        prices or found.prices,
        _today(),
        dealt_with={held.number: held for held in found.periods},
    )


def _given(field: Any) -> Any:
    """What a validated, required field holds."""
    return field.data


def _found(ref: str) -> BillingDetail:
    return queries.whole(queries.visible_to(actor()), ref)


def _today() -> date:
    return today(vendor().timezone)


def _filter() -> Filter:
    asked = request.args
    return Filter(
        q=asked.get("q", "").strip()[:200],
        service=asked.get("service", ""),
        reseller=asked.get("reseller", "")[:20],
        state=asked.get("state", "") if asked.get("state") in queries.STATES else "",
        currency=asked.get("currency", "") if asked.get("currency") in CURRENCIES else "",
        sort=asked.get("sort", "newest") if asked.get("sort") in queries.SORTS else "newest",
    )


# --- on the page of an account ----------------------------------------------------------------------------------------


def _of_account(account: Account) -> account_story.Part | None:
    if not may(P.BILLING_READ):
        return None
    context = {
        "details": queries.of_account(account.id),
        "day": _today(),
        "said": story.said,
        "price_of": outlook.price_of,
        "new_url": url_for("billing_desk.new", ref=account.ref) if account.is_live and may(P.BILLING_EDIT) else "",
    }
    return account_story.Part("billing/desk_account_part.html", context)


account_story.DESK_PARTS.append(_of_account)
