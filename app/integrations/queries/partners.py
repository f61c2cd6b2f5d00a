"""Finding software partners: one's own in the panel, any at the desk."""

from __future__ import annotations

import enum

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from app.access import policy
from app.access.permissions import P
from app.access.roles import OrganisationKind, StaffRole
from app.core.db import db
from app.core.errors import NotFound
from app.core.search import holding
from app.integrations.models import PartnerRegistration, PartnerState, SoftwarePartner
from app.people.models import HeldRole, Person
from app.plans.models import Plan, PlanTask, TaskState


def partner_of(actor: Person) -> SoftwarePartner:
    """The software partner that the person works for now, with its organisation.

    Raises:
        NotFound: the person works for none, or the cooperation has ended.
    """
    held = actor.membership
    if held is None or held.organisation.kind != OrganisationKind.SOFTWARE_PARTNER or not actor.is_active:
        raise NotFound
    found = db.session.scalar(
        sa.select(SoftwarePartner)
        .where(SoftwarePartner.organisation_id == held.organisation_id)
        .options(joinedload(SoftwarePartner.organisation))
    )
    if found is None or not found.is_active:
        raise NotFound
    return found


def by_ref(ref: str) -> SoftwarePartner:
    """At the desk.

    Raises:
        NotFound
    """
    found = db.session.scalar(
        sa.select(SoftwarePartner)
        .where(SoftwarePartner.ref == ref)
        .options(joinedload(SoftwarePartner.organisation), joinedload(SoftwarePartner.manager))
    )
    if found is None:
        raise NotFound
    return found


def own_standing(actor: Person) -> SoftwarePartner:
    """The software partner that the person works for now, also one with which the cooperation has ended.

    Raises:
        NotFound: the person works for none.
    """
    held = actor.membership
    found = (
        db.session.scalar(
            sa.select(SoftwarePartner)
            .where(SoftwarePartner.organisation_id == held.organisation_id)
            .options(
                joinedload(SoftwarePartner.organisation),
                joinedload(SoftwarePartner.manager),
                joinedload(SoftwarePartner.plan),
            )
        )
        if held is not None and held.organisation.kind == OrganisationKind.SOFTWARE_PARTNER
        else None
    )
    if found is None:
        raise NotFound
    return found


def tasks_of(plan_id: int) -> list[PlanTask]:
    """Of its plan, in the order of the page."""
    query = sa.select(PlanTask).where(PlanTask.plan_id == plan_id, PlanTask.state != TaskState.GONE)
    return list(db.session.scalars(query.order_by(PlanTask.position, PlanTask.number)))


# --- the desk ---------------------------------------------------------------------------------------------------------


class Standing(enum.StrEnum):
    """The tabs of the list."""

    ACTIVE = "active"
    OPERATIONAL = "operational"
    ENDED = "ended"


def visible_to(actor: Person) -> sa.Select[SoftwarePartner]:
    """With organisation, plan and who looks after them; nobody for who may not read them."""
    query = sa.select(SoftwarePartner).options(
        joinedload(SoftwarePartner.organisation),
        joinedload(SoftwarePartner.manager),
        joinedload(SoftwarePartner.plan),
    )
    return query if policy.allows(actor, P.SOFTWARE_PARTNERS_READ) else query.where(sa.false())


def partners(
    actor: Person, standing: Standing | None, q: str = "", *, looked_after_by: int | None = None
) -> sa.Select[SoftwarePartner]:
    """Those of a tab that hold `q`; perhaps only those that one person looks after."""
    query = visible_to(actor)
    operational = sa.exists().where(Plan.id == SoftwarePartner.plan_id, Plan.live_on.is_not(None))
    match standing:
        case Standing.ACTIVE:
            query = query.where(SoftwarePartner.state == PartnerState.ACTIVE, ~operational)
        case Standing.OPERATIONAL:
            query = query.where(SoftwarePartner.state == PartnerState.ACTIVE, operational)
        case Standing.ENDED:
            query = query.where(SoftwarePartner.state == PartnerState.ENDED)
    if looked_after_by is not None:
        query = query.where(SoftwarePartner.manager_id == looked_after_by)
    return query.where(holding(SoftwarePartner, q)) if q.strip() else query


def with_products(query: sa.Select[SoftwarePartner]) -> sa.Select[SoftwarePartner]:
    """Loads each one's products too, in one further query a batch."""
    return query.options(selectinload(SoftwarePartner.products))


def partner(actor: Person, ref: str) -> SoftwarePartner:
    """One at the desk, with its products.

    Raises:
        NotFound: there is none, or not for this person.
    """
    query = with_products(visible_to(actor)).where(SoftwarePartner.ref == ref)
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found


def able_to_look_after() -> list[Person]:
    """Staff who may look after software partners, by name."""
    roles = (StaffRole.COORDINATOR, StaffRole.ACCOUNT_MANAGER, StaffRole.TEAM_LEADER, StaffRole.ADMINISTRATOR)
    query = (
        sa.select(Person)
        .where(
            Person.closed_at.is_(None),
            sa.exists().where(HeldRole.person_id == Person.id, HeldRole.role.in_(roles)),
        )
        .order_by(sa.func.lower(Person.name), Person.id)
    )
    return list(db.session.scalars(query).unique())


def of_the_same_name(found: SoftwarePartner) -> list[SoftwarePartner]:
    """Others that are called the same: perhaps one company that registered twice."""
    query = (
        sa.select(SoftwarePartner)
        .where(SoftwarePartner.name_sort == found.name_sort, SoftwarePartner.id != found.id)
        .order_by(SoftwarePartner.id)
        .limit(10)
    )
    return list(db.session.scalars(query))


def set_apart() -> list[PartnerRegistration]:
    """Registrations that wait for somebody to look at them, the oldest first."""
    query = (
        sa.select(PartnerRegistration)
        .where(PartnerRegistration.suspicious, PartnerRegistration.confirmed_at.is_(None))
        .order_by(PartnerRegistration.id)
        .limit(200)
    )
    return list(db.session.scalars(query))


def unconfirmed() -> list[PartnerRegistration]:
    """Registrations whose link was not followed yet, the newest first."""
    query = (
        sa.select(PartnerRegistration)
        .where(~PartnerRegistration.suspicious, PartnerRegistration.confirmed_at.is_(None))
        .order_by(PartnerRegistration.created_at.desc(), PartnerRegistration.id.desc())
        .limit(50)
    )
    return list(db.session.scalars(query))


def registration(ref: str) -> PartnerRegistration:
    """Raises NotFound."""
    found = db.session.scalar(sa.select(PartnerRegistration).where(PartnerRegistration.ref == ref))
    if found is None:
        raise NotFound
    return found
