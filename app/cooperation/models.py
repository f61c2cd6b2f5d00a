"""The work together after the pilot: how support is agreed, joint marketing, goals and periodic reviews (S7 to S9)."""

from __future__ import annotations

import enum
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, new_ref
from app.integrations.models import SoftwarePartner
from app.people.models import Person
from app.plans.models import PlanTask
from app.trainings.models import TrainingSession


class AgreementState(enum.StrEnum):
    DRAFT = "draft"
    PROPOSED = "proposed"
    """Neither side changes it; it is confirmed by both, or taken back to a draft."""
    IN_FORCE = "in_force"
    SUPERSEDED = "superseded"


UNDER_WAY = (AgreementState.DRAFT, AgreementState.PROPOSED)
"""A software partner has at most one such version."""


class SupportAgreement(Base):
    """One version of how support goes between the end customer, the software partner and the vendor (S7)."""

    __tablename__ = "support_agreement"
    __table_args__ = (
        sa.UniqueConstraint("partner_id", "number"),
        sa.Index(
            "uq_support_agreement_in_force",
            "partner_id",
            unique=True,
            sqlite_where=sa.text("state = 'in_force'"),
            postgresql_where=sa.text("state = 'in_force'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("AG"))
    partner_id: Mapped[int] = mapped_column(sa.ForeignKey("software_partner.id"))
    number: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(20), default=AgreementState.DRAFT)
    customer_first: Mapped[str] = mapped_column(sa.String(20))
    """Whom the end customer asks first: vendor or partner."""
    customer_channel: Mapped[str] = mapped_column(sa.String(20))
    """email, phone, portal, chat."""
    customer_contact: Mapped[str] = mapped_column(sa.String(300))
    """The address, number or page."""
    partner_channel: Mapped[str] = mapped_column(sa.String(20))
    partner_contact: Mapped[str] = mapped_column(sa.String(300))
    """How the partner reports to the vendor."""
    answer_hours: Mapped[int | None]
    """Working hours within which either side answers the other."""
    training: Mapped[str] = mapped_column(sa.Text, default="")
    """How the partner's support team is trained; empty when it needs none."""
    training_on: Mapped[date | None]
    """The day that is planned for it ..."""
    trained_on: Mapped[date | None]
    """... and the day on which it was held."""
    invoicing_number: Mapped[int | None]
    """The version of the standard invoicing process as it was in force when this was proposed; None for none."""
    deviation: Mapped[str] = mapped_column(sa.Text, default="")
    """From the standard invoicing process; empty when that applies."""
    remarks: Mapped[str] = mapped_column(sa.Text, default="")
    drafted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    proposed_at: Mapped[datetime | None]
    vendor_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    vendor_at: Mapped[datetime | None]
    partner_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    partner_at: Mapped[datetime | None]
    in_force_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    """Raised by every change but a confirmation, so that both sides may confirm what they read at once."""

    partner: Mapped[SoftwarePartner] = relationship(lazy="raise")
    vendor_by: Mapped[Person | None] = relationship(lazy="raise", foreign_keys=[vendor_by_id])
    partner_by: Mapped[Person | None] = relationship(lazy="raise", foreign_keys=[partner_by_id])


class ActionKind(enum.StrEnum):
    SOCIAL_MEDIA = "social_media"
    NEWSLETTER = "newsletter"
    APP_STORE = "app_store"
    WEBSITE = "website"
    EVENT = "event"
    OTHER = "other"


class MarketingAction(Base):
    """Something that both do together to be known (S8)."""

    __tablename__ = "marketing_action"
    __table_args__ = (sa.Index("ix_marketing_action_partner", "partner_id", "due_on", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("MA"))
    partner_id: Mapped[int] = mapped_column(sa.ForeignKey("software_partner.id"))
    kind: Mapped[str] = mapped_column(sa.String(20))
    title: Mapped[str] = mapped_column(sa.String(200))
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    """One of the staff, or of the partner's people."""
    due_on: Mapped[date]
    url: Mapped[str] = mapped_column(sa.String(1000), default="")
    """Where it can be seen; needed to call it done."""
    notes: Mapped[str] = mapped_column(sa.Text, default="")
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    cancelled_at: Mapped[datetime | None]
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    partner: Mapped[SoftwarePartner] = relationship(lazy="raise")
    owner: Mapped[Person] = relationship(lazy="raise", foreign_keys=[owner_id])


class Measure(enum.StrEnum):
    """What a goal counts, all credited to the partner."""

    LEADS = "leads"
    ACCOUNTS = "accounts"
    LIVE_PLANS = "live_plans"


class Goal(Base):
    """A number that both set beforehand for a period (S9)."""

    __tablename__ = "goal"
    __table_args__ = (sa.Index("ix_goal_partner", "partner_id", "from_on", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("GO"))
    partner_id: Mapped[int] = mapped_column(sa.ForeignKey("software_partner.id"))
    measure: Mapped[str] = mapped_column(sa.String(20))
    target: Mapped[int]
    from_on: Mapped[date]
    until_on: Mapped[date]
    """The last day that counts."""
    notes: Mapped[str] = mapped_column(sa.String(1000), default="")
    set_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    partner: Mapped[SoftwarePartner] = relationship(lazy="raise")


class ReviewState(enum.StrEnum):
    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"


class Review(Base):
    """A periodic talk about experience, quality of service, and goals against results (S9)."""

    __tablename__ = "review"
    __table_args__ = (
        sa.Index("ix_review_partner", "partner_id", "planned_on", "id"),
        sa.Index("ix_review_due", "state", "planned_on", "id"),
        sa.Index(
            "uq_review_planned",
            "partner_id",
            unique=True,
            sqlite_where=sa.text("state = 'planned'"),
            postgresql_where=sa.text("state = 'planned'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("RV"))
    partner_id: Mapped[int] = mapped_column(sa.ForeignKey("software_partner.id"))
    state: Mapped[str] = mapped_column(sa.String(20), default=ReviewState.PLANNED)
    planned_on: Mapped[date]
    session_id: Mapped[int | None] = mapped_column(sa.ForeignKey("training_session.id"))
    """The meeting, once a time is agreed: invitations as iCalendar."""
    held_on: Mapped[date | None]
    months: Mapped[int] = mapped_column(default=3)
    """After how many months the next one is planned, by itself."""
    experience: Mapped[str] = mapped_column(sa.Text, default="")
    quality: Mapped[str] = mapped_column(sa.Text, default="")
    quality_mark: Mapped[int | None]
    """1 to 5, as both agree."""
    results: Mapped[str] = mapped_column(sa.Text, default="")
    reason: Mapped[str] = mapped_column(sa.String(1000), default="")
    """Why it was cancelled or moved."""
    held_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    partner: Mapped[SoftwarePartner] = relationship(lazy="raise")
    session: Mapped[TrainingSession | None] = relationship(lazy="raise")
    actions: Mapped[list[ReviewAction]] = relationship(
        lazy="raise", order_by="ReviewAction.id", back_populates="review"
    )


class ReviewAction(Base):
    """An action agreed in a review: a task of the partner's plan from then on."""

    __tablename__ = "review_action"

    id: Mapped[int] = mapped_column(primary_key=True)
    review_id: Mapped[int] = mapped_column(sa.ForeignKey("review.id"), index=True)
    task_id: Mapped[int] = mapped_column(sa.ForeignKey("plan_task.id"), unique=True)

    review: Mapped[Review] = relationship(lazy="raise", back_populates="actions")
    task: Mapped[PlanTask] = relationship(lazy="raise")
