"""The form in which a lead's answer about the total service is noted."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.clock import today
from app.core.forms import BaseForm, ChoiceField, DateField, HiddenField, NoteField, Optional, RadioChoice, Required
from app.core.i18n import _l
from app.followups import words
from app.followups.models import Answer, Interest, Level, Reason
from app.followups.service.interest import InterestDetails
from app.people.models import Person
from app.settings.models import vendor


class InterestForm(BaseForm):
    """Level, answer, reason of a no, who raised it and when. Stands on the lead's page beside other forms, so its
    fields have names of their own."""

    version = HiddenField()
    level = RadioChoice(
        _l("What is offered to the company"),
        [Required(_l("Choose what is offered to the company"))],
        choices=list(words.LEVELS.items()),
        coerce=Level,
    )
    answer = RadioChoice(
        _l("Is the company interested in the total service?"),
        [Required(_l("Choose what the company answered"))],
        choices=list(words.ANSWERS.items()),
        coerce=Answer,
    )
    no_reason = ChoiceField(
        _l("Why not"),
        [Optional()],
        choices=list(words.REASONS.items()),
        coerce=Reason,
        empty=_l("Choose"),
        hint=_l("Needed when the answer is no."),
        width="m",
    )
    why = NoteField(
        _l("The reason in words"),
        [Optional()],
        limit=1000,
        rows=2,
        hint=_l("Needed for another reason. Only staff read it."),
    )
    raised_by = ChoiceField(_l("Who raised it"), [Required(_l("Choose who raised it"))], width="m")
    raised_on = DateField(_l("On which day"), [Required(_l("Enter the day on which it was raised"))])

    @classmethod
    def of(cls, found: Interest | None, by: Person, askers: Sequence[Person], *, sent: bool = False) -> InterestForm:
        """Filled from what was noted; at first with the person who looks, and today. With `sent` it reads the
        request."""
        if found is None:
            values = {"version": "0", "raised_by": by.ref, "raised_on": today(vendor().timezone)}
        else:
            values = {
                "version": str(found.version),
                "level": found.level,
                "answer": found.answer,
                "no_reason": found.reason or "",
                "why": found.why,
                "raised_by": found.raised_by.ref if found.raised_by else "",
                "raised_on": found.raised_on,
            }
        form = cls(data=values) if sent else cls(formdata=None, data=values)
        people = {person.ref: person.name for person in askers}
        if found is not None and found.raised_by is not None:
            people.setdefault(found.raised_by.ref, found.raised_by.name)
        form.raised_by.choices = list(people.items())
        return form

    def to_details(self) -> InterestDetails:
        assert self.raised_on.data is not None  # required
        return InterestDetails(
            self.level.data,
            self.answer.data,
            self.no_reason.data or None,
            self.why.data or "",
            self.raised_by.data,
            self.raised_on.data,
        )
