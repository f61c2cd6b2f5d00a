"""Finding people."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.access.links import AccessLink, Purpose
from app.access.roles import MemberRole, StaffRole
from app.core.clock import now
from app.core.crypto import token_hash
from app.core.db import db
from app.core.errors import NotFound
from app.people.models import (
    Absence,
    ApiToken,
    EmailChange,
    HeldRole,
    Invitation,
    Membership,
    Organisation,
    Person,
    RecoveryCode,
)


def person_of_session(session_id: str) -> Person | None:
    """The person of a session, with roles and memberships, in one query; None when it was ended everywhere."""
    id, _, epoch = session_id.partition(":")
    if not (id.isdigit() and epoch.isdigit()):
        return None
    return db.session.scalars(_of_session(), {"person": int(id), "epoch": int(epoch)}).unique().one_or_none()


@cache
def _of_session() -> sa.Select[Person]:
    """Made once: every request of somebody signed in asks it."""
    return with_standing(sa.select(Person)).where(
        Person.id == sa.bindparam("person"),
        Person.session_epoch == sa.bindparam("epoch"),
        Person.closed_at.is_(None),
    )


def with_standing(query: sa.Select[Person]) -> sa.Select[Person]:
    """Loads what the policy looks at: staff roles and memberships."""
    return query.options(
        joinedload(Person.held_roles), joinedload(Person.memberships).joinedload(Membership.organisation)
    ).execution_options(populate_existing=True)


def by_email(email: str) -> Person | None:
    """The person of an address in its normal form. No mail provider tells capitals apart in names, so we do not."""
    query = with_standing(sa.select(Person)).where(Person.email == email.lower(), Person.service_roles.is_(None))
    return db.session.scalars(query).unique().one_or_none()


def by_ref(ref: str) -> Person | None:
    """A person with roles and memberships; None for an unknown reference."""
    return db.session.scalars(with_standing(sa.select(Person)).where(Person.ref == ref)).unique().one_or_none()


def token_of(secret: str) -> ApiToken | None:
    """The token of these characters with its person, who comes with roles and memberships, in one query."""
    query = (
        sa.select(ApiToken)
        .where(ApiToken.token_hash == token_hash(secret))
        .options(
            joinedload(ApiToken.person).options(
                joinedload(Person.held_roles), joinedload(Person.memberships).joinedload(Membership.organisation)
            )
        )
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(query).unique().one_or_none()


def open_tokens(person: Person) -> list[ApiToken]:
    """Neither withdrawn nor too old, the newest first."""
    return [token for token in tokens_of(person) if token.is_open]


def tokens_of(person: Person) -> list[ApiToken]:
    """All of a person's or service's tokens, the newest first."""
    query = (
        sa.select(ApiToken)
        .where(ApiToken.person_id == person.id)
        .options(joinedload(ApiToken.organisation))
        .order_by(ApiToken.id.desc())
        .limit(200)
    )
    return list(db.session.scalars(query))


def token_by_ref(ref: str) -> ApiToken | None:
    return db.session.scalar(sa.select(ApiToken).where(ApiToken.ref == ref))


def services() -> list[Person]:
    """The vendor's programs, open ones first."""
    query = sa.select(Person).where(Person.service_roles.is_not(None))
    return list(db.session.scalars(query.order_by(Person.closed_at.is_not(None), Person.name, Person.id).limit(500)))


def members_of(organisation: Organisation) -> list[Membership]:
    """Live memberships with their people, owners first."""
    return list(db.session.scalars(_members(), {"organisation": organisation.id}))


@cache
def _members() -> sa.Select[Membership]:
    return (
        sa.select(Membership)
        .where(Membership.organisation_id == sa.bindparam("organisation"), Membership.ended_at.is_(None))
        .options(joinedload(Membership.person))
        .order_by(Membership.role.desc(), Membership.id)
    )


def people_of(organisation_id: int | sa.ScalarSelect[int]) -> list[Person]:
    """Whoever works for an organisation and may sign in, owners first."""
    return list(db.session.scalars(_people_of(organisation_id)))


def owners_of(organisation_id: int) -> list[Person]:
    """Who acts for an organisation and is written to in its name: its owners, as far as they may sign in."""
    return list(db.session.scalars(_people_of(organisation_id).where(Membership.role == MemberRole.OWNER)))


def _people_of(organisation_id: int | sa.ScalarSelect[int]) -> sa.Select[Person]:
    return (
        sa.select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.organisation_id == organisation_id, Membership.ended_at.is_(None), Person.closed_at.is_(None))
        .order_by(Membership.role.desc(), Membership.id)
    )


def locked(id: int) -> Person:
    """The person as they are now, with roles and memberships, held until this `write()` ends.

    Raises:
        NotFound: there is no such person.
    """
    query = with_standing(sa.select(Person)).where(Person.id == id).with_for_update(of=Person)
    found = db.session.scalars(query).unique().one_or_none()
    if found is None:
        raise NotFound
    return found


def membership(organisation_id: int, person_ref: str) -> Membership:
    """The live membership of a person in one organisation, with both.

    Raises:
        NotFound: this person is no member there.
    """
    person = sa.select(Person.id).where(Person.ref == person_ref).scalar_subquery()
    return _live(Membership.organisation_id == organisation_id, Membership.person_id == person)


def membership_by_id(id: int) -> Membership:
    """A live membership with person and organisation.

    Raises:
        NotFound: it has ended.
    """
    return _live(Membership.id == id)


def _live(*which: sa.ColumnElement[bool]) -> Membership:
    found = db.session.scalar(
        sa.select(Membership)
        .where(Membership.ended_at.is_(None), *which)
        .options(joinedload(Membership.person), joinedload(Membership.organisation))
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found


def open_invitations(organisation: Organisation) -> list[Invitation]:
    """Whom the organisation asked in and who has not come yet, newest first."""
    return list(
        db.session.scalars(
            sa.select(Invitation)
            .where(Invitation.organisation_id == organisation.id, Invitation.ended_at.is_(None))
            .options(joinedload(Invitation.invited_by))
            .order_by(Invitation.id.desc())
        )
    )


def invitation(organisation_id: int, ref: str) -> Invitation:
    """An open invitation of this organisation.

    Raises:
        NotFound: it is another's, or over.
    """
    found = db.session.scalar(
        sa.select(Invitation)
        .where(Invitation.organisation_id == organisation_id, Invitation.ref == ref, Invitation.ended_at.is_(None))
        .options(joinedload(Invitation.organisation), joinedload(Invitation.invited_by))
    )
    if found is None:
        raise NotFound
    return found


def invited_now(person_ids: Iterable[int]) -> set[int]:
    """Those of these people who have an invitation that still opens."""
    return set(
        db.session.scalars(
            sa.select(AccessLink.subject_id).where(
                AccessLink.purpose == Purpose.INVITATION,
                AccessLink.subject_id.in_(set(person_ids)),
                AccessLink.used_at.is_(None),
                AccessLink.revoked_at.is_(None),
                AccessLink.expires_at > now(),
            )
        )
    )


def staff() -> list[Person]:
    """Everybody with a staff role, open ones first, by name."""
    return list(
        db.session.scalars(
            with_standing(sa.select(Person))
            .where(sa.exists().where(HeldRole.person_id == Person.id))
            .order_by(Person.closed_at.is_not(None), sa.func.lower(Person.name), Person.id)
        ).unique()
    )


def staff_member(ref: str) -> Person:
    """A staff member by reference.

    Raises:
        NotFound: nobody on the staff has it.
    """
    person = by_ref(ref)
    if person is None or not person.is_staff:
        raise NotFound
    return person


def other_administrators(person: Person) -> int:
    """How many could still administer without this one."""
    return (
        db.session.scalar(
            sa.select(sa.func.count())
            .select_from(HeldRole)
            .join(HeldRole.person)
            .where(HeldRole.role == StaffRole.ADMINISTRATOR, Person.id != person.id, Person.closed_at.is_(None))
        )
        or 0
    )


def is_last_owner(membership: Membership) -> bool:
    """Whether nobody could act for the organisation without this one."""
    return membership.role == MemberRole.OWNER and all(
        owner.id == membership.person_id for owner in owners_of(membership.organisation_id)
    )


def recovery_codes_left(person: Person) -> int:
    """How many recovery codes the person can still sign in with."""
    return (
        db.session.scalar(
            sa.select(sa.func.count())
            .select_from(RecoveryCode)
            .where(RecoveryCode.person_id == person.id, RecoveryCode.used_at.is_(None))
        )
        or 0
    )


def open_email_change(person: Person) -> EmailChange | None:
    """The wish that still waits for a confirmation."""
    return db.session.scalar(
        sa.select(EmailChange)
        .where(EmailChange.person_id == person.id, EmailChange.ended_at.is_(None))
        .order_by(EmailChange.id.desc())
        .limit(1)
    )


def names_of(ids: Iterable[int | None]) -> dict[int, str]:
    """The names of these people by id, in one query, for a history; None, where nobody was signed in, has no name."""
    known = {id for id in ids if id is not None}
    if not known:
        return {}
    rows = db.session.execute(sa.select(Person.id, Person.name).where(Person.id.in_(known)))
    return {row.id: row.name for row in rows}


def by_id(id: int) -> Person:
    """Raises NotFound."""
    found = db.session.scalars(with_standing(sa.select(Person)).where(Person.id == id)).unique().one_or_none()
    if found is None:
        raise NotFound
    return found


def invitation_by_id(id: int) -> Invitation:
    """Raises NotFound."""
    found = db.session.scalar(
        sa.select(Invitation).where(Invitation.id == id).options(joinedload(Invitation.organisation))
    )
    if found is None:
        raise NotFound
    return found


def email_change(id: int) -> EmailChange:
    """Raises NotFound."""
    found = db.session.get(EmailChange, id)
    if found is None:
        raise NotFound
    return found


def invitation_of_conversation(conversation: str) -> Invitation | None:
    """The open invitation that a mail's conversation, `invitation:I-...`, is about."""
    _kind, _colon, ref = conversation.partition(":")
    return db.session.scalar(sa.select(Invitation).where(Invitation.ref == ref, Invitation.ended_at.is_(None)))


# --- absences ---------------------------------------------------------------------------------------------------------


def absences(until_from: date) -> list[Absence]:
    """Absences that have not passed on that day, those to come as well, in time order."""
    query = (
        sa.select(Absence)
        .where(Absence.ended_at.is_(None), Absence.until_on >= until_from)
        .order_by(Absence.from_on, Absence.id)
        .limit(500)
        .options(joinedload(Absence.person), joinedload(Absence.deputy))
    )
    return list(db.session.scalars(query))


def stood_in_for(person: Person, day: date) -> list[Person]:
    """Colleagues who are away that day and for whom this person stands in."""
    query = (
        sa.select(Person)
        .join(Absence, Absence.person_id == Person.id)
        .where(
            Absence.deputy_id == person.id,
            Absence.ended_at.is_(None),
            Absence.from_on <= day,
            Absence.until_on >= day,
        )
        .order_by(sa.func.lower(Person.name), Person.id)
    )
    return list(db.session.scalars(query).unique())


def deputies(person_ids: Iterable[int], day: date) -> dict[int, int]:
    """Who stands in that day for which of these people, by id; nobody for whoever is there or named no deputy."""
    query = sa.select(Absence.person_id, Absence.deputy_id).where(
        Absence.person_id.in_(set(person_ids)),
        Absence.deputy_id.is_not(None),
        Absence.ended_at.is_(None),
        Absence.from_on <= day,
        Absence.until_on >= day,
    )
    return {person_id: deputy_id for person_id, deputy_id in db.session.execute(query) if deputy_id is not None}
