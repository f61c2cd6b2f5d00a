"""A lead becomes an account, or joins one; and back, while nothing was built on it (R12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.billing.models import BillingDetail, Invoice
from app.billing.service import details as billing
from app.billing.service.details import DetailTerms
from app.core import identifiers
from app.core.clock import now
from app.core.db import db, lock_named, write
from app.core.errors import Conflict, DomainError, FieldError
from app.core.i18n import _, _l
from app.customers import service as customers
from app.customers.fields import cleaned
from app.customers.models import COMPANY_FIELDS, Account, AccountState
from app.history.service import record
from app.leads.emails.decision import ConversionReversed, LeadConverted
from app.leads.models import ChangeRequest, ChangeRequestState, Conversion, Lead, LeadState
from app.leads.service.decision import CompanyTaken, claim_holder, held, refuse_taken, tell
from app.leads.service.details import promise
from app.leads.service.editing import LeadMovedOn, locked_whole, touch
from app.people.models import Person
from app.plans.models import Plan
from app.plans.service import billed, starting
from app.plans.service.starting import StartDetails
from app.settings.models import vendor


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


class CannotReverse(DomainError):
    """Something was built on the conversion; the message says what."""


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
            _lock_both(lead_id, other_key)
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


def reverse(lead_id: int, version: int, by: Person) -> Lead:
    """The billing details that it made are removed. The account is archived if the conversion opened it, else it gets
    back what the conversion changed; the lead is accepted again.

    Raises:
        LeadMovedOn: the lead was changed by somebody else since `version`.
        CannotReverse: something was built on the conversion.
    """
    with write():
        key = db.session.scalar(
            sa.select(Account.company_key).join(Lead, Lead.account_id == Account.id).where(Lead.id == lead_id)
        )
        if key:
            _lock_both(lead_id, key)
        lead = held(lead_id, version)
        conversion = standing(lead)
        if conversion is None or not lead.may_become(LeadState.ACCEPTED):
            raise LeadMovedOn(_l("This lead is not converted any more."))
        account = customers.locked_whole(conversion.account_id)
        if conversion.plan_id is not None:
            starting.hold(conversion.plan_id)  # before its billing details, as whoever moves its starting date
        made = _locked_details(conversion)
        reasons = obstacles(lead, account, conversion)
        if reasons:
            raise CannotReverse(reasons[0])
        account = _take_back_what_follows(account, conversion, made, by)
        if conversion.made_account:
            customers.archive(account, by)
        else:
            _give_back(account, conversion, lead, by)
        conversion.reversed_at, conversion.reversed_by_id = now(), by.id
        lead.state = LeadState.ACCEPTED
        lead.account_id = lead.converted_at = None
        lead.answer_by = promise(vendor().convert_workdays)
        if lead.claim_until and lead.claim_until > now():
            lead.claim_key = lead.company_key
        touch(lead)
        record(
            lead,
            "lead.conversion_reversed",
            by,
            {"state": (LeadState.CONVERTED, LeadState.ACCEPTED), "_account": (account.ref, None)},
        )
        mail = ConversionReversed(lead.ref, lead.company_name, lead.answer_by.date())
        tell(lead.reseller_id, mail, f"lead:{lead.ref}")
    return lead


def standing(lead: Lead) -> Conversion | None:
    """The conversion of a lead that was not reversed."""
    return db.session.scalar(
        sa.select(Conversion)
        .where(Conversion.lead_id == lead.id, Conversion.reversed_at.is_(None))
        .execution_options(populate_existing=True)
    )


def obstacles(lead: Lead, account: Account, conversion: Conversion) -> list[Any]:
    """Why the conversion cannot be reversed, as sentences; empty when it can."""
    reasons: list[Any] = []
    if account.state == AccountState.MERGED:
        reasons.append(_l("The account was merged into another one."))
    elif account.state != AccountState.ACTIVE:
        reasons.append(_l("The account is closed already."))
    if conversion.made_account and db.session.scalar(
        sa.select(Conversion.id).where(
            Conversion.account_id == account.id, Conversion.reversed_at.is_(None), Conversion.id != conversion.id
        )
    ):
        reasons.append(_l("Another lead joined this account meanwhile. Reverse that one first."))
    if conversion.made_account and db.session.scalar(
        sa.select(Account.id).where(Account.merged_into_id == account.id).limit(1)
    ):
        reasons.append(_l("Another account was merged into this one."))
    if db.session.scalar(
        sa.select(ChangeRequest.id)
        .where(ChangeRequest.account_id == account.id, ChangeRequest.state == ChangeRequestState.SUBMITTED)
        .limit(1)
    ):
        reasons.append(_l("A change request about this account waits for an answer. Answer it first."))
    reasons += _billed(account, conversion)
    reasons += _planned(account, conversion)
    holder = claim_holder(lead.company_key)
    if holder is not None and holder.id != lead.id:
        reasons.append(_l("The lead %(ref)s of this company has been accepted meanwhile.", ref=holder.ref))
    return reasons


def _billed(account: Account, conversion: Conversion) -> list[Any]:
    """What was invoiced, or is about to be, and would be left without its account."""
    made = _made_ids(conversion)
    if billing.anything_dealt_with(made):
        return [_l("A period of a billing detail that the conversion made was handed over or invoiced.")]
    if not conversion.made_account:
        return []
    reasons: list[Any] = []
    others = db.session.scalars(
        sa.select(BillingDetail.ref)
        .where(BillingDetail.account_id == account.id, BillingDetail.id.not_in(made))
        .order_by(BillingDetail.id)
        .limit(1)
    ).all()
    if others:
        reasons.append(_l("The billing detail %(ref)s was added to the account since. Remove it first.", ref=others[0]))
    invoice = db.session.scalar(sa.select(Invoice.number).where(Invoice.account_id == account.id).limit(1))
    if invoice:
        reasons.append(_l("The invoice %(number)s belongs to this account.", number=invoice))
    return reasons


def _planned(account: Account, conversion: Conversion) -> list[Any]:
    """Work on the plan that it started, and plans that were started for its account since."""
    reasons: list[Any] = []
    if conversion.plan_id is not None and starting.has_begun(conversion.plan_id):
        reasons.append(starting.WorkDone(made_plan(conversion).ref).message)
    if not conversion.made_account:
        return reasons
    others = sa.select(Plan.ref).where(
        Plan.account_id == account.id, Plan.archived_at.is_(None), Plan.id != (conversion.plan_id or 0)
    )
    ref = db.session.scalar(others.order_by(Plan.id).limit(1))
    if ref is not None:
        reasons.append(_l("The plan %(ref)s was started for this account since. Archive it first.", ref=ref))
    return reasons


def made_plan(conversion: Conversion) -> Plan:
    """The plan that it started; there is one."""
    return db.session.get_one(Plan, conversion.plan_id)


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


def _take_back_what_follows(account: Account, conversion: Conversion, made: list[BillingDetail], by: Person) -> Account:
    """The plan, with what was made for it, and the billing details; gives the account as it is then."""
    if conversion.plan_id is not None:
        _take_plan_back(conversion.plan_id, by)
    if not made:
        return account
    for detail in made:
        if detail.id in conversion.detail_ids:
            billing.drop(detail, by)
    return customers.locked_whole(account.id)  # a service may have gone with its detail


def _take_plan_back(plan_id: int, by: Person) -> None:
    try:
        starting.take_back(plan_id, _("The conversion of the lead was reversed."), by)
    except starting.WorkDone as begun:  # a moment ago
        raise CannotReverse(begun.message) from begun
    except billing.DealtWith as invoiced:
        raise CannotReverse(invoiced.message) from invoiced


def _made_ids(conversion: Conversion) -> list[int]:
    """The billing details that it made, and those that were made for its plan since."""
    of_plan = billed.made_for(conversion.plan_id) if conversion.plan_id is not None else []
    return [*conversion.detail_ids, *of_plan]


def _locked_details(conversion: Conversion) -> list[BillingDetail]:
    """The details that the conversion made and that are still there, locked."""
    return list(
        db.session.scalars(
            sa.select(BillingDetail)
            .where(BillingDetail.id.in_(_made_ids(conversion)))
            .order_by(BillingDetail.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def made_details(conversion: Conversion) -> list[BillingDetail]:
    """The same for a page that asks before it reverses, with their services."""
    return list(
        db.session.scalars(
            sa.select(BillingDetail)
            .where(BillingDetail.id.in_(_made_ids(conversion)))
            .order_by(BillingDetail.id)
            .options(joinedload(BillingDetail.service))
        )
    )


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


def _lock_both(lead_id: int, account_key: str) -> None:
    lead_key = db.session.scalar(sa.select(Lead.company_key).where(Lead.id == lead_id))
    for key in sorted({str(lead_key), account_key}):
        lock_named(f"company:{key}")


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


def _take_partner(lead: Lead, account: Account, conversion: Conversion, by: Person) -> None:
    """The service partner chosen for the lead works for the customer. It was chosen for what is sold now, so it comes
    in place of another one that an account may have had."""
    before = account.partner_organisation_id
    if lead.assigned_organisation_id is None or lead.assigned_organisation_id == before:
        return
    customers.put_partner(account, lead.assigned_organisation_id, by)
    if not conversion.made_account:
        conversion.changes = {**conversion.changes, _PARTNER: [before, lead.assigned_organisation_id]}


_PARTNER = "partner"
"""Among the changes of a conversion: the organisations of the service partners, by their keys."""


def _credited(account: Account) -> set[int]:
    """The services of which a reseller has a billing detail."""
    query = sa.select(BillingDetail.service_id).where(
        BillingDetail.account_id == account.id, BillingDetail.reseller_id.is_not(None)
    )
    return set(db.session.scalars(query))


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


def _give_back(account: Account, conversion: Conversion, lead: Lead, by: Person) -> None:
    """Restores what the conversion changed, unless somebody has changed it again since."""
    back = {
        name: before
        for name, (before, after) in conversion.changes.items()
        if name not in ("reseller", _PARTNER) and (getattr(account, name) or None) == (after or None)
    }
    changes = customers.put(account, back)
    if "reseller" in conversion.changes:
        before, after = conversion.changes["reseller"]
        if account.reseller_id == after:
            changes["reseller"] = (after, before)
            account.reseller_id = before
    if _PARTNER in conversion.changes:
        before, after = conversion.changes[_PARTNER]
        if account.partner_organisation_id in (after, lead.assigned_organisation_id):
            customers.put_partner(account, before, by)
    billed = set(
        db.session.scalars(sa.select(BillingDetail.service_id).where(BillingDetail.account_id == account.id).distinct())
    )
    gone_ids = set(conversion.service_ids) - billed
    account.services = [part for part in account.services if part.service_id not in gone_ids]
    credited = _credited(account)
    for part in account.services:
        if part.service_id in conversion.direct_ids and part.service_id not in credited:
            part.direct = True
    gone = [shop for shop in account.shops if shop.id in conversion.shop_ids]
    account.shops = [shop for shop in account.shops if shop not in gone]
    customers.touch(account)
    record(
        account,
        "account.parted",
        by,
        {"_from": (lead.ref, None), **changes, **({"shops": ([shop.url for shop in gone], None)} if gone else {})},
    )


def _move_with_merge(closed: Account, survivor: Account, by: Person) -> None:
    """When accounts are merged, leads and requests go along."""
    leads = db.session.scalars(
        sa.select(Lead).where(Lead.account_id == closed.id).order_by(Lead.id).with_for_update()
    ).all()
    for lead in leads:
        lead.account_id = survivor.id
        record(lead, "lead.account_merged", by, {"_account": (closed.ref, survivor.ref)})
    db.session.execute(
        sa.update(ChangeRequest).where(ChangeRequest.account_id == closed.id).values(account_id=survivor.id)
    )


customers.MOVES.append(_move_with_merge)


def key_of(lead: Lead) -> str:
    """The company as people read it: `PL 856-734-62-15`."""
    return f"{lead.country} {identifiers.show_company_number(lead.country, lead.company_number)}"
