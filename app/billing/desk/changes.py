"""What changes of a billing detail, at the desk: price, pauses, end, what was invoiced elsewhere, its removal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.billing import outlook, story
from app.billing.calendar import Calendar, Pause
from app.billing.desk import blueprint
from app.billing.desk.details import found_detail
from app.billing.forms.details import EndForm, PastForm, PauseForm, PriceForm, ResumeForm
from app.billing.models import BillingDetail, BillingPause
from app.billing.outlook import Line
from app.billing.queries import details as queries
from app.billing.queries.due import Price
from app.billing.queries.invoices import vendor_today
from app.billing.service import changes, details
from app.core.carried import number_in
from app.core.db import db
from app.core.errors import DomainError, NotFound
from app.core.forms import BaseForm
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _


@blueprint.route("/billing/details/<ref>/price", methods=["GET", "POST"])
@requires(P.BILLING_EDIT)
def price(ref: str) -> Response:
    found = found_detail(ref)
    now_paid = outlook.price_of(found.prices, found.next_on or vendor_today())
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
        lambda: changes.change_price(
            found.id, form.seen, _given(form.from_on), _given(form.net), form.vat_rate.data, actor()
        ),
        shown,
        _("The new price was saved."),
        now_paid=now_paid,
    )


@blueprint.route("/billing/details/<ref>/pause", methods=["GET", "POST"])
@requires(P.BILLING_EDIT)
def pause(ref: str) -> Response:
    found = found_detail(ref)
    form = PauseForm(data={"version": str(found.version), "from_on": max(vendor_today(), found.starts_on)})

    def shown() -> list[Line]:
        kept = queries.calendar_of(found)
        typed = Pause(_given(form.from_on), form.until_on.data)
        return _lines(found, kept=replace(kept, pauses=(*kept.pauses, typed)))

    return _change(
        "billing/pause.html",
        found,
        form,
        lambda: changes.pause(found.id, form.seen, _given(form.from_on), form.until_on.data, actor()),
        shown,
        _("The billing detail is paused then."),
    )


@blueprint.route("/billing/details/<ref>/pauses/<int:number>", methods=["GET", "POST"])
@requires(P.BILLING_EDIT)
def resume(ref: str, number: int) -> Response:
    found = found_detail(ref)
    held: BillingPause | None = next((each for each in found.pauses if each.id == number), None)
    if held is None:
        raise NotFound
    form = ResumeForm(data={"version": str(found.version), "on": max(vendor_today(), held.from_on)})

    def shown() -> list[Line]:
        kept = queries.calendar_of(found)
        on = _given(form.on)
        others = tuple(each for each in kept.pauses if each.from_on != held.from_on)
        last = min(on - timedelta(days=1), held.until_on or date.max)
        left = () if on <= held.from_on else (Pause(held.from_on, last),)
        return _lines(found, kept=replace(kept, pauses=(*others, *left)))

    return _change(
        "billing/resume.html",
        found,
        form,
        lambda: changes.resume(found.id, form.seen, held.id, _given(form.on), actor()),
        shown,
        _("The pause was ended."),
        pause=held,
    )


@blueprint.route("/billing/details/<ref>/end", methods=["GET", "POST"])
@requires(P.BILLING_EDIT)
def end(ref: str) -> Response:
    found = found_detail(ref)
    form = EndForm(data={"version": str(found.version), "ends_on": found.ends_on})
    return _change(
        "billing/end.html",
        found,
        form,
        lambda: changes.end(found.id, form.seen, _given(form.ends_on), actor()),
        lambda: _lines(found, kept=replace(queries.calendar_of(found), ends_on=form.ends_on.data)),
        _("The end was set."),
    )


@blueprint.route("/billing/details/<ref>/past", methods=["GET", "POST"])
@requires(P.BILLING_EDIT)
def past(ref: str) -> Response:
    found = found_detail(ref)
    form = PastForm(data={"version": str(found.version), "past": "" if found.past_unclear else "elsewhere"})

    def until() -> date | None:
        return form.until.data if form.past.data == "elsewhere" else None

    def shown() -> list[Line]:
        rows = {held.number: held for held in found.periods}
        return outlook.next_lines(
            queries.calendar_of(found), found.prices, vendor_today(), dealt_with=rows, taken_over_until=until(), most=24
        )

    return _change(
        "billing/past.html",
        found,
        form,
        lambda: changes.settle_past(found.id, form.seen, until(), actor()),
        shown,
        _("The past of this billing detail is settled."),
    )


@blueprint.post("/billing/details/<ref>/reopening")
@requires(P.BILLING_EDIT)
def reopen(ref: str) -> Response:
    found = found_detail(ref)
    changes.reopen(found.id, number_in(request.form.get("version"), -1), actor())
    flash(_("The end was taken away: the calendar goes on."), "done")
    return redirect_see_other(url_for(".detail", ref=ref))


@blueprint.get("/billing/details/<ref>/removal")
@requires(P.BILLING_EDIT)
def removal(ref: str) -> Response:
    return render_page("billing/removal.html", detail=found_detail(ref), problem="")


@blueprint.post("/billing/details/<ref>/removal")
@requires(P.BILLING_EDIT)
def remove(ref: str) -> Response:
    found = found_detail(ref)
    account = found.account.ref
    try:
        details.remove(found.id, number_in(request.form.get("version"), -1), actor())
    except details.DetailMovedOn as moved:
        db.session.rollback()
        return render_page("billing/removal.html", detail=found_detail(ref), problem=moved.message, status=409)
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
            except details.DetailMovedOn as moved:
                db.session.rollback()
                found = found_detail(found.ref)
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
        vendor_today(),
        dealt_with={held.number: held for held in found.periods},
    )


def _given(field: Any) -> Any:
    """What a validated, required field holds."""
    return field.data
