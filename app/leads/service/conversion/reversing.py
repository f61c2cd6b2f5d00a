"""A conversion taken back, while nothing was built on it (R12)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.billing.models import BillingDetail, Invoice
from app.billing.service import details as billing
from app.core.clock import now
from app.core.db import db, write
from app.core.errors import DomainError
from app.core.i18n import _, _l
from app.customers import service as customers
from app.customers.models import Account, AccountState
from app.history.service import record
from app.leads.emails.decision import ConversionReversed
from app.leads.models import ChangeRequest, ChangeRequestState, Conversion, Lead, LeadState
from app.leads.service.conversion.company import PARTNER, lock_both
from app.leads.service.decision import claim_holder, held, tell
from app.leads.service.details import promise
from app.leads.service.editing import LeadMovedOn, touch
from app.people.models import Person
from app.plans.models import Plan
from app.plans.service import billed, starting
from app.settings.models import vendor


class CannotReverse(DomainError):
    """Something was built on the conversion; the message says what."""


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
            lock_both(lead_id, key)
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


def _give_back(account: Account, conversion: Conversion, lead: Lead, by: Person) -> None:
    """Restores what the conversion changed, unless somebody has changed it again since."""
    back = {
        name: before
        for name, (before, after) in conversion.changes.items()
        if name not in ("reseller", PARTNER) and (getattr(account, name) or None) == (after or None)
    }
    changes = customers.put(account, back)
    if "reseller" in conversion.changes:
        before, after = conversion.changes["reseller"]
        if account.reseller_id == after:
            changes["reseller"] = (after, before)
            account.reseller_id = before
    if PARTNER in conversion.changes:
        before, after = conversion.changes[PARTNER]
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


def _credited(account: Account) -> set[int]:
    """The services of which a reseller has a billing detail."""
    query = sa.select(BillingDetail.service_id).where(
        BillingDetail.account_id == account.id, BillingDetail.reseller_id.is_not(None)
    )
    return set(db.session.scalars(query))
