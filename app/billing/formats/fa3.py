"""FA(3), the structured invoice of the Polish KSeF, with its corrections (PL).

Read by the schema that the Ministry of Finance published on 25 June 2025. The document itself holds no KSeF number: it
is given when KSeF receives the invoice. So it is taken from the name of the file, as KSeF and most programs name what
they download, or from an element around the invoice.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

from lxml import etree

from app.billing.formats.adding_up import ZERO, Found, compact, finished, latest, reference
from app.billing.formats.document import Document, Element, said
from app.billing.models import InvoiceSource
from app.billing.received import ReceivedInvoice, VatTotal
from app.core.i18n import _l

_FA3 = "http://crd.gov.pl/wzor/2025/06/25/13775/"
ROOT = f"{{{_FA3}}}Faktura"
_NAMES = {"fa": _FA3}

# Net field, VAT field, and the rates that the field may stand for; no VAT field where none is charged. P_14_xW repeats
# the VAT of an invoice in another currency in PLN.
_RATED = (
    ("P_13_1", "P_14_1", (Decimal(23), Decimal(22))),
    ("P_13_2", "P_14_2", (Decimal(8), Decimal(7))),
    ("P_13_3", "P_14_3", (Decimal(5),)),
    ("P_13_4", "P_14_4", (Decimal(4), Decimal(3))),  # flat rate of taxi drivers
)
_OTHER_COUNTRIES = ("P_13_5", "P_14_5")
"""Sales under the special procedure (OSS), at another country's rate, which only the lines name."""
_AT_ZERO = ("P_13_6_1", "P_13_6_2", "P_13_6_3")
"""0 % at home, within the EU, and for export."""
_NOT_CHARGED = ("P_13_7", "P_13_8", "P_13_9", "P_13_10", "P_13_11")
"""Exempt, outside the country, services taxed in the EU, reverse charge, and margin schemes."""

KSEF_NUMBER = re.compile(r"(?<![0-9])[0-9]{10}-[0-9]{8}-[0-9A-Fa-f]{12}-[0-9A-Fa-f]{2}(?![0-9A-Fa-f])")


def read(document: Document, filename: str) -> ReceivedInvoice:
    document.names = _NAMES
    root = document.root
    fa = document.one(root, "fa:Fa")
    found = Found(InvoiceSource.FA3)
    found.number = document.text(fa, "fa:P_2", _l("The invoice has no number."))
    found.issued_on = document.day(fa, "fa:P_1", _l("The invoice has no date."))
    found.currency = document.text(fa, "fa:KodWaluty", _l("The invoice names no currency.")).upper()
    kind = document.text(fa, "fa:RodzajFaktury", _l("The invoice does not say of which kind it is."))
    found.credits = [
        number for one in document.every(fa, "fa:DaneFaKorygowanej/fa:NrFaKorygowanej") if (number := said(one))
    ]
    payment = document.one(fa, "fa:Platnosc")
    found.due_on = latest(
        _due(document, term, found.issued_on) for term in document.every(payment, "fa:TerminPlatnosci")
    )
    found.payment_reference = reference([document.text(payment, "fa:IPKSeF")])
    found.ksef_number = _ksef_number(document, filename)
    _buyer(document, found)
    _totals(document, found, fa)
    if kind.startswith("KOR"):
        _correct(document, found)
    found.prepaid = _paid(document, found, payment)
    return finished(document, found)


def _correct(document: Document, found: Found) -> None:
    """A correction states differences: below zero it gives back; above, it is charged as an invoice of its own."""
    gross = found.gross if found.gross is not None else ZERO
    if gross == 0 and not any(one.net or one.vat for one in found.totals):
        document.wrong("", _l("This correction changes no amount, so there is nothing to keep."))
    found.is_credit = gross < 0


def _due(document: Document, term: Element, issued_on: date | None) -> date | None:
    """A day, or so many days after the invoice's date."""
    day = document.day(term, "fa:Termin")
    if day is not None or issued_on is None:
        return day
    words = document.one(term, "fa:TerminOpis")
    number, unit = document.text(words, "fa:Ilosc"), document.text(words, "fa:Jednostka").casefold()
    since = document.text(words, "fa:ZdarzeniePoczatkowe").casefold()
    if re.fullmatch("[0-9]{1,3}", number) and unit.startswith(("dni", "dzie")) and "wystawieni" in since:
        return issued_on + timedelta(days=int(number))
    return None


def _ksef_number(document: Document, filename: str) -> str | None:
    if (named := KSEF_NUMBER.search(filename)) and is_ksef_number(named[0]):
        return named[0].upper()
    around = document.root.getparent()
    while around is not None:
        for one in around.iter(etree.Element):
            text = said(one)
            if KSEF_NUMBER.fullmatch(text) and is_ksef_number(text) and document.root not in one.iterancestors():
                return text.upper()
        around = around.getparent()
    return None


def is_ksef_number(text: str) -> bool:
    """Whether the last two signs check the others: CRC-8, as the documentation of KSeF 2.0 has it."""
    if not KSEF_NUMBER.fullmatch(text):
        return False
    check = 0
    for byte in text[:32].upper().encode():
        check ^= byte
        for _bit in range(8):
            check = (check << 1 ^ 0x07 if check & 0x80 else check << 1) & 0xFF
    return text[33:].upper() == f"{check:02X}"


def _buyer(document: Document, found: Found) -> None:
    party = document.one(document.root, "fa:Podmiot2")
    ids = document.one(party, "fa:DaneIdentyfikacyjne")
    found.buyer_name = document.text(ids, "fa:Nazwa")
    nip, vat, other = (document.text(ids, f"fa:{name}") for name in ("NIP", "NrVatUE", "NrID"))
    country = document.text(party, "fa:Adres/fa:KodKraju").upper()
    if nip:
        number, country = nip, "PL"
    elif vat:
        prefix = document.text(ids, "fa:KodUE").upper()
        number, country = prefix + vat, {"EL": "GR"}.get(prefix, prefix)
    else:
        number, country = other, document.text(ids, "fa:KodKraju").upper() or country
    found.buyer_number, found.buyer_country = compact(number), country[:2]


def _totals(document: Document, found: Found, fa: Element | None) -> None:
    found.gross = document.amount(fa, "fa:P_15")
    if found.gross is None:
        document.wrong("Fa/P_15", _l("The invoice has no totals."))
    for net_field, vat_field, rates in _RATED:
        net, vat = document.amount(fa, f"fa:{net_field}"), document.amount(fa, f"fa:{vat_field}")
        if net is not None or vat is not None:
            net, vat = net or ZERO, vat or ZERO
            found.totals.append(VatTotal(_nearest(rates, net, vat), net, vat))
    net, vat = (document.amount(fa, f"fa:{name}") for name in _OTHER_COUNTRIES)
    if net is not None or vat is not None:
        found.totals.append(VatTotal(_foreign_rate(document, fa), net or ZERO, vat or ZERO))
    for names, rate in ((_AT_ZERO, ZERO), (_NOT_CHARGED, None)):
        amounts = [amount for name in names if (amount := document.amount(fa, f"fa:{name}")) is not None]
        found.totals.extend(VatTotal(rate, amount, ZERO) for amount in amounts)
    if len(found.totals) > 1:  # programs write the fields that they do not need as 0.00
        found.totals = [one for one in found.totals if one.net or one.vat] or found.totals[:1]


def _nearest(rates: tuple[Decimal, ...], net: Decimal, vat: Decimal) -> Decimal:
    """Of the rates that a field may stand for the one that gives its VAT; the first is today's."""
    return min(rates, key=lambda rate: (abs(net * rate / 100 - vat), rates.index(rate)))


def _foreign_rate(document: Document, fa: Element | None) -> Decimal | None:
    rates = {said(one) for one in document.every(fa, "fa:FaWiersz/fa:P_12_XII")} - {""}
    if len(rates) != 1:
        document.wrong("Fa/P_13_5", _l("Sales under the special procedure (OSS) are read with one VAT rate only."))
        return None
    return document.rate_of(document.every(fa, "fa:FaWiersz/fa:P_12_XII")[0])


def _paid(document: Document, found: Found, payment: Element | None) -> Decimal | None:
    parts = [
        document.amount_of(one) for one in document.every(payment, "fa:ZaplataCzesciowa/fa:KwotaZaplatyCzesciowej")
    ]
    in_full = document.text(payment, "fa:Zaplacono") == "1"
    if in_full or document.text(payment, "fa:ZnacznikZaplatyCzesciowej") == "2":  # 2: in several parts, and all of it
        return found.gross
    return sum((part for part in parts if part is not None), ZERO) or None
