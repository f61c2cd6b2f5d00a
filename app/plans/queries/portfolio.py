"""The portfolio: all plans with health, forecast and waiting side, and how much each account manager carries (I12)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.access import policy
from app.access.permissions import P
from app.core.db import db
from app.core.paging import Key, Page, capped_counts, everything_of, page_of
from app.core.search import fold, matching
from app.people.models import Person
from app.plans.cases import status_in
from app.plans.models import Health, Plan, PlanState, SavedView, Waiting
from app.plans.texts import outline_of
from app.playbooks.models import Playbook, PlaybookVersion
from app.playbooks.outline import said

SORTS: dict[str, tuple[Key, bool]] = {
    "forecast": (Plan.forecast_on, False),
    "name": (Plan.name_sort, False),
    "newest": (Plan.created_at, True),
}


@dataclass(frozen=True)
class Filter:
    """What the portfolio was narrowed to, from the address or a saved view."""

    q: str = ""
    state: str = PlanState.RUNNING
    """A `PlanState`, or "all"."""
    health: str = ""
    waiting: str = ""
    manager: str = ""
    """The reference of a person."""
    playbook: str = ""
    stuck: bool = False
    stage: str = ""
    """The phase whose case gives the status, or `cases.ALL_COMPLETED`."""
    sort: str = "forecast"

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Filter:
        """From an address or a saved view; what is unknown reads as not narrowed."""
        return cls(
            q=str(values.get("q", "")).strip()[:200],
            state=_one_of(values.get("state"), (*PlanState, "all"), PlanState.RUNNING),
            health=_one_of(values.get("health"), tuple(Health), ""),
            waiting=_one_of(values.get("waiting"), tuple(Waiting), ""),
            manager=str(values.get("manager", ""))[:20],
            playbook=str(values.get("playbook", ""))[:60],
            stuck=bool(values.get("stuck")),
            stage=str(values.get("stage", ""))[:60],
            sort=_one_of(values.get("sort"), tuple(SORTS), "forecast"),
        )

    def kept(self) -> dict[str, Any]:
        """What differs from the usual: the address of this view."""
        usual = asdict(Filter())
        return {name: value for name, value in asdict(self).items() if value != usual[name]}


def _one_of(value: Any, known: tuple[str, ...], otherwise: str) -> str:
    return str(value) if value in known else otherwise


def visible_to(actor: Person) -> sa.Select[Plan]:
    """The plans that this person may know of: whoever implements sees all of them."""
    query = sa.select(Plan)
    return query if policy.allows(actor, P.PLANS_READ) else query.where(sa.false())


def narrowed(query: sa.Select[Plan], by: Filter, *, health: bool = True) -> sa.Select[Plan]:
    """The plans of `query` that the filter lets through; with `health` False in all tabs, to count each."""
    if by.q:
        query = query.where(matching(Plan, by.q))
    if by.state != "all":
        query = query.where(Plan.state == by.state)
    if health and by.health:
        query = query.where(Plan.health == by.health)
    if by.waiting:
        query = query.where(Plan.waiting == by.waiting)
    if by.manager:
        query = query.where(Plan.manager_id == sa.select(Person.id).where(Person.ref == by.manager).scalar_subquery())
    if by.playbook:
        versions = sa.select(PlaybookVersion.id).join(PlaybookVersion.playbook).where(Playbook.code == by.playbook)
        query = query.where(Plan.playbook_version_id.in_(versions))
    if by.stuck:
        query = query.where(Plan.stuck_count > 0)
    if by.stage:
        query = query.where(Plan.stage == by.stage)
    return query


def page(query: sa.Select[Plan], sort: str, cursor: str | None) -> Page[Plan]:
    """One page of the portfolio, with what a row shows."""
    column, descending = SORTS.get(sort, SORTS["forecast"])
    listing: Page[Plan] = page_of(_shown(query), column, Plan.id, descending=descending, cursor=cursor)
    return listing


def everything(query: sa.Select[Plan], sort: str) -> Iterator[Plan]:
    """For a file: all rows, batch by batch."""
    column, descending = SORTS.get(sort, SORTS["forecast"])
    return everything_of(_shown(query), column, Plan.id, descending=descending)


def for_programs(query: sa.Select[Plan]) -> sa.Select[Plan]:
    """With what a row shows, and whom it is for."""
    return _shown(query).options(joinedload(Plan.account), joinedload(Plan.organisation), joinedload(Plan.owner))


def _shown(query: sa.Select[Plan]) -> sa.Select[Plan]:
    without_words = joinedload(Plan.playbook_version).load_only(PlaybookVersion.number)
    return query.options(joinedload(Plan.manager), without_words.joinedload(PlaybookVersion.playbook))


def counts(query: sa.Select[Plan]) -> dict[str, int]:
    """How many of each health, each counted no further than the cap, in one query."""
    return capped_counts(query, {health.value: Plan.health == health for health in Health})


@dataclass(frozen=True)
class Load:
    """What one account manager carries."""

    ref: str
    name: str
    plans: int
    late: int
    at_risk: int
    waiting_for_us: int
    stuck: int
    tasks: int
    """Tasks of ours that could be done now, whoever is to do them."""


def load(query: sa.Select[Plan]) -> list[Load]:
    """How much each account manager carries, the heaviest first, over the running plans of `query`, in one query."""
    ids = query.where(Plan.state == PlanState.RUNNING).with_only_columns(Plan.id).order_by(None)
    plans = sa.func.count().label("plans")

    def number(which: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.coalesce(sa.func.sum(sa.case((which, 1), else_=0)), 0)

    rows = db.session.execute(
        sa.select(
            Person.ref,
            Person.name,
            plans,
            number(Plan.health == Health.LATE),
            number(Plan.health == Health.AT_RISK),
            number(Plan.waiting == Waiting.VENDOR),
            number(Plan.stuck_count > 0),
            sa.func.coalesce(sa.func.sum(Plan.open_vendor), 0),
        )
        .join(Plan, Plan.manager_id == Person.id)
        .where(Plan.id.in_(ids))
        .group_by(Person.id)
        .order_by(plans.desc(), Person.id)
    )
    return [Load(*row) for row in rows]


def views_of(actor: Person) -> list[SavedView]:
    """The person's own saved views and those that colleagues share, own ones first."""
    return list(
        db.session.scalars(
            sa.select(SavedView)
            .where(sa.or_(SavedView.person_id == actor.id, SavedView.shared))
            .order_by(SavedView.person_id != actor.id, sa.func.lower(SavedView.name), SavedView.id)
            .limit(100)
            .options(joinedload(SavedView.person))
        )
    )


Choices = list[tuple[str, str]]
"""Code and name of each, for a filter."""


def choices(query: sa.Select[Plan]) -> tuple[Choices, Choices, Choices]:
    """Who manages any of these plans, every playbook, and every status that the customers of these plans have; in one
    query. The newest playbook in which a status occurs names it."""
    nothing = sa.literal(None, sa.JSON)
    managers = sa.select(sa.literal("manager"), Person.ref, Person.name, nothing).where(
        Person.id.in_(query.with_only_columns(Plan.manager_id).order_by(None))
    )
    playbooks = sa.select(sa.literal("playbook"), Playbook.code, Playbook.code, Playbook.titles)
    statuses = (
        query.with_only_columns(
            sa.literal("status"), Plan.stage, sa.cast(sa.func.max(Plan.playbook_version_id), sa.String), nothing
        )
        .where(Plan.stage != "")
        .group_by(Plan.stage)
        .order_by(None)
    )
    rows = db.session.execute(sa.union_all(managers, playbooks, statuses)).all()
    people = [(ref, name) for kind, ref, name, _ in rows if kind == "manager"]
    titles = [(code, said(names) or code) for kind, code, _, names in rows if kind == "playbook"]
    stages = [
        (stage, status_in(stage, outline_of(int(id))) or stage) for kind, stage, id, _ in rows if kind == "status"
    ]
    return sorted(people, key=_by_name), sorted(titles, key=_by_name), sorted(stages, key=_by_name)


def _by_name(choice: tuple[str, str]) -> tuple[str, str]:
    return fold(choice[1]), choice[0]
