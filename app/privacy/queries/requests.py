"""Requests, who asks, and the records that name the person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.access.links import AccessLink, Purpose
from app.core.clock import now
from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import LOCALES
from app.core.privacy import is_erased
from app.customers.models import Account, AccountState
from app.leads.models import Lead, PrivacyNotice
from app.partners.models import Reseller
from app.people.models import Person
from app.privacy.models import AskedFor, PrivacyRequest, PrivacyState
from app.settings.models import vendor

OPEN = (PrivacyState.OPEN, PrivacyState.ERASING)
"""States in which something is still to be done."""

COPY_DAYS = 14
"""So long a copy is offered on the private page."""


@dataclass(frozen=True)
class Asker:
    """Whoever came by a personal link: the address it was sent to, and what we know of its owner."""

    email: str
    name: str
    locale: str
    country: str
    """Of the company; empty when nobody knows."""
    notice_id: int | None = None
    copy_of: int | None = None
    """The request whose copy may be fetched: the link was sent to this address for that."""


def asker_of(link: AccessLink | None) -> Asker | None:
    """Who stands behind a link; None when there is none, or the person was erased since."""
    if link is None:
        return None
    if link.purpose == Purpose.PRIVACY:
        row = db.session.execute(
            sa.select(PrivacyNotice, sa.func.coalesce(Lead.country, Account.country))
            .outerjoin(Lead, Lead.id == PrivacyNotice.lead_id)
            .outerjoin(Account, Account.id == PrivacyNotice.account_id)
            .where(PrivacyNotice.id == link.subject_id)
        ).one_or_none()
        if row is None or is_erased(row[0].email):
            return None
        notice: PrivacyNotice = row[0]
        return Asker(notice.email, notice.name, notice.locale, row[1], notice.id)
    request = db.session.get(PrivacyRequest, link.subject_id)
    if request is None or is_erased(request.email):
        return None
    copy_of = request.id if link.payload.get("copy") else None
    return Asker(request.email, request.name, request.locale, request.country, request.notice_id, copy_of)


def notices_to(email: str) -> list[PrivacyNotice]:
    """What this address was, or is to be, told, the latest first, with lead or account and reseller."""
    return list(
        db.session.scalars(
            sa.select(PrivacyNotice)
            .where(PrivacyNotice.email == email)
            .options(
                joinedload(PrivacyNotice.lead).joinedload(Lead.reseller).joinedload(Reseller.organisation),
                joinedload(PrivacyNotice.account).joinedload(Account.reseller).joinedload(Reseller.organisation),
            )
            .order_by(PrivacyNotice.id.desc())
            .limit(200)
        )
    )


def leads_naming(email: str) -> list[Lead]:
    """Leads whose contact person has this address, now or when they were told of it."""
    told = sa.select(PrivacyNotice.lead_id).where(PrivacyNotice.email == email)
    return list(
        db.session.scalars(
            sa.select(Lead)
            .where(sa.or_(Lead.email == email, Lead.id.in_(told)))
            .options(joinedload(Lead.reseller).joinedload(Reseller.organisation))
            .order_by(Lead.id.desc())
            .limit(200)
        )
    )


def accounts_naming(email: str) -> list[Account]:
    """Live accounts whose contact person has this address, now or when they were told of it; or that such a lead
    became."""
    became = (
        sa.select(Lead.account_id)
        .join(PrivacyNotice, PrivacyNotice.lead_id == Lead.id)
        .where(PrivacyNotice.email == email, Lead.account_id.is_not(None))
    )
    told = sa.select(PrivacyNotice.account_id).where(
        PrivacyNotice.email == email, PrivacyNotice.account_id.is_not(None)
    )
    named = sa.or_(Account.email == email, Account.id.in_(became), Account.id.in_(told))
    return list(
        db.session.scalars(
            sa.select(Account)
            .where(Account.state == AccountState.ACTIVE, named)
            .options(joinedload(Account.reseller).joinedload(Reseller.organisation))
            .order_by(Account.id.desc())
            .limit(200)
        )
    )


def requests_of(email: str) -> list[PrivacyRequest]:
    """What this person asked so far, the latest first."""
    return list(
        db.session.scalars(
            sa.select(PrivacyRequest)
            .where(PrivacyRequest.email == email)
            .order_by(PrivacyRequest.created_at.desc(), PrivacyRequest.id.desc())
            .limit(200)
        )
    )


def open_about(email: str) -> list[PrivacyRequest]:
    """Requests of the person with this address that are still to be answered."""
    return list(
        db.session.scalars(
            sa.select(PrivacyRequest)
            .where(PrivacyRequest.email == email, PrivacyRequest.state.in_(OPEN))
            .order_by(PrivacyRequest.answer_by, PrivacyRequest.id)
        )
    )


def language_of(email: str) -> str:
    """The language in which this person is written to: their own, that of what names them, else the vendor's."""
    address = email.strip().lower()
    known = (
        sa.select(Person.locale).where(sa.func.lower(Person.email) == address),
        sa.select(PrivacyNotice.locale).where(PrivacyNotice.email == email).order_by(PrivacyNotice.id.desc()),
        sa.select(Lead.locale).where(Lead.email == email).order_by(Lead.id.desc()),
        sa.select(Account.locale).where(Account.email == email).order_by(Account.id.desc()),
    )
    for query in known:
        locale = db.session.scalar(query.limit(1))
        if locale in LOCALES:
            return str(locale)
    return vendor().default_locale


def own(asker: Asker, ref: str) -> PrivacyRequest:
    """A request of theirs. Raises NotFound: there is none, or it is somebody else's."""
    found = db.session.scalar(
        sa.select(PrivacyRequest).where(PrivacyRequest.ref == ref, PrivacyRequest.email == asker.email)
    )
    if found is None:
        raise NotFound
    return found


def find_by_ref(ref: str) -> PrivacyRequest:
    """For the desk, with who decided. Raises NotFound."""
    found = db.session.scalar(
        sa.select(PrivacyRequest).where(PrivacyRequest.ref == ref).options(joinedload(PrivacyRequest.decided_by))
    )
    if found is None:
        raise NotFound
    return found


def named_by(ref: str) -> Lead | Account | None:
    """The lead or account of a reference."""
    found: Lead | Account | None = db.session.scalar(sa.select(Lead).where(Lead.ref == ref))
    return found or db.session.scalar(sa.select(Account).where(Account.ref == ref))


def queue(*, answered: bool, q: str = "") -> sa.Select[Any]:
    """The list at the desk."""
    query = sa.select(PrivacyRequest).where(
        PrivacyRequest.state.not_in(OPEN) if answered else PrivacyRequest.state.in_(OPEN)
    )
    if q:
        like = "%" + q.replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%"
        query = query.where(
            sa.or_(
                PrivacyRequest.ref == q.upper(),
                sa.func.lower(PrivacyRequest.email).like(like.lower(), escape="!"),
                sa.func.lower(PrivacyRequest.name).like(like.lower(), escape="!"),
            )
        )
    return query


def open_count() -> int:
    return db.session.scalar(sa.select(sa.func.count()).where(PrivacyRequest.state.in_(OPEN))) or 0


def copy_until(request: PrivacyRequest) -> datetime | None:
    """Until when the copy that was granted may be fetched; None when there is none (any more)."""
    if request.asked_for != AskedFor.COPY or request.state != PrivacyState.GRANTED or request.decided_at is None:
        return None
    until = request.decided_at + timedelta(days=COPY_DAYS)
    return until if now() < until else None
