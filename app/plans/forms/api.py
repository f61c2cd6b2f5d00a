"""What programs send about plans and tasks."""

from __future__ import annotations

from collections.abc import Iterable

from app.core.api import ChangesForm
from app.core.forms import ChoiceField, Optional, TextField
from app.core.i18n import _l
from app.people.models import Person
from app.plans.forms.tasks import AssignForm, DueForm
from app.plans.models import Health, PlanContact, PlanState, PlanTask, TaskState, Waiting
from app.playbooks.outline import Side


class PlanFilter(ChangesForm):
    state = ChoiceField(_l("In this state only"), [Optional()], choices=[(state, state) for state in PlanState])
    health = ChoiceField(_l("With this health only"), [Optional()], choices=[(health, health) for health in Health])
    waiting = ChoiceField(
        _l("Waiting for this side only"), [Optional()], choices=[(waiting, waiting) for waiting in Waiting]
    )
    manager = TextField(_l("Of the account manager with this reference only"), [Optional()], limit=20)
    account = TextField(_l("Of the account with this reference only"), [Optional()], limit=20)
    playbook = TextField(_l("On the playbook with this code only"), [Optional()], limit=60)
    q = TextField(_l("Words to look for: reference, name"), [Optional()], limit=200)


class TaskFilter(ChangesForm):
    plan = TextField(_l("Of the plan with this reference only"), [Optional()], limit=20)
    whose = ChoiceField(
        _l("`me`: those that the token's person is to do, by name or as account manager"),
        [Optional()],
        choices=[("me", "me")],
    )
    state = ChoiceField(_l("In this state only"), [Optional()], choices=[(state, state) for state in TaskState])
    side = ChoiceField(_l("Of this side only"), [Optional()], choices=[(side, side) for side in Side])


class TaskEdit(DueForm):
    """Both small forms of the task's page; `version` stands in If-Match."""

    who_does = ChoiceField(
        _l("Reference of who does it, a colleague or one of the plan's contacts; empty for nobody by name"),
        [Optional()],
        choices=tuple,
    )

    @classmethod
    def both(cls, task: PlanTask, people: Iterable[Person | PlanContact]) -> TaskEdit:
        assigned, due = AssignForm.of(task, people), DueForm.of(task)
        form = cls(data={"who_does": assigned.who_does.data, "due_on": due.due_on.data})
        form.who_does.choices = assigned.who_does.choices
        return form
