"""A reseller's lists of leads: by tab, search, service and order, quick also among half a million."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from app.catalogue.models import Service
from app.core import search
from app.core.db import db
from app.core.paging import Page, everything_of, page_of
from app.leads.models import OPEN, ChangeRequest, ChangeRequestState, Lead, LeadGroup, LeadService
from app.partners.models import Reseller

SORTS: dict[str, tuple[Any, bool]] = {"changed": (Lead.updated_at, True), "name": (Lead.name_sort, False)}
CAP = 1_000
"""The tabs count no further: "1,000+". Counting on would make a page of a large reseller slower than a small one's."""


@dataclass(frozen=True)
class Filter:
    """What a list is narrowed to, from the address."""

    group: str = ""
    q: str = ""
    service: str = ""
    sort: str = "changed"

    @property
    def is_narrow(self) -> bool:
        return bool(self.q or self.service)


def of(reseller: Reseller) -> sa.Select[Lead]:
    """The leads of one reseller."""
    return sa.select(Lead).where(Lead.reseller_id == reseller.id)


def page(reseller: Reseller, by: Filter, cursor: str | None, size: int = 50) -> Page[Any]:
    """Rows of (lead, codes of its services with commas)."""
    column, descending = SORTS.get(by.sort, SORTS["changed"])
    return page_of(narrowed(reseller, by), column, Lead.id, descending=descending, cursor=cursor, size=size)


def narrowed(reseller: Reseller, by: Filter) -> sa.Select[Lead, str]:
    """The filter as a query; a search looks into the index first, in a query of its own."""
    query = sa.select(Lead, _service_codes())
    keys = search.few(Lead, by.q) if by.q else None
    if keys is not None:
        # The sum and the empty string keep the database from walking a list when it has the keys of the rows.
        query = query.where(Lead.id.in_(keys), Lead.reseller_id + 0 == reseller.id, search.holding(Lead, by.q))
        if by.group:
            query = query.where(Lead.list_group + "" == by.group)
    else:
        query = query.where(Lead.reseller_id == reseller.id)
        if by.group:
            query = query.where(Lead.list_group == by.group)
        if by.q:
            query = query.where(search.holding(Lead, by.q))
    if by.service:
        wanted = sa.select(Service.id).where(Service.code == by.service).scalar_subquery()
        query = query.where(
            sa.exists().where(LeadService.lead_id == Lead.id, LeadService.service_id == wanted).correlate(Lead)
        )
    return query


def _service_codes() -> sa.ColumnElement[str]:
    """Read for the rows of the page only, so that a list needs no second query."""
    return (
        sa.select(sa.func.coalesce(sa.func.aggregate_strings(Service.code, ","), ""))
        .join(LeadService, LeadService.service_id == Service.id)
        .where(LeadService.lead_id == Lead.id)
        .correlate(Lead)
        .scalar_subquery()
        .label("codes")
    )


def everything(reseller: Reseller, by: Filter) -> Iterator[Any]:
    """For a file: rows of (lead with shops, codes), all of the filter, batch by batch."""
    column, descending = SORTS.get(by.sort, SORTS["changed"])
    query = narrowed(reseller, by).options(selectinload(Lead.shops))
    return everything_of(query, column, Lead.id, descending=descending)


@dataclass(frozen=True)
class Counts:
    """How many leads each tab holds, counted no further than CAP + 1."""

    groups: dict[str, int]

    @property
    def all(self) -> int:
        return sum(self.groups.values())


def counts(reseller: Reseller) -> Counts:
    """All tabs in one query, each read from the index that orders it."""
    row = db.session.execute(sa.select(*_counted(reseller))).one()
    return Counts(dict(zip(LeadGroup, row, strict=True)))


def _counted(reseller: Reseller) -> list[sa.ColumnElement[int]]:
    return [
        sa.select(sa.func.count())
        .select_from(
            sa.select(sa.literal(1))
            .where(Lead.reseller_id == reseller.id, Lead.list_group == group)
            .limit(CAP + 1)
            .subquery()
        )
        .scalar_subquery()
        .label(group.value)
        for group in LeadGroup
    ]


def asked(reseller: Reseller, most: int = 5) -> list[Lead]:
    """Leads about which staff asked something, the oldest question first."""
    return list(db.session.scalars(_asked(of(reseller), most)))


def _asked(leads: sa.Select[*tuple[Any, ...]], most: int) -> sa.Select[*tuple[Any, ...]]:
    waiting = (Lead.asked_at.is_not(None), Lead.state.in_(OPEN))
    return leads.where(*waiting).order_by(Lead.asked_at).limit(most)


def latest_and_asked(reseller: Reseller, latest: int, most: int = 5) -> tuple[list[Any], list[Lead]]:
    """The rows of `page` that changed last, and the leads of `asked`, in one query."""
    ids = sa.select(Lead.id).where(Lead.reseller_id == reseller.id)
    changed = ids.order_by(Lead.updated_at.desc(), Lead.id.desc()).limit(latest)
    either = sa.union(*(sa.select(part.subquery()) for part in (changed, _asked(ids, most))))
    found = db.session.execute(sa.select(Lead, _service_codes()).where(Lead.id.in_(either))).all()
    rows = sorted(found, key=lambda row: (row[0].updated_at, row[0].id), reverse=True)
    waiting = [lead for lead, _codes in found if lead.asked_at is not None and lead.state in OPEN]
    return rows[:latest], sorted(waiting, key=lambda lead: lead.asked_at or lead.updated_at)[:most]


def requests(reseller: Reseller, *, waiting: bool, cursor: str | None) -> Page[ChangeRequest]:
    """What the reseller asked: what waits for an answer, the next promise first; or the rest, the latest first."""
    listing: Page[ChangeRequest] = page_of(
        _requests(reseller, waiting), ChangeRequest.answer_by, ChangeRequest.id, descending=not waiting, cursor=cursor
    )
    return listing


def all_requests(reseller: Reseller, *, waiting: bool) -> Iterator[ChangeRequest]:
    """The same for a file."""
    query = _requests(reseller, waiting)
    return everything_of(query, ChangeRequest.answer_by, ChangeRequest.id, descending=not waiting)


def _requests(reseller: Reseller, waiting: bool) -> sa.Select[ChangeRequest]:
    submitted = ChangeRequest.state == ChangeRequestState.SUBMITTED
    return (
        sa.select(ChangeRequest)
        .where(ChangeRequest.reseller_id == reseller.id, submitted if waiting else sa.not_(submitted))
        .options(joinedload(ChangeRequest.lead), joinedload(ChangeRequest.account), selectinload(ChangeRequest.items))
    )
