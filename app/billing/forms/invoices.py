"""The forms of an invoice at the desk: what its paper says, a payment, the periods it is for, its PDF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from babel import Locale
from wtforms import FormField
from wtforms.validators import ValidationError

from app.billing.models import Invoice, InvoiceKind, InvoiceSource
from app.billing.queries.invoices import vendor_today
from app.billing.received import ReceivedInvoice, VatTotal
from app.billing.service.entering import FIXED
from app.billing.service.invoices import ORIGINALS
from app.billing.service.matching import STABLE_ID
from app.billing.service.payments import Payment
from app.billing.terms import currency_field
from app.core.files import PDF, FileField
from app.core.forms import (
    AmountField,
    BaseForm,
    ChoiceField,
    DateField,
    HiddenField,
    MultiChoice,
    NoteField,
    Optional,
    Part,
    RadioChoice,
    RateField,
    Repeat,
    Required,
    TextField,
    TickField,
)
from app.core.i18n import _, _l, country_name
from app.core.identifiers import COUNTRIES
from app.core.money import vat_of

MOST_RATES = 10


def buyer_countries() -> list[tuple[str, str]]:
    """Every country that an invoice can name: ours first, the others by name."""
    ours = [(code, country_name(code)) for code in COUNTRIES]
    others = sorted(((code, country_name(code)) for code in _COUNTRIES - set(COUNTRIES)), key=lambda line: line[1])
    return ours + others


_NO_COUNTRIES = {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}
_TERRITORIES = [str(code) for code in Locale("en").territories]
_COUNTRIES = {code for code in _TERRITORIES if len(code) == 2 and code.isalpha()} - _NO_COUNTRIES


class VatPart(Part):
    """The totals of one VAT rate."""

    rate = RateField(_l("VAT rate in per cent"), [Optional()], hint=_l("Empty where no VAT is charged"))
    net = AmountField(_l("Net amount at this rate"), [Required(_l("Enter the net amount"))], least=None)
    vat = AmountField(
        _l("VAT at this rate"), [Optional()], least=None, hint=_l("Reckoned from the rate when left empty")
    )

    @property
    def total(self) -> VatTotal:
        net = self.net.data or Decimal("0.00")
        vat = self.vat.data
        return VatTotal(self.rate.data, net, vat_of(net, self.rate.data) if vat is None else vat)


class InvoiceForm(BaseForm):
    """An invoice or credit note as its paper says. `of` leaves out what an original document fixes."""

    version = HiddenField()
    kind = RadioChoice(
        _l("What is it?"),
        [Required(_l("Say whether it is an invoice or a credit note"))],
        choices=(
            (InvoiceKind.INVOICE, _l("Invoice")),
            (InvoiceKind.CREDIT_NOTE, _l("Credit note"), _l("It takes away all or a part of an invoice")),
        ),
        coerce=InvoiceKind,
    )
    number = TextField(
        _l("Invoice number"),
        [Required(_l("Enter the number as it stands on the paper"))],
        limit=60,
        width="m",
        autocomplete="off",
        hint=_l("As it stands on the paper. Each number is kept once."),
    )
    credits_number = TextField(
        _l("Number of the credited invoice"),
        [Optional()],
        limit=60,
        width="m",
        autocomplete="off",
        hint=_l("For a credit note. It counts as soon as an invoice of this number is here."),
    )
    issued_on = DateField(_l("Date of the invoice"), [Required(_l("Enter the date of the invoice"))])
    due_on = DateField(_l("Due date"), [Optional()], hint=_l("Needed to know when it is overdue."))
    currency = currency_field()
    vat_lines = Repeat(FormField(VatPart), min_entries=1, max_entries=MOST_RATES)
    total = AmountField(
        _l("Total to pay"),
        [Required(_l("Enter the total to pay"))],
        hint=_l("With VAT, as it stands on the paper. It has to agree with the amounts above."),
    )
    buyer_name = TextField(
        _l("Customer on the invoice"), [Required(_l("Enter the customer's name"))], limit=200, autocomplete="off"
    )
    buyer_country = ChoiceField(
        _l("Country of the customer"), [Optional()], choices=buyer_countries, empty=_l("Not given"), width="m"
    )
    buyer_number = TextField(
        _l("Company or VAT number of the customer"), [Optional()], limit=40, width="m", autocomplete="off"
    )
    payment_reference = TextField(_l("Payment reference"), [Optional()], limit=60, width="m", autocomplete="off")
    ksef_number = TextField(
        _l("KSeF number"), [Optional()], limit=40, width="m", autocomplete="off", hint=_l("Invoices from Poland only")
    )
    note = NoteField(_l("Internal note"), [Optional()], hint=_l("Only staff read it."))

    @classmethod
    def of(cls, invoice: Invoice) -> InvoiceForm:
        """Filled from an invoice whose VAT totals are loaded."""
        names = ("number", "credits_number", "issued_on", "due_on", "currency", "buyer_name", "buyer_country")
        more = ("buyer_number", "payment_reference", "ksef_number", "note")
        data: dict[str, Any] = {name: getattr(invoice, name) for name in (*names, *more)}
        data["version"] = str(invoice.version)
        data["total"] = invoice.gross
        data["vat_lines"] = [{"rate": one.rate, "net": one.net, "vat": one.vat} for one in invoice.vat_totals]
        form = cls(data=data)
        del form.kind
        if invoice.kind == InvoiceKind.INVOICE:
            del form.credits_number
        else:
            del form.due_on
        if invoice.source in ORIGINALS:
            for name in ("number", "credits_number", "issued_on", "currency", "vat_lines", "total", "ksef_number"):
                if name in form:
                    del form[name]
        return form

    @property
    def has_amounts(self) -> bool:
        return "vat_lines" in self

    def rearrange(self, wish: str) -> bool:
        """One VAT rate more or less, for the buttons without JavaScript: nothing is checked, nothing is lost."""
        if wish == "add-rate":
            if len(self.vat_lines.entries) < MOST_RATES:
                self.vat_lines.append_entry()
            return True
        place = wish.removeprefix("drop-rate-")
        if place == wish or not (place.isascii() and place.isdigit()):
            return False
        kept = [part.data for number, part in enumerate(self.vat_lines.entries) if number != int(place[:4])]
        while self.vat_lines.entries:
            self.vat_lines.pop_entry()
        for data in kept or [None]:
            self.vat_lines.append_entry(data)
        return True

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        if self.has_amounts and not self.vat_lines.filled:
            first = self.vat_lines.entries[0].net
            first.errors = [_("Enter the net amount")]
            valid = False
        if "kind" in self and self.kind.data == InvoiceKind.INVOICE and self.credits_number.data:
            self.credits_number.errors = [_("Only a credit note names the invoice that it credits.")]
            valid = False
        return valid

    def received(self, invoice: Invoice | None = None) -> ReceivedInvoice:
        """What was typed, over what stands in `invoice` where the form does not ask for it."""
        base = ReceivedInvoice("", vendor_today(), "", "", (), InvoiceSource.HAND)
        if invoice is not None:
            kept = {name: getattr(invoice, name) for name in FIXED if name not in ("vat_totals", "gross")}
            totals = tuple(VatTotal(one.rate, one.net, one.vat) for one in invoice.vat_totals)
            base = replace(base, **kept, vat_totals=totals, total=invoice.gross, kind=InvoiceKind(invoice.kind))
        typed: dict[str, Any] = {
            name: self[name].data
            for name in ("number", "issued_on", "due_on", "currency", "buyer_name", "buyer_country", "buyer_number")
            if name in self
        }
        typed["payment_reference"] = self.payment_reference.data
        for name in ("ksef_number", "credits_number"):
            if name in self:
                typed[name] = self[name].data or None
        if "kind" in self:
            typed["kind"] = self.kind.data
            if self.kind.data == InvoiceKind.CREDIT_NOTE:
                typed["due_on"] = None
        if self.has_amounts:
            typed["vat_totals"] = tuple(part.form.total for part in self.vat_lines.filled)
            typed["total"] = self.total.data
        typed["buyer_number"] = "".join(typed["buyer_number"].split())
        return replace(base, **typed)


class PaymentForm(BaseForm):
    """Money that came in or went back."""

    key = HiddenField()
    version = HiddenField()
    amount = AmountField(_l("Amount"), [Required(_l("Enter the amount"))], least=Decimal("0.01"))
    paid_on = DateField(_l("Day of the payment"), [Required(_l("Enter the day of the payment"))])
    returned = TickField(
        _l("This money went back to the customer"), hint=_l("A payment that the bank returned, or a surplus.")
    )
    note = TextField(_l("Remark"), [Optional()], limit=200, hint=_l("For example the statement of the bank."))

    def to_details(self) -> Payment:
        amount = self.amount.data or Decimal("0.00")
        day = self.paid_on.data or vendor_today()
        return Payment(-amount if self.returned.data else amount, day, self.note.data)


class PeriodsForm(BaseForm):
    """The periods that an invoice is for."""

    version = HiddenField()
    periods = MultiChoice(_l("Periods without an invoice"))
    other = TextField(
        _l("Another period, by its stable id"),
        [Optional()],
        limit=30,
        width="m",
        autocomplete="off",
        hint=_l("For example B-7K3F9Q2M/3, as it stands in the file that was handed over."),
    )

    def offer(self, periods: Sequence[tuple[str, str, str]]) -> PeriodsForm:
        """Sets the choices; where there are none it is not asked."""
        if periods:
            self.periods.choices = list(periods)
        else:
            del self.periods
        return self

    def validate_other(self, field: Any) -> None:
        if not STABLE_ID.fullmatch(field.data.upper()):
            raise ValidationError(_("A stable id looks like B-7K3F9Q2M/3. Check what you typed."))

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        if valid and not self.refs:
            target = self.periods if "periods" in self else self.other
            target.errors = [_("Choose at least one period")]
            return False
        return valid

    @property
    def refs(self) -> list[str]:
        ticked = self.periods.data if "periods" in self else []
        return [*ticked, *([self.other.data.upper()] if self.other.data else [])]


class PdfForm(BaseForm):
    """The paper itself."""

    file = FileField(
        _l("PDF of the invoice"),
        [Required(_l("Choose the PDF"))],
        allowed={PDF},
        hint=_l("A PDF of at most 10 MB. After an error, choose it again."),
    )
