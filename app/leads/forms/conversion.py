"""The preview of a conversion: what is chosen there, and the first billing details, one block for each service."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from wtforms import FormField

from app.billing.service.details import DetailTerms
from app.catalogue.models import Service
from app.catalogue.words import period_choices
from app.core.clock import today
from app.core.errors import FieldError
from app.core.forms import (
    AmountField,
    BaseForm,
    ChoiceField,
    DateField,
    NoteField,
    Optional,
    Part,
    RateField,
    Required,
    TickField,
)
from app.core.i18n import _, _l
from app.core.money import CURRENCIES
from app.leads.models import Lead
from app.settings.models import vendor


@dataclass(frozen=True)
class PlanChoices:
    """Codes and titles of playbooks, references and names of people, and who is chosen at first."""

    playbooks: list[tuple[str, str]]
    managers: list[tuple[str, str]]
    manager: str
    starting: bool = False
    """One of the playbooks has a starting date, on which billing can begin."""
    leads: bool = False
    """Whoever converts may allow a later one than the playbook does."""


class DetailPart(Part):
    """One billing detail; nothing is checked unless it is to be made."""

    make = TickField(_l("Create a billing detail"))
    net = AmountField(_l("Net amount of one period"), [Required(_l("Enter the net amount"))])
    currency = ChoiceField(_l("Currency"), choices=[(code, code) for code in CURRENCIES], width="xs")
    vat_rate = RateField(_l("VAT rate in per cent"), [Optional()], hint=_l("Leave it empty where no VAT is charged."))
    months = ChoiceField(_l("How often it is invoiced"), choices=period_choices, coerce=int, width="m")
    from_start = TickField(_l("Billing begins on the starting date"))
    starts_on = DateField(_l("First day"), [Required(_l("Enter the first day"))])

    def validate(self, extra_validators: Any = None) -> bool:
        valid = bool(super().validate(extra_validators))
        if "from_start" in self and self.from_start.data:
            self.starts_on.errors = []
            valid = not any(field.errors for field in self)
        if self.make.data:
            return valid
        for field in self:
            field.errors = []
        return True


class ConversionForm(BaseForm):
    """The first billing details. Which services, shops and values are taken is read by the door: what the lead has may
    have changed since, and that is a conflict and no mistake."""

    names: dict[str, str]
    """Of the services, by the name of their block."""

    @classmethod
    def of(
        cls, lead: Lead, *, billing: bool, billed: Collection[int] = (), plans: PlanChoices | None = None
    ) -> ConversionForm:
        """For a lead with its services. With `billing` a block for each service, to be made by default when
        the catalogue knows a price: without one a person has to think anyway, and an amount that nobody looked at must
        not be invoiced. `billed`: services for which the account has a detail already. `plans`: from which playbooks a
        plan can be started with it, and who can manage it."""
        wanted = [held.service for held in lead.services]
        parts: dict[str, Any] = {f"detail_{service.id}": FormField(DetailPart) for service in wanted} if billing else {}
        data: dict[str, Any] = {}
        for service in wanted if billing else ():
            data[f"detail_{service.id}"] = {
                "make": service.net is not None and service.id not in billed,
                "net": service.net,
                "currency": service.currency,
                "vat_rate": service.vat_rate,
                "months": service.months,
                "starts_on": today(vendor().timezone),
            }
        if plans is not None:
            parts |= {
                "playbook": ChoiceField(
                    _l("Playbook"), [Optional()], choices=plans.playbooks, empty=_l("No plan yet"), width="m"
                ),
                "manager": ChoiceField(_l("Account manager"), [Optional()], choices=plans.managers, width="m"),
            }
            data["manager"] = plans.manager
            if plans.starting:
                parts |= _starting_fields(plans.leads)
        form: ConversionForm = type(cls.__name__, (cls,), parts)(data=data)
        for block in form:
            if isinstance(block, FormField) and (plans is None or not plans.starting):
                del block.form.from_start
        form.names = {f"detail_{service.id}": service.name for service in wanted if billing}
        return form

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        for name, service in self.names.items():
            block: Any = self[name]
            for field in block.form:
                field.errors = [_told(service, error) for error in field.errors]
        return valid

    def block(self, service: Service) -> Any:
        """The block of a service, or None where nothing is invoiced from here."""
        field: Any = self._fields.get(f"detail_{service.id}")
        return field.form if field is not None else None

    @property
    def offers_plan(self) -> bool:
        return "playbook" in self._fields

    @property
    def plan(self) -> tuple[str, str] | None:
        """The code of the playbook that was chosen and the reference of the account manager."""
        if not self.offers_plan or not self["playbook"].data:
            return None
        return self["playbook"].data, self["manager"].data

    @property
    def offers_start(self) -> bool:
        return "golive_on" in self._fields

    @property
    def days(self) -> dict[str, Any]:
        """The day of the contract, the starting date, and the reason for a later one, where they are asked."""
        asked = ("contract_on", "golive_on", "starting_why")
        return {name: self[name].data for name in asked if name in self._fields}

    @property
    def from_start(self) -> frozenset[int]:
        """The services whose billing begins on the starting date."""
        parts: list[tuple[str, Any]] = [(field.name, field.form) for field in self if isinstance(field, FormField)]
        return frozenset(
            int(name.removeprefix("detail_"))
            for name, part in parts
            if part.make.data and "from_start" in part and part.from_start.data
        )

    @property
    def details(self) -> tuple[DetailTerms, ...]:
        """Those to be made; validated."""
        return tuple(
            DetailTerms(
                service_id=int(name.removeprefix("detail_")),
                net=part.net.data,
                currency=part.currency.data,
                vat_rate=part.vat_rate.data,
                months=part.months.data,
                starts_on=part.starts_on.data or today(vendor().timezone),
            )
            for name, part in ((field.name, field.form) for field in self if isinstance(field, FormField))
            if part.make.data
        )

    def refuse(self, service_id: int, error: FieldError) -> None:
        """Puts a no beside its field in the block of a service."""
        name = f"detail_{service_id}"
        self.fail(FieldError(f"{name}-{error.field}", _told(self.names.get(name, ""), error.message)))


def _starting_fields(leads: bool) -> dict[str, Any]:
    """The days of a plan whose playbook has a starting date."""
    fields: dict[str, Any] = {
        "contract_on": DateField(_l("Contract accepted on"), [Optional()]),
        "golive_on": DateField(
            _l("Starting date"),
            [Optional()],
            hint=_l(
                "The customer can be seen and is invoiced from this day on. Leave it empty while it is not agreed."
            ),
        ),
    }
    if leads:
        fields["starting_why"] = NoteField(
            _l("Reason for a later starting date"),
            [Optional()],
            limit=1000,
            hint=_l("Only when it is later than the playbook allows."),
        )
    return fields


def _told(service: str, problem: Any) -> str:
    """Several blocks ask the same: which of them it is about."""
    return _("%(service)s: %(problem)s", service=service, problem=problem)
