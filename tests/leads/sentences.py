"""Arranging leads and accounts in sentences: `a_lead(of=reseller)`, `an_account()`, `a_change_request(on=lead)`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.core import identifiers
from app.core.clock import now
from app.core.db import db, write
from app.customers.models import Account, AccountService, AccountShop
from app.customers.service import touch as touch_account
from app.followups.models import Interest
from app.history.service import record
from app.leads.models import ChangeItem, ChangeRequest, Lead, LeadService, LeadShop
from app.leads.service.details import found_by
from app.partners.models import Reseller
from tests.sentences import a_nip, a_reseller, owner_of


def company(**values: Any) -> dict[str, Any]:
    """A plausible Polish company with a number of its own."""
    number = values.pop("company_number", None) or a_nip()
    country = values.pop("country", "PL")
    return {
        "company_name": "Quillmark Stationers",
        "country": country,
        "company_number": number,
        "company_key": identifiers.company_key(country, number),
        "street": "ul. Papiernicza 8",
        "postcode": "61-002",
        "city": "Poznań",
        "contact_name": "Hanna Wilk",
        "email": f"office{number}@quillmark.example",
        "phone": "+48612345678",
        "website": None,
        "vat_number": None,
        "regon": None,
        "krs": None,
        "einvoice_address": None,
        "einvoice_operator": None,
        **values,
    }


def a_lead(
    *,
    of: Reseller | None = None,
    state: str = "submitted",
    services: Any = (),
    shops: Any = (),
    interest: bool = True,
    **values: Any,
) -> Lead:
    """A lead as a registration leaves it, whose interest in the total service was noted; `state="accepted"` comes with
    its claim."""
    reseller = of or a_reseller()
    moment = values.pop("created_at", now())
    own = {
        "typed_by": "reseller",
        "locale": "pl",
        "answer_by": moment + timedelta(days=2),
        "created_at": moment,
        "updated_at": moment,
    }
    details = company(**{name: value for name, value in values.items() if name not in own and name not in _EXTRA})
    own |= {name: value for name, value in values.items() if name in own or name in _EXTRA}
    lead = Lead(reseller_id=reseller.id, state=state, **details, **own)
    if state == "accepted":
        lead.claim_key, lead.claim_until = lead.company_key, now() + timedelta(days=180)
        lead.decided_at = now()
    lead.services = [LeadService(service_id=service.id) for service in services]
    lead.shops = [LeadShop(url=url, platform="WooCommerce") for url in shops]
    with write():
        db.session.add(lead)
        db.session.flush()
        for column, text in found_by(lead, lead.ref).items():
            setattr(lead, column, text)
        record(lead, "lead.submitted", None)
    if interest:
        an_interest(lead)
    db.session.expire_all()
    return lead


def an_interest(lead: Lead, level: str = "total", answer: str = "yes", **values: Any) -> Interest:
    """What the lead answered about the total service."""
    own = {"raised_on": now().date(), "created_at": now(), "updated_at": now(), "version": 1, **values}
    found = Interest(lead_id=lead.id, level=level, answer=answer, **own)
    with write():
        db.session.add(found)
    return found


_EXTRA = ("flagged", "suspicious", "told_at", "asked_at", "claim_until")


def an_account(*, of: Reseller | None = None, services: Any = (), shops: Any = (), **values: Any) -> Account:
    """A live account, credited to nobody unless `of` a reseller."""
    moment = values.pop("created_at", now())
    account = Account(
        reseller_id=of.id if of else None,
        locale="pl",
        created_at=moment,
        updated_at=moment,
        version=0,
        services=[AccountService(service_id=service.id, created_at=moment) for service in services],
        shops=[AccountShop(url=url, platform="", created_at=moment) for url in shops],
        **company(**values),
    )
    with write():
        db.session.add(account)
        db.session.flush()
        touch_account(account, moment)
        record(account, "account.opened", None)
    db.session.expire_all()
    return account


def a_change_request(
    *, on: Lead, kind: str = "change", wishes: Any = (("phone", "+48612345678", "+48612345679"),)
) -> ChangeRequest:
    request = ChangeRequest(
        kind=kind,
        lead_id=on.id,
        account_id=on.account_id,
        reseller_id=on.reseller_id,
        asked_by_id=owner_of(db.session.get(Reseller, on.reseller_id)).id,  # type: ignore[arg-type]  # it has one
        note="They moved in October.",
        answer_by=now() + timedelta(days=2),
        created_at=now(),
        items=[ChangeItem(field=field, old=old, new=new) for field, old, new in wishes],
    )
    with write():
        db.session.add(request)
    db.session.expire_all()
    return request


def again(record: Any) -> Any:
    """The record as the database has it now."""
    db.session.rollback()
    return db.session.get(type(record), record.id, populate_existing=True)
