"""What every template knows: the vendor, the person, what that person may do, and the navigation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, url_for
from flask_login import current_user
from werkzeug.local import LocalProxy

from app.access.guard import actor_or_none, may
from app.access.permissions import P
from app.catalogue.words import period_name
from app.core import identifiers, privacy
from app.core.forms import typed_in_vain
from app.core.i18n import _l
from app.customers import fields
from app.leads import states
from app.manuals.told_intake import section_name
from app.partners import parts as partners
from app.people import landing
from app.settings import processes
from app.settings.models import vendor


@dataclass(frozen=True)
class Entry:
    """One entry of a navigation: shown to whoever holds `permission`, current on the pages of `section`."""

    section: str
    label: Any
    endpoint: str
    permission: P
    icon: str = ""


PANEL = (
    Entry("home", _l("Home"), "leads_panel.home", P.PANEL),
    Entry("leads", _l("Leads"), "leads_panel.leads", P.PANEL_LEADS_READ),
    Entry("accounts", _l("Accounts"), "customers_panel.accounts", P.PANEL_LEADS_READ),
    Entry("billing", _l("Billing"), "billing_panel.details", P.PANEL_BILLING_READ),
    Entry("invoices", _l("Invoices"), "billing_panel.invoices", P.PANEL_BILLING_READ),
    Entry("materials", _l("Materials"), "partners_panel.materials", P.PANEL),
    Entry("link", _l("Personal link"), "partners_panel.link", P.PANEL_LINK_READ),
    Entry("followups", _l("Follow-ups"), "followups_panel.followups", P.PARTNER_FOLLOWUPS),
    Entry("companies", _l("Companies"), "followups_panel.companies", P.PARTNER_PANEL),
    Entry("details", _l("Company details"), "followups_panel.details", P.PARTNER_DETAILS),
    Entry("software", _l("Home"), "integrations_panel.home", P.SOFTWARE_PANEL),
    Entry("products", _l("Products"), "integrations_panel.products", P.SOFTWARE_PANEL),
    Entry("questions", _l("Questions"), "integrations_panel.questions", P.SOFTWARE_PANEL),
    Entry("sign_ups", _l("Sign-ups"), "manuals_panel.sign_ups", P.SOFTWARE_PANEL),
    Entry("publication", _l("Publication"), "directory_panel.publication", P.SOFTWARE_PANEL),
    Entry("together", _l("Working together"), "cooperation_panel.support", P.SOFTWARE_PANEL),
    Entry("people", _l("People"), "people_panel.people", P.PANEL_PEOPLE_READ),
    Entry("company", _l("Company details"), "integrations_panel.company", P.SOFTWARE_PANEL),
)

DESK = (
    Entry("inbox", _l("Inbox"), "web_desk.inbox", P.DESK, "inbox"),
    Entry("leads", _l("Leads"), "leads_desk.leads", P.LEADS_READ, "leads"),
    Entry("followups", _l("Follow-ups"), "followups_desk.followups", P.FOLLOWUPS_READ, "phone"),
    Entry("service_partners", _l("Service partners"), "followups_desk.partners", P.SERVICE_PARTNERS_READ, "people"),
    Entry("software", _l("Software partners"), "integrations_desk.partners", P.SOFTWARE_PARTNERS_READ, "people"),
    Entry("questions", _l("Questions"), "integrations_desk.questions", P.QUESTIONS_ANSWER, "mail"),
    Entry("manuals", _l("Manuals"), "manuals_desk.publications", P.MANUALS_EDIT, "doc"),
    Entry("pilots", _l("Pilots"), "manuals_desk.pilots", P.PILOTS_MANAGE, "plan"),
    Entry("directory", _l("Directory"), "directory_desk.directory", P.DIRECTORY_MANAGE, "doc"),
    Entry("reviews", _l("Reviews"), "cooperation_desk.reviews", P.COOPERATION_MANAGE, "chart"),
    Entry("reports", _l("Reports"), "reports_desk.reports", P.REPORTS_READ, "chart"),
    Entry("accounts", _l("Accounts"), "customers_desk.accounts", P.ACCOUNTS_READ, "people"),
    Entry("plans", _l("Plans"), "plans_desk.plans", P.PLANS_READ, "plan"),
    Entry("team", _l("Team"), "plans_desk.team", P.CASES_LEAD, "chart"),
    Entry("trainings", _l("Trainings"), "trainings_desk.sessions", P.TRAININGS_READ, "clock"),
    Entry("applications", _l("Applications"), "partners_desk.applications", P.APPLICATIONS_READ, "flag"),
    Entry("resellers", _l("Resellers"), "partners_desk.resellers", P.RESELLERS_READ, "plan"),
    Entry("billing", _l("Billing"), "billing_desk.due", P.BILLING_READ, "clock"),
    Entry("invoices", _l("Invoices"), "billing_desk.invoices", P.INVOICES_READ, "doc"),
    Entry("imports", _l("Imports"), "imports_desk.imports", P.IMPORT, "upload"),
    Entry("mail", _l("Mail"), "outbox_desk.mails", P.MAIL_READ, "mail"),
    Entry("history", _l("History"), "history_desk.summary", P.HISTORY_READ, "clock"),
    Entry("privacy", _l("Privacy"), "privacy_desk.requests", P.PRIVACY_MANAGE, "people"),
    Entry("documents", _l("Documents"), "documents_desk.documents", P.DOCUMENTS_MANAGE, "doc"),
    Entry("playbooks", _l("Playbooks"), "playbooks_desk.playbooks", P.PLAYBOOKS_MANAGE, "doc"),
    Entry("catalogue", _l("Services"), "catalogue_desk.services", P.CATALOGUE_MANAGE, "chart"),
    Entry("staff", _l("Staff"), "people_desk.staff", P.STAFF_MANAGE, "people"),
    Entry("api", _l("API"), "api_desk.services", P.STAFF_MANAGE, "cog"),
    Entry("settings", _l("Settings"), "settings_desk.settings", P.SETTINGS_MANAGE, "cog"),
)


@dataclass(frozen=True)
class NavItem:
    label: Any
    url: str
    current: bool
    icon: str
    count: int | None = None


def navigation(entries: tuple[Entry, ...], section: str) -> list[NavItem]:
    return [
        NavItem(entry.label, url_for(entry.endpoint), entry.section == section, entry.icon)
        for entry in entries
        if may(entry.permission) and processes.has_page(entry.endpoint)
    ]


def panel_navigation(section: str) -> list[NavItem]:
    """What the panel offers to the people of the organisation that the person works for now."""
    person = actor_or_none()
    people = person is not None and landing.may_see_people(person)
    return navigation(tuple(entry for entry in PANEL if people or entry.section != "people"), section)


def panel_home() -> str:
    """Where the vendor's mark leads from a page of a panel."""
    person = actor_or_none()
    if person is None:
        return "/panel" if processes.has_page("leads_panel.home") else "/"
    return landing.panel_of(person) or "/"


def init_app(app: Flask) -> None:
    functions: dict[str, Callable[..., Any]] = {
        "may": may,
        "panel_nav": panel_navigation,
        "panel_home": panel_home,
        "asked_in": fields.asked_in,
        "field_name": fields.name_of,
        "field_shown": fields.shown,
        "said_to_staff": lambda lead: states.said(lead, staff=True),
        "request_said": states.request_said,
        "period_name": period_name,
        "desk_nav": lambda section: navigation(DESK, section),
        "is_erased": privacy.is_erased,
        "credited_page": partners.credited_page,
        "typed_in_vain": typed_in_vain,
    }
    app.jinja_env.globals.update(functions, P=P, IDENTIFIERS=fields.IDENTIFIERS)
    app.jinja_env.filters["show_phone"] = identifiers.show_phone
    app.jinja_env.filters["dialled"] = identifiers.dialled
    app.jinja_env.filters["section_name"] = section_name

    @app.context_processor
    def _context() -> dict[str, Any]:
        # Asked when a page shows it: error pages do not, and so can be shown while the database is away.
        return {"vendor": LocalProxy(vendor), "demo_mode": current_app.config["GANGWAY"].demo, "person": current_user}
