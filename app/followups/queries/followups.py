"""Follow-ups as staff see them, and what a service partner sees of them: its own, while they are its own."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from app.access import policy
from app.access.permissions import P
from app.access.roles import OrganisationKind
from app.core.db import db
from app.core.errors import NotFound
from app.core.paging import COUNT_CAP, Page, everything_of, page_of
from app.followups.models import (
    ALIVE,
    ENDED,
    TO_ASSIGN,
    WITH_PARTNER,
    Assignment,
    AssignmentState,
    FollowUp,
    FollowUpState,
    ServicePartner,
)
from app.followups.queries.partners import of_organisation
from app.leads.models import Lead
from app.people.models import Organisation, Person


class Tab(enum.StrEnum):
    """The tabs of the queue."""

    TO_ASSIGN = "to-assign"
    WITH_PARTNER = "with-partner"
    DONE = "done"


STATES: Mapping[Tab, tuple[FollowUpState, ...]] = {
    Tab.TO_ASSIGN: TO_ASSIGN,
    Tab.WITH_PARTNER: WITH_PARTNER,
    Tab.DONE: ENDED,
}

_LOADED = (
    joinedload(FollowUp.lead),
    joinedload(FollowUp.asked_by),
    joinedload(FollowUp.phoned_by),
    joinedload(FollowUp.wanted).joinedload(ServicePartner.organisation),
    joinedload(FollowUp.assignment).joinedload(Assignment.partner).joinedload(ServicePartner.organisation),
)


def visible_to(actor: Person) -> sa.Select[FollowUp]:
    """Staff who read follow-ups all, others none; a service partner's are `of_partner`."""
    query = sa.select(FollowUp)
    return query if policy.allows(actor, P.FOLLOWUPS_READ) else query.where(sa.false())


def narrowed(query: sa.Select[FollowUp], *, asked_by: Person | None) -> sa.Select[FollowUp]:
    return query if asked_by is None else query.where(FollowUp.asked_by_id == asked_by.id)


def page(query: sa.Select[FollowUp], tab: Tab, cursor: str | None) -> Page[FollowUp]:
    """What waits longest first; what is done latest first."""
    shown = query.where(FollowUp.state.in_(STATES[tab])).options(*_LOADED)
    return page_of(shown, FollowUp.moved_at, FollowUp.id, descending=tab == Tab.DONE, cursor=cursor)


def everything(query: sa.Select[FollowUp], tab: Tab) -> Iterator[FollowUp]:
    """For a file."""
    shown = query.where(FollowUp.state.in_(STATES[tab])).options(*_LOADED)
    return everything_of(shown, FollowUp.moved_at, FollowUp.id, descending=tab == Tab.DONE)


def counts(query: sa.Select[FollowUp]) -> dict[Tab, int]:
    """How many stand in each tab, in one query; each counted no further than the cap."""
    numbers = [
        sa.select(sa.func.count())
        .select_from(
            query.with_only_columns(FollowUp.id).where(FollowUp.state.in_(STATES[tab])).limit(COUNT_CAP + 1).subquery()
        )
        .scalar_subquery()
        for tab in Tab
    ]
    return dict(zip(Tab, db.session.execute(sa.select(*numbers)).one(), strict=True))


def find(actor: Person, ref: str) -> FollowUp:
    """With everything its page shows. Raises NotFound."""
    found = db.session.scalar(visible_to(actor).where(FollowUp.ref == ref).options(*_LOADED))
    if found is None:
        raise NotFound
    return found


def of_lead(lead_id: int) -> list[FollowUp]:
    """The latest first."""
    query = sa.select(FollowUp).where(FollowUp.lead_id == lead_id).order_by(FollowUp.id.desc()).limit(20)
    return list(db.session.scalars(query.options(*_LOADED)))


def open_of_lead(lead_id: int) -> FollowUp | None:
    """The one that is not ended, with whom sales would ask."""
    query = sa.select(FollowUp).where(FollowUp.lead_id == lead_id, FollowUp.state.not_in(ENDED))
    return db.session.scalar(query.options(joinedload(FollowUp.wanted).joinedload(ServicePartner.organisation)))


def partners_to_choose() -> list[ServicePartner]:
    """All of them, by name."""
    query = (
        sa.select(ServicePartner).join(ServicePartner.organisation).options(contains_eager(ServicePartner.organisation))
    )
    return list(db.session.scalars(query.order_by(sa.func.lower(Organisation.name), ServicePartner.id)))


# --- the panel of a service partner -----------------------------------------------------------------------------------


def partner_of(actor: Person) -> ServicePartner:
    """The service partner that the person works for now. Raises NotFound."""
    held = actor.membership
    if held is None or held.organisation.kind != OrganisationKind.SERVICE_PARTNER or not actor.is_active:
        raise NotFound
    found = of_organisation(held.organisation_id)
    if found is None:
        raise NotFound
    return found


def companies_of(partner: ServicePartner) -> sa.Select[Assignment]:
    """What is assigned to it at this moment, and nothing that was."""
    return (
        sa.select(Assignment)
        .join(Lead, Lead.id == Assignment.lead_id)
        .where(
            Assignment.partner_id == partner.id,
            Assignment.state == AssignmentState.ACTIVE,
            Lead.state.in_(ALIVE),
        )
        .options(joinedload(Assignment.lead))
    )


def followups_of(partner: ServicePartner) -> sa.Select[FollowUp]:
    """The follow-ups of those companies that it is asked in, or was asked in and has done."""
    return (
        sa.select(FollowUp)
        .join(Assignment, Assignment.id == FollowUp.assignment_id)
        .join(Lead, Lead.id == FollowUp.lead_id)
        .where(
            Assignment.partner_id == partner.id,
            Assignment.state == AssignmentState.ACTIVE,
            Lead.state.in_(ALIVE),
            FollowUp.state.in_([*WITH_PARTNER, FollowUpState.INTERESTED]),
        )
        .options(joinedload(FollowUp.lead))
    )


def open_ones(partner: ServicePartner, cursor: str | None) -> Page[FollowUp]:
    """What it has to answer, the longest waiting first."""
    query = followups_of(partner).where(FollowUp.state.in_(WITH_PARTNER))
    return page_of(query, FollowUp.assigned_at, FollowUp.id, descending=False, cursor=cursor)


def companies(partner: ServicePartner, cursor: str | None) -> Page[Assignment]:
    """The latest first."""
    query = companies_of(partner)
    return page_of(query, Assignment.assigned_at, Assignment.id, descending=True, cursor=cursor)


def own_followup(partner: ServicePartner, ref: str) -> FollowUp:
    """Raises NotFound: there is none, it is another's, or it was taken back; all look the same."""
    found = db.session.scalar(followups_of(partner).where(FollowUp.ref == ref))
    if found is None:
        raise NotFound
    return found


def own_company(partner: ServicePartner, ref: str) -> tuple[Assignment, FollowUp | None]:
    """With its latest follow-up. Raises NotFound as above."""
    found = db.session.scalar(companies_of(partner).where(Assignment.ref == ref))
    if found is None:
        raise NotFound
    latest = followups_of(partner).where(FollowUp.assignment_id == found.id).order_by(FollowUp.id.desc()).limit(1)
    return found, db.session.scalar(latest)
