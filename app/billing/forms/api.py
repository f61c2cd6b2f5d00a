"""What programs send about billing: the fields of people's forms, and filters of the lists."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

from wtforms.validators import ValidationError

from app.billing.forms.details import DIRECT, OTHER, OWN, DetailForm
from app.billing.forms.handing_over import HandOverForm
from app.billing.forms.invoices import InvoiceForm
from app.billing.models import InvoiceSource
from app.billing.queries import details
from app.billing.queries.invoices import STATES
from app.billing.received import ReceivedInvoice
from app.billing.service.matching import STABLE_ID
from app.catalogue import queries as catalogue
from app.catalogue.models import Service
from app.core.api import ChangesForm, ListForm
from app.core.forms import (
    AmountField,
    BaseForm,
    ChoiceField,
    DateField,
    IntegerField,
    Optional,
    RadioChoice,
    Repeat,
    Required,
    TextField,
)
from app.core.i18n import _, _l
from app.core.money import CURRENCIES
from app.customers.queries import resellers_to_choose

MOST_PERIODS = 200


class DetailFilter(ChangesForm):
    account = TextField(_l("Of the account with this reference only"), [Optional()], limit=20)
    service = TextField(_l("Of the service with this code only"), [Optional()], limit=40)
    reseller = TextField(
        _l("Credited to the reseller with this reference only; `direct` for what was sold directly"),
        [Optional()],
        limit=20,
    )
    state = ChoiceField(_l("In this state only"), [Optional()], choices=[(state, state) for state in details.STATES])
    currency = ChoiceField(_l("In this currency only"), [Optional()], choices=[(code, code) for code in CURRENCIES])
    q = TextField(_l("Words to look for: reference, text on the invoice, customer"), [Optional()], limit=200)


class DueFilter(ListForm):
    until = DateField(_l("Due up to and including this day; today unless you say"), [Optional()])


class HandOverSent(HandOverForm):
    """`expected` is said by the program itself; a second sending has its Idempotency-Key."""

    key = None  # type: ignore[assignment]  # WTForms: without this field
    expected = IntegerField(  # type: ignore[assignment]  # a page carries it along hidden
        _l("Number of periods that are expected"), [Optional()], least=0, most=10_000_000
    )


class DetailTermsSent(DetailForm):
    """The terms of a billing detail; `version` stands in If-Match, and a second sending has its Idempotency-Key."""

    credit = RadioChoice(
        _l("To whom it is credited: the account's own reseller, nobody, or the one named in `reseller`"),
        [Required(_l("Say to whom it is credited"))],
        choices=[(code, code) for code in (OWN, DIRECT, OTHER)],
    )
    reseller = ChoiceField(_l("Reference of the other reseller"), [Optional()], choices=resellers_to_choose)


class NewDetail(DetailTermsSent):
    service = ChoiceField(
        _l("Code of the service"), [Required(_l("Choose the service"))], choices=lambda: _codes(catalogue.everything())
    )

    def offer_services(self, held: Collection[int]) -> NewDetail:
        """What the catalogue offers, and what the account has already."""
        self.service.choices = _codes(each for each in catalogue.everything() if each.offered or each.id in held)
        return self


def _codes(services: Iterable[Service]) -> list[tuple[str, str]]:
    return [(each.code, each.name) for each in services]


class InvoiceFilter(ChangesForm):
    number = TextField(_l("The one with this number only"), [Optional()], limit=60)
    state = ChoiceField(
        _l("In this state only"), [Optional()], choices=[(state, state) for state in (*STATES, "credit_note")]
    )
    currency = ChoiceField(_l("In this currency only"), [Optional()], choices=[(code, code) for code in CURRENCIES])
    q = TextField(_l("Words to look for: numbers, customer, payment reference"), [Optional()], limit=200)


class InvoiceNumber(BaseForm):
    number = TextField(_l("Invoice number"), [Required(_l("Enter the number as it stands on the paper"))], limit=60)


class InvoiceDocument(InvoiceForm):
    """What the invoicing system says of an invoice. Its number stands in the address; the internal note is ours."""

    version = None  # type: ignore[assignment]  # WTForms: without this field
    number = None  # type: ignore[assignment]  # as above
    note = None  # type: ignore[assignment]  # as above
    paid = AmountField(_l("All that has come in by now"), [Optional()])
    periods = Repeat(
        TextField(_l("Stable id of a period"), [Optional()], limit=30),
        _l("Billing periods that the invoice is for, by their stable ids"),
        max_entries=MOST_PERIODS,
    )

    def validate_periods(self, field: Any) -> None:
        for entry in field.filled:
            if not STABLE_ID.fullmatch(entry.data.upper()):
                raise ValidationError(_("A stable id looks like B-7K3F9Q2M/3. Check what you typed."))

    def of_number(self, number: str) -> ReceivedInvoice:
        return replace(
            self.received(),
            number=number,
            source=InvoiceSource.API,
            paid=self.paid.data,
            period_refs=tuple(entry.data.upper() for entry in self.periods.filled),
        )
