"""Staff answer a change request item by item; what is accepted is carried out at once (R13)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from app.catalogue.models import Service
from app.core import identifiers
from app.core.clock import now
from app.core.db import db, lock, lock_named, write
from app.core.errors import Conflict, DomainError, FieldError, NotFound
from app.core.i18n import _, _l, in_locale
from app.customers import service as customers
from app.customers.fields import IDENTIFIERS, cleaned, name_of, shown
from app.customers.models import COMPANY_FIELDS, Account, AccountService
from app.history.service import record
from app.leads.emails.decision import ChangeRequestDecided
from app.leads.models import (
    ChangeItem,
    ChangeRequest,
    ChangeRequestState,
    Lead,
    LeadService,
    LeadShop,
)
from app.leads.service import change_requests, informing
from app.leads.service.decision import people_of
from app.leads.service.editing import locked_whole, touch
from app.outbox.service import post
from app.people.models import Person


class RequestMovedOn(Conflict):
    """Somebody else answered it, or it was withdrawn."""


def decide(
    request_id: int,
    version: int,
    accepted: frozenset[int],
    answer: str,
    by: Person,
    notes: Mapping[int, str] | None = None,
) -> ChangeRequest:
    """Accepts the items of these ids, declines the others, and tells the reseller. `answer` is about the whole request,
    `notes` about single items. The same answer of the same person once more is the first one.

    Raises:
        RequestMovedOn: it was answered or withdrawn since `version`, or its account or lead is closed.
        FieldError: something is declined without a word, or an accepted value is not right (any more): `item-<id>`,
            `note-<id>`, or `answer` where there is one item.
    """
    said = {key: note.strip() for key, note in (notes or {}).items() if note.strip()}
    asked = db.session.execute(
        sa.select(ChangeRequest.lead_id, ChangeRequest.account_id).where(ChangeRequest.id == request_id)
    ).one_or_none()
    if asked is None:
        raise NotFound
    with write():
        _lock_companies(asked.lead_id, asked.account_id, request_id, accepted)
        lead = locked_whole(asked.lead_id) if asked.lead_id is not None else None
        account = customers.locked_whole(customers.held_through(asked.account_id).id) if lead is None else None
        about = lead or account
        assert about is not None, "the database does not let both be empty"
        request = lock(ChangeRequest, request_id)
        items = list(
            db.session.scalars(
                sa.select(ChangeItem)
                .where(ChangeItem.request_id == request.id)
                .order_by(ChangeItem.id)
                .execution_options(populate_existing=True)
            )
        )
        if _is_same(request, version, items, accepted, answer, by):
            return request
        if request.version != version or request.state != ChangeRequestState.SUBMITTED:
            raise RequestMovedOn(_l("This request was answered or withdrawn meanwhile. Look at it again."))
        for item in items:
            if item.id not in accepted and not (said.get(item.id) or answer.strip()):
                where = f"note-{item.id}" if len(items) > 1 else "answer"
                raise FieldError(where, _l("Say why this is declined. The reseller reads it."))
            item.accepted, item.note = item.id in accepted, said.get(item.id)
        chosen = [item for item in items if item.accepted]
        if chosen:
            account_id = request.account_id or (lead.account_id if lead else None)
            if account is None and account_id is not None:
                account = customers.locked_whole(account_id)
            if account is not None:
                _carry_out(account, lead, chosen, request, by)
            elif lead is not None:
                _add_to(lead, chosen, request, by)
        request.state = ChangeRequestState.DECIDED
        request.decided_at, request.decided_by_id = now(), by.id
        request.answer = answer.strip() or None
        request.version = request.version + 1
        change_requests.tell(about, "request_decided", by, None, request.ref)
        _tell(request, about, items)
    return request


def _is_same(
    request: ChangeRequest,
    version: int,
    items: list[ChangeItem],
    accepted: frozenset[int],
    answer: str,
    by: Person,
) -> bool:
    """Whether this answer was given a moment ago by the same person: the button pressed twice."""
    return (
        request.state == ChangeRequestState.DECIDED
        and request.version == version + 1
        and request.decided_by_id == by.id
        and {item.id for item in items if item.accepted} == accepted & {item.id for item in items}
        and (request.answer or "") == answer.strip()
    )


def _lock_companies(lead_id: int | None, account_id: int | None, request_id: int, accepted: frozenset[int]) -> None:
    """The companies that the account is and will be, so that nobody merges it or takes the new number meanwhile."""
    query = sa.select(Account.company_key, Account.country, Account.company_number)
    if lead_id is not None:
        query = query.join(Lead, Lead.account_id == Account.id).where(Lead.id == lead_id)
    else:
        query = query.where(Account.id == account_id)
    row = db.session.execute(query).one_or_none()
    if row is None:
        return
    wanted = {
        field: str(new)
        for item_id, field, new in db.session.execute(
            sa.select(ChangeItem.id, ChangeItem.field, ChangeItem.new).where(
                ChangeItem.request_id == request_id, ChangeItem.field.in_(("country", "company_number"))
            )
        )
        if item_id in accepted
    }
    country, number = wanted.get("country", row.country), wanted.get("company_number", row.company_number)
    after = identifiers.company_key(country, number)
    for key in sorted({row.company_key, after}):
        lock_named(f"company:{key}")


def _carry_out(
    account: Account, lead: Lead | None, chosen: list[ChangeItem], request: ChangeRequest, by: Person
) -> None:
    if not account.is_live:
        raise RequestMovedOn(_l("The account is closed, so nothing can be changed on it. Decline what was asked."))
    wanted = {item.field: item.new for item in chosen if item.field in COMPANY_FIELDS}
    changes: dict[str, tuple[Any, Any]] = {}
    if wanted:
        try:
            changes = customers.put(account, _right(account, wanted))
        except FieldError as error:
            raise _beside(error, chosen, account.country) from error
    services = [found for found in services_of(chosen) if customers.add_service(account, found.id)]
    shops = [shop for url, platform in shops_of(chosen) if (shop := customers.add_shop(account, url, platform))]
    if services:
        changes["services"] = (None, [found.code for found in services])
    if shops:
        changes["shops"] = (None, [shop.url for shop in shops])
    if changes:  # all of it may stand so already
        customers.touch(account)
        record(account, "account.change_applied", by, {"_request": (None, request.ref), **changes})
    if "email" in changes and lead is not None:
        informing.tell_new_contact(lead, account, None)
    elif "email" in changes:
        informing.tell_contact_of(account, None)


def _right(account: Account, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The wished values in canonical form; another country takes the numbers away that it does not know.

    Raises:
        FieldError: one of them is not right, alone or with what stands there.
    """
    current = {name: getattr(account, name) for name in COMPANY_FIELDS}
    clean = cleaned({**current, **wanted})
    touched = {*wanted, *(IDENTIFIERS if "country" in wanted else ())}
    return {name: value for name, value in clean.items() if name in touched}


def _beside(error: FieldError, chosen: list[ChangeItem], country: str) -> DomainError:
    """The error beside the item that it is about: its own field's, or the country's, on which the others depend."""
    for field in (error.field, "country"):
        for item in chosen:
            if item.field == field:
                return FieldError(f"item-{item.id}", error.message)
    return DomainError(_l("%(field)s: %(problem)s", field=name_of(error.field, country), problem=error.message))


def _add_to(lead: Lead, chosen: list[ChangeItem], request: ChangeRequest, by: Person) -> None:
    """An addition before the conversion goes to the lead itself."""
    if not lead.is_editable:
        raise RequestMovedOn(_l("The lead is closed. Reopen it first, or decline the request."))
    held = {service.service_id for service in lead.services}
    urls = {shop.url for shop in lead.shops}
    changes: dict[str, tuple[Any, Any]] = {"request": (None, request.ref)}
    services = [found for found in services_of(chosen) if found.id not in held]
    shops = [(url, platform) for url, platform in shops_of(chosen) if url not in urls]
    if services:
        lead.services.extend(LeadService(service_id=found.id, service=found) for found in services)
        changes["services"] = (None, [found.code for found in services])
    if shops:
        lead.shops.extend(LeadShop(url=url, platform=platform) for url, platform in shops)
        changes["shops"] = (None, [url for url, _platform in shops])
    touch(lead)
    record(lead, "lead.changed", by, changes)


def services_of(items: list[ChangeItem]) -> list[Service]:
    """The services that these items ask for, by their codes."""
    codes = [str(item.new) for item in items if item.field == "service"]
    if not codes:
        return []
    return list(db.session.scalars(sa.select(Service).where(Service.code.in_(codes)).order_by(Service.position)))


def shops_of(items: list[ChangeItem]) -> list[tuple[str, str]]:
    """Address and platform of the shops that these items ask for."""
    found = []
    for item in items:
        if item.field == "shop":
            new = item.new if isinstance(item.new, dict) else {"url": item.new}
            found.append((str(new.get("url") or ""), str(new.get("platform") or "")))
    return [(url, platform) for url, platform in found if url]


def item_words(item: ChangeItem, value: Any, country: str, services: dict[str, str]) -> str:
    """A value of an item as people read it."""
    if item.field == "service":
        return services.get(str(value), str(value or ""))
    if item.field == "shop" and isinstance(value, dict):
        return " ".join(str(part) for part in (value.get("url"), value.get("platform")) if part)
    return shown(item.field, value, country)


@dataclass(frozen=True)
class Standing:
    """What the record that a request is about says now, for whoever answers it."""

    record: Account | Lead | None
    closed: Any
    """Why nothing of it can be accepted, as a sentence; empty when it can."""

    def told(self, item: ChangeItem, country: str, services: dict[str, str]) -> str:
        """What the deciding person should know of one wish; empty when it stands as it did when it was asked."""
        if self.record is None or item.accepted is not None:
            return ""
        if item.field == "service":
            held = next((part for part in self.record.services if part.service.code == item.new), None)
            if held is None:
                return ""
            if isinstance(held, AccountService) and held.direct:
                return _("We sold this ourselves: accepting it makes it visible to the reseller.")
            return _("It is there already.")
        if item.field == "shop":
            url = item.new.get("url") if isinstance(item.new, dict) else item.new
            return _("It is there already.") if any(shop.url == url for shop in self.record.shops) else ""
        there = getattr(self.record, item.field, None) or None
        if there == (item.new or None):
            return _("It stands so already.")
        if there != (item.old or None):
            value = item_words(item, there, country, services) or _("nothing")
            return _("Changed since it was asked. What stands there now: %(value)s", value=value)
        return ""


def as_it_stands(request: ChangeRequest, account: Account | None) -> Standing:
    """`account` is the one that the request is about, with services and shops (see `account_asked`); before a
    conversion the lead is asked instead, in two queries."""
    if account is not None:
        closed = "" if account.is_live else _l("The account is closed, so nothing can be accepted any more.")
        return Standing(account, closed)
    lead = db.session.scalars(
        sa.select(Lead)
        .where(Lead.id == request.lead_id)
        .options(selectinload(Lead.shops), selectinload(Lead.services).joinedload(LeadService.service))
        .execution_options(populate_existing=True)
    ).one()
    closed = "" if lead.is_editable else _l("The lead is closed, so nothing can be accepted unless you reopen it.")
    return Standing(lead, closed)


def _tell(request: ChangeRequest, about: Lead | Account, items: list[ChangeItem]) -> None:
    of_lead = isinstance(about, Lead)
    codes = [str(item.new) for item in items if item.field == "service"]
    found = db.session.scalars(sa.select(Service).where(Service.code.in_(codes))).all() if codes else []
    for to in people_of(request.reseller_id):
        with in_locale(to.locale):
            names = {service.code: service.name for service in found}
            lines = {item.id: _line(item, about.country, names) for item in items}
        mail = ChangeRequestDecided(
            request.ref,
            about.ref if of_lead else "",
            about.company_name,
            [lines[item.id] for item in items if item.accepted],
            [lines[item.id] for item in items if not item.accepted],
            request.answer or "",
            account_ref="" if of_lead else about.ref,
        )
        post(mail, to, conversation=f"{'lead' if of_lead else 'account'}:{about.ref}")


def _line(item: ChangeItem, country: str, names: dict[str, str]) -> str:
    """One wish and what was said about it, in the language spoken now."""
    line = f"{name_of(item.field, country)}: {item_words(item, item.new, country, names) or _('to be removed')}"
    return f"{line} ({item.note})" if item.note else line
