"""What the parts of a playbook are called in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.access.roles import STAFF_ROLE_NAMES
from app.core.i18n import _, _l
from app.history.models import HistoryEntry
from app.history.words import Told, of
from app.playbooks.models import Audience, Origin
from app.playbooks.outline import Anchor, ContactRole, Kind, Side

KINDS: Mapping[str, Any] = {
    Kind.TICK: _l("Tick when it is done"),
    Kind.FIELDS: _l("Fields to fill in"),
    Kind.CHOICE: _l("A choice"),
    Kind.LINKS: _l("Links"),
    Kind.FILES: _l("Files"),
    Kind.PEOPLE: _l("People"),
    Kind.SECRET: _l("A secret"),
    Kind.MEETING: _l("A meeting"),
    Kind.DOCUMENT: _l("A document to accept"),
    Kind.FILES_APPROVED: _l("Files that the other side approves"),
    Kind.APPROVAL: _l("An approval"),
    Kind.CONFIRM: _l("The customer's details to confirm"),
}
SIDES: Mapping[str, Any] = {Side.CUSTOMER: _l("Customer"), Side.VENDOR: _l("Vendor")}
ANCHORS: Mapping[str, Any] = {
    Anchor.START: _l("Start of the plan"),
    Anchor.CONTRACT: _l("Acceptance of the contract"),
    Anchor.KICKOFF: _l("Kick-off"),
    Anchor.GOLIVE: _l("Going live"),
}
AUDIENCES: Mapping[str, Any] = {Audience.CUSTOMER: _l("Customers"), Audience.PARTNER: _l("Partner organisations")}
ORIGINS: Mapping[str, Any] = {
    Origin.SHIPPED: _l("Came with Gangway"),
    Origin.IMPORT: _l("Imported"),
    Origin.DESK: _l("Written at the desk"),
}
CUSTOMER_ROLES: Mapping[str, Any] = {
    ContactRole.MAIN: _l("Main contact"),
    ContactRole.COLLEAGUE: _l("Colleague"),
    ContactRole.ACCOUNTANT: _l("Accountant"),
    ContactRole.BANK: _l("Bank"),
    ContactRole.OTHER: _l("Somebody else"),
}
STAFF_ROLES: Mapping[str, Any] = {str(role): name for role, name in STAFF_ROLE_NAMES.items()}
FACT_KINDS: Mapping[str, Any] = {
    "yes_no": _l("Yes or no"),
    "one": _l("One of several"),
    "several": _l("Any of several"),
    "number": _l("A number"),
}
FIELD_KINDS: Mapping[str, Any] = {
    "line": _l("One line of text"),
    "text": _l("Several lines of text"),
    "email": _l("E-mail address"),
    "phone": _l("Phone number"),
    "url": _l("Address of a website"),
    "number": _l("A number"),
    "date": _l("A date"),
    "yes_no": _l("Yes or no"),
    "one": _l("One of several"),
    "several": _l("Any of several"),
}
GENERATED: Mapping[str, Any] = {"order_confirmation": _l("Order confirmation")}
PARTS: Mapping[str, Any] = {
    "phases": _l("Phases"),
    "tasks": _l("Tasks"),
    "trainings": _l("Trainings"),
    "modules": _l("Modules"),
    "facts": _l("Facts"),
    "documents": _l("Documents to accept"),
    "options": _l("Options"),
    "fields": _l("Fields"),
    "duties": _l("Duties"),
}
KEYS: Mapping[str, Any] = {
    "title": _l("Title"),
    "label": _l("Label"),
    "summary": _l("Summary"),
    "hint": _l("Hint"),
    "instruction": _l("Instruction"),
    "question": _l("Question"),
    "body": _l("Text"),
    "kind": _l("Kind"),
    "side": _l("Who owes it"),
    "role": _l("Role"),
    "module": _l("Module"),
    "phase": _l("Phase"),
    "when": _l("Condition"),
    "due": _l("Deadline"),
    "needs": _l("Waits for"),
    "workdays": _l("Usual working days"),
    "minutes": _l("Minutes"),
    "required": _l("Required"),
    "options": _l("Options"),
    "fields": _l("Fields"),
    "duties": _l("Duties"),
    "several": _l("More than one"),
    "document": _l("Document"),
    "training": _l("Training"),
    "anchor": _l("Anchor"),
    "audience": _l("For whom"),
    "aim_workdays": _l("Working days aimed at"),
    "default": _l("Usual answer"),
    "needed": _l("An answer is needed when"),
    "price": _l("Price"),
    "call": _l("Done by telephone"),
    "internal": _l("Answers for staff alone"),
    "valid_months": _l("Valid for months"),
    "at_least": _l("At least"),
    "must": _l("Must be yes"),
    "series": _l("Held in a series"),
    "ahead": _l("Days before going live"),
    "generated": _l("Made from the plan"),
    "case": _l("Worked as a case"),
    "after": _l("After the cases"),
    "validated": _l("Completed by somebody else"),
    "status": _l("Status of the customer"),
    "starting": _l("Starting date"),
    "within_days": _l("Days after the contract"),
    "code": _l("Code"),
}


def of_key(key: str) -> Any:
    return KEYS.get(key, key)


def role(code: str, side: str) -> Any:
    """Whose task it is, by role; "" is the account manager or the main contact."""
    if side == Side.VENDOR:
        return STAFF_ROLES.get(code or "account_manager", code)
    return CUSTOMER_ROLES.get(code or ContactRole.MAIN, code)


def told(entries: Iterable[HistoryEntry], names: Mapping[int, str]) -> list[Told]:
    """The history of a playbook, for the component `timeline`. `names` are people's by id."""
    return [
        Told(
            entry.at,
            names.get(entry.actor_id, "") if entry.actor_id is not None else _("Automatically"),
            _sentence(entry),
            is_state=entry.verb == "playbook.published",
        )
        for entry in entries
    ]


def _sentence(entry: HistoryEntry) -> str:
    values = {value.field: value for value in entry.values}
    number = next((v.new if v.new is not None else v.old for f, v in values.items() if f == "version"), None)
    place = next((str(v.new or v.old) for f, v in values.items() if f == "place"), "")
    verb = of(entry.verb)
    if number is not None:
        verb = _("Version %(number)s: %(what)s", number=number, what=verb)
    return f"{verb} ({place})" if place else verb
