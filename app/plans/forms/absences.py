"""Noting an absence, and handing a colleague's work over for good."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from app.core.forms import BaseForm, ChoiceField, DateField, Optional, Required
from app.core.i18n import _, _l
from app.people.models import Person


def named(people: Sequence[Person]) -> list[tuple[str, str]]:
    return [(person.ref, person.name) for person in people]


class AbsenceForm(BaseForm):
    person = ChoiceField(_l("Who is away"), width="m")
    from_on = DateField(_l("First day away"), [Required(_l("Enter the first day away"))])
    until_on = DateField(_l("Last day away"), [Required(_l("Enter the last day away"))])
    deputy = ChoiceField(
        _l("Who stands in"),
        [Optional()],
        hint=_l("Sees the colleague's day beside their own and gets the reminders in these days."),
        width="m",
    )

    def __init__(self, people: Sequence[Person], deputies: Sequence[Person], **values: Any) -> None:
        super().__init__(**values)
        self.person.choices = named(people)
        self.deputy.choices = [("", _("Nobody")), *named(deputies)]

    def days(self) -> tuple[date, date]:
        """First and last day away, of a form that was checked."""
        first, last = self.from_on.data, self.until_on.data
        assert first is not None
        assert last is not None
        return first, last


class WorkForm(BaseForm):
    giver = ChoiceField(_l("Whose work"), width="m")
    taker = ChoiceField(_l("Who takes it over"), width="m")

    def __init__(self, givers: Sequence[Person], takers: Sequence[Person], **values: Any) -> None:
        super().__init__(**values)
        self.giver.choices = named(givers)
        self.taker.choices = named(takers)
