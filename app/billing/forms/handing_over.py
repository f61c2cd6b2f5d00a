"""The form of a hand-over: nothing is typed on it, but what was shown travels along."""

from __future__ import annotations

from app.core.forms import BaseForm, DateField, HiddenField, Required
from app.core.i18n import _l


class HandOverForm(BaseForm):
    """Until when, how many periods the page showed, and the key by which a second press is known."""

    until = DateField(_l("Due to be invoiced until"), [Required(_l("Enter the day"))])
    expected = HiddenField()
    key = HiddenField()
