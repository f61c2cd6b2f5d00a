"""A time of day, as people write it."""

from __future__ import annotations

import re

from wtforms.validators import StopValidation

from app.core.forms.fields import TextField
from app.core.i18n import _
from app.core.identifiers import plain_digits

_CLOCK = re.compile(r"(?P<h>[0-9]{1,2})(?:[:.h ]\s*(?P<m>[0-9]{2}))?")


class TimeField(TextField):
    """A time of day as people write it: 10:30, 10.30, 10h30, 9."""

    html_type = "text"
    inputmode = "numeric"
    autocomplete = "off"

    def settle(self) -> None:
        found = _CLOCK.fullmatch(plain_digits(self.data).strip())
        hour, minute = (int(found["h"]), int(found["m"] or 0)) if found else (24, 0)
        if hour > 23 or minute > 59:
            raise StopValidation(_("Enter the time as hours and minutes, for example 10:30"))
        self.data = self._typed = f"{hour:02}:{minute:02}"
