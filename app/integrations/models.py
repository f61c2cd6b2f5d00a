"""Software partners, their questions to the vendor, their products, and the packages these connect to (S1 to S3).

An integration is one product with one package: manual, onboarding page, pilot and directory entry exist for each. Rooms
above (manuals, directory, cooperation) hang on to it.
"""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, new_ref
from app.core.i18n import current_locale
from app.documents.models import Upload
from app.partners.models import Reseller
from app.people.models import Organisation, Person
from app.plans.models import Plan
from app.trainings.models import TrainingSession


class Sells(enum.StrEnum):
    """What a product is: one or both (S3). Also the categories of the directory."""

    POINT_OF_SALE = "point_of_sale"
    WEBSHOP = "webshop"


class PassedOn(enum.StrEnum):
    """What an integration passes on to the package (S3)."""

    SALES = "sales"
    VAT = "vat"
    PAYMENT_METHODS = "payment_methods"
    CUSTOMERS = "customers"
    PRODUCTS = "products"


class PackageKind(enum.StrEnum):
    BOOKKEEPING = "bookkeeping"
    INVOICING = "invoicing"


class PartnerState(enum.StrEnum):
    ACTIVE = "active"
    ENDED = "ended"
    """The cooperation ended: its people enter no longer, its pages are withdrawn by hand."""


class PartnerRegistration(Base):
    """Somebody registers a software company; it becomes a software partner when the mailed link is followed (S1)."""

    __tablename__ = "partner_registration"
    __table_args__ = (sa.Index("ix_partner_registration_recent", "created_at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("B"))
    company_name: Mapped[str] = mapped_column(sa.String(200))
    country: Mapped[str] = mapped_column(sa.String(2))
    website: Mapped[str | None] = mapped_column(sa.String(300))
    product_name: Mapped[str] = mapped_column(sa.String(200))
    sells: Mapped[list[Any]] = mapped_column(sa.JSON)
    """Codes of `Sells`."""
    name: Mapped[str] = mapped_column(sa.String(200))
    email: Mapped[str] = mapped_column(sa.String(254), index=True)
    locale: Mapped[str] = mapped_column(sa.String(5))
    submission_key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    suspicious: Mapped[bool] = mapped_column(default=False)
    """Honeypot and time trap both spoke: no mail goes out until staff release it."""
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    partner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("software_partner.id"))


class SoftwarePartner(Base):
    """A company whose software passes sales on through the vendor's API. Its people stand in its organisation."""

    __tablename__ = "software_partner"
    __table_args__ = (
        sa.Index("ix_software_partner_name", "name_sort", "id"),
        sa.Index("ix_software_partner_recent", "created_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("SP"))
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), unique=True)
    state: Mapped[str] = mapped_column(sa.String(20), default=PartnerState.ACTIVE)
    country: Mapped[str] = mapped_column(sa.String(2))
    website: Mapped[str | None] = mapped_column(sa.String(300))
    locale: Mapped[str] = mapped_column(sa.String(5))
    manager_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    """Who of the vendor's looks after it; None while nobody took it on."""
    plan_id: Mapped[int | None] = mapped_column(sa.ForeignKey("plan.id"))
    """Its seven steps."""
    reseller_id: Mapped[int | None] = mapped_column(sa.ForeignKey("reseller.id"), unique=True)
    """As which leads and accounts are credited to it, from its first onboarding page on (S5)."""
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str] = mapped_column(sa.String(1000), default="")
    version: Mapped[int] = mapped_column(default=1)
    search: Mapped[str] = mapped_column(sa.Text, default="")
    """Reference, name, website, product names, folded."""
    name_sort: Mapped[str] = mapped_column(sa.String(200), default="")

    organisation: Mapped[Organisation] = relationship(lazy="raise")
    manager: Mapped[Person | None] = relationship(lazy="raise")
    plan: Mapped[Plan | None] = relationship(lazy="raise")
    reseller: Mapped[Reseller | None] = relationship(lazy="raise")
    products: Mapped[list[Product]] = relationship(lazy="raise", order_by="Product.id", back_populates="partner")

    @property
    def is_active(self) -> bool:
        return self.state == PartnerState.ACTIVE


class TechnicalLink(Base):
    """API documentation, a test environment, a channel for support: for software partners, or for everybody (S1)."""

    __tablename__ = "technical_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("K"))
    kind: Mapped[str] = mapped_column(sa.String(20))
    """documentation, environment, channel."""
    titles: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    notes: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    """By language."""
    url: Mapped[str] = mapped_column(sa.String(1000))
    """https:, mailto: or tel:"""
    is_public: Mapped[bool] = mapped_column(default=False)
    """Shown before registration too."""
    position: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)

    @property
    def title(self) -> str:
        """In the language spoken now; English where that one is missing."""
        return str(self.titles.get(current_locale()) or self.titles.get("en") or "")

    @property
    def note(self) -> str:
        return str(self.notes.get(current_locale()) or self.notes.get("en") or "")

    @property
    def shown_address(self) -> str:
        """As people say it: an address to write to or to call without what programs put before it."""
        return self.url.removeprefix("mailto:").removeprefix("tel:").removeprefix("https://").rstrip("/")


class SlotState(enum.StrEnum):
    OFFERED = "offered"
    TAKEN = "taken"
    WITHDRAWN = "withdrawn"


class IntroductionSlot(Base):
    """A time that one of the staff offers for an introduction; the software partner who takes it first has it (S1)."""

    __tablename__ = "introduction_slot"
    __table_args__ = (
        sa.UniqueConstraint("staff_id", "starts_at"),
        sa.Index("ix_introduction_slot_open", "state", "starts_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("H"))
    staff_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    starts_at: Mapped[datetime]
    minutes: Mapped[int]
    timezone: Mapped[str] = mapped_column(sa.String(60))
    place: Mapped[str] = mapped_column(sa.String(300), default="")
    link: Mapped[str] = mapped_column(sa.String(1000), default="")
    state: Mapped[str] = mapped_column(sa.String(20), default=SlotState.OFFERED)
    partner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("software_partner.id"), index=True)
    session_id: Mapped[int | None] = mapped_column(sa.ForeignKey("training_session.id"))
    """The meeting it became: invitations as iCalendar, moves and reminders are that one's."""
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    staff: Mapped[Person] = relationship(lazy="raise")
    partner: Mapped[SoftwarePartner | None] = relationship(lazy="raise")
    session: Mapped[TrainingSession | None] = relationship(lazy="raise")


class QuestionState(enum.StrEnum):
    WAITS_FOR_VENDOR = "waits_for_vendor"
    WAITS_FOR_PARTNER = "waits_for_partner"
    CLOSED = "closed"


class Question(Base):
    """A thread between a software partner and the vendor's experts (S2)."""

    __tablename__ = "question"
    __table_args__ = (
        sa.Index("ix_question_partner", "partner_id", "last_at", "id"),
        sa.Index("ix_question_queue", "state", "last_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("Q"))
    partner_id: Mapped[int] = mapped_column(sa.ForeignKey("software_partner.id"))
    subject: Mapped[str] = mapped_column(sa.String(200))
    state: Mapped[str] = mapped_column(sa.String(20), default=QuestionState.WAITS_FOR_VENDOR)
    expert_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    """Who of the staff answers; whoever answers first, unless somebody else is named."""
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    created_at: Mapped[datetime]
    last_at: Mapped[datetime]
    """Of the last message."""
    version: Mapped[int] = mapped_column(default=1)
    search: Mapped[str] = mapped_column(sa.Text, default="")

    partner: Mapped[SoftwarePartner] = relationship(lazy="raise")
    expert: Mapped[Person | None] = relationship(lazy="raise", foreign_keys=[expert_id])
    messages: Mapped[list[QuestionMessage]] = relationship(
        lazy="raise", order_by="QuestionMessage.id", back_populates="question"
    )


class QuestionMessage(Base):
    """One message of a thread. Never changed."""

    __tablename__ = "question_message"

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("QM"))
    question_id: Mapped[int] = mapped_column(sa.ForeignKey("question.id"), index=True)
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    by_name: Mapped[str] = mapped_column(sa.String(200))
    of_vendor: Mapped[bool]
    body: Mapped[str] = mapped_column(sa.Text)
    """Plain text; addresses in it become links."""
    upload_id: Mapped[int | None] = mapped_column(sa.ForeignKey("upload.id"))
    created_at: Mapped[datetime]
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    """Of the form that was sent: the same form sent twice is one message."""

    question: Mapped[Question] = relationship(lazy="raise", back_populates="messages")
    upload: Mapped[Upload | None] = relationship(lazy="raise")


class Package(Base):
    """A bookkeeping or invoicing package that the vendor passes sales on to."""

    __tablename__ = "package"

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("PK"))
    slug: Mapped[str] = mapped_column(sa.String(60), unique=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    kind: Mapped[str] = mapped_column(sa.String(20))
    website: Mapped[str | None] = mapped_column(sa.String(300))
    passes: Mapped[list[Any]] = mapped_column(sa.JSON)
    """Codes of `PassedOn` that the package can take at all."""
    texts: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    """By language: {"summary", "before", "connect"}: Markdown that every manual for this package is composed with."""
    offered: Mapped[bool] = mapped_column(default=True)
    """A package that is not is chosen no more; integrations with it stay."""
    position: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime]
    name_sort: Mapped[str] = mapped_column(sa.String(120), default="")


class Product(Base):
    """A till, a web shop or both, of a software partner."""

    __tablename__ = "product"

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("PR"))
    partner_id: Mapped[int] = mapped_column(sa.ForeignKey("software_partner.id"), index=True)
    slug: Mapped[str] = mapped_column(sa.String(80), unique=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    sells: Mapped[list[Any]] = mapped_column(sa.JSON)
    """Codes of `Sells`."""
    website: Mapped[str | None] = mapped_column(sa.String(300))
    languages: Mapped[list[Any]] = mapped_column(sa.JSON)
    """In which the partner supplies its texts, the first one being its own."""
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    name_sort: Mapped[str] = mapped_column(sa.String(120), default="")

    partner: Mapped[SoftwarePartner] = relationship(lazy="raise", back_populates="products")
    integrations: Mapped[list[Integration]] = relationship(
        lazy="raise", order_by="Integration.id", back_populates="product"
    )


class Stage(enum.StrEnum):
    """How far an integration is; only ever told by verbs, never typed."""

    PREPARING = "preparing"
    PILOT = "pilot"
    """Manual and onboarding page are out, by link only; the pilot may start, or runs."""
    LISTED = "listed"
    """After a successful pilot: in the directory."""
    WITHDRAWN = "withdrawn"
    """Taken out of the directory again, or the product does without this package."""


class Integration(Base):
    """A product with a package."""

    __tablename__ = "integration"
    __table_args__ = (
        sa.UniqueConstraint("product_id", "package_id"),
        sa.Index("ix_integration_stage", "stage", "name_sort", "id"),
        sa.Index("ix_integration_package", "package_id", "stage"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("IN"))
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("product.id"))
    package_id: Mapped[int] = mapped_column(sa.ForeignKey("package.id"))
    slug: Mapped[str] = mapped_column(sa.String(150), unique=True)
    """`<product>-<package>`: of manual, onboarding page and directory entry; never changes."""
    passes: Mapped[list[Any]] = mapped_column(sa.JSON)
    """Codes of `PassedOn`, from the matrix of the intake."""
    stage: Mapped[str] = mapped_column(sa.String(20), default=Stage.PREPARING)
    listed_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    checked_on: Mapped[date | None]
    """The last day on which staff tried what the manual says."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    name_sort: Mapped[str] = mapped_column(sa.String(240), default="")
    """Product and package, folded."""
    search: Mapped[str] = mapped_column(sa.Text, default="")
    """Product, partner, package, categories in all languages, folded: what the directory searches."""

    product: Mapped[Product] = relationship(lazy="raise", back_populates="integrations")
    package: Mapped[Package] = relationship(lazy="raise")

    @property
    def is_listed(self) -> bool:
        return self.stage == Stage.LISTED
