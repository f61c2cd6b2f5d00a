"""Keeping a filter of the portfolio under a name."""

from __future__ import annotations

from app.core.forms import BaseForm, Required, TextField, TickField
from app.core.i18n import _l


class ViewForm(BaseForm):
    name = TextField(_l("Name of the view"), [Required(_l("Enter a name for the view"))], limit=80)
    shared = TickField(_l("Colleagues see it too"))
