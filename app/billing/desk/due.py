"""What is due to be invoiced, handing it over, and the hand-overs with their files."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import date
from typing import Any

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, may, requires
from app.access.permissions import P
from app.billing import files, story
from app.billing.desk import blueprint
from app.billing.forms.handing_over import HandOverForm
from app.billing.queries import due as queries
from app.billing.queries import hand_overs
from app.billing.queries.due import Totals
from app.billing.service import handing_over as service
from app.core.carried import number_in
from app.core.clock import today
from app.core.days import NotADay, day_in
from app.core.db import db
from app.core.errors import DomainError
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _, ngettext
from app.core.tables import table_response
from app.history.service import entries_of
from app.history.words import Told
from app.people.queries import names_of
from app.settings.models import vendor


@blueprint.get("/billing")
@requires(P.BILLING_READ)
def due() -> Response:
    until, wrong = _until()
    listing = queries.page(until, request.args.get("cursor"))
    return render_page(
        "billing/due.html",
        fragment="billing/_due.html",
        until=until,
        misread=wrong,
        day=_today(),
        listing=listing,
        lines=queries.lines_of(listing.items, until),
        totals=queries.totals(until),
        may_hand_over=may(P.BILLING_HAND_OVER),
    )


@blueprint.get("/billing/due.<any(csv, xlsx, json):format>")
@requires(P.BILLING_READ)
def due_file(format: str) -> Response:
    """A preview: nothing is handed over by looking."""
    until, _wrong = _until()
    rows = (files.row_of_due(line) for line in queries.everything(until))
    return files.response(format, f"due-{until.isoformat()}", {"hand_over": None, "until": until}, rows)


# --- handing over -----------------------------------------------------------------------------------------------------


@blueprint.route("/billing/hand-over", methods=["GET", "POST"])
@requires(P.BILLING_HAND_OVER)
def hand_over() -> Response:
    """A page to confirm it, then the hand-over; a second press finds the first one's. A day that cannot be read is
    never taken for today: the list says what is wrong with it."""
    until, wrong = _until()
    if wrong:
        return redirect_see_other(url_for(".due", until=request.values.get("until", "").strip()[:40]))
    form = HandOverForm(data={"until": until, "key": secrets.token_urlsafe(24)})
    shown: Totals | None = None
    if form.validate_on_submit():
        assert form.until.data is not None
        until = form.until.data
        try:
            with form.attempt() as saved:
                expected = number_in(form.expected.data, -1)
                made = service.hand_over(until, form.key.data[:64], actor(), expected=expected)
            if saved:
                text = ngettext(
                    "%(num)s period was handed over. Download the file for your invoicing system below.",
                    "%(num)s periods were handed over. Download the file for your invoicing system below.",
                    made.count,
                )
                flash(text, "done")
                return redirect_see_other(url_for(".hand_over_made", ref=made.ref))
        except service.DueChanged as changed:
            db.session.rollback()
            shown = queries.totals(until, most=10**9)
            form.expected.data = str(shown.count)  # a second press hands over what stands there now
            return _confirm(form, until, shown, str(changed.message), 409)
    shown = queries.totals(until, most=10**9)
    form.expected.data = str(shown.count)
    return _confirm(form, until, shown, "", form.status)


def _confirm(form: HandOverForm, until: date, shown: Totals, problem: str, status: int) -> Response:
    return render_page(
        "billing/hand_over.html", form=form, until=until, totals=shown, day=_today(), problem=problem, status=status
    )


@blueprint.get("/billing/hand-overs")
@requires(P.BILLING_READ)
def hand_overs_made() -> Response:
    return render_page(
        "billing/hand_overs.html",
        fragment="billing/_hand_overs.html",
        listing=hand_overs.page(request.args.get("cursor")),
    )


@blueprint.get("/billing/hand-overs.<any(csv, xlsx):format>")
@requires(P.BILLING_READ)
def hand_overs_file(format: str) -> Response:
    header = [
        _("Reference"),
        _("Handed over"),
        _("Due until"),
        _("Periods"),
        _("By whom"),
        _("Taken back"),
        _("Taken back by"),
    ]
    rows = (
        [
            made.ref,
            made.made_at,
            made.until_on,
            made.count,
            made.made_by.name,
            made.taken_back_at,
            made.taken_back_by.name if made.taken_back_by else "",
        ]
        for made in hand_overs.all_made()
    )
    return table_response(format, _("hand-overs"), header, rows)


@blueprint.get("/billing/hand-overs/<ref>")
@requires(P.BILLING_READ)
def hand_over_made(ref: str) -> Response:
    made = hand_overs.by_ref(ref)
    entries = entries_of(made)
    names = names_of(entry.actor_id for entry in entries)
    return render_page(
        "billing/hand_over_made.html",
        made=made,
        sums=hand_overs.sums_of(made),
        listing=hand_overs.periods_page(made, request.args.get("cursor")),
        period_states=story.PERIOD_STATES,
        columns=files.COLUMNS,
        told=[
            Told(entry.at, names.get(entry.actor_id or 0, ""), str(story.VERBS[entry.verb]), [], True)
            for entry in entries
        ],
        may_take_back=may(P.BILLING_HAND_OVER) and made.taken_back_at is None and service.obstacle(made) is None,
    )


@blueprint.get("/billing/hand-overs/<ref>/periods.<any(csv, xlsx, json):format>")
@requires(P.BILLING_READ)
def hand_over_file(ref: str, format: str) -> Response:
    """The same for ever: every figure and name in it was written down at the hand-over."""
    made = hand_overs.by_ref(ref)
    rows = (files.row_of_period(held, made.ref) for held in hand_overs.everything(made))
    return files.response(format, made.ref, files.head_of(made), rows)


@blueprint.get("/billing/periods.<any(csv, xlsx, json):format>")
@requires(P.BILLING_READ)
def periods_file(format: str) -> Response:
    """Every period that was dealt with, those invoiced elsewhere marked, with the invoices found since."""
    columns = (*files.COLUMNS, *files.STATE, *files.INVOICE)
    return files.response(format, "periods", {"hand_over": None}, _dealt_with(), columns)


def _dealt_with() -> Iterator[dict[str, Any]]:
    for held in hand_overs.dealt_with():
        account, service_sold = held.detail.account, held.detail.service
        given = held.given or {
            "account": account.ref,
            "company": account.company_name,
            "country": account.country,
            "company_number": account.company_number,
            "vat_number": account.vat_number or "",
            "service": service_sold.code,
            "service_name": service_sold.names.get(account.locale) or service_sold.names.get("en") or "",
            "text": held.detail.text,
        }
        row = files.row_of_period(held, held.hand_over.ref if held.hand_over else "", given)
        yield {**row, "state": str(held.state), "invoice": held.invoice.number if held.invoice else ""}


@blueprint.get("/billing/hand-overs/<ref>/taking-back")
@requires(P.BILLING_HAND_OVER)
def taking_back(ref: str) -> Response:
    return _taking_back(ref, service.obstacle(hand_overs.by_ref(ref)) or "")


@blueprint.post("/billing/hand-overs/<ref>/taking-back")
@requires(P.BILLING_HAND_OVER)
def take_back(ref: str) -> Response:
    made = hand_overs.by_ref(ref)
    try:
        service.take_back(made.id, actor())
    except DomainError as error:
        if error.status != 422:
            raise
        return _taking_back(ref, error.message, 422)
    flash(_("The hand-over was taken back. Its periods are due again, with the same stable ids."), "done")
    return redirect_see_other(url_for(".hand_over_made", ref=ref))


def _taking_back(ref: str, problem: Any, status: int = 200) -> Response:
    made = hand_overs.by_ref(ref)
    return render_page("billing/taking_back.html", made=made, problem=problem, status=status)


def _until() -> tuple[date, str]:
    """The day asked for, today at the vendor's unless the address says another; and what is wrong with what it says."""
    typed = (request.form if request.method == "POST" else request.args).get("until", "").strip()[:40]
    if not typed:
        return _today(), ""
    try:
        return day_in(typed), ""
    except NotADay as error:
        return _today(), str(error.message)


def _today() -> date:
    return today(vendor().timezone)
