"""Sentences about the work together with software partners, for tests: made by the verbs themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient

from app.cooperation.models import ActionKind, MarketingAction, Review, SupportAgreement
from app.cooperation.service import agreements, marketing, reviews
from app.cooperation.service.agreements import AgreementDetails
from app.cooperation.service.marketing import ActionDetails
from app.core.clock import today
from app.core.db import db, new_ref, write
from app.core.i18n import LOCALES
from app.documents import service as documents
from app.documents.models import DocumentKind
from app.integrations.models import SoftwarePartner
from app.integrations.service import steps
from app.outbox.models import MailRow
from app.people.models import Person
from app.people.queries import by_id
from app.plans.models import Plan
from tests import sentences as s
from tests.software import a_software_partner, owner_of

OUTLINE: dict[str, Any] = {
    "code": "software-partner",
    "audience": "partner",
    "title": {"en": "Software partner"},
    "phases": [
        {"code": "support", "title": {"en": "Support"}},
        {"code": "operational", "title": {"en": "Operational"}},
    ],
    "tasks": [
        {"code": code, "phase": "operational", "kind": kind, "side": "vendor", "title": {"en": code}}
        for code, kind in (
            ("support_proposed", "tick"),
            ("support_agreed", "tick"),
            ("support_training", "meeting"),
            ("marketing_started", "tick"),
            ("goals_set", "tick"),
            ("first_review", "meeting"),
        )
    ],
}


def a_manager(name: str = "Elina Rautio") -> Person:
    """A coordinator, who may agree with software partners."""
    return fresh(s.a_staff_member("coordinator", name=name).id)


def fresh(person_id: int) -> Person:
    """With roles and memberships, as a request knows them."""
    return by_id(person_id)


def owner(partner: SoftwarePartner) -> Person:
    return fresh(owner_of(partner).id)


def with_plan(partner: SoftwarePartner | None = None, by: Person | None = None) -> SoftwarePartner:
    """A software partner that has its plan."""
    partner = partner or a_software_partner()
    by = by or a_manager()
    s.a_playbook(OUTLINE)
    with write():
        db.session.get_one(SoftwarePartner, partner.id).manager_id = by.id
    steps.start(partner.id, by)
    return db.session.get_one(SoftwarePartner, partner.id)


def the_plan(partner: SoftwarePartner) -> Plan:
    assert partner.plan_id is not None
    return db.session.get_one(Plan, partner.plan_id)


DETAILS = AgreementDetails(
    customer_first="partner",
    customer_channel="email",
    customer_contact="help@kassalinja.example",
    partner_channel="portal",
    partner_contact="https://help.brimora.example",
    answer_hours=8,
    training="An hour about what customers ask.",
    training_on=None,
    deviation="",
    remarks="",
)


def an_agreement(
    partner: SoftwarePartner, by: Person, *, state: str = "draft", details: AgreementDetails = DETAILS
) -> SupportAgreement:
    made = agreements.draft(partner.id, details, by)
    if state in ("proposed", "in_force"):
        agreements.propose(made.id, made.version, by)
    if state == "in_force":
        agreements.confirm(made.id, made.version, by, for_vendor=True)
        agreements.confirm(made.id, made.version, owner(partner), for_vendor=False)
    return made


def an_action(partner: SoftwarePartner, by: Person, title: str = "A post", **values: Any) -> MarketingAction:
    details = ActionDetails(
        values.pop("kind", ActionKind.SOCIAL_MEDIA),
        title,
        values.pop("owner", by.ref),
        values.pop("due_on", day(10)),
        values.pop("notes", ""),
    )
    return marketing.add(partner.id, details, values.pop("key", new_ref("K")), by)


def a_review(partner: SoftwarePartner, by: Person, *, days: int = 10, months: int = 3) -> Review:
    """Planned so many days from now; one that is late is planned and time goes on."""
    made = reviews.plan(partner.id, max(day(days), day(0)), months, by)
    if days < 0:
        with write():
            db.session.get_one(Review, made.id).planned_on = day(days)
    return made


def the_process(by: Person, words: str = "We invoice the end customer.") -> None:
    """Publishes the standard invoicing process."""
    draft = documents.start_draft(DocumentKind.INVOICING_PROCESS, by)
    for locale in LOCALES:
        documents.save_text(draft, locale, f"Invoicing {locale}", words, draft.row_version, by)
    documents.publish(draft, draft.row_version, by)


def day(days: int) -> date:
    return today("Europe/Amsterdam") + timedelta(days=days)


def mails(template: str) -> Sequence[MailRow]:
    return db.session.scalars(sa.select(MailRow).where(MailRow.template == template).order_by(MailRow.id)).all()


def send(client: FlaskClient, path: str, data: dict[str, str] | None = None) -> Any:
    """A form, from a page that carries a token."""
    return s.post(client, path, data, page="")
