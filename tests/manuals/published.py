"""Sentences about publications: what a partner supplied, drafts begun from it, and what is live."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from app.core.clock import now
from app.core.db import db, write
from app.integrations.models import Integration, Product
from app.manuals.models import Intake, IntakeState, Publication, PublicationKind, PublicationVersion, Section
from app.manuals.queries import publications as queries
from app.manuals.service import drafting, publishing
from app.people.models import Person
from tests import sentences as s
from tests import software


def supplied(locale: str = "en") -> dict[tuple[str, str], dict[str, Any]]:
    """Every section that a manual is composed from, in one language."""
    step = {"id": "a", "text": f"Open the settings ({locale}).", "picture": "", "alt": ""}
    return {
        ("product", locale): {"summary": f"A till ({locale}).", "about": f"It sells ({locale})."},
        ("categories", ""): {"sells": ["point_of_sale"], "logo": ""},
        ("key", locale): {"find": [step], "enter": [{**step, "text": f"Paste the key ({locale})."}]},
        ("limits", locale): {"text": f"No refunds ({locale}).", "none": False},
        ("support", ""): {"email": "help@lumi.example", "phone": "", "website": "", "languages": [locale]},
        ("faq", locale): {"items": [{"id": "q", "question": "Why?", "answer": f"Because ({locale})."}]},
    }


def an_intake(product: Product, locales: Sequence[str] = ("en",), **values: Any) -> Intake:
    """Handed in, complete."""
    contents: dict[tuple[str, str], dict[str, Any]] = {}
    for locale in locales:
        contents |= supplied(locale)
    intake = Intake(
        product_id=product.id,
        state=values.pop("state", IntakeState.SUBMITTED),
        moved_at=now(),
        submitted_at=now(),
        created_at=now(),
        **values,
    )
    with write():
        db.session.add(intake)
        db.session.flush()
        db.session.add_all(
            Section(
                intake_id=intake.id,
                code=code,
                locale=locale,
                content=content,
                submitted=content,
                saved_at=now(),
                version=1,
            )
            for (code, locale), content in contents.items()
        )
    return intake


def section_of(intake: Intake, code: str, locale: str = "") -> Section:
    query = sa.select(Section).where(Section.intake_id == intake.id, Section.code == code, Section.locale == locale)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def resupplied(intake: Intake, code: str, locale: str, content: dict[str, Any]) -> None:
    """The partner hands a section in again."""
    with write():
        section = db.session.merge(section_of(intake, code, locale))
        section.content = section.submitted = content


def an_editor() -> Person:
    return s.a_staff_member("content_editor")


def a_supplied_integration(locales: Sequence[str] = ("en",), **values: Any) -> Integration:
    integration = software.an_integration(software.a_product(languages=list(locales)), **values)
    an_intake(db.session.get_one(Product, integration.product_id), locales)
    return integration


def begun(
    integration: Integration | None = None, by: Person | None = None, kind: PublicationKind = PublicationKind.MANUAL
) -> Publication:
    """With drafts in every language of the product."""
    integration = integration or a_supplied_integration()
    return again(drafting.begin(integration.id, by or an_editor())[kind])


def again(publication: Publication) -> Publication:
    """As it is now, with drafts and what is live."""
    db.session.commit()
    return queries.publication(publication.ref)


def published(publication: Publication, by: Person | None = None, **values: Any) -> PublicationVersion:
    """Its drafts, at once."""
    publication = again(publication)
    locales = tuple(draft.locale for draft in publication.drafts)
    order = publishing.Order(values.pop("drafts", locales), **values)
    return publishing.publish(publication.id, publication.version, order, by or an_editor())


def both_published(integration: Integration | None = None, by: Person | None = None) -> Integration:
    """Manual and onboarding page are live: the integration is in its pilot."""
    integration = integration or a_supplied_integration()
    by = by or an_editor()
    for publication in drafting.begin(integration.id, by).values():
        published(publication, by)
    db.session.commit()
    return queries.integration(integration.id)
