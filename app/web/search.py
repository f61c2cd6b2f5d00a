"""One search over everything a person may see at the desk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import joinedload

from app.access import policy
from app.access.permissions import P
from app.access.roles import STAFF_ROLE_NAMES
from app.billing.models import BillingDetail, Invoice
from app.billing.queries import details, invoices
from app.core.db import db
from app.core.i18n import _, _l, format_date
from app.core.identifiers import show_company_number
from app.core.money import written
from app.core.search import contains, holding, matching
from app.customers import queries as customers
from app.customers.models import Account, AccountState
from app.followups.models import ServicePartner
from app.followups.queries import partners as service_partners
from app.integrations.models import Integration, Product, Question, SoftwarePartner
from app.integrations.queries import partners as software_partners
from app.integrations.queries import products, questions
from app.integrations.queries.products import Shelf
from app.integrations.words import QUESTION_STATES, STAGES
from app.leads import queries as leads
from app.leads.models import Lead
from app.leads.states import STATE_NAMES
from app.partners.models import Application, Reseller
from app.partners.queries import is_reseller
from app.people.models import Membership, Organisation, Person
from app.plans.models import Plan, PlanState
from app.plans.queries import portfolio as plans
from app.plans.words import STATES as PLAN_STATES
from app.settings.processes import has_page, runs

EACH = 6
"""Hits of each kind; the kind's own list shows the rest."""


@dataclass(frozen=True)
class Hit:
    title: str
    detail: str
    ref: str
    url: str


@dataclass(frozen=True)
class Group:
    """The hits of one kind, and where all of them stand."""

    label: Any
    icon: str
    hits: list[Hit]
    more: str


def found_for(actor: Person, q: str) -> list[Group]:
    """One query a kind, only for the kinds that this person's role may read."""
    return [
        Group(label, icon, hits[:EACH], more(q) if len(hits) > EACH else "")
        for permission, label, icon, find, more in _KINDS
        if policy.allows(actor, permission) and runs(_ROOMS.get(permission, "")) and (hits := find(actor, q))
    ]


def _leads(actor: Person, q: str) -> list[Hit]:
    rows = db.session.scalars(
        leads.visible_to(actor)
        .where(matching(Lead, q))
        .order_by(Lead.updated_at.desc(), Lead.id.desc())
        .limit(EACH + 1)
        .options(joinedload(Lead.reseller).joinedload(Reseller.organisation))
    )
    return [
        Hit(
            lead.company_name,
            _join(lead.city, _number(lead), str(STATE_NAMES[lead.state]), lead.reseller.organisation.name),
            lead.ref,
            url_for("leads_desk.lead", ref=lead.ref),
        )
        for lead in rows
    ]


def _accounts(actor: Person, q: str) -> list[Hit]:
    rows = db.session.scalars(
        customers.visible_to(actor)
        .where(matching(Account, q))
        .order_by((Account.state == AccountState.ACTIVE).desc(), Account.created_at.desc(), Account.id.desc())
        .limit(EACH + 1)
    )
    return [
        Hit(
            account.company_name,
            _join(account.city, _number(account)),
            account.ref,
            url_for("customers_desk.account", ref=account.ref),
        )
        for account in rows
    ]


def _details(actor: Person, q: str) -> list[Hit]:
    """By reference and text; whose they are is found among the accounts."""
    rows = db.session.scalars(
        details.named(details.visible_to(actor).where(matching(BillingDetail, q)))
        .order_by(BillingDetail.created_at.desc(), BillingDetail.id.desc())
        .limit(EACH + 1)
    )
    return [
        Hit(
            found.service.name,
            _join(found.account.company_name, found.text),
            found.ref,
            _page("billing_desk.detail", ref=found.ref),
        )
        for found in rows
    ]


def _invoices(actor: Person, q: str) -> list[Hit]:
    rows = db.session.scalars(
        invoices.visible_to(actor)
        .where(matching(Invoice, q))
        .order_by(Invoice.issued_on.desc(), Invoice.id.desc())
        .limit(EACH + 1)
    )
    return [
        Hit(
            found.number,
            _join(found.buyer_name, written(found.gross, found.currency), format_date(found.issued_on)),
            found.ref,
            _page("billing_desk.invoice", ref=found.ref),
        )
        for found in rows
    ]


def _plans(actor: Person, q: str) -> list[Hit]:
    rows = db.session.scalars(
        plans.visible_to(actor)
        .where(matching(Plan, q))
        .order_by((Plan.state == PlanState.RUNNING).desc(), Plan.created_at.desc(), Plan.id.desc())
        .limit(EACH + 1)
    )
    return [
        Hit(
            found.name,
            _join(str(PLAN_STATES[found.state]), _done_of(found)),
            found.ref,
            _page("plans_desk.plan", ref=found.ref),
        )
        for found in rows
    ]


def _done_of(plan: Plan) -> str:
    return _("%(done)s of %(all)s done", done=plan.done_count, all=plan.task_count)


def _applications(actor: Person, q: str) -> list[Hit]:
    rows = db.session.scalars(
        sa.select(Application)
        .where(matching(Application, q))
        .order_by(Application.created_at.desc(), Application.id.desc())
        .limit(EACH + 1)
    )
    return [
        Hit(
            found.company_name,
            _join(found.applicant, found.city, _number(found)),
            found.ref,
            _page("partners_desk.application", ref=found.ref),
        )
        for found in rows
    ]


def _resellers(actor: Person, q: str) -> list[Hit]:
    rows = db.session.scalars(
        sa.select(Reseller)
        .where(matching(Reseller, q), is_reseller())
        .order_by(Reseller.id.desc())
        .limit(EACH + 1)
        .options(joinedload(Reseller.organisation))
    )
    return [
        Hit(
            found.organisation.name,
            _join(found.contact_name, found.city),
            found.ref,
            _page("partners_desk.reseller", ref=found.ref),
        )
        for found in rows
    ]


def _service_partners(actor: Person, q: str) -> list[Hit]:
    rows = db.session.scalars(
        service_partners.partners(actor, None, q).order_by(ServicePartner.name_sort, ServicePartner.id).limit(EACH + 1)
    )
    return [
        Hit(
            found.organisation.name,
            _join(found.city, found.email),
            found.ref,
            _page("followups_desk.partner", ref=found.ref),
        )
        for found in rows
    ]


def _members(actor: Person, q: str) -> list[Hit]:
    """People of resellers; found here, opened at their reseller."""
    return _people_of(Reseller, "partners_desk.reseller", q, is_reseller())


def _service_partner_people(actor: Person, q: str) -> list[Hit]:
    return _people_of(ServicePartner, "followups_desk.partner", q)


def _software_partners(actor: Person, q: str) -> list[Hit]:
    rows = db.session.scalars(
        software_partners.visible_to(actor)
        .where(holding(SoftwarePartner, q))
        .order_by(SoftwarePartner.name_sort, SoftwarePartner.id)
        .limit(EACH + 1)
    )
    return [
        Hit(
            found.organisation.name,
            found.website or "",
            found.ref,
            _page("integrations_desk.partner", ref=found.ref),
        )
        for found in rows
    ]


def _software_partner_people(actor: Person, q: str) -> list[Hit]:
    return _people_of(SoftwarePartner, "integrations_desk.partner", q)


def _products(actor: Person, q: str) -> list[Hit]:
    rows = db.session.scalars(
        products.everywhere(Shelf.CURRENT, q).order_by(Product.name_sort, Product.id).limit(EACH + 1)
    )
    return [
        Hit(
            found.name,
            _join(found.partner.organisation.name, found.website or ""),
            found.ref,
            _page("integrations_desk.product", ref=found.ref),
        )
        for found in rows
    ]


def _integrations(actor: Person, q: str) -> list[Hit]:
    """Opened at their product."""
    rows = db.session.scalars(
        sa.select(Integration)
        .where(sa.or_(contains(Integration.search, q), Integration.ref == q.strip()))
        .order_by(Integration.name_sort, Integration.id)
        .limit(EACH + 1)
        .options(
            joinedload(Integration.product).joinedload(Product.partner).joinedload(SoftwarePartner.organisation),
            joinedload(Integration.package),
        )
    )
    return [
        Hit(
            _("%(product)s with %(package)s", product=found.product.name, package=found.package.name),
            _join(found.product.partner.organisation.name, str(STAGES[found.stage])),
            found.ref,
            _page("integrations_desk.product", ref=found.product.ref),
        )
        for found in rows
    ]


def _questions(actor: Person, q: str) -> list[Hit]:
    rows = db.session.scalars(
        questions.visible_to(actor)
        .where(contains(Question.search, q))
        .order_by(Question.last_at.desc(), Question.id.desc())
        .limit(EACH + 1)
        .options(joinedload(Question.partner).joinedload(SoftwarePartner.organisation))
    )
    return [
        Hit(
            found.subject,
            _join(found.partner.organisation.name, str(QUESTION_STATES[found.state])),
            found.ref,
            _page("integrations_desk.question", ref=found.ref),
        )
        for found in rows
    ]


def _people_of(
    model: type[Reseller] | type[ServicePartner] | type[SoftwarePartner],
    page: str,
    q: str,
    *which: sa.ColumnElement[bool],
) -> list[Hit]:
    rows = db.session.execute(
        sa.select(Person, Organisation.name, model.ref)
        .join(Membership, Membership.person_id == Person.id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .join(model, model.organisation_id == Organisation.id)
        .where(contains(Person.search, q), Membership.ended_at.is_(None), *which)
        .order_by(Person.name, Person.id)
        .limit(EACH + 1)
    )
    return [Hit(person.name, _join(name, person.email), person.ref, _page(page, ref=ref)) for person, name, ref in rows]


def _staff(actor: Person, q: str) -> list[Hit]:
    rows = db.session.scalars(
        sa.select(Person)
        .where(contains(Person.search, q), Person.held_roles.any())
        .order_by(Person.name, Person.id)
        .limit(EACH + 1)
        .options(joinedload(Person.held_roles))
    ).unique()
    return [
        Hit(
            person.name,
            _join(person.email, *(str(STAFF_ROLE_NAMES[role]) for role in sorted(person.staff_roles))),
            person.ref,
            _page("people_desk.staff"),
        )
        for person in rows
    ]


def _number(record: Lead | Account | Application) -> str:
    return show_company_number(record.country, record.company_number)


def _join(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def _page(endpoint: str, **values: str) -> str:
    """The address of a page, or the desk's home where this installation has no such page."""
    return url_for(endpoint, **values) if has_page(endpoint) else url_for("web_desk.inbox")  # type: ignore[arg-type]  # str values


Find = Callable[[Person, str], list[Hit]]

Everything = Callable[[str], str]


def _all(endpoint: str, **kept: str) -> Everything:
    return lambda q: _page(endpoint, q=q, **kept)


_ROOMS = {
    P.LEADS_READ: "app.leads",
    P.BILLING_READ: "app.billing",
    P.INVOICES_READ: "app.billing",
    P.PLANS_READ: "app.plans",
    P.APPLICATIONS_READ: "app.partners",
    P.RESELLERS_READ: "app.partners",
    P.SERVICE_PARTNERS_READ: "app.followups",
    P.SOFTWARE_PARTNERS_READ: "app.integrations",
    P.QUESTIONS_ANSWER: "app.integrations",
}
"""Kinds that are not looked for while their process is switched off."""

_KINDS: tuple[tuple[P, Any, str, Find, Everything], ...] = (
    (P.LEADS_READ, _l("Leads"), "leads", _leads, _all("leads_desk.leads", group="all")),
    (P.ACCOUNTS_READ, _l("Accounts"), "people", _accounts, _all("customers_desk.accounts", state="all")),
    (P.BILLING_READ, _l("Billing details"), "clock", _details, _all("billing_desk.details")),
    (P.INVOICES_READ, _l("Invoices"), "doc", _invoices, _all("billing_desk.invoices")),
    (P.PLANS_READ, _l("Plans"), "plan", _plans, _all("plans_desk.plans", state="all")),
    (P.APPLICATIONS_READ, _l("Applications"), "flag", _applications, _all("partners_desk.applications")),
    (P.RESELLERS_READ, _l("Resellers"), "plan", _resellers, _all("partners_desk.resellers")),
    (P.RESELLERS_READ, _l("People of resellers"), "person", _members, lambda q: ""),
    (P.SERVICE_PARTNERS_READ, _l("Service partners"), "people", _service_partners, _all("followups_desk.partners")),
    (P.SERVICE_PARTNERS_READ, _l("People of service partners"), "person", _service_partner_people, lambda q: ""),
    (
        P.SOFTWARE_PARTNERS_READ,
        _l("Software partners"),
        "people",
        _software_partners,
        _all("integrations_desk.partners"),
    ),
    (P.SOFTWARE_PARTNERS_READ, _l("People of software partners"), "person", _software_partner_people, lambda q: ""),
    (P.SOFTWARE_PARTNERS_READ, _l("Products"), "shop", _products, _all("integrations_desk.products")),
    (P.SOFTWARE_PARTNERS_READ, _l("Integrations"), "plan", _integrations, lambda q: ""),
    (P.QUESTIONS_ANSWER, _l("Questions"), "mail", _questions, _all("integrations_desk.questions")),
    (P.STAFF_MANAGE, _l("Staff"), "person", _staff, _all("people_desk.staff")),
)
