"""Forms about one task: what hinders it, who does it until when, words, and tasks of one plan alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from app.core.crypto import token
from app.core.forms import (
    BaseForm,
    ChoiceField,
    DateField,
    HiddenField,
    IntegerField,
    MultiChoice,
    NoteField,
    Optional,
    RadioChoice,
    Required,
    TextField,
    TickField,
)
from app.core.i18n import _, _l, current_locale
from app.people.models import Person
from app.plans import texts
from app.plans.models import Plan, PlanContact, PlanTask
from app.plans.service.assigning import OWN_KINDS, OwnTask
from app.playbooks.outline import Kind, Outline, Side

SIDES = ((Side.CUSTOMER, _l("The customer")), (Side.VENDOR, _l("Us")))
KINDS: dict[str, Any] = {
    Kind.TICK: _l("A tick"),
    Kind.FIELDS: _l("Answers to questions"),
    Kind.CHOICE: _l("A choice"),
    Kind.LINKS: _l("Web addresses"),
    Kind.FILES: _l("Files"),
    Kind.PEOPLE: _l("Names of people"),
    Kind.SECRET: _l("Keys or passwords, kept encrypted"),
    Kind.MEETING: _l("A meeting"),
    Kind.DOCUMENT: _l("A document to accept"),
    Kind.FILES_APPROVED: _l("Files that the other side approves"),
    Kind.APPROVAL: _l("An approval"),
    Kind.CONFIRM: _l("Details to confirm"),
}
"""What a task asks for."""


class SkipForm(BaseForm):
    reason = NoteField(_l("Why is it not applicable?"), [Required(_l("Enter the reason"))], limit=1000, rows=2)


class StuckForm(BaseForm):
    why = NoteField(_l("What hinders it?"), [Required(_l("Enter what hinders it"))], limit=1000, rows=2)


class WaitForm(BaseForm):
    who = TextField(_l("Who has it now?"), [Required(_l("Enter who has it now"))], hint=_l("Such as: the registrar."))
    until = DateField(_l("Answer expected on"), [Optional()])


class AssignForm(BaseForm):
    """Who does it; nobody named: whoever holds the role, else the account manager or the main contact."""

    who_does = ChoiceField(_l("Who does it"), [Optional()], choices=(), empty=_l("Nobody by name"), width="m")

    @classmethod
    def of(cls, task: PlanTask, people: Iterable[Person | PlanContact]) -> AssignForm:
        named = task.person if task.side == Side.VENDOR else task.contact
        form = cls(data={"who_does": named.ref if named is not None else ""})
        choices: Any = form.who_does
        known = {person.ref: person.name for person in people}
        if named is not None:
            known.setdefault(named.ref, named.name)
        choices.choices = list(known.items())
        return form


class DueForm(BaseForm):
    """A day that was agreed; empty: as the playbook reckons it."""

    due_on = DateField(
        _l("Agreed deadline"), [Optional()], hint=_l("Leave it empty to go back to the deadline of the playbook.")
    )
    version = HiddenField()

    @classmethod
    def of(cls, task: PlanTask) -> DueForm:
        return cls(data={"due_on": task.due_on if task.due_fixed else None, "version": str(task.version)})


class CommentForm(BaseForm):
    body = NoteField(_l("Message"), [Required(_l("Enter your message"))], limit=5000)
    internal = TickField(_l("Internal: only staff read it"))
    urgent = TickField(_l("Urgent: mail it at once"), hint=_l("Otherwise it comes with the next daily summary."))
    key = HiddenField()

    @classmethod
    def fresh(cls) -> CommentForm:
        return cls(data={"key": token()})


class OwnTaskForm(BaseForm):
    """A task of this plan alone."""

    title = TextField(_l("What is to be done"), [Required(_l("Enter what is to be done"))])
    side = RadioChoice(_l("Who does it"), [Required(_l("Choose who does it"))], choices=SIDES)
    kind = ChoiceField(
        _l("What is asked for"),
        [Required(_l("Choose what is asked for"))],
        choices=lambda: [(kind, KINDS[kind]) for kind in Kind if kind in OWN_KINDS],
        width="m",
    )
    phase = ChoiceField(_l("Phase"), [Required(_l("Choose a phase of the plan"))], choices=(), width="m")
    hint = TextField(_l("Hint below the title"), [Optional()], limit=500)
    instruction = NoteField(_l("Instruction"), [Optional()], limit=20_000, rows=5, hint=_l("Markdown may be used."))
    workdays = IntegerField(
        _l("Usual duration in working days"), [Required(_l("Enter the duration"))], least=0, most=250, width="xs"
    )
    task_due_on = DateField(_l("Agreed deadline"), [Optional()])
    required = TickField(_l("The plan is not completed without it"))
    after = MultiChoice(_l("Comes after"), [Optional()], choices=())
    key = HiddenField()
    version = HiddenField()

    @classmethod
    def of(
        cls,
        plan: Plan,
        outline: Outline,
        tasks: Sequence[PlanTask],
        task: PlanTask | None = None,
        before: Iterable[PlanTask] = (),
    ) -> OwnTaskForm:
        """Of a new task, or of one that was added and the tasks that come before it."""
        if task is None:
            data: dict[str, Any] = {
                "side": Side.CUSTOMER,
                "kind": Kind.TICK,
                "workdays": 1,
                "required": True,
                "key": token(),
            }
        else:
            data = {
                "title": texts.title_of(task, outline),
                "side": task.side,
                "kind": task.kind,
                "phase": task.phase,
                "hint": texts.hint_of(task, outline),
                "instruction": texts.instruction_of(task, outline),
                "workdays": task.workdays,
                "task_due_on": task.due_on if task.due_fixed else None,
                "required": task.required,
                "after": [other.ref for other in before],
                "version": str(task.version),
            }
        form = cls(data=data)
        phases: Any = form.phase
        phases.choices = [(phase.code, texts.phase_title(phase.code, outline)) for phase in outline.phases]
        others: Any = form.after
        others.choices = [
            (other.ref, _("%(number)s. %(title)s", number=other.number, title=texts.title_of(other, outline)))
            for other in tasks
            if task is None or other.id != task.id
        ]
        return form

    def to_details(self) -> OwnTask:
        return OwnTask(
            title=self.title.data,
            side=Side(self.side.data),
            phase=self.phase.data,
            kind=Kind(self.kind.data),
            hint=self.hint.data,
            instruction=self.instruction.data,
            locale=current_locale(),
            workdays=self.workdays.data or 0,
            required=self.required.data,
            due_on=self.task_due_on.data,
            after=tuple(self.after.data),
        )
