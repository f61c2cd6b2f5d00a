"""Working on an invoice at the desk: its payments, whose it is, the periods it is for."""

from __future__ import annotations

import secrets

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.billing import invoice_words as words
from app.billing import proposals
from app.billing.desk import blueprint
from app.billing.desk.invoice_entry import accounts_found
from app.billing.desk.invoices import found_invoice
from app.billing.forms.invoices import PaymentForm, PeriodsForm
from app.billing.models import Invoice, InvoiceKind
from app.billing.queries import invoices as queries
from app.billing.service import assigning, payments
from app.billing.service.invoices import InvoiceMovedOn
from app.core.carried import number_in
from app.core.errors import DomainError, NotFound
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _, format_date
from app.core.money import written
from app.customers import queries as accounts

# --- payments ---------------------------------------------------------------------------------------------------------


@blueprint.route("/invoices/<ref>/payments/new", methods=["GET", "POST"])
@requires(P.INVOICES_EDIT)
def invoice_payment(ref: str) -> Response:
    found = found_invoice(ref)
    if found.kind == InvoiceKind.CREDIT_NOTE:
        raise NotFound
    left = words.open_amount(found)
    form = PaymentForm(
        data={
            "key": secrets.token_urlsafe(16),
            "version": str(found.version),
            "amount": abs(left) or None,
            "returned": left < 0,
            "paid_on": queries.vendor_today(),
        }
    )
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                payments.record_payment(found.id, form.seen, form.to_details(), actor(), key=form.key.data[:64] or None)
            if saved:
                flash(_("The payment was recorded."), "done")
                return redirect_see_other(url_for(".invoice", ref=ref, _anchor="payments"))
        except InvoiceMovedOn as moved:
            found = found_invoice(ref)
            form.overtaken(moved, found.version)
    return render_page(
        "billing/desk_invoice_payment.html",
        invoice=found,
        form=form,
        said=words.said(found, queries.vendor_today()),
        status=form.status,
    )


@blueprint.route("/invoices/<ref>/payments/<int:number>/removal", methods=["GET", "POST"])
@requires(P.INVOICES_EDIT)
def invoice_payment_removal(ref: str, number: int) -> Response:
    found = found_invoice(ref)
    if request.method == "POST":
        payments.remove_payment(found.id, number, actor())
        flash(_("The payment was taken off. The history keeps it."), "done")
        return redirect_see_other(url_for(".invoice", ref=ref, _anchor="payments"))
    return render_page(
        "billing/desk_invoice_payment_removal.html", invoice=found, payment=queries.payment(found, number)
    )


# --- whose it is ------------------------------------------------------------------------------------------------------


@blueprint.get("/invoices/<ref>/account")
@requires(P.INVOICES_EDIT)
def invoice_account(ref: str) -> Response:
    return _account_page(found_invoice(ref))


@blueprint.post("/invoices/<ref>/account")
@requires(P.INVOICES_EDIT)
def invoice_account_choice(ref: str) -> ResponseReturnValue:
    """`account` is the chosen one's reference; empty takes it off."""
    found = found_invoice(ref)
    typed = request.form.get("account", "")
    chosen = accounts.whole(accounts.visible_to(actor()), typed) if typed else None
    try:
        assigning.choose_account(
            found.id, number_in(request.form.get("version"), -1), chosen.id if chosen else None, actor()
        )
    except DomainError as error:
        if error.status not in (409, 422):
            raise
        return _account_page(found_invoice(ref), str(error.message), error.status)
    if chosen is None:
        flash(_("The invoice has no account now."), "done")
    else:
        flash(_("The invoice belongs to this account now: %(company)s", company=chosen.company_name), "done")
    return redirect_see_other(url_for(".invoice", ref=ref))


def _account_page(found: Invoice, message: str = "", status: int = 200) -> Response:
    q = request.args.get("q", "").strip()[:200]
    return render_page(
        "billing/desk_invoice_account.html",
        fragment="billing/_invoice_accounts.html",
        invoice=found,
        q=q,
        found=accounts_found(q),
        proposed=[] if q else proposals.accounts_for(found),
        errors=[message] if message else [],
        status=status,
    )


# --- for what it is ---------------------------------------------------------------------------------------------------


@blueprint.route("/invoices/<ref>/periods", methods=["GET", "POST"])
@requires(P.INVOICES_EDIT)
def invoice_periods(ref: str) -> Response:
    found = found_invoice(ref)
    if found.kind == InvoiceKind.CREDIT_NOTE:
        raise NotFound
    proposed = proposals.periods_for(found)
    form = PeriodsForm(
        data={"version": str(found.version), "periods": [one.ref for one in proposed if one.fits]}
    ).offer([(one.ref, _period_words(one), _period_hint(one)) for one in proposed])
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                assigning.link_periods(found.id, form.seen, form.refs, actor())
            if saved:
                flash(_("The periods are on this invoice now."), "done")
                return redirect_see_other(url_for(".invoice", ref=ref, _anchor="periods"))
        except InvoiceMovedOn as moved:
            found = found_invoice(ref)
            form.overtaken(moved, found.version)
    return render_page(
        "billing/desk_invoice_periods.html",
        invoice=found,
        form=form,
        fits=any(one.fits for one in proposed),
        status=form.status,
    )


def _period_words(one: proposals.ProposedPeriod) -> str:
    days = " – ".join(dict.fromkeys((format_date(one.starts_on), format_date(one.ends_on))))
    return " · ".join((one.detail.service.name, days, written(one.net, one.detail.currency)))


def _period_hint(one: proposals.ProposedPeriod) -> str:
    state = _("Handed over") if one.handed_over else _("Not handed over yet")
    return " · ".join(part for part in (one.ref, state, one.detail.text) if part)


@blueprint.post("/invoices/<ref>/periods/removal")
@requires(P.INVOICES_EDIT)
def invoice_period_removal(ref: str) -> Response:
    found = found_invoice(ref)
    assigning.unlink_period(found.id, request.form.get("period", "")[:30], actor())
    flash(_("The period was taken off this invoice."), "done")
    return redirect_see_other(url_for(".invoice", ref=ref, _anchor="periods"))
