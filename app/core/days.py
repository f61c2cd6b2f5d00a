"""Days as people and programs write them: 2026-03-09, 9.3.2026, 09-03-2026, 9/3/2026; the day before the month."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from app.core.i18n import _l
from app.core.identifiers import plain_digits

_SHAPES = (
    re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{1,2})-(?P<d>[0-9]{1,2})(?:[T ]00:00(?::00)?)?"),
    re.compile(r"(?P<d>[0-9]{1,2})\s*[./\- ]\s*(?P<m>[0-9]{1,2})\s*[./\- ]\s*(?P<y>[0-9]{4})"),
)


class NotADay(ValueError):
    """What was written is no day; `message` says why."""

    def __init__(self, message: Any) -> None:
        super().__init__("not a day")
        self.message = message


def day_in(text: str) -> date:
    """The day that somebody wrote.

    Raises:
        NotADay: it is none, or its year is a slip of the keyboard.
    """
    plain = plain_digits(text).strip(" .")
    found = next((match for shape in _SHAPES if (match := shape.fullmatch(plain))), None)
    if found is None:
        raise NotADay(_l("Enter the date as day, month and year, for example 27.3.2026"))
    try:
        day = date(int(found["y"]), int(found["m"]), int(found["d"]))
    except ValueError as error:
        raise NotADay(_l("This day does not exist. Check the date.")) from error
    if not 1900 <= day.year <= 2199:
        raise NotADay(_l("Check the year of the date"))
    return day
