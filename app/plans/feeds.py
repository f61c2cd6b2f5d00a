"""What plans put into calendars: their sessions for the customer's people, and deadlines for staff."""

from __future__ import annotations

from collections.abc import Iterable

from flask import url_for

from app.core.i18n import _
from app.people.models import Person
from app.plans import texts
from app.plans.queries import trainings
from app.settings.processes import has_page
from app.trainings.ical import Day
from app.trainings.queries import feeds


def _deadlines(person: Person) -> Iterable[Day]:
    """The days until which somebody's tasks are to be done."""
    for due in trainings.due_tasks(person.id):
        assert due.task.due_on is not None  # asked for
        title = texts.title_of(due.task, texts.outline_of(due.plan))
        url = ""
        if has_page("plans_desk.task"):
            url = url_for("plans_desk.task", ref=due.plan.ref, task_ref=due.task.ref, _external=True)
        yield Day(
            f"{due.task.ref}@tasks",
            due.task.due_on,
            _("Due: %(task)s, %(plan)s", task=title, plan=due.plan.name),
            url,
            due.changed_at,
        )


feeds.OF_CUSTOMER.append(trainings.sessions_for)
feeds.ALSO.append(_deadlines)
