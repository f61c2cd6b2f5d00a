"""What plans hold about people on both sides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from app.core.clock import now
from app.core.i18n import _l
from app.core.privacy import COMPANY, Holding, Is, Kept, Kind, Rule, Whom, are
from app.plans.models import (
    CaseRound,
    Plan,
    PlanBilling,
    PlanCase,
    PlanCode,
    PlanContact,
    PlanDevice,
    PlanDocument,
    PlanPause,
    PlanSession,
    PlanSpan,
    PlanTask,
    PlanTraining,
    SavedView,
    TaskAcceptance,
    TaskBlocker,
    TaskCall,
    TaskComment,
    TaskFile,
    TaskHandover,
    TaskSecret,
    TrainingPerson,
)
from app.plans.service import secrets

_PLANS = Kind(
    "plans",
    _l("Plans"),
    _l("To bring what was agreed into use together: performance of the contract."),
    _l("As long as the account."),
)
_CONTACTS = Kind(
    "plan_contacts",
    _l("People of a plan"),
    _l("To let the customer's people do, see and be reminded of their tasks: performance of the contract."),
    _l("As long as the plan; their links until 90 days after it was archived."),
)
_SECRETS = Kind(
    "plan_secrets",
    _l("Keys and certificates"),
    _l("To connect the customer's bank, payment provider and domain name: performance of the contract."),
    _l("Until 14 days after going live, or another period that we chose; encrypted all the time."),
)
_EVIDENCE = Kind(
    "task_acceptances",
    _l("Evidence of accepted documents"),
    _l("To prove who accepted which words, and when: performance of the contract."),
    _l("As long as the account, and six years after."),
)
_VIEWS = Kind(
    "saved_views",
    _l("Saved views"),
    _l("To find plans again by a filter that somebody kept."),
    _l("Until the person removes it or leaves."),
)
_PROOF = Kept(
    _l(
        "It is the evidence of a contract that may be needed for legal claims (article 17, paragraph 3, letter e of "
        "the GDPR); one changed word would make it worthless."
    ),
    _l("As long as the account, and six years after."),
    of_own=True,
)


_OFFERED = Kept(
    _l(
        "It is what was offered to be accepted, word for word; the evidence of a contract that may be needed for legal "
        "claims (article 17, paragraph 3, letter e of the GDPR) is compared with it."
    ),
    _l("As long as the account, and six years after."),
)


def _of_contact(column: Any) -> Callable[[Whom], sa.ColumnElement[bool]]:
    """Rows of the people who are looked for."""

    def owned(whom: Whom) -> sa.ColumnElement[bool]:
        found: sa.ColumnElement[bool] = column.in_(sorted(whom.records.get("plan_contact", ())))
        return found

    return owned


def _ended(row: Mapping[str, Any]) -> Any:
    """Whoever is erased takes part no longer; their links go with them."""
    return row["ended_at"] or now()


HOLDINGS = (
    Holding(SavedView, _VIEWS, {"ref": Is.CODE, "name": Is.TEXT, "query": Is.TEXT}, persons=("person_id",)),
    Holding(TrainingPerson, _CONTACTS),
    Holding(PlanSession, _PLANS, {"allowed_why": Is.TEXT}, actors=("allowed_by_id",)),
    Holding(
        PlanTraining, _PLANS, {**are(Is.CODE, "ref", "code", "module"), "title": Is.TEXT}, part_of=("plan_id", "plan")
    ),
    Holding(PlanSpan, _PLANS, {"waiting": Is.CODE}),
    Holding(PlanPause, _PLANS, {"reason": Is.TEXT}, actors=("by_id",), part_of=("plan_id", "plan")),
    Holding(
        TaskAcceptance,
        _EVIDENCE,
        {
            **are(Is.CODE, "ref", "locale", "sha256", "digest"),
            **are(Is.STAYS, "name", "title", "body", "address", "user_agent"),
        },
        actors=("person_id",),
        part_of=("task_id", "plan_task"),
        stays=dict.fromkeys(("name", "title", "body", "address", "user_agent"), _PROOF),
    ),
    Holding(
        PlanDocument,
        _EVIDENCE,
        {**are(Is.CODE, "ref", "locale", "sha256", "digest"), "content": Is.STAYS},
        actors=("made_by_id",),
        part_of=("task_id", "plan_task"),
        stays={"content": _OFFERED},
    ),
    Holding(
        TaskSecret,
        _SECRETS,
        {"field": Is.CODE, "ciphertext": Is.SECRET, "author": Is.TEXT},
        part_of=("task_id", "plan_task"),
    ),
    Holding(
        TaskFile,
        _PLANS,
        {**are(Is.CODE, "ref", "use"), "author": Is.TEXT},
        actors=("person_id",),
        part_of=("task_id", "plan_task"),
    ),
    Holding(
        TaskComment,
        _PLANS,
        {"author": Is.TEXT, "body": Is.TEXT, "key": Is.CODE},
        persons=("person_id",),
        part_of=("task_id", "plan_task"),
    ),
    Holding(
        TaskHandover,
        _CONTACTS,
        {"ref": Is.CODE, "note": Is.TEXT},
        actors=("by_id",),
        part_of=("contact_id", "plan_contact"),
        owned=_of_contact(TaskHandover.contact_id),
        values={"ended_at": _ended},
    ),
    Holding(TaskBlocker, _PLANS),
    Holding(
        CaseRound,
        _PLANS,
        {"answers": Is.TEXT, "why": Is.TEXT, "verdict": Is.CODE},
        actors=("handed_in_by_id", "judged_by_id"),
        part_of=("case_id", "plan_case"),
    ),
    Holding(
        PlanCase,
        _PLANS,
        {**are(Is.CODE, "ref", "phase", "state"), "override": Is.TEXT},
        actors=("worker_id", "assigned_by_id", "completed_by_id"),
        part_of=("plan_id", "plan"),
    ),
    Holding(PlanBilling, _PLANS, {"option": Is.CODE}),
    Holding(
        TaskCall,
        _PLANS,
        {"ref": Is.CODE, "note": Is.TEXT},
        actors=("by_id",),
        part_of=("task_id", "plan_task"),
    ),
    Holding(
        PlanTask,
        _PLANS,
        {
            **are(Is.CODE, "ref", "code", "kind", "side", "role", "phase", "module", "state", "key"),
            **are(Is.TEXT, "own", "answer", "reason", "returned", "stuck_why", "waits_for", "done_by"),
        },
        actors=("person_id", "done_by_id"),
        part_of=("plan_id", "plan"),
    ),
    Holding(
        PlanCode,
        _CONTACTS,
        {"code_hash": Is.SECRET},
        part_of=("contact_id", "plan_contact"),
        owned=_of_contact(PlanCode.contact_id),
        goes=True,
    ),
    Holding(
        PlanDevice,
        _CONTACTS,
        {"token_hash": Is.SECRET},
        part_of=("contact_id", "plan_contact"),
        owned=_of_contact(PlanDevice.contact_id),
        goes=True,
    ),
    Holding(
        PlanContact,
        _CONTACTS,
        {"email": Is.EMAIL, "name": Is.NAME, "phone": Is.PHONE, **are(Is.CODE, "ref", "locale", "role")},
        part_of=("plan_id", "plan"),
        values={"ended_at": _ended, "enters": False, "reminders": False},
        told=True,
    ),
    Holding(
        Plan,
        _PLANS,
        {
            **are(Is.CODE, "ref", "locale", "country", "state", "stage", "waiting", "health", "key"),
            **are(Is.TEXT, "facts", "agreed", "health_why", "archive_reason", "starting_why", "public_url"),
            **are(Is.STAYS, "name", "name_sort"),
            "search": Is.SEARCH,
        },
        actors=("manager_id", "created_by_id", "owner_id", "starting_by_id"),
        stays={"name": COMPANY, "name_sort": COMPANY},
    ),
)

RULES = (
    Rule(
        "plan_secrets",
        _l("Keys and certificates of plans"),
        _l("the day of going live, or the day the key was entered after it"),
        14,
        secrets.outlived,
        secrets.forget,
        after=_l("That it was kept, by whom it was entered, and when it was seen and deleted."),
    ),
)
