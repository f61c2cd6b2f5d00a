"""What a person types on the private page, and staff at the desk."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

from app.core.forms import (
    BaseForm,
    ChoiceField,
    CountryField,
    DateField,
    EmailField,
    HiddenField,
    MultiChoice,
    NoteField,
    Optional,
    RadioChoice,
    Required,
    TextField,
    TickField,
)
from app.core.i18n import NAMES, _l
from app.privacy.models import AskedFor, CameBy
from app.privacy.service.requests import Filed
from app.settings.models import vendor

WISHES = [
    (AskedFor.COPY.value, _l("A copy of my details"), _l("You get everything we keep about you as a file.")),
    (AskedFor.CORRECTION.value, _l("A correction"), _l("Say below what is wrong, and what it should be.")),
    (AskedFor.ERASURE.value, _l("Erasure"), _l("We erase what the law does not oblige us to keep.")),
    (
        AskedFor.OBJECTION.value,
        _l("An objection"),
        _l("You object to the use of your details. Say below why, if you like."),
    ),
]


class AskForm(BaseForm):
    """One of four wishes, in the person's own words."""

    asked_for = RadioChoice(_l("What do you ask for?"), [Required(_l("Choose what you ask for"))], choices=WISHES)
    text = NoteField(
        _l("In your own words"), [Optional()], limit=4000, rows=4, hint=_l("Needed for a correction, else as you like")
    )

    def to_details(self) -> tuple[AskedFor, str]:
        return AskedFor(self.asked_for.data), self.text.data


class AnswerForm(BaseForm):
    """A request is granted: a copy is offered, a correction was made."""

    version = HiddenField()
    answer = NoteField(
        _l("Note to the person"), [Optional()], limit=4000, rows=4, hint=_l("Goes into the mail as you write it")
    )


class ObjectionForm(AnswerForm):
    """An objection is heeded. The leads are set by the door."""

    leads = MultiChoice(_l("Leads to close"), choices=[])
    told = NoteField(
        _l("Reason for the reseller"),
        [Optional()],
        limit=2000,
        rows=3,
        hint=_l("Goes to the reseller as you write it. Say no more than the reseller has to know."),
    )


class RefusalForm(BaseForm):
    """A request is refused, with the reason."""

    version = HiddenField()
    answer = NoteField(
        _l("Reason"),
        [Required(_l("Enter the reason. The person reads it."))],
        limit=4000,
        rows=5,
        hint=_l("Goes into the mail as you write it. The right to complain is added by itself."),
    )


class ExtensionForm(BaseForm):
    """Two months more, with the reason."""

    version = HiddenField()
    reason = NoteField(
        _l("Reason"),
        [Required(_l("Enter the reason. The person reads it."))],
        limit=2000,
        rows=4,
        hint=_l("Goes into the mail as you write it"),
    )


class ErasureForm(AnswerForm):
    """Staff say that they know what they do."""

    sure = TickField(
        _l("I have checked that the person is who they say they are, and that nothing of this is needed any more"),
        [Required(_l("Tick the box before you erase"))],
    )


CAME_BY = {
    CameBy.PAGE: _l("Private page"),
    CameBy.MAIL: _l("Mail"),
    CameBy.PHONE: _l("Phone"),
    CameBy.LETTER: _l("Letter"),
}


class FileForm(BaseForm):
    """A request that came by mail, phone or letter."""

    came_by = RadioChoice(
        _l("How did it come?"),
        [Required(_l("Choose how the request came"))],
        choices=[(way.value, CAME_BY[way]) for way in (CameBy.MAIL, CameBy.PHONE, CameBy.LETTER)],
    )
    received_on = DateField(
        _l("Received on"), [Required(_l("Enter the day on which it came"))], hint=_l("The month counts from this day")
    )
    name = TextField(_l("Name"), [Required(_l("Enter the name"))], limit=200, autocomplete="off")
    email = EmailField(
        _l("E-mail address"),
        [Required(_l("Enter the e-mail address"))],
        hint=_l("The one that stands on the lead or account. The receipt and the answer go there."),
    )
    locale = ChoiceField(
        _l("Language"),
        [Optional()],
        choices=[("", _l("The person's own, as far as it is known")), *NAMES.items()],
        hint=_l("The receipt and the answer are written in it"),
    )
    country = CountryField()
    asked_for = RadioChoice(
        _l("What does the person ask for?"),
        [Required(_l("Choose what the person asks for"))],
        choices=[
            (AskedFor.COPY.value, _l("A copy of their details")),
            (AskedFor.CORRECTION.value, _l("A correction")),
            (AskedFor.ERASURE.value, _l("Erasure")),
            (AskedFor.OBJECTION.value, _l("An objection")),
        ],
    )
    text = NoteField(_l("In the person's own words"), [Optional()], limit=4000, rows=4)

    def to_details(self) -> Filed:
        day = self.received_on.data
        assert day is not None
        return Filed(
            email=self.email.data,
            name=self.name.data,
            locale=self.locale.data,
            country=self.country.data,
            asked_for=AskedFor(self.asked_for.data),
            text=self.text.data,
            came_by=CameBy(self.came_by.data),
            received_at=datetime.combine(day, time(0, 0), ZoneInfo(vendor().timezone)),
        )
