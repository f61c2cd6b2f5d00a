"""Who the vendor is: name, legal lines, addresses for mail, language and time."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from flask.wrappers import Response
from wtforms.validators import ValidationError

from app.access.guard import requires
from app.access.permissions import P
from app.core.forms import ChoiceField, CountryField, EmailField, Optional, Required, TextField
from app.core.i18n import NAMES, _, _l
from app.settings.models import vendor
from app.web.settings.door import SettingsForm, blueprint, page, values_now

LINES = {"PL": "footer_pl", "NL": "footer_nl", "BE": "footer_be", "FI": "footer_fi", "FR": "footer_fr"}
"""Country -> the field of its own legal line."""


class CompanyForm(SettingsForm):
    """Who the vendor is."""

    name = TextField(_l("Name of the company"), [Required(_l("Enter the company's name"))], limit=120)
    country = CountryField()
    footer = TextField(
        _l("Legal line"),
        [Required(_l("Enter the legal line"))],
        limit=300,
        description=_l("Name, address and registration number. It stands below every page and every mail."),
    )
    footer_pl = TextField(_l("Legal line in Poland"), [Optional()], limit=300)
    footer_nl = TextField(_l("Legal line in the Netherlands"), [Optional()], limit=300)
    footer_be = TextField(_l("Legal line in Belgium"), [Optional()], limit=300)
    footer_fi = TextField(_l("Legal line in Finland"), [Optional()], limit=300)
    footer_fr = TextField(_l("Legal line in France"), [Optional()], limit=300)
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

    def validate_timezone(self, field: Any) -> None:
        if field.data not in available_timezones():
            raise ValidationError(_("Enter a time zone such as Europe/Warsaw or Europe/Helsinki"))

    def to_details(self) -> dict[str, Any]:
        lines = tuple((country, self[field].data) for country, field in sorted(LINES.items()) if self[field].data)
        return {**super().to_details(), "footers": lines}


@blueprint.route("", methods=["GET", "POST"])
@requires(P.SETTINGS_MANAGE)
def settings() -> Response:
    own = {LINES[country]: line for country, line in vendor().footers if country in LINES}
    form = CompanyForm(data={**values_now(), **own})
    return page(form, "settings/company.html", "settings_desk.settings", lines=list(LINES.values()))
