"""Asking staff for what one may not change oneself: other values of an account, a further service or shop (R13)."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from app.core.clock import now
from app.core.db import db, lock, write
from app.core.errors import Conflict, DomainError
from app.core.i18n import _l
from app.customers.models import COMPANY_FIELDS, Account, AccountService
from app.history.service import record
from app.leads.emails.requests import ChangeRequestAsked, ChangeRequestReceived
from app.leads.models import (
    ChangeItem,
    ChangeRequest,
    ChangeRequestKind,
    ChangeRequestState,
    Lead,
    LeadService,
    LeadState,
)
from app.leads.service.details import LeadDetails, Shop, promise
from app.outbox.mail import Recipient
from app.outbox.service import post
from app.partners.models import Reseller
from app.people.models import Person
from app.settings.models import vendor

Wish = tuple[str, Any, Any]
"""Field, old value, new value."""


class NothingAsked(DomainError):
    """What was typed is what stands there already, or was asked before."""


class NotAnAccount(Conflict):
    """The lead is not an account of this reseller's (any more): it can be edited, or it is closed."""


class AccountChanged(Conflict):
    """The account says something else than when the form was opened: what was not touched must not be asked back."""


class RequestDecided(Conflict):
    """Staff have answered it already."""


def wishes(current: Account, details: LeadDetails) -> list[Wish]:
    """What differs between an account (services and shops loaded) and what was typed. Nothing is taken away: a service
    or shop that is missing below was not necessarily meant to end. A service that the vendor sold itself does not
    exist for the reseller: asking for it is an ordinary wish (R14)."""
    found: list[Wish] = [
        (field, getattr(current, field), value)
        for field, value in details.company.items()
        if (getattr(current, field) or None) != value
    ]
    held = {part.service.code for part in current.credited_services}
    found += [("service", None, code) for code in details.services if code not in held]
    shops = {shop.url for shop in current.shops}
    found += [("shop", None, _shop(shop)) for shop in details.shops if shop.url not in shops]
    return found


def stamp(account: Account) -> int:
    """A number for what the reseller sees of an account, the same as long as that is: its version would change with
    what the reseller must not notice. Carried by the form in place of a version."""
    seen = [
        [getattr(account, field) or "" for field in COMPANY_FIELDS],
        sorted(held.service_id for held in account.credited_services),
        sorted(shop.url for shop in account.shops),
    ]
    return int(hashlib.sha256(json.dumps(seen).encode()).hexdigest()[:7], 16)


def ask_change(lead_id: int, details: LeadDetails, note: str, by: Person, *, seen: int | None = None) -> ChangeRequest:
    """Asks staff to change the account that this lead became; only what differs from it is asked, and what waits for
    an answer already is not asked again. `seen` is the account's `stamp` when the form was opened.

    Raises:
        NothingAsked: nothing differs, or all of it waits for an answer.
        NotAnAccount: the lead can be edited itself, or is closed.
        AccountChanged: the account says something else than it did.
    """
    answer_by = promise(vendor().lead_answer_workdays)
    with write():
        lead = lock(Lead, lead_id)
        account = own_account_of(lead)
        if account is None:
            raise NotAnAccount(_l("This lead is not an account now. Look at its page again."))
        if seen is not None and seen != stamp(account):
            raise AccountChanged(_l("The account was changed while you were typing."))
        items = wishes(account, details)
        if not items:
            raise NothingAsked(_l("Nothing differs from what the account says. Change what should be different."))
        request = _ask(lead, ChangeRequestKind.CHANGE, items, note, answer_by, by)
    return request


def ask_addition(
    lead_id: int, services: tuple[str, ...], shops: tuple[Shop, ...], note: str, by: Person
) -> ChangeRequest:
    """Asks for further services and shops, whatever the state of the lead unless it is closed. What waits for an
    answer already is not asked again.

    Raises:
        NothingAsked: neither was named, or all of it is there already, or waits for an answer.
        NotAnAccount: the lead was declined or withdrawn.
    """
    answer_by = promise(vendor().lead_answer_workdays)
    with write():
        lead = lock(Lead, lead_id)
        if not lead.is_open and lead.state != LeadState.CONVERTED:
            raise NotAnAccount(_l("This lead is closed. Register the client again, or ask us to take it up again."))
        held, urls = _held_by(lead)
        items: list[Wish] = [("service", None, code) for code in services if code not in held]
        items += [("shop", None, _shop(shop)) for shop in shops if shop.url not in urls]
        if not items:
            raise NothingAsked(_l("Choose a service or enter a shop that is not on the lead yet."))
        request = _ask(lead, ChangeRequestKind.ADDITION, items, note, answer_by, by)
    return request


def withdraw(request_id: int, by: Person) -> ChangeRequest:
    """The reseller does not need it any more.

    Raises:
        RequestDecided: staff were quicker.
    """
    lead_id = db.session.scalar(sa.select(ChangeRequest.lead_id).where(ChangeRequest.id == request_id)) or 0
    with write():
        lead = lock(Lead, lead_id)
        request = lock(ChangeRequest, request_id)
        if request.state == ChangeRequestState.WITHDRAWN:
            return request
        if request.state != ChangeRequestState.SUBMITTED:
            raise RequestDecided(_l("This request has been answered meanwhile."))
        request.state = ChangeRequestState.WITHDRAWN
        request.version += 1
        record(lead, "lead.request_withdrawn", by, {"request": (request.ref, None)})
    return request


def account_of(lead: Lead) -> Account | None:
    """The account a lead became, where its story goes on after a merge, with its services and shops."""
    if lead.account_id is None:
        return None
    query = (
        sa.select(Account)
        .options(selectinload(Account.shops), selectinload(Account.services).joinedload(AccountService.service))
        .execution_options(populate_existing=True)
    )
    account = db.session.scalar(query.where(Account.id == lead.account_id))
    if account is not None and account.merged_into_id is not None:
        account = db.session.scalar(query.where(Account.id == account.merged_into_id))
    return account


def own_account_of(lead: Lead) -> Account | None:
    """The same as the lead's reseller may know it: live and credited to that reseller. A lead may have joined an
    account that stayed the vendor's own, and a merge may have given it to another reseller."""
    account = account_of(lead) if lead.state == LeadState.CONVERTED else None
    if account is None or not account.is_live or account.reseller_id != lead.reseller_id:
        return None
    return account


def _held_by(lead: Lead) -> tuple[set[str], set[str]]:
    account = own_account_of(lead)
    if account is not None:
        return {part.service.code for part in account.credited_services}, {shop.url for shop in account.shops}
    whole = db.session.scalars(
        sa.select(Lead)
        .where(Lead.id == lead.id)
        .options(selectinload(Lead.shops), selectinload(Lead.services).joinedload(LeadService.service))
        .execution_options(populate_existing=True)
    ).one()
    return {part.service.code for part in whole.services}, {shop.url for shop in whole.shops}


def _shop(shop: Shop) -> dict[str, str]:
    return {"url": shop.url, "platform": shop.platform}


def _thing(field: str, new: Any) -> tuple[str, str]:
    """What a wish is about, whoever asks it: two wishes for one shop are the same, whatever the platform."""
    return field, str(new.get("url") if isinstance(new, dict) else new)


def _ask(
    lead: Lead, kind: ChangeRequestKind, items: list[Wish], note: str, answer_by: Any, by: Person
) -> ChangeRequest:
    waiting = _waiting(lead)
    asked = {_thing(item.field, item.new) for request in waiting for item in request.items}
    fresh = [wish for wish in items if _thing(wish[0], wish[2]) not in asked]
    if not fresh:
        wanted = {_thing(field, new) for field, _old, new in items}
        same = next(found for found in waiting if wanted & {_thing(item.field, item.new) for item in found.items})
        if (same.note or "") == note:
            return same  # sent twice
        raise NothingAsked(
            _l("You have asked for this already: the request %(ref)s waits for our answer.", ref=same.ref)
        )
    return _send(lead, kind, fresh, note, answer_by, by)


def _waiting(lead: Lead) -> list[ChangeRequest]:
    return list(
        db.session.scalars(
            sa.select(ChangeRequest)
            .where(ChangeRequest.lead_id == lead.id, ChangeRequest.state == ChangeRequestState.SUBMITTED)
            .options(selectinload(ChangeRequest.items))
            .order_by(ChangeRequest.id.desc())
        )
    )


def _send(
    lead: Lead, kind: ChangeRequestKind, items: list[Wish], note: str, answer_by: Any, by: Person
) -> ChangeRequest:
    request = ChangeRequest(
        kind=kind,
        lead_id=lead.id,
        account_id=lead.account_id if lead.state == LeadState.CONVERTED else None,
        reseller_id=lead.reseller_id,
        state=ChangeRequestState.SUBMITTED,
        asked_by_id=by.id,
        note=note or None,
        answer_by=answer_by,
        created_at=now(),
        items=[ChangeItem(field=field, old=old, new=new, accepted=None) for field, old, new in items],
    )
    db.session.add(request)
    db.session.flush()
    addition = kind == ChangeRequestKind.ADDITION
    verb = "lead.addition_requested" if addition else "lead.change_requested"
    record(lead, verb, by, {"request": (None, request.ref)})
    reseller = db.session.scalars(
        sa.select(Reseller).where(Reseller.id == lead.reseller_id).options(joinedload(Reseller.organisation))
    ).one()
    fields = list(dict.fromkeys(field for field, _old, _new in items))
    own = vendor()
    asked = ChangeRequestAsked(
        request=request.ref,
        lead=lead.ref,
        company_name=lead.company_name,
        reseller=reseller.organisation.name,
        asked_by=by.name,
        addition=addition,
        fields=fields,
        note=note,
        answer_by=answer_by,
    )
    conversation = f"request:{request.ref}"
    post(
        asked, Recipient(own.contact_email, own.name, own.default_locale), conversation=conversation, reply_to=by.email
    )
    received = ChangeRequestReceived(
        request=request.ref,
        lead=lead.ref,
        company_name=lead.company_name,
        addition=addition,
        fields=fields,
        answer_by=answer_by,
    )
    post(received, Recipient(by.email, by.name, by.locale, by.id), conversation=conversation)
    return request
