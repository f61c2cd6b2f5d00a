"""Finding document versions and the evidence that somebody accepted one."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from app.access.roles import OrganisationKind
from app.core.db import db
from app.core.errors import NotFound
from app.documents.models import Acceptance, DocumentKind, DocumentText, DocumentVersion, Upload
from app.people.models import Organisation


def in_force(kind: DocumentKind) -> DocumentVersion | None:
    """The newest published version with its texts, in one query; None while nothing is published."""
    newest = (
        sa.select(DocumentVersion.id)
        .where(DocumentVersion.kind == kind, DocumentVersion.published_at.is_not(None))
        .order_by(DocumentVersion.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        db.session.scalars(
            sa.select(DocumentVersion).where(DocumentVersion.id == newest).options(joinedload(DocumentVersion.texts))
        )
        .unique()
        .one_or_none()
    )


def newest_number(kind: DocumentKind) -> sa.ScalarSelect[int]:
    """The number in force as part of another query; 0 for none."""
    return (
        sa.select(sa.func.coalesce(sa.func.max(DocumentVersion.number), 0))
        .where(DocumentVersion.kind == kind, DocumentVersion.published_at.is_not(None))
        .scalar_subquery()
    )


def number_in_force(kind: DocumentKind) -> int:
    """The number of the version in force; 0 for none."""
    return db.session.scalar(sa.select(newest_number(kind))) or 0


def versions(kind: DocumentKind) -> list[DocumentVersion]:
    """All versions, the newest first, with their texts."""
    return list(
        db.session.scalars(
            sa.select(DocumentVersion)
            .where(DocumentVersion.kind == kind)
            .order_by(DocumentVersion.number.desc())
            .options(selectinload(DocumentVersion.texts))
        )
    )


def version(kind: str, number: int) -> DocumentVersion:
    """One version with its texts.

    Raises:
        NotFound: there is none.
    """
    found = (
        db.session.scalars(
            sa.select(DocumentVersion)
            .where(DocumentVersion.kind == kind, DocumentVersion.number == number)
            .options(joinedload(DocumentVersion.texts))
        )
        .unique()
        .one_or_none()
    )
    if found is None:
        raise NotFound
    return found


def acceptances_of(organisation: Organisation, kind: DocumentKind) -> list[Acceptance]:
    """What the organisation accepted, the latest first, with version, text and filed evidence."""
    return list(
        db.session.scalars(
            sa.select(Acceptance)
            .where(Acceptance.organisation_id == organisation.id, Acceptance.kind == kind)
            .order_by(Acceptance.id.desc())
            .options(joinedload(Acceptance.version), joinedload(Acceptance.text), joinedload(Acceptance.evidence))
        )
    )


def acceptance(ref: str, organisation_id: int | None = None) -> Acceptance:
    """One piece of evidence; only of `organisation_id` when that is given.

    Raises:
        NotFound: there is none, or it is another organisation's.
    """
    query = (
        sa.select(Acceptance)
        .where(Acceptance.ref == ref)
        .options(joinedload(Acceptance.version), joinedload(Acceptance.text), joinedload(Acceptance.evidence))
    )
    if organisation_id is not None:
        query = query.where(Acceptance.organisation_id == organisation_id)
    found = db.session.scalar(query)
    if found is None:
        raise NotFound
    return found


def upload(id: int) -> Upload:
    """Raises NotFound: there is none."""
    found = db.session.get(Upload, id)
    if found is None:
        raise NotFound
    return found


def resellers_to_ask() -> int:
    """How many organisations new terms are put to."""
    return (
        db.session.scalar(
            sa.select(sa.func.count()).select_from(Organisation).where(Organisation.kind == OrganisationKind.RESELLER)
        )
        or 0
    )


def text_in(version: DocumentVersion, locale: str) -> DocumentText | None:
    """The words in a language, else in English, else in the first language there is."""
    by_locale = {text.locale: text for text in version.texts}
    return by_locale.get(locale) or by_locale.get("en") or next(iter(version.texts), None)
