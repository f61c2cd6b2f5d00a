"""Staff answer a change request item by item; what is accepted is carried out at once (R13)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.catalogue.models import Service
from app.core.clock import now
from app.core.db import db, lock, write
from app.core.errors import Conflict, FieldError
from app.core.i18n import _l, in_locale
from app.customers import service as customers
from app.customers.fields import cleaned, name_of, shown
from app.customers.models import COMPANY_FIELDS, Account
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
from app.leads.service.decision import people_of
from app.leads.service.editing import locked_whole, touch
from app.outbox.service import post
from app.people.models import Person


class RequestMovedOn(Conflict):
    """Somebody else answered it, or it was withdrawn."""


def decide(request_id: int, version: int, accepted: frozenset[int], answer: str, by: Person) -> ChangeRequest:
    """Accepts the items of these ids, declines the others, and tells the reseller.

    Raises:
        RequestMovedOn: it was answered or withdrawn since `version`, or its account or lead is closed.
        FieldError: something is declined without a word, or an accepted value is not right (any more).
    """
    lead_id = db.session.scalar(sa.select(ChangeRequest.lead_id).where(ChangeRequest.id == request_id))
    with write():
        lead = locked_whole(int(lead_id or 0))
        request = lock(ChangeRequest, request_id)
        if request.version != version or request.state != ChangeRequestState.SUBMITTED:
            raise RequestMovedOn(_l("This request was answered or withdrawn meanwhile. Look at it again."))
        items = list(
            db.session.scalars(sa.select(ChangeItem).where(ChangeItem.request_id == request.id).order_by(ChangeItem.id))
        )
        if not answer.strip() and any(item.id not in accepted for item in items):
            raise FieldError("answer", _l("Say why something is declined. The reseller reads it."))
        for item in items:
            item.accepted = item.id in accepted
        chosen = [item for item in items if item.accepted]
        if chosen:
            account_id = request.account_id or lead.account_id
            if account_id is not None:
                _carry_out(customers.locked_whole(account_id), chosen, request, by)
            else:
                _add_to(lead, chosen, request, by)
        request.state = ChangeRequestState.DECIDED
        request.decided_at, request.decided_by_id = now(), by.id
        request.answer = answer.strip() or None
        request.version = request.version + 1
        record(lead, "lead.request_decided", by, {"request": (None, request.ref)})
        _tell(request, lead, items)
    return request


def _carry_out(account: Account, chosen: list[ChangeItem], request: ChangeRequest, by: Person) -> None:
    if not account.is_live:
        raise RequestMovedOn(_l("The account is closed, so nothing can be changed on it."))
    wanted = {item.field: item.new for item in chosen if item.field in COMPANY_FIELDS}
    changes: dict[str, tuple[Any, Any]] = {}
    if wanted:
        current = {name: getattr(account, name) for name in COMPANY_FIELDS}
        changes = customers.put(account, cleaned({**current, **wanted}))
    services = [found for found in services_of(chosen) if customers.add_service(account, found.id)]
    shops = [customers.add_shop(account, url, platform) for url, platform in shops_of(chosen)]
    if services:
        changes["services"] = (None, [found.code for found in services])
    if any(shops):
        changes["shops"] = (None, [shop.url for shop in shops if shop])
    customers.touch(account)
    record(account, "account.change_applied", by, {"_request": (None, request.ref), **changes})


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


def _tell(request: ChangeRequest, lead: Lead, items: list[ChangeItem]) -> None:
    codes = [str(item.new) for item in items if item.field == "service"]
    found = db.session.scalars(sa.select(Service).where(Service.code.in_(codes))).all() if codes else []
    for to in people_of(request.reseller_id):
        with in_locale(to.locale):
            names = {service.code: service.name for service in found}
            lines = {
                item.id: f"{name_of(item.field, lead.country)}: {item_words(item, item.new, lead.country, names)}"
                for item in items
            }
        mail = ChangeRequestDecided(
            request.ref,
            lead.ref,
            lead.company_name,
            [lines[item.id] for item in items if item.accepted],
            [lines[item.id] for item in items if not item.accepted],
            request.answer or "",
        )
        post(mail, to, conversation=f"lead:{lead.ref}")
