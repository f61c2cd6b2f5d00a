"""Plans and their tasks for programs: read, and tasks completed, given to somebody, given a day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response
from marshmallow import fields

from app.access.guard import actor, requires, scope
from app.access.permissions import P
from app.access.scopes import Scope
from app.core.api import Door, Moment, Shape, asked, changes_page, edited, listing, seen, shown
from app.core.db import db
from app.core.errors import FieldError, NotFound
from app.customers import queries as accounts
from app.customers.models import Account
from app.outbox.webhooks.events import ENDPOINTS
from app.people.shapes import SomebodyShape
from app.plans import texts
from app.plans.forms.api import PlanFilter, TaskEdit, TaskFilter
from app.plans.models import Health, Plan, PlanState, PlanTask, TaskState, Waiting
from app.plans.party import Party, staff
from app.plans.queries import at_desk, portfolio
from app.plans.queries import tasks as queries
from app.plans.queries.portfolio import Filter
from app.plans.service import assigning, working
from app.playbooks.outline import Kind, Side

blueprint = Door("plans", __name__, "Implementation plans and the tasks that both sides owe.")
ENDPOINTS["plan"] = "plans_api.plan"
ENDPOINTS["task"] = "plans_api.task"

_VERSION = {"description": "Raised by every change"}


class PlanShape(Shape):
    ref = fields.String(metadata={"example": "P-3K7Q9M2X"})
    name = fields.String(metadata={"description": "Whom it is for"})
    state = fields.String(metadata={"enum": [state.value for state in PlanState]})
    account = fields.Function(
        lambda plan: plan.account.ref if plan.account else None,
        metadata={"type": ["string", "null"], "description": "Reference of the account, where it is for one"},
    )
    organisation = fields.Function(
        lambda plan: plan.organisation.ref if plan.organisation else None,
        metadata={"type": ["string", "null"], "description": "Reference of the organisation, where it is for one"},
    )
    playbook = fields.String(attribute="playbook_version.playbook.code", metadata={"description": "Its code"})
    playbook_version = fields.Integer(attribute="playbook_version.number")
    manager = fields.Nested(SomebodyShape, metadata={"description": "The account manager"})
    owner = fields.Nested(SomebodyShape, allow_none=True, metadata={"description": "The account owner, where one is"})
    locale = fields.String(metadata={"example": "pl"})
    country = fields.String(metadata={"description": "Whose public holidays count", "example": "PL"})
    started_on = fields.Date()
    contract_on = fields.Date(allow_none=True)
    kickoff_on = fields.Date(allow_none=True)
    kickoff_held = fields.Boolean()
    golive_on = fields.Date(allow_none=True, metadata={"description": "The day that was agreed"})
    live_on = fields.Date(allow_none=True, metadata={"description": "The day on which it went live"})
    forecast_on = fields.Date(metadata={"description": "When it will be finished as things stand"})
    health = fields.String(metadata={"enum": [health.value for health in Health]})
    waiting = fields.String(metadata={"enum": [waiting.value for waiting in Waiting], "description": "For whom"})
    stage = fields.String(metadata={"description": "Code of the phase in which it is; empty where it has no cases"})
    task_count = fields.Integer(metadata={"description": "Tasks that count"})
    done_count = fields.Integer()
    open_customer = fields.Integer(metadata={"description": "Tasks that the customer could do now"})
    open_vendor = fields.Integer(metadata={"description": "Tasks that the vendor could do now"})
    stuck_count = fields.Integer()
    overdue_count = fields.Integer()
    next_due_on = fields.Date(allow_none=True)
    finished_at = Moment(allow_none=True)
    created_at = Moment()
    updated_at = Moment()
    version = fields.Integer(metadata=_VERSION)


def _title(task: PlanTask) -> str:
    return texts.title_of(task, texts.outline_of(task.plan))


def _who_does(task: PlanTask) -> Party | None:
    return task.person if task.side == Side.VENDOR else task.contact


class TaskShape(Shape):
    ref = fields.String(metadata={"example": "T-8W2N5R4C"})
    plan = fields.String(attribute="plan.ref", metadata={"description": "Reference of its plan"})
    number = fields.Integer(metadata={"description": "Within the plan, for the telephone"})
    title = fields.Function(_title, metadata={"type": "string", "description": "In the caller's language"})
    kind = fields.String(metadata={"enum": [kind.value for kind in Kind], "description": "What it asks for"})
    side = fields.String(metadata={"enum": [side.value for side in Side], "description": "Who does it"})
    role = fields.String(metadata={"description": "Whose task it is while nobody is named; empty for anybody"})
    phase = fields.String(metadata={"description": "Code of its phase"})
    state = fields.String(metadata={"enum": [state.value for state in TaskState]})
    ready = fields.Boolean(metadata={"description": "Open, and nothing before it is open"})
    required = fields.Boolean(metadata={"description": "The plan is not completed without it"})
    who_does = fields.Nested(
        SomebodyShape, allow_none=True, attribute="who_does", metadata={"description": "Null: nobody by name"}
    )
    due_on = fields.Date(allow_none=True)
    due_fixed = fields.Boolean(metadata={"description": "The day was agreed; else the playbook reckons it"})
    forecast_on = fields.Date(allow_none=True, metadata={"description": "When it will be done as things stand"})
    reason = fields.String(metadata={"description": "Why it is not applicable; else empty"})
    stuck_at = Moment(allow_none=True)
    stuck_why = fields.String()
    waits_for = fields.String(metadata={"description": "A third party that has it now; else empty"})
    waits_until = fields.Date(allow_none=True)
    done_at = Moment(allow_none=True)
    done_by = fields.String(metadata={"description": "Name of who did it; else empty"})
    expires_on = fields.Date(allow_none=True, metadata={"description": "Last day on which an approval is valid"})
    created_at = Moment()
    updated_at = Moment()
    version = fields.Integer(metadata=_VERSION)

    def get_attribute(self, obj: PlanTask, attr: str, default: Any) -> Any:
        return _who_does(obj) if attr == "who_does" else super().get_attribute(obj, attr, default)


# --- plans ------------------------------------------------------------------------------------------------------------


@blueprint.operation("GET", "/plans", gives=PlanShape, lists=True, asks=PlanFilter)
@requires(P.PLANS_READ)
@scope(Scope.PLANS_READ)
def plans() -> Response:
    """List plans.

    The one that changed longest ago comes first.
    """
    by = asked(PlanFilter)
    wanted = Filter(
        q=by.q.data,
        state=by.state.data or "all",
        health=by.health.data,
        waiting=by.waiting.data,
        manager=by.manager.data,
        playbook=by.playbook.data,
    )
    query = portfolio.for_programs(portfolio.narrowed(portfolio.visible_to(actor()), wanted))
    if by.account.data:
        known = accounts.visible_to(actor()).where(Account.ref == by.account.data)
        query = query.where(Plan.account_id.in_(known.with_only_columns(Account.id)))
    return listing(PlanShape, changes_page(query, by, Plan.updated_at, Plan.id))


@blueprint.operation("GET", "/plans/<ref>", gives=PlanShape)
@requires(P.PLANS_READ)
@scope(Scope.PLANS_READ)
def plan(ref: str) -> Response:
    """Read a plan."""
    found = db.session.scalar(portfolio.for_programs(portfolio.visible_to(actor())).where(Plan.ref == ref))
    if found is None:
        raise NotFound
    return shown(PlanShape, found)


# --- tasks ------------------------------------------------------------------------------------------------------------


@blueprint.operation("GET", "/tasks", gives=TaskShape, lists=True, asks=TaskFilter)
@requires(P.PLANS_READ)
@scope(Scope.PLANS_READ)
def tasks() -> Response:
    """List tasks, of one plan, of one's own, or all.

    The one that changed longest ago comes first. Those that are no longer needed are listed too, in state `gone`.
    """
    by = asked(TaskFilter)
    query = queries.visible_to(actor())
    if by.plan.data:
        query = query.where(Plan.ref == by.plan.data)
    if by.whose.data:
        query = query.where(queries.is_of(actor()))
    if by.state.data:
        query = query.where(PlanTask.state == by.state.data)
    if by.side.data:
        query = query.where(PlanTask.side == by.side.data)
    return listing(TaskShape, changes_page(query, by, PlanTask.updated_at, PlanTask.id))


@blueprint.operation("GET", "/tasks/<ref>", gives=TaskShape)
@requires(P.PLANS_READ)
@scope(Scope.PLANS_READ)
def task(ref: str) -> Response:
    """Read a task."""
    return shown(TaskShape, queries.find(actor(), ref))


@blueprint.operation("POST", "/tasks/<ref>/completion", gives=TaskShape)
@requires(P.PLANS_WORK)
@scope(Scope.TASKS_WRITE)
def complete(ref: str) -> Response:
    """Complete a task.

    Of any kind but those that have to be answered where the answer is asked for, as at the desk. One that is done
    already stays as it is.
    """
    found = queries.find(actor(), ref)
    working.tick(found.plan_id, ref, staff(actor()))
    return shown(TaskShape, queries.find(actor(), ref))


@blueprint.operation("PATCH", "/tasks/<ref>", gives=TaskShape, takes=TaskEdit, edits=True)
@requires(P.PLANS_WORK)
@scope(Scope.TASKS_WRITE)
def edit(ref: str) -> Response:
    """Say who does a task and until when.

    What is left out stays as it is. An empty `due_on` goes back to the day that the playbook reckons.
    """
    found = queries.find(actor(), ref)
    version = seen(found)
    known = _assignable(found)
    form = edited(lambda: TaskEdit.both(found, known))
    picked = next((one for one in known if one.ref == form.who_does.data), None)
    if picked is None and form.who_does.data:
        picked = _who_does(found)  # whoever did it until now, and still does
    try:
        assigning.set_both(found.plan_id, ref, picked, form.due_on.data, staff(actor()), expect=version)
    except FieldError as error:
        raise FieldError({"person": "who_does"}.get(error.field, error.field), error.message) from error
    return shown(TaskShape, queries.find(actor(), ref))


def _assignable(task: PlanTask) -> Sequence[Party]:
    return at_desk.colleagues() if task.side == Side.VENDOR else [row.contact for row in at_desk.people_of(task.plan)]
