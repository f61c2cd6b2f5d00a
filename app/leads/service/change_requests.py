"""Asking staff for what one may not change oneself: other values of an account, a further service or shop (R13)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from app.core.clock import now
from app.core.db import db, lock, write
from app.core.errors import Conflict, DomainError, NotFound
from app.core.i18n import _l
from app.customers import service as customers
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
    """There is no account of this reseller's (any more): the lead can be edited, or it or the account is closed."""


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


@dataclass(frozen=True)
class _About:
    """What a reseller asks about: their lead, or an account of which they have none."""

    lead: Lead | None
    account: Account | None
    """As the reseller may know it; None while the lead is not an account of theirs."""
    reseller_id: int

    @property
    def record(self) -> Lead | Account:
        """Whose history and page tell of the request."""
        found = self.lead or self.account
        assert found is not None, "made with one of both"
        return found

    @property
    def is_closed(self) -> bool:
        return self.lead is not None and not self.lead.is_open and self.lead.state != LeadState.CONVERTED


def _lead(lead_id: int) -> _About:
    lead = lock(Lead, lead_id)
    return _About(lead, own_account_of(lead), lead.reseller_id)


def _account(account_id: int, reseller_id: int) -> _About:
    """Raises NotAnAccount: it is closed, or not credited to this reseller any more."""
    account = whole_account(customers.held_through(account_id).id)
    if account is None or not account.is_live or account.reseller_id != reseller_id:
        raise NotAnAccount(_l("This account is closed, or is not credited to you any more."))
    return _About(None, account, reseller_id)


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
        return _ask_change(_lead(lead_id), details, note, answer_by, by, seen)


def ask_change_of(
    account_id: int, reseller_id: int, details: LeadDetails, note: str, by: Person, *, seen: int | None = None
) -> ChangeRequest:
    """The same for an account that is credited to this reseller and that they have no lead of.

    Raises:
        As `ask_change`; NotAnAccount when the account is closed, or credited to somebody else now.
    """
    answer_by = promise(vendor().lead_answer_workdays)
    with write():
        return _ask_change(_account(account_id, reseller_id), details, note, answer_by, by, seen)


def _ask_change(
    about: _About, details: LeadDetails, note: str, answer_by: datetime, by: Person, seen: int | None
) -> ChangeRequest:
    if about.account is None:
        raise NotAnAccount(_l("This lead is not an account now. Look at its page again."))
    if seen is not None and seen != stamp(about.account):
        raise AccountChanged(_l("The account was changed while you were typing."))
    items = wishes(about.account, details)
    if not items:
        raise NothingAsked(_l("Nothing differs from what the account says. Change what should be different."))
    return _ask(about, ChangeRequestKind.CHANGE, items, note, answer_by, by)


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
        return _ask_addition(_lead(lead_id), services, shops, note, answer_by, by)


def ask_addition_to(
    account_id: int, reseller_id: int, services: tuple[str, ...], shops: tuple[Shop, ...], note: str, by: Person
) -> ChangeRequest:
    """The same for an account that is credited to this reseller and that they have no lead of.

    Raises:
        As `ask_addition`; NotAnAccount when the account is closed, or credited to somebody else now.
    """
    answer_by = promise(vendor().lead_answer_workdays)
    with write():
        return _ask_addition(_account(account_id, reseller_id), services, shops, note, answer_by, by)


def _ask_addition(
    about: _About, services: tuple[str, ...], shops: tuple[Shop, ...], note: str, answer_by: datetime, by: Person
) -> ChangeRequest:
    if about.is_closed:
        raise NotAnAccount(_l("This lead is closed. Register the client again, or ask us to take it up again."))
    held, urls = _held_by(about)
    items: list[Wish] = [("service", None, code) for code in services if code not in held]
    items += [("shop", None, _shop(shop)) for shop in shops if shop.url not in urls]
    if not items:
        if about.lead is None:
            raise NothingAsked(_l("Choose a service or enter a shop that is not on the account yet."))
        raise NothingAsked(_l("Choose a service or enter a shop that is not on the lead yet."))
    return _ask(about, ChangeRequestKind.ADDITION, items, note, answer_by, by)


def withdraw(request_id: int, by: Person) -> ChangeRequest:
    """The reseller does not need it any more.

    Raises:
        RequestDecided: staff were quicker.
    """
    asked = db.session.execute(
        sa.select(ChangeRequest.lead_id, ChangeRequest.account_id).where(ChangeRequest.id == request_id)
    ).one_or_none()
    if asked is None:
        raise NotFound
    with write():
        record_asked = lock(Lead, asked.lead_id) if asked.lead_id else customers.held_through(asked.account_id)
        request = lock(ChangeRequest, request_id)
        if request.state == ChangeRequestState.WITHDRAWN:
            return request
        if request.state != ChangeRequestState.SUBMITTED:
            raise RequestDecided(_l("This request has been answered meanwhile."))
        request.state = ChangeRequestState.WITHDRAWN
        request.version += 1
        tell(record_asked, "request_withdrawn", by, request.ref, None)
    return request


def tell(about: Lead | Account, verb: str, by: Person, before: str | None, after: str | None) -> None:
    """Writes into the history of the lead or account what became of a request, by its reference."""
    if isinstance(about, Lead):
        record(about, f"lead.{verb}", by, {"request": (before, after)})
    else:
        record(about, f"account.{verb}", by, {"_request": (before, after)})


def account_asked(request: ChangeRequest) -> Account | None:
    """The account that a request (with its lead loaded) is about, with services and shops; None before a conversion."""
    if request.lead is not None:
        return account_of(request.lead)
    return whole_account(request.account_id) if request.account_id is not None else None


def account_of(lead: Lead) -> Account | None:
    """The account a lead became, where its story goes on after a merge, with its services and shops."""
    return whole_account(lead.account_id) if lead.account_id is not None else None


def whole_account(account_id: int) -> Account | None:
    """This account with its services and shops, or the one into which it was merged."""
    query = (
        sa.select(Account)
        .options(selectinload(Account.shops), selectinload(Account.services).joinedload(AccountService.service))
        .execution_options(populate_existing=True)
    )
    account = db.session.scalar(query.where(Account.id == account_id))
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


def _held_by(about: _About) -> tuple[set[str], set[str]]:
    account, lead = about.account, about.lead
    if account is not None or lead is None:
        assert account is not None, "without a lead there is an account"
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
    about: _About, kind: ChangeRequestKind, items: list[Wish], note: str, answer_by: datetime, by: Person
) -> ChangeRequest:
    waiting = _waiting(about)
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
    return _send(about, kind, fresh, note, answer_by, by)


def _waiting(about: _About) -> list[ChangeRequest]:
    if about.lead is not None:
        same = ChangeRequest.lead_id == about.lead.id
    else:
        same = sa.and_(
            ChangeRequest.lead_id.is_(None),
            ChangeRequest.account_id == about.record.id,
            ChangeRequest.reseller_id == about.reseller_id,
        )
    return list(
        db.session.scalars(
            sa.select(ChangeRequest)
            .where(same, ChangeRequest.state == ChangeRequestState.SUBMITTED)
            .options(selectinload(ChangeRequest.items))
            .order_by(ChangeRequest.id.desc())
        )
    )


def _send(
    about: _About, kind: ChangeRequestKind, items: list[Wish], note: str, answer_by: datetime, by: Person
) -> ChangeRequest:
    lead = about.lead
    account_id: int | None = about.record.id
    if lead is not None:
        account_id = lead.account_id if lead.state == LeadState.CONVERTED else None
    request = ChangeRequest(
        kind=kind,
        lead_id=lead.id if lead else None,
        account_id=account_id,
        reseller_id=about.reseller_id,
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
    tell(about.record, "addition_requested" if addition else "change_requested", by, None, request.ref)
    _write(about, request, addition, list(dict.fromkeys(field for field, _old, _new in items)), by)
    return request


def _write(about: _About, request: ChangeRequest, addition: bool, fields: list[str], by: Person) -> None:
    """A mail to the contact address, and a receipt to whoever asked."""
    reseller = db.session.scalars(
        sa.select(Reseller).where(Reseller.id == about.reseller_id).options(joinedload(Reseller.organisation))
    ).one()
    own = vendor()
    lead_ref = about.lead.ref if about.lead else ""
    account_ref = "" if about.lead else about.record.ref
    asked = ChangeRequestAsked(
        request=request.ref,
        lead=lead_ref,
        company_name=about.record.company_name,
        reseller=reseller.organisation.name,
        asked_by=by.name,
        addition=addition,
        fields=fields,
        note=request.note or "",
        answer_by=request.answer_by,
        account=account_ref,
    )
    conversation = f"request:{request.ref}"
    post(
        asked, Recipient(own.contact_email, own.name, own.default_locale), conversation=conversation, reply_to=by.email
    )
    received = ChangeRequestReceived(
        request=request.ref,
        lead=lead_ref,
        company_name=about.record.company_name,
        addition=addition,
        fields=fields,
        answer_by=request.answer_by,
        account=account_ref,
    )
    post(received, Recipient.of(by), conversation=conversation)
