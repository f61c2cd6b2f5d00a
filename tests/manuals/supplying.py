"""Sentences about intakes: a section is saved, all of them are, all are handed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from app.core.db import db
from app.integrations.models import Package, Product
from app.manuals import sections
from app.manuals.models import Intake, Section, SectionCode
from app.manuals.queries import intakes as queries
from app.manuals.sections import Address
from app.manuals.service import supplying as service
from app.manuals.service.supplying import Saved
from app.people.models import Person
from tests.software import a_package, a_picture


def put(
    product: Product, address: Address, content: Mapping[str, Any], by: Person, *, seen: int = 0, window: str = "w"
) -> Saved:
    """A section is saved from a window."""
    return service.save(product.id, address, content, seen=seen, window=window, by=by)


def whole(product: Product, packages: Sequence[Package], locale: str = "en") -> dict[SectionCode, dict[str, Any]]:
    """The content of every section, complete."""
    ref = a_picture(product, width=480, height=320).ref
    steps = [{"id": "s1", "text": f"Open the settings ({locale}).", "picture": ref, "alt": f"The settings ({locale})."}]
    found: dict[SectionCode, dict[str, Any]] = {
        SectionCode.PRODUCT: {"summary": f"A till ({locale}).", "about": f"It rings up sales ({locale})."},
        SectionCode.CATEGORIES: {"sells": ["point_of_sale"], "logo": ref},
        SectionCode.KEY: {"find": steps, "enter": [steps[0] | {"id": "s2"}]},
        SectionCode.LIMITS: {"text": f"No gift cards ({locale})."},
        SectionCode.SUPPORT: {"email": "help@lumi.example", "languages": ["fi", "en"]},
    }
    if packages:
        found[SectionCode.PACKAGES] = {"passes": {package.ref: ["sales", "vat"] for package in packages}}
    return found


def fill(product: Product, by: Person, packages: Sequence[Package], locale: str = "en") -> None:
    """All sections in one language, and with packages those for all languages too; as if from one window."""
    for code, content in whole(product, packages, locale).items():
        by_language = sections.SHAPES[code].by_language
        if by_language or packages:
            section = section_of(product, (code, locale if by_language else ""), must=False)
            seen = section.version if section is not None else 0
            put(product, (code, locale if by_language else ""), content, by, seen=seen, window="fills")


def hand_in(product: Product, by: Person) -> Intake:
    """Everything complete, and handed in."""
    fill(product, by, [a_package("Ledgerly")], product.languages[0])
    return service.hand_in(product.id, by)


def section_of(product: Product, address: Address, *, must: bool = True) -> Any:
    db.session.expire_all()
    found = db.session.scalar(
        sa.select(Section)
        .join(Intake, Intake.id == Section.intake_id)
        .where(Intake.product_id == product.id, Section.code == address[0], Section.locale == address[1])
    )
    assert found is not None or not must
    return found


def content_of(product: Product, address: Address) -> dict[str, Any]:
    return queries.content_of(queries.of_product(product.id), *address)
