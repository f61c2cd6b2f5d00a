"""One plan as staff see it: its tasks, people, words and history, each asked in a constant number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased, defer, joinedload, selectinload

from app.access import policy
from app.access.links import AccessLink, Purpose
from app.access.permissions import P
from app.access.roles import StaffRole
from app.core.clock import now
from app.core.db import db
from app.core.errors import NotFound
from app.core.paging import Page, page_of
from app.customers.models import Account
from app.history.models import HistoryEntry
from app.people.models import Organisation, Person
from app.people.queries import staff as everybody
from app.plans.models import (
    UNFINISHED,
    Plan,
    PlanContact,
    PlanState,
    PlanTask,
    PlanTraining,
    TaskBlocker,
    TaskComment,
    TaskHandover,
    TaskState,
)
from app.plans.queries.portfolio import visible_to
from app.playbooks import uses
from app.playbooks.models import Playbook, PlaybookVersion
from app.playbooks.outline import ContactRole, Side

GROUPS = ("vendor", "customer", "held", "later", "done", "not_applicable", "gone")
"""In the order of the page: with us, with the customer, held up, not to be started yet, and what is settled."""


def find(actor: Person, ref: str) -> Plan:
    """The plan with its account manager, whom it is for, and the version that it follows, without what that says.

    Raises:
        NotFound: there is none, or not for this person.
    """
    found = db.session.scalar(
        visible_to(actor)
        .where(Plan.ref == ref)
        .options(
            joinedload(Plan.manager),
            joinedload(Plan.account),
            joinedload(Plan.organisation),
            joinedload(Plan.playbook_version).options(
                defer(PlaybookVersion.content), joinedload(PlaybookVersion.playbook)
            ),
        )
    )
    if found is None:
        raise NotFound
    return found


def newest_version(plan: Plan) -> PlaybookVersion | None:
    """The newest published version of the plan's playbook, if it is newer than the one that the plan follows."""
    newest = (
        sa.select(PlaybookVersion)
        .where(
            PlaybookVersion.playbook_id == plan.playbook_version.playbook_id,
            PlaybookVersion.published_at.is_not(None),
            PlaybookVersion.number > plan.playbook_version.number,
        )
        .order_by(PlaybookVersion.number.desc())
        .limit(1)
        .options(defer(PlaybookVersion.content), joinedload(PlaybookVersion.playbook))
    )
    return db.session.scalar(newest)


# --- tasks ------------------------------------------------------------------------------------------------------------


def tasks_of(plan: Plan) -> list[PlanTask]:
    """All tasks in the order of the page, with whoever is to do them."""
    return list(
        db.session.scalars(
            sa.select(PlanTask)
            .where(PlanTask.plan_id == plan.id)
            .order_by(PlanTask.position, PlanTask.number)
            .options(joinedload(PlanTask.person), joinedload(PlanTask.contact))
        )
    )


def task(plan: Plan, ref: str) -> PlanTask:
    """One task of the plan. Raises NotFound."""
    found = db.session.scalar(
        sa.select(PlanTask)
        .where(PlanTask.plan_id == plan.id, PlanTask.ref == ref)
        .options(joinedload(PlanTask.person), joinedload(PlanTask.contact))
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found


def group_of(task: PlanTask) -> str:
    """With whom it is, or why with nobody: one of `GROUPS`."""
    match task.state:
        case TaskState.OPEN:
            if task.stuck_at is not None or task.waits_for:
                return "held"
            return task.side if task.ready else "later"
        case TaskState.HANDED_IN:
            return Side.VENDOR if task.side == Side.CUSTOMER else Side.CUSTOMER
    return task.state


def firsts_of(plan: Plan, tasks: Iterable[PlanTask]) -> dict[int, list[PlanTask]]:
    """By a task's id the tasks that come first and are still to be done."""
    known = {task.id: task for task in tasks}
    found: dict[int, list[PlanTask]] = {}
    ties = sa.select(TaskBlocker.task_id, TaskBlocker.blocker_id).where(TaskBlocker.plan_id == plan.id)
    for row in db.session.execute(ties.order_by(TaskBlocker.task_id, TaskBlocker.blocker_id)):
        blocker = known.get(row.blocker_id)
        if blocker is not None and blocker.state in UNFINISHED:
            found.setdefault(row.task_id, []).append(blocker)
    return found


def around(task: PlanTask) -> tuple[list[PlanTask], list[PlanTask]]:
    """The tasks before it and those that wait for it, in one query."""
    before, behind = aliased(TaskBlocker), aliased(TaskBlocker)
    rows = db.session.execute(
        sa.select(PlanTask, before.task_id.is_not(None))
        .outerjoin(before, sa.and_(before.blocker_id == PlanTask.id, before.task_id == task.id))
        .outerjoin(behind, sa.and_(behind.task_id == PlanTask.id, behind.blocker_id == task.id))
        .where(PlanTask.plan_id == task.plan_id, sa.or_(before.task_id.is_not(None), behind.task_id.is_not(None)))
        .order_by(PlanTask.position)
    ).all()
    shown = [row for row in rows if row[0].state != TaskState.GONE]
    return [row[0] for row in shown if row[1]], [row[0] for row in shown if not row[1]]


def comments_of(task: PlanTask) -> list[TaskComment]:
    """Newest last, internal ones too."""
    query = sa.select(TaskComment).where(TaskComment.task_id == task.id).order_by(TaskComment.id.desc()).limit(200)
    return list(db.session.scalars(query))[::-1]


def latest_comments(plan: Plan, limit: int = 5) -> list[TaskComment]:
    """The latest words about any task of the plan, with their tasks."""
    return list(
        db.session.scalars(
            sa.select(TaskComment)
            .join(TaskComment.task)
            .where(PlanTask.plan_id == plan.id)
            .order_by(TaskComment.id.desc())
            .limit(limit)
            .options(joinedload(TaskComment.task))
        )
    )


def handovers_of(task: PlanTask) -> list[TaskHandover]:
    """Links to this task alone that are open."""
    return list(
        db.session.scalars(
            sa.select(TaskHandover)
            .where(TaskHandover.task_id == task.id, TaskHandover.ended_at.is_(None))
            .order_by(TaskHandover.id)
            .options(joinedload(TaskHandover.contact))
        )
    )


def trainings_of(plan: Plan) -> list[PlanTraining]:
    """Those that the plan has now."""
    query = sa.select(PlanTraining).where(PlanTraining.plan_id == plan.id, PlanTraining.gone.is_(False))
    return list(db.session.scalars(query.order_by(PlanTraining.position, PlanTraining.id)))


# --- people -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OnPlan:
    """Somebody on the customer's side, and how it stands with their personal link."""

    contact: PlanContact
    sent_at: datetime | None
    """When the link was sent that still opens."""
    ever: bool
    """Whether they ever had one."""

    @property
    def link(self) -> str:
        """none, sent, used or closed; "" for those who do not enter."""
        if not self.contact.enters:
            return ""
        if self.sent_at is None:
            return "closed" if self.ever else "none"
        return "used" if self.contact.entered_at is not None else "sent"


def people_of(plan: Plan) -> list[OnPlan]:
    """Who takes part, the main contact first, in one query."""
    opens = sa.and_(
        AccessLink.revoked_at.is_(None),
        AccessLink.used_at.is_(None),
        sa.or_(AccessLink.expires_at.is_(None), AccessLink.expires_at > now()),
    )
    links = (
        sa.select(
            AccessLink.subject_id,
            sa.func.max(sa.case((opens, AccessLink.created_at))).label("sent_at"),
            sa.func.count().label("ever"),
        )
        .where(
            AccessLink.purpose == Purpose.PLAN,
            AccessLink.subject_id.in_(sa.select(PlanContact.id).where(PlanContact.plan_id == plan.id)),
        )
        .group_by(AccessLink.subject_id)
        .subquery()
    )
    rows = db.session.execute(
        sa.select(PlanContact, links.c.sent_at, links.c.ever)
        .outerjoin(links, links.c.subject_id == PlanContact.id)
        .where(PlanContact.plan_id == plan.id, PlanContact.ended_at.is_(None))
        .order_by(sa.case((PlanContact.role == ContactRole.MAIN, 0), else_=1), PlanContact.id)
    )
    return [OnPlan(contact, sent_at, bool(ever)) for contact, sent_at, ever in rows]


def contact(plan: Plan, ref: str) -> PlanContact:
    """Somebody who takes part. Raises NotFound."""
    found = db.session.scalar(
        sa.select(PlanContact).where(
            PlanContact.plan_id == plan.id, PlanContact.ref == ref, PlanContact.ended_at.is_(None)
        )
    )
    if found is None:
        raise NotFound
    return found


# --- history ----------------------------------------------------------------------------------------------------------


def history_of(plan: Plan, cursor: str | None) -> Page[HistoryEntry]:
    """What was done to the plan, its tasks and its people, newest first."""
    tasks = sa.select(PlanTask.id).where(PlanTask.plan_id == plan.id)
    people = sa.select(PlanContact.id).where(PlanContact.plan_id == plan.id)
    query = (
        sa.select(HistoryEntry)
        .where(
            sa.or_(
                sa.and_(HistoryEntry.record_type == "plan", HistoryEntry.record_id == plan.id),
                sa.and_(HistoryEntry.record_type == "plan_task", HistoryEntry.record_id.in_(tasks)),
                sa.and_(HistoryEntry.record_type == "plan_contact", HistoryEntry.record_id.in_(people)),
            )
        )
        .options(selectinload(HistoryEntry.values))
    )
    entries: Page[HistoryEntry] = page_of(query, HistoryEntry.at, HistoryEntry.id, descending=True, cursor=cursor)
    return entries


def titles_of(plan: Plan, ids: Iterable[int]) -> dict[int, PlanTask]:
    """The tasks of these ids, to name them in the history."""
    query = sa.select(PlanTask).where(PlanTask.plan_id == plan.id, PlanTask.id.in_(set(ids)))
    return {task.id: task for task in db.session.scalars(query)}


def contact_names(plan: Plan) -> dict[int, str]:
    """Of everybody who takes part or took part."""
    query = sa.select(PlanContact.id, PlanContact.name).where(PlanContact.plan_id == plan.id)
    return {row.id: row.name for row in db.session.execute(query)}


def colleagues() -> list[Person]:
    """Whoever works on plans, account managers first."""
    able = [person for person in everybody() if policy.allows(person, P.PLANS_WORK)]
    return sorted(able, key=lambda person: StaffRole.ACCOUNT_MANAGER not in person.staff_roles)


# --- plans of somebody ------------------------------------------------------------------------------------------------


def of_party(party: Account | Organisation) -> list[Plan]:
    """Plans of an account or organisation, running ones first."""
    whose = Plan.account_id == party.id if isinstance(party, Account) else Plan.organisation_id == party.id
    light = joinedload(Plan.playbook_version).options(
        defer(PlaybookVersion.content), joinedload(PlaybookVersion.playbook)
    )
    query = sa.select(Plan).where(whose).options(light)
    return list(db.session.scalars(query.order_by(Plan.state == PlanState.ARCHIVED, Plan.id.desc()).limit(50)))


def organisation(ref: str) -> Organisation:
    """Raises NotFound."""
    found = db.session.scalar(sa.select(Organisation).where(Organisation.ref == ref))
    if found is None:
        raise NotFound
    return found


# --- plans on a playbook ----------------------------------------------------------------------------------------------


@uses.counted_by
def running_on(version_ids: Iterable[int]) -> Mapping[int, int]:
    """How many plans that are not archived follow each of these versions."""
    rows = db.session.execute(
        sa.select(Plan.playbook_version_id, sa.func.count())
        .where(Plan.playbook_version_id.in_(set(version_ids)), Plan.archived_at.is_(None))
        .group_by(Plan.playbook_version_id)
    )
    return {row[0]: row[1] for row in rows}


def on_older(version: PlaybookVersion, cursor: str | None) -> Page[Plan]:
    """Plans that follow an older version of its playbook and are not archived, by expected finish."""
    older = sa.select(PlaybookVersion.id).where(
        PlaybookVersion.playbook_id == version.playbook_id, PlaybookVersion.number < version.number
    )
    query = (
        sa.select(Plan)
        .where(Plan.playbook_version_id.in_(older), Plan.archived_at.is_(None))
        .options(joinedload(Plan.manager), joinedload(Plan.playbook_version).defer(PlaybookVersion.content))
    )
    listing: Page[Plan] = page_of(query, Plan.forecast_on, Plan.id, descending=False, cursor=cursor)
    return listing


def published(playbook_ref: str, number: int) -> PlaybookVersion:
    """A published version, without what it says. Raises NotFound."""
    found = db.session.scalar(
        sa.select(PlaybookVersion)
        .join(PlaybookVersion.playbook)
        .where(Playbook.ref == playbook_ref, PlaybookVersion.number == number)
        .where(PlaybookVersion.published_at.is_not(None))
        .options(defer(PlaybookVersion.content), joinedload(PlaybookVersion.playbook))
    )
    if found is None:
        raise NotFound
    return found
