"""Sentences about the directory for tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from app.core.clock import now
from app.core.db import db, write
from app.core.search import fold
from app.directory.models import Faq
from app.directory.service import faq
from app.integrations.models import Integration, Package, Product, Sells, SoftwarePartner, Stage
from app.integrations.service.indexing import index_integrations
from app.people.models import Person
from tests import sentences as s
from tests import software

TITLES = {
    "en": "Connect Lumi Till",
    "nl": "Lumi Till koppelen",
    "pl": "Połączenie Lumi Till",
    "fi": "Yhdistä Lumi Till",
    "fr": "Connecter Lumi Till",
}


def a_keeper() -> Person:
    """Of the directory."""
    return s.a_staff_member("content_editor")


def a_listed(
    product: str = "Lumi Till",
    package: str = "Ledgerly",
    *,
    partner: str = "Lumi",
    sells: Sequence[str] = (Sells.POINT_OF_SALE,),
    **values: Any,
) -> Integration:
    """An integration in the directory, indexed as the verbs do. Names that are there already are those."""
    found = db.session.scalar(sa.select(Product).where(Product.name == product))
    if found is None:
        found = software.a_product(software.a_software_partner(partner), product, sells=list(sells))
    known = db.session.scalar(sa.select(Package).where(Package.name_sort == fold(package)))
    made = software.an_integration(
        found, known or software.a_package(package), stage=Stage.LISTED, listed_at=now(), **values
    )
    with write():
        index_integrations(Integration.id == made.id)
    return made


def published(integration: Integration, locales: Sequence[str] = ("en",)) -> Integration:
    """Manual and onboarding page are live in these languages."""
    texts = {locale: software.a_text(TITLES[locale]) for locale in locales}
    support = {"support": {"email": "help@lumi.example", "phone": "+48221234567", "website": "", "languages": ["en"]}}
    software.a_published_manual(integration, texts=texts, facts=support)
    software.a_published_page(integration, texts=texts, facts=support)
    return integration


def a_question(question: str = "What does it cost?", answer: str = "**Nothing**.", **whose: Any) -> Faq:
    return faq.add({"en": {"question": question, "answer": answer}}, a_keeper(), **whose)


def partner_of(integration: Integration) -> SoftwarePartner:
    product = db.session.get_one(Product, integration.product_id)
    return db.session.get_one(SoftwarePartner, product.partner_id)
