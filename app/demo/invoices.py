"""The demo vendor's invoices, in every state: paid, partly paid, unpaid, overdue, credited, and one without account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from app.billing.models import Invoice, InvoiceKind, InvoiceSource
from app.billing.queries import invoices as queries
from app.billing.received import ReceivedInvoice, VatTotal
from app.billing.service import entering, invoices, payments
from app.billing.service.payments import Payment
from app.core.db import write
from app.core.files import PDF, Received
from app.core.money import vat_of
from app.demo.billing import GLINIK, KERA, LIPOWA, PLUK, account_of, detail_of, vendor_today
from app.people.models import Person

At = Callable[[float, Callable[[], None]], None]
Staff = Callable[[str], Person]
PL, NL, FI = Decimal("23.00"), Decimal("21.00"), Decimal("25.50")
FA3, UBL, FINVOICE = InvoiceSource.FA3, InvoiceSource.UBL, InvoiceSource.FINVOICE


def play(at: At, staff: Staff) -> None:
    """Puts the events in their days; `at` takes how many days ago."""

    def read(
        number: str, company: str, net: tuple[tuple[str, Decimal], ...], source: InvoiceSource, **more: Any
    ) -> None:
        _read(_document(number, company, net, source, **more), staff("finance"))

    def pay(number: str, amount: str) -> None:
        _pay(number, amount, staff("finance"))

    glinik = ((GLINIK, "online-payments", 0), (GLINIK, "shipping-returns", 0))
    at(55, lambda: read("FV/2026/0117", GLINIK, (("629.00", PL),), FA3, periods=glinik))
    at(54, lambda: _attach("FV/2026/0117", staff("finance")))
    at(43, lambda: pay("FV/2026/0117", "773.67"))
    workshop = ((GLINIK, "custom-development", 0),)
    at(55, lambda: read("FV/2026/0118", GLINIK, (("2400.00", PL),), FA3, periods=workshop))
    at(50, lambda: pay("FV/2026/0118", "2952.00"))
    mixed = ((GLINIK, "online-payments", 1),)
    at(27, lambda: read("FV/2026/0146", GLINIK, (("461.00", PL),), FA3, periods=mixed, days=45))
    at(10, lambda: pay("FV/2026/0146", "200.00"))
    lipowa = ((LIPOWA, "online-payments", 0),)
    at(27, lambda: read("FV/2026/0147", LIPOWA, (("129.00", PL),), FA3, periods=lipowa))
    pluk = ((PLUK, "shipping-returns", 0),)
    at(20, lambda: read("F2026-00412", PLUK, (("39.00", NL),), UBL, periods=pluk))
    at(5, lambda: read("F2026-00431", PLUK, (("39.00", NL),), UBL, credits="F2026-00412"))
    kera = ((KERA, "shipping-returns", 0),)
    at(5, lambda: read("20260088", KERA, (("25.50", FI),), FINVOICE, periods=kera))
    at(2.5, lambda: _unclaimed(staff("finance")))


def _document(
    number: str,
    company: str,
    net: tuple[tuple[str, Decimal], ...],
    source: InvoiceSource,
    *,
    periods: tuple[tuple[str, str, int], ...] = (),
    credits: str | None = None,
    days: int = 14,
) -> ReceivedInvoice:
    account, day = account_of(company), vendor_today()
    return ReceivedInvoice(
        number=number,
        issued_on=day,
        due_on=None if credits else day + timedelta(days=days),
        currency="PLN" if account.country == "PL" else "EUR",
        buyer_name=account.company_name,
        buyer_country=account.country,
        buyer_number=account.company_number,
        vat_totals=tuple(VatTotal(rate, Decimal(amount), vat_of(Decimal(amount), rate)) for amount, rate in net),
        source=source,
        kind=InvoiceKind.CREDIT_NOTE if credits else InvoiceKind.INVOICE,
        credits_number=credits,
        payment_reference="" if credits else "".join(sign for sign in number if sign.isdigit()),
        ksef_number=f"9999999999-{day:%Y%m%d}-{number[-4:]}A0B1C2-7E" if source == FA3 else None,
        period_refs=tuple(f"{detail_of(of, service).ref}/{place}" for of, service, place in periods),
    )


def _read(document: ReceivedInvoice, by: Person) -> None:
    with write():
        invoices.keep(document, by)


def _unclaimed(by: Person) -> None:
    """Of a customer that is no account here, as a table from the invoicing system tells it."""
    document = ReceivedInvoice(
        number="FV/2026/0171",
        issued_on=vendor_today(),
        due_on=vendor_today() + timedelta(days=14),
        currency="PLN",
        buyer_name="Księgarnia Pod Arkadami",
        buyer_country="PL",
        buyer_number="5260250995",
        vat_totals=(VatTotal(PL, Decimal("320.00"), Decimal("73.60")), VatTotal(None, Decimal("45.00"), Decimal(0))),
        source=InvoiceSource.CSV,
    )
    _read(document, by)


def _pay(number: str, amount: str, by: Person) -> None:
    invoice = _invoice(number)
    payments.record_payment(invoice.id, invoice.version, Payment(Decimal(amount), vendor_today(), "Bank"), by)


def _attach(number: str, by: Person) -> None:
    entering.attach_pdf(_invoice(number).id, Received(f"{number.replace('/', '-')}.pdf", PDF, _paper(number)), by)


def _invoice(number: str) -> Invoice:
    found = queries.by_number(number)
    assert found is not None
    return found


def _paper(text: str) -> bytes:
    """One page with one line: the smallest PDF that readers open."""
    drawn = f"BT /F1 18 Tf 72 760 Td (Brimora Software B.V.  {text}) Tj ET".encode("ascii")
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(drawn), drawn),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    file, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(file))
        file += b"%d 0 obj%s endobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(file)
    count = len(objects) + 1
    file += b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\n" % (count, table, count)
    return file + b"startxref\n%d\n%%%%EOF\n" % start
