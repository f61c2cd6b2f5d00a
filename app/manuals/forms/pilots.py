"""Fields of pilots: with whom one begins, until when, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from app.core.clock import today
from app.core.forms import BaseForm, ChoiceField, DateField, HiddenField, NoteField, Optional, RadioChoice, Required
from app.core.i18n import _l
from app.core.workdays import add_workdays
from app.integrations.queries.partners import able_to_look_after
from app.manuals.models import Pilot, PilotVerdict
from app.manuals.queries.pilots import Candidate
from app.manuals.service.piloting import Beginning, Decision
from app.people.models import Person
from app.settings.models import vendor

USUAL = 20
"""Working days that a pilot takes."""


class StartForm(BaseForm):
    """With which customer, who looks after its plan, and when."""

    account = RadioChoice(_l("With which customer?"), [Required(_l("Choose a customer"))], choices=[])
    manager = ChoiceField(
        _l("Who looks after the customer's plan"), [Required(_l("Choose who looks after the plan"))], choices=[]
    )
    starts_on = DateField(_l("Begins on"), [Required(_l("Enter the day on which the pilot begins"))])
    ends_on = DateField(
        _l("Verdict expected on"),
        [Required(_l("Enter the day on which the verdict is expected"))],
        hint=_l("You are reminded on this day. It can be moved."),
    )

    @classmethod
    def of(cls, found: Sequence[Candidate], by: Person, about: dict[str, Any]) -> StartForm:
        """`about`: by account what is said beside it."""
        people = able_to_look_after()
        first = by if by.id in {person.id for person in people} else None
        day = today(vendor().timezone)
        form = cls(
            data={
                "manager": first.ref if first else "",
                "starts_on": day + timedelta(days=1),
                "ends_on": add_workdays(day + timedelta(days=1), USUAL, vendor().country),
            }
        )
        form.account.choices = [(one.account.ref, one.account.company_name, about[one.account.ref]) for one in found]
        form.manager.choices = [(person.ref, person.name) for person in people]
        form.found, form.people = found, people
        return form

    found: Sequence[Candidate]
    people: Sequence[Person]

    def to_beginning(self) -> Beginning:
        account = next(one.account for one in self.found if one.account.ref == self.account.data)
        manager = next(person for person in self.people if person.ref == self.manager.data)
        assert self.starts_on.data is not None  # both are required
        assert self.ends_on.data is not None
        return Beginning(account.id, self.starts_on.data, self.ends_on.data, manager.id)


class EndForm(BaseForm):
    """The verdict is expected on another day."""

    version = HiddenField()
    ends_on = DateField(_l("Verdict expected on"), [Required(_l("Enter the day on which the verdict is expected"))])

    @classmethod
    def of(cls, pilot: Pilot) -> EndForm:
        return cls(data={"version": str(pilot.version), "ends_on": pilot.ends_on})

    @property
    def day(self) -> date:
        assert self.ends_on.data is not None  # it is required
        return self.ends_on.data


class VerdictForm(BaseForm):
    """What came of a pilot."""

    version = HiddenField()
    verdict = RadioChoice(
        _l("What came of the pilot?"),
        [Required(_l("Choose what came of the pilot"))],
        choices=[
            (PilotVerdict.SUCCEEDED, _l("Successful"), _l("The integration is taken into the public directory.")),
            (PilotVerdict.FAILED, _l("Not successful"), _l("Another pilot can start once things are put right.")),
            (
                PilotVerdict.CANCELLED,
                _l("Cancelled"),
                _l("No customer, or not now: it says nothing about the integration."),
            ),
        ],
        coerce=PilotVerdict,
    )
    on = DateField(_l("Day of the verdict"), [Required(_l("Enter the day of the verdict"))])
    why = NoteField(
        _l("Reason"),
        [Optional()],
        limit=2000,
        rows=4,
        hint=_l("Needed unless it was successful. It goes to the software partner as you write it."),
    )

    @classmethod
    def of(cls, pilot: Pilot) -> VerdictForm:
        return cls(data={"version": str(pilot.version), "on": today(vendor().timezone)})

    def to_decision(self) -> Decision:
        assert self.on.data is not None  # it is required
        return Decision(PilotVerdict(self.verdict.data), self.on.data, self.why.data)


class WithdrawForm(BaseForm):
    """Why an integration is withdrawn."""

    version = HiddenField()
    reason = NoteField(
        _l("Reason"), [Required(_l("Enter the reason"))], limit=1000, rows=3, hint=_l("For the history. Staff read it.")
    )
