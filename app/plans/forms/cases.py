"""Assigning, returning and completing cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.core.forms import BaseForm, ChoiceField, HiddenField, NoteField, Required
from app.core.i18n import _, _l
from app.people.models import Person


class WorkerForm(BaseForm):
    """To whom; of one case, its version goes with it."""

    worker = ChoiceField(_l("Who works on it"), [Required(_l("Choose who works on it"))], choices=(), width="m")
    version = HiddenField()

    @classmethod
    def of(cls, team: Sequence[Person], about: Mapping[int, str], **values: Any) -> WorkerForm:
        """`about` says of each what they have already, such as an absence."""
        form = cls(**values)
        chosen: Any = form.worker
        chosen.choices = [("", _("Choose")), *((person.ref, _named(person, about)) for person in team)]
        return form


def _named(person: Person, about: Mapping[int, str]) -> str:
    more = about.get(person.id)
    return f"{person.name} ({more})" if more else person.name


class ReturnForm(BaseForm):
    why = NoteField(
        _l("What has to change"),
        [Required(_l("Enter what has to change"))],
        limit=2_000,
        hint=_l("Its worker gets this by mail."),
    )
    version = HiddenField()


class CompleteForm(BaseForm):
    version = HiddenField()


class OverrideForm(BaseForm):
    override = NoteField(
        _l("Why it is completed all the same"),
        [Required(_l("Enter why it is completed all the same"))],
        limit=1_000,
        hint=_l("Your name and this reason stand in the history of the plan."),
    )
    version = HiddenField()
