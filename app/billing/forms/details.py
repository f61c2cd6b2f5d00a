"""The forms of a billing detail: its terms, another price, a pause, an end, what was invoiced elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from wtforms.validators import ValidationError

from app.billing.models import BillingDetail
from app.billing.service.details import LONG_AGO, DetailTerms
from app.billing.terms import currency_field, months_field, net_field, text_field, usual_terms, vat_rate_field
from app.catalogue.models import Service
from app.core.clock import today
from app.core.db import db
from app.core.forms import BaseForm, ChoiceField, DateField, HiddenField, Optional, RadioChoice, Required
from app.core.i18n import _, _l
from app.customers.models import Account
from app.partners.models import Reseller
from app.settings.models import vendor

_TERMS = ("months", "net", "vat_rate", "currency", "starts_on", "ends_on")
_PAST = ("past", "taken_over_until")

DIRECT, OWN, OTHER = "direct", "own", "other"


class DetailForm(BaseForm):
    """The terms of a detail, new or corrected. `for_fresh()` and `for_running()` leave out what does not apply."""

    key = HiddenField()
    version = HiddenField()
    months = months_field()
    net = net_field()
    currency = currency_field()
    vat_rate = vat_rate_field()
    starts_on = DateField(
        _l("First day"),
        [Required(_l("Enter the first day"))],
        hint=_l("The first period begins on it, and all others are counted from it."),
    )
    ends_on = DateField(
        _l("Last day on which a period may begin"),
        [Optional()],
        hint=_l("Leave it empty to go on until somebody ends it."),
    )
    past = RadioChoice(
        _l("Were periods before today invoiced already?"),
        [Optional()],
        choices=[
            ("due", _l("No: they become due at once")),
            ("elsewhere", _l("Yes, in another system, up to the day below")),
        ],
        hint=_l("Only asked when the first day lies more than a month back."),
    )
    taken_over_until = DateField(
        _l("Invoiced elsewhere until"),
        [Optional()],
        hint=_l("Periods that begin on this day or before are never handed over from here."),
    )
    text = text_field()
    credit = RadioChoice(_l("To whom is it credited?"), [Required(_l("Say to whom it is credited"))])
    reseller = ChoiceField(
        _l("Other reseller"),
        [Optional()],
        empty=_l("Choose a reseller"),
        hint=_l("Only when another reseller is credited."),
    )

    def offer(self, own: Reseller | None, resellers: Sequence[tuple[str, str]]) -> DetailForm:
        """Sets the choices: the account's own reseller first, and the consequence of a direct sale in words."""
        lines: list[tuple[Any, ...]] = []
        if own is not None:
            lines.append((OWN, own.organisation.name, _("The reseller to whom the account is credited.")))
        lines.append(
            (
                DIRECT,
                _("Nobody: we sold it directly"),
                _("No reseller ever sees this billing detail or its invoices: in no list, no total and no download."),
            )
        )
        lines.append(
            (
                OTHER,
                _("Another reseller"),
                _("That reseller sees this billing detail, and nothing else of the account."),
            )
        )
        self.credit.choices = lines
        self.reseller.choices = [(ref, name) for ref, name in resellers if own is None or ref != own.ref]
        return self

    def for_new(self) -> DetailForm:
        del self["version"]
        return self

    def for_fresh(self) -> DetailForm:
        """Nobody dealt with a period yet: everything but the past can be corrected."""
        for name in ("key", *_PAST):
            del self[name]
        return self

    def for_running(self) -> DetailForm:
        """Periods were dealt with: text and credit."""
        for name in ("key", *_PAST, *_TERMS):
            del self[name]
        return self

    def validate_ends_on(self, field: Any) -> None:
        if field.data and self.starts_on.data and field.data < self.starts_on.data:
            raise ValidationError(_("The last day is before the first one. Check the two days."))

    def validate_taken_over_until(self, field: Any) -> None:
        if field.data and self.starts_on.data and field.data < self.starts_on.data:
            raise ValidationError(_("This day is before the first one. Check the two days."))

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        if "past" in self and isinstance(self.starts_on.data, date):
            began_long_ago = self.starts_on.data < today(vendor().timezone) - LONG_AGO
            if began_long_ago and not self.past.data and not self.past.errors:
                self.past.errors = [_("Say whether the periods before today were invoiced already")]
                valid = False
            if self.past.data == "elsewhere" and not self.taken_over_until.data and not self.taken_over_until.errors:
                self.taken_over_until.errors = [_("Enter the day up to which it was invoiced elsewhere")]
                valid = False
        if self.credit.data == OTHER and not self.reseller.data and not self.reseller.errors:
            self.reseller.errors = [_("Choose the reseller")]
            valid = False
        return valid

    @property
    def has_terms(self) -> bool:
        return "net" in self

    def terms(self, service_id: int, reseller_id: int | None, kept: BillingDetail | None = None) -> DetailTerms:
        """What was typed; what this form does not ask stays as `kept`."""
        if not self.has_terms:
            assert kept is not None
            price = kept.prices[0]
            return DetailTerms(
                service_id=service_id,
                net=price.net,
                vat_rate=price.vat_rate,
                currency=kept.currency,
                months=kept.months,
                starts_on=kept.starts_on,
                ends_on=kept.ends_on,
                text=self.text.data,
                reseller_id=reseller_id,
            )
        assert self.net.data is not None
        assert self.starts_on.data is not None
        elsewhere = "past" in self and self.past.data == "elsewhere"
        return DetailTerms(
            service_id=service_id,
            net=self.net.data,
            vat_rate=self.vat_rate.data,
            currency=self.currency.data,
            months=int(self.months.data),
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data,
            text=self.text.data,
            reseller_id=reseller_id,
            taken_over_until=self.taken_over_until.data if elsewhere else None,
        )

    def credited_to(self, account: Account) -> int | None:
        """The reseller that was chosen, by key."""
        if self.credit.data == OWN:
            return account.reseller_id
        if self.credit.data == OTHER:
            return db.session.scalar(sa.select(Reseller.id).where(Reseller.ref == self.reseller.data))
        return None

    @staticmethod
    def usual(service: Service, account_reseller: Reseller | None, key: str) -> dict[str, Any]:
        """From what a new detail of this service begins."""
        return {
            "key": key,
            **usual_terms(service),
            "starts_on": today(vendor().timezone),
            "credit": OWN if account_reseller else "",
        }

    @staticmethod
    def values_of(detail: BillingDetail) -> dict[str, Any]:
        """From what a correction begins."""
        price, own = detail.prices[0], detail.account.reseller_id
        credit = DIRECT if detail.reseller_id is None else OWN if detail.reseller_id == own else OTHER
        return {
            "version": str(detail.version),
            "months": str(detail.months),
            "net": price.net,
            "currency": detail.currency,
            "vat_rate": price.vat_rate,
            "starts_on": detail.starts_on,
            "ends_on": detail.ends_on,
            "text": detail.text,
            "credit": credit,
            "reseller": detail.reseller.ref if detail.reseller is not None and credit == OTHER else "",
        }


class PriceForm(BaseForm):
    """Another price from a day on."""

    version = HiddenField()
    from_on = DateField(
        _l("First day of the new price"),
        [Required(_l("Enter the first day of the new price"))],
        hint=_l("Periods that begin on this day or later have the new price."),
    )
    net = net_field()
    vat_rate = vat_rate_field()


class PauseForm(BaseForm):
    """A pause, with its end or without."""

    version = HiddenField()
    from_on = DateField(_l("First day of the pause"), [Required(_l("Enter the first day of the pause"))])
    until_on = DateField(
        _l("Last day of the pause"), [Optional()], hint=_l("Leave it empty while nobody knows; then resume it by hand.")
    )

    def validate_until_on(self, field: Any) -> None:
        if field.data and self.from_on.data and field.data < self.from_on.data:
            raise ValidationError(_("The pause ends before it begins. Check the two days."))


class ResumeForm(BaseForm):
    """When a pause is over."""

    version = HiddenField()
    on = DateField(
        _l("Goes on from"),
        [Required(_l("Enter the day from which it goes on"))],
        hint=_l("Periods that begin on this day or later are invoiced again."),
    )


class EndForm(BaseForm):
    """The last day on which a period may begin."""

    version = HiddenField()
    ends_on = DateField(
        _l("Last day on which a period may begin"),
        [Required(_l("Enter the last day"))],
        hint=_l("A period that began by then is invoiced whole."),
    )


class PastForm(BaseForm):
    """What was invoiced elsewhere before a detail was kept here."""

    version = HiddenField()
    past = RadioChoice(
        _l("Were periods invoiced already, in another system?"),
        [Required(_l("Say whether periods were invoiced already"))],
        choices=[
            ("due", _l("No: they stay due")),
            ("elsewhere", _l("Yes, up to the day below")),
        ],
    )
    until = DateField(
        _l("Invoiced elsewhere until"),
        [Optional()],
        hint=_l("Periods that begin on this day or before are never handed over from here."),
    )

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        if self.past.data == "elsewhere" and not self.until.data and not self.until.errors:
            self.until.errors = [_("Enter the day up to which it was invoiced elsewhere")]
            return False
        return valid
