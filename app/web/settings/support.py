"""Where customers turn, when people answer, and from which hour reminders are mailed."""

from __future__ import annotations

from typing import Any

from flask.wrappers import Response

from app.access.guard import requires
from app.access.permissions import P
from app.core.forms import EmailField, IntegerField, Optional, PhoneField, Required, TimeField, UrlField
from app.core.i18n import _, _l
from app.settings.models import vendor
from app.web.settings.door import SettingsForm, blueprint, page, values_now


class SupportForm(SettingsForm):
    """How customers reach people."""

    support_email = EmailField(
        _l("E-mail address of your support"),
        [Optional()],
        hint=_l("Left empty, customers write to the contact address."),
    )
    support_phone = PhoneField(_l("Phone number of your support"), [Optional()])
    support_url = UrlField(_l("Website of your support"), [Optional()])
    office_from = TimeField(_l("People answer from"), [Required(_l("Enter the time"))], width="xs")
    office_until = TimeField(_l("People answer until"), [Required(_l("Enter the time"))], width="xs")
    reminder_hour = IntegerField(
        _l("Hour from which reminders are mailed"),
        [Required(_l("Enter an hour from 0 to 23"))],
        hint=_l("By the reader's own clock, on working days of the reader's country."),
        width="xs",
    )

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.support_phone._country = vendor().country  # a number without a country code is one of the vendor's

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        hour = self.reminder_hour.data
        if hour is not None and not self.reminder_hour.errors and not 0 <= hour <= 23:
            self.reminder_hour.errors = [_("Enter an hour from 0 to 23")]
            valid = False
        if (
            not (self.office_from.errors or self.office_until.errors)
            and self.office_until.data <= self.office_from.data
        ):
            self.office_until.errors = [_("The end must lie after the beginning")]
            valid = False
        return valid


@blueprint.route("/support", methods=["GET", "POST"])
@requires(P.SETTINGS_MANAGE)
def support() -> Response:
    return page(SupportForm(data=values_now()), "settings/support.html", "settings_desk.support")
