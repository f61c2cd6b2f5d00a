"""The forms of a plan's trainings: an extra one, and who takes part."""

from __future__ import annotations

from app.core.forms import (
    BaseForm,
    ChoiceField,
    IntegerField,
    MultiChoice,
    Optional,
    Required,
    TextField,
)
from app.core.i18n import _l
from app.plans.service.trainings import ExtraTraining


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
