"""Fields of software partners at the desk: who looks after one, the end of the cooperation, times for introductions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.core.clock import moment_at
from app.core.forms import (
    BaseForm,
    ChoiceField,
    DateField,
    HiddenField,
    IntegerField,
    NoteField,
    Optional,
    Required,
    TextField,
    TimesField,
    UrlField,
)
from app.core.i18n import _, _l
from app.integrations.models import SoftwarePartner
from app.integrations.queries import partners as queries
from app.integrations.service.introducing import Offer
from app.settings.models import vendor


class ManagerForm(BaseForm):
    """Who of the staff looks after a software partner."""

    version = HiddenField()
    manager = ChoiceField(_l("Looks after it"), [Optional()], empty=_l("Nobody yet"))

    @classmethod
    def of(cls, partner: SoftwarePartner) -> ManagerForm:
        form = cls(
            data={"manager": partner.manager.ref if partner.manager else "", "version": str(partner.version)},
        )
        people = queries.able_to_look_after()
        if partner.manager is not None and partner.manager not in people:
            people.append(partner.manager)
        form.manager.choices = [(person.ref, person.name) for person in people]
        return form


class EndForm(BaseForm):
    """The reason, which the owners read as it is written."""

    version = HiddenField()
    reason = NoteField(_l("Reason"), [Required(_l("Enter the reason"))], limit=1000, rows=5)


class WithdrawForm(BaseForm):
    """Why a time that is taken cannot be kept."""

    reason = NoteField(
        _l("Why is it called off?"),
        [Required(_l("Enter the reason"))],
        limit=1000,
        hint=_l("The software partner reads it in the mail, and chooses another time."),
    )


class OfferForm(BaseForm):
    """Times of one day that somebody of the staff offers for introductions."""

    on = DateField(_l("Date"), [Required(_l("Enter the date"))])
    at = TimesField(
        _l("Times"),
        [Required(_l("Enter at least one time"))],
        limit=200,
        hint=_l("With commas between them, for example 10:30, 14:00"),
    )
    minutes = IntegerField(
        _l("Length in minutes"), [Required(_l("Enter the length in minutes"))], least=10, most=240, width="xs"
    )
    place = TextField(_l("Place"), [Optional()], limit=300, hint=_l("Leave it empty if everybody joins from afar."))
    link = UrlField(_l("Link to join"), [Optional()])

    @classmethod
    def blank(cls) -> OfferForm:
        return cls(data={"minutes": 30})

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        if valid and None in self._moments():
            self.at.errors = [
                *self.at.errors,
                _("On this day the clocks change, and one of these times does not exist. Choose another one."),
            ]
            valid = False
        return valid

    def _moments(self) -> list[datetime | None]:
        """None for a time that the change of the clocks leaves out."""
        assert self.on.data is not None, "it is required"
        return [moment_at(self.on.data, clock, vendor().timezone) for clock in self.at.clocks]

    def to_details(self) -> Offer:
        assert self.minutes.data is not None, "it is required"
        return Offer(
            [moment for moment in self._moments() if moment is not None],
            self.minutes.data,
            vendor().timezone,
            self.place.data or "",
            self.link.data or "",
        )
