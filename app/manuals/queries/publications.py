"""Finding one manual or onboarding page at the desk, with its source, drafts, versions, links and readers' words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import defer, joinedload, selectinload

from app.core.db import db
from app.core.errors import NotFound
from app.integrations.models import Integration, Package, Product, SoftwarePartner
from app.manuals import composing, sections
from app.manuals.models import (
    Draft,
    Intake,
    LinkOutcome,
    ManualFeedback,
    Publication,
    PublicationKind,
    PublicationLink,
    PublicationVersion,
    Section,
    SectionCode,
    VersionState,
)
from app.people.models import Person

SUSPECT = (LinkOutcome.MISSING, LinkOutcome.FAILING, LinkOutcome.REFUSED)
FAILURES = 2
"""So many times in a row before a link counts as broken."""


def path_of(kind: PublicationKind, slug: str) -> str:
    """Where the world finds it."""
    return f"/manuals/{slug}" if kind == PublicationKind.MANUAL else f"/start/{slug}"


# --- one --------------------------------------------------------------------------------------------------------------

WITH_NAMES = (
    joinedload(Integration.package),
    joinedload(Integration.product).joinedload(Product.partner).joinedload(SoftwarePartner.organisation),
)


def integration(id: int) -> Integration:
    """With package, product, software partner and its organisation, as they are now.

    Raises:
        NotFound
    """
    query = sa.select(Integration).where(Integration.id == id).options(*WITH_NAMES)
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found


def integration_by_ref(ref: str) -> Integration:
    """Raises NotFound."""
    found = db.session.scalar(sa.select(Integration).where(Integration.ref == ref).options(*WITH_NAMES))
    if found is None:
        raise NotFound
    return found


def integrations_of(product: Product) -> list[Integration]:
    """Those of a product, with the same, in the order of their names."""
    query = sa.select(Integration).where(Integration.product_id == product.id).options(*WITH_NAMES)
    return list(db.session.scalars(query.order_by(Integration.name_sort, Integration.id)))


def begun_of(product: Product) -> dict[int, dict[str, Publication]]:
    """The publications of a product, by integration and kind."""
    found: dict[int, dict[str, Publication]] = {}
    query = sa.select(Publication).join(Integration).where(Integration.product_id == product.id)
    for each in db.session.scalars(query.order_by(Publication.id)):
        found.setdefault(each.integration_id, {})[each.kind] = each
    return found


def publication(ref: str) -> Publication:
    """With its integration and all its names, its drafts, and what is live.

    Raises:
        NotFound
    """
    found = db.session.scalar(
        sa.select(Publication)
        .where(Publication.ref == ref)
        .options(
            joinedload(Publication.integration).options(*WITH_NAMES),
            selectinload(Publication.drafts),
            joinedload(Publication.live),
        )
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found


def beside(publication: Publication) -> Publication | None:
    """The other one of the same integration: the onboarding page of a manual, the manual of an onboarding page."""
    return db.session.scalar(
        sa.select(Publication).where(
            Publication.integration_id == publication.integration_id, Publication.id != publication.id
        )
    )


def draft_of(publication: Publication, locale: str) -> Draft:
    """Raises NotFound: there is none in this language."""
    found = next((draft for draft in publication.drafts if draft.locale == locale), None)
    if found is None:
        raise NotFound
    return found


def source_of(integration: Integration, *, typed: bool = False) -> composing.Source:
    """What the integration's texts are composed from: the sections as they were handed in, or, while nothing was and
    for the partner's own preview (`typed`), as they stand."""
    return _source(integration, _sections(integration.product_id, typed=typed))


def _sections(product_id: int, *, typed: bool = False) -> dict[sections.Address, Mapping[str, Any]]:
    rows = db.session.execute(
        sa.select(Intake.submitted_at, Section.code, Section.locale, Section.content, Section.submitted)
        .join(Section, Section.intake_id == Intake.id)
        .where(Intake.product_id == product_id)
    )
    return {
        (SectionCode(code), locale): content if typed or submitted_at is None else submitted or {}
        for submitted_at, code, locale, content, submitted in rows
    }


def _source(integration: Integration, held: Mapping[sections.Address, Mapping[str, Any]]) -> composing.Source:
    return composing.Source(
        product=integration.product.name,
        package=integration.package.name,
        slug=integration.slug,
        passes=tuple(integration.passes),
        takes=tuple(integration.package.passes),
        package_texts=integration.package.texts,
        sections=held,
    )


def behind_of(integrations: Sequence[Integration]) -> dict[int, list[str]]:
    """Of one product's integrations: by publication the languages whose draft is behind its source. Two queries."""
    if not integrations:
        return {}
    held = _sections(integrations[0].product_id)
    sources = {each.id: _source(each, held) for each in integrations}
    found: dict[int, list[str]] = {}
    for publication, draft in db.session.execute(
        sa.select(Publication, Draft)
        .join(Draft, Draft.publication_id == Publication.id)
        .where(Publication.integration_id.in_(sources))
        .order_by(Draft.id)
    ):
        kind, source = PublicationKind(publication.kind), sources[publication.integration_id]
        if composing.behind(kind, draft.content, source, draft.locale):
            found.setdefault(publication.id, []).append(draft.locale)
    return found


# --- versions ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class VersionLine:
    """A version in the list, without its words."""

    number: int
    state: str
    note: str
    restored_from: int | None
    publish_at: datetime
    published_at: datetime | None
    by: str | None
    languages: tuple[str, ...]

    @property
    def is_scheduled(self) -> bool:
        return self.state == VersionState.SCHEDULED


def versions(publication: Publication, limit: int = 100) -> list[VersionLine]:
    """The latest first."""
    found = PublicationVersion
    rows = db.session.execute(
        sa.select(found, Person.name)
        .outerjoin(Person, Person.id == found.by_id)
        .where(found.publication_id == publication.id)
        .order_by(found.number.desc())
        .limit(limit)
        .options(defer(found.facts))
    )
    return [
        VersionLine(
            one.number,
            one.state,
            one.note,
            one.restored_from,
            one.publish_at,
            one.published_at,
            name,
            tuple(one.texts),
        )
        for one, name in rows
    ]


def version(publication: Publication, number: int) -> PublicationVersion:
    """Raises NotFound."""
    found = db.session.scalar(
        sa.select(PublicationVersion).where(
            PublicationVersion.publication_id == publication.id, PublicationVersion.number == number
        )
    )
    if found is None:
        raise NotFound
    return found


def scheduled(publication: Publication) -> PublicationVersion | None:
    """The version that waits for its moment; there is at most one."""
    return db.session.scalar(
        sa.select(PublicationVersion).where(
            PublicationVersion.publication_id == publication.id, PublicationVersion.state == VersionState.SCHEDULED
        )
    )


def others_live(publication: Publication) -> list[tuple[str, str]]:
    """Where readers may be sent instead: path and name of what else of the partner is live, at most fifty."""
    own = publication.integration
    rows = db.session.execute(
        sa.select(Publication.kind, Integration.slug, Product.name, Package.name)
        .join(Integration, Integration.id == Publication.integration_id)
        .join(Product, Product.id == Integration.product_id)
        .join(Package, Package.id == Integration.package_id)
        .where(
            Product.partner_id == own.product.partner_id,
            Publication.live_number.is_not(None),
            Publication.id != publication.id,
        )
        .order_by(Publication.kind != publication.kind, Integration.name_sort, Publication.id)
        .limit(50)
    )
    return [(path_of(PublicationKind(kind), slug), f"{product}, {package}") for kind, slug, product, package in rows]


# --- links and feedback -----------------------------------------------------------------------------------------------


def broken_links(publication: Publication) -> list[PublicationLink]:
    """Those that did not lead anywhere several times in a row."""
    return list(
        db.session.scalars(
            sa.select(PublicationLink)
            .where(PublicationLink.publication_id == publication.id, is_broken())
            .order_by(PublicationLink.id)
        )
    )


def is_broken() -> sa.ColumnElement[bool]:
    return sa.and_(PublicationLink.outcome.in_(SUSPECT), PublicationLink.failures >= FAILURES)


def feedback_of(publication: Publication, limit: int = 100) -> list[ManualFeedback]:
    """What readers said that nobody has dealt with, the latest first: only what did not help, or has words."""
    query = sa.select(ManualFeedback).where(ManualFeedback.publication_id == publication.id, is_waiting())
    return list(
        db.session.scalars(query.order_by(ManualFeedback.created_at.desc(), ManualFeedback.id.desc()).limit(limit))
    )


def is_waiting() -> sa.ColumnElement[bool]:
    """Feedback that an editor should read."""
    return sa.and_(
        ManualFeedback.handled_at.is_(None), sa.or_(ManualFeedback.helped.is_(False), ManualFeedback.words != "")
    )


def verdicts_of(publication: Publication) -> dict[str, tuple[int, int]]:
    """By chapter how many readers it helped, and how many it did not."""
    helped = sa.func.sum(sa.case((ManualFeedback.helped, 1), else_=0))
    rows = db.session.execute(
        sa.select(ManualFeedback.chapter, helped, sa.func.count())
        .where(ManualFeedback.publication_id == publication.id)
        .group_by(ManualFeedback.chapter)
    )
    return {chapter: (int(good), int(all_) - int(good)) for chapter, good, all_ in rows}
