"""What the customer's people type: codes, reasons, messages, whom they hand a task to, their own details."""

from __future__ import annotations

from typing import Any

from app.core.forms import (
    BaseForm,
    ChoiceField,
    EmailField,
    HiddenField,
    NoteField,
    Optional,
    PhoneField,
    RadioChoice,
    Required,
    TextField,
    TickField,
)
from app.core.i18n import LOCALES, NAMES, _, _l
from app.plans.models import PlanContact
from app.plans.service.own import OwnDetails
from app.plans.service.people import ROLE_NAMES, NewContact
from app.playbooks.outline import ContactRole

LANGUAGES = [(code, NAMES[code]) for code in LOCALES]
SOMEBODY_ELSE = "new"


class CodeForm(BaseForm):
    """The code that was mailed."""

    code = TextField(
        _l("Code of six digits"),
        [Required(_l("Enter the code from the mail"))],
        limit=20,
        autocomplete="one-time-code",
        inputmode="numeric",
        width="s",
    )
    next = HiddenField()


class NotNeededForm(BaseForm):
    """Why a task need not be done."""

    reason = NoteField(_l("Why is it not needed?"), [Required(_l("Enter the reason"))], limit=1000)


class StuckForm(BaseForm):
    """What hinders somebody."""

    why = NoteField(_l("What hinders you?"), [Required(_l("Enter what hinders you"))], limit=1000, rows=4)


class CommentForm(BaseForm):
    """A message that both sides read."""

    body = NoteField(_l("Your message"), [Required(_l("Enter your message"))], limit=5000)
    urgent = TickField(_l("It is urgent: mail it to the account manager at once"))
    key = HiddenField()


class HandoverForm(BaseForm):
    """Whom a task is given to: one of the plan's people, or somebody typed."""

    to = RadioChoice(_l("Who should do it?"), [Required(_l("Choose who should do it"))], choices=())
    name = TextField(_l("Name"), [Optional()], autocomplete="off")
    email = EmailField(_l("E-mail address"), [Optional()], autocomplete="off")
    role = ChoiceField(
        _l("What does this person do?"),
        [Optional()],
        choices=[(str(role), ROLE_NAMES[role]) for role in ContactRole if role != ContactRole.MAIN],
        width="m",
    )
    locale = ChoiceField(_l("Language of the mail"), [Optional()], choices=LANGUAGES, width="s")
    note = NoteField(_l("What should they know?"), [Optional()], limit=2000)

    def offer(self, people: list[PlanContact]) -> None:
        """Whom there is to choose from."""
        self.to.choices = [*((one.ref, one.name, one.email) for one in people), (SOMEBODY_ELSE, _l("Somebody else"))]

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        if self.to.data == SOMEBODY_ELSE:
            for field, message in ((self.name, _("Enter the name")), (self.email, _("Enter the e-mail address"))):
                if not field.data and not field.errors:
                    field.errors = [message]
                    valid = False
        return valid

    def to_details(self) -> NewContact | str:
        if self.to.data != SOMEBODY_ELSE:
            return str(self.to.data)
        return NewContact(
            self.name.data,
            self.email.data,
            locale=self.locale.data or "",
            role=self.role.data or ContactRole.OTHER,
        )


class OwnForm(BaseForm):
    """One's own details."""

    name = TextField(_l("Your name"), [Required(_l("Enter your name"))], autocomplete="name")
    phone = PhoneField(_l("Phone"), [Optional()])
    locale = ChoiceField(_l("Your language"), choices=LANGUAGES, width="s", hint=_l("For pages and mails."))
    country = HiddenField()
    """The plan's: a phone number without a country code is one of there."""

    def to_details(self) -> OwnDetails:
        return OwnDetails(self.name.data, self.phone.data or "", self.locale.data or "")
