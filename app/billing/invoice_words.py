"""Invoices in words: their states for staff and for resellers, their sources, and their history."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from app.billing.models import Invoice, InvoiceKind, InvoiceSource, Settlement
from app.billing.queries.invoices import Share
from app.core.i18n import _, _l, country_name, format_date
from app.core.money import rate_written, written
from app.history import words
from app.history.models import HistoryEntry
from app.history.service import entries_of
from app.history.words import Told
from app.people.queries import names_of

STATE_NAMES: Mapping[str, Any] = {
    Settlement.UNPAID: _l("Unpaid"),
    Settlement.PARTLY_PAID: _l("Partly paid"),
    Settlement.PAID: _l("Paid"),
    Settlement.CREDITED: _l("Credited"),
    "overdue": _l("Overdue"),
    "credit_note": _l("Credit note"),
}
"""By the code that `state_of` gives."""

GROUP_NAMES: Mapping[str, Any] = {
    "open": _l("Still to pay"),
    "overdue": _l("Overdue"),
    "unmatched": _l("Without account"),
    "paid": _l("Paid"),
    "credited": _l("Credited"),
    "credit_notes": _l("Credit notes"),
}

SOURCE_NAMES: Mapping[str, Any] = {
    InvoiceSource.HAND: _l("Entered by hand"),
    InvoiceSource.CSV: _l("Table (CSV)"),
    InvoiceSource.UBL: _l("E-invoice (UBL)"),
    InvoiceSource.FA3: _l("E-invoice (KSeF, FA(3))"),
    InvoiceSource.FINVOICE: _l("E-invoice (Finvoice)"),
    InvoiceSource.CII: _l("E-invoice (CII, Factur-X)"),
    InvoiceSource.API: _l("Another system (API)"),
}

_GLYPHS = {
    Settlement.UNPAID: ("open", ""),
    Settlement.PARTLY_PAID: ("wait", ""),
    Settlement.PAID: ("done", "done"),
    Settlement.CREDITED: ("no", "done"),
    "overdue": ("flag", "late"),
    "credit_note": ("no", "done"),
}


@dataclass(frozen=True)
class Said:
    """A state in one sentence, what comes next, and how a list shows it."""

    text: str
    more: str
    glyph: str
    word: str
    tone: str = ""
    act: bool = False


def is_overdue(invoice: Invoice, day: date) -> bool:
    """Whether its due date has passed on this day, the vendor's, and something is open (R15)."""
    return invoice.settlement in (Settlement.UNPAID, Settlement.PARTLY_PAID) and invoice.due_sort < day


def state_of(invoice: Invoice, day: date) -> str:
    """The one state that a list shows: a code of `STATE_NAMES`."""
    if invoice.kind == InvoiceKind.CREDIT_NOTE:
        return "credit_note"
    return "overdue" if is_overdue(invoice, day) else invoice.settlement


def open_amount(invoice: Invoice) -> Decimal:
    """What is still to be paid; negative when more came than was asked for."""
    return invoice.gross - invoice.credited - invoice.paid


def glyph_of(state: str) -> tuple[str, str]:
    """Glyph and tone for the component `state`."""
    return _GLYPHS[Settlement(state) if state in set(Settlement) else state]


def said(invoice: Invoice, day: date, *, share: Share | None = None) -> Said:
    """The state in one sentence with what comes next: for staff, or for the reseller who has this `share`. Amounts are
    told to a reseller only when all of the invoice is theirs."""
    state = state_of(invoice, day)
    glyph, tone = glyph_of(state)
    amounts = share is None or share.is_whole
    text, more = _sentences(invoice, state, amounts)
    if share is not None and state == "overdue":
        more = _("The customer pays the vendor. There is nothing to do for you.")
    return Said(text, more, glyph, str(STATE_NAMES[state]), tone, act=share is None and state == "overdue")


def _sentences(invoice: Invoice, state: str, amounts: bool) -> tuple[str, str]:
    match state:
        case "credit_note" if invoice.credits_number:
            return _("This is a credit note for the invoice %(number)s.", number=invoice.credits_number), ""
        case "credit_note":
            return _("This is a credit note that names no invoice."), _("Name the invoice, and it counts there.")
        case "overdue":
            return _overdue(invoice, amounts)
        case Settlement.PAID | Settlement.CREDITED:
            return _settled(invoice, state, amounts)
        case _:
            return _waiting(invoice, state, amounts)


def _overdue(invoice: Invoice, amounts: bool) -> tuple[str, str]:
    due = format_date(invoice.due_on) if invoice.due_on else ""
    if not amounts:
        return _("This invoice is overdue since %(date)s.", date=due), ""
    left = written(open_amount(invoice), invoice.currency)
    return (
        _("This invoice is overdue since %(date)s. Open: %(amount)s.", date=due, amount=left),
        _("Next: ask the customer to pay, or record the payment if it came."),
    )


def _settled(invoice: Invoice, state: str, amounts: bool) -> tuple[str, str]:
    paid = state == Settlement.PAID
    if open_amount(invoice) >= 0 or not amounts:
        text = _("This invoice is paid.") if paid else _("This invoice is credited in full.")
        return text, _("Nothing is left to do.")
    over = written(-open_amount(invoice), invoice.currency)
    if paid:
        text = _("This invoice is paid, and %(amount)s came in beyond it.", amount=over)
    else:
        text = _("This invoice is credited in full, and %(amount)s of the payments is to be given back.", amount=over)
    return text, _("Next: give the money back, and record that as a returned payment.")


def _waiting(invoice: Invoice, state: str, amounts: bool) -> tuple[str, str]:
    due = format_date(invoice.due_on) if invoice.due_on else ""
    left = written(open_amount(invoice), invoice.currency)
    first = _("This invoice is partly paid.") if state == Settlement.PARTLY_PAID else _("This invoice is not paid yet.")
    if due and amounts:
        return first, _("Due on %(date)s. Open: %(amount)s.", date=due, amount=left)
    if due:
        return first, _("Due on %(date)s.", date=due)
    return first, _("It names no due date. Open: %(amount)s.", amount=left) if amounts else ""


# --- history ----------------------------------------------------------------------------------------------------------

FIELD_NAMES: Mapping[str, Any] = {
    "number": _l("Invoice number"),
    "kind": _l("Kind"),
    "issued_on": _l("Date of the invoice"),
    "due_on": _l("Due date"),
    "currency": _l("Currency"),
    "net": _l("Net"),
    "vat": _l("VAT"),
    "gross": _l("Total"),
    "vat_totals": _l("Totals by VAT rate"),
    "paid": _l("Paid"),
    "credited": _l("Credited"),
    "settlement": _l("State"),
    "buyer_name": _l("Customer on the invoice"),
    "buyer_country": _l("Country of the customer"),
    "buyer_number": _l("Number of the customer"),
    "payment_reference": _l("Payment reference"),
    "ksef_number": _l("KSeF number"),
    "credits_number": _l("Credits the invoice"),
    "source": _l("Source"),
    "account": _l("Account"),
    "periods": _l("Periods"),
    "payment": _l("Payment"),
    "document": _l("Document"),
    "pdf": _l("PDF"),
    "note": _l("Internal note"),
}

KIND_NAMES: Mapping[str, Any] = {
    InvoiceKind.INVOICE: _l("Invoice"),
    InvoiceKind.CREDIT_NOTE: _l("Credit note"),
}

_BEGUN = ("invoice.received", "invoice.entered")
_QUIET = ("invoice.edited", "invoice.updated")


def history_of(invoice: Invoice) -> list[Told]:
    """Newest first, in two queries."""
    entries = entries_of(invoice)
    names = names_of(entry.actor_id for entry in entries)
    return [
        Told(
            entry.at,
            _who(entry, names),
            words.of(entry.verb),
            [] if entry.verb in _BEGUN else _changes(entry, invoice.currency),
            entry.verb not in _QUIET,
        )
        for entry in entries
    ]


def _who(entry: HistoryEntry, names: Mapping[int, str]) -> str:
    if entry.actor_id is not None:
        return names.get(entry.actor_id, _("A person who was erased"))
    return _("Gangway")


def _changes(entry: HistoryEntry, currency: str) -> list[tuple[Any, Any, Any]]:
    return [
        (
            FIELD_NAMES.get(value.field, value.field),
            _("erased") if value.erased_at else shown(value.field, value.old, currency),
            _("erased") if value.erased_at else shown(value.field, value.new, currency),
        )
        for value in entry.values
    ]


def shown(field: str, value: Any, currency: str) -> str:
    """A value of the history or of a preview, as people read it."""
    if value in (None, ""):
        return ""
    text = str(value)
    try:
        return _SHOWN[field](text, currency) if field in _SHOWN else text
    except (ValueError, InvalidOperation):
        return text  # written by an older version


def _amount_shown(text: str, currency: str) -> str:
    return written(Decimal(text), currency)


def _day_shown(text: str, currency: str = "") -> str:
    return format_date(date.fromisoformat(text))


def _payment_shown(text: str, currency: str) -> str:
    amount, day, *note = text.split(" · ", 2)
    return " · ".join([_amount_shown(amount, currency), _day_shown(day), *note])


def _vat_totals_shown(text: str, currency: str) -> str:
    return "; ".join(_vat_shown(part, currency) for part in text.split("; "))


def _vat_shown(part: str, currency: str) -> str:
    rate, _colon, sums = part.partition(": ")
    net, _plus, vat = sums.partition(" + ")
    percent = rate_written(None if rate == "–" else Decimal(rate))
    return f"{percent}: {written(Decimal(net), currency)} + {written(Decimal(vat), currency)}"


_SHOWN: Mapping[str, Callable[[str, str], str]] = {
    **dict.fromkeys(("issued_on", "due_on"), _day_shown),
    **dict.fromkeys(("net", "vat", "gross", "paid", "credited"), _amount_shown),
    "vat_totals": _vat_totals_shown,
    "payment": _payment_shown,
    "settlement": lambda text, _currency: str(STATE_NAMES.get(text, text)),
    "kind": lambda text, _currency: str(KIND_NAMES.get(text, text)),
    "source": lambda text, _currency: str(SOURCE_NAMES.get(text, text)),
    "buyer_country": lambda text, _currency: country_name(text),
}
