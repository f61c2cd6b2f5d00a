"""Intakes as the desk lists them, and what changed in them since they were handed in before."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, selectinload

from app.core.db import db
from app.core.paging import Page, capped_counts, everything_of, page_of
from app.core.search import contains
from app.integrations.models import Product, SoftwarePartner
from app.manuals.models import Intake, IntakeState, Saving
from app.people.models import Organisation


class Tab(enum.StrEnum):
    """The tabs of the queue."""

    SUBMITTED = "submitted"
    RETURNED = "returned"
    SUPPLYING = "supplying"
    ACCEPTED = "accepted"


def narrowed(q: str) -> sa.Select[Intake]:
    """Those of software partners and products with these words."""
    query = (
        sa.select(Intake)
        .join(Intake.product)
        .join(Product.partner)
        .join(Organisation, Organisation.id == SoftwarePartner.organisation_id)
    )
    if q.strip():
        query = query.where(contains(SoftwarePartner.search, q))
    return query


_SHOWN = (
    contains_eager(Intake.product).contains_eager(Product.partner).joinedload(SoftwarePartner.organisation),
    selectinload(Intake.sections),
)


def page(query: sa.Select[Intake], tab: Tab, cursor: str | None) -> Page[Intake]:
    """What waits longest first; what is accepted latest first."""
    shown = query.where(Intake.state == tab.value).options(*_SHOWN)
    return page_of(shown, Intake.moved_at, Intake.id, descending=tab == Tab.ACCEPTED, cursor=cursor)


def everything(query: sa.Select[Intake], tab: Tab) -> Iterator[Intake]:
    """For a file."""
    shown = query.where(Intake.state == tab.value).options(*_SHOWN)
    return everything_of(shown, Intake.moved_at, Intake.id, descending=tab == Tab.ACCEPTED)


def counts(query: sa.Select[Intake]) -> Mapping[str, int]:
    """How many in each tab, in one query."""
    return capped_counts(query, {tab.value: Intake.state == tab.value for tab in Tab})


def before_of(intake: Intake) -> dict[int, Mapping[str, Any]]:
    """By section what was handed in the time before, where it was handed in more than once. One query."""
    rows = db.session.execute(
        sa.select(Saving.section_id, Saving.content)
        .where(Saving.section_id.in_([section.id for section in intake.sections]), Saving.handed_in)
        .order_by(Saving.section_id, Saving.version.desc())
    )
    found: dict[int, list[Mapping[str, Any]]] = {}
    for section_id, content in rows:
        found.setdefault(section_id, []).append(content)
    return {section_id: contents[1] for section_id, contents in found.items() if len(contents) > 1}


def waits(intake: Intake) -> bool:
    """Whether staff have to look at it."""
    return intake.state == IntakeState.SUBMITTED
