"""Invoice documents: what each format says is read, adds up, and nothing hostile gets any further."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from app.billing.formats import NotReadable, Problem, read
from app.billing.formats.fa3 import is_ksef_number
from app.billing.models import InvoiceKind, InvoiceSource
from app.billing.received import ReceivedInvoice, VatTotal
from app.billing.service.invoices import check
from app.core.money import vat_of

DOCUMENTS = Path(__file__).parent / "documents"
FORMATS = ("ubl", "fa3", "finvoice", "cii")
GOOD = sorted(path for name in FORMATS for path in (DOCUMENTS / name).glob("*.xml"))
KSEF = "5265877635-20250826-0100001AF629-AF"


def document(name: str) -> bytes:
    return (DOCUMENTS / name).read_bytes()


def problems(content: bytes, name: str = "") -> list[Problem]:
    with pytest.raises(NotReadable) as refused:
        read(content, name)
    return refused.value.problems


def total(rate: str | None, net: str, vat: str = "0.00") -> VatTotal:
    return VatTotal(Decimal(rate) if rate is not None else None, Decimal(net), Decimal(vat))


SAID: dict[str, ReceivedInvoice] = {
    "ubl/nl-two-rates.xml": ReceivedInvoice(
        "2026-0117", date(2026, 3, 2), "EUR", "Van Eerden Tuinmeubelen B.V.",
        (total("21", "200.00", "42.00"), total("9", "50.00", "4.50")), InvoiceSource.UBL,
        due_on=date(2026, 4, 1), buyer_country="NL", buyer_number="84217305",
        payment_reference="RF18 5390 0754 7034",
        period_refs=("B-7K3F9Q2M/3", "B-7K3F9Q2M/4", "B-0X4T8W1N/0"), total=Decimal("296.50"),
    ),
    "ubl/be-prepaid.xml": ReceivedInvoice(
        "BE-2026/0031", date(2026, 2, 16), "EUR", "Fietsatelier Dendermonde", (total("21", "100.10", "21.02"),),
        InvoiceSource.UBL, due_on=date(2026, 3, 18), buyer_country="BE", buyer_number="0423117859",
        payment_reference="+++090/9337/55493+++", paid=Decimal("50.00"), total=Decimal("121.12"),
    ),
    "ubl/nl-credit-note.xml": ReceivedInvoice(
        "C2026-0009", date(2026, 3, 20), "EUR", "Van Eerden Tuinmeubelen B.V.", (total("9", "50.00", "4.50"),),
        InvoiceSource.UBL, InvoiceKind.CREDIT_NOTE, due_on=date(2026, 4, 19), buyer_country="NL",
        buyer_number="NL123456789B13", credits_number="2026-0117", total=Decimal("54.50"),
    ),
    "ubl/sek-reverse-charge.xml": ReceivedInvoice(
        "SE-4004", date(2026, 1, 31), "SEK", "Lundgrens Ateljé AB", (total(None, "1000.00"), total("0", "20.00")),
        InvoiceSource.UBL, buyer_country="SE", buyer_number="SE556677889901", total=Decimal("1020.00"),
    ),
    "ubl/below-zero.xml": ReceivedInvoice(
        "2026-0140", date(2026, 3, 31), "EUR", "Van Eerden Tuinmeubelen B.V.", (total("21", "100.00", "21.00"),),
        InvoiceSource.UBL, InvoiceKind.CREDIT_NOTE, total=Decimal("121.00"),
    ),
    "fa3/two-rates.xml": ReceivedInvoice(
        "FV/2026/03/0007", date(2026, 3, 2), "PLN", "Papiernia Żółw Sp. z o.o.",
        (total("23", "1000.00", "230.00"), total("8", "100.00", "8.00")), InvoiceSource.FA3,
        due_on=date(2026, 4, 16), buyer_country="PL", buyer_number="8567346215", payment_reference="0010000000000",
        period_refs=("B-7K3F9Q2M/12", "B-0X4T8W1N/2"), paid=Decimal("338.00"), total=Decimal("1338.00"),
    ),
    "fa3/correction.xml": ReceivedInvoice(
        "KOR/2026/03/0001", date(2026, 3, 20), "PLN", "Papiernia Żółw Sp. z o.o.",
        (total("23", "400.00", "92.00"), total("8", "-20.00", "-1.60")), InvoiceSource.FA3, InvoiceKind.CREDIT_NOTE,
        buyer_country="PL", buyer_number="8567346215", credits_number="FV/2026/03/0007", total=Decimal("470.40"),
    ),
    "fa3/eur-not-charged.xml": ReceivedInvoice(
        "FV/2026/02/0019", date(2026, 2, 28), "EUR", "Kallioniemen Puutarha Oy",
        (total("23", "100.00", "23.00"), total("0", "40.00"), total(None, "260.00")), InvoiceSource.FA3,
        due_on=date(2026, 3, 14), buyer_country="FI", buyer_number="FI23327487", paid=Decimal("423.00"),
        total=Decimal("423.00"),
    ),
    "finvoice/two-rates.xml": ReceivedInvoice(
        "260045", date(2026, 3, 2), "EUR", "Kallioniemen Puutarha Oy",
        (total("25.50", "1000.00", "255.00"), total("14", "100.00", "14.00")), InvoiceSource.FINVOICE,
        due_on=date(2026, 3, 16), buyer_country="FI", buyer_number="2332748-7", payment_reference="RF332348236",
        period_refs=("B-7K3F9Q2M/5", "B-0X4T8W1N/7"), paid=Decimal("69.00"), total=Decimal("1369.00"),
    ),
    "finvoice/latin9-exempt.xml": ReceivedInvoice(
        "260046", date(2026, 3, 3), "EUR", "Pöytä & Šakki Ääni Oy", (total(None, "20.00"),), InvoiceSource.FINVOICE,
        due_on=date(2026, 3, 17), buyer_country="FI", buyer_number="2332748-7",
        payment_reference="00000000000000012344", total=Decimal("20.00"),
    ),
    "finvoice/credit-note-in-frame.xml": ReceivedInvoice(
        "260050", date(2026, 3, 20), "EUR", "Kallioniemen Puutarha Oy", (total("14", "100.00", "14.00"),),
        InvoiceSource.FINVOICE, InvoiceKind.CREDIT_NOTE, buyer_country="FI", buyer_number="FI23327487",
        credits_number="260045", total=Decimal("114.00"),
    ),
    "cii/factur-x-two-rates.xml": ReceivedInvoice(
        "F-2026-0088", date(2026, 3, 2), "EUR", "Librairie du Vieux Pont",
        (total("20", "300.00", "60.00"), total("5.50", "20.00", "1.10")), InvoiceSource.CII,
        due_on=date(2026, 4, 30), buyer_country="FR", buyer_number="90451720800008",
        payment_reference="F-2026-0088 VIEUX PONT", period_refs=("B-7K3F9Q2M/8", "B-0X4T8W1N/11"),
        paid=Decimal("81.10"), total=Decimal("381.10"),
    ),
    "cii/credit-note.xml": ReceivedInvoice(
        "AV-2026-0003", date(2026, 3, 18), "EUR", "Librairie du Vieux Pont", (total("5.50", "20.00", "1.10"),),
        InvoiceSource.CII, InvoiceKind.CREDIT_NOTE, buyer_number="FR13904517208", credits_number="F-2026-0088",
        total=Decimal("21.10"),
    ),
    "cii/usd-exempt.xml": ReceivedInvoice(
        "F-2026-0091", date(2026, 3, 5), "USD", "Atelier Rivière-Bleue", (total(None, "75.00"),), InvoiceSource.CII,
        due_on=date(2026, 5, 4), buyer_country="CH", total=Decimal("75.00"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_a_document_is_read_as_it_says(name: str) -> None:
    assert read(document(name)) == SAID[name]


def test_every_document_that_is_kept_here_is_compared() -> None:
    assert {str(path.relative_to(DOCUMENTS)) for path in GOOD} == set(SAID)


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.name)
def test_what_is_read_adds_up_and_may_be_kept(path: Path) -> None:
    received = read(path.read_bytes())
    assert received.net + received.vat == received.gross == received.total
    assert received.gross > 0
    check(received)


# --- KSeF -------------------------------------------------------------------------------------------------------------


def test_the_ksef_number_is_taken_from_the_files_name() -> None:
    content = document("fa3/two-rates.xml")
    assert read(content, f"faktury/{KSEF}.xml").ksef_number == KSEF
    assert read(content, f"FV_{KSEF.lower()} (1).xml").ksef_number == KSEF
    assert read(content, "5265877635-20250826-0100001AF629-AE.xml").ksef_number is None  # fails its own check
    assert read(content, "invoice.xml").ksef_number is None


def test_the_ksef_number_is_taken_from_an_element_around_the_invoice() -> None:
    inside = document("fa3/correction.xml").split(b"?>", 1)[1]
    around = b"<FakturaKSeF><NumerKSeF> " + KSEF.encode() + b" </NumerKSeF>" + inside + b"</FakturaKSeF>"
    assert read(around) == replace(SAID["fa3/correction.xml"], ksef_number=KSEF)
    # The number of the invoice that is corrected is not the correction's own.
    assert read(b"<FakturaKSeF>" + inside + b"</FakturaKSeF>").ksef_number is None
    assert len(problems(b"<All>" + inside + inside + b"</All>")) == 1


def test_an_invoice_in_an_envelope_of_peppol_is_read() -> None:
    inside = document("ubl/nl-two-rates.xml").split(b"?>", 1)[1]
    name = b"http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"
    around = b'<StandardBusinessDocument xmlns="' + name + b'"><StandardBusinessDocumentHeader/>' + inside
    assert read(around + b"</StandardBusinessDocument>") == SAID["ubl/nl-two-rates.xml"]


@pytest.mark.parametrize("digit", range(32))
def test_one_wrong_sign_in_a_ksef_number_is_noticed(digit: int) -> None:
    assert is_ksef_number(KSEF)
    wrong = "7" if KSEF[digit] != "7" else "8"
    assert not is_ksef_number(KSEF[:digit] + wrong + KSEF[digit + 1 :])


def test_a_correction_above_zero_is_charged_like_an_invoice() -> None:
    content = document("fa3/correction.xml").replace(b">-400.00", b">400.00").replace(b">-92.00", b">92.00")
    received = read(content.replace(b">-470.40", b">513.60"))
    assert (received.kind, received.credits_number, received.gross) == (InvoiceKind.INVOICE, None, Decimal("513.60"))


def test_a_correction_of_words_alone_is_not_kept() -> None:
    content = re.sub(rb">(-400|-92|20|1|-470)\.[0-9]{2}<", b">0.00<", document("fa3/correction.xml"))
    assert [str(one.message) for one in problems(content)] == [
        "This correction changes no amount, so there is nothing to keep."
    ]


def test_older_rates_are_told_by_the_vat() -> None:
    content = document("fa3/two-rates.xml").replace(b"<P_14_2>8.00", b"<P_14_2>7.00").replace(b"1338.00", b"1337.00")
    assert read(content).vat_totals[1] == total("7", "100.00", "7.00")


# --- several ways to say the same -------------------------------------------------------------------------------------


def test_a_registered_number_goes_before_a_vat_number_and_an_address() -> None:
    content = document("ubl/nl-two-rates.xml")
    without = content.replace(b'<cbc:CompanyID schemeID="0106">8421 7305</cbc:CompanyID>', b"")
    assert read(without).buyer_number == "NL123456789B13"
    without = without.replace(b"<cbc:CompanyID>NL123456789B13</cbc:CompanyID>", b"")
    assert read(without).buyer_number == ""  # the address is an authority's (OIN), not the company's own number
    own = without.replace(b'"0190">00000003272448340000', b'"0216">003723327487')
    assert read(own).buyer_number == "2332748-7"


def test_a_type_381_in_an_invoice_is_a_credit_note() -> None:
    received = read(document("ubl/nl-two-rates.xml").replace(b">380<", b">381<"))
    assert (received.kind, received.gross) == (InvoiceKind.CREDIT_NOTE, Decimal("296.50"))
    assert received.period_refs == ()


@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-15"])
def test_a_document_may_come_in_several_character_sets(code: str) -> None:
    text = document("ubl/nl-two-rates.xml").decode().split("?>", 1)[1]
    name = code.removesuffix("-sig")
    content = f'<?xml version="1.0" encoding="{name}"?>{text}'.encode(code)
    assert read(content) == SAID["ubl/nl-two-rates.xml"]


# --- what is refused --------------------------------------------------------------------------------------------------

DECLARED = "This document has a document type declaration. Invoices have none, so it is not read for safety."
REFUSED = {
    "billion-laughs.xml": [DECLARED],
    "external-entity.xml": [DECLARED],
    "wrong-root.xml": ["This is no invoice of a kind that can be read: UBL 2.1, FA(3), Finvoice 3.0 or CII."],
    "order.xml": ["This is a UBL document, but neither an invoice nor a credit note."],
    "fa2.xml": ["This is an invoice of the old kind FA(2). Only FA(3) is read."],
    "upo.xml": ["This is the confirmation (UPO) of KSeF, not the invoice. Choose the invoice itself."],
    "truncated.xml": [r"This is no complete XML document: it cannot be read beyond line \d+."],
    "unknown-currency.xml": ["Amounts in the currency XXQ cannot be kept."],
    "does-not-add-up.xml": [
        "Net amount and VAT add up to 296.50, and the document says 396.50.",
    ],
    "two-numbers.xml": [r"Invoice/ID, line 7: This stands more than once, so it is not certain which one counts."],
    "two-currencies.xml": [r"TaxSubtotal/TaxableAmount, line \d+: This amount is in another currency than .*"],
    "pro-forma.xml": ["This is no invoice: its type is 325."],
    "three-wrong.xml": [
        r"Invoice/DueDate, line 9: This is no date: 2026-02-30.",
        r"TaxSubtotal/TaxAmount, line \d+: This is no amount: 4e1.",
        r"TaxCategory/Percent, line \d+: This is no VAT rate.",
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(path.name for path in (DOCUMENTS / "hostile").glob("*.xml")))
def test_what_is_no_invoice_is_refused_with_the_reason_and_its_place(name: str) -> None:
    said = [str(one) for one in problems(document(f"hostile/{name}"))]
    assert len(said) == len(REFUSED[name])
    for sentence, pattern in zip(said, REFUSED[name], strict=True):
        assert sentence == pattern or re.fullmatch(pattern, sentence), said


def test_a_declaration_does_not_hide_in_another_character_set() -> None:
    laughs = document("hostile/billion-laughs.xml").decode().split("?>", 1)[1]
    for code in ("utf-16", "utf-16-le", "utf-16-be"):
        problems(('<?xml version="1.0" encoding="utf-16"?>' + laughs).encode(code))
    for code in ("utf-7", "utf-32", "cp037"):
        problems(f'<?xml version="1.0" encoding="{code}"?>'.encode() + laughs.encode(code))


def test_nothing_outside_the_document_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("2026-9999")
    xinclude = (
        b'<cbc:ID><xi:include xmlns:xi="http://www.w3.org/2001/XInclude" parse="text" href="'
        + str(secret).encode()
        + b'"/></cbc:ID>'
    )
    content = document("ubl/nl-two-rates.xml").replace(b"<cbc:ID>2026-0117</cbc:ID>", xinclude)
    assert [one.where for one in problems(content)] == ["ID"]


def test_a_document_of_ten_megabytes_is_refused_at_once() -> None:
    assert len(problems(b"<Finvoice>" + b" " * 10_000_000 + b"</Finvoice>")) == 1


def test_a_document_as_deep_as_a_well_is_refused() -> None:
    assert len(problems(b"<Finvoice>" * 3 + b"<a>" * 5_000 + b"</a>" * 5_000)) == 1


@pytest.mark.parametrize("content", [b"", b" ", b"\0", b"{}", b"%PDF-1.7", b"<", b"<a/><b/>", b"\xff\xfe"])
def test_what_is_no_xml_is_refused(content: bytes) -> None:
    assert len(problems(content)) == 1


def test_an_invoice_behind_a_frame_needs_no_declaration_of_its_own() -> None:
    framed = document("finvoice/credit-note-in-frame.xml")
    frame, _declaration, invoice = framed.partition(b'<?xml version="1.0" encoding="UTF-8"?>')
    declared = b'\xef\xbb\xbf<?xml version="1.0" encoding="UTF-8"?>'
    assert read(frame + invoice) == read(declared + frame + invoice) == read(framed)


def test_several_or_no_invoices_behind_a_frame_are_refused() -> None:
    framed = document("finvoice/credit-note-in-frame.xml")
    frame, declaration, invoice = framed.partition(b'<?xml version="1.0" encoding="UTF-8"?>')
    assert "several invoices" in str(problems(framed + declaration + invoice)[0])
    assert "no invoice of a kind that can be read" in str(problems(frame)[0])
    within = frame.replace(b"<SOAP-ENV:Body/>", b"<SOAP-ENV:Body>" + invoice + b"</SOAP-ENV:Body>")
    assert read(within) == read(framed)


FINVOICE, CII = "finvoice/two-rates.xml", "cii/factur-x-two-rates.xml"


@pytest.mark.parametrize(
    ("name", "pattern", "instead", "said"),
    [
        (FINVOICE, r"(<InvoiceTypeCode[^>]*>)INV01", r"\1QUO01", "This is no invoice: its type is QUO01."),
        (FINVOICE, r"<InvoiceTotalVatIncludedAmount.*?</InvoiceTotalVatIncludedAmount>", "", "has no totals."),
        (FINVOICE, r"(<InvoiceTotalVatIncludedAmount) AmountCurrencyIdentifier=\"EUR\"", r"\1", "names no currency."),
        (FINVOICE, r"<VatBaseAmount.*?</VatBaseAmount>", "", "This total lacks its net amount or its VAT."),
        (FINVOICE, r"<VatRatePercent.*?</VatRatePercent>", "", "This total names no VAT rate."),
        (FINVOICE, r"<VatRatePercent>[^<]*", "<VatRatePercent>100,00", "This is no VAT rate."),
        (FINVOICE, r"(<VatBaseAmount [^>]*)EUR", r"\1SEK", "in another currency than the invoice."),
        (FINVOICE, r"(<InvoiceTotalVatExcludedAmount[^>]*>)[^<]*", r"\g<1>1,00", "The net amounts by VAT rate add up"),
        (FINVOICE, r"(<InvoiceTotalVatAmount[^>]*>)[^<]*", r"\g<1>1,00", "The VAT by rate adds up to"),
        (FINVOICE, r"(<InvoiceTotalVatAmount[^>]*>)[^<]*", r"\g<1>1,005", "more than two decimals"),
        (FINVOICE, r"<InvoiceDate .*?</InvoiceDate>", "", "The invoice has no date."),
        (FINVOICE, r"(?s)<BuyerOrganisationName>.*</BuyerOrganisationName>", "", "does not name the customer."),
        (FINVOICE, r"<InvoiceNumber>", "<InvoiceNumber>" + "1" * 61, "longer than 60 characters."),
        (CII, r"<ram:SpecifiedTradeSettlementHeaderMonetarySummation>(?s:.*)Summation>", "", "has no totals."),
        (CII, r"(<ram:TaxTotalAmount currencyID=\"EUR\">.*?</ram:TaxTotalAmount>)", r"\1\1", "more than once"),
        (CII, r"(<ram:TaxTotalAmount currencyID=\")EUR", r"\1USD", "in another currency than the invoice."),
        (CII, r"(<ram:DuePayableAmount>)[^<]*", r"\g<1>1.00", "The amount to pay should be"),
        (CII, r"<ram:CalculatedAmount>.*?</ram:CalculatedAmount>", "", "lacks its net amount or its VAT."),
        (CII, r"<ram:RateApplicablePercent>5.50</ram:RateApplicablePercent>", "", "names no VAT rate."),
    ],
)
def test_what_is_missing_or_wrong_in_an_invoice_is_said(name: str, pattern: str, instead: str, said: str) -> None:
    content, times = re.subn(pattern, instead, document(name).decode(), count=1)
    assert times == 1
    assert any(said in str(one) for one in problems(content.encode()))


def test_a_minimum_profile_says_why_it_cannot_be_kept() -> None:
    content = re.sub(rb"<ram:ApplicableTradeTax>.*?</ram:ApplicableTradeTax>", b"", document("cii/credit-note.xml"))
    assert "MINIMUM" in str(problems(content)[0])


def test_sentences_are_said_in_the_language_of_whoever_asks(app: Flask) -> None:
    with app.test_request_context("/?lang=nl"):
        assert all(str(one) for one in problems(document("hostile/three-wrong.xml")))


# --- properties -------------------------------------------------------------------------------------------------------

amounts = st.decimals(min_value=-9_999, max_value=9_999, places=2)
rates = st.sampled_from(["0", "5.5", "9", "14", "20", "21", "23", "25.5"])


@settings(max_examples=60)
@given(parts=st.lists(st.tuples(rates, amounts), min_size=1, max_size=4), off=st.sampled_from([0, 0, 1, 10, -50]))
def test_totals_that_add_up_are_read_and_others_refused(parts: list[tuple[str, Decimal]], off: int) -> None:
    totals = [(rate, net, vat_of(net, Decimal(rate))) for rate, net in parts]
    net, vat = sum(one[1] for one in totals), sum(one[2] for one in totals)
    subtotals = "".join(
        f"<cac:TaxSubtotal><cbc:TaxableAmount>{net}</cbc:TaxableAmount><cbc:TaxAmount>{vat}</cbc:TaxAmount>"
        f"<cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>{rate}</cbc:Percent></cac:TaxCategory></cac:TaxSubtotal>"
        for rate, net, vat in totals
    )
    text = document("ubl/nl-two-rates.xml").decode()
    text = re.sub(r"<cac:TaxSubtotal>.*</cac:TaxSubtotal>", subtotals, text, flags=re.DOTALL)
    text = re.sub(r"(<cac:TaxTotal>\s*<cbc:TaxAmount[^>]*>)[^<]*", rf"\g<1>{vat}", text)
    for name, value in {
        "TaxExclusiveAmount": net, "TaxInclusiveAmount": net + vat + off, "PayableAmount": net + vat + off
    }.items():  # fmt: skip
        text = re.sub(rf"(<cbc:{name}[^>]*>)[^<]*", rf"\g<1>{value}", text)
    if off:
        assert problems(text.encode())
        return
    received = read(text.encode())
    assert received.net + received.vat == received.gross == abs(net + vat)
    assert len({one.rate for one in received.vat_totals}) == len(received.vat_totals)
    assert (received.kind == InvoiceKind.CREDIT_NOTE) == (net + vat < 0)


@settings(max_examples=150)
@given(data=st.data())
def test_a_damaged_document_is_read_or_refused_and_nothing_else(data: Any) -> None:
    path = data.draw(st.sampled_from(GOOD))
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(content)))
        length = data.draw(st.integers(0, 40))
        content[start : start + length] = data.draw(st.binary(max_size=12))
    try:
        received = read(bytes(content), path.name)
    except NotReadable as refused:
        said = [str(one) for one in refused.problems]
    else:
        slack = Decimal("0.01") * len(received.vat_totals)
        said = ["read"] if abs(received.net + received.vat - received.gross) <= slack else []
    assert said
    assert all(said)
