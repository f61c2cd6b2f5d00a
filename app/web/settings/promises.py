"""What the vendor promises, in days, and when a reseller is flagged."""

from __future__ import annotations

from typing import Any

from flask.wrappers import Response

from app.access.guard import requires
from app.access.permissions import P
from app.core.forms import IntegerField, Required
from app.core.i18n import _, _l
from app.web.settings.door import SettingsForm, blueprint, page, values_now

DAYS = (
    "decision_days",
    "decision_usual_days",
    "lead_answer_workdays",
    "convert_workdays",
    "protection_days",
    "daily_flag",
)


class PromisesForm(SettingsForm):
    """What is promised to applicants and resellers."""

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

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        for name in DAYS:
            value = self[name].data
            if value is not None and not self[name].errors and not 1 <= value <= 3650:
                self[name].errors = [_("Enter a number from 1 to 3,650")]
                valid = False
        return valid


@blueprint.route("/promises", methods=["GET", "POST"])
@requires(P.SETTINGS_MANAGE)
def promises() -> Response:
    return page(PromisesForm(data=values_now()), "settings/promises.html", "settings_desk.promises")
