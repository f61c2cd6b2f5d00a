"""The form of an order confirmation, and of checking one (T5)."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from werkzeug.datastructures import FileStorage
from wtforms import FormField
from wtforms.validators import StopValidation

from app.catalogue.queries import usual_currency
from app.catalogue.words import PERIOD_NAMES
from app.core.carried import number_in
from app.core.files import LIMIT, PDF, FileField
from app.core.forms import (
    AmountField,
    BaseForm,
    ChoiceField,
    DateField,
    HiddenField,
    IdentifierField,
    NoteField,
    Optional,
    Part,
    Repeat,
    Required,
    TextField,
)
from app.core.i18n import LOCALES, NAMES, _, _l
from app.core.money import CURRENCIES
from app.plans.confirmation import Company, Fee, Order, Signatory

MOST_FEES = 40
MOST_SIGNATORIES = 10


def _periods() -> list[tuple[str, Any]]:
    return [(str(months), name) for months, name in PERIOD_NAMES.items()]


class _Box(Part):
    """A box in which only chosen words stand, and nothing was typed, is left out."""

    @property
    def is_named(self) -> bool:
        raise NotImplementedError

    def validate(self, extra_validators: Any = None) -> bool:
        valid = bool(super().validate(extra_validators))
        if self.is_named:
            return valid
        for field in self:
            field.errors = []
        return True


class FeePart(_Box):
    name = TextField(_l("Service"), [Required(_l("Enter what is supplied"))], autocomplete="off")
    net = AmountField(_l("Net amount"), [Required(_l("Enter the net amount"))])
    currency = ChoiceField(_l("Currency"), choices=[(code, code) for code in CURRENCIES], width="s")
    months = ChoiceField(_l("How often it is invoiced"), choices=_periods, width="m")

    @property
    def is_named(self) -> bool:
        return bool(str(self.name.data or "").strip() or self.net.typed)


class SignatoryPart(_Box):
    name = TextField(_l("Name"), [Required(_l("Enter the name"))], autocomplete="off")
    role = TextField(_l("Role"), [Required(_l("Enter the role, such as director"))], autocomplete="off")

    @property
    def is_named(self) -> bool:
        return bool(str(self.name.data or "").strip() or str(self.role.data or "").strip())


class OrderForm(BaseForm):
    """What is confirmed; it begins with what the plan knows."""

    locale = ChoiceField(_l("Language of the document"), choices=[(code, NAMES[code]) for code in LOCALES], width="m")
    country = HiddenField()
    company = TextField(_l("Company name"), [Required(_l("Enter the company's name"))], autocomplete="off")
    company_number = IdentifierField("company_number", validators=[Optional()])
    vat_number = IdentifierField("vat_number")
    street = TextField(_l("Street and number"), [Optional()], autocomplete="off")
    postcode = TextField(_l("Post code"), [Optional()], limit=20, width="s", autocomplete="off")
    city = TextField(_l("City"), [Optional()], autocomplete="off")
    fees = Repeat(FormField(FeePart), min_entries=1, max_entries=MOST_FEES)
    year_from = DateField(_l("First day of the first financial year"), [Required(_l("Enter the first day"))])
    year_until = DateField(_l("Last day of the first financial year"), [Required(_l("Enter the last day"))])
    signatories = Repeat(FormField(SignatoryPart), min_entries=1, max_entries=MOST_SIGNATORIES)
    agreed = NoteField(_l("Also agreed"), [Optional()], limit=4000, rows=3)
    after = HiddenField()

    partner = ""

    @classmethod
    def of(cls, order: Order, locale: str, after: int) -> OrderForm:
        company, usual = order.company, usual_currency()
        blank = {"currency": usual, "months": "12"}
        form = cls(
            data={
                "locale": locale,
                "country": company.country,
                "company": company.name,
                "company_number": company.company_number,
                "vat_number": company.vat_number,
                "street": company.street,
                "postcode": company.postcode,
                "city": company.city,
                "fees": [
                    {"name": fee.name, "net": fee.net, "currency": fee.currency, "months": str(fee.months)}
                    for fee in order.fees
                ]
                or [blank],
                "year_from": order.year_from,
                "year_until": order.year_until,
                "signatories": [{"name": one.name, "role": one.role} for one in order.signatories],
                "agreed": order.agreed,
                "after": str(after),
            }
        )
        form.partner = order.partner
        return form

    def rearranged(self, do: str) -> bool:
        """Whether a button asked for one box more, or one fewer."""
        for name, boxes in (("fee", self.fees), ("person", self.signatories)):
            if do == f"add-{name}":
                if len(boxes) < boxes.most:
                    first = {"currency": usual_currency(), "months": "12"} if name == "fee" else None
                    boxes.append_entry(first)
                return True
            if do.startswith(f"drop-{name}-"):
                place = number_in(do.removeprefix(f"drop-{name}-"))
                boxes.process(None, [entry.form.data for at, entry in enumerate(boxes.entries) if at != place])
                return True
        return False

    def validate(self, extra_validators: Any = None) -> bool:
        valid = bool(super().validate(extra_validators))
        for boxes, words in (
            (self.fees, _l("Enter at least one service")),
            (self.signatories, _l("Name at least one person who may sign")),
        ):
            if not boxes.errors and not any(entry.form.is_named for entry in boxes.entries):
                first: Any = boxes.entries[0].form.name
                first.errors = [str(words)]
                valid = False
        return valid

    @property
    def seen_number(self) -> int:
        return number_in(self.after.data)

    def to_order(self) -> Order:
        """What was typed; whoever prepares it adds title, terms and supplier."""
        fees = [entry.form for entry in self.fees.entries if entry.form.is_named]
        people = [entry.form for entry in self.signatories.entries if entry.form.is_named]
        assert self.year_from.data is not None
        assert self.year_until.data is not None
        return Order(
            Company(
                self.company.data,
                self.country.data or "",
                self.company_number.data or "",
                self.vat_number.data or "",
                self.street.data,
                self.postcode.data,
                self.city.data,
            ),
            tuple(Fee(one.name.data, one.net.data, one.currency.data, number_in(one.months.data)) for one in fees),
            self.year_from.data,
            self.year_until.data,
            tuple(Signatory(one.name.data, one.role.data) for one in people),
            partner=self.partner,
            agreed=self.agreed.data,
        )


# --- checking ---------------------------------------------------------------------------------------------------------


class DigestField(FileField):
    """A file of which nothing but its SHA-256 is taken: `data` is that."""

    def settle(self) -> None:
        sent: FileStorage = self.data
        content = sent.stream.read(LIMIT + 1)
        if len(content) > LIMIT:
            raise StopValidation(_("This file is larger than 10 MB. Choose a smaller one."))
        self.data = hashlib.sha256(content).hexdigest()


class VerifyForm(BaseForm):
    """The file itself, or its SHA-256."""

    file = DigestField(
        _l("The PDF"),
        [Optional()],
        allowed={PDF},
        hint=_l("At most 10 MB. It is not kept: only its SHA-256 is reckoned."),
    )
    sha256 = TextField(
        _l("Its SHA-256"),
        [Optional()],
        limit=200,
        autocomplete="off",
        hint=_l("64 letters and digits, if you would rather not send the file."),
        render_kw={"spellcheck": "false"},
    )

    def validate(self, extra_validators: Any = None) -> bool:
        valid = bool(super().validate(extra_validators))
        if self.file.data or self.file.errors:
            return valid
        plain = re.sub(r"[\s:-]", "", self.sha256.data or "").casefold()
        if not plain:
            self.file.errors = [_("Choose the PDF, or enter its SHA-256")]
        elif not re.fullmatch(r"[0-9a-f]{64}", plain):
            self.sha256.errors = [_("A SHA-256 has 64 characters: digits and the letters a to f.")]
        self.sha256.data = plain
        return valid and not self.file.errors and not self.sha256.errors

    @property
    def digest(self) -> str:
        return str(self.file.data or self.sha256.data)
