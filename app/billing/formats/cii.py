"""CII invoices (UN/CEFACT Cross Industry Invoice, D16B and D22B): the XML of Factur-X and ZUGFeRD 2 (FR).

Read by the mapping of EN 16931-3-3; the numbers behind "BT" are its business terms. The profile MINIMUM states no
totals by VAT rate, so it cannot be kept; BASIC WL and all above can.
"""

from __future__ import annotations

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

_START = "urn:un:unece:uncefact:data:standard:"
_NAMES = {
    "rsm": f"{_START}CrossIndustryInvoice:100",
    "ram": f"{_START}ReusableAggregateBusinessInformationEntity:100",
    "udt": f"{_START}UnqualifiedDataType:100",
}
ROOT = f"{{{_NAMES['rsm']}}}CrossIndustryInvoice"


def read(document: Document, filename: str) -> ReceivedInvoice:
    document.names = _NAMES
    head = document.one(document.root, "rsm:ExchangedDocument")
    trade = document.one(document.root, "rsm:SupplyChainTradeTransaction")
    settlement = document.one(trade, "ram:ApplicableHeaderTradeSettlement")
    found = Found(InvoiceSource.CII)
    found.number = document.text(head, "ram:ID", _l("The invoice has no number."))
    found.issued_on = document.day(head, "ram:IssueDateTime/udt:DateTimeString", _l("The invoice has no date."))
    found.type_code = document.text(head, "ram:TypeCode")
    found.is_credit = found.type_code in CREDITS
    found.currency = document.text(settlement, "ram:InvoiceCurrencyCode", _l("The invoice names no currency.")).upper()
    found.due_on = latest(
        document.day_of(day)
        for day in document.every(settlement, "ram:SpecifiedTradePaymentTerms/ram:DueDateDateTime/udt:DateTimeString")
    )
    found.payment_reference = reference([document.text(settlement, "ram:PaymentReference")])  # BT-83
    found.credits = [
        number
        for one in document.every(settlement, "ram:InvoiceReferencedDocument/ram:IssuerAssignedID")
        if (number := said(one))
    ]
    _buyer(document, found, document.one(trade, "ram:ApplicableHeaderTradeAgreement/ram:BuyerTradeParty"))
    _totals(document, found, settlement)
    return finished(document, found)


def _buyer(document: Document, found: Found, party: Element | None) -> None:
    """SIRET or SIREN first, then the VAT number, then an identifier of the buyer's own."""
    found.buyer_name = document.text(party, "ram:Name")
    found.buyer_country = document.text(party, "ram:PostalTradeAddress/ram:CountryID").upper()[:2]
    registrations = document.every(party, "ram:SpecifiedTaxRegistration/ram:ID")
    number = (
        document.text(party, "ram:SpecifiedLegalOrganization/ram:ID")
        or first_said(one for one in registrations if one.get("schemeID") == "VA")
        or first_said(one for one in document.every(party, "ram:GlobalID") if one.get("schemeID") in ("0002", "0009"))
    )
    found.buyer_number = compact(number)


def _totals(document: Document, found: Found, settlement: Element | None) -> None:
    sums = document.one(settlement, "ram:SpecifiedTradeSettlementHeaderMonetarySummation")
    if sums is None:
        document.wrong("SpecifiedTradeSettlementHeaderMonetarySummation", _l("The invoice has no totals."))
        return
    found.net = document.amount(sums, "ram:TaxBasisTotalAmount")
    found.gross = document.amount(sums, "ram:GrandTotalAmount")
    found.prepaid = document.amount(sums, "ram:TotalPrepaidAmount")
    found.rounding = document.amount(sums, "ram:RoundingAmount")
    found.payable = document.amount(sums, "ram:DuePayableAmount")
    taxes = document.every(sums, "ram:TaxTotalAmount")
    own = [one for one in taxes if one.get("currencyID", found.currency).upper() == found.currency]
    if len(own) > 1:  # a second one in the seller's own currency is allowed (BT-111)
        document.wrong(own[1], _l("This stands more than once, so it is not certain which one counts."))
    elif own:
        found.vat = document.amount_of(own[0])
    elif taxes:
        document.wrong(taxes[0], _l("This amount is in another currency than the invoice."))
    parts = document.every(settlement, "ram:ApplicableTradeTax")
    if not parts:
        document.wrong(
            "ApplicableTradeTax",
            _l("The invoice has no totals by VAT rate. The profile MINIMUM leaves them out; BASIC WL has them."),
        )
    for part in parts:
        _part(document, found, part)


def _part(document: Document, found: Found, part: Element) -> None:
    before = len(document.problems)
    net = document.amount(part, "ram:BasisAmount")
    vat = document.amount(part, "ram:CalculatedAmount")
    category = document.text(part, "ram:CategoryCode")
    percent = document.one(part, "ram:RateApplicablePercent")
    add_total(document, found, part, net, vat, category, percent, said_before=before)
