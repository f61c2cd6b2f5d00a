"""Service partners: who there is, how many companies each has, and who could take a lead on."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.access import policy
from app.access.permissions import P
from app.core.db import db
from app.core.errors import NotFound
from app.core.search import holding
from app.customers.models import Account, AccountState
from app.followups.areas import place_of
from app.followups.choosing import Candidate
from app.followups.models import (
    ALIVE,
    Answer,
    Assignment,
    AssignmentState,
    Interest,
    Level,
    PartnerAbsence,
    PartnerState,
    ServicePartner,
)
from app.leads.models import OPEN, Lead
from app.people.models import Membership, Organisation, Person


@dataclass(frozen=True)
class Load:
    """How many companies a partner has."""

    customers: int = 0
    """Accounts, and those it had before they were counted here."""
    open: int = 0
    """Leads assigned to it that are not customers yet."""

    @property
    def companies(self) -> int:
        return self.customers + self.open


def loads(partner_ids: Iterable[int] | None = None) -> dict[int, Load]:
    """Of these partners, or of all. One statement, so that a lead that becomes a customer meanwhile counts once."""
    kept = sa.select(ServicePartner.id, ServicePartner.served.label("customers"), sa.literal(0).label("open"))
    accounts = (
        sa.select(ServicePartner.id, sa.literal(1), sa.literal(0))
        .join(Account, Account.partner_organisation_id == ServicePartner.organisation_id)
        .where(Account.state == AccountState.ACTIVE)
    )
    assigned = (
        sa.select(Assignment.partner_id, sa.literal(0), sa.literal(1))
        .join(Lead, Lead.id == Assignment.lead_id)
        .where(Assignment.state == AssignmentState.ACTIVE, Lead.state.in_(OPEN))
    )
    if partner_ids is not None:
        wanted = list(partner_ids)
        kept = kept.where(ServicePartner.id.in_(wanted))
        accounts = accounts.where(ServicePartner.id.in_(wanted))
        assigned = assigned.where(Assignment.partner_id.in_(wanted))
    rows = sa.union_all(kept, accounts, assigned).subquery()
    counted = sa.select(rows.c.id, sa.func.sum(rows.c.customers), sa.func.sum(rows.c.open)).group_by(rows.c.id)
    return {id: Load(int(customers), int(open)) for id, customers, open in db.session.execute(counted)}


def candidates(lead: Lead) -> list[Candidate]:
    """Every service partner as the choice for this lead sees it; a constant number of queries."""
    everybody = db.session.execute(
        sa.select(
            ServicePartner.id,
            ServicePartner.country,
            ServicePartner.postcode,
            ServicePartner.capacity,
            ServicePartner.state,
            ServicePartner.last_assigned_at,
        )
    ).all()
    away: dict[int, list[tuple[date, date]]] = {}
    for absence in db.session.execute(
        sa.select(PartnerAbsence.partner_id, PartnerAbsence.from_on, PartnerAbsence.until_on).where(
            PartnerAbsence.ended_at.is_(None)
        )
    ):
        away.setdefault(absence.partner_id, []).append((absence.from_on, absence.until_on))
    counts = loads()
    before = db.session.execute(
        sa.select(Assignment.partner_id, Assignment.state).where(
            Assignment.lead_id == lead.id,
            Assignment.state.in_((AssignmentState.DECLINED, AssignmentState.ACTIVE)),
        )
    ).all()
    declined = {row.partner_id for row in before if row.state == AssignmentState.DECLINED}
    current = {row.partner_id for row in before if row.state == AssignmentState.ACTIVE}
    return [
        Candidate(
            id=one.id,
            place=place_of(one.country, one.postcode),
            companies=counts.get(one.id, Load()).companies,
            capacity=one.capacity,
            suspended=one.state != PartnerState.ACTIVE,
            absences=tuple(away.get(one.id, ())),
            declined=one.id in declined,
            current=one.id in current,
            last=one.last_assigned_at,
        )
        for one in everybody
    ]


def by_id(ids: Iterable[int] | None = None) -> dict[int, ServicePartner]:
    """Service partners with their organisations."""
    query = sa.select(ServicePartner).options(joinedload(ServicePartner.organisation))
    if ids is not None:
        query = query.where(ServicePartner.id.in_(list(ids)))
    return {one.id: one for one in db.session.scalars(query)}


def names(ids: Iterable[int]) -> dict[int, str]:
    """What service partners are called, by their keys."""
    rows = db.session.execute(
        sa.select(ServicePartner.id, Organisation.name)
        .join(Organisation, Organisation.id == ServicePartner.organisation_id)
        .where(ServicePartner.id.in_(list(ids)))
    )
    return {row.id: row.name for row in rows}


def of_organisation(organisation_id: int) -> ServicePartner | None:
    """With its organisation."""
    query = sa.select(ServicePartner).where(ServicePartner.organisation_id == organisation_id)
    return db.session.scalar(query.options(joinedload(ServicePartner.organisation)))


def assigned_lead_of(account_id: int, partner_id: int) -> str | None:
    """The reference of the lead of this account that is assigned to the partner, the latest one."""
    return db.session.scalar(
        sa.select(Lead.ref)
        .join(Assignment, Assignment.lead_id == Lead.id)
        .where(
            Lead.account_id == account_id,
            Assignment.partner_id == partner_id,
            Assignment.state == AssignmentState.ACTIVE,
        )
        .order_by(Lead.id.desc())
        .limit(1)
    )


def may_have_partner(lead: Lead) -> bool:
    """Whether a service partner may talk with this company: from yes in principle on, and only where year-end work is
    part of it (T0, T2, T3)."""
    wants = sa.select(Interest.id).where(
        Interest.lead_id == lead.id,
        Interest.level == Level.TOTAL,
        Interest.answer.in_((Answer.YES, Answer.IN_PRINCIPLE)),
    )
    return lead.state in ALIVE and db.session.scalar(wants) is not None


def active_assignment(lead_id: int) -> Assignment | None:
    """The one that holds, with its partner."""
    return db.session.scalar(_whole().where(Assignment.lead_id == lead_id, Assignment.state == AssignmentState.ACTIVE))


def assignments_of(lead_id: int) -> list[Assignment]:
    """All of a lead, the latest first, with partners and who chose."""
    return list(db.session.scalars(_whole().where(Assignment.lead_id == lead_id).order_by(Assignment.id.desc())))


def _whole() -> sa.Select[Assignment]:
    return sa.select(Assignment).options(
        joinedload(Assignment.partner).joinedload(ServicePartner.organisation),
        joinedload(Assignment.suggested).joinedload(ServicePartner.organisation),
        joinedload(Assignment.wish).joinedload(ServicePartner.organisation),
        joinedload(Assignment.by),
    )


# --- the desk's list and page -----------------------------------------------------------------------------------------


class Standing(enum.StrEnum):
    """The tabs of the list."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


def visible_to(actor: Person) -> sa.Select[ServicePartner]:
    """With their organisations; nobody for who may not read them."""
    query = sa.select(ServicePartner).options(joinedload(ServicePartner.organisation))
    return query if policy.allows(actor, P.SERVICE_PARTNERS_READ) else query.where(sa.false())


def partners(actor: Person, standing: Standing | None, q: str = "") -> sa.Select[ServicePartner]:
    """Those of a tab that hold `q`."""
    query = visible_to(actor)
    if standing is not None:
        query = query.where(ServicePartner.state == str(standing))
    return query.where(holding(ServicePartner, q)) if q.strip() else query


def away(ids: Iterable[int], day: date) -> set[int]:
    """Which of them take nothing on that day."""
    absent = sa.select(PartnerAbsence.partner_id).where(
        PartnerAbsence.partner_id.in_(list(ids)),
        PartnerAbsence.ended_at.is_(None),
        PartnerAbsence.from_on <= day,
        PartnerAbsence.until_on >= day,
    )
    return set(db.session.scalars(absent))


def absences_of(partner: ServicePartner, day: date) -> list[PartnerAbsence]:
    """Those that are not over on this day and were not taken back."""
    query = sa.select(PartnerAbsence).where(
        PartnerAbsence.partner_id == partner.id, PartnerAbsence.ended_at.is_(None), PartnerAbsence.until_on >= day
    )
    return list(db.session.scalars(query.order_by(PartnerAbsence.from_on, PartnerAbsence.id)))


def with_people(query: sa.Select[ServicePartner]) -> sa.Select[ServicePartner]:
    """Loads each partner's people too, in one further query a batch."""
    return query.options(
        joinedload(ServicePartner.organisation).selectinload(Organisation.memberships).joinedload(Membership.person)
    )


def partner(actor: Person, ref: str) -> ServicePartner:
    """One with its organisation.

    Raises:
        NotFound: there is none, or not for this person.
    """
    query = visible_to(actor).where(ServicePartner.ref == ref)
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found


SHOWN = 50
"""So many customers and assignments stand on a partner's page; the file has all."""


def customers_of(partner: ServicePartner) -> list[Account]:
    """The accounts it works for, by name."""
    return list(
        db.session.scalars(
            sa.select(Account)
            .where(Account.partner_organisation_id == partner.organisation_id, Account.state == AccountState.ACTIVE)
            .order_by(Account.name_sort, Account.id)
            .limit(SHOWN)
        )
    )


def assignments_to(partner: ServicePartner) -> list[Assignment]:
    """What it was given, the latest first, with the leads."""
    return list(db.session.scalars(every_assignment(partner).order_by(Assignment.id.desc()).limit(SHOWN)))


def open_assignments(partner: ServicePartner) -> list[Assignment]:
    """Leads that it has now and that are not customers yet."""
    query = every_assignment(partner).join(Lead, Lead.id == Assignment.lead_id)
    query = query.where(Assignment.state == AssignmentState.ACTIVE, Lead.state.in_(OPEN))
    return list(db.session.scalars(query.order_by(Assignment.id).limit(200)))


def every_assignment(partner: ServicePartner) -> sa.Select[Assignment]:
    """For a file."""
    return (
        sa.select(Assignment)
        .where(Assignment.partner_id == partner.id)
        .options(
            joinedload(Assignment.lead),
            joinedload(Assignment.by),
            joinedload(Assignment.suggested).joinedload(ServicePartner.organisation),
        )
    )
