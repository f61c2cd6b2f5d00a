"""The processes a vendor may run, and what a switched-off one takes away: pages, links, inbox items, jobs and mails.

Which rooms of the house belong to a process stands in one table here, by the modules' names: doors, jobs, inbox sources
and mails all live in modules, so a new page of a feature needs nothing more. What is switched off keeps its data.
"""

from __future__ import annotations

import enum
from functools import cache
from typing import Any

from flask import Flask, abort, current_app, request

from app.core.i18n import _l
from app.settings.models import vendor


class Process(enum.StrEnum):
    RESELLERS = "resellers"
    BILLING = "billing"
    IMPLEMENTATION = "implementation"
    TOTAL_SERVICE = "total_service"
    SOFTWARE_PARTNERS = "software_partners"


NAMES: dict[Process, Any] = {
    Process.RESELLERS: _l("Reseller programme"),
    Process.BILLING: _l("Billing and invoices"),
    Process.IMPLEMENTATION: _l("Implementation"),
    Process.TOTAL_SERVICE: _l("Total service with service partners"),
    Process.SOFTWARE_PARTNERS: _l("Software partner programme"),
}
DESCRIPTIONS: dict[Process, Any] = {
    Process.RESELLERS: _l(
        "Applications, terms, personal links, leads from registration to account, and the resellers' panel."
    ),
    Process.BILLING: _l("What accounts are invoiced for, what is due, and the invoices of your invoicing system."),
    Process.IMPLEMENTATION: _l(
        "Playbooks, plans worked by customer and vendor, trainings, and the customer's page behind a personal link."
    ),
    Process.TOTAL_SERVICE: _l(
        "Interest in the total service on every lead, the choice of a service partner, and follow-ups by partners."
    ),
    Process.SOFTWARE_PARTNERS: _l(
        "Software partners from registration to pilot, manuals, onboarding pages, the public directory of "
        "integrations, and the work together afterwards."
    ),
}

ROOMS: dict[str, frozenset[Process]] = {
    "app.partners": frozenset({Process.RESELLERS}),
    "app.leads": frozenset({Process.RESELLERS}),
    "app.notices": frozenset({Process.RESELLERS}),
    "app.customers.panel": frozenset({Process.RESELLERS}),
    "app.followups": frozenset({Process.RESELLERS, Process.TOTAL_SERVICE}),
    "app.web.settings.total_service": frozenset({Process.RESELLERS, Process.TOTAL_SERVICE}),
    "app.integrations": frozenset({Process.IMPLEMENTATION, Process.SOFTWARE_PARTNERS}),
    "app.manuals": frozenset({Process.IMPLEMENTATION, Process.SOFTWARE_PARTNERS}),
    "app.directory": frozenset({Process.IMPLEMENTATION, Process.SOFTWARE_PARTNERS}),
    "app.cooperation": frozenset({Process.IMPLEMENTATION, Process.SOFTWARE_PARTNERS}),
    "app.playbooks": frozenset({Process.IMPLEMENTATION}),
    "app.trainings": frozenset({Process.IMPLEMENTATION}),
    "app.plans": frozenset({Process.IMPLEMENTATION}),
    "app.notices.tasks": frozenset({Process.IMPLEMENTATION}),
    "app.billing": frozenset({Process.BILLING}),
    "app.billing.panel": frozenset({Process.RESELLERS, Process.BILLING}),
}
"""A module, with everything inside it, and the processes without which it is closed. The longest name counts."""


@cache
def needed_by(module: str) -> frozenset[Process]:
    """The processes without which this module does nothing."""
    while module:
        if module in ROOMS:
            return ROOMS[module]
        module = module.rpartition(".")[0]
    return frozenset()


def is_on(process: Process) -> bool:
    return process not in vendor().off


def runs(module: str) -> bool:
    """Whether everything that this module needs is switched on."""
    needed = needed_by(module)
    return not needed or needed.isdisjoint(vendor().off)


def has_page(endpoint: str) -> bool:
    """Whether the page exists in this installation as it is switched now: ask before a link to another feature."""
    view = current_app.view_functions.get(endpoint)
    return view is not None and runs(view.__module__)


def init_app(app: Flask) -> None:
    """Before the guard: a page of a process that is off does not exist, for anybody."""
    app.extensions["gangway_runs"] = runs
    app.jinja_env.globals.update(has_page=has_page, process_on=lambda code: is_on(Process(code)))

    @app.before_request
    def _closed() -> None:
        if request.endpoint is not None and not runs(app.view_functions[request.endpoint].__module__):
            abort(404)
