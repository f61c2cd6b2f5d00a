"""An account is a customer of the vendor's, credited to a reseller or to nobody."""

from __future__ import annotations

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.catalogue.models import Service
from app.core.db import Base, new_ref
from app.partners.models import CompanyFields, Reseller


class AccountState(enum.StrEnum):
    ACTIVE = "active"
    ARCHIVED = "archived"
    """Its conversion was reversed."""
    MERGED = "merged"
    """Its story goes on in `merged_into`."""


class CompanyDetails(CompanyFields):
    """What a lead and an account know of a company beyond an application: further identifiers, contact person."""

    vat_number: Mapped[str | None] = mapped_column(sa.String(20))
    regon: Mapped[str | None] = mapped_column(sa.String(14))
    krs: Mapped[str | None] = mapped_column(sa.String(10))
    einvoice_address: Mapped[str | None] = mapped_column(sa.String(40))
    einvoice_operator: Mapped[str | None] = mapped_column(sa.String(40))
    contact_name: Mapped[str] = mapped_column(sa.String(200))


COMPANY_FIELDS = (
    "company_name",
    "country",
    "company_number",
    "vat_number",
    "regon",
    "krs",
    "einvoice_address",
    "einvoice_operator",
    "street",
    "postcode",
    "city",
    "website",
    "contact_name",
    "email",
    "phone",
)
"""In the order in which forms ask and pages show them."""


class Account(CompanyDetails, Base):
    """A customer account. At most one live account for a company."""

    __tablename__ = "account"
    __table_args__ = (
        sa.Index(
            "uq_account_live_company",
            "company_key",
            unique=True,
            sqlite_where=sa.text("state = 'active'"),
            postgresql_where=sa.text("state = 'active'"),
        ),
        sa.Index("ix_account_reseller_recent", "reseller_id", "created_at", "id"),
        sa.Index("ix_account_reseller_name", "reseller_id", "name_sort", "id"),
        sa.Index("ix_account_reseller_changed", "reseller_id", "updated_at"),
        sa.Index("ix_account_recent", "created_at", "id"),
        sa.Index("ix_account_name", "name_sort", "id"),
        sa.Index("ix_account_email", "email"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("C"))
    state: Mapped[str] = mapped_column(sa.String(20), default=AccountState.ACTIVE)
    reseller_id: Mapped[int | None] = mapped_column(sa.ForeignKey("reseller.id"))
    """Who is credited; nobody for the vendor's own."""
    partner_organisation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    """The service partner who works for this customer on the vendor's behalf; the conversion takes it from the lead."""
    locale: Mapped[str] = mapped_column(sa.String(5))
    merged_into_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    search: Mapped[str] = mapped_column(sa.Text, default="")
    name_sort: Mapped[str] = mapped_column(sa.String(200), default="")

    reseller: Mapped[Reseller | None] = relationship(lazy="raise")
    merged_into: Mapped[Account | None] = relationship(lazy="raise", remote_side="Account.id")
    shops: Mapped[list[AccountShop]] = relationship(
        lazy="raise", order_by="AccountShop.id", cascade="all, delete-orphan", back_populates="account"
    )
    services: Mapped[list[AccountService]] = relationship(
        lazy="raise", order_by="AccountService.id", cascade="all, delete-orphan", back_populates="account"
    )

    @property
    def is_live(self) -> bool:
        return self.state == AccountState.ACTIVE

    @property
    def credited_services(self) -> list[AccountService]:
        """All of them that the reseller may know of: those that the vendor did not sell itself."""
        return [held for held in self.services if not held.direct]


class AccountShop(Base):
    """A web shop of the customer's."""

    __tablename__ = "account_shop"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    url: Mapped[str] = mapped_column(sa.String(300))
    platform: Mapped[str] = mapped_column(sa.String(40), default="")
    created_at: Mapped[datetime]

    account: Mapped[Account] = relationship(back_populates="shops", lazy="raise")


class AccountService(Base):
    """A service the customer has."""

    __tablename__ = "account_service"
    __table_args__ = (sa.UniqueConstraint("account_id", "service_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id"))
    direct: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """The vendor sold it itself: the reseller to whom the account is credited never learns of it (R14)."""
    created_at: Mapped[datetime]

    account: Mapped[Account] = relationship(back_populates="services", lazy="raise")
    service: Mapped[Service] = relationship(lazy="raise")
