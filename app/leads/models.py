"""A submission as it was sent, the lead it belongs to, and requests to change what can no longer be edited."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.catalogue.models import Service
from app.core.db import Base, new_ref
from app.customers.models import Account, CompanyDetails
from app.partners.models import PersonalLink, Reseller
from app.people.models import Person


class LeadState(enum.StrEnum):
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    CONVERTED = "converted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


OPEN = (LeadState.SUBMITTED, LeadState.ACCEPTED)
"""States in which a lead is worked on; a reseller has one such lead for a company."""


class LeadGroup(enum.StrEnum):
    """The tabs of every list of leads."""

    CHECKING = "checking"
    ACCEPTED = "accepted"
    CONVERTED = "converted"
    CLOSED = "closed"


class TypedBy(enum.StrEnum):
    RESELLER = "reseller"
    CLIENT = "client"


class Lead(CompanyDetails, Base):
    """A company that a reseller registered and that is not an account yet."""

    __tablename__ = "lead"
    __table_args__ = (
        sa.Index(
            "uq_lead_open_company",
            "reseller_id",
            "company_key",
            unique=True,
            sqlite_where=sa.text("state IN ('submitted', 'accepted')"),
            postgresql_where=sa.text("state IN ('submitted', 'accepted')"),
        ),
        sa.Index("ix_lead_reseller_recent", "reseller_id", "updated_at", "id"),
        sa.Index("ix_lead_reseller_name", "reseller_id", "name_sort", "id"),
        sa.Index("ix_lead_reseller_group_recent", "reseller_id", "list_group", "updated_at", "id"),
        sa.Index("ix_lead_reseller_group_name", "reseller_id", "list_group", "name_sort", "id"),
        sa.Index("ix_lead_recent", "updated_at", "id"),
        sa.Index("ix_lead_created", "created_at"),
        sa.Index("ix_lead_name", "name_sort", "id"),
        sa.Index("ix_lead_group_recent", "list_group", "updated_at", "id"),
        sa.Index("ix_lead_group_name", "list_group", "name_sort", "id"),
        sa.Index("ix_lead_company_key", "company_key", "state"),
        sa.Index("ix_lead_promise", "state", "answer_by", "id"),
        sa.Index("ix_lead_email", "email"),
        sa.Index(
            "ix_lead_asked",
            "reseller_id",
            "asked_at",
            sqlite_where=sa.text("asked_at IS NOT NULL"),
            postgresql_where=sa.text("asked_at IS NOT NULL"),
        ),
        sa.Index(
            "ix_lead_told",
            "told_at",
            sqlite_where=sa.text("told_at IS NOT NULL"),
            postgresql_where=sa.text("told_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("L"))
    reseller_id: Mapped[int] = mapped_column(sa.ForeignKey("reseller.id"))
    state: Mapped[str] = mapped_column(sa.String(20), default=LeadState.SUBMITTED)
    list_group: Mapped[str] = mapped_column(
        sa.String(10),
        sa.Computed(
            "CASE state WHEN 'submitted' THEN 'checking' WHEN 'accepted' THEN 'accepted'"
            " WHEN 'converted' THEN 'converted' ELSE 'closed' END",
            persisted=True,
        ),
    )
    """The tab in which it stands: made from the state by the database, so that each tab has an index."""
    typed_by: Mapped[str] = mapped_column(sa.String(10))
    locale: Mapped[str] = mapped_column(sa.String(5))
    """The language of the form, in which the contact person is written to."""
    claim_key: Mapped[str | None] = mapped_column(sa.String(30), unique=True)
    """The company key while this lead's accepted claim holds: at most one for a company."""
    claim_until: Mapped[datetime | None]
    answer_by: Mapped[datetime]
    """What was promised: the answer while submitted, the account while accepted."""
    flagged: Mapped[bool] = mapped_column(default=False)
    """Registered above the reseller's daily number."""
    suspicious: Mapped[bool] = mapped_column(default=False)
    """Honeypot and time trap both spoke."""
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    reason: Mapped[str | None] = mapped_column(sa.Text)
    """Why it was declined or withdrawn."""
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    converted_at: Mapped[datetime | None]
    assigned_organisation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    """The service partner who does the work for this company, or talks with it now (T2, T3); rooms above say so."""
    asked_at: Mapped[datetime | None]
    """Staff asked the reseller something in a note, and there is no answer yet: it waits for the reseller."""
    told_at: Mapped[datetime | None]
    """The reseller wrote a note that staff have not answered yet: it waits for staff."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    """Raised by every change; a form carries the one it was filled from."""
    search: Mapped[str] = mapped_column(sa.Text, default="")
    name_sort: Mapped[str] = mapped_column(sa.String(200), default="")

    reseller: Mapped[Reseller] = relationship(lazy="raise")
    decided_by: Mapped[Person | None] = relationship(lazy="raise")
    account: Mapped[Account | None] = relationship(lazy="raise")
    shops: Mapped[list[LeadShop]] = relationship(
        lazy="raise", order_by="LeadShop.id", cascade="all, delete-orphan", back_populates="lead"
    )
    services: Mapped[list[LeadService]] = relationship(
        lazy="raise", order_by="LeadService.id", cascade="all, delete-orphan", back_populates="lead"
    )

    @property
    def is_editable(self) -> bool:
        """Until converted, and not after; a closed lead is reopened first (R11)."""
        return self.state in OPEN

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def credited_services(self) -> list[LeadService]:
        """All of them: what a lead asks for is its reseller's. An account has others, see there."""
        return self.services

    def may_become(self, state: LeadState) -> bool:
        """The legal moves, all of them."""
        match LeadState(self.state), state:
            case LeadState.SUBMITTED, LeadState.ACCEPTED | LeadState.DECLINED | LeadState.WITHDRAWN:
                return True
            case LeadState.ACCEPTED, LeadState.CONVERTED | LeadState.DECLINED | LeadState.WITHDRAWN:
                return True
            case LeadState.ACCEPTED, LeadState.SUBMITTED:
                return True  # the acceptance is taken back, or the company's number changed
            case ((LeadState.DECLINED | LeadState.WITHDRAWN), LeadState.SUBMITTED):
                return True  # reopened
            case LeadState.CONVERTED, LeadState.ACCEPTED:
                return True  # the conversion is reversed
            case _:
                return False


class LeadShop(Base):
    """A web shop named on the form."""

    __tablename__ = "lead_shop"

    id: Mapped[int] = mapped_column(primary_key=True)
    lead_id: Mapped[int] = mapped_column(sa.ForeignKey("lead.id"), index=True)
    url: Mapped[str] = mapped_column(sa.String(300))
    platform: Mapped[str] = mapped_column(sa.String(40), default="")

    lead: Mapped[Lead] = relationship(back_populates="shops", lazy="raise")


class LeadService(Base):
    """A service the client asked for."""

    __tablename__ = "lead_service"
    __table_args__ = (sa.UniqueConstraint("lead_id", "service_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    lead_id: Mapped[int] = mapped_column(sa.ForeignKey("lead.id"))
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id"), index=True)

    lead: Mapped[Lead] = relationship(back_populates="services", lazy="raise")
    service: Mapped[Service] = relationship(lazy="raise")


class Submission(Base):
    """One sending of the form, kept as sent (R8)."""

    __tablename__ = "submission"
    __table_args__ = (
        sa.UniqueConstraint("submission_key", "content_digest"),
        sa.Index("ix_submission_reseller_day", "reseller_id", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    receipt: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("R"))
    submission_key: Mapped[str] = mapped_column(sa.String(64))
    content_digest: Mapped[str] = mapped_column(sa.String(64))
    """SHA-256 over the content in canonical form: the same key and content again gets the first receipt."""
    reseller_id: Mapped[int] = mapped_column(sa.ForeignKey("reseller.id"))
    link_id: Mapped[int | None] = mapped_column(sa.ForeignKey("personal_link.id"))
    lead_id: Mapped[int] = mapped_column(sa.ForeignKey("lead.id"), index=True)
    joined: Mapped[bool] = mapped_column(default=False)
    """It joined a lead that was there already."""
    typed_by: Mapped[str] = mapped_column(sa.String(10))
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    content: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)
    """What was sent; erasable, while `digest` proves it unchanged until then."""
    salt: Mapped[str | None] = mapped_column(sa.String(32))
    digest: Mapped[str] = mapped_column(sa.String(64))
    """Keyed digest over salt and content."""
    address: Mapped[str | None] = mapped_column(sa.String(64))
    created_at: Mapped[datetime]

    lead: Mapped[Lead] = relationship(lazy="raise")
    link: Mapped[PersonalLink | None] = relationship(lazy="raise")


class PrivacyNotice(Base):
    """The contact person of a lead, or of an account that never was one, was told what is kept about them, why, and
    what they may ask (R9)."""

    __tablename__ = "privacy_notice"
    __table_args__ = (
        sa.CheckConstraint("(lead_id IS NULL) <> (account_id IS NULL)", name="about"),
        sa.UniqueConstraint("lead_id", "email"),
        sa.UniqueConstraint("account_id", "email"),
        sa.Index("ix_privacy_notice_email", "email"),
        sa.Index(
            "ix_privacy_notice_waiting",
            "created_at",
            sqlite_where=sa.text("sent_at IS NULL AND withheld_by_id IS NULL"),
            postgresql_where=sa.text("sent_at IS NULL AND withheld_by_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    lead_id: Mapped[int | None] = mapped_column(sa.ForeignKey("lead.id"))
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    """Of an account that came without a lead, by an import."""
    email: Mapped[str] = mapped_column(sa.String(254))
    name: Mapped[str] = mapped_column(sa.String(200))
    locale: Mapped[str] = mapped_column(sa.String(5))
    article: Mapped[int]
    """Of the GDPR: 13 when they typed themselves, 14 when the reseller did."""
    source: Mapped[str] = mapped_column(sa.String(200))
    """The reseller's name as it was then, for article 14; empty when the vendor's own staff typed."""
    created_at: Mapped[datetime]
    """When the details came in."""
    held: Mapped[bool] = mapped_column(default=False)
    """They came with a registration that a robot may have typed: staff look at the lead first."""
    sent_at: Mapped[datetime | None]
    """When the mail was queued; None while it waits: because it is held, or for the next day, because the address got
    enough mail today."""
    withheld_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    """Who on the staff said that this person was informed already: then nothing is sent."""

    lead: Mapped[Lead | None] = relationship(lazy="raise")
    account: Mapped[Account | None] = relationship(lazy="raise")

    @property
    def about(self) -> Lead | Account:
        """The record that names the person."""
        found = self.lead or self.account
        assert found is not None, "the database lets none of both stand empty"
        return found


class LeadNote(Base):
    """A note on a lead: shared with the reseller, or among staff only."""

    __tablename__ = "lead_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    lead_id: Mapped[int] = mapped_column(sa.ForeignKey("lead.id"), index=True)
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    """None when it came with the registration form."""
    author_name: Mapped[str] = mapped_column(sa.String(200))
    internal: Mapped[bool] = mapped_column(default=False)
    body: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime]


class ChangeRequestKind(enum.StrEnum):
    CHANGE = "change"
    """Other values for fields of an account, asked after conversion."""
    ADDITION = "addition"
    """A further service or shop, asked at any time."""


class ChangeRequestState(enum.StrEnum):
    SUBMITTED = "submitted"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"


class ChangeRequest(Base):
    """A reseller asks staff to change an account, or to add a service or shop to a lead or an account (R13)."""

    __tablename__ = "change_request"
    __table_args__ = (
        sa.CheckConstraint("lead_id IS NOT NULL OR account_id IS NOT NULL", name="about"),
        sa.Index("ix_change_request_queue", "state", "answer_by", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("Q"))
    kind: Mapped[str] = mapped_column(sa.String(10))
    lead_id: Mapped[int | None] = mapped_column(sa.ForeignKey("lead.id"), index=True)
    """None for an account that this reseller has no lead of."""
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    reseller_id: Mapped[int] = mapped_column(sa.ForeignKey("reseller.id"), index=True)
    state: Mapped[str] = mapped_column(sa.String(20), default=ChangeRequestState.SUBMITTED)
    asked_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    note: Mapped[str | None] = mapped_column(sa.Text)
    answer_by: Mapped[datetime]
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    answer: Mapped[str | None] = mapped_column(sa.Text)
    version: Mapped[int] = mapped_column(default=1)

    items: Mapped[list[ChangeItem]] = relationship(
        lazy="raise", order_by="ChangeItem.id", cascade="all, delete-orphan", back_populates="request"
    )
    lead: Mapped[Lead | None] = relationship(lazy="raise")
    account: Mapped[Account | None] = relationship(lazy="raise")
    reseller: Mapped[Reseller] = relationship(lazy="raise")
    asked_by: Mapped[Person] = relationship(lazy="raise", foreign_keys=[asked_by_id])
    decided_by: Mapped[Person | None] = relationship(lazy="raise", foreign_keys=[decided_by_id])

    @property
    def about(self) -> Lead | Account:
        """The record that the reseller asked about: their lead, or the account where they have none."""
        found = self.lead or self.account
        assert found is not None, "the database does not let both be empty"
        return found


class ChangeItem(Base):
    """One wished change, accepted or declined by itself."""

    __tablename__ = "change_item"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(sa.ForeignKey("change_request.id"), index=True)
    field: Mapped[str] = mapped_column(sa.String(40))
    """A field of the account, or `service` or `shop` for an addition."""
    old: Mapped[Any] = mapped_column(sa.JSON, nullable=True)
    new: Mapped[Any] = mapped_column(sa.JSON, nullable=True)
    accepted: Mapped[bool | None]
    note: Mapped[str | None] = mapped_column(sa.Text)
    """What staff said about this one wish."""

    request: Mapped[ChangeRequest] = relationship(back_populates="items", lazy="raise")


class Conversion(Base):
    """A lead became an account, or joined one: what that made and changed, so that it can be reversed (R12)."""

    __tablename__ = "conversion"
    __table_args__ = (
        sa.Index(
            "uq_conversion_standing",
            "lead_id",
            unique=True,
            sqlite_where=sa.text("reversed_at IS NULL"),
            postgresql_where=sa.text("reversed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    lead_id: Mapped[int] = mapped_column(sa.ForeignKey("lead.id"))
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    made_account: Mapped[bool]
    """It opened the account; otherwise it joined one that was there."""
    changes: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    """Field of the joined account -> [before, after]."""
    service_ids: Mapped[list[Any]] = mapped_column(sa.JSON, default=list)
    """Services it added to the joined account."""
    shop_ids: Mapped[list[Any]] = mapped_column(sa.JSON, default=list)
    """Shops it added to the joined account."""
    direct_ids: Mapped[list[Any]] = mapped_column(sa.JSON, default=list, server_default="[]")
    """Services of the joined account that the vendor had sold itself, and that the reseller knows of since."""
    detail_ids: Mapped[list[Any]] = mapped_column(sa.JSON, default=list, server_default="[]")
    """Billing details that it made."""
    plan_id: Mapped[int | None] = mapped_column(sa.ForeignKey("plan.id"))
    """The plan that it started."""
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    at: Mapped[datetime]
    reversed_at: Mapped[datetime | None]
    reversed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
