"""What is said of a plan as a whole: its name, language and account manager."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.access import policy
from app.access.permissions import P
from app.core import identifiers
from app.core.db import db
from app.core.errors import FieldError
from app.core.i18n import LOCALES, _l
from app.core.identifiers import Invalid
from app.customers.models import Account
from app.people.models import Organisation, Person
from app.plans.models import Plan
from app.plans.party import Hand
from app.plans.service.changing import changing, put, record
from app.plans.service.starting import touch_search


@dataclass(frozen=True)
class PlanDetails:
    """As they are typed."""

    name: str
    locale: str
    manager: Person
    owner: Person | None = None
    """Whose the account is once all cases are completed."""
    foreseen_on: date | None = None
    """The account manager's own forecast."""


def edit(plan_id: int, details: PlanDetails, by: Hand, *, expect: int | None = None) -> Plan:
    """Another name, language, account manager or account owner.

    Raises:
        FieldError: the name or language cannot be, or the account manager may not work on plans.
        PlanMovedOn, PlanArchived
    """
    name = _name_in(details.name)
    if details.locale not in LOCALES:
        raise FieldError("locale", _l("Choose a language"))
    with changing(plan_id, by, expect=expect) as plan:
        if details.manager.id != plan.manager_id and not policy.allows(details.manager, P.PLANS_WORK):
            raise FieldError("manager", _l("Choose somebody who works on plans."))
        changes = put(plan, manager_id=details.manager.id)
        if changes:
            record(plan, "plan.manager_set", by, changes, plan=plan)
        owner_id = details.owner.id if details.owner else None
        if details.owner is not None and owner_id != plan.owner_id and not policy.allows(details.owner, P.PLANS_WORK):
            raise FieldError("owner", _l("Choose somebody who works on plans."))
        changes = put(plan, name=name, locale=details.locale, owner_id=owner_id)
        if changes:
            record(plan, "plan.edited", by, changes, plan=plan)
        if foreseen := put(plan, foreseen_on=details.foreseen_on):
            record(plan, "plan.foreseen", by, foreseen, plan=plan)
        if "name" in changes:
            touch_search(plan, _party_of(plan))
    return plan


def _name_in(typed: str) -> str:
    try:
        name = identifiers.clean_line(typed)
    except Invalid as error:
        raise FieldError("name", error.message) from error
    if not name:
        raise FieldError("name", _l("Enter the name"))
    if len(name) > 200:
        raise FieldError("name", _l("This name is too long."))
    return name


def _party_of(plan: Plan) -> Account | Organisation:
    if plan.account_id is not None:
        return db.session.get_one(Account, plan.account_id)
    assert plan.organisation_id is not None
    return db.session.get_one(Organisation, plan.organisation_id)
