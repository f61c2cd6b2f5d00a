"""Two traps for robots on public forms: a field that no person sees, and a form sent back faster than one can type.

Each alone proves nothing: a browser's autofill fills hidden fields, and a clock or an old page breaks the signed time.
Together they set the submission apart for staff to look at. Nothing is ever dropped.
"""

from __future__ import annotations

from flask import current_app
from itsdangerous import BadSignature, TimestampSigner
from wtforms import Form

from app.core.clock import now
from app.core.forms import HiddenField
from app.core.i18n import _l

QUICK = 4
"""Seconds under which no person fills in a form."""


class Bait(HiddenField):
    """Looks like a field to a robot. What cannot be stored is dropped without a word: no person sees the field."""

    kind = "text"
    html_type = "text"
    autocomplete = "off"


class Traps(Form):
    """Mix into a public form: `class ApplyForm(Traps, BaseForm)`; the page includes `partners/_traps.html` in it."""

    fax_extension = Bait(_l("Leave this field empty"))
    opened = HiddenField()

    def set_traps(self) -> None:
        """For a form that is shown for the first time."""
        if not self.opened.data:
            self.opened.data = stamp()

    @property
    def is_suspicious(self) -> bool:
        """Both traps spoke."""
        return bool(self.fax_extension.data) and _was_quick(self.opened.data)


def stamp() -> str:
    """The signed moment at which a form is shown, for its hidden field `opened`."""
    return _signer().sign("form").decode()


def _signer() -> TimestampSigner:
    keys = [*current_app.config["SECRET_KEY_FALLBACKS"], current_app.config["SECRET_KEY"]]  # the last one signs
    return TimestampSigner(keys, salt="gangway-form-opened")


def _was_quick(opened: str) -> bool:
    try:
        _value, moment = _signer().unsign(opened, return_timestamp=True)
    except BadSignature:
        return True
    return (now() - moment).total_seconds() < QUICK
