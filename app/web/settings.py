"""The vendor's settings at the desk."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from zoneinfo import available_timezones

from flask import Blueprint, flash, url_for
from flask.wrappers import Response
from wtforms.validators import ValidationError

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.errors import Conflict
from app.core.forms import (
    BaseForm,
    ChoiceField,
    CountryField,
    EmailField,
    HiddenField,
    IntegerField,
    Required,
    TextField,
)
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import NAMES, _, _l
from app.settings import service
from app.settings.models import vendor

blueprint = Blueprint("settings_desk", __name__, url_prefix="/desk/settings")

DAYS = (
    "decision_days",
    "decision_usual_days",
    "lead_answer_workdays",
    "convert_workdays",
    "protection_days",
    "daily_flag",
)


class SettingsForm(BaseForm):
    """Who the vendor is and what it promises."""

    version = HiddenField()
    name = TextField(_l("Name of the company"), [Required(_l("Enter the company's name"))], limit=120)
    country = CountryField()
    footer = TextField(
        _l("Legal line"),
        [Required(_l("Enter the legal line"))],
        limit=300,
        description=_l("Name, address and registration number. It stands below every page and every mail."),
    )
    contact_email = EmailField(
        _l("Contact address"),
        [Required(_l("Enter the contact address"))],
        description=_l(
            "Mails come from this address, and replies go to it. Your mail server must be allowed to send for it."
        ),
    )
    sender_email = EmailField(
        _l("Return address"),
        [Required(_l("Enter the return address"))],
        description=_l("Mail servers send back to it what they cannot deliver. People do not see it."),
    )
    default_locale = ChoiceField(
        _l("Default language"),
        [Required(_l("Choose one of the options in the list"))],
        choices=list(NAMES.items()),
    )
    timezone = TextField(
        _l("Time zone"), [Required(_l("Enter the time zone"))], limit=60, description=_l("For example Europe/Warsaw")
    )
    decision_days = IntegerField(
        _l("Days to decide on an application"),
        [Required(_l("Enter the number of days"))],
        description=_l("Promised to the applicant."),
    )
    decision_usual_days = IntegerField(
        _l("Days it usually takes"),
        [Required(_l("Enter the number of days"))],
        description=_l("Told to the applicant beside the promise."),
    )
    lead_answer_workdays = IntegerField(_l("Working days to answer a lead"), [Required(_l("Enter the number of days"))])
    convert_workdays = IntegerField(
        _l("Working days from acceptance to account"), [Required(_l("Enter the number of days"))]
    )
    protection_days = IntegerField(
        _l("Days for which an accepted lead is protected"), [Required(_l("Enter the number of days"))]
    )
    daily_flag = IntegerField(
        _l("Registrations a day"),
        [Required(_l("Enter the number of registrations"))],
        description=_l("A reseller who registers more in one day is flagged to staff."),
    )

    def validate_timezone(self, field: Any) -> None:
        if field.data not in available_timezones():
            raise ValidationError(_("Enter a time zone such as Europe/Warsaw or Europe/Helsinki"))

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        for name in DAYS:
            value = self[name].data
            if value is not None and not self[name].errors and not 1 <= value <= 3650:
                self[name].errors = [_("Enter a number from 1 to 3,650")]
                valid = False
        return valid

    def to_details(self) -> dict[str, Any]:
        return {name: self[name].data for name in asdict(vendor()) if name in self}


@blueprint.route("", methods=["GET", "POST"])
@requires(P.SETTINGS_MANAGE)
def settings() -> Response:
    form = SettingsForm(data={**asdict(vendor()), "version": str(service.version())})
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.change(form.to_details(), form.seen, actor())
            if saved:
                flash(_("The settings were saved."), "done")
                return redirect_see_other(url_for(".settings"))
        except Conflict as conflict:
            form.overtaken(conflict, service.version())
    return render_page("settings/settings.html", form=form, status=form.status)
