"""Looking for a person by their address, and erasing one; how long data are kept."""

from __future__ import annotations

from app.core.forms import BaseForm, EmailField, IntegerField, Required
from app.core.i18n import _l


class LookForm(BaseForm):
    """Whose data are looked for."""

    email = EmailField(_l("E-mail address"), [Required(_l("Enter the person's e-mail address"))])


class EraseForm(BaseForm):
    """The address typed once more, so that nobody is erased by a slip of the hand."""

    typed = EmailField(_l("E-mail address of the person"), [Required(_l("Type the address of the person"))])


class PeriodForm(BaseForm):
    """After how many days data go."""

    days = IntegerField(_l("Days"), [Required(_l("Enter the number of days"))])
