"""Telling the contact person of a lead or account what is kept about them (R9): at once, or as soon as it may be.

A row in `privacy_notice` stands for every person and lead, or account that came without one. Its mail is queued with
the change that brought the person in, unless it has to wait: nothing is written to an address that a robot may have
typed before somebody looked at the registration, and nobody gets a notice for each of many registrations of one day.
The daily job sends what waits.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import joinedload

from app.access import policy
from app.access.permissions import P
from app.access.roles import OrganisationKind
from app.core.clock import now, today
from app.core.db import db, lock_named, write
from app.core.privacy import is_erased
from app.customers import service as customers
from app.customers.models import Account, CompanyDetails
from app.customers.service import Came
from app.leads.emails.privacy import PrivacyNotice as Notice
from app.leads.models import Lead, LeadState, PrivacyNotice
from app.outbox.mail import Recipient
from app.outbox.models import MailRow
from app.outbox.service import Letter, post_together
from app.partners.models import Reseller
from app.people.models import Organisation, Person
from app.settings.models import vendor

NOTICES_A_DAY = 1
"""Notices mailed to one address on one day; what else falls due goes out together on the next."""

LONGEST_WAIT = timedelta(days=25)
"""A suspicious registration on which nobody decides keeps its contact person waiting no longer: whoever's details are
kept is told within a month (GDPR article 14(3)(a))."""


@dataclass(frozen=True)
class Contact:
    """Somebody whose details came in with a lead or account, or with a later change of it."""

    lead_id: int | None
    lead: str
    """Its reference; empty for an account that has no lead."""
    company_name: str
    country: str
    name: str
    email: str
    locale: str
    themselves: bool
    """They typed it: article 13 of the GDPR holds, else article 14."""
    source: str
    """Who typed, by name; empty for the vendor's own staff."""
    reseller: str
    """Who is credited, by name; empty for nobody."""
    software_partner: bool = False
    """That is one, and no reseller."""
    account_id: int | None = None
    account: str = ""
    """The reference of an account without a lead."""


def notice_of(
    contact: Contact, moment: datetime, *, may_leave: bool, held: bool = False, withheld_by: Person | None = None
) -> list[Letter]:
    """Writes down, inside this `write()`, that somebody is to be told, and gives the mail unless it has to wait;
    nothing when this address was told of this lead or account before. `held`: not before staff have looked at the lead.
    `withheld_by` said that the person was informed before: that is all that is written down."""
    may_leave = may_leave and not held and withheld_by is None
    notice_id = (
        db.session.connection()
        .execute(
            _insert(db.engine.dialect.name, "lead_id" if contact.lead_id is not None else "account_id"),
            {
                "lead_id": contact.lead_id,
                "account_id": contact.account_id,
                "withheld_by_id": withheld_by.id if withheld_by else None,
                "email": contact.email,
                "name": contact.name,
                "locale": contact.locale,
                "article": 13 if contact.themselves else 14,
                "source": contact.source,
                "created_at": moment,
                "held": held,
                "sent_at": moment if may_leave else None,
            },
        )
        .scalar_one_or_none()
    )
    if notice_id is None or not may_leave:
        return []
    mail = Notice(
        lead=contact.lead,
        company_name=contact.company_name,
        country=contact.country,
        article=13 if contact.themselves else 14,
        source=contact.source,
        reseller=contact.reseller,
        received_at=moment,
        further=[],
        account=contact.account,
        software_partner=contact.software_partner,
    )
    return [_letter(mail, contact.email, contact.name, contact.locale)]


def _letter(mail: Notice, email: str, name: str, locale: str) -> Letter:
    about = f"lead:{mail.lead}" if mail.lead else f"account:{mail.account}"
    return mail, Recipient(email, name, locale), f"{about}:contact"


@cache
def _insert(dialect_name: str, about: str) -> Any:
    """One statement made once: a registration is what many people do at once."""
    dialect = sqlite if dialect_name == "sqlite" else postgresql
    table = cast(sa.Table, PrivacyNotice.__table__)
    return dialect.insert(table).on_conflict_do_nothing(index_elements=[about, "email"]).returning(table.c.id)


def midnight() -> datetime:
    """When the vendor's day began."""
    own = vendor()
    return datetime.combine(today(own.timezone), datetime.min.time(), ZoneInfo(own.timezone))


def got_enough(email: str) -> bool:
    """Whether this address gets no further notice today."""
    told = db.session.connection().execute(_TOLD_TODAY, {"email": email, "since": midnight()}).scalar_one()
    return bool(told >= NOTICES_A_DAY)


_TOLD_TODAY = sa.select(sa.func.count()).where(
    MailRow.to_email == sa.bindparam("email"),
    MailRow.template == Notice.template,
    MailRow.created_at >= sa.bindparam("since"),
)


# --- another person later on ------------------------------------------------------------------------------------------


def tell_new_contact(
    lead: Lead, record: CompanyDetails, by: Person | None, came: Came = Came.TYPED, source: str | None = None
) -> None:
    """The contact person's address on a lead, or on the account that it became, was changed inside this `write()`. Who
    typed is the reseller unless staff did; `source` names somebody else."""
    reseller, software_partner = _credited_to(lead.reseller_id)
    staff = by is not None and policy.allows(by, P.LEADS_EDIT)
    contact = Contact(
        lead_id=lead.id,
        lead=lead.ref,
        company_name=record.company_name,
        country=record.country,
        name=record.contact_name,
        email=record.email,
        locale=lead.locale,
        themselves=False,
        source=("" if staff else reseller) if source is None else source,
        reseller=reseller,
        software_partner=software_partner,
    )
    _tell(contact, by, came, held=lead.suspicious and lead.state == LeadState.SUBMITTED)


def tell_contact_of(account: Account, by: Person | None, came: Came = Came.TYPED) -> None:
    """The contact person of an account came onto it, or another one, inside this `write()`; the lead that it came from
    stands for the notice, if there is one. Their details are from the reseller to whom the account is credited when
    that reseller asked for the change, or staff imported them; else from the vendor's own records (decision 014)."""
    if is_erased(account.email):
        return
    reseller, software_partner = _credited_to(account.reseller_id)
    source = "" if came == Came.TYPED and by is not None else reseller
    lead = db.session.scalar(sa.select(Lead).where(Lead.account_id == account.id).order_by(Lead.id.desc()).limit(1))
    if lead is not None:
        tell_new_contact(lead, account, by, came, source)
        return
    contact = Contact(
        lead_id=None,
        lead="",
        company_name=account.company_name,
        country=account.country,
        name=account.contact_name,
        email=account.email,
        locale=account.locale,
        themselves=False,
        source=source,
        reseller=reseller,
        software_partner=software_partner,
        account_id=account.id,
        account=account.ref,
    )
    _tell(contact, by, came)


def _tell(contact: Contact, by: Person | None, came: Came, *, held: bool = False) -> None:
    withheld_by = by if came == Came.IMPORTED_INFORMED else None
    may_leave = withheld_by is None and not got_enough(contact.email)
    post_together(notice_of(contact, now(), may_leave=may_leave, held=held, withheld_by=withheld_by))


def _credited_to(reseller_id: int | None) -> tuple[str, bool]:
    """By name, and whether that is a software partner; nobody's name is empty."""
    if reseller_id is None:
        return "", False
    row = db.session.execute(
        sa.select(Organisation.name, Organisation.kind)
        .join(Reseller, Reseller.organisation_id == Organisation.id)
        .where(Reseller.id == reseller_id)
    ).one_or_none()
    return (row.name, row.kind == OrganisationKind.SOFTWARE_PARTNER) if row is not None else ("", False)


customers.NEW_CONTACT.append(tell_contact_of)


def _move_with_merge(closed: Account, survivor: Account, by: Person) -> None:
    """When accounts are merged, who was told of the one was told of the other. Where the same address was told of
    both, each keeps its own proof."""
    told = sa.select(PrivacyNotice.email).where(PrivacyNotice.account_id == survivor.id)
    db.session.execute(
        sa.update(PrivacyNotice)
        .where(PrivacyNotice.account_id == closed.id, PrivacyNotice.email.not_in(told.scalar_subquery()))
        .values(account_id=survivor.id)
        .execution_options(synchronize_session=False)
    )


customers.MOVES.append(_move_with_merge)


# --- what waits -------------------------------------------------------------------------------------------------------


def release(lead: Lead) -> None:
    """Staff accept the lead, inside this `write()`: whoever waited for that is told now, or by the daily job if the
    address got enough mail today."""
    held = sa.select(PrivacyNotice).where(
        PrivacyNotice.lead_id == lead.id, PrivacyNotice.held, PrivacyNotice.sent_at.is_(None)
    )
    for notice in db.session.scalars(held.order_by(PrivacyNotice.id).with_for_update()).all():
        if not got_enough(notice.email):
            _send([notice])


def send_waiting() -> int:
    """Sends what may leave by now, one mail an address, and tells how many mails. Run daily; may be repeated."""
    sent = 0
    for email in db.session.scalars(sa.select(PrivacyNotice.email).where(*_may_leave()).distinct()).all():
        with write():
            lock_named(f"privacy notice:{email}")
            waiting = db.session.scalars(
                sa.select(PrivacyNotice)
                .where(PrivacyNotice.email == email, *_may_leave())
                .order_by(PrivacyNotice.id)
                .with_for_update()
            ).all()
            if waiting and not got_enough(email):
                _send(waiting)
                sent += 1
    return sent


def _may_leave() -> tuple[sa.ColumnElement[bool], ...]:
    """Notices that wait and need not (any more): they are not held, or staff took the lead for genuine, or it waited
    too long for anybody's decision. Of one that was declined as a robot's nobody is told, and of one that is withheld
    nobody is told again."""
    free = sa.select(Lead.id).where(
        sa.or_(
            PrivacyNotice.held.is_(False),
            Lead.state.in_((LeadState.ACCEPTED, LeadState.CONVERTED)),
            sa.and_(Lead.state == LeadState.SUBMITTED, PrivacyNotice.created_at <= now() - LONGEST_WAIT),
        ),
        Lead.id == PrivacyNotice.lead_id,
    )
    somebody = PrivacyNotice.email.not_like("%@erased.invalid")
    waits = sa.and_(PrivacyNotice.sent_at.is_(None), PrivacyNotice.withheld_by_id.is_(None))
    return waits, somebody, sa.or_(PrivacyNotice.account_id.is_not(None), sa.exists(free))


def _send(notices: Iterable[PrivacyNotice]) -> None:
    """One mail about all of these, which are one person's, inside this `write()`; the oldest has the link."""
    moment = now()
    told = list(notices)
    first = told[0]
    named = _records_of(told)
    record = named[first.id]
    mail = Notice(
        lead=record.ref if first.lead_id is not None else "",
        company_name=record.company_name,
        country=record.country,
        article=max(notice.article for notice in told),
        source=first.source,
        reseller=_credited(record),
        received_at=first.created_at,
        further=[_further(named[notice.id], notice) for notice in told[1:]],
        account=record.ref if first.lead_id is None else "",
        software_partner=record.reseller is not None and record.reseller.is_software_partner,
    )
    for notice in told:
        notice.sent_at = moment
    post_together([_letter(mail, first.email, first.name, first.locale)])


def _records_of(notices: Iterable[PrivacyNotice]) -> dict[int, Lead | Account]:
    """Notice -> the lead or account that it is about, with its reseller."""
    rows = db.session.scalars(
        sa.select(PrivacyNotice)
        .where(PrivacyNotice.id.in_([notice.id for notice in notices]))
        .options(
            joinedload(PrivacyNotice.lead).joinedload(Lead.reseller).joinedload(Reseller.organisation),
            joinedload(PrivacyNotice.account).joinedload(Account.reseller).joinedload(Reseller.organisation),
        )
    )
    return {notice.id: notice.about for notice in rows}


def _credited(record: Lead | Account) -> str:
    return record.reseller.organisation.name if record.reseller else ""


def _further(record: Lead | Account, notice: PrivacyNotice) -> str:
    return " · ".join(part for part in (record.company_name, notice.source or _credited(record)) if part)
