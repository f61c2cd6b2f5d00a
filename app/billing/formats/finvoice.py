"""Finvoice 3.0 invoices and credit notes, and the older 1.3 and 2.0 with the same elements (FI).

Read by the implementation guidelines of Finance Finland. Amounts have a decimal comma, a document of ISO-8859-15 is as
usual as one of UTF-8, and banks pass documents on behind a SOAP frame in the same file.
"""

from __future__ import annotations

import re
from decimal import Decimal

from app.billing.formats.adding_up import NOT_CHARGED, Found, compact, finished, first_said, latest, reference
from app.billing.formats.document import Document, Element, NotReadable, Problem, said
from app.billing.models import InvoiceSource
from app.billing.received import ReceivedInvoice, VatTotal
from app.core.i18n import _l

ROOT = "Finvoice"
_CREDIT_NOTE = "INV02"


def without_frame(content: bytes) -> bytes:
    """The document alone, when it follows a SOAP frame: the file is then two documents, one behind the other."""
    if b":Envelope" not in content[:20_000]:
        return content
    starts = [found.start() for found in re.finditer(rb"<Finvoice[\s>]", content)]
    if len(starts) > 1:
        raise NotReadable([Problem("", _l("There are several invoices in this file. Send each in a file of its own."))])
    if not starts:
        return content
    frame = content.rfind(b":Envelope>", 0, starts[0])
    if frame < 0:
        return content
    declaration = content.find(b"<?xml", frame, starts[0])
    return content[declaration if declaration > 0 else starts[0] :]


def read(document: Document, filename: str) -> ReceivedInvoice:
    document.comma = True
    root = document.root
    details = document.one(root, "InvoiceDetails")
    found = Found(InvoiceSource.FINVOICE)
    kind = document.one(details, "InvoiceTypeCode")
    code = said(kind)
    if code and not code.startswith("INV"):
        document.wrong(code, _l("This is no invoice: its type is %(code)s.", code=code[:10]))
    found.type_code = (kind.get("CodeUN", "") if kind is not None else "").strip()
    found.is_credit = code == _CREDIT_NOTE or found.type_code == "381"
    found.number = document.text(details, "InvoiceNumber", _l("The invoice has no number."))
    found.issued_on = document.day(details, "InvoiceDate", _l("The invoice has no date."))
    payment = "EpiDetails/EpiPaymentInstructionDetails"
    days = [
        *document.every(details, "PaymentTermsDetails/InvoiceDueDate"),
        *document.every(root, f"{payment}/EpiDateOptionDate"),
    ]
    found.due_on = latest(document.day_of(day) for day in days if said(day))
    found.payment_reference = reference(map(said, document.every(root, f"{payment}/EpiRemittanceInfoIdentifier")))
    found.credits = [
        number
        for path in ("OriginalInvoiceNumber", "OriginalInvoiceReference/InvoiceNumber")
        for one in document.every(details, path)
        if (number := said(one))
    ]
    _buyer(document, found)
    _totals(document, found, details)
    return finished(document, found)


def _buyer(document: Document, found: Found) -> None:
    party = document.one(document.root, "BuyerPartyDetails")
    found.buyer_name = first_said(document.every(party, "BuyerOrganisationName"))
    found.buyer_country = document.text(party, "BuyerPostalAddressDetails/CountryCode").upper()[:2]
    found.buyer_number = compact(
        document.text(party, "BuyerPartyIdentifier") or document.text(party, "BuyerOrganisationTaxCode")
    )


def _totals(document: Document, found: Found, details: Element | None) -> None:
    gross = document.one(details, "InvoiceTotalVatIncludedAmount")
    if gross is None:
        document.wrong("InvoiceTotalVatIncludedAmount", _l("The invoice has no totals."))
        return
    found.currency = gross.get("AmountCurrencyIdentifier", "").upper()
    if not found.currency:
        document.wrong(gross, _l("The invoice names no currency."))
    found.gross = document.amount_of(gross)
    found.net = _in_currency(document, found, details, "InvoiceTotalVatExcludedAmount")
    found.vat = _in_currency(document, found, details, "InvoiceTotalVatAmount")
    found.prepaid = _in_currency(document, found, details, "InvoicePaidAmount")
    found.rounding = _in_currency(document, found, details, "InvoiceTotalRoundoffAmount")
    if found.is_credit and found.prepaid:
        found.prepaid = None
    for part in document.every(details, "VatSpecificationDetails"):
        _part(document, found, part)


def _part(document: Document, found: Found, part: Element) -> None:
    before = len(document.problems)
    net = _in_currency(document, found, part, "VatBaseAmount")
    vat = _in_currency(document, found, part, "VatRateAmount")
    code = document.text(part, "VatCode")
    percent = document.one(part, "VatRatePercent")
    if net is None:
        if len(document.problems) == before:
            document.wrong(part, _l("This total lacks its net amount or its VAT."))
        return
    if code in NOT_CHARGED:
        found.totals.append(VatTotal(None, net, vat or Decimal("0.00")))
        return
    rate = document.rate_of(percent)
    if rate is None or vat is None:
        if len(document.problems) == before:
            document.wrong(part, _l("This total names no VAT rate."))
        return
    found.totals.append(VatTotal(rate, net, vat))


def _in_currency(document: Document, found: Found, under: Element | None, path: str) -> Decimal | None:
    element = document.one(under, path)
    if element is None or not said(element):
        return None
    currency = element.get("AmountCurrencyIdentifier", "")
    if currency and found.currency and currency.upper() != found.currency:
        document.wrong(element, _l("This amount is in another currency than the invoice."))
    return document.amount_of(element)
