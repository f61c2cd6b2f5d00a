"""Changing a lead while it is open: what people typed, and withdrawing it (R11)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from app.access import policy
from app.access.permissions import P
from app.catalogue.models import Service
from app.core.clock import now
from app.core.db import db, lock, lock_named, write
from app.core.errors import Conflict, FieldError, MovedOn
from app.core.i18n import _l
from app.history.service import record
from app.leads import queries
from app.leads.models import Lead, LeadService, LeadShop, LeadState
from app.leads.service import informing
from app.leads.service.details import LeadDetails, found_by, promise
from app.people.models import Person
from app.settings.models import vendor

Changes = dict[str, tuple[Any, Any]]


class LeadMovedOn(MovedOn):
    """Somebody else saved the lead meanwhile; a second press, with its version now, saves."""


class LeadNotEditable(Conflict):
    """It is an account already, or closed."""


class CompanyRegistered(FieldError):
    """The reseller has another open lead of this company: `ref`."""

    def __init__(self, ref: str) -> None:
        super().__init__("company_number", _l("The lead %(ref)s is about this company already. Go on there.", ref=ref))
        self.ref = ref


def edit(lead_id: int, version: int, details: LeadDetails, by: Person) -> Lead:
    """Saves what a reseller's member or staff typed, with who changed what. Nothing changed saves nothing.

    Another company number is another claim (R8): an accepted lead goes back to being checked, whoever else may know
    the company, so that nobody learns by trying.

    Raises:
        LeadMovedOn: it was saved by somebody else since `version`.
        LeadNotEditable: it was converted or closed.
        CompanyRegistered: the reseller has another open lead of the company.
    """
    answer_by = promise(vendor().lead_answer_workdays)
    with write():
        lock_named(f"company:{details.company_key}")
        lead = locked_whole(lead_id)
        if not lead.is_editable:
            raise LeadNotEditable(_l("This lead can no longer be edited: its state has changed meanwhile."))
        if lead.version != version:
            raise LeadMovedOn(_l("Somebody else saved this lead while you were editing it. Nothing was overwritten."))
        changes = _put(lead, details)
        if not changes:
            return lead
        if details.company_key != lead.company_key:
            changes |= _claim_anew(lead, details.company_key, answer_by)
        if not policy.allows(by, P.LEADS_EDIT):
            lead.asked_at = None
        touch(lead)
        record(lead, "lead.changed", by, changes)
        if "email" in changes:
            informing.tell_new_contact(lead, lead, by)
    return lead


def locked_whole(lead_id: int) -> Lead:
    """The lead locked and as it is now, with its services and shops, inside this `write()`.

    Whoever needs the company's lock too takes it first: `lock_named("company:<key>")`, then the row.
    """
    lead = lock(Lead, lead_id)
    return db.session.scalars(
        sa.select(Lead)
        .where(Lead.id == lead.id)
        .options(selectinload(Lead.shops), selectinload(Lead.services).joinedload(LeadService.service))
        .execution_options(populate_existing=True)
    ).one()


def touch(lead: Lead) -> None:
    """After any change of a locked lead: version, time, and the texts by which it is found."""
    lead.version = lead.version + 1
    lead.updated_at = now()
    for column, text in found_by(lead, lead.ref).items():
        setattr(lead, column, text)


def withdraw(lead_id: int, reason: str, by: Person) -> Lead:
    """The client is not going ahead. The claim is let go.

    Raises:
        LeadNotEditable: it is an account already, or closed.
    """
    with write():
        lead = lock(Lead, lead_id)
        if not lead.may_become(LeadState.WITHDRAWN):
            raise LeadNotEditable(_l("This lead can no longer be withdrawn: its state has changed meanwhile."))
        before = lead.state
        lead.state = LeadState.WITHDRAWN
        lead.reason = reason or None
        lead.decided_at, lead.decided_by_id = now(), by.id
        lead.claim_key = lead.claim_until = None
        lead.asked_at = lead.told_at = None
        touch(lead)
        changes: Changes = {"state": (before, lead.state)}
        if reason:
            changes["reason"] = (None, reason)
        record(lead, "lead.withdrawn", by, changes)
    return lead


def take_up_again(lead_id: int, by: Person) -> Lead:
    """Undoes a withdrawal: the lead is checked anew.

    Raises:
        LeadNotEditable: it is not withdrawn.
        CompanyRegistered: the reseller has registered the company again meanwhile.
    """
    answer_by = promise(vendor().lead_answer_workdays)
    key = db.session.scalar(sa.select(Lead.company_key).where(Lead.id == lead_id))
    with write():
        lock_named(f"company:{key}")
        lead = lock(Lead, lead_id)
        if lead.state != LeadState.WITHDRAWN:
            raise LeadNotEditable(_l("This lead is not withdrawn any more."))
        _refuse_second(lead, lead.company_key)
        changes: Changes = {"state": (lead.state, LeadState.SUBMITTED)}
        _reopen(lead, answer_by)
        touch(lead)
        record(lead, "lead.reopened", by, changes)
    return lead


def _put(lead: Lead, details: LeadDetails) -> Changes:
    changes: Changes = {}
    for field, value in details.company.items():
        before = getattr(lead, field)
        if (before or None) != (value or None):
            changes[field] = (before, value)
            setattr(lead, field, value)
    return changes | put_services(lead, details.services) | put_shops(lead, details)


def put_services(lead: Lead, codes: tuple[str, ...]) -> Changes:
    """Makes these the services of a locked lead whose services are loaded."""
    before = {held.service.code: held for held in lead.services}
    if set(before) == set(codes):
        return {}
    kept = [held for code, held in before.items() if code in codes]
    wanted = set(codes) - set(before)
    found = list(
        db.session.scalars(sa.select(Service).where(Service.code.in_(wanted)).order_by(Service.position, Service.id))
    )
    lead.services = kept + [LeadService(service_id=service.id, service=service) for service in found]
    after = [held.service.code for held in lead.services]
    return {"services": (list(before), after)} if list(before) != after else {}


def put_shops(lead: Lead, details: LeadDetails) -> Changes:
    """Makes these the shops of a locked lead whose shops are loaded; a shop is known by its address."""
    before = [_shown(shop) for shop in lead.shops]
    held = {shop.url: shop for shop in lead.shops}
    kept: list[LeadShop] = []
    for wanted in {shop.url: shop for shop in details.shops}.values():
        row = held.get(wanted.url) or LeadShop(url=wanted.url)
        row.platform = wanted.platform
        kept.append(row)
    lead.shops = kept
    after = [_shown(shop) for shop in kept]
    return {"shops": (before, after)} if before != after else {}


def _shown(shop: LeadShop) -> str:
    return f"{shop.url} ({shop.platform})" if shop.platform else shop.url


def _claim_anew(lead: Lead, key: str, answer_by: Any) -> Changes:
    _refuse_second(lead, key)
    lead.company_key = key
    if lead.state != LeadState.ACCEPTED:
        return {}
    _reopen(lead, answer_by)
    return {"state": (LeadState.ACCEPTED, LeadState.SUBMITTED)}


def _reopen(lead: Lead, answer_by: Any) -> None:
    lead.state = LeadState.SUBMITTED
    lead.claim_key = lead.claim_until = None
    lead.decided_at = lead.decided_by_id = None
    lead.reason = None
    lead.answer_by = answer_by


def _refuse_second(lead: Lead, key: str) -> None:
    other = queries.open_lead(lead.reseller_id, key)
    if other is not None and other.id != lead.id:
        raise CompanyRegistered(other.ref)
