"""What a lead answered about the total service, service partners, who was chosen and why, and what they were asked.

The choice and whatever changes how many companies a partner has are made under one named lock (`BALANCE`), so that
assignments made at the same moment still share the work fairly.
"""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core import identifiers
from app.core.db import Base, new_ref
from app.core.search import fold
from app.leads.models import OPEN, Lead, LeadState
from app.people.models import Organisation, Person

BALANCE = "service-partner-balance"

ALIVE = (*OPEN, LeadState.CONVERTED)
"""A company whose lead was declined or withdrawn is nobody's to talk with."""


# --- interest ---------------------------------------------------------------------------------------------------------


class Level(enum.StrEnum):
    """What is sold to the company (T0)."""

    TRANSACTION = "transaction"
    TOTAL = "total"
    """Transactions and year-end work."""


class Answer(enum.StrEnum):
    YES = "yes"
    IN_PRINCIPLE = "in_principle"
    NO = "no"


class Reason(enum.StrEnum):
    """Why not (T1)."""

    OWN_ACCOUNTANT = "own_accountant"
    OWN_STAFF = "own_staff"
    PRICE = "price"
    TOO_EARLY = "too_early"
    NO_ANSWER = "no_answer"
    OTHER = "other"
    """Said in words."""


class Interest(Base):
    """The total service was raised with a lead: by whom, when, and what was answered (T0, T1)."""

    __tablename__ = "interest"
    __table_args__ = (sa.Index("ix_interest_raised", "raised_on", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    lead_id: Mapped[int] = mapped_column(sa.ForeignKey("lead.id"), unique=True)
    level: Mapped[str] = mapped_column(sa.String(20))
    answer: Mapped[str] = mapped_column(sa.String(20))
    reason: Mapped[str | None] = mapped_column(sa.String(20))
    why: Mapped[str] = mapped_column(sa.String(1000), default="")
    raised_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    raised_on: Mapped[date]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    lead: Mapped[Lead] = relationship(lazy="raise")
    raised_by: Mapped[Person | None] = relationship(lazy="raise")


# --- service partners -------------------------------------------------------------------------------------------------


class PartnerState(enum.StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"


class ServicePartner(Base):
    """A firm that does the year-end work for the vendor's customers. Its people stand in its organisation."""

    __tablename__ = "service_partner"
    __table_args__ = (
        sa.Index("ix_service_partner_name", "name_sort", "id"),
        sa.Index("ix_service_partner_recent", "created_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("SP"))
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), unique=True)
    state: Mapped[str] = mapped_column(sa.String(20), default=PartnerState.ACTIVE)
    suspension: Mapped[str] = mapped_column(sa.String(1000), default="")
    email: Mapped[str] = mapped_column(sa.String(254))
    phone: Mapped[str] = mapped_column(sa.String(20))
    country: Mapped[str] = mapped_column(sa.String(2))
    company_number: Mapped[str] = mapped_column(sa.String(20), default="")
    company_key: Mapped[str | None] = mapped_column(sa.String(30), unique=True)
    """Country and number: one company is one service partner."""
    postcode: Mapped[str] = mapped_column(sa.String(12))
    city: Mapped[str] = mapped_column(sa.String(120))
    capacity: Mapped[int | None]
    """Companies at most, served and assigned together; None without a limit."""
    served: Mapped[int] = mapped_column(default=0)
    """Customers it had before they were counted here."""
    last_assigned_at: Mapped[datetime | None]
    key: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    """Of the form with which it was entered: sent twice it is one."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    search: Mapped[str] = mapped_column(sa.Text, default="")
    name_sort: Mapped[str] = mapped_column(sa.String(200), default="")
    """The organisation's name, folded; follows it by itself."""

    organisation: Mapped[Organisation] = relationship(lazy="raise")

    @property
    def is_active(self) -> bool:
        return self.state == PartnerState.ACTIVE

    @property
    def shown_number(self) -> str:
        """The company number as the country writes it; "" for none."""
        return identifiers.show_company_number(self.country, self.company_number) if self.company_number else ""


@sa.event.listens_for(Organisation, "before_update")
def _follow_name(mapper: object, connection: sa.Connection, organisation: Organisation) -> None:
    """A renamed organisation stands in its new place in the list, and is found by both names."""
    if not sa.inspect(organisation).attrs.name.history.has_changes():
        return
    folded = fold(organisation.name)[:200]
    connection.execute(
        sa.update(ServicePartner)
        .where(ServicePartner.organisation_id == organisation.id)
        .values(name_sort=folded, search=ServicePartner.search + " " + folded)
    )


class PartnerAbsence(Base):
    """Days on which a partner takes nothing on."""

    __tablename__ = "partner_absence"

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("SA"))
    partner_id: Mapped[int] = mapped_column(sa.ForeignKey("service_partner.id"), index=True)
    from_on: Mapped[date]
    until_on: Mapped[date]
    """The last day."""
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """Taken back."""


class AssignmentState(enum.StrEnum):
    ACTIVE = "active"
    """The partner's: it talks with the company, or works for it."""
    DECLINED = "declined"
    """Not possible for the partner: it is not proposed again for this lead."""
    HANDED_BACK = "handed_back"
    """Taken from the partner: after silence, or because another one was chosen."""


class Assignment(Base):
    """A lead given to a service partner: what was proposed, what was chosen, and why (T2)."""

    __tablename__ = "assignment"
    __table_args__ = (
        sa.Index(
            "uq_assignment_active",
            "lead_id",
            unique=True,
            sqlite_where=sa.text("state = 'active'"),
            postgresql_where=sa.text("state = 'active'"),
        ),
        sa.Index("ix_assignment_partner", "partner_id", "state"),
        sa.Index("ix_assignment_lead", "lead_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("AS"))
    lead_id: Mapped[int] = mapped_column(sa.ForeignKey("lead.id"))
    partner_id: Mapped[int] = mapped_column(sa.ForeignKey("service_partner.id"))
    suggested_id: Mapped[int | None] = mapped_column(sa.ForeignKey("service_partner.id"))
    wish_id: Mapped[int | None] = mapped_column(sa.ForeignKey("service_partner.id"))
    """Whom the customer asked for, knows, or was referred by."""
    ranking: Mapped[list[Any]] = mapped_column(sa.JSON)
    """Every candidate in its rank, with the reason as code and values, as it was then: see choosing.py."""
    override: Mapped[str] = mapped_column(sa.String(1000), default="")
    """Why another one than the suggested was chosen."""
    state: Mapped[str] = mapped_column(sa.String(20), default=AssignmentState.ACTIVE)
    ended_why: Mapped[str] = mapped_column(sa.String(1000), default="")
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    key: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    assigned_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    lead: Mapped[Lead] = relationship(lazy="raise")
    partner: Mapped[ServicePartner] = relationship(lazy="raise", foreign_keys=[partner_id])
    suggested: Mapped[ServicePartner | None] = relationship(lazy="raise", foreign_keys=[suggested_id])
    wish: Mapped[ServicePartner | None] = relationship(lazy="raise", foreign_keys=[wish_id])
    by: Mapped[Person | None] = relationship(lazy="raise", foreign_keys=[by_id])

    @property
    def is_active(self) -> bool:
        return self.state == AssignmentState.ACTIVE


# --- follow-ups -------------------------------------------------------------------------------------------------------


class FollowUpState(enum.StrEnum):
    ASKED = "asked"
    """With the coordinator."""
    ASSIGNED = "assigned"
    """With the partner, who has not answered."""
    CONTACTED = "contacted"
    """The partner talked with the company."""
    INTERESTED = "interested"
    """The company goes on with this partner: done."""
    NOT_POSSIBLE = "not_possible"
    """The partner cannot: with the coordinator again."""
    HANDED_BACK = "handed_back"
    """The partner was silent: with the coordinator again."""
    CLOSED = "closed"
    """Sales ended it, with a reason."""


ENDED = (FollowUpState.INTERESTED, FollowUpState.CLOSED)
"""Nothing follows these; every other one is the only one of its lead."""

WITH_PARTNER = (FollowUpState.ASSIGNED, FollowUpState.CONTACTED)
TO_ASSIGN = (FollowUpState.ASKED, FollowUpState.NOT_POSSIBLE, FollowUpState.HANDED_BACK)


class Occasion(enum.StrEnum):
    """Why a partner talks with the company before the books are made (T3)."""

    WANTS_TO_TALK = "wants_to_talk"
    NOT_STANDARD = "not_standard"


class FollowUp(Base):
    """Sales ask that a service partner talks with a lead (T3). One that is not ended for a lead."""

    __tablename__ = "follow_up"
    __table_args__ = (
        sa.Index("ix_follow_up_queue", "state", "moved_at", "id"),
        sa.Index("ix_follow_up_lead", "lead_id", "id"),
        sa.Index("ix_follow_up_assignment", "assignment_id"),
        sa.Index("ix_follow_up_asked_by", "asked_by_id", "state"),
        sa.Index(
            "uq_follow_up_open",
            "lead_id",
            unique=True,
            sqlite_where=sa.text("state NOT IN ('interested', 'closed')"),
            postgresql_where=sa.text("state NOT IN ('interested', 'closed')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("FU"))
    lead_id: Mapped[int] = mapped_column(sa.ForeignKey("lead.id"))
    assignment_id: Mapped[int | None] = mapped_column(sa.ForeignKey("assignment.id"))
    """The one that holds now."""
    state: Mapped[str] = mapped_column(sa.String(20), default=FollowUpState.ASKED)
    occasion: Mapped[str] = mapped_column(sa.String(20))
    reason: Mapped[str] = mapped_column(sa.String(1000), default="")
    """What is not standard about the books."""
    wanted_id: Mapped[int | None] = mapped_column(sa.ForeignKey("service_partner.id"))
    """Whom sales would ask."""
    discussed: Mapped[str] = mapped_column(sa.Text, default="")
    """What was discussed with the company already; the partner reads it."""
    urgent: Mapped[bool] = mapped_column(default=False)
    phoned_at: Mapped[datetime | None]
    phoned_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    phoned_note: Mapped[str] = mapped_column(sa.String(1000), default="")
    """Of an urgent one: that the partner was phoned too, and what was said."""
    asked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    assigned_at: Mapped[datetime | None]
    contacted_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    moved_at: Mapped[datetime]
    """Since when it is in this state."""
    reminded_at: Mapped[datetime | None]
    """When the partner was last reminded of what it has not answered."""
    answer: Mapped[str] = mapped_column(sa.String(2000), default="")
    """What the partner wrote last: of a call, or why it is not possible."""
    closed_why: Mapped[str] = mapped_column(sa.String(1000), default="")
    key: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    version: Mapped[int] = mapped_column(default=1)

    lead: Mapped[Lead] = relationship(lazy="raise")
    assignment: Mapped[Assignment | None] = relationship(lazy="raise")
    wanted: Mapped[ServicePartner | None] = relationship(lazy="raise")
    asked_by: Mapped[Person | None] = relationship(lazy="raise", foreign_keys=[asked_by_id])
    phoned_by: Mapped[Person | None] = relationship(lazy="raise", foreign_keys=[phoned_by_id])

    @property
    def is_open(self) -> bool:
        return self.state not in ENDED

    def may_become(self, state: FollowUpState) -> bool:
        """The legal moves, all of them. A partner may tell of a further talk."""
        match FollowUpState(self.state), state:
            case (
                (FollowUpState.ASKED | FollowUpState.NOT_POSSIBLE | FollowUpState.HANDED_BACK),
                FollowUpState.ASSIGNED,
            ):
                return True
            case FollowUpState.ASSIGNED | FollowUpState.CONTACTED, (
                FollowUpState.CONTACTED
                | FollowUpState.INTERESTED
                | FollowUpState.NOT_POSSIBLE
                | FollowUpState.HANDED_BACK
            ):
                return True
            case ((FollowUpState.INTERESTED | FollowUpState.CLOSED), _):
                return False
            case _, FollowUpState.CLOSED:
                return True
            case _:
                return False


class FollowUpStep(Base):
    """How long a follow-up stood with whom: the time per step of the reports."""

    __tablename__ = "follow_up_step"
    __table_args__ = (sa.Index("ix_follow_up_step_follow_up", "follow_up_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    follow_up_id: Mapped[int] = mapped_column(sa.ForeignKey("follow_up.id"))
    state: Mapped[str] = mapped_column(sa.String(20))
    partner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("service_partner.id"))
    from_at: Mapped[datetime]
    until_at: Mapped[datetime | None]
