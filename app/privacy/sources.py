"""Where personal data lies: what every feature says about its tables, gathered.

No feature is imported by name here, so the rooms of the floors above are asked as well.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

from app.core.privacy import Holding, Kind, Rule

SOURCES = (
    "app.core.holdings",
    "app.history.privacy",
    "app.settings.privacy",
    "app.outbox.privacy",
    "app.access.privacy",
    "app.people.privacy",
    "app.documents.privacy",
    "app.imports.privacy",
    "app.catalogue.privacy",
    "app.playbooks.privacy",
    "app.partners.privacy",
    "app.customers.privacy",
    "app.billing.privacy",
    "app.trainings.privacy",
    "app.plans.privacy",
    "app.leads.privacy",
    "app.followups.privacy",
    "app.integrations.privacy",
    "app.manuals.privacy",
    "app.directory.privacy",
    "app.cooperation.privacy",
    "app.reports.privacy",
    "app.privacy.privacy",
    "app.notices.privacy",
    "app.web.privacy",
)
"""Rooms with `HOLDINGS` and, where data goes by itself, `RULES`."""


@cache
def holdings() -> tuple[Holding, ...]:
    """All of them. What hangs on records comes before the records, the record of changes last of all: as long as an
    erasure goes on, those say who is looked for."""
    found = [holding for name in reversed(SOURCES) for holding in import_module(name).HOLDINGS]
    return tuple(sorted(found, key=lambda holding: holding.table.name in ("person", "history_value", "history_entry")))


@cache
def holding_of(table: str) -> Holding:
    return next(holding for holding in holdings() if holding.table.name == table)


@cache
def rules() -> tuple[Rule, ...]:
    """In the order of the floors."""
    return tuple(rule for name in SOURCES for rule in getattr(import_module(name), "RULES", ()))


def kinds() -> list[Kind]:
    """Each purpose once."""
    return list({holding.kind.code: holding.kind for holding in holdings()}.values())
