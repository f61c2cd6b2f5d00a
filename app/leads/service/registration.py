"""Registering a client (R8): every sending is kept with a receipt, and one lead stands for a company and reseller."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from app.catalogue import queries as catalogue
from app.catalogue.models import Service
from app.core.clock import now
from app.core.crypto import keyed_digest, keyed_digest_matches
from app.core.db import db, lock_named, new_ref, write
from app.history import chain
from app.history.service import Visitor, record
from app.leads import queries
from app.leads.emails.privacy import PrivacyNotice
from app.leads.emails.registration import LeadReceived, RegistrationJoined, RegistrationReceipt, SignUpReceived
from app.leads.models import Lead, LeadNote, LeadService, LeadShop, LeadState, Submission, TypedBy
from app.leads.service.details import Registration, found_by, promise
from app.leads.service.editing import locked_whole, touch
from app.leads.service.informing import NOTICES_A_DAY, Contact, midnight, notice_of
from app.outbox.mail import Recipient
from app.outbox.models import MailRow
from app.outbox.service import Letter, post_together
from app.partners.models import PersonalLink, Reseller
from app.people.models import Membership, Person
from app.people.queries import members_of
from app.settings.models import vendor

RECEIPTS_A_DAY = 3
"""Receipts mailed to one address within a day; whoever registers more often sees them on the page only."""

SENT = "sent."
"""What a joining registration says differently from the lead stands in the history under this prefix."""


def register(
    link: PersonalLink,
    details: Registration,
    *,
    by: Person | None = None,
    locale: str,
    address: str = "",
) -> Submission:
    """Keeps what was sent and gives its receipt; the lead is new, or the reseller's open lead of the company.

    `link` comes with its reseller and the reseller's organisation. `by` is the reseller's member who is signed in.
    The same form with the same content gives the first receipt. Nothing here depends on what other resellers or the
    vendor know about the company: what is seen outside is the same either way.
    """
    reseller = link.reseller
    answer_by = promise(vendor().lead_answer_workdays)
    sending = sending_of(reseller.id, details)
    services = catalogue.by_codes(list(details.services)) if details.services else []
    members = members_of(reseller.organisation)
    with write():
        lock_named(f"company:{details.company_key}")
        first = db.session.scalar(_SENT_BEFORE, {"key": sending.key, "digest": sending.digest})
        if first is not None:
            return first
        lead, submission = _entered(reseller, link.id, details, sending, services, by, locale, answer_by, address)
        mails = list(_for_reseller(reseller, lead, details, services, members, submission))
        mails += _for_contact(lead, details, services, reseller, submission, locale)
        post_together(mails)
    return submission


def enter(reseller: Reseller, details: Registration, *, by: Person, locale: str) -> Submission:
    """`take_in` as a verb of its own, for one registration that a program of the vendor's sends."""
    services = catalogue.by_codes(list(details.services)) if details.services else []
    with write():
        lock_named(f"company:{details.company_key}")
        return take_in(reseller, details, services, by=by, locale=locale)


def take_in(
    reseller: Reseller, details: Registration, services: Sequence[Service], *, by: Person, locale: str
) -> Submission:
    """The same from a list that staff import, inside this `write()` that holds the company's lock. `reseller` comes
    with its organisation.

    Nobody gets a receipt for what they did not send, and the reseller's daily number does not count it; the contact
    person is told what is kept, as for every registration.
    """
    sending = sending_of(reseller.id, details)
    first = db.session.scalar(_SENT_BEFORE, {"key": sending.key, "digest": sending.digest})
    if first is not None:
        return first
    answer_by = promise(vendor().lead_answer_workdays)
    lead, submission = _entered(reseller, None, details, sending, services, by, locale, answer_by, "")
    post_together(list(_for_contact(lead, details, services, reseller, submission, locale, receipt=False)))
    return submission


@dataclass(frozen=True)
class Sending:
    """What was sent, and by what the same sending is known again."""

    content: dict[str, Any]
    plain: bytes
    digest: str
    key: str


def sending_of(reseller_id: int, details: Registration) -> Sending:
    """The key belongs to one page of one reseller's form, whatever the page says."""
    content = content_of(details)
    plain = _canonical(content)
    key = hashlib.sha256(f"{reseller_id}:{details.submission_key}".encode()).hexdigest()
    return Sending(content, plain, hashlib.sha256(plain).hexdigest(), key)


def _entered(
    reseller: Reseller,
    link_id: int | None,
    details: Registration,
    sending: Sending,
    services: Sequence[Service],
    by: Person | None,
    locale: str,
    answer_by: datetime,
    address: str,
) -> tuple[Lead, Submission]:
    """The lead, new or joined, and the sending as it is kept. Without a link it was imported."""
    receipt, moment = new_ref("R"), now()
    who = by or Visitor(details.contact_name if details.typed_by == TypedBy.CLIENT else reseller.organisation.name)
    lead, joined = _lead_for(reseller, details, services, locale, answer_by, moment, counted=link_id is not None)
    if details.note:
        _note(lead, details, by, reseller, moment)
    if joined:
        _take_over(lead, details, services, receipt, who)
    else:
        record(lead, "lead.submitted", who, {"receipt": (None, receipt)})
    salt = secrets.token_hex(16)
    submission = _stored(
        receipt=receipt,
        submission_key=sending.key,
        content_digest=sending.digest,
        reseller_id=reseller.id,
        link_id=link_id,
        lead_id=lead.id,
        joined=joined,
        typed_by=details.typed_by,
        person_id=by.id if by else None,
        content=sending.content,
        salt=salt,
        digest=keyed_digest("submission", salt.encode(), sending.plain),
        address=address[:64] or None,
        created_at=moment,
    )
    return lead, submission


# A registration is what many people do at once, and the others wait while one writes. So its statements are put
# together once, and its rows are inserted without a unit of work, which would take three times as long.
_SENT_BEFORE = sa.select(Submission).where(
    Submission.submission_key == sa.bindparam("key"), Submission.content_digest == sa.bindparam("digest")
)
_LEAD, _SUBMISSION, _NOTE, _SERVICE, _SHOP = (
    cast(sa.Table, model.__table__) for model in (Lead, Submission, LeadNote, LeadService, LeadShop)
)
_INSERT_SUBMISSION = sa.insert(_SUBMISSION).returning(_SUBMISSION.c.id)


def _stored(**values: Any) -> Submission:
    """The submission's row, and what it says."""
    return Submission(id=db.session.connection().execute(_INSERT_SUBMISSION, values).scalar_one(), **values)


def content_of(details: Registration) -> dict[str, Any]:
    """What was sent, as the submission keeps it."""
    return {
        "typed_by": str(details.typed_by),
        **details.company,
        "services": list(details.services),
        "shops": [[shop.url, shop.platform] for shop in details.shops],
        "note": details.note,
    }


def _canonical(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def is_as_sent(submission: Submission) -> bool:
    """Whether the content kept is the one that was sent; True for an erased one, of which nothing is left to check."""
    if submission.content is None or submission.salt is None:
        return True
    plain = _canonical(submission.content)
    return keyed_digest_matches("submission", submission.digest, submission.salt.encode(), plain)


def evidence() -> Iterator[tuple[str, bool]]:
    """Every submission and whether it is as it was sent, for `flask history verify`."""
    kept = sa.select(Submission).order_by(Submission.id).execution_options(yield_per=500)
    for submission in db.session.scalars(kept):
        yield f"submission {submission.receipt}", is_as_sent(submission)


chain.EVIDENCE.append(evidence)


# --- the lead ---------------------------------------------------------------------------------------------------------


def _lead_for(
    reseller: Reseller,
    details: Registration,
    services: Sequence[Service],
    locale: str,
    answer_by: datetime,
    moment: datetime,
    *,
    counted: bool,
) -> tuple[Lead, bool]:
    """The lead this registration belongs to, and whether it was there already. Locked either way."""
    while True:
        lead_id, ref = _insert(reseller, details, locale, answer_by, moment, counted=counted)
        if lead_id is not None:
            _insert_parts(lead_id, details, services)
            return Lead(id=lead_id, ref=ref, answer_by=answer_by), False
        there = queries.open_lead(reseller.id, details.company_key)
        if there is not None:
            lead = locked_whole(there.id)
            if lead.is_open:  # it was not closed while we waited for its lock
                return lead, True


def _insert(
    reseller: Reseller, details: Registration, locale: str, answer_by: datetime, moment: datetime, *, counted: bool
) -> tuple[int | None, str]:
    """Inserts the lead unless the reseller has an open one of the company: one statement, whoever comes first. Only a
    `counted` one may be above the reseller's daily number."""
    ref = new_ref("L")
    values = {
        **details.company,
        "company_key": details.company_key,
        "ref": ref,
        "reseller_id": reseller.id,
        "state": LeadState.SUBMITTED,
        "typed_by": details.typed_by,
        "locale": locale,
        "answer_by": answer_by,
        "suspicious": details.suspicious,
        "created_at": moment,
        "updated_at": moment,
        "version": 1,
        **found_by(details, ref),
    }
    since = midnight() if counted else moment + timedelta(days=1)
    counting = {"counted_reseller": reseller.id, "since": since, "daily_flag": vendor().daily_flag}
    statement = _insert_lead(db.engine.dialect.name)
    lead_id: int | None = db.session.connection().execute(statement, {**values, **counting}).scalar_one_or_none()
    return lead_id, ref


@cache
def _insert_lead(dialect_name: str) -> Any:
    """Flagged when this reseller registered more than usual since midnight, counted no further than needed."""
    daily_flag = sa.bindparam("daily_flag", type_=sa.Integer())
    todays = (
        sa.select(sa.literal(1))
        .where(
            _SUBMISSION.c.reseller_id == sa.bindparam("counted_reseller"),
            _SUBMISSION.c.created_at >= sa.bindparam("since"),
            _SUBMISSION.c.link_id.is_not(None),  # imported ones have none
        )
        .limit(daily_flag)
        .subquery()
    )
    dialect = sqlite if dialect_name == "sqlite" else postgresql
    return (
        dialect.insert(_LEAD)
        .values(flagged=sa.select(sa.func.count() >= daily_flag).select_from(todays).scalar_subquery())
        .on_conflict_do_nothing(
            index_elements=["reseller_id", "company_key"],
            index_where=sa.text("state IN ('submitted', 'accepted')"),
        )
        .returning(_LEAD.c.id)
    )


def _insert_parts(lead_id: int, details: Registration, services: Iterable[Service]) -> None:
    chosen = [{"lead_id": lead_id, "service_id": service.id} for service in services]
    connection = db.session.connection()
    if chosen:
        connection.execute(_INSERT_SERVICES, chosen)
    shops = {shop.url: shop.platform for shop in details.shops}
    if shops:
        connection.execute(
            _INSERT_SHOPS, [{"lead_id": lead_id, "url": url, "platform": platform} for url, platform in shops.items()]
        )


_INSERT_SERVICES, _INSERT_SHOPS, _INSERT_NOTE = sa.insert(_SERVICE), sa.insert(_SHOP), sa.insert(_NOTE)


def _note(lead: Lead, details: Registration, by: Person | None, reseller: Reseller, moment: datetime) -> None:
    typed_by_client = details.typed_by == TypedBy.CLIENT
    db.session.connection().execute(
        _INSERT_NOTE,
        {
            "lead_id": lead.id,
            "author_id": by.id if by else None,
            "author_name": details.contact_name if typed_by_client else by.name if by else reseller.contact_name,
            "internal": False,
            "body": details.note,
            "created_at": moment,
        },
    )


def _take_over(
    lead: Lead, details: Registration, services: Sequence[Service], receipt: str, who: Person | Visitor
) -> None:
    """Adds to the lead what a further registration brings. What it says differently about the company is kept in the
    history and not taken over: whoever typed last is not right for that reason."""
    changes: dict[str, tuple[Any, Any]] = {"receipt": (None, receipt)}
    held = [part.service.code for part in lead.services]
    new = [service for service in services if service.code not in held]
    if new:
        lead.services = [*lead.services, *(LeadService(service_id=service.id, service=service) for service in new)]
        changes["services"] = (held, held + [service.code for service in new])
    shops = [shop.url for shop in lead.shops]
    more = {shop.url: shop for shop in details.shops if shop.url not in shops}
    if more:
        lead.shops = [*lead.shops, *(LeadShop(url=shop.url, platform=shop.platform) for shop in more.values())]
        changes["shops"] = (shops, shops + list(more))
    for field, value in details.company.items():
        if value and value != getattr(lead, field):
            changes[SENT + field] = (getattr(lead, field), value)
    if details.note:
        lead.told_at = now()
    touch(lead)
    record(lead, "lead.submitted_again", who, changes)


def differing(lead: Lead, details: Registration) -> list[str]:
    """The fields in which a registration says something else than the lead."""
    return [field for field, value in details.company.items() if value and value != getattr(lead, field)]


# --- mails ------------------------------------------------------------------------------------------------------------


def _for_reseller(
    reseller: Reseller,
    lead: Lead,
    details: Registration,
    services: Sequence[Service],
    members: Sequence[Membership],
    sent: Submission,
) -> Iterator[Letter]:
    for member in members:
        person = member.person
        if person.closed_at is not None:
            continue
        to = Recipient.of(person)
        mail: LeadReceived | RegistrationJoined | SignUpReceived
        if reseller.is_software_partner:
            mail = SignUpReceived(details.company_name, details.city, sent.joined)
        elif sent.joined:
            mail = RegistrationJoined(
                company_name=details.company_name,
                lead=lead.ref,
                receipt=sent.receipt,
                differing=differing(lead, details),
            )
        else:
            mail = LeadReceived(
                company_name=details.company_name,
                city=details.city,
                contact_name=details.contact_name,
                lead=lead.ref,
                receipt=sent.receipt,
                typed_by_client=details.typed_by == TypedBy.CLIENT,
                services=[str(service.names.get(person.locale) or service.name) for service in services],
                shops=[shop.url for shop in details.shops],
                answer_by=lead.answer_by,
            )
        yield mail, to, f"lead:{lead.ref}"


def _for_contact(
    lead: Lead,
    details: Registration,
    services: Sequence[Service],
    reseller: Reseller,
    sent: Submission,
    locale: str,
    *,
    receipt: bool = True,
) -> Iterator[Letter]:
    """A plain receipt and the privacy notice, but never so many that a form becomes a way to flood somebody's mailbox;
    a notice that must wait is written down. What a robot may have typed is answered by neither."""
    by_client = details.typed_by == TypedBy.CLIENT
    contact = Contact(
        lead_id=lead.id,
        lead=lead.ref,
        company_name=details.company_name,
        country=details.country,
        name=details.contact_name,
        email=details.email,
        locale=locale,
        themselves=by_client,
        source=details.contact_name if by_client else reseller.organisation.name,
        reseller=reseller.organisation.name,
        software_partner=reseller.is_software_partner,
    )
    if details.suspicious:
        yield from notice_of(contact, sent.created_at, may_leave=False, held=True)
        return
    receipts, notices = (
        db.session.connection()
        .execute(
            _LATELY, {"email": details.email, "since": sent.created_at - timedelta(days=1), "midnight": midnight()}
        )
        .one()
    )
    if receipt and receipts < RECEIPTS_A_DAY:
        yield _receipt(details, services, reseller, sent, locale), _recipient(details, locale), _about(lead)
    yield from notice_of(contact, sent.created_at, may_leave=notices < NOTICES_A_DAY)


def _recipient(details: Registration, locale: str) -> Recipient:
    return Recipient(details.email, details.contact_name, locale)


def _about(lead: Lead) -> str:
    return f"lead:{lead.ref}:contact"


def _receipt(
    details: Registration, services: Sequence[Service], reseller: Reseller, sent: Submission, locale: str
) -> RegistrationReceipt:
    return RegistrationReceipt(
        name=details.contact_name,
        company_name=details.company_name,
        receipt=sent.receipt,
        reseller=reseller.organisation.name,
        reseller_contact=reseller.contact_name,
        typed_by_client=details.typed_by == TypedBy.CLIENT,
        services=[str(service.names.get(locale) or service.name) for service in services],
        shops=[shop.url for shop in details.shops],
        software_partner=reseller.is_software_partner,
    )


_LATELY = sa.select(
    sa.func.count(sa.case((MailRow.template == RegistrationReceipt.template, 1))),
    sa.func.count(
        sa.case(
            (
                sa.and_(MailRow.template == PrivacyNotice.template, MailRow.created_at >= sa.bindparam("midnight")),
                1,
            )
        )
    ),
).where(
    MailRow.to_email == sa.bindparam("email"),
    MailRow.template.in_((RegistrationReceipt.template, PrivacyNotice.template)),
    MailRow.created_at > sa.bindparam("since"),
)
"""Receipts of the last day and night, and privacy notices since midnight, to one address."""
