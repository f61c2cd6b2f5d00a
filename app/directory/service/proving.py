"""A software partner shows where it has published its integrations itself: the task of its plan is done with that."""

from __future__ import annotations

import sqlalchemy as sa

from app.core.db import db, write
from app.core.errors import Conflict
from app.core.i18n import _l
from app.integrations.models import SoftwarePartner
from app.integrations.service import steps
from app.people.models import Person
from app.plans.models import PlanTask, TaskState

TASK = "own_publication"


class NothingToProve(Conflict):
    """There is no such task any more, or it waits for something else."""

    def __init__(self) -> None:
        super().__init__(_l("The task in your plan is done already, or cannot be done. Open your plan to see it."))


def task_of(partner: SoftwarePartner) -> PlanTask | None:
    """The task that asks for the proof; None without a plan, or where the plan has no such task."""
    if partner.plan_id is None:
        return None
    return db.session.scalar(
        sa.select(PlanTask)
        .where(PlanTask.plan_id == partner.plan_id, PlanTask.code == TASK)
        .execution_options(populate_existing=True)
    )


def prove(partner: SoftwarePartner, url: str, note: str, by: Person) -> None:
    """The task is done with this link. The same link again changes nothing.

    Raises:
        NothingToProve
    """
    with write():
        task = task_of(partner)
        if task is not None and task.state == TaskState.DONE and url in addresses(task):
            return
        if not steps.done(partner, TASK, by, {"links": [{"url": url, "note": note}]}):
            raise NothingToProve


def addresses(task: PlanTask) -> list[str]:
    """The links that were entered, here or in the plan."""
    return [str(link.get("url") or "") for link in (task.answer or {}).get("links") or []]
