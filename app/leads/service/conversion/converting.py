"""A lead opens an account or joins one, with its first billing details and its first plan (R12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import sqlalchemy as sa

from app.billing.models import BillingDetail
from app.billing.service import details as billing
from app.billing.service.details import DetailTerms
from app.core.clock import now
from app.core.db import db, write
from app.core.errors import Conflict, FieldError
from app.core.i18n import _l
from app.customers import service as customers
from app.customers.fields import cleaned
from app.customers.models import COMPANY_FIELDS, Account
from app.history.service import record
from app.leads.emails.decision import LeadConverted
from app.leads.models import Conversion, Lead, LeadState
from app.leads.service.conversion.company import PARTNER, lock_both
from app.leads.service.decision import CompanyTaken, held, refuse_taken, tell
from app.leads.service.editing import LeadMovedOn, locked_whole, touch
from app.people.models import Person
from app.plans.service import starting
from app.plans.service.starting import StartDetails


@dataclass(frozen=True)
class FirstPlan:
    """A plan that is started with the account."""

    playbook: str
    """Its code."""
    manager_id: int
    contract_on: date | None = None
    golive_on: date | None = None
    """The starting date, where the playbook knows one."""
    starting_why: str = ""
    """Why it may lie later than the playbook allows."""


@dataclass(frozen=True)
class Choice:
    """What staff chose on the preview."""

    lead_version: int
    into: str | None = None
    """The reference of the account that the lead joins; None opens a new one."""
    account_version: int = 0
    values: Mapping[str, str] = field(default_factory=dict)
    """Field -> "lead" or "account"; what is not named stays the account's. `reseller` likewise for the credit."""
    service_ids: frozenset[int] = frozenset()
    shop_ids: frozenset[int] = frozenset()
    """Of the lead's services and shops, those taken over."""
    details: tuple[DetailTerms, ...] = ()
    """First billing details, for services taken over; credited to the lead's reseller whatever they say."""
    plan: FirstPlan | None = None
    """The plan that is started with it."""
    from_start: frozenset[int] = frozenset()
    """Services of billing details that begin on the plan's starting date, whatever first day they say."""


class CannotJoin(Conflict):
    """The account is closed, changed, or credited to another reseller."""


class WrongTerms(FieldError):
    """The terms of a billing detail do not go together: `service_id` says which."""

    def __init__(self, service_id: int, error: FieldError) -> None:
        super().__init__(error.field, error.message)
        self.service_id = service_id


def convert(lead_id: int, choice: Choice, by: Person) -> Account:
    """One transaction: the account opened or joined, the lead converted, the reseller told.

    Raises:
        LeadMovedOn: the lead was changed, converted or decided by somebody else since it was looked at.
        CannotJoin: the account cannot be joined (any more).
        CompanyTaken, AccountExists, FieldError: the company is somebody else's, or the values do not go together.
        WrongTerms: the terms of a billing detail do not go together.
        ServiceMissing: an answer that the playbook presumes costs something that the catalogue does not know.
    """
    with write():
        other_key = db.session.scalar(sa.select(Account.company_key).where(Account.ref == choice.into))
        if other_key:
            lock_both(lead_id, other_key)
        lead = held(lead_id, choice.lead_version)
        if lead.state != LeadState.ACCEPTED:
            raise LeadMovedOn(_l("This lead was changed or decided by somebody else meanwhile. Look at it again."))
        refuse_taken(lead)
        lead = locked_whole(lead_id)
        conversion = Conversion(
            lead_id=lead.id,
            by_id=by.id,
            at=now(),
            changes={},
            service_ids=[],
            shop_ids=[],
            direct_ids=[],
            detail_ids=[],
            made_account=not choice.into,
        )
        account = _join(lead, choice, conversion, by) if choice.into else _open(lead, choice, by)
        _take_partner(lead, account, conversion, by)
        conversion.detail_ids = _bill(lead, account, choice, by)
        lead.state = LeadState.CONVERTED
        lead.account_id, lead.converted_at = account.id, now()
        lead.claim_key = None  # the account's credit protects from now on
        lead.asked_at = None
        touch(lead)
        conversion.account_id = account.id
        conversion.plan_id = _start_plan(account, choice, conversion.detail_ids, by)
        db.session.add(conversion)
        record(
            lead,
            "lead.converted",
            by,
            {"state": (LeadState.ACCEPTED, LeadState.CONVERTED), "_account": (None, account.ref)},
        )
        tell(lead.reseller_id, LeadConverted(lead.ref, lead.company_name, account.ref), f"lead:{lead.ref}")
    return account


def _open(lead: Lead, choice: Choice, by: Person) -> Account:
    account = customers.open_account(lead, reseller_id=lead.reseller_id, locale=lead.locale, by=by, origin=lead.ref)
    for wanted in lead.services:
        if wanted.service_id in choice.service_ids:
            customers.add_service(account, wanted.service_id)
    for shop in lead.shops:
        if shop.id in choice.shop_ids:
            customers.add_shop(account, shop.url, shop.platform)
    return account


def _join(lead: Lead, choice: Choice, conversion: Conversion, by: Person) -> Account:
    account = _account_behind(str(choice.into))
    if account.version != choice.account_version:
        raise CannotJoin(_l("This account was changed by somebody else meanwhile. Look at it again."))
    if account.reseller_id not in (None, lead.reseller_id):
        raise CompanyTaken(_l("The account %(ref)s of this company is credited to another reseller.", ref=account.ref))
    picked = {name for name, whose in choice.values.items() if whose == "lead"}
    values: dict[str, Any] = {name: getattr(lead if name in picked else account, name) for name in _VALUES}
    values["country"] = (lead if "company_number" in picked else account).country
    changes = customers.put(account, cleaned(values))
    if "reseller" in picked and account.reseller_id != lead.reseller_id:
        changes["reseller"] = (account.reseller_id, lead.reseller_id)
        account.reseller_id = lead.reseller_id
    conversion.changes = {name: list(pair) for name, pair in changes.items()}
    sold_directly = {held.service_id for held in account.services if held.direct}
    taken_over = [
        wanted.service_id
        for wanted in lead.services
        if wanted.service_id in choice.service_ids and customers.add_service(account, wanted.service_id)
    ]
    conversion.service_ids = [id for id in taken_over if id not in sold_directly]
    conversion.direct_ids = [id for id in taken_over if id in sold_directly]
    added = [
        shop
        for wanted in lead.shops
        if wanted.id in choice.shop_ids and (shop := customers.add_shop(account, wanted.url, wanted.platform))
    ]
    customers.touch(account)
    db.session.flush()
    conversion.shop_ids = [shop.id for shop in added]
    record(
        account,
        "account.joined",
        by,
        {"_from": (None, lead.ref), **changes, **({"shops": (None, [shop.url for shop in added])} if added else {})},
    )
    return account


_VALUES = tuple(field for field in COMPANY_FIELDS if field != "country")
"""What is chosen one by one; the country goes with the company number."""


def _account_behind(ref: str) -> Account:
    """The live account of a reference, locked; a merged one leads to where its story goes on."""
    row = db.session.execute(sa.select(Account.id, Account.merged_into_id).where(Account.ref == ref)).one_or_none()
    if row is None:
        raise CannotJoin(_l("This account does not exist."))
    account = customers.locked_whole(row.merged_into_id or row.id)
    if not account.is_live:
        raise CannotJoin(_l("This account is closed, so nothing can join it."))
    return account


def _take_partner(lead: Lead, account: Account, conversion: Conversion, by: Person) -> None:
    """The service partner chosen for the lead works for the customer. It was chosen for what is sold now, so it comes
    in place of another one that an account may have had."""
    before = account.partner_organisation_id
    if lead.assigned_organisation_id is None or lead.assigned_organisation_id == before:
        return
    customers.put_partner(account, lead.assigned_organisation_id, by)
    if not conversion.made_account:
        conversion.changes = {**conversion.changes, PARTNER: [before, lead.assigned_organisation_id]}


def _bill(lead: Lead, account: Account, choice: Choice, by: Person) -> list[int]:
    """First billing details of the account, credited to the lead's reseller."""
    db.session.flush()
    made: list[int] = []
    starts_on = choice.plan.golive_on if choice.plan is not None else None
    for terms in choice.details:
        try:
            if terms.service_id in choice.from_start:
                if starts_on is None:
                    raise FieldError("from_start", _l("Choose a playbook and enter the starting date below."))
                terms = replace(terms, starts_on=starts_on)
            if terms.service_id not in choice.service_ids:
                raise FieldError("make", _l("Take this service over too, or leave its billing detail out."))
            made.append(billing.put(account, replace(terms, reseller_id=lead.reseller_id), by).id)
        except FieldError as error:
            raise WrongTerms(terms.service_id, error) from error
    return made


def _start_plan(account: Account, choice: Choice, detail_ids: list[int], by: Person) -> int | None:
    """With the answers that the playbook presumes, and nobody mailed: somebody looks at them first."""
    wanted = choice.plan
    if wanted is None:
        return None
    db.session.flush()
    known = sa.select(BillingDetail.ref).where(
        BillingDetail.id.in_(detail_ids), BillingDetail.service_id.in_(choice.from_start)
    )
    details = StartDetails(
        playbook=wanted.playbook,
        manager_id=wanted.manager_id,
        account_id=account.id,
        contract_on=wanted.contract_on,
        golive_on=wanted.golive_on,
        starting_why=wanted.starting_why,
        billing=tuple(db.session.scalars(known.order_by(BillingDetail.id))),
        invite=False,
    )
    return starting.begin(details, by).id
