"""A person, the roles and memberships that person holds, and organisations."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import sqlalchemy as sa
from flask import g, has_request_context, session
from flask_login import UserMixin
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.access.roles import MemberRole, OrganisationKind, StaffRole
from app.core.clock import now
from app.core.db import Base, new_ref
from app.core.search import search_text


class Person(UserMixin, Base):
    """Somebody who signs in: staff, or a member of an organisation. One row for one e-mail address."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("U"))
    email: Mapped[str] = mapped_column(sa.String(254), unique=True)
    """Lower case, as `identifiers.normalise_email` leaves it."""
    name: Mapped[str] = mapped_column(sa.String(200))
    phone: Mapped[str | None] = mapped_column(sa.String(20))
    locale: Mapped[str] = mapped_column(sa.String(5), default="en")
    password_hash: Mapped[str | None] = mapped_column(sa.String(200))
    totp_secret: Mapped[str | None] = mapped_column(sa.Text)
    """Encrypted; the authenticator app counts only once `totp_confirmed_at` is set."""
    totp_confirmed_at: Mapped[datetime | None]
    totp_last_step: Mapped[int | None]
    """The time step of the last accepted code: each code signs in once."""
    session_epoch: Mapped[int] = mapped_column(default=1)
    """Stands in every session; raising it signs the person out everywhere."""
    closed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    signed_in_at: Mapped[datetime | None]
    """The last time; None for somebody who was invited and has not come yet."""
    service_roles: Mapped[list[str] | None] = mapped_column(sa.JSON(none_as_null=True))
    """A program of the vendor's that has tokens, and what it may do; None for people. Its roles stand here and not
    among those of the staff, so that no list of colleagues, and no mail, ever reaches it."""
    search: Mapped[str] = mapped_column(sa.Text, default="")
    """Name and address, folded; kept up to date by itself."""

    # Not lazy="raise": the policy asks for these at any moment, also after a refused `write()` has let go of what was
    # read. Lists of people load them with `queries.with_standing`.
    held_roles: Mapped[list[HeldRole]] = relationship(back_populates="person", cascade="all, delete-orphan")
    memberships: Mapped[list[Membership]] = relationship(back_populates="person", order_by="Membership.id")

    def get_id(self) -> str:
        """For Flask-Login: a session names the person and the epoch in which it began."""
        return f"{self.id}:{self.session_epoch}"

    @property
    def is_active(self) -> bool:
        return self.closed_at is None

    @property
    def staff_roles(self) -> frozenset[StaffRole]:
        if self.service_roles is not None:
            return frozenset(StaffRole(role) for role in self.service_roles)
        return frozenset(StaffRole(held.role) for held in self.held_roles)

    @property
    def is_service(self) -> bool:
        """A program, which cannot sign in."""
        return self.service_roles is not None

    @property
    def is_staff(self) -> bool:
        return bool(self.staff_roles)

    @property
    def has_totp(self) -> bool:
        """Whether a code is asked after the password."""
        return self.totp_secret is not None and self.totp_confirmed_at is not None

    @property
    def is_administrator(self) -> bool:
        return StaffRole.ADMINISTRATOR in self.staff_roles

    @property
    def membership(self) -> Membership | None:
        """The membership the person works in now: the chosen one, else the first. A token works in the one for which
        it was made, or in none."""
        live = self.places
        if has_request_context() and "gangway_place" in g:
            return next((held for held in live if held.organisation_id == g.gangway_place), None)
        chosen = session.get("organisation") if has_request_context() else None
        return next((held for held in live if held.organisation_id == chosen), live[0] if live else None)

    @property
    def places(self) -> list[Membership]:
        """The memberships that have not ended."""
        return [held for held in self.memberships if held.ended_at is None]

    def membership_role(self, kind: OrganisationKind) -> MemberRole | None:
        held = self.membership
        return MemberRole(held.role) if held is not None and held.organisation.kind == kind else None

    @property
    def initials(self) -> str:
        words = self.name.split()
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper() or "?"


@sa.event.listens_for(Person, "before_insert")
@sa.event.listens_for(Person, "before_update")
def _keep_search(mapper: object, connection: object, person: Person) -> None:
    person.search = search_text(person.name, person.email)


class HeldRole(Base):
    """A staff role that a person holds."""

    __tablename__ = "staff_role"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    role: Mapped[str] = mapped_column(sa.String(20), primary_key=True)

    person: Mapped[Person] = relationship(back_populates="held_roles", lazy="raise")


class Organisation(Base):
    """A company that works with the vendor: reseller, software partner or service partner."""

    __tablename__ = "organisation"

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("O"))
    kind: Mapped[str] = mapped_column(sa.String(20))
    name: Mapped[str] = mapped_column(sa.String(200))
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]

    memberships: Mapped[list[Membership]] = relationship(back_populates="organisation", lazy="raise")

    @property
    def first_owner(self) -> Person | None:
        """Of its owners the one who is there longest, else any member; its people have to be loaded."""
        live = [held for held in self.memberships if held.ended_at is None]
        first = min(live, key=lambda held: (held.role != MemberRole.OWNER, held.id), default=None)
        return first.person if first else None


class Membership(Base):
    """A person's place in an organisation; ended, never deleted, so that the past keeps its names."""

    __tablename__ = "membership"
    __table_args__ = (
        sa.Index(
            "uq_membership_live",
            "organisation_id",
            "person_id",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    role: Mapped[str] = mapped_column(sa.String(20))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    """Until when this person marked the news of the panel's home as seen."""
    digest: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    """Whether the monthly digest is mailed."""

    organisation: Mapped[Organisation] = relationship(back_populates="memberships")
    person: Mapped[Person] = relationship(back_populates="memberships", lazy="raise")


class Invitation(Base):
    """An organisation asks somebody in. Only who follows the mailed link becomes a person and a member, so that an
    owner learns nothing about an address by typing it."""

    __tablename__ = "invitation"

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("I"))
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    email: Mapped[str] = mapped_column(sa.String(254))
    name: Mapped[str] = mapped_column(sa.String(200))
    role: Mapped[str] = mapped_column(sa.String(20))
    locale: Mapped[str] = mapped_column(sa.String(5))
    invited_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    sent_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """Accepted, or withdrawn."""

    organisation: Mapped[Organisation] = relationship(lazy="raise")
    invited_by: Mapped[Person] = relationship(lazy="raise")


class FailedTries(Base):
    """How often a secret was tried in vain, for one account or from one address. Kept apart from people, so that an
    unknown address is locked exactly as a known one is."""

    __tablename__ = "failed_tries"

    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    """A keyed digest of what is protected: neither addresses nor accounts can be read from it."""
    count: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(index=True)
    locked_until: Mapped[datetime | None]


class ApiToken(Base):
    """With this a program acts in its person's name: never more than the person may, and only within the scopes."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("K"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisation.id"))
    """For which of the person's organisations it works; None for staff and services."""
    name: Mapped[str] = mapped_column(sa.String(100))
    prefix: Mapped[str] = mapped_column(sa.String(12))
    """How it begins: by this it is told from others."""
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    scopes: Mapped[list[str]]
    created_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    """Written at most once an hour."""
    revoked_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(lazy="raise", foreign_keys=[person_id])
    organisation: Mapped[Organisation | None] = relationship(lazy="raise")

    @property
    def is_open(self) -> bool:
        """Neither withdrawn nor too old; whether its person may still do anything is asked at each request."""
        return self.revoked_at is None and self.expires_at > now()

    @property
    def has_power(self) -> bool:
        """Whether its person still is what they were when it was made: on the staff, or a member of that
        organisation."""
        if not self.person.is_active:
            return False
        if self.organisation_id is None:
            return self.person.is_staff
        return any(held.organisation_id == self.organisation_id for held in self.person.places)

    @property
    def works_until(self) -> datetime:
        """The end of its last day, as people are told: it expires when the next one begins."""
        return self.expires_at - timedelta(seconds=1)


class RecoveryCode(Base):
    """A code that stands in for the authenticator app, once."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    code_hash: Mapped[str] = mapped_column(sa.String(64))
    used_at: Mapped[datetime | None]


class EmailChange(Base):
    """A wished change of address; it happens once both addresses have confirmed."""

    __tablename__ = "email_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    new_email: Mapped[str] = mapped_column(sa.String(254))
    created_at: Mapped[datetime]
    old_confirmed_at: Mapped[datetime | None]
    new_confirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    """Done, cancelled or replaced by a newer wish."""


class Absence(Base):
    """Days on which one of the staff is away, and who stands in (I12)."""

    __tablename__ = "absence"
    __table_args__ = (sa.Index("ix_absence_person", "person_id", "from_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("Y"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    deputy_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    from_on: Mapped[date]
    until_on: Mapped[date]
    """The last day away."""
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """Taken back."""

    person: Mapped[Person] = relationship(lazy="raise", foreign_keys=[person_id])
    deputy: Mapped[Person | None] = relationship(lazy="raise", foreign_keys=[deputy_id])
