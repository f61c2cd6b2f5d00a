"""The forms of reviews: planned, moved, a time agreed, cancelled, held."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import FormField

from app.cooperation import words
from app.cooperation.models import Review
from app.cooperation.service.reviews import Agreed, Meeting, Minutes
from app.core.clock import today
from app.core.forms import (
    BaseForm,
    ChoiceField,
    DateField,
    HiddenField,
    IntegerField,
    MomentForm,
    MultiChoice,
    NoteField,
    Optional,
    Part,
    RadioChoice,
    Repeat,
    Required,
    TextField,
    TickField,
    TimeField,
    UrlField,
)
from app.core.i18n import _l
from app.people.models import Person
from app.playbooks.outline import Side
from app.settings.models import vendor
from app.trainings.models import Attendance, Participant, TrainingSession

ACTIONS = 20
"""Actions that one review agrees on at most."""


def _months() -> IntegerField:
    return IntegerField(
        _l("Next review after, in months"),
        [Required(_l("Enter after how many months"))],
        least=1,
        most=24,
        width="xs",
        hint=_l("The next one is planned by itself, on a working day."),
    )


class PlanForm(BaseForm):
    """The first review, or the next one after a cancelled one."""

    planned_on = DateField(_l("Day of the review"), [Required(_l("Enter the day"))])
    months = _months()

    def to_details(self) -> tuple[date, int]:
        assert self.planned_on.data is not None  # required, as is the number
        assert self.months.data is not None
        return self.planned_on.data, self.months.data


class MoveForm(BaseForm):
    """Another day, as long as no time is agreed."""

    version = HiddenField()
    planned_on = DateField(_l("Day of the review"), [Required(_l("Enter the day"))])
    reason = NoteField(
        _l("Why is it moved?"),
        [Required(_l("Enter the reason"))],
        limit=1000,
        rows=2,
        hint=_l("The software partner reads it."),
    )

    def to_details(self) -> tuple[date, str]:
        assert self.planned_on.data is not None  # required
        return self.planned_on.data, self.reason.data


class MeetingForm(MomentForm):
    """A time, a place, and who comes."""

    version = HiddenField()
    on = DateField(_l("Date"), [Required(_l("Enter the date"))])
    at = TimeField(_l("Begins at"), [Required(_l("Enter the time"))], limit=10, width="xs")
    minutes = IntegerField(
        _l("Length in minutes"), [Required(_l("Enter the length in minutes"))], least=5, most=720, width="xs"
    )
    colleague = ChoiceField(_l("Who of us holds it?"), [Required(_l("Choose who holds it"))], empty=_l("Choose"))
    people = MultiChoice(
        _l("Who comes from the software partner?"), [Required(_l("Choose who comes from the software partner"))]
    )
    place = TextField(_l("Place"), [Optional()], limit=300, hint=_l("Leave it empty if everybody joins from afar."))
    link = UrlField(_l("Link to join"), [Optional()])
    reason = NoteField(
        _l("Why does it change?"),
        [Optional()],
        limit=1000,
        rows=2,
        hint=_l("Needed when the time changes. Everybody who is invited reads it."),
    )

    _colleagues: dict[str, Person]
    _people: dict[str, Person]

    @classmethod
    def of(
        cls,
        review: Review,
        known: TrainingSession | None,
        invited: Sequence[Participant],
        colleagues: Sequence[Person],
        people: Sequence[Person],
    ) -> MeetingForm:
        values: dict[str, Any] = {"version": str(review.version)}
        if known is None:
            values |= {"on": review.planned_on, "at": "10:00", "minutes": 60, "people": [one.ref for one in people]}
            values["colleague"] = colleagues[0].ref if colleagues else ""
        else:
            start = known.starts_at.astimezone(ZoneInfo(known.timezone))
            addresses = {one.email for one in invited}
            values |= {"on": start.date(), "at": f"{start:%H:%M}", "minutes": known.minutes}
            values |= {"place": known.place, "link": known.link}
            values["people"] = [one.ref for one in people if one.email.lower() in addresses]
            values["colleague"] = known.trainer.ref if known.trainer else ""
        form = cls(data=values)
        form.timezone = known.timezone if known else vendor().timezone
        form._colleagues = {one.ref: one for one in colleagues}
        if known is not None and known.trainer is not None:
            form._colleagues.setdefault(known.trainer.ref, known.trainer)
        else:
            del form["reason"]
        form._people = {one.ref: one for one in people}
        form.colleague.choices = [(ref, one.name) for ref, one in form._colleagues.items()]
        form.people.choices = [(ref, one.name, one.email) for ref, one in form._people.items()]
        return form

    def to_details(self) -> Meeting:
        assert self.minutes.data is not None  # required
        return Meeting(
            starts_at=self.moment,
            minutes=self.minutes.data,
            timezone=self.timezone,
            place=self.place.data or "",
            link=self.link.data or "",
            colleague=self._colleagues[self.colleague.data],
            people=[self._people[ref] for ref in self.people.data],
        )

    @property
    def why(self) -> str:
        return (self.reason.data or "") if "reason" in self else ""


class CancelForm(BaseForm):
    """Why a review does not take place, and whether the next one is planned."""

    version = HiddenField()
    reason = NoteField(
        _l("Why is it cancelled?"),
        [Required(_l("Enter the reason"))],
        limit=1000,
        hint=_l("The software partner reads it."),
    )
    next_too = TickField(_l("Plan the next review"))


class ActionPart(Part):
    """One action that was agreed."""

    title = TextField(_l("What is done?"), [Required(_l("Enter what is done"))])
    side = ChoiceField(
        _l("Who does it?"),
        [Required(_l("Choose who does it"))],
        choices=words.sides,
        coerce=Side,
        empty=_l("Choose"),
    )
    due_on = DateField(_l("Until when?"), [Required(_l("Enter the day"))])


class MinutesForm(BaseForm):
    """What was said and agreed."""

    version = HiddenField()
    held_on = DateField(_l("On which day was it held?"), [Required(_l("Enter the day"))])
    there = MultiChoice(_l("Who was there?"), [Optional()])
    experience = NoteField(
        _l("Experiences"), [Required(_l("Write how the cooperation is experienced"))], limit=10_000, rows=4
    )
    quality = NoteField(
        _l("Quality of the service"), [Required(_l("Write what was said about the quality"))], limit=10_000, rows=4
    )
    quality_mark = RadioChoice(
        _l("Mark for the quality, as both agree"),
        [Required(_l("Choose a mark"))],
        choices=[(str(mark), label) for mark, label in words.MARKS.items()],
    )
    results = NoteField(
        _l("Goals and results"),
        [Optional()],
        limit=10_000,
        rows=5,
        hint=_l("Filled in from what was counted. Add what was said about it."),
    )
    actions = Repeat(FormField(ActionPart), _l("Agreed actions"), min_entries=1, max_entries=ACTIONS)
    months = _months()

    @classmethod
    def blank(cls, review: Review, results: str, participants: Sequence[Participant]) -> MinutesForm:
        day = min(review.planned_on, today(vendor().timezone))
        here = [str(one.id) for one in participants if one.attendance != Attendance.MISSED]
        data = {"version": str(review.version), "held_on": day, "months": review.months, "results": results}
        form = cls(data={**data, "there": here})
        if participants:
            form.there.choices = [(str(one.id), one.name, one.email) for one in participants]
        else:
            del form["there"]
        return form

    @classmethod
    def of(cls, review: Review) -> MinutesForm:
        """To correct the words of one that was held."""
        values = {name: getattr(review, name) for name in ("held_on", "experience", "quality", "results", "months")}
        values |= {"version": str(review.version), "quality_mark": str(review.quality_mark or "")}
        form = cls(data=values)
        for name in ("there", "actions", "held_on", "months"):
            del form[name]
        return form

    def to_details(self, held: Review | None = None) -> Minutes:
        """`held` is the review whose words are corrected: its day and its actions stay."""
        if held is not None:
            assert held.held_on is not None
            day, months, actions, there = held.held_on, held.months, [], []
        else:
            assert self.held_on.data is not None  # required, as is the number
            assert self.months.data is not None
            day, months = self.held_on.data, self.months.data
            actions = [
                Agreed(part.form.title.data, part.form.side.data, part.form.due_on.data) for part in self.actions.filled
            ]
            there = [int(one) for one in self.there.data] if "there" in self else []
        return Minutes(
            held_on=day,
            experience=self.experience.data,
            quality=self.quality.data,
            quality_mark=int(self.quality_mark.data),
            results=self.results.data or "",
            months=months,
            actions=actions,
            there=there,
        )
