"""The history of a plan as its page tells it: who did what to which task or person, with values in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from app.core.i18n import NAMES, _, _l, format_date
from app.history import words
from app.history.models import HistoryEntry
from app.history.service import entries_of
from app.history.words import Told
from app.people.queries import names_of
from app.plans import texts
from app.plans.models import Plan, PlanTask
from app.plans.queries import at_desk
from app.plans.service.people import ROLE_NAMES
from app.plans.states import TASK_STATES
from app.plans.words import STATES
from app.playbooks.outline import Outline, said

_FIELDS: Mapping[str, Any] = {
    "name": _l("Name"),
    "email": _l("E-mail address"),
    "phone": _l("Phone"),
    "locale": _l("Language"),
    "role": _l("What this person does"),
    "enters": _l("Gets a personal link to the whole plan"),
    "manager_id": _l("Account manager"),
    "person_id": _l("Who does it"),
    "contact_id": _l("Who does it"),
    "state": _l("State"),
    "reason": _l("Reason"),
    "archive_reason": _l("Reason"),
    "returned": _l("What has to change"),
    "stuck_why": _l("What hinders it"),
    "waits_for": _l("Waits for"),
    "waits_until": _l("Answer expected on"),
    "due_on": _l("Deadline"),
    "contract_on": _l("Contract accepted on"),
    "kickoff_on": _l("Kick-off"),
    "golive_on": _l("Agreed day of going live"),
    "live_on": _l("Gone live on"),
    "foreseen_on": _l("Account manager's forecast"),
    "public_url": _l("Public address"),
    "starting_why": _l("Reason for a later starting date"),
    "_detail": _l("Billing detail"),
    "started_on": _l("Started on"),
    "forecast_on": _l("Expected to be finished"),
    "_from": _l("Paused from"),
    "_until": _l("Runs again on"),
    "_reason": _l("Reason"),
    "_version": _l("Version of the playbook"),
    "_file": _l("File"),
    "_document": _l("Document"),
    "_number": _l("Version"),
    "expires_on": _l("Valid until"),
    "owner_id": _l("Account owner"),
    "case_worker_id": _l("Who works on it"),
    "_why": _l("What has to change"),
    "_override": _l("Completed all the same, because"),
}
"""What is told of a change; the rest is for the program."""

_STATES = {
    *("plan.started", "plan.archived", "plan.reopened", "plan_task.done", "plan_task.approved"),
    *("case.handed_in", "case.returned", "case.completed"),
}
"""Entries after which something stands differently."""

_PEOPLE = ("manager_id", "person_id", "owner_id", "case_worker_id")
_SILENT = {"plan.started", "plan_task.added", "plan_contact.added"}
"""What was set when something began is on its page."""


def of(plan: Plan, entries: Sequence[HistoryEntry], outline: Outline) -> list[Told]:
    """The entries in words, in a constant number of queries."""
    people = {entry.actor_id for entry in entries}
    people |= {
        value
        for entry in entries
        for each in entry.values
        if each.field in _PEOPLE
        for value in (each.old, each.new)
        if isinstance(value, int)
    }
    names, contacts = names_of(people), at_desk.contact_names(plan)
    tasks = at_desk.titles_of(plan, [entry.record_id for entry in entries if entry.record_type == "plan_task"])
    return [
        Told(
            entry.at,
            _who(entry, names),
            _text(entry, tasks, contacts, outline),
            _changes(entry, names, contacts, outline),
            entry.verb in _STATES,
        )
        for entry in entries
    ]


def entries_of_task(task: PlanTask) -> list[HistoryEntry]:
    """The latest of one task."""
    return entries_of(task, limit=50)


def _who(entry: HistoryEntry, names: Mapping[int, str]) -> str:
    if entry.actor_id is not None:
        return names.get(entry.actor_id, _("A person who was erased"))
    typed = next((value.new for value in entry.values if value.field == "_by"), None)
    return str(typed) if typed else _("Gangway") if entry.actor_kind == "system" else _("The customer")


def _text(entry: HistoryEntry, tasks: Mapping[int, PlanTask], contacts: Mapping[int, str], outline: Outline) -> str:
    verb = words.of(entry.verb)
    if entry.record_type == "plan_task" and (task := tasks.get(entry.record_id)) is not None:
        return f"{verb} · {task.number}. {texts.title_of(task, outline)}"
    phase = next((value.new for value in entry.values if value.field == "_case"), None)
    if phase:
        return f"{verb} · {texts.phase_title(phase, outline)}"
    if entry.record_type == "plan_contact" and (name := contacts.get(entry.record_id)):
        return f"{verb} · {name}"
    return verb


def _changes(
    entry: HistoryEntry, names: Mapping[int, str], contacts: Mapping[int, str], outline: Outline
) -> list[tuple[Any, Any, Any]]:
    if entry.verb in _SILENT:
        return []
    told: list[tuple[Any, Any, Any]] = []
    begins = outline.starting is not None
    for value in entry.values:
        if value.field == "facts":
            told += _facts(value.old or {}, value.new or {}, outline)
        elif value.field in _FIELDS and (value.old or value.new):
            told.append(
                (
                    str(_("Starting date") if begins and value.field == "golive_on" else _FIELDS[value.field]),
                    _worded(value.field, value.old, names, contacts),
                    _worded(value.field, value.new, names, contacts),
                )
            )
    return told


def _worded(name: str, value: Any, names: Mapping[int, str], contacts: Mapping[int, str]) -> str:
    if value is None or value == "":
        return ""
    match name:
        case "manager_id" | "person_id" | "owner_id" | "case_worker_id":
            return names.get(value, _("A person who was erased"))
        case "contact_id":
            return contacts.get(value, "")
        case "state":
            return str(TASK_STATES.get(value) or STATES.get(value) or value)
        case "locale":
            return NAMES.get(value, str(value))
        case "role":
            return str(ROLE_NAMES.get(value, value))
        case "enters":
            return _("Yes") if value else _("No")
    if name.endswith(("_on", "_until", "_from")):
        try:
            return format_date(date.fromisoformat(str(value)))
        except ValueError:
            return str(value)
    return str(value)


def _facts(before: Mapping[str, Any], after: Mapping[str, Any], outline: Outline) -> list[tuple[Any, Any, Any]]:
    return [
        (said(fact.question), answer_in_words(fact, before.get(fact.code)), answer_in_words(fact, after.get(fact.code)))
        for fact in outline.facts
        if before.get(fact.code) != after.get(fact.code)
    ]


def answer_in_words(fact: Any, value: Any) -> str:
    """An answer to one of the playbook's questions; "" when nobody answered it."""
    if value is None or value == "" or value == []:
        return ""
    if fact.kind == "yes_no":
        return _("Yes") if value else _("No")
    labels = {option.code: said(option.label) for option in fact.options}
    if isinstance(value, list):
        return ", ".join(labels.get(code, str(code)) for code in value)
    return labels.get(value, str(value)) if fact.options else str(value)
