"""What the forms of a session and of a series have alike: what it is about, and who gives it."""

from __future__ import annotations

from typing import Self

from app.core.forms import BaseForm, ChoiceField, HiddenField, NoteField, Optional, Required, TextField
from app.core.i18n import _l
from app.people.models import Person
from app.trainings.queries import sessions


class TeachingForm(BaseForm):
    """Its fields come before those of the form itself, which has a field for the trainer."""

    key = HiddenField()
    version = HiddenField()
    title = TextField(_l("Title"), [Required(_l("Enter the title"))], hint=_l("As participants read it."))
    about = NoteField(
        _l("What it is about"), [Optional()], limit=2000, hint=_l("Stands in the invitation and in calendars.")
    )
    trainer: ChoiceField

    def offer(self, trainer: Person | None = None) -> Self:
        """Sets the choices; whoever is the trainer stays one, also somebody who works elsewhere by now."""
        self._trainers: list[Person] = sessions.able_to_train()
        if trainer is not None and trainer not in self._trainers:
            self._trainers.append(trainer)
        self.trainer.choices = [(person.ref, person.name) for person in self._trainers]
        return self

    @property
    def trainer_id(self) -> int | None:
        """Of whom was chosen."""
        return next((person.id for person in self._trainers if person.ref == self.trainer.data), None)
