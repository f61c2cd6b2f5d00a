"""Times of day, as people write them, and the moments that they are on a day."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from wtforms.validators import StopValidation

from app.core.clock import moment_at
from app.core.forms.base import BaseForm
from app.core.forms.fields import DateField, TextField
from app.core.i18n import _
from app.core.identifiers import plain_digits

_CLOCK = re.compile(r"(?P<h>[0-9]{1,2})(?:[:.h ]\s*(?P<m>[0-9]{2}))?")


class TimeField(TextField):
    """A time of day as people write it: 10:30, 10.30, 10h30, 9."""

    html_type = "text"
    inputmode = "numeric"
    autocomplete = "off"

    def settle(self) -> None:
        found = _clock(self.data)
        if found is None:
            raise StopValidation(_("Enter the time as hours and minutes, for example 10:30"))
        self.data = self._typed = found


class TimesField(TextField):
    """Any number of times of one day, with commas between them: 10:30, 14. `clocks` gives them in order, each once."""

    html_type = "text"
    autocomplete = "off"

    def settle(self) -> None:
        found = [_clock(part) for part in _BETWEEN.split(self.data) if part.strip()]
        if None in found:
            raise StopValidation(
                _("Enter times as hours and minutes with commas between them, for example 10:30, 14:00")
            )
        self.data = self._typed = ", ".join(sorted({str(clock) for clock in found}))

    @property
    def clocks(self) -> list[str]:
        return self.data.split(", ") if self.data else []


class MomentForm(BaseForm):
    """A form with a day and a time on the clocks of `timezone`, which has to be set."""

    on: DateField
    at: TimeField
    timezone = ""

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        if valid and self._exact() is None:
            self.at.errors = [
                *self.at.errors,
                _("On this day the clocks change, and this time does not exist. Choose another one."),
            ]
            valid = False
        return valid

    @property
    def moment(self) -> datetime:
        """Of a form that is valid."""
        found = self._exact()
        assert found is not None  # validated
        return found

    def _exact(self) -> datetime | None:
        """None for a time that the change of the clocks leaves out."""
        assert self.on.data is not None  # required
        return moment_at(self.on.data, self.at.data, self.timezone)


_BETWEEN = re.compile(r"[,;\n]")


def _clock(typed: str) -> str | None:
    found = _CLOCK.fullmatch(plain_digits(typed).strip())
    hour, minute = (int(found["h"]), int(found["m"] or 0)) if found else (24, 0)
    return None if hour > 23 or minute > 59 else f"{hour:02}:{minute:02}"
