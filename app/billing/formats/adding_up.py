"""What a document's reader found, added up: its totals by VAT rate against its own sums, then a `ReceivedInvoice`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from app.billing.formats.document import Document, Element, NotReadable, said
from app.billing.models import InvoiceKind, InvoiceSource
from app.billing.received import ReceivedInvoice, VatTotal
from app.core.i18n import _l
from app.core.money import CENT, known_currency

ZERO = Decimal("0.00")

NOT_CHARGED = frozenset({"E", "AE", "K", "G", "O"})
"""Categories of VAT (UNCL 5305) by which none is charged: exempt, reverse charge, within the EU, export, out of scope.
A rate of nought (`Z`) is a rate."""
CREDITS = frozenset({"81", "83", "261", "262", "308", "381", "396", "420", "458", "502", "503", "532"})
"""Types of document (UNCL 1001) that give money back."""
NO_INVOICES = frozenset({"310", "325", "351"})
"""Offers, pro formas and despatch advices: nobody owes anything by them."""


@dataclass
class Found:
    """What a reader found, amounts with the sign they have in the document; None where it does not say."""

    source: InvoiceSource
    number: str = ""
    type_code: str = ""
    """UNCL 1001; empty where the format has none."""
    is_credit: bool = False
    issued_on: date | None = None
    due_on: date | None = None
    currency: str = ""
    buyer_name: str = ""
    buyer_country: str = ""
    buyer_number: str = ""
    payment_reference: str = ""
    ksef_number: str | None = None
    credits: Sequence[str] = ()
    """Numbers of the invoices that it corrects."""
    totals: list[VatTotal] = field(default_factory=list)
    net: Decimal | None = None
    vat: Decimal | None = None
    gross: Decimal | None = None
    prepaid: Decimal | None = None
    rounding: Decimal | None = None
    payable: Decimal | None = None


def add_total(
    document: Document,
    found: Found,
    part: Element,
    net: Decimal | None,
    vat: Decimal | None,
    category: str,
    percent: Element | None,
    *,
    said_before: int,
) -> None:
    """The total of one VAT rate as EN 16931 has it, in whichever syntax. `said_before` counts the problems before its
    parts were read: what is wrong with one of them is not said twice."""
    if net is None or vat is None:
        if len(document.problems) == said_before:
            document.wrong(part, _l("This total lacks its net amount or its VAT."))
        return
    if category in NOT_CHARGED:
        found.totals.append(VatTotal(None, net, vat))
        return
    rate = ZERO if percent is None and category == "Z" else document.rate_of(percent)
    if rate is None:
        if len(document.problems) == said_before:
            document.wrong(part, _l("This total names no VAT rate."))
        return
    found.totals.append(VatTotal(rate, net, vat))


def finished(document: Document, found: Found) -> ReceivedInvoice:
    """Checks what was found, and gives it the form that is kept.

    Raises:
        NotReadable: something is missing or does not add up.
    """
    _check_parts(document, found)
    _add_up(document, found)
    if document.problems or found.issued_on is None:
        raise NotReadable(document.problems)
    gross = found.gross if found.gross is not None else _sum(one.net + one.vat for one in found.totals)
    # Some credit notes are written with amounts below zero, others are invoices below zero; both are positive here.
    sign = -1 if gross < 0 else 1
    kind = InvoiceKind.CREDIT_NOTE if found.is_credit or gross < 0 else InvoiceKind.INVOICE
    is_credit = kind == InvoiceKind.CREDIT_NOTE
    return ReceivedInvoice(
        number=found.number,
        issued_on=found.issued_on,
        currency=found.currency,
        buyer_name=found.buyer_name[:200],
        vat_totals=tuple(VatTotal(one.rate, sign * one.net, sign * one.vat) for one in found.totals),
        source=found.source,
        kind=kind,
        due_on=found.due_on,
        buyer_country=found.buyer_country,
        buyer_number=found.buyer_number,
        payment_reference=found.payment_reference,
        ksef_number=found.ksef_number,
        # Of a note on several invoices nobody can tell how much falls to each.
        credits_number=found.credits[0] if is_credit and len(set(found.credits)) == 1 else None,
        # A credit note gives a period back; only the invoice makes it invoiced.
        period_refs=() if is_credit else document.period_refs(),
        paid=found.prepaid if found.prepaid and found.prepaid > 0 and not is_credit else None,
        total=sign * gross,
    )


def _check_parts(document: Document, found: Found) -> None:
    if found.type_code in NO_INVOICES:
        document.wrong("", _l("This is no invoice: its type is %(code)s.", code=found.type_code))
    if len(found.number) > 60:
        document.wrong("", _l("The invoice's number is longer than 60 characters."))
    if found.currency and not known_currency(found.currency):
        document.wrong("", _l("Amounts in the currency %(currency)s cannot be kept.", currency=found.currency[:10]))
    if not found.buyer_name:
        document.wrong("", _l("The invoice does not name the customer."))


def _add_up(document: Document, found: Found) -> None:
    """The document's own sums, each within a cent a VAT rate."""
    if not found.totals and not document.problems:
        document.wrong("", _l("The invoice has no totals by VAT rate."))
    if document.problems:
        return
    merge(found.totals)
    slack = CENT * len(found.totals)
    net = _sum(one.net for one in found.totals)
    vat = _sum(one.vat for one in found.totals)
    gross = net + vat if found.gross is None else found.gross
    due = gross - (found.prepaid or ZERO) + (found.rounding or ZERO)
    for stated, summed, sentence in (
        (found.net, net, _net_differs),
        (found.vat, vat, _vat_differs),
        (found.gross, net + vat, _gross_differs),
        (found.payable, due, _payable_differs),
    ):
        if stated is not None and abs(stated - summed) > slack:
            document.wrong("", sentence(str(summed), str(stated)))


def _net_differs(summed: str, stated: str) -> Any:
    return _l(
        "The net amounts by VAT rate add up to %(sum)s, and the document says %(total)s.", sum=summed, total=stated
    )


def _vat_differs(summed: str, stated: str) -> Any:
    return _l("The VAT by rate adds up to %(sum)s, and the document says %(total)s.", sum=summed, total=stated)


def _gross_differs(summed: str, stated: str) -> Any:
    return _l("Net amount and VAT add up to %(sum)s, and the document says %(total)s.", sum=summed, total=stated)


def _payable_differs(summed: str, stated: str) -> Any:
    return _l("The amount to pay should be %(sum)s, and the document says %(total)s.", sum=summed, total=stated)


def merge(totals: list[VatTotal]) -> None:
    """One total a rate: a document may state two for the same rate, such as for two reasons of exemption."""
    merged: dict[Decimal | None, VatTotal] = {}
    for one in totals:
        before = merged.get(one.rate)
        merged[one.rate] = VatTotal(one.rate, one.net + before.net, one.vat + before.vat) if before else one
    totals[:] = merged.values()


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)


# --- what several formats say alike -----------------------------------------------------------------------------------


def compact(number: str) -> str:
    return "".join(number.split())[:40]


def latest(days: Iterable[date | None]) -> date | None:
    """Of several instalments the last day: only then the invoice as a whole is due."""
    return max((day for day in days if day is not None), default=None)


def reference(texts: Iterable[str]) -> str:
    """The payment reference: the first that is one. A longer text is no reference."""
    return next((text for text in texts if text and len(text) <= 60), "")


def first_said(elements: Iterable[Element]) -> str:
    return next((text for text in map(said, elements) if text), "")
