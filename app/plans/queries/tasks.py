"""Tasks across plans: of one plan, of one colleague."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from app.access import policy
from app.access.permissions import P
from app.core.db import db
from app.core.errors import NotFound
from app.people.models import Person
from app.plans.models import Plan, PlanTask
from app.playbooks.outline import Side


def visible_to(actor: Person) -> sa.Select[PlanTask]:
    """The tasks that this person may know of, with their plans and whoever is to do them."""
    query = (
        sa.select(PlanTask)
        .join(PlanTask.plan)
        .options(contains_eager(PlanTask.plan), joinedload(PlanTask.person), joinedload(PlanTask.contact))
    )
    return query if policy.allows(actor, P.PLANS_READ) else query.where(sa.false())


def is_of(person: Person) -> sa.ColumnElement[bool]:
    """Whether a task is this colleague's: theirs by name, or nobody's by name in a plan that they look after."""
    nobodys = sa.and_(PlanTask.person_id.is_(None), Plan.manager_id == person.id)
    return sa.and_(PlanTask.side == Side.VENDOR, sa.or_(PlanTask.person_id == person.id, nobodys))


def find(actor: Person, ref: str) -> PlanTask:
    """Raises NotFound: there is none, or not for this person."""
    found = db.session.scalar(visible_to(actor).where(PlanTask.ref == ref).execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found
