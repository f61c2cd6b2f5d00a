"""A billing detail's state as its reseller reads it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.billing.models import BillingDetail
from app.billing.story import pause_on
from app.core.i18n import _, format_date


@dataclass(frozen=True)
class Said:
    """A state in one sentence (`text`), and in a list (`word`)."""

    text: str
    glyph: str
    word: str
    tone: str = ""
    due: bool = False
    """The next invoice is to be expected any day."""


def said(detail: BillingDetail, day: date) -> Said:
    """The state of a detail with its pauses; `day` is today at the vendor's."""
    pause = pause_on(detail, day)
    if pause is not None and pause.until_on is None:
        text = _("Paused since %(date)s. Nothing is invoiced until the pause ends.", date=format_date(pause.from_on))
        return Said(text, "wait", _("Paused"))
    if pause is not None and pause.until_on is not None:
        text = _("Paused until %(date)s. Nothing that begins before is invoiced.", date=format_date(pause.until_on))
        return Said(text, "wait", _("Paused"))
    if detail.next_on is None:
        return Said(_("Nothing further will be invoiced."), "no", _("Ended"), "done")
    if detail.next_on <= day:
        return Said(
            _("We invoice the customer shortly, for the period from %(date)s.", date=format_date(detail.next_on)),
            "open",
            _("Running"),
            due=True,
        )
    word = _("Running") if detail.starts_on <= day else _("Not begun")
    text = _("The customer gets the next invoice for the period from %(date)s.", date=format_date(detail.next_on))
    return Said(text, "open", word)
