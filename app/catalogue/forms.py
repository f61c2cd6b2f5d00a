"""The form of a service: a name in each language, and what it usually costs."""

from __future__ import annotations

from typing import Any

from wtforms.validators import ValidationError

from app.catalogue.models import Service
from app.catalogue.service import NOT_A_CODE, ServiceDetails, is_code
from app.catalogue.words import period_choices
from app.core.forms import (
    AmountField,
    BaseForm,
    ChoiceField,
    HiddenField,
    Optional,
    RateField,
    Required,
    TextField,
    TickField,
)
from app.core.i18n import LOCALES, _l
from app.core.money import CURRENCIES


def _named(language: str) -> Required:
    return Required(_l("Enter the name in this language: %(language)s", language=language))


class ServiceForm(BaseForm):
    """Names are needed in all five languages, hints are not."""

    version = HiddenField()
    code = TextField(
        _l("Code"),
        [Required(_l("Enter the code"))],
        limit=40,
        description=_l("Small letters, digits and hyphens. Other systems know the service by it; it never changes."),
    )
    name_en = TextField("English", [_named("English")], limit=80)
    name_nl = TextField("Nederlands", [_named("Nederlands")], limit=80)
    name_pl = TextField("Polski", [_named("Polski")], limit=80)
    name_fi = TextField("Suomi", [_named("Suomi")], limit=80)
    name_fr = TextField("Français", [_named("Français")], limit=80)
    hint_en = TextField("English", [Optional()], limit=160)
    hint_nl = TextField("Nederlands", [Optional()], limit=160)
    hint_pl = TextField("Polski", [Optional()], limit=160)
    hint_fi = TextField("Suomi", [Optional()], limit=160)
    hint_fr = TextField("Français", [Optional()], limit=160)
    offered = TickField(_l("Can be chosen on forms"))
    net = AmountField(
        _l("Net amount"), [Optional()], hint=_l("For one period. Leave it empty when it is agreed each time.")
    )
    currency = ChoiceField(_l("Currency"), choices=[(code, code) for code in CURRENCIES], width="s")
    vat_rate = RateField(_l("VAT rate in per cent"), [Optional()], hint=_l("Leave it empty where no VAT is charged."))
    months = ChoiceField(_l("How often it is invoiced"), choices=period_choices, coerce=int, width="m")

    def validate_code(self, field: Any) -> None:
        if not is_code(field.data):
            raise ValidationError(str(NOT_A_CODE))

    @property
    def names(self) -> list[Any]:
        return [self[f"name_{code}"] for code in LOCALES]

    @property
    def hints(self) -> list[Any]:
        return [self[f"hint_{code}"] for code in LOCALES]

    @classmethod
    def of(cls, service: Service) -> ServiceForm:
        data: dict[str, Any] = {
            name: getattr(service, name) for name in ("code", "offered", "net", "currency", "vat_rate", "months")
        }
        data["version"] = str(service.version)
        for code in LOCALES:
            data[f"name_{code}"] = service.names.get(code, "")
            data[f"hint_{code}"] = service.hints.get(code, "")
        return cls(data=data)

    def to_details(self) -> ServiceDetails:
        return ServiceDetails(
            code=self.code.data,
            names={code: self[f"name_{code}"].data for code in LOCALES},
            hints={code: self[f"hint_{code}"].data for code in LOCALES if self[f"hint_{code}"].data},
            offered=bool(self.offered.data),
            net=self.net.data,
            currency=self.currency.data,
            vat_rate=self.vat_rate.data,
            months=self.months.data,
        )
