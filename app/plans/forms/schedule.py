"""Forms about a plan's days: what is agreed, kick-off and going live, pauses."""

from __future__ import annotations

from datetime import date

from app.core.forms import BaseForm, DateField, HiddenField, NoteField, Optional, Required
from app.core.i18n import _l
from app.plans.models import Plan
from app.plans.service.scheduling import AgreedDays
from app.playbooks.outline import Anchor, Outline


class DaysForm(BaseForm):
    """The days that are agreed. `of` leaves out what a plan does not know."""

    contract_on = DateField(_l("Contract accepted on"), [Optional()])
    kickoff_on = DateField(_l("Agreed day of the kick-off"), [Optional()])
    golive_on = DateField(
        _l("Agreed day of going live"), [Optional()], hint=_l("Deadlines that count from these days move with them.")
    )
    starting_why = NoteField(
        _l("Reason for a later starting date"),
        [Optional()],
        limit=1000,
        hint=_l("Only when it is later than the playbook allows."),
    )
    version = HiddenField()
    mark = HiddenField()
    """Of what was shown before it is saved."""

    @classmethod
    def of(cls, plan: Plan, outline: Outline, *, leads: bool) -> DaysForm:
        """`leads`: whether a starting date later than the playbook allows may be agreed, with a reason."""
        form = cls(
            data={
                "contract_on": plan.contract_on,
                "kickoff_on": plan.kickoff_on,
                "golive_on": plan.golive_on,
                "starting_why": plan.starting_why,
                "version": str(plan.version),
            }
        )
        meets = plan.kickoff_on is not None or any(task.anchor == Anchor.KICKOFF for task in outline.tasks)
        if plan.kickoff_held or (outline.starting is not None and not meets):
            del form.kickoff_on
        if outline.starting is None or not leads:
            del form.starting_why
        return form

    def to_details(self) -> AgreedDays:
        kickoff, why = self._fields.get("kickoff_on"), self._fields.get("starting_why")
        return AgreedDays(
            self.contract_on.data,
            kickoff.data if kickoff else None,
            self.golive_on.data,
            why.data if why else "",
        )


class DayForm(BaseForm):
    """One day, which must be said."""

    on: DateField

    @property
    def day(self) -> date:
        """Of a form that was filled in rightly."""
        assert self.on.data is not None
        return self.on.data


class KickoffForm(DayForm):
    """The kick-off was held, and what it settled."""

    on = DateField(_l("Held on"), [Required(_l("Enter the day"))])
    schedule = NoteField(_l("Schedule"), [Optional()], hint=_l("Day of going live, trainings, holidays."))
    division_of_work = NoteField(_l("Division of work"), [Optional()], hint=_l("Who does what on either side."))
    communication = NoteField(
        _l("Communication"), [Optional()], hint=_l("Through which channel, how often, and whom to call when urgent.")
    )
    details_needed = NoteField(_l("Details needed for opening the system"), [Optional()])


class LiveForm(DayForm):
    on = DateField(_l("Gone live on"), [Required(_l("Enter the day"))])


class PauseForm(BaseForm):
    from_on = DateField(_l("First day of the pause"), [Required(_l("Enter the first day of the pause"))])
    until_on = DateField(
        _l("Day on which the clock runs again"), [Optional()], hint=_l("Leave it empty while nobody knows.")
    )
    reason = NoteField(
        _l("Reason"), [Required(_l("Enter the reason"))], limit=1000, hint=_l("The customer reads it too.")
    )

    @property
    def day(self) -> date:
        assert self.from_on.data is not None
        return self.from_on.data


class ResumeForm(DayForm):
    on = DateField(_l("Day on which the clock runs again"), [Required(_l("Enter the day"))])
