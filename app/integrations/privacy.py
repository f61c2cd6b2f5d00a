"""What is held about whoever registers a software company, and about the people of software partners."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.access.links import AccessLink, Purpose
from app.core.db import db
from app.core.i18n import _l
from app.core.privacy import COMPANY, Holding, Is, Kind, Rule, are
from app.history.privacy import forget_records
from app.integrations.models import (
    Integration,
    IntroductionSlot,
    Package,
    PartnerRegistration,
    Product,
    Question,
    QuestionMessage,
    SoftwarePartner,
    TechnicalLink,
)

_REGISTRATIONS = Kind(
    "partner_registrations",
    _l("Registrations of software partners"),
    _l("To open a panel for the company that registers: steps at its request before a contract."),
    _l("30 days if the link in the mail is not followed; otherwise as long as the company is a software partner."),
)
_PARTNERS = Kind(
    "software_partners",
    _l("Software partners"),
    _l("To work with the software partner: performance of the contract."),
    _l("As long as the vendor works with it."),
)
_QUESTIONS = Kind(
    "questions",
    _l("Questions of software partners"),
    _l("To answer questions about the integration: performance of the contract."),
    _l("As long as the vendor works with the software partner."),
)
_PRODUCTS = Kind(
    "products",
    _l("Products, packages and technical links"),
    _l("To say what can be connected with what: our legitimate interest."),
    _l("Until the vendor changes it."),
)


def _unconfirmed(before: datetime) -> sa.Select[Any]:
    return (
        sa.select(PartnerRegistration.id)
        .where(PartnerRegistration.confirmed_at.is_(None), PartnerRegistration.created_at < before)
        .order_by(PartnerRegistration.id)
    )


def _forget_registrations(ids: Sequence[int]) -> None:
    db.session.execute(
        sa.delete(AccessLink).where(AccessLink.purpose == Purpose.PARTNER_REGISTRATION, AccessLink.subject_id.in_(ids))
    )
    db.session.execute(sa.delete(PartnerRegistration).where(PartnerRegistration.id.in_(ids)))
    forget_records("partner_registration", ids)


HOLDINGS = (
    Holding(
        PartnerRegistration,
        _REGISTRATIONS,
        {
            **are(Is.CODE, "ref", "country", "locale", "submission_key", "sells"),
            **are(Is.STAYS, "company_name", "website", "product_name"),
            "name": Is.NAME,
            "email": Is.EMAIL,
        },
        stays=dict.fromkeys(("company_name", "website", "product_name"), COMPANY),
        told=True,
    ),
    Holding(
        IntroductionSlot,
        _PARTNERS,
        {**are(Is.CODE, "ref", "timezone", "state"), **are(Is.TEXT, "place", "link")},
        actors=("staff_id",),
    ),
    Holding(
        QuestionMessage,
        _QUESTIONS,
        {**are(Is.CODE, "ref", "key"), "by_name": Is.TEXT, "body": Is.TEXT},
        actors=("by_id",),
        part_of=("question_id", "question"),
    ),
    Holding(
        Question,
        _QUESTIONS,
        {**are(Is.CODE, "ref", "state"), "subject": Is.TEXT, "search": Is.SEARCH},
        actors=("expert_id", "created_by_id"),
        part_of=("partner_id", "software_partner"),
    ),
    Holding(
        Integration,
        _PRODUCTS,
        {**are(Is.CODE, "ref", "slug", "passes", "stage", "name_sort"), "search": Is.SEARCH},
        part_of=("product_id", "product"),
    ),
    Holding(
        Product,
        _PRODUCTS,
        {**are(Is.CODE, "ref", "slug", "sells", "languages", "name_sort"), **are(Is.STAYS, "name", "website")},
        stays=dict.fromkeys(("name", "website"), COMPANY),
        part_of=("partner_id", "software_partner"),
    ),
    Holding(
        SoftwarePartner,
        _PARTNERS,
        {
            **are(Is.CODE, "ref", "state", "country", "locale", "name_sort"),
            "website": Is.STAYS,
            "end_reason": Is.TEXT,
            "search": Is.SEARCH,
        },
        actors=("manager_id",),
        stays={"website": COMPANY},
        part_of=("organisation_id", "organisation"),
    ),
    Holding(
        Package,
        _PRODUCTS,
        {**are(Is.CODE, "ref", "slug", "name", "kind", "passes", "name_sort"), **are(Is.TEXT, "website", "texts")},
    ),
    Holding(
        TechnicalLink, _PRODUCTS, {**are(Is.CODE, "ref", "kind"), **are(Is.TEXT, "titles", "notes"), "url": Is.ADDRESS}
    ),
)

RULES = (
    Rule(
        "unconfirmed_registrations",
        _l("Registrations of software partners that nobody confirmed"),
        _l("the day of the registration"),
        30,
        _unconfirmed,
        _forget_registrations,
        least=14,
        after=_l("Nothing."),
    ),
)
