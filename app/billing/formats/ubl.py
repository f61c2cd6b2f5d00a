"""UBL 2.1 invoices and credit notes, as NLCIUS, Peppol BIS Billing and other profiles of EN 16931 write them (NL, BE).

Read by the mapping of EN 16931-3-2; the numbers behind "BT" are its business terms.
"""

from __future__ import annotations

from decimal import Decimal

from app.billing.formats.adding_up import (
    CREDITS,
    Found,
    add_total,
    compact,
    finished,
    first_said,
    latest,
    reference,
)
from app.billing.formats.document import Document, Element, said
from app.billing.models import InvoiceSource
from app.billing.received import ReceivedInvoice
from app.core.i18n import _l

_START = "urn:oasis:names:specification:ubl:schema:xsd:"
INVOICE = f"{{{_START}Invoice-2}}Invoice"
CREDIT_NOTE = f"{{{_START}CreditNote-2}}CreditNote"
_NAMES = {"cac": f"{_START}CommonAggregateComponents-2", "cbc": f"{_START}CommonBasicComponents-2"}

# Electronic addresses that are a company's own number (EAS codes): KvK, Belgian enterprise number, Y-tunnus, SIREN,
# SIRET, NIP and VAT numbers. Others (GLN, OIN, operators' addresses) say nothing that an account has.
_OWN_NUMBERS = frozenset({"0106", "0208", "0212", "0002", "0009", "9944", "9925", "9945", "9957", "0216"})


def read(document: Document, filename: str) -> ReceivedInvoice:
    document.names = _NAMES
    root = document.root
    credit = root.tag == CREDIT_NOTE
    found = Found(InvoiceSource.UBL)
    found.number = document.text(root, "cbc:ID", _l("The invoice has no number."))
    found.issued_on = document.day(root, "cbc:IssueDate", _l("The invoice has no date."))
    found.type_code = document.text(root, "cbc:CreditNoteTypeCode" if credit else "cbc:InvoiceTypeCode")
    found.is_credit = credit or found.type_code in CREDITS
    found.currency = document.text(root, "cbc:DocumentCurrencyCode", _l("The invoice names no currency.")).upper()
    means = document.every(root, "cac:PaymentMeans")
    due = [
        *document.every(root, "cbc:DueDate"),  # BT-9
        *(day for one in means for day in document.every(one, "cbc:PaymentDueDate")),  # a credit note's BT-9
        *(day for one in document.every(root, "cac:PaymentTerms") for day in document.every(one, "cbc:PaymentDueDate")),
    ]
    found.due_on = latest(document.day_of(day) for day in due if said(day))
    found.payment_reference = reference(
        said(id) for one in means for id in document.every(one, "cbc:PaymentID")
    )  # BT-83
    found.credits = [
        number
        for one in document.every(root, "cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID")
        if (number := said(one))
    ]
    _buyer(document, found)
    _totals(document, found)
    return finished(document, found)


def _buyer(document: Document, found: Found) -> None:
    """The registered number first: it is the company's own. A VAT number may be a group's, an electronic address an
    operator's or a parent company's."""
    party = document.one(document.root, "cac:AccountingCustomerParty/cac:Party")
    legal = document.one(party, "cac:PartyLegalEntity")
    found.buyer_name = document.text(legal, "cbc:RegistrationName") or first_said(
        document.every(party, "cac:PartyName/cbc:Name")
    )
    found.buyer_country = document.text(party, "cac:PostalAddress/cac:Country/cbc:IdentificationCode").upper()[:2]
    addresses = [
        one
        for path in ("cac:PartyIdentification/cbc:ID", "cbc:EndpointID")
        for one in document.every(party, path)
        if one.get("schemeID", "") in _OWN_NUMBERS
    ]
    number = (
        document.text(legal, "cbc:CompanyID")
        or first_said(document.every(party, "cac:PartyTaxScheme/cbc:CompanyID"))
        or _own(addresses)
    )
    found.buyer_number = compact(number)


def _own(addresses: list[Element]) -> str:
    for one in addresses:
        text = said(one)
        if one.get("schemeID") == "0216" and text.startswith("0037") and len(text) >= 12:
            return f"{text[4:11]}-{text[11]}"  # a Finnish OVT code: 0037 and the Y-tunnus without its hyphen
        if text:
            return text
    return ""


def _totals(document: Document, found: Found) -> None:
    root = document.root
    sums = document.one(root, "cac:LegalMonetaryTotal")
    if sums is None:
        document.wrong("LegalMonetaryTotal", _l("The invoice has no totals."))
        return
    found.net = _in_currency(document, found, sums, "cbc:TaxExclusiveAmount")
    found.gross = _in_currency(document, found, sums, "cbc:TaxInclusiveAmount")
    found.prepaid = _in_currency(document, found, sums, "cbc:PrepaidAmount")
    found.rounding = _in_currency(document, found, sums, "cbc:PayableRoundingAmount")
    found.payable = _in_currency(document, found, sums, "cbc:PayableAmount")
    # A second total may state the VAT in the seller's own currency (BT-111): it has no parts by rate.
    foreign = document.text(root, "cbc:TaxCurrencyCode").upper()
    taxes = [
        one
        for one in document.every(root, "cac:TaxTotal")
        if not (
            foreign
            and foreign != found.currency
            and all(sum.get("currencyID") == foreign for sum in document.every(one, "cbc:TaxAmount"))
        )
    ]
    if len(taxes) > 1:
        document.wrong(taxes[1], _l("This stands more than once, so it is not certain which one counts."))
        return
    for tax in taxes:
        found.vat = _in_currency(document, found, tax, "cbc:TaxAmount")
        for part in document.every(tax, "cac:TaxSubtotal"):
            _part(document, found, part)


def _part(document: Document, found: Found, part: Element) -> None:
    before = len(document.problems)
    net = _in_currency(document, found, part, "cbc:TaxableAmount")
    vat = _in_currency(document, found, part, "cbc:TaxAmount")
    category = document.text(part, "cac:TaxCategory/cbc:ID")
    percent = document.one(part, "cac:TaxCategory/cbc:Percent")
    if percent is None:
        percent = document.one(part, "cbc:Percent")
    add_total(document, found, part, net, vat, category, percent, said_before=before)


def _in_currency(document: Document, found: Found, under: Element, path: str) -> Decimal | None:
    element = document.one(under, path)
    if element is None:
        return None
    currency = element.get("currencyID", "")
    if currency and found.currency and currency.upper() != found.currency:
        document.wrong(element, _l("This amount is in another currency than the invoice."))
    return document.amount_of(element)
