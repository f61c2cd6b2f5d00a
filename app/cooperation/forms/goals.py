"""The form of a goal."""

from __future__ import annotations

from datetime import date

from app.cooperation import words
from app.cooperation.models import Measure
from app.cooperation.service.goals import GoalDetails
from app.core.forms import BaseForm, DateField, IntegerField, NoteField, Optional, RadioChoice, Required
from app.core.i18n import _l


class GoalForm(BaseForm):
    """What is counted, how many, from when to when."""

    measure = RadioChoice(
        _l("What is counted?"),
        [Required(_l("Choose what is counted"))],
        choices=[(measure, label, words.MEASURED[measure]) for measure, label in words.MEASURES.items()],
        coerce=Measure,
    )
    target = IntegerField(_l("Target"), [Required(_l("Enter the target"))], least=1, most=1_000_000, width="xs")
    from_on = DateField(_l("First day"), [Required(_l("Enter the first day"))])
    until_on = DateField(_l("Last day"), [Required(_l("Enter the last day"))])
    notes = NoteField(_l("Remarks"), [Optional()], limit=1000, hint=_l("Both sides read them."))

    @classmethod
    def blank(cls, day: date) -> GoalForm:
        """For the quarter that begins next, whatever day it is."""
        month = (day.month - 1) // 3 * 3 + 3
        first = date(day.year + month // 12, month % 12 + 1, 1)
        after = date(first.year + (first.month + 2) // 12, (first.month + 2) % 12 + 1, 1)
        return cls(data={"from_on": first, "until_on": date.fromordinal(after.toordinal() - 1)})

    def to_details(self) -> GoalDetails:
        assert self.target.data is not None  # required, as are both days
        assert self.from_on.data is not None
        assert self.until_on.data is not None
        return GoalDetails(
            self.measure.data, self.target.data, self.from_on.data, self.until_on.data, self.notes.data or ""
        )
