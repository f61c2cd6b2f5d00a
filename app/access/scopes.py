"""What a token may be limited to, and which rights each scope stands for. A token never has more than its person."""

from __future__ import annotations

import enum
from typing import Any

from app.access import policy
from app.access.permissions import P
from app.core.i18n import _l


class Scope(enum.StrEnum):
    LEADS_READ = "leads:read"
    LEADS_WRITE = "leads:write"
    ACCOUNTS_READ = "accounts:read"
    ACCOUNTS_WRITE = "accounts:write"
    BILLING_READ = "billing:read"
    BILLING_WRITE = "billing:write"
    INVOICES_WRITE = "invoices:write"
    PLANS_READ = "plans:read"
    TASKS_WRITE = "tasks:write"
    TRAININGS_READ = "trainings:read"
    PARTNERS_READ = "partners:read"


NAMES: dict[Scope, Any] = {
    Scope.LEADS_READ: _l("Read leads"),
    Scope.LEADS_WRITE: _l("Register, edit and convert leads"),
    Scope.ACCOUNTS_READ: _l("Read accounts"),
    Scope.ACCOUNTS_WRITE: _l("Edit accounts"),
    Scope.BILLING_READ: _l("Read billing details, what is due, and invoices"),
    Scope.BILLING_WRITE: _l("Add and edit billing details, and hand over what is due"),
    Scope.INVOICES_WRITE: _l("Send invoices of the invoicing system"),
    Scope.PLANS_READ: _l("Read plans and their tasks"),
    Scope.TASKS_WRITE: _l("Complete tasks, and say who does them and until when"),
    Scope.TRAININGS_READ: _l("Read trainings"),
    Scope.PARTNERS_READ: _l("Read resellers, service partners and software partners"),
}

RIGHTS: dict[Scope, tuple[P, ...]] = {
    Scope.LEADS_READ: (P.API_LEADS_READ,),
    Scope.LEADS_WRITE: (P.API_LEADS_WRITE, P.LEADS_CONVERT),
    Scope.ACCOUNTS_READ: (P.API_ACCOUNTS_READ,),
    Scope.ACCOUNTS_WRITE: (P.ACCOUNTS_EDIT,),
    Scope.BILLING_READ: (P.API_BILLING_READ,),
    Scope.BILLING_WRITE: (P.BILLING_EDIT, P.BILLING_HAND_OVER),
    Scope.INVOICES_WRITE: (P.INVOICES_EDIT,),
    Scope.PLANS_READ: (P.PLANS_READ,),
    Scope.TASKS_WRITE: (P.PLANS_WORK,),
    Scope.TRAININGS_READ: (P.TRAININGS_READ,),
    Scope.PARTNERS_READ: (P.API_RESELLERS_READ, P.SERVICE_PARTNERS_READ, P.SOFTWARE_PARTNERS_READ),
}
"""Whoever holds one of these may give the scope to a token."""


def open_to(person: policy.Actor) -> list[Scope]:
    """The scopes that a token of this person can have."""
    return [scope for scope in Scope if any(policy.allows(person, right) for right in RIGHTS[scope])]
