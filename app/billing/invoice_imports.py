"""Invoices from files (R15): tables with a line for each, and XML documents, several at once or in a ZIP archive.

A table has one line an invoice and up to four VAT rates beside each other, not several lines for one number: an
invoice is then previewed, counted, refused and corrected as one thing, and a table that was sorted or cut in two never
tears one apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from app.access.permissions import P
from app.billing.formats import NotReadable, read
from app.billing.invoice_words import KIND_NAMES, SOURCE_NAMES
from app.billing.models import Invoice, InvoiceKind, InvoiceSource
from app.billing.received import ReceivedInvoice, VatTotal
from app.billing.service import invoices, matching
from app.core.db import db
from app.core.errors import FieldError
from app.core.files import Received, store
from app.core.i18n import LOCALES, _l, format_date, in_locale
from app.core.money import vat_of, written
from app.core.search import fold
from app.customers import service as customers
from app.customers.models import Account, AccountState
from app.documents.service import keep_upload
from app.imports import registry, values
from app.imports.importer import Column, Importer, Judgement, Line, wrong
from app.imports.models import Verdict
from app.imports.values import Told
from app.people.models import Person

RATES = 4
"""VAT rates that a line of a table has room for."""
_STATED = {"vat_totals": "net", "total": "gross"}
"""What `invoices.check` calls wrong -> the column of a table that says it."""


def _rate_columns() -> list[Column]:
    columns = [
        Column("net", _l("Net"), hint=_l("Of the first or only VAT rate"), example="1000,00"),
        Column("vat_rate", _l("VAT rate in per cent"), hint=_l("Empty where no VAT is charged"), example="23"),
        Column("vat", _l("VAT"), hint=_l("Empty to have it reckoned from the rate"), example="230,00"),
    ]
    for number in range(2, RATES + 1):
        columns += [
            Column(f"net_{number}", _l("Net %(number)s", number=number), hint=_l("For a further VAT rate")),
            Column(f"vat_rate_{number}", _l("VAT rate in per cent %(number)s", number=number)),
            Column(f"vat_{number}", _l("VAT %(number)s", number=number)),
        ]
    return columns


@dataclass(frozen=True)
class _Plan:
    received: ReceivedInvoice
    account_id: int | None = None


class InvoiceImporter(Importer):
    code = "invoices"
    title = _l("Invoices")
    about = _l(
        "Each line of a table, or each XML document (UBL 2.1, FA(3), Finvoice 3.0, CII), is an invoice or credit note,"
        " known again by its number. Documents may be sent several at once, or in a ZIP archive."
    )
    permission = P.INVOICES_EDIT
    empties = False
    documents = True
    # Labels are those of our own list of invoices: what was downloaded there can be sent again.
    columns = (
        Column("number", _l("Invoice number"), required=True, example="FV/2026/03/0007"),
        Column("kind", _l("Kind"), hint=_l("Invoice or credit note; empty for an invoice"), example="invoice"),
        Column("issued_on", _l("Date of the invoice"), example="2026-03-02"),
        Column("due_on", _l("Due date"), example="2026-03-16"),
        Column("currency", _l("Currency"), example="PLN"),
        Column("buyer_name", _l("Customer on the invoice"), example="Wooden Toys Sp. z o.o."),
        Column("buyer_country", _l("Country of the customer"), hint=_l("Code of two letters"), example="PL"),
        Column("buyer_number", _l("Number of the customer"), hint=_l("Company or VAT number"), example="8567346215"),
        *_rate_columns(),
        Column("gross", _l("Total"), hint=_l("If it is there, the amounts are checked against it"), example="1230,00"),
        Column("paid", _l("Paid"), hint=_l("All that has come in by now"), example="0,00"),
        Column("payment_reference", _l("Payment reference")),
        Column("ksef_number", _l("KSeF number")),
        Column("credits_number", _l("Credits the invoice"), hint=_l("Its number; for credit notes only")),
        Column(
            "periods",
            _l("Periods"),
            hint=_l("Ids of billing periods, as a hand-over has them"),
            example="B-7K3F9Q2M/3",
        ),
        Column("account", _l("Account"), hint=_l("Reference of the account; empty to have it found"), example=""),
        # What our own list and documents have beside them.
        Column("ref", _l("Reference"), ignored=True),
        Column("state", _l("State"), ignored=True),
        Column("credited", _l("Credited"), ignored=True),
        Column("open", _l("Still to pay"), ignored=True),
        Column("source", _l("Source"), ignored=True),
        Column("vat_totals", _l("Totals by VAT rate"), ignored=True),
        Column("unlinked", _l("Periods that cannot be linked"), ignored=True),
        Column("file", _l("File"), ignored=True),
    )

    def judge(self, lines: Sequence[Line]) -> list[Judgement]:
        there = _there(lines)
        taken = [_taken(line, there) for line in lines]
        plans = [one for one in taken if isinstance(one, _Plan)]
        known = invoices.known(plan.received for plan in plans)
        accounts = matching.accounts_by_number(
            (plan.received.buyer_country, plan.received.buyer_number) for plan in plans
        )
        return [one if isinstance(one, Judgement) else _judged(one, known, accounts) for one in taken]

    def locks(self, line: Line) -> Sequence[str]:
        try:
            numbers = _numbers(line)
        except NotReadable:
            return ()
        return [customers.MERGING, *(f"invoice:{number}" for number in numbers if number)]

    def apply(self, line: Line, by: Person, key: str) -> None:
        plan: _Plan = line.plan
        if not _is_document(line):
            invoices.keep(plan.received, by, account_id=plan.account_id)
            return
        document = Received(_filename(line), "application/xml", line.content)
        upload = keep_upload(document, by)
        try:
            invoices.keep(plan.received, by, upload=upload)
        except BaseException:
            store().delete(upload.key)  # nothing names it
            raise


def _is_document(line: Line) -> bool:
    return "file" in line.cells


def _filename(line: Line) -> str:
    return re.split(r"[/\\]", line.text("file"))[-1][-150:] or "invoice.xml"


def _numbers(line: Line) -> tuple[str, str]:
    if not _is_document(line):
        return line.text("number"), line.text("credits_number")
    received = read(line.content, line.text("file"))
    return received.number, received.credits_number or ""


# --- what a line says -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _There:
    """What is known of the invoices and accounts that lines of tables name."""

    invoices: Mapping[str, Invoice]
    accounts: Mapping[str, Account]


def _there(lines: Sequence[Line]) -> _There:
    tables = [line for line in lines if not _is_document(line)]
    numbers = {line.text("number") for line in tables} - {""}
    refs = {line.text("account") for line in tables} - {""}
    found = db.session.scalars(
        sa.select(Invoice)
        .where(Invoice.number.in_(numbers))
        .options(selectinload(Invoice.vat_totals))
        .execution_options(populate_existing=True)
    )
    accounts = db.session.scalars(sa.select(Account).where(Account.ref.in_(refs), Account.state == AccountState.ACTIVE))
    return _There({each.number: each for each in found}, {each.ref: each for each in accounts})


def _taken(line: Line, there: _There) -> _Plan | Judgement:
    """What the line says, or what is wrong with it."""
    if not _is_document(line):
        return _of_table(line, there)
    try:
        return _Plan(read(line.content, line.text("file")))
    except NotReadable as refused:
        return wrong(*(("", problem.sentence) for problem in refused.problems), name=line.text("file"))


def _of_table(line: Line, there: _There) -> _Plan | Judgement:
    """A line over what is known: a column that is empty or not there leaves an invoice as it is."""
    told, known = Told(), there.invoices.get(line.text("number"))
    said: dict[str, Any] = {}
    if known is not None:
        said = {
            "kind": InvoiceKind(known.kind),
            "issued_on": known.issued_on,
            "currency": known.currency,
            "buyer_name": known.buyer_name,
        }
    for name, reading in _READ.items():
        if text := line.text(name):
            with told:
                said[name] = reading(name, text)
    for name in ("number", "issued_on", "currency", "buyer_name"):
        if name not in said and not line.text(name):
            told.reasons.append((name, _l("A new invoice needs this.")))
    totals = _totals(line, known, told)
    account = there.accounts.get(line.text("account"))
    if line.text("account") and account is None:
        told.reasons.append(("account", _l("There is no account with this reference.")))
    name = " · ".join(text for text in (line.text("number"), line.text("buyer_name")) if text)
    if told.reasons:
        return wrong(*told.reasons, name=name)
    gross = said.pop("gross", None)
    if gross is None and known is not None and totals == _totals_of(known):
        gross = known.gross
    refs = tuple(dict.fromkeys(said.pop("periods", ())))
    received = ReceivedInvoice(**said, vat_totals=totals, total=gross, period_refs=refs, source=InvoiceSource.CSV)
    return _Plan(received, account.id if account else None)


def _totals(line: Line, known: Invoice | None, told: Told) -> tuple[VatTotal, ...]:
    """The totals by VAT rate. Those that are kept stay when the line says the same sums and no rate, as our own list
    does."""
    found: list[VatTotal] = []
    for number in range(1, RATES + 1):
        end = "" if number == 1 else f"_{number}"
        net, rate, vat = (line.text(f"{name}{end}") for name in ("net", "vat_rate", "vat"))
        if not (net or rate or vat):
            continue
        if not net:
            told.reasons.append((f"net{end}", _l("Enter the net amount for this VAT rate.")))
            continue
        with told:
            found.append(_total(end, net, rate, vat))
    if known is not None and _same_sums(found, known):
        return _totals_of(known)
    if not found and not told.reasons:
        told.reasons.append(("net", _l("A new invoice needs this.")))
    for place, one in enumerate(found):
        if one.rate is None and one.vat:
            end = "" if place == 0 else f"_{place + 1}"
            told.reasons.append((f"vat_rate{end}", _l("VAT is charged here: enter its rate.")))
    return tuple(found)


def _total(end: str, net: str, rate: str, vat: str) -> VatTotal:
    amount = values.amount(f"net{end}", net)
    charged = _rate(f"vat_rate{end}", rate) if rate else None
    return VatTotal(charged, amount, values.amount(f"vat{end}", vat) if vat else vat_of(amount, charged))


def _totals_of(known: Invoice) -> tuple[VatTotal, ...]:
    return tuple(VatTotal(one.rate, one.net, one.vat) for one in known.vat_totals)


def _same_sums(found: Sequence[VatTotal], known: Invoice) -> bool:
    if not found:
        return True
    return len(found) == 1 and found[0].rate is None and (found[0].net, found[0].vat) == (known.net, known.vat)


def _rate(column: str, text: str) -> Decimal:
    rate = values.amount(column, text.removesuffix("%").strip())
    if not 0 <= rate < 100:
        raise FieldError(column, _l("A VAT rate lies between 0 and 100 %%."))
    return rate


@cache
def _kinds() -> Mapping[str, InvoiceKind]:
    """Folded name in each language, and code -> kind."""
    names = {fold(kind.value): kind for kind in InvoiceKind} | {"credit note": InvoiceKind.CREDIT_NOTE}
    for locale in LOCALES:
        with in_locale(locale):
            names |= {fold(str(KIND_NAMES[kind])): kind for kind in InvoiceKind}
    return names


def _kind(column: str, text: str) -> InvoiceKind:
    kind = _kinds().get(fold(text))
    if kind is None:
        raise FieldError(column, _l("Write: invoice, or credit_note."))
    return kind


def _country(column: str, text: str) -> str:
    code = values.country_in(text).upper()
    if not re.fullmatch("[A-Z]{2}", code):
        raise FieldError(column, _l("Write the code of the country, in two letters."))
    return code


def _currency(column: str, text: str) -> str:
    code = text.upper()
    if not re.fullmatch("[A-Z]{3}", code):
        raise FieldError(column, _l("Write the code of the currency, such as EUR or PLN."))
    return code


def _compact(column: str, text: str) -> str:
    return "".join(values.line_of(column, text, 40).split())


def _periods(column: str, text: str) -> tuple[str, ...]:
    refs = tuple(ref for ref in re.split(r"[\s,;]+", text.upper()) if ref)
    for ref in refs:
        if not matching.STABLE_ID.fullmatch(ref):
            raise FieldError(column, _l("This is no id of a billing period: %(found)s", found=ref[:40]))
    return refs


_READ: Mapping[str, Any] = {
    "number": lambda name, text: values.line_of(name, text, 60),
    "kind": _kind,
    "issued_on": values.day,
    "due_on": values.day,
    "currency": _currency,
    "buyer_name": lambda name, text: values.line_of(name, text, 200),
    "buyer_country": _country,
    "buyer_number": _compact,
    "gross": values.amount,
    "paid": values.amount,
    "payment_reference": lambda name, text: values.line_of(name, text, 60),
    "ksef_number": _compact,
    "credits_number": lambda name, text: values.line_of(name, text, 60),
    "periods": _periods,
}


# --- what it would do -------------------------------------------------------------------------------------------------

_Accounts = Mapping[tuple[str, str], Account | None]


def _judged(plan: _Plan, known: invoices.Known, accounts: _Accounts) -> Judgement:
    received = plan.received
    name, key = f"{received.number} · {received.buyer_name}", f"invoice:{received.number}"
    try:
        invoice, changes = invoices.judge(received, known)
    except FieldError as error:
        return wrong((_STATED.get(error.field, error.field), error.message), name=name, key=key)
    if not changes:
        return Judgement(Verdict.UNCHANGED, name, key, plan=plan)
    if invoice is not None:
        shown = {field: (_shown(field, old), _shown(field, new)) for field, (old, new) in changes.items()}
        return Judgement(Verdict.CHANGED, name, key, shown, plan=plan)
    return Judgement(Verdict.NEW, name, key, _new(plan, known, accounts, changes), plan=plan)


def _new(
    plan: _Plan, known: invoices.Known, accounts: _Accounts, changes: invoices.Changes
) -> dict[str, tuple[str, Any]]:
    """What would be kept of a new invoice, and what of it is known here: its account and periods."""
    received = plan.received
    linked = [ref for ref in str(changes.get("periods", ("", ""))[1]).split(", ") if ref]
    unlinked = [ref for ref in received.period_refs if ref not in linked]
    shown = {
        "kind": KIND_NAMES[received.kind],
        "issued_on": format_date(received.issued_on),
        "due_on": format_date(received.due_on) if received.due_on else "",
        "gross": written(received.gross, received.currency),
        "credits_number": received.credits_number or "",
        "ksef_number": received.ksef_number or "",
        "account": _account(plan, known, accounts, linked),
        "periods": ", ".join(linked),
        "unlinked": ", ".join(unlinked),
    }
    return {field: ("", text) for field, text in shown.items() if text}


def _account(plan: _Plan, known: invoices.Known, accounts: _Accounts, linked: Sequence[str]) -> Any:
    received = plan.received
    found = next((known.periods[ref].detail.account for ref in linked if ref in known.periods), None)
    found = found or accounts.get((received.buyer_country, received.buyer_number))
    if plan.account_id is not None or (found is None and received.credits_number):
        return ""  # it stands in the line; a credit note goes to the account of its invoice
    if found is None:
        return _l("Not found. You choose it at the invoice.")
    return f"{found.company_name} ({found.ref})"


def _shown(field: str, value: Any) -> Any:
    if value is None:
        return ""
    if field == "kind":
        return KIND_NAMES[InvoiceKind(value)]
    if field == "source":
        return SOURCE_NAMES[InvoiceSource(value)]
    return str(value)


registry.offer(InvoiceImporter())
