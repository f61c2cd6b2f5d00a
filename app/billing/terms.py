"""The fields in which the terms of a billing detail are typed; each form asks for those it needs, in its own order."""

from __future__ import annotations

from typing import Any

from app.catalogue.models import Service
from app.catalogue.words import period_choices
from app.core.forms import AmountField, ChoiceField, Optional, RadioChoice, RateField, Required, TextField
from app.core.i18n import _l
from app.core.money import CURRENCIES


def months_field() -> RadioChoice:
    return RadioChoice(
        _l("How often is it invoiced?"), [Required(_l("Say how often it is invoiced"))], choices=period_choices
    )


def net_field() -> AmountField:
    return AmountField(_l("Net amount of one period"), [Required(_l("Enter the net amount"))], hint=_l("Without VAT."))


def currency_field() -> ChoiceField:
    return ChoiceField(
        _l("Currency"),
        [Required(_l("Choose the currency"))],
        choices=[(code, code) for code in CURRENCIES],
        width="xs",
    )


def vat_rate_field() -> RateField:
    return RateField(
        _l("VAT rate in per cent"), [Optional()], hint=_l("Leave it empty where no VAT is charged, for example abroad.")
    )


def text_field() -> TextField:
    return TextField(
        _l("Text on the invoice"),
        [Optional()],
        hint=_l("What stands beside the name of the service, for example the shop it is for."),
    )


def usual_terms(service: Service) -> dict[str, Any]:
    """What stands in these fields of a new detail at first."""
    return {
        "months": str(service.months),
        "net": service.net,
        "currency": service.currency,
        "vat_rate": service.vat_rate,
    }
