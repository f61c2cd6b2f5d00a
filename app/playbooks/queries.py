"""Finding playbooks and their versions. Everybody who may see playbooks sees all of them."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import defer, joinedload, selectinload

from app.core.db import db
from app.core.errors import NotFound
from app.playbooks.models import Playbook, PlaybookVersion

_LIGHT = selectinload(Playbook.versions).options(defer(PlaybookVersion.content))


def everything() -> list[Playbook]:
    """All playbooks with their versions, without what these say; archived ones at the end."""
    ordered = sa.select(Playbook).order_by(Playbook.archived_at.is_not(None), Playbook.code)
    return list(db.session.scalars(ordered.options(_LIGHT)))


def one(ref: str) -> Playbook:
    """The playbook with its versions, newest first, without what these say. Raises NotFound."""
    found = db.session.scalar(sa.select(Playbook).where(Playbook.ref == ref).options(_LIGHT))
    if found is None:
        raise NotFound
    return found


def by_code(code: str) -> Playbook | None:
    return db.session.scalar(sa.select(Playbook).where(Playbook.code == code))


def version(playbook_id: int, number: int) -> PlaybookVersion:
    """With what it says and its playbook. Raises NotFound."""
    found = db.session.scalar(
        _versions().where(PlaybookVersion.playbook_id == playbook_id, PlaybookVersion.number == number)
    )
    if found is None:
        raise NotFound
    return found


def draft(playbook_id: int) -> PlaybookVersion | None:
    """The version that is being written, if there is one."""
    return db.session.scalar(
        _versions().where(PlaybookVersion.playbook_id == playbook_id, PlaybookVersion.published_at.is_(None))
    )


def newest(playbook_id: int) -> PlaybookVersion | None:
    """The version from which plans are started; None before the first is published."""
    return db.session.scalar(
        _versions()
        .where(PlaybookVersion.playbook_id == playbook_id, PlaybookVersion.published_at.is_not(None))
        .order_by(PlaybookVersion.number.desc())
        .limit(1)
    )


def _versions() -> sa.Select[PlaybookVersion]:
    return sa.select(PlaybookVersion).options(joinedload(PlaybookVersion.playbook))


@dataclass(frozen=True)
class Startable:
    """A playbook from which a plan can be started, and the version it would be."""

    playbook: Playbook
    version_id: int
    number: int


def startable(audience: str | None = None) -> list[Startable]:
    """Playbooks that are published and not archived, for this audience or for all, by code."""
    latest = (
        sa.select(PlaybookVersion.playbook_id, sa.func.max(PlaybookVersion.number).label("number"))
        .where(PlaybookVersion.published_at.is_not(None))
        .group_by(PlaybookVersion.playbook_id)
        .subquery()
    )
    query = (
        sa.select(Playbook, PlaybookVersion.id, PlaybookVersion.number)
        .join(latest, latest.c.playbook_id == Playbook.id)
        .join(
            PlaybookVersion,
            sa.and_(PlaybookVersion.playbook_id == Playbook.id, PlaybookVersion.number == latest.c.number),
        )
        .where(Playbook.archived_at.is_(None))
        .order_by(Playbook.code)
    )
    if audience is not None:
        query = query.where(Playbook.audience == audience)
    return [Startable(*row) for row in db.session.execute(query)]
