"""The forms of support agreements."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

from app.cooperation import words
from app.cooperation.models import SupportAgreement
from app.cooperation.service.agreements import AgreementDetails, details_of
from app.core.forms import (
    BaseForm,
    ChoiceField,
    DateField,
    HiddenField,
    IntegerField,
    NoteField,
    Optional,
    RadioChoice,
    Required,
    TextField,
)
from app.core.i18n import _l

_CHANNELS = list(words.CHANNELS.items())


class AgreementForm(BaseForm):
    """Who helps, how it is reported, how the support team is trained, and what deviates about invoices."""

    version = HiddenField()
    customer_first = RadioChoice(
        _l("Whom do end customers ask first?"),
        [Required(_l("Choose whom end customers ask first"))],
        choices=words.firsts,
    )
    customer_channel = ChoiceField(
        _l("How do end customers report a problem?"),
        [Required(_l("Choose how end customers report a problem"))],
        choices=_CHANNELS,
        empty=_l("Choose"),
        width="m",
    )
    customer_contact = TextField(
        _l("Where do end customers report it?"),
        [Required(_l("Enter the address, number or page"))],
        limit=300,
        hint=_l("An address, a number or a page."),
    )
    partner_channel = ChoiceField(
        _l("How does the software partner report to us?"),
        [Required(_l("Choose how the software partner reports to us"))],
        choices=_CHANNELS,
        empty=_l("Choose"),
        width="m",
    )
    partner_contact = TextField(
        _l("Where does the software partner report it?"),
        [Required(_l("Enter the address, number or page"))],
        limit=300,
        hint=_l("An address, a number or a page."),
    )
    answer_hours = IntegerField(
        _l("Answer within, in working hours"),
        [Optional()],
        least=1,
        most=400,
        width="xs",
        hint=_l("Either side answers the other within so many hours."),
    )
    training = NoteField(
        _l("Training of the software partner's support team"),
        [Optional()],
        limit=2000,
        hint=_l("What it is about and who gives it. Leave it empty if none is needed."),
    )
    training_on = DateField(_l("Day of the training"), [Optional()])
    deviation = NoteField(
        _l("Deviation from the standard invoicing process"),
        [Optional()],
        limit=5000,
        hint=_l("Leave it empty if the standard process applies."),
    )
    remarks = NoteField(_l("Remarks"), [Optional()], limit=5000)

    @classmethod
    def of(cls, agreement: SupportAgreement | None) -> AgreementForm:
        """Filled with a version; a new one begins with the words of the one before."""
        if agreement is None:
            return cls()
        return cls(data={**asdict(details_of(agreement)), "version": str(agreement.version)})

    def to_details(self) -> AgreementDetails:
        return AgreementDetails(
            customer_first=self.customer_first.data,
            customer_channel=self.customer_channel.data,
            customer_contact=self.customer_contact.data,
            partner_channel=self.partner_channel.data,
            partner_contact=self.partner_contact.data,
            answer_hours=self.answer_hours.data,
            training=self.training.data or "",
            training_on=self.training_on.data,
            deviation=self.deviation.data or "",
            remarks=self.remarks.data or "",
        )


class TrainedForm(BaseForm):
    """On which day the support team was trained."""

    on = DateField(_l("On which day was the training held?"), [Required(_l("Enter the day"))])

    def to_details(self) -> date:
        assert self.on.data is not None  # required
        return self.on.data
