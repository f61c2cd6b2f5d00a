"""Records by name: what each sort is called, what names one, and the page about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import url_for

from app.access.guard import may
from app.access.permissions import P
from app.access.roles import OrganisationKind
from app.billing.models import BillingDetail, HandOver, Invoice
from app.catalogue.models import Service
from app.cooperation.models import Goal, MarketingAction, Review, SupportAgreement
from app.core.db import db
from app.core.i18n import _l
from app.customers.models import Account
from app.directory.models import Category, Faq
from app.documents.models import DocumentVersion
from app.followups.models import ServicePartner
from app.imports.models import ImportRun
from app.integrations.models import (
    Integration,
    IntroductionSlot,
    Package,
    PartnerRegistration,
    Product,
    Question,
    SoftwarePartner,
    TechnicalLink,
)
from app.leads.models import Lead
from app.manuals.models import Intake, ManualFeedback, Picture, Pilot, Publication
from app.outbox.models import MailRow
from app.outbox.pause import OutboxPause
from app.outbox.webhooks.models import Webhook, WebhookState
from app.partners.models import Application, Reseller, VendorSystem, WelcomeItem
from app.partners.queries import is_reseller
from app.people.models import Absence, ApiToken, HeldRole, Organisation, Person
from app.plans.models import Plan, PlanContact, PlanTask
from app.playbooks.models import Playbook
from app.privacy.models import Erasure, PrivacyRequest, RetentionPeriod, RetentionRun
from app.settings.models import VendorSettings
from app.settings.processes import has_page
from app.trainings.models import CalendarFeed, TrainingSeries, TrainingSession


@dataclass(frozen=True)
class Kind:
    """One sort of record: what it is called, what names one, and the page about it."""

    label: Any
    id: Any
    """The column that the history knows it by."""
    shown: Any
    """A column with what people know it by."""
    endpoint: str = ""
    permission: P = P.DESK
    argument: str = ""
    """The part of the page's address that `key` fills; "" when the page is one for all."""
    key: Any = None
    """A column; a record without it has no page. Defaults to `shown`."""


_NOTHING = sa.literal("")
_RESELLER = (
    sa.select(Reseller.ref)
    .where(Reseller.organisation_id == Organisation.id, Organisation.kind == OrganisationKind.RESELLER)
    .scalar_subquery()
)
_PRODUCT = sa.select(Product.ref).where(Product.id == Picture.product_id).scalar_subquery()
_SERVICE = (
    sa.select(Person.ref).where(Person.id == ApiToken.person_id, Person.service_roles.is_not(None)).scalar_subquery()
)
_OF_STAFF = sa.case((sa.exists().where(HeldRole.person_id == Person.id), Person.ref))


def _plan_of(column: Any) -> Any:
    """The reference of the plan that a record belongs to."""
    return sa.select(Plan.ref).where(Plan.id == column).scalar_subquery()


def _partner_of(column: Any) -> Any:
    """The reference of the software partner that a record belongs to."""
    return sa.select(SoftwarePartner.ref).where(SoftwarePartner.id == column).scalar_subquery()


KINDS = {
    "absence": Kind(_l("Absence"), Absence.id, Absence.ref, "plans_desk.absences", P.PLANS_WORK),
    "api_token": Kind(_l("Token"), ApiToken.id, ApiToken.name, "api_desk.one", P.STAFF_MANAGE, "ref", key=_SERVICE),
    "account": Kind(_l("Account"), Account.id, Account.ref, "customers_desk.account", P.ACCOUNTS_READ, "ref"),
    "application": Kind(
        _l("Application"), Application.id, Application.ref, "partners_desk.application", P.APPLICATIONS_READ, "ref"
    ),
    "billing_detail": Kind(
        _l("Billing detail"), BillingDetail.id, BillingDetail.ref, "billing_desk.detail", P.BILLING_READ, "ref"
    ),
    "document_version": Kind(
        _l("Document"),
        DocumentVersion.id,
        sa.cast(DocumentVersion.number, sa.String),
        "documents_desk.documents",
        P.DOCUMENTS_MANAGE,
    ),
    "invoice": Kind(
        _l("Invoice"), Invoice.id, Invoice.number, "billing_desk.invoice", P.INVOICES_READ, "ref", Invoice.ref
    ),
    "import_run": Kind(_l("Import"), ImportRun.id, ImportRun.ref, "imports_desk.run", P.IMPORT, "ref"),
    "hand_over": Kind(_l("Hand-over"), HandOver.id, HandOver.ref, "billing_desk.hand_over_made", P.BILLING_READ, "ref"),
    "lead": Kind(_l("Lead"), Lead.id, Lead.ref, "leads_desk.lead", P.LEADS_READ, "ref"),
    "service_partner": Kind(
        _l("Service partner"),
        ServicePartner.id,
        ServicePartner.ref,
        "followups_desk.partner",
        P.SERVICE_PARTNERS_READ,
        "ref",
    ),
    "software_partner": Kind(
        _l("Software partner"),
        SoftwarePartner.id,
        SoftwarePartner.ref,
        "integrations_desk.partner",
        P.SOFTWARE_PARTNERS_READ,
        "ref",
    ),
    "partner_registration": Kind(
        _l("Registration of a software partner"),
        PartnerRegistration.id,
        PartnerRegistration.ref,
        "integrations_desk.registrations",
        P.SOFTWARE_PARTNERS_READ,
    ),
    "introduction_slot": Kind(
        _l("Time for an introduction"),
        IntroductionSlot.id,
        IntroductionSlot.ref,
        "integrations_desk.introductions",
        P.SOFTWARE_PARTNERS_READ,
    ),
    "integration": Kind(
        _l("Integration"),
        Integration.id,
        Integration.slug,
        "integrations_desk.product",
        P.SOFTWARE_PARTNERS_READ,
        "ref",
        key=sa.select(Product.ref).where(Product.id == Integration.product_id).scalar_subquery(),
    ),
    "directory_category": Kind(
        _l("Category of the directory"),
        Category.id,
        Category.slug,
        "directory_desk.category",
        P.DIRECTORY_MANAGE,
        "slug",
    ),
    "faq": Kind(_l("Frequently asked question"), Faq.id, Faq.ref, "directory_desk.question", P.DIRECTORY_MANAGE, "ref"),
    "intake": Kind(_l("Intake"), Intake.id, Intake.ref, "manuals_desk.intake", P.MANUALS_EDIT, "ref"),
    "manual_feedback": Kind(
        _l("Feedback of a reader"),
        ManualFeedback.id,
        ManualFeedback.chapter,
        "manuals_desk.feedback",
        P.MANUALS_EDIT,
    ),
    "picture": Kind(
        _l("Picture"),
        Picture.id,
        Picture.ref,
        "integrations_desk.product",
        P.SOFTWARE_PARTNERS_READ,
        "ref",
        key=_PRODUCT,
    ),
    "pilot": Kind(_l("Pilot"), Pilot.id, Pilot.ref, "manuals_desk.pilot", P.PILOTS_MANAGE, "ref"),
    "publication": Kind(
        _l("Manual or onboarding page"),
        Publication.id,
        Publication.ref,
        "manuals_desk.publication",
        P.MANUALS_EDIT,
        "ref",
    ),
    "support_agreement": Kind(
        _l("Support agreement"),
        SupportAgreement.id,
        SupportAgreement.ref,
        "cooperation_desk.agreement",
        P.COOPERATION_MANAGE,
        "ref",
        key=_partner_of(SupportAgreement.partner_id),
    ),
    "marketing_action": Kind(
        _l("Marketing action"),
        MarketingAction.id,
        MarketingAction.ref,
        "cooperation_desk.marketing",
        P.COOPERATION_MANAGE,
        "ref",
        key=_partner_of(MarketingAction.partner_id),
    ),
    "goal": Kind(
        _l("Goal"),
        Goal.id,
        Goal.ref,
        "cooperation_desk.goals",
        P.COOPERATION_MANAGE,
        "ref",
        key=_partner_of(Goal.partner_id),
    ),
    "review": Kind(
        _l("Review"),
        Review.id,
        Review.ref,
        "cooperation_desk.partner_reviews",
        P.COOPERATION_MANAGE,
        "ref",
        key=_partner_of(Review.partner_id),
    ),
    "organisation": Kind(
        _l("Organisation"),
        Organisation.id,
        Organisation.name,
        "partners_desk.reseller",
        P.RESELLERS_READ,
        "ref",
        key=_RESELLER,
    ),
    "calendar_feed": Kind(
        _l("Calendar address"),
        CalendarFeed.id,
        sa.cast(CalendarFeed.id, sa.String),
        "trainings_my.calendar",
        P.TRAININGS_READ,
    ),
    "training_session": Kind(
        _l("Training session"),
        TrainingSession.id,
        TrainingSession.ref,
        "trainings_desk.session",
        P.TRAININGS_READ,
        "ref",
    ),
    "training_series": Kind(
        _l("Series of trainings"),
        TrainingSeries.id,
        TrainingSeries.ref,
        "trainings_desk.series",
        P.TRAININGS_READ,
        "ref",
    ),
    "outbox_pause": Kind(
        _l("Pause of sending"),
        OutboxPause.id,
        sa.cast(OutboxPause.id, sa.String),
        "outbox_desk.mails",
        P.MAIL_READ,
    ),
    "outbox_mail": Kind(_l("Mail"), MailRow.id, MailRow.ref, "outbox_desk.mail", P.MAIL_READ, "ref"),
    "person": Kind(_l("Person"), Person.id, Person.name, "people_desk.member", P.STAFF_MANAGE, "ref", key=_OF_STAFF),
    "plan": Kind(_l("Plan"), Plan.id, Plan.ref, "plans_desk.plan", P.PLANS_READ, "ref"),
    "plan_contact": Kind(
        _l("Contact person"),
        PlanContact.id,
        PlanContact.ref,
        "plans_desk.plan",
        P.PLANS_READ,
        "ref",
        key=_plan_of(PlanContact.plan_id),
    ),
    "plan_task": Kind(
        _l("Task"),
        PlanTask.id,
        PlanTask.ref,
        "plans_desk.plan",
        P.PLANS_READ,
        "ref",
        key=_plan_of(PlanTask.plan_id),
    ),
    "playbook": Kind(
        _l("Playbook"), Playbook.id, Playbook.code, "playbooks_desk.playbook", P.PLAYBOOKS_MANAGE, "ref", Playbook.ref
    ),
    "erasure": Kind(_l("Erasure"), Erasure.id, Erasure.ref, "privacy_desk.erasure", P.PRIVACY_MANAGE, "ref"),
    "retention_run": Kind(
        _l("Retention"), RetentionRun.id, RetentionRun.rule, "privacy_desk.retention", P.PRIVACY_MANAGE
    ),
    "retention_period": Kind(
        _l("Retention"), RetentionPeriod.id, RetentionPeriod.rule, "privacy_desk.retention", P.PRIVACY_MANAGE
    ),
    "privacy_request": Kind(
        _l("Privacy request"),
        PrivacyRequest.id,
        PrivacyRequest.ref,
        "privacy_desk.request_page",
        P.PRIVACY_MANAGE,
        "ref",
    ),
    "reseller": Kind(
        _l("Reseller"),
        Reseller.id,
        Reseller.ref,
        "partners_desk.reseller",
        P.RESELLERS_READ,
        "ref",
        key=sa.case((is_reseller(), Reseller.ref)),
    ),
    "service": Kind(_l("Service"), Service.id, Service.code, "catalogue_desk.edit", P.CATALOGUE_MANAGE, "code"),
    "package": Kind(
        _l("Package"),
        Package.id,
        Package.name,
        "integrations_desk.package",
        P.SOFTWARE_PARTNERS_READ,
        "ref",
        Package.ref,
    ),
    "product": Kind(
        _l("Product"), Product.id, Product.ref, "integrations_desk.product", P.SOFTWARE_PARTNERS_READ, "ref"
    ),
    "question": Kind(
        _l("Question"), Question.id, Question.ref, "integrations_desk.question", P.QUESTIONS_ANSWER, "ref"
    ),
    "technical_link": Kind(
        _l("Technical link"),
        TechnicalLink.id,
        TechnicalLink.ref,
        "integrations_desk.technical_link",
        P.SOFTWARE_PARTNERS_MANAGE,
        "ref",
    ),
    "outbox_webhook": Kind(
        _l("Webhook"),
        Webhook.id,
        Webhook.ref,
        "webhooks_desk.webhook",
        P.SETTINGS_MANAGE,
        "ref",
        sa.case((Webhook.state != WebhookState.REMOVED, Webhook.ref)),
    ),
    "vendor_settings": Kind(_l("Settings"), VendorSettings.id, _NOTHING, "settings_desk.settings", P.SETTINGS_MANAGE),
    "vendor_system": Kind(
        _l("System"), VendorSystem.id, VendorSystem.name, "partners_desk.systems", P.RESELLERS_MANAGE
    ),
    "welcome_item": Kind(
        _l("Welcome package"), WelcomeItem.id, WelcomeItem.ref, "partners_desk.welcome_package", P.RESELLERS_MANAGE
    ),
}


@dataclass(frozen=True)
class Record:
    """A record as the page names it. `url` is "" where the reader may not open it, or it is gone."""

    label: Any
    shown: str = ""
    url: str = ""


def named(wanted: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Record]:
    """The records behind these entries, in one query."""
    ids: dict[str, set[int]] = {}
    for kind, id in wanted:
        ids.setdefault(kind, set()).add(id)
    found = {(name, id): Record(KINDS[name].label if name in KINDS else name) for name in ids for id in ids[name]}
    asked = [
        sa.select(
            sa.literal(name).label("kind"),
            kind.id.label("id"),
            kind.shown.label("shown"),
            (kind.shown if kind.key is None else kind.key).label("key"),
        ).where(kind.id.in_(ids[name]))
        for name, kind in KINDS.items()
        if name in ids
    ]
    if asked:
        for name, id, shown, key in db.session.execute(sa.union_all(*asked)):
            found[name, id] = Record(KINDS[name].label, shown, _page(KINDS[name], key))
    return found


def _page(kind: Kind, key: str | None) -> str:
    if not kind.endpoint or key is None or not may(kind.permission) or not has_page(kind.endpoint):
        return ""
    values: dict[str, Any] = {kind.argument: key} if kind.argument else {}
    return url_for(kind.endpoint, **values)
