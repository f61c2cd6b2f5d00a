"""Finding people."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.core.db import db
from app.people.models import Membership, Organisation, Person


def person_of_session(session_id: str) -> Person | None:
    """The person of a session, with roles and memberships, in one query; None when it was ended everywhere."""
    id, _, epoch = session_id.partition(":")
    if not (id.isdigit() and epoch.isdigit()):
        return None
    return db.session.scalars(
        with_standing(sa.select(Person)).where(
            Person.id == int(id), Person.session_epoch == int(epoch), Person.closed_at.is_(None)
        )
    ).unique().one_or_none()


def with_standing(query: sa.Select[Person]) -> sa.Select[Person]:
    """Loads what the policy looks at: staff roles and memberships."""
    return query.options(
        joinedload(Person.held_roles), joinedload(Person.memberships).joinedload(Membership.organisation)
    ).execution_options(populate_existing=True)


def by_email(email: str) -> Person | None:
    """The person of an address in its normal form."""
    return db.session.scalars(with_standing(sa.select(Person)).where(Person.email == email)).unique().one_or_none()


def by_ref(ref: str) -> Person | None:
    return db.session.scalars(with_standing(sa.select(Person)).where(Person.ref == ref)).unique().one_or_none()


def members_of(organisation: Organisation) -> list[Membership]:
    """Live memberships with their people, owners first."""
    return list(
        db.session.scalars(
            sa.select(Membership)
            .where(Membership.organisation_id == organisation.id, Membership.ended_at.is_(None))
            .options(joinedload(Membership.person))
            .order_by(Membership.role.desc(), Membership.id)
        )
    )
