"""The list of manuals and onboarding pages at the desk, by integration."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.core.db import db
from app.core.paging import Page, capped_counts, everything_of, page_of
from app.core.search import contains
from app.integrations.models import Integration, Stage
from app.manuals.models import Draft, Publication, PublicationKind, PublicationVersion, VersionState
from app.manuals.queries.publications import WITH_NAMES


class Tab(enum.StrEnum):
    """How the list is narrowed. One integration may stand in several."""

    ALL = "all"
    TO_PUBLISH = "to-publish"
    CHANGED = "changed"
    SCHEDULED = "scheduled"
    LIVE = "live"
    DOWN = "down"


def _of(kind: PublicationKind, *which: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists().where(Publication.integration_id == Integration.id, Publication.kind == kind, *which)


def _any(*which: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists().where(Publication.integration_id == Integration.id, *which)


def _edited_since() -> sa.ColumnElement[bool]:
    """A draft was saved after what is live was made."""
    return (
        sa.exists()
        .where(Publication.integration_id == Integration.id, Publication.live_number.is_not(None))
        .where(PublicationVersion.publication_id == Publication.id)
        .where(PublicationVersion.number == Publication.live_number)
        .where(Draft.publication_id == Publication.id, Draft.saved_at > PublicationVersion.created_at)
    )


def _in_tab(tab: Tab) -> sa.ColumnElement[bool]:
    live = Publication.live_number.is_not(None)
    match tab:
        case Tab.TO_PUBLISH:
            missing = [~_of(kind, sa.or_(live, Publication.taken_down_at.is_not(None))) for kind in PublicationKind]
            return sa.and_(Integration.stage != Stage.WITHDRAWN, sa.or_(*missing))
        case Tab.CHANGED:
            return _edited_since()
        case Tab.SCHEDULED:
            return (
                sa.exists()
                .where(Publication.integration_id == Integration.id)
                .where(
                    PublicationVersion.publication_id == Publication.id,
                    PublicationVersion.state == VersionState.SCHEDULED,
                )
            )
        case Tab.LIVE:
            return sa.and_(*(_of(kind, live) for kind in PublicationKind))
        case Tab.DOWN:
            return _any(Publication.live_number.is_(None), Publication.taken_down_at.is_not(None))
        case Tab.ALL:
            return sa.true()


@dataclass
class Beside:
    """One of the two publications of an integration, as the list shows it."""

    ref: str
    live_number: int | None
    taken_down: bool
    languages: tuple[str, ...] = ()
    """Of the drafts."""
    edited: bool = False
    """A draft was saved since what is live was made."""
    scheduled_at: datetime | None = None


@dataclass
class Row:
    """An integration in the list."""

    integration: Integration
    publications: dict[str, Beside] = field(default_factory=dict)

    def of(self, kind: str) -> Beside | None:
        return self.publications.get(kind)


def narrowed(q: str) -> sa.Select[Integration]:
    query = sa.select(Integration).select_from(Integration)
    return query.where(contains(Integration.search, q)) if q.strip() else query


def page(query: sa.Select[Integration], tab: Tab, cursor: str | None) -> tuple[Page[Integration], list[Row]]:
    """One page by name, with the publications of its rows: in four queries, however many there are."""
    shown = query.where(_in_tab(tab)).options(*WITH_NAMES)
    found: Page[Integration] = page_of(shown, Integration.name_sort, Integration.id, descending=False, cursor=cursor)
    return found, _rows(found.items)


def everything(query: sa.Select[Integration], tab: Tab) -> Iterator[Row]:
    """For a file."""
    batch: list[Integration] = []
    shown = query.where(_in_tab(tab)).options(*WITH_NAMES)
    for each in everything_of(shown, Integration.name_sort, Integration.id, descending=False):
        batch.append(each)
        if len(batch) == 200:
            yield from _rows(batch)
            batch = []
    yield from _rows(batch)


def counts(query: sa.Select[Integration]) -> Mapping[str, int]:
    """How many in each tab, in one query."""
    return capped_counts(query, {tab.value: _in_tab(tab) for tab in Tab})


def _rows(items: Sequence[Integration]) -> list[Row]:
    rows = {each.id: Row(each) for each in items}
    if not rows:
        return []
    live = aliased(PublicationVersion)
    found: list[tuple[Publication, datetime | None]] = [
        (publication, made)
        for publication, made in db.session.execute(
            sa.select(Publication, live.created_at)
            .outerjoin(live, sa.and_(live.publication_id == Publication.id, live.number == Publication.live_number))
            .where(Publication.integration_id.in_(rows))
        )
    ]
    drafts: dict[int, list[tuple[str, datetime]]] = {}
    ids = [publication.id for publication, _made in found]
    for publication_id, locale, saved_at in db.session.execute(
        sa.select(Draft.publication_id, Draft.locale, Draft.saved_at)
        .where(Draft.publication_id.in_(ids))
        .order_by(Draft.id)
    ):
        drafts.setdefault(publication_id, []).append((locale, saved_at))
    waiting = {
        row.publication_id: row.publish_at
        for row in db.session.execute(
            sa.select(PublicationVersion.publication_id, PublicationVersion.publish_at).where(
                PublicationVersion.publication_id.in_(ids), PublicationVersion.state == VersionState.SCHEDULED
            )
        )
    }
    for publication, made in found:
        own = drafts.get(publication.id, [])
        rows[publication.integration_id].publications[publication.kind] = Beside(
            publication.ref,
            publication.live_number,
            publication.taken_down_at is not None,
            tuple(locale for locale, _saved in own),
            made is not None and any(saved > made for _locale, saved in own),
            waiting.get(publication.id),
        )
    return list(rows.values())
