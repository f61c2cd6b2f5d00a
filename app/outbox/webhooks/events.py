"""Which events there are: every entry in the history of a record that the API knows.

No feature has code for webhooks. A kind of record is told of as soon as it has a line here, and each verb that a
feature names for its history is an event of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from app.core.i18n import _l
from app.history import words
from app.outbox.render import absolute_url
from app.settings import processes


@dataclass(frozen=True)
class Kind:
    """One sort of record that others are told of."""

    code: str
    """As the API names it."""
    name: Any
    table: str
    """As the history names it."""
    verbs: tuple[str, ...]
    """What its verbs begin with, its own first."""
    module: str
    """The feature, which may be switched off with its process."""


KINDS = (
    Kind("lead", _l("Leads"), "lead", ("lead",), "app.leads"),
    Kind("account", _l("Accounts"), "account", ("account",), "app.customers"),
    Kind("billing_detail", _l("Billing details"), "billing_detail", ("billing_detail",), "app.billing"),
    Kind("invoice", _l("Invoices"), "invoice", ("invoice",), "app.billing"),
    Kind("plan", _l("Plans"), "plan", ("plan", "case"), "app.plans"),
    Kind("task", _l("Tasks"), "plan_task", ("plan_task",), "app.plans"),
    Kind("training", _l("Trainings"), "training_session", ("training",), "app.trainings"),
    Kind("reseller", _l("Resellers"), "reseller", ("reseller",), "app.partners"),
    Kind("service_partner", _l("Service partners"), "service_partner", ("service_partner",), "app.followups"),
    Kind("software_partner", _l("Software partners"), "software_partner", ("software_partner",), "app.integrations"),
    Kind("integration", _l("Integrations"), "integration", ("integration",), "app.integrations"),
)
"""In the order of the floors above, which are known here by name alone."""

BY_TABLE = {kind.table: kind for kind in KINDS}

ENDPOINTS: dict[str, str] = {}
"""Kind -> the API's endpoint of one record, which takes `ref`. The API fills it; a kind without one has no address."""

TEST = "webhook.test"
"""The event that the desk sends to try an address."""


@dataclass(frozen=True)
class Event:
    """A type as it is sent, and in words."""

    type: str
    name: Any


def type_of(kind: Kind, verb: str) -> str:
    """`task.done` for `plan_task.done`; `plan.case_opened` for a verb that a record borrows from its parts."""
    prefix, _dot, what = verb.partition(".")
    return f"{kind.code}.{what}" if prefix == kind.verbs[0] else f"{kind.code}.{prefix}_{what}"


def offered() -> list[tuple[Kind, list[Event]]]:
    """Every event, by kind, of the processes that are switched on."""
    return [(kind, _of(kind)) for kind in KINDS if processes.runs(kind.module)]


def _of(kind: Kind) -> list[Event]:
    return [
        Event(type_of(kind, verb), name) for verb, name in words.WORDS.items() if verb.partition(".")[0] in kind.verbs
    ]


def every(kind: Kind) -> str:
    """Stands for all events of a kind, also those that a later release adds."""
    return f"{kind.code}.*"


def wants(chosen: Iterable[str], type: str) -> bool:
    """Whether somebody who chose these events is told of this one."""
    return any(each == type or (each.endswith(".*") and type.startswith(each[:-1])) for each in chosen)


def address_of(kind: str, ref: str) -> str | None:
    """Where the API has the record, from GANGWAY_PUBLIC_URL alone; None when it does not know the kind."""
    endpoint = ENDPOINTS.get(kind)
    return None if endpoint is None else absolute_url(endpoint, ref=ref)
