"""What the page of an account tells: its history in sentences, and what the features above know of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.core.i18n import _, _l
from app.customers.fields import name_of, shown
from app.customers.models import Account
from app.history import words
from app.history.models import HistoryEntry
from app.history.service import entries_of
from app.history.words import Told
from app.people.queries import names_of
from app.settings.processes import runs

VERBS: Mapping[str, Any] = {
    "account.opened": _l("Account opened"),
    "account.joined": _l("A lead joined this account"),
    "account.parted": _l("A lead was taken out of this account again"),
    "account.edited": _l("Details changed"),
    "account.change_requested": _l("A change was requested"),
    "account.addition_requested": _l("A further service or shop was requested"),
    "account.request_withdrawn": _l("A request was withdrawn"),
    "account.request_decided": _l("A request was answered"),
    "account.change_applied": _l("A change request was accepted"),
    "account.archived": _l("Account archived, because the conversion was reversed"),
    "account.merged_with": _l("Another account was merged into this one"),
    "account.merged_into": _l("Merged into another account"),
    "account.partner_assigned": _l("A service partner works for this customer"),
    "account.partner_withdrawn": _l("The service partner no longer works for this customer"),
}
words.name(VERBS)


def history_of(account: Account) -> list[Told]:
    """Newest first, in two queries."""
    entries = entries_of(account)
    names = names_of(entry.actor_id for entry in entries)
    return [
        Told(
            entry.at,
            who(entry, names),
            _text(entry),
            [] if entry.verb == "account.opened" else changes_of(entry, account.country),
            entry.verb not in ("account.edited", "account.change_applied"),
        )
        for entry in entries
    ]


def _text(entry: HistoryEntry) -> str:
    """What happened, with the number of the request that it is about."""
    number = next((value.new or value.old for value in entry.values if value.field == "_request"), None)
    text = str(words.of(entry.verb))
    return f"{text} · {number}" if number else text


def who(entry: HistoryEntry, names: Mapping[int, str]) -> str:
    """Who acted, as a name."""
    if entry.actor_id is not None:
        return names.get(entry.actor_id, _("A person who was erased"))
    typed = next((value.new for value in entry.values if value.field == "_by"), None)
    return str(typed) if typed else _("Gangway") if entry.actor_kind == "system" else _("A visitor")


def changes_of(entry: HistoryEntry, country: str) -> list[tuple[str, str, str]]:
    """Field, value before, value after, as people read them. What begins with an underline is for the program."""
    return [
        (
            str(name_of(value.field, country)),
            _words(value.field, value.old, country),
            _words(value.field, value.new, country),
        )
        for value in entry.values
        if not value.field.startswith("_") and value.field not in ("reseller", "state")
    ]


def _words(name: str, value: Any, country: str) -> str:
    if isinstance(value, list):
        return ", ".join(_words(name, one, country) for one in value)
    if isinstance(value, dict):
        return " ".join(str(part) for part in value.values() if part)
    return shown(name, value, country)


# --- what others add --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """A part of the account's page that a feature above brings: its template and what it needs."""

    template: str
    context: dict[str, Any]


DESK_PARTS: list[Callable[[Account], Part | None]] = []
PANEL_PARTS: list[Callable[[Account], Part | None]] = []
"""Filled by the features above when they are imported; each asks a constant number of queries."""


def parts(account: Account, registered: Iterable[Callable[[Account], Part | None]]) -> list[Part]:
    """Those of the processes that are switched on."""
    return [part for make in registered if runs(make.__module__) and (part := make(account)) is not None]
