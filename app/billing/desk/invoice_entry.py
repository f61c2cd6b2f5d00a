"""Entering an invoice by hand, correcting it, putting its PDF beside it, deleting one that should not be there."""

from __future__ import annotations

from typing import Any

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.billing import invoice_words as words
from app.billing.desk import blueprint
from app.billing.desk.invoices import found_invoice
from app.billing.forms.invoices import InvoiceForm, PdfForm
from app.billing.models import Invoice, InvoiceKind
from app.billing.queries import invoices as queries
from app.billing.service import entering
from app.billing.service.invoices import vat_text
from app.core.carried import number_in
from app.core.errors import NotFound
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.customers import queries as accounts
from app.customers.models import Account, AccountState

NOBODY = "none"


@blueprint.get("/invoices/new")
@requires(P.INVOICES_EDIT)
def invoice_new() -> Response:
    """First the customer, then the paper. `?credits=` begins a credit note for an invoice."""
    if request.args.get("account") or request.args.get("credits"):
        return _entry_page(_blank(), _chosen_account())
    q = request.args.get("q", "").strip()[:200]
    return render_page(
        "billing/desk_invoice_customer.html",
        fragment="billing/_invoice_customers.html",
        q=q,
        found=accounts_found(q),
    )


@blueprint.post("/invoices/new")
@requires(P.INVOICES_EDIT)
def invoice_enter() -> Response:
    account, form = _chosen_account(), InvoiceForm()
    if form.rearrange(request.form.get("do", "")):
        return _entry_page(form, account)
    if form.validate_on_submit():
        with form.attempt() as saved:
            made = entering.enter(
                form.received(), actor(), account_id=account.id if account else None, note=form.note.data
            )
        if saved:
            flash(_("The invoice was entered."), "done")
            return redirect_see_other(url_for(".invoice", ref=made.ref))
    return _entry_page(form, account)


def accounts_found(q: str) -> list[Account]:
    """The live accounts that a search finds, by name."""
    if not q:
        return []
    live = accounts.visible_to(actor()).where(Account.state == AccountState.ACTIVE)
    return list(accounts.page(accounts.narrowed(live, accounts.Filter(q=q)), "name", None).items[:20])


def _chosen_account() -> Account | None:
    if credits := request.args.get("credits", ""):
        return found_invoice(credits).account
    ref = request.args.get("account", "")
    return None if ref in ("", NOBODY) else accounts.whole(accounts.visible_to(actor()), ref)


def _blank() -> InvoiceForm:
    """A form with what is known already: from the account, or from the invoice that is to be credited."""
    data: dict[str, Any] = {"kind": InvoiceKind.INVOICE, "currency": "EUR", "vat_lines": [{}]}
    account = _chosen_account()
    if credits := request.args.get("credits", ""):
        credited = found_invoice(credits)
        names = ("currency", "buyer_name", "buyer_country", "buyer_number")
        data |= {name: getattr(credited, name) for name in names}
        data |= {"kind": InvoiceKind.CREDIT_NOTE, "credits_number": credited.number, "total": credited.gross}
        data["vat_lines"] = [{"rate": one.rate, "net": one.net, "vat": one.vat} for one in credited.vat_totals]
    elif account is not None:
        data |= {"buyer_name": account.company_name, "buyer_country": account.country}
        data["buyer_number"] = account.company_number
        data["currency"] = "PLN" if account.country == "PL" else "EUR"
    return InvoiceForm(formdata=None, data=data)


def _entry_page(form: InvoiceForm, account: Account | None) -> Response:
    taken = queries.by_number(form.number.data) if form.number.errors else None
    return render_page(
        "billing/desk_invoice_form.html",
        form=form,
        account=account,
        invoice=None,
        credited=request.args.get("credits", "")[:20],
        taken=taken,
        conflict=None,
        status=form.status,
    )


@blueprint.route("/invoices/<ref>/edit", methods=["GET", "POST"])
@requires(P.INVOICES_EDIT)
def invoice_edit(ref: str) -> Response:
    found = found_invoice(ref)
    form = InvoiceForm.of(found)
    conflict = None
    if form.is_submitted() and form.has_amounts and form.rearrange(request.form.get("do", "")):
        return _edit_page(form, found)
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                entering.edit(found.id, form.seen, form.received(found), form.note.data, actor())
            if saved:
                flash(_("The invoice was saved."), "done")
                return redirect_see_other(url_for(".invoice", ref=ref))
        except entering.InvoiceMovedOn as moved:
            found = found_invoice(ref)
            conflict = _compared(found, form)
            form.overtaken(moved, found.version)
    return _edit_page(form, found, conflict)


def _edit_page(form: InvoiceForm, found: Invoice, conflict: list[dict[str, Any]] | None = None) -> Response:
    return render_page(
        "billing/desk_invoice_form.html",
        form=form,
        account=found.account,
        invoice=found,
        credited="",
        taken=queries.by_number(form.number.data) if "number" in form and form.number.errors else None,
        conflict=conflict,
        status=form.status,
    )


def _compared(found: Invoice, form: InvoiceForm) -> list[dict[str, Any]]:
    """What is kept now beside what was typed, field by field."""
    typed = form.received(found)
    rows = []
    for name in ("number", "issued_on", "due_on", "currency", "buyer_name", "buyer_number", "payment_reference"):
        values = [
            words.shown(name, one if one is None else str(one), found.currency)
            for one in (getattr(found, name), getattr(typed, name))
        ]
        rows.append({"label": words.FIELD_NAMES[name], "values": values, "differs": values[0] != values[1]})
    totals = [words.shown("vat_totals", vat_text(one.vat_totals), found.currency) for one in (found, typed)]  # type: ignore[arg-type]  # both have rate, net, vat
    rows.append({"label": words.FIELD_NAMES["vat_totals"], "values": totals, "differs": totals[0] != totals[1]})
    return rows


@blueprint.route("/invoices/<ref>/pdf", methods=["GET", "POST"])
@requires(P.INVOICES_EDIT)
def invoice_pdf(ref: str) -> Response:
    found, form = found_invoice(ref), PdfForm()
    if form.validate_on_submit():
        with form.attempt() as saved:
            entering.attach_pdf(found.id, form.file.data, actor())
        if saved:
            flash(_("The PDF stands beside the invoice now."), "done")
            return redirect_see_other(url_for(".invoice", ref=ref))
    return render_page("billing/desk_invoice_pdf.html", invoice=found, form=form, status=form.status)


@blueprint.route("/invoices/<ref>/deletion", methods=["GET", "POST"])
@requires(P.INVOICES_EDIT)
def invoice_deletion(ref: str) -> Response:
    found = found_invoice(ref)
    naming = queries.related(found) if found.kind == InvoiceKind.INVOICE else []
    if not entering.may_be_deleted(found, len(naming)):
        raise NotFound
    if request.method == "POST":
        entering.delete(found.id, number_in(request.form.get("version")), actor())
        flash(_("The invoice %(number)s was deleted. Its history stays.", number=found.number), "done")
        return redirect_see_other(url_for(".invoices"))
    return render_page("billing/desk_invoice_deletion.html", invoice=found)
