"""What lines about companies of the reseller programme share: which company, and since when."""

from __future__ import annotations

import re
from datetime import datetime, time
from zoneinfo import ZoneInfo

from app.core import identifiers
from app.core.clock import now, today
from app.core.errors import FieldError
from app.core.i18n import _l
from app.imports import values
from app.imports.importer import Line
from app.imports.values import country_in
from app.settings.models import vendor


def key_in(line: Line) -> str:
    """The company that a line is about; "" when its number cannot be read."""
    country = country_in(line.text("country")).upper()
    try:
        number = identifiers.normalise_company_number(country, line.text("company_number"))
    except identifiers.Invalid:
        return ""
    return identifiers.company_key(country, number)


def arrival(column: str, text: str) -> datetime:
    """Noon of the day that somebody wrote, or the moment that our own list says; now when the cell is empty.

    Raises:
        FieldError: it is no day, or lies in the future.
    """
    if not text:
        return now()
    if found := re.fullmatch(r"([0-9]{4}-[0-9]{2}-[0-9]{2}) ([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)", text):
        day, at = values.day(column, found[1]), time.fromisoformat(found[2])
    else:
        day, at = values.day(column, text), time(12)
    if day > today(vendor().timezone):
        raise FieldError(column, _l("This day lies in the future."))
    return min(datetime.combine(day, at, ZoneInfo(vendor().timezone)), now())
