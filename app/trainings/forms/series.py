"""The forms of a series of weekly sessions: planning, changing, ending it."""

from __future__ import annotations

from datetime import date
from typing import Any, Self
from zoneinfo import available_timezones

from wtforms import ValidationError

from app.core.clock import today
from app.core.forms import (
    BaseForm,
    ChoiceField,
    CountryField,
    DateField,
    HiddenField,
    IntegerField,
    NoteField,
    Optional,
    Required,
    TextField,
    TimesField,
    UrlField,
)
from app.core.i18n import LOCALES, NAMES, _, _l
from app.people.models import Person
from app.settings.models import vendor
from app.trainings import words
from app.trainings.forms.teaching import TeachingForm
from app.trainings.models import TrainingSeries
from app.trainings.service.series import SeriesDetails
from app.trainings.slots import Slot


class SeriesForm(TeachingForm):
    """A series, new or changed. The name of each weekday is put on its field by `offer`."""

    locale = ChoiceField(
        _l("Language"),
        [Required(_l("Choose the language"))],
        choices=[(code, NAMES[code]) for code in LOCALES],
        width="s",
        hint=_l("In which it is held. Each customer is offered sessions in their own language first."),
    )
    times_0 = TimesField("", [Optional()], limit=100, width="s")
    times_1 = TimesField("", [Optional()], limit=100, width="s")
    times_2 = TimesField("", [Optional()], limit=100, width="s")
    times_3 = TimesField("", [Optional()], limit=100, width="s")
    times_4 = TimesField("", [Optional()], limit=100, width="s")
    times_5 = TimesField("", [Optional()], limit=100, width="s")
    times_6 = TimesField("", [Optional()], limit=100, width="s")
    timezone = TextField(
        _l("Time zone"),
        [Required(_l("Enter the time zone"))],
        limit=60,
        width="s",
        hint=_l("For example Europe/Warsaw"),
    )
    country = CountryField(hint=_l("On its public holidays no session is held."), autocomplete="off")
    minutes = IntegerField(
        _l("Length in minutes"), [Required(_l("Enter the length in minutes"))], least=5, most=720, width="xs"
    )
    capacity = IntegerField(
        _l("Places"), [Required(_l("Enter the number of places"))], least=1, most=10_000, width="xs"
    )
    trainer = ChoiceField(_l("Trainer"), [Optional()], empty=_l("Nobody yet"))
    place = TextField(_l("Place"), [Optional()], limit=300, hint=_l("Leave it empty if everybody joins from afar."))
    link = UrlField(_l("Link to join"), [Optional()])
    from_on = DateField(_l("First day"), [Required(_l("Enter the first day"))])
    reason = NoteField(
        _l("Why it changes"),
        [Optional()],
        limit=1000,
        hint=_l("Participants read it, if something changes that concerns them."),
    )

    known_from: date | None = None
    """The first day of a series that is changed: it stays."""

    @classmethod
    def blank(cls, **values: Any) -> SeriesForm:
        form = cls(data={"timezone": vendor().timezone, "from_on": today(vendor().timezone), **values})
        for name in ("version", "reason"):
            del form[name]
        return form.offer()

    @classmethod
    def of(cls, series: TrainingSeries) -> SeriesForm:
        same = ("title", "about", "locale", "timezone", "country", "minutes", "capacity", "place", "link")
        values: dict[str, Any] = {name: getattr(series, name) for name in same}
        values |= {"trainer": series.trainer.ref if series.trainer else "", "version": str(series.version)}
        for weekday in range(7):
            values[f"times_{weekday}"] = ", ".join(clock for day, clock in series.slots if day == weekday)
        form = cls(data=values)
        form.known_from = series.from_on
        for name in ("key", "from_on"):
            del form[name]
        return form.offer(series.trainer)

    def offer(self, trainer: Person | None = None) -> Self:
        for weekday, field in enumerate(self.days):
            field.label.text = words.weekday_name(weekday)
        return super().offer(trainer)

    @property
    def days(self) -> list[Any]:
        """The fields of the week, beginning with Monday."""
        return [self[f"times_{weekday}"] for weekday in range(7)]

    def validate_timezone(self, field: Any) -> None:
        if field.data not in available_timezones():
            raise ValidationError(_("Enter a time zone such as Europe/Warsaw or Europe/Helsinki"))

    def to_details(self) -> SeriesDetails:
        assert self.minutes.data is not None  # required
        assert self.capacity.data is not None  # required
        from_on = self.known_from or self.from_on.data
        assert from_on is not None  # required
        slots: tuple[Slot, ...] = tuple((day, clock) for day, field in enumerate(self.days) for clock in field.clocks)
        return SeriesDetails(
            title=self.title.data,
            about=self.about.data or "",
            locale=self.locale.data,
            slots=slots,
            timezone=self.timezone.data,
            country=self.country.data,
            minutes=self.minutes.data,
            capacity=self.capacity.data,
            place=self.place.data or "",
            link=self.link.data or "",
            trainer_id=self.trainer_id,
            from_on=from_on,
        )


class EndForm(BaseForm):
    """The last day of a series."""

    version = HiddenField()
    until_on = DateField(
        _l("Last day"), [Required(_l("Enter the last day"))], hint=_l("Sessions after this day are cancelled.")
    )
    reason = NoteField(
        _l("Why does it end?"),
        [Optional()],
        limit=1000,
        hint=_l("Participants of sessions that are cancelled read it in the mail that tells them."),
    )
