"""Plans whose day of going live is a starting date, as tests of it tell them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from app.billing.models import BillingDetail
from app.billing.service import details as billing
from app.billing.service.details import DetailTerms
from app.core.db import db
from app.customers.models import Account
from app.people.models import Person
from app.plans.models import Plan
from app.plans.service.scheduling import AgreedDays
from app.playbooks.models import PlaybookVersion
from tests.sentences import a_plan, a_playbook, a_service, a_staff_member

STARTING_PLAYBOOK: dict[str, Any] = {
    "code": "onboarding",
    "audience": "customer",
    "title": {"en": "Onboarding"},
    "starting": {"within_days": 14, "status": {"en": "Active"}},
    "facts": [
        {
            "code": "way",
            "kind": "one",
            "question": {"en": "How is the customer brought on board?"},
            "options": [
                {"code": "self", "label": {"en": "By themselves"}},
                {
                    "code": "classic",
                    "label": {"en": "By us"},
                    "price": {"service": "setup", "net": "149.00", "currency": "EUR"},
                },
            ],
            "default": "self",
        },
    ],
    "phases": [{"code": "train", "title": {"en": "Training"}}],
    "tasks": [
        {
            "code": "photos",
            "phase": "train",
            "kind": "tick",
            "side": "customer",
            "title": {"en": "Send us your photos"},
            "due": {"anchor": "golive", "workdays": -5},
        },
        {
            "code": "profile",
            "phase": "train",
            "kind": "tick",
            "side": "vendor",
            "title": {"en": "Set up the profile"},
            "due": {"anchor": "golive", "workdays": -2},
            "needs": ["photos"],
        },
        {
            "code": "first_call",
            "phase": "train",
            "kind": "tick",
            "side": "vendor",
            "title": {"en": "Call the customer"},
            "due": {"anchor": "contract", "workdays": 2},
        },
        {
            "code": "second_call",
            "phase": "train",
            "kind": "tick",
            "side": "vendor",
            "title": {"en": "Call again"},
            "due": {"anchor": "start", "workdays": 4},
            "needs": ["first_call"],
        },
        {
            "code": "publish",
            "phase": "train",
            "kind": "fields",
            "side": "vendor",
            "anchor": "golive",
            "title": {"en": "Publish the customer"},
            "needs": ["second_call"],
            "fields": [
                {"code": "address", "kind": "url", "label": {"en": "Public address"}},
                {"code": "note", "kind": "line", "label": {"en": "Note"}, "required": False},
            ],
        },
        {
            "code": "look_back",
            "phase": "train",
            "kind": "tick",
            "side": "customer",
            "title": {"en": "Tell us how it went"},
            "due": {"anchor": "golive", "workdays": 5},
            "required": False,
        },
    ],
}


def a_starting_playbook(**values: Any) -> PlaybookVersion:
    return a_playbook({**STARTING_PLAYBOOK, **values})


def a_starting_plan(**values: Any) -> Plan:
    """Signed on 2 March 2026, the starting date on 12 March unless told otherwise; called on a frozen 2 March."""
    days = {"contract_on": date(2026, 3, 2), "golive_on": date(2026, 3, 12)}
    return a_plan(of=a_starting_playbook(), country="NL", **{**days, **values})


def a_detail(account: Account, starts_on: date = date(2026, 3, 2), **values: Any) -> BillingDetail:
    """A monthly billing detail of the account."""
    terms = {"net": Decimal(25), "currency": "EUR", "months": 1, "starts_on": starts_on, **values}
    terms.setdefault("service_id", a_service(en="Appointments").id)
    return billing.add(account.id, DetailTerms(**terms), a_staff_member("finance"))


def account_of(plan: Plan) -> Account:
    return db.session.get_one(Account, plan.account_id)


def a_team_leader() -> Person:
    return a_staff_member("team_leader", name="Marit Solberg")


def days(golive_on: date | None, *, contract_on: date | None = date(2026, 3, 2), why: str = "") -> AgreedDays:
    return AgreedDays(contract_on, None, golive_on, why)


def details_of(plan: Plan) -> list[BillingDetail]:
    return list(
        db.session.scalars(
            db.select(BillingDetail)
            .where(BillingDetail.account_id == plan.account_id)
            .order_by(BillingDetail.id)
            .execution_options(populate_existing=True)
        )
    )
