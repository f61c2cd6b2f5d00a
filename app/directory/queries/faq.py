"""Frequently asked questions of integrations and categories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import LOCALES
from app.core.search import contains
from app.directory.models import Faq
from app.integrations.models import Integration, Product


@dataclass(frozen=True)
class Answered:
    """A question with its answer, in the language asked for or else in the first one that it has."""

    ref: str
    locale: str
    question: str
    answer: str
    """Markdown."""


def of_category(code: str, locale: str) -> tuple[Answered, ...]:
    return _answered(_ordered().where(Faq.category == code), locale)


def of_integration(integration_id: int, locale: str) -> tuple[Answered, ...]:
    return _answered(_ordered().where(Faq.integration_id == integration_id), locale)


def _ordered() -> sa.Select[Faq]:
    return sa.select(Faq).order_by(Faq.position, Faq.id)


def _answered(query: sa.Select[Faq], locale: str) -> tuple[Answered, ...]:
    return tuple(
        Answered(each.ref, spoken, said["question"], said["answer"])
        for each in db.session.scalars(query)
        for spoken, said in [said_in(each.texts, locale)]
    )


def said_in(texts: Mapping[str, Any], locale: str) -> tuple[str, Mapping[str, str]]:
    """Each text has at least one language."""
    spoken = next(code for code in (locale, *LOCALES) if texts.get(code))
    return spoken, texts[spoken]


def one(ref: str) -> Faq:
    """With its integration, product and package.

    Raises:
        NotFound
    """
    found = db.session.scalar(sa.select(Faq).where(Faq.ref == ref).options(*_whose()))
    if found is None:
        raise NotFound
    return found


def _whose() -> Sequence[Any]:
    whole = joinedload(Faq.integration)
    return (whole.joinedload(Integration.product), whole.joinedload(Integration.package))


def of_categories() -> dict[str, list[Faq]]:
    """By the category's code, in their order."""
    found: dict[str, list[Faq]] = {}
    for each in db.session.scalars(_ordered().where(Faq.category.is_not(None))):
        found.setdefault(str(each.category), []).append(each)
    return found


def of_integrations(q: str) -> sa.Select[Faq, str]:
    """Those of all integrations, with whose they are and by what that is ordered."""
    query = sa.select(Faq, Integration.name_sort).join(Faq.integration).options(*_whose())
    return query.where(contains(Integration.search, q)) if q else query


def integration(ref: str) -> Integration:
    """Whose a new question is to be.

    Raises:
        NotFound
    """
    found = db.session.scalar(
        sa.select(Integration)
        .where(Integration.ref == ref)
        .options(joinedload(Integration.product).joinedload(Product.partner), joinedload(Integration.package))
    )
    if found is None:
        raise NotFound
    return found
