"""Marketing actions of one software partner, and who can own one."""

from __future__ import annotations

import enum
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.cooperation.models import MarketingAction
from app.core.clock import today
from app.core.db import db
from app.core.errors import NotFound
from app.integrations.models import SoftwarePartner
from app.people.models import HeldRole, Organisation, Person
from app.people.queries import members_of
from app.settings.models import vendor


class Shelf(enum.StrEnum):
    """The tabs of the list."""

    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


def actions(partner_id: int, shelf: Shelf | None = None) -> sa.Select[MarketingAction]:
    """With their owners; for `page_of`, by day."""
    query = (
        sa.select(MarketingAction)
        .where(MarketingAction.partner_id == partner_id)
        .options(joinedload(MarketingAction.owner))
        .execution_options(populate_existing=True)
    )
    return query.where(among(shelf)) if shelf is not None else query


def among(shelf: Shelf) -> sa.ColumnElement[bool]:
    match shelf:
        case Shelf.DONE:
            return MarketingAction.done_at.is_not(None)
        case Shelf.CANCELLED:
            return MarketingAction.cancelled_at.is_not(None)
        case _open:
            return sa.and_(MarketingAction.done_at.is_(None), MarketingAction.cancelled_at.is_(None))


def is_late(action: MarketingAction) -> bool:
    return action.done_at is None and action.cancelled_at is None and action.due_on < today(vendor().timezone)


def action(partner_id: int, ref: str) -> MarketingAction:
    """Raises NotFound: there is none, or it is another software partner's."""
    found = db.session.scalar(actions(partner_id).where(MarketingAction.ref == ref))
    if found is None:
        raise NotFound
    return found


def owners(partner: SoftwarePartner) -> list[tuple[str, str]]:
    """Reference and name of everybody who could do one: the software partner's people first, then the vendor's."""
    staff = sa.select(HeldRole.person_id).where(HeldRole.person_id == Person.id).exists()
    query = sa.select(Person).where(staff, Person.closed_at.is_(None)).order_by(Person.name, Person.id)
    ours = [(one, vendor().name) for one in db.session.scalars(query)]
    return _choices(_theirs(partner) + ours)


def owners_in_panel(partner: SoftwarePartner) -> list[tuple[str, str]]:
    """As `owners`, of those whom the software partner knows: its own people, and who looks after it."""
    manager = db.session.get(Person, partner.manager_id) if partner.manager_id is not None else None
    return _choices(_theirs(partner) + ([(manager, vendor().name)] if manager is not None else []))


def _theirs(partner: SoftwarePartner) -> list[tuple[Person, str]]:
    organisation = db.session.get_one(Organisation, partner.organisation_id)
    return [(held.person, organisation.name) for held in members_of(organisation)]


def _choices(people: list[tuple[Person, str]]) -> list[tuple[str, str]]:
    return [(one.ref, f"{one.name} ({company})") for one, company in people if one.closed_at is None]


def counts(partner_id: int, day: date) -> tuple[int, int]:
    """How many actions are open, and how many of those are late; in one query."""
    row = db.session.execute(
        sa.select(
            sa.func.count(),
            sa.func.coalesce(sa.func.sum(sa.case((MarketingAction.due_on < day, 1), else_=0)), 0),
        ).where(MarketingAction.partner_id == partner_id, among(Shelf.OPEN))
    ).one()
    return int(row[0]), int(row[1])
