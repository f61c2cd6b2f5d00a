"""The monthly digest: what changed in a month, what waits for whom, and the next invoices, once for each membership."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog
from dateutil.relativedelta import relativedelta
from sqlalchemy.orm import joinedload

from app.access.roles import OrganisationKind
from app.core.clock import now
from app.core.db import db, lock, write
from app.core.i18n import _, format_date, format_weekday, in_locale, ngettext
from app.core.money import written
from app.documents import queries as documents
from app.documents.models import DocumentKind
from app.leads.queries import home, panel
from app.leads.queries.home import News
from app.leads.story import news_said
from app.notices.emails import MonthlyDigest
from app.notices.models import Digest
from app.outbox import service as outbox
from app.outbox.mail import Recipient
from app.partners.models import Reseller, ResellerState
from app.people.models import Membership, Organisation, Person
from app.settings import processes
from app.settings.models import vendor

LATEST = 7
"""The last day of a month on which the digest of the month before still goes out, after a standstill."""
NEWS = 15
INVOICES = 5


def send_digests(moment: datetime) -> int:
    """Deals with every membership that has no digest of the month before yet; returns how many were mailed. Each in a
    transaction of its own, so a kill in between loses nothing and repeats nothing."""
    zone = ZoneInfo(vendor().timezone)
    day = moment.astimezone(zone).date()
    if day.day > LATEST:
        return 0
    end = day.replace(day=1)
    begin = end - relativedelta(months=1)
    mailed = 0
    for membership_id in _waiting(_month(begin), _midnight(end, zone)):
        try:
            mailed += _digest(membership_id, begin, end, zone)
        except Exception:  # one reader's trouble must not keep the others from theirs; the next run tries again
            db.session.rollback()
            structlog.get_logger("notices").exception("digest failed", membership=membership_id)
    return mailed


def _month(begin: date) -> str:
    return f"{begin:%Y-%m}"


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _waiting(month: str, end: datetime) -> list[int]:
    """Members of active resellers who were there in that month and want the digest."""
    told = sa.exists().where(Digest.membership_id == Membership.id, Digest.month == month)
    return list(
        db.session.scalars(
            sa.select(Membership.id)
            .join(Organisation, Organisation.id == Membership.organisation_id)
            .join(Reseller, Reseller.organisation_id == Organisation.id)
            .join(Person, Person.id == Membership.person_id)
            .where(
                Organisation.kind == OrganisationKind.RESELLER,
                Reseller.state == ResellerState.ACTIVE,
                Membership.digest,
                Membership.ended_at.is_(None),
                Membership.created_at < end,
                Person.closed_at.is_(None),
                ~told,
            )
            .order_by(Membership.id)
        )
    )


def _digest(membership_id: int, begin: date, end: date, zone: ZoneInfo) -> bool:
    """Writes one digest down, with its mail when there is news. Whoever was quicker has done it."""
    held = db.session.scalars(
        sa.select(Membership)
        .where(Membership.id == membership_id)
        .options(joinedload(Membership.person), joinedload(Membership.organisation))
    ).one()
    reseller = db.session.scalars(sa.select(Reseller).where(Reseller.organisation_id == held.organisation_id)).one()
    news, more = home.news(
        reseller.id, _midnight(begin, zone), until=_midnight(end, zone), without=held.person_id, most=NEWS
    )
    person = held.person
    with in_locale(person.locale):
        mail = _mail(held, reseller, begin, news, more) if news else None
    with write():
        lock(Membership, membership_id)
        if db.session.get(Digest, (membership_id, _month(begin)), populate_existing=True) is not None:
            return False
        db.session.add(
            Digest(membership_id=membership_id, month=_month(begin), queued_at=now(), mailed=mail is not None)
        )
        if mail is not None:
            outbox.post(mail, Recipient.of(person), conversation=f"digest:{membership_id}")
    return mail is not None


def _mail(held: Membership, reseller: Reseller, begin: date, news: list[News], more: bool) -> MonthlyDigest:
    """In the words of the language spoken now: the reader's."""
    return MonthlyDigest(
        membership=held.id,
        organisation=held.organisation.name,
        month=begin,
        changed=[str(_("%(label)s: %(value)s", label=told.company, value=", ".join(news_said(told)))) for told in news],
        more=more,
        yours=_yours(reseller),
        ours=_ours(reseller),
        invoices=_invoices(reseller),
    )


def _yours(reseller: Reseller) -> list[str]:
    in_force = documents.number_in_force(DocumentKind.RESELLER_TERMS)
    terms = [] if not in_force or reseller.accepted(in_force) else [str(_("Read and accept the terms"))]
    return terms + [
        str(_("Answer our question: %(company)s", company=lead.company_name)) for lead in panel.asked(reseller)
    ]


def _ours(reseller: Reseller) -> list[str]:
    known = home.progress(reseller)
    said = []
    if known.checking:
        said.append(ngettext("%(num)s lead being checked", "%(num)s leads being checked", known.checking))
    if known.promised:
        said.append(str(_("Our next answer is due on %(date)s", date=format_weekday(known.promised))))
    if known.converting:
        said.append(
            ngettext(
                "%(num)s accepted lead that becomes an account",
                "%(num)s accepted leads that become accounts",
                known.converting,
            )
        )
    if known.requests:
        said.append(ngettext("%(num)s change request to answer", "%(num)s change requests to answer", known.requests))
    return said


def _invoices(reseller: Reseller) -> list[str]:
    if not processes.has_page("billing_panel.details"):
        return []
    return [
        str(
            _(
                "%(date)s: %(company)s, %(service)s, %(amount)s",
                date=format_date(each.on),
                company=each.company,
                service=each.service.name,
                amount=written(each.net, each.currency) if each.net is not None else each.currency,
            )
        )
        for each in home.next_invoices(reseller, most=INVOICES)
    ]


FORGOTTEN_AFTER = timedelta(days=400)
"""Notes of digests older than this are of no use to anybody: that month's turn never comes again."""


def forget_digests() -> None:
    with write():
        db.session.execute(sa.delete(Digest).where(Digest.queued_at < now() - FORGOTTEN_AFTER))
