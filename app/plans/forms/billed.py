"""Billing that begins on the starting date: existing details of the account, or a new one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.billing.models import BillingDetail
from app.billing.service.details import DetailTerms
from app.billing.terms import currency_field, months_field, net_field, text_field, usual_terms, vat_rate_field
from app.catalogue.models import Service
from app.catalogue.words import period_name
from app.core.clock import today
from app.core.crypto import token
from app.core.forms import BaseForm, ChoiceField, HiddenField, MultiChoice, Required
from app.core.i18n import _l
from app.core.money import written
from app.settings.models import vendor


def detail_words(detail: BillingDetail) -> str:
    """One billing detail in a line of a list to choose from; its service and prices are loaded."""
    amount = written(detail.prices[0].net, detail.currency)
    return f"{detail.service.name} · {amount} · {period_name(detail.months)} · {detail.ref}"


class LinkForm(BaseForm):
    """Which existing details begin on the starting date."""

    billing = MultiChoice(_l("Billing details of the account"), [Required(_l("Choose at least one billing detail"))])

    @classmethod
    def of(cls, details: Sequence[BillingDetail]) -> LinkForm:
        form = cls()
        form.billing.choices = [(detail.ref, detail_words(detail)) for detail in details]
        return form


class BeginForm(BaseForm):
    """A new billing detail; its first day is the starting date."""

    service = ChoiceField(_l("Service"), [Required(_l("Choose the service"))], choices=())
    months = months_field()
    net = net_field()
    currency = currency_field()
    vat_rate = vat_rate_field()
    text = text_field()
    key = HiddenField()

    @classmethod
    def of(cls, services: Sequence[Service], chosen: str, currency: str) -> BeginForm:
        """`chosen`: the code of the service from whose usual terms it begins."""
        data: dict[str, Any] = {"key": token(), "currency": currency}
        service = next((one for one in services if one.code == chosen), None)
        if service is not None:
            data |= {"service": service.code, **usual_terms(service)}
        form = cls(data=data)
        choices: Any = form.service
        choices.choices = [(one.code, one.name) for one in services]
        return form

    def terms(self, services: Sequence[Service]) -> DetailTerms:
        """Of a form that was filled in rightly."""
        service = next(one for one in services if one.code == self.service.data)
        assert self.net.data is not None
        return DetailTerms(
            service_id=service.id,
            net=self.net.data,
            currency=self.currency.data,
            months=int(self.months.data),
            starts_on=today(vendor().timezone),
            vat_rate=self.vat_rate.data,
            text=self.text.data,
        )
