"""An application, the reseller it became, its accesses and its personal links."""

from __future__ import annotations

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.access.roles import OrganisationKind
from app.core.db import Base, new_ref
from app.core.search import fold
from app.people.models import Organisation, Person


class ApplicationState(enum.StrEnum):
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class ResellerState(enum.StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"


class AccessState(enum.StrEnum):
    ASKED = "asked"
    GRANTED = "granted"
    DELIVERED = "delivered"
    WITHDRAWN = "withdrawn"


class CompanyFields:
    """A company as an application, a lead and an account describe it; canonical forms by `core.identifiers`."""

    company_name: Mapped[str] = mapped_column(sa.String(200))
    country: Mapped[str] = mapped_column(sa.String(2))
    company_number: Mapped[str] = mapped_column(sa.String(20))
    company_key: Mapped[str] = mapped_column(sa.String(30))
    """Country and number; the same for every place of business of one French company (SIREN)."""
    street: Mapped[str] = mapped_column(sa.String(200))
    postcode: Mapped[str] = mapped_column(sa.String(12))
    city: Mapped[str] = mapped_column(sa.String(120))
    email: Mapped[str] = mapped_column(sa.String(254))
    phone: Mapped[str] = mapped_column(sa.String(20))
    website: Mapped[str | None] = mapped_column(sa.String(300))


class Application(CompanyFields, Base):
    """A company asks to become a reseller (R1)."""

    __tablename__ = "application"
    __table_args__ = (
        sa.Index("ix_application_queue", "state", "created_at", "id"),
        sa.Index("ix_application_company_key", "company_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("A"))
    first_name: Mapped[str] = mapped_column(sa.String(100))
    last_name: Mapped[str] = mapped_column(sa.String(100))
    about: Mapped[str | None] = mapped_column(sa.Text)
    locale: Mapped[str] = mapped_column(sa.String(5))
    state: Mapped[str] = mapped_column(sa.String(20), default=ApplicationState.SUBMITTED)
    submission_key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    """Of the form that was sent: the same form sent twice is one application."""
    repeat_of_id: Mapped[int | None] = mapped_column(sa.ForeignKey("application.id"))
    """An earlier application or a reseller of the same company; staff see it, the applicant is told nothing."""
    suspicious: Mapped[bool] = mapped_column(default=False)
    """Honeypot and time trap both spoke: staff look, nothing is dropped."""
    created_at: Mapped[datetime]
    decide_by: Mapped[datetime]
    reminded_days: Mapped[int] = mapped_column(default=0)
    """The last reminder to staff that went out: 7 or 25 days (R2)."""
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    reason: Mapped[str | None] = mapped_column(sa.Text)
    """Why it was rejected; goes into the mail and on the status page."""
    reseller_id: Mapped[int | None] = mapped_column(sa.ForeignKey("reseller.id"))
    version: Mapped[int] = mapped_column(default=1)
    search: Mapped[str] = mapped_column(sa.Text, default="")

    decided_by: Mapped[Person | None] = relationship(lazy="raise")
    reseller: Mapped[Reseller | None] = relationship(lazy="raise")

    @property
    def applicant(self) -> str:
        return f"{self.first_name} {self.last_name}"


class Reseller(Base):
    """An accepted reseller. The people stand in its organisation; leads and accounts are credited to it."""

    __tablename__ = "reseller"
    __table_args__ = (
        sa.Index("ix_reseller_name", "name_sort", "id"),
        sa.Index("ix_reseller_recent", "created_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("P"))
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), unique=True)
    state: Mapped[str] = mapped_column(sa.String(20), default=ResellerState.ACTIVE)
    contact_name: Mapped[str] = mapped_column(sa.String(200))
    """Whose name stands in the personal link and on the form."""
    city: Mapped[str] = mapped_column(sa.String(120), default="")
    country: Mapped[str] = mapped_column(sa.String(2), default="")
    company_key: Mapped[str] = mapped_column(sa.String(30), index=True, default="")
    suspended_at: Mapped[datetime | None]
    suspension: Mapped[str | None] = mapped_column(sa.Text)
    """Why it is suspended, as the reseller reads it (R16)."""
    suspended_by_id: Mapped[int | None]
    """No foreign key, as in the history: an erased person leaves the suspension standing."""
    terms_version: Mapped[int] = mapped_column(default=0)
    """The number of the newest terms this reseller accepted; 0 for none. Kept beside the evidence so that opening the
    form needs no further look."""
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    search: Mapped[str] = mapped_column(sa.Text, default="")
    name_sort: Mapped[str] = mapped_column(sa.String(200), default="")
    """The organisation's name, folded: for lists in the order of names. Follows the organisation by itself."""

    organisation: Mapped[Organisation] = relationship(lazy="raise")
    links: Mapped[list[PersonalLink]] = relationship(
        back_populates="reseller", lazy="raise", order_by="PersonalLink.id"
    )
    accesses: Mapped[list[GrantedAccess]] = relationship(
        back_populates="reseller", lazy="raise", order_by="GrantedAccess.id"
    )

    @property
    def is_active(self) -> bool:
        return self.state == ResellerState.ACTIVE

    @property
    def is_software_partner(self) -> bool:
        """A software partner, as which leads and accounts are credited to it (decision 032): no reseller in any other
        way. The organisation has to be loaded."""
        return self.organisation.kind == OrganisationKind.SOFTWARE_PARTNER

    def accepted(self, in_force: int) -> bool:
        """Whether it accepted the terms in force (R5). While none are published nobody can have accepted any."""
        return self.terms_version >= max(in_force, 1)


@sa.event.listens_for(Organisation, "before_update")
def _follow_name(mapper: object, connection: sa.Connection, organisation: Organisation) -> None:
    """A renamed organisation stands in its new place, and is found by both names."""
    if not sa.inspect(organisation).attrs.name.history.has_changes():
        return
    folded = fold(organisation.name)[:200]
    connection.execute(
        sa.update(Reseller)
        .where(Reseller.organisation_id == organisation.id)
        .values(name_sort=folded, search=Reseller.search + " " + folded)
    )


class PersonalLink(Base):
    """An address of the client registration form (R6): the current one, earlier ones that still work, aliases."""

    __tablename__ = "personal_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    reseller_id: Mapped[int] = mapped_column(sa.ForeignKey("reseller.id"), index=True)
    slug: Mapped[str] = mapped_column(sa.String(120), unique=True)
    """`FirstnameLastname-xxxxxxxx`, or, for an alias, the path exactly as it is in circulation, without the slash."""
    is_alias: Mapped[bool] = mapped_column(default=False)
    is_current: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]

    reseller: Mapped[Reseller] = relationship(back_populates="links", lazy="raise")


class VendorSystem(Base):
    """A system of the vendor's to which resellers get access (R4)."""

    __tablename__ = "vendor_system"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(120), unique=True)
    position: Mapped[int] = mapped_column(default=0)
    offered: Mapped[bool] = mapped_column(default=True)


class GrantedAccess(Base):
    """One reseller's access to one of the vendor's systems, with its state."""

    __tablename__ = "granted_access"
    __table_args__ = (sa.UniqueConstraint("reseller_id", "system_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reseller_id: Mapped[int] = mapped_column(sa.ForeignKey("reseller.id"))
    system_id: Mapped[int] = mapped_column(sa.ForeignKey("vendor_system.id"))
    state: Mapped[str] = mapped_column(sa.String(20), default=AccessState.ASKED)
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    by_suspension: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Withdrawn because the reseller was suspended: asked for again when it is not any more (R16)."""
    to_close: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Withdrawn here, and still open in the system itself until somebody closes it there."""
    version: Mapped[int] = mapped_column(default=1)

    reseller: Mapped[Reseller] = relationship(back_populates="accesses", lazy="raise")
    system: Mapped[VendorSystem] = relationship(lazy="raise")


class WelcomeItem(Base):
    """A file or link of the welcome package, in one language (R4)."""

    __tablename__ = "welcome_item"
    __table_args__ = (sa.Index("ix_welcome_item_locale", "locale", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("W"))
    locale: Mapped[str] = mapped_column(sa.String(5))
    title: Mapped[str] = mapped_column(sa.String(200))
    description: Mapped[str] = mapped_column(sa.String(500), default="")
    url: Mapped[str | None] = mapped_column(sa.String(500))
    upload_id: Mapped[int | None] = mapped_column(sa.ForeignKey("upload.id"))
    position: Mapped[int] = mapped_column(default=0)
