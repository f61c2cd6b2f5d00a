"""The forms of a plan's trainings: an extra one, who takes part, a session that does not fit."""

from __future__ import annotations

from collections.abc import Iterable

from app.core.forms import (
    BaseForm,
    ChoiceField,
    IntegerField,
    MultiChoice,
    NoteField,
    Optional,
    Required,
    TextField,
)
from app.core.i18n import NAMES, _, _l
from app.plans.service.trainings import ExtraTraining
from app.trainings import words
from app.trainings.queries.series import Offered


class ExtraForm(BaseForm):
    """A training that is added to one plan."""

    title = TextField(
        _l("Title"), [Required(_l("Enter the title"))], hint=_l("In the customer's language: it stands on their page.")
    )
    minutes = IntegerField(
        _l("Length in minutes"), [Required(_l("Enter the length in minutes"))], least=5, most=720, default=60
    )
    module = ChoiceField(_l("Module"), [Optional()], empty=_l("None"))

    def to_details(self) -> ExtraTraining:
        return ExtraTraining(self.title.data, self.minutes.data or 60, self.module.data or "")


class ParticipantsForm(BaseForm):
    """Who of the customer's takes part."""

    people = MultiChoice(_l("Who takes part?"), [Optional()])


class AllowForm(BaseForm):
    """A session of a series that does not fit the starting date, with the reason."""

    session = ChoiceField(_l("Session"), [Required(_l("Choose the session"))], empty=_l("Choose"))
    why = NoteField(_l("Why this one?"), [Required(_l("Enter the reason"))], limit=1000)

    def offer(self, coming: Iterable[Offered], places: int) -> None:
        """Sessions to come with enough places."""
        self.session.choices = [
            (
                one.ref,
                _(
                    "%(day)s · %(language)s",
                    day=words.start_of(one.starts_at, one.timezone),
                    language=NAMES.get(one.locale, one.locale),
                ),
            )
            for one in coming
            if one.has_places(places)
        ]
