"""Staff decide on leads: accept, decline, between competing ones, and take a decision back (R8, R12)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.core.clock import now
from app.core.db import db, lock, lock_named, write
from app.core.errors import DomainError, FieldError
from app.core.i18n import _l
from app.customers.models import Account, AccountState
from app.history.models import HistoryEntry, HistoryValue
from app.history.service import record
from app.leads.emails.decision import LeadAccepted, LeadDeclined, LeadReopened
from app.leads.models import OPEN, Lead, LeadState
from app.leads.service import informing
from app.leads.service.details import promise
from app.leads.service.editing import LeadMovedOn, touch
from app.outbox.mail import Mail, Recipient
from app.outbox.service import post
from app.partners.models import Reseller
from app.partners.queries import is_software_partner
from app.people import queries
from app.people.models import Person
from app.settings.models import vendor
from app.settings.processes import runs

BEFORE_ACCEPTING: list[Callable[[Lead], None]] = []
"""What features above want known before a lead is accepted: each raises a DomainError that says what is missing. Asked
inside the `write()` that accepts, with the lead locked, of the processes that are switched on."""


class CompanyTaken(DomainError):
    """Another reseller holds the company: by an accepted claim, or by the credit of an account."""


class CannotReopen(DomainError):
    """The reseller has a newer open lead of the company, or the state does not allow it."""


def accept(lead_id: int, version: int, by: Person) -> Lead:
    """The reseller is credited, and the company is theirs for the protected time.

    Raises:
        LeadMovedOn: it was changed or decided by somebody else since `version`.
        CompanyTaken: another reseller holds the company.
    """
    with write():
        lead = held(lead_id, version)
        _accept(lead, by)
    return lead


def decline(lead_id: int, version: int, reason: str, by: Person) -> Lead:
    """With the reason, which goes to the reseller as it stands.

    Raises:
        FieldError: no reason.
        LeadMovedOn: it was changed or decided by somebody else since `version`.
    """
    _need_reason(reason)
    with write():
        lead = held(lead_id, version)
        _decline(lead, reason, by)
    return lead


@dataclass(frozen=True)
class Seen:
    """A lead as the deciding person saw it."""

    ref: str
    version: int


def decide_between(
    company_key: str, accepted: str | None, seen: Iterable[Seen], reason: str, by: Person
) -> tuple[Lead | None, list[Lead]]:
    """Accepts one of a company's open leads and declines the others, or declines all: one story, one transaction.

    Raises:
        FieldError: no reason for those declined.
        LeadMovedOn: one of them was changed, or another came in, since they were `seen`.
        CompanyTaken: the accepted one's company is another reseller's account.
    """
    _need_reason(reason)
    expected = {each.ref: each.version for each in seen}
    with write():
        lock_named(f"company:{company_key}")
        leads = _open_leads(company_key)
        if {lead.ref: lead.version for lead in leads} != expected or (accepted and accepted not in expected):
            raise LeadMovedOn(_l("One of these leads changed, or another came in, while you were deciding."))
        winner = next((lead for lead in leads if lead.ref == accepted), None)
        losers = [lead for lead in leads if lead is not winner]
        for lead in losers:
            _decline(lead, reason, by)
        db.session.flush()  # a declined claim is let go before the next one is taken
        if winner is not None and winner.state == LeadState.SUBMITTED:
            _accept(winner, by)
    return winner, losers


def undo_between(company_key: str, seen: Iterable[Seen], by: Person) -> list[Lead]:
    """Takes back what `decide_between` did, while nothing else happened to the leads.

    Raises:
        LeadMovedOn: something did.
    """
    expected = {each.ref: each.version for each in seen}
    with write():
        lock_named(f"company:{company_key}")
        leads = list(
            db.session.scalars(
                sa.select(Lead)
                .where(Lead.ref.in_(expected), Lead.company_key == company_key)
                .order_by(Lead.id)
                .with_for_update()
                .execution_options(populate_existing=True)
            )
        )
        if {lead.ref: lead.version for lead in leads} != expected:
            raise LeadMovedOn(_l("Something else happened to these leads meanwhile, so this cannot be undone."))
        for lead in leads:
            if lead.state == LeadState.ACCEPTED:
                _take_back(lead, by)
            elif lead.state == LeadState.DECLINED:
                _reopen(lead, by, lead.answer_by)  # declining left the promise as it was
    return leads


def reopen(lead_id: int, version: int, by: Person) -> Lead:
    """A declined or withdrawn lead is checked again.

    Raises:
        LeadMovedOn: something happened to it since `version`.
        CannotReopen: the reseller has a newer open lead of the company.
    """
    with write():
        lead = held(lead_id, version)
        _reopen(lead, by)
    return lead


def take_back(lead_id: int, version: int, by: Person) -> Lead:
    """Undoes an acceptance while nothing else happened: `version` is the one the acceptance left.

    Raises:
        LeadMovedOn: something did happen.
    """
    with write():
        lead = held(lead_id, version)
        if lead.state != LeadState.ACCEPTED:
            raise LeadMovedOn(_l("This lead is not accepted any more."))
        _take_back(lead, by)
    return lead


def release_expired_claims() -> int:
    """Lets go of claims whose protected time is over, and tells how many. Run daily."""
    released = 0
    keys = db.session.scalars(
        sa.select(Lead.claim_key).where(Lead.claim_key.is_not(None), Lead.claim_until < now()).order_by(Lead.claim_key)
    ).all()
    for key in keys:
        with write():
            lock_named(f"company:{key}")
            released += release_if_expired(str(key))
    return released


# --- inside a write(), for this room and for conversion --------------------------------------------------------------


def held(lead_id: int, version: int) -> Lead:
    """The company's lock, then the lead's row as it is now.

    Raises:
        LeadMovedOn: it is not the `version` that was looked at.
    """
    key = db.session.scalar(sa.select(Lead.company_key).where(Lead.id == lead_id))
    lock_named(f"company:{key}")
    lead = lock(Lead, lead_id)
    if lead.version != version or lead.company_key != key:
        raise LeadMovedOn(_l("This lead was changed or decided by somebody else meanwhile. Look at it again."))
    return lead


def release_if_expired(key: str) -> int:
    """Lets go of the claim on a company if its time is over; the company is locked."""
    holder = claim_holder(key)
    if holder is None or holder.claim_until is None or holder.claim_until >= now():
        return 0
    until = holder.claim_until
    holder.claim_key = holder.claim_until = None
    touch(holder)
    record(holder, "lead.claim_released", None, {"_claim_until": (until.isoformat(), None)})
    db.session.flush()
    return 1


def claim_holder(key: str) -> Lead | None:
    """The lead whose claim on the company holds, locked."""
    return db.session.scalar(
        sa.select(Lead).where(Lead.claim_key == key).with_for_update().execution_options(populate_existing=True)
    )


def refuse_taken(lead: Lead) -> None:
    """Raises CompanyTaken when another lead or account has the company."""
    release_if_expired(lead.company_key)
    holder = claim_holder(lead.company_key)
    if holder is not None and holder.id != lead.id:
        raise CompanyTaken(
            _l("The lead %(ref)s of this company is accepted already. Decline it first.", ref=holder.ref)
        )
    account = db.session.scalar(
        sa.select(Account).where(Account.company_key == lead.company_key, Account.state == AccountState.ACTIVE)
    )
    if account is not None and account.reseller_id not in (None, lead.reseller_id):
        raise CompanyTaken(_l("The account %(ref)s of this company is credited to another reseller.", ref=account.ref))


def close(lead: Lead, reason: str, by: Person) -> None:
    """Closes a lead that is `held`, for a reason that lies outside it; the reseller is told."""
    _decline(lead, reason, by)


def tell(reseller_id: int, mail: Mail, conversation: str) -> None:
    """To all people of the reseller, each in the own language. A software partner's people read among their sign-ups
    how far a company is, and get none of these mails (decision 032)."""
    if is_software_partner(reseller_id):
        return
    for to in people_of(reseller_id):
        post(mail, to, conversation=conversation)


def people_of(reseller_id: int) -> list[Recipient]:
    """Who hears of a reseller's leads."""
    organisation_id = sa.select(Reseller.organisation_id).where(Reseller.id == reseller_id)
    people = queries.people_of(organisation_id.scalar_subquery())
    return [Recipient.of(person) for person in people]


def _accept(lead: Lead, by: Person) -> None:
    if lead.state != LeadState.SUBMITTED:
        raise LeadMovedOn(_l("This lead was changed or decided by somebody else meanwhile. Look at it again."))
    for ask in BEFORE_ACCEPTING:
        if runs(ask.__module__):
            ask(lead)
    refuse_taken(lead)
    own = vendor()
    promised = lead.answer_by
    lead.state = LeadState.ACCEPTED
    lead.decided_at, lead.decided_by_id = now(), by.id
    lead.reason = None
    lead.claim_key = lead.company_key
    lead.claim_until = now() + timedelta(days=own.protection_days)
    lead.answer_by = promise(own.convert_workdays)
    touch(lead)
    record(
        lead,
        "lead.accepted",
        by,
        {
            "state": (LeadState.SUBMITTED, LeadState.ACCEPTED),
            "_answer_by": (promised.isoformat(), lead.answer_by.isoformat()),
            "_claim_until": (None, lead.claim_until.isoformat()),
        },
    )
    informing.release(lead)
    mail = LeadAccepted(lead.ref, lead.company_name, lead.answer_by.date(), lead.claim_until.date())
    tell(lead.reseller_id, mail, f"lead:{lead.ref}")


def _decline(lead: Lead, reason: str, by: Person) -> None:
    if not lead.may_become(LeadState.DECLINED):
        raise LeadMovedOn(_l("This lead was changed or decided by somebody else meanwhile. Look at it again."))
    before = lead.state
    lead.state = LeadState.DECLINED
    lead.decided_at, lead.decided_by_id = now(), by.id
    lead.reason = reason
    lead.claim_key = lead.claim_until = None
    lead.asked_at = lead.told_at = None
    touch(lead)
    record(lead, "lead.declined", by, {"state": (before, LeadState.DECLINED), "reason": (None, reason)})
    tell(lead.reseller_id, LeadDeclined(lead.ref, lead.company_name, reason), f"lead:{lead.ref}")


def _reopen(lead: Lead, by: Person, answer_by: datetime | None = None) -> None:
    if lead.state not in (LeadState.DECLINED, LeadState.WITHDRAWN):
        raise CannotReopen(_l("This lead is not closed any more."))
    newer = db.session.scalar(
        sa.select(Lead.ref).where(
            Lead.reseller_id == lead.reseller_id, Lead.company_key == lead.company_key, Lead.state.in_(OPEN)
        )
    )
    if newer is not None:
        raise CannotReopen(_l("The reseller has a newer open lead of this company: %(ref)s.", ref=newer))
    _check_again(lead, by, answer_by or promise(vendor().lead_answer_workdays), "lead.reopened")


def _take_back(lead: Lead, by: Person) -> None:
    promised = db.session.scalar(
        sa.select(HistoryValue.old)
        .join(HistoryEntry, HistoryValue.entry_id == HistoryEntry.id)
        .where(
            HistoryEntry.record_type == "lead",
            HistoryEntry.record_id == lead.id,
            HistoryEntry.verb == "lead.accepted",
            HistoryValue.field == "_answer_by",
        )
        .order_by(HistoryEntry.number.desc())
        .limit(1)
    )
    earlier = _moment(promised)
    _check_again(lead, by, earlier or promise(vendor().lead_answer_workdays), "lead.acceptance_taken_back")


def _check_again(lead: Lead, by: Person, answer_by: datetime, verb: str) -> None:
    before = lead.state
    lead.state = LeadState.SUBMITTED
    lead.decided_at = lead.decided_by_id = lead.reason = None
    lead.claim_key = lead.claim_until = None
    lead.answer_by = answer_by
    touch(lead)
    record(lead, verb, by, {"state": (before, LeadState.SUBMITTED)})
    tell(lead.reseller_id, LeadReopened(lead.ref, lead.company_name, answer_by.date()), f"lead:{lead.ref}")


def _open_leads(company_key: str) -> list[Lead]:
    return list(
        db.session.scalars(
            sa.select(Lead)
            .where(Lead.company_key == company_key, Lead.state.in_(OPEN))
            .order_by(Lead.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def _need_reason(reason: str) -> None:
    if not reason.strip():
        raise FieldError("reason", _l("Enter the reason. The reseller reads it."))


def _moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None
