"""Sums of leads, kept by the worker so that no page counts leads: by day and by month, reseller, and who decided.

Every lead stands in the row of the day on which it was registered, and again in the row of that month; a period is read
as its whole months and the days at its ends.
"""

from __future__ import annotations

import enum
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class Grain(enum.StrEnum):
    DAY = "day"
    MONTH = "month"


class Step(enum.StrEnum):
    """What takes time on a lead's way, and is promised."""

    ANSWER = "answer"
    """From registration to the answer."""
    ACCOUNT = "account"
    """From the acceptance to the account."""


LONGEST = 90
"""Working days; what took longer counts as so many. Medians stay right as long as they are below it."""


class LeadCount(Base):
    """How many leads of a day or month, of one reseller, decided by one of the staff, and how far they came."""

    __tablename__ = "report_lead_count"

    grain: Mapped[str] = mapped_column(sa.String(5), primary_key=True)
    first: Mapped[date] = mapped_column(primary_key=True)
    """The day, or the first day of the month."""
    reseller_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    decided_by_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """No foreign key: 0 for leads that nobody decided on."""
    registered: Mapped[int]
    accepted: Mapped[int]
    """Accepted ones, and those that became accounts since."""
    converted: Mapped[int]
    declined: Mapped[int]
    withdrawn: Mapped[int]


class LeadDays(Base):
    """How many of them took so many working days for a step: what a median is found from."""

    __tablename__ = "report_lead_days"

    grain: Mapped[str] = mapped_column(sa.String(5), primary_key=True)
    first: Mapped[date] = mapped_column(primary_key=True)
    reseller_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    decided_by_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    step: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    days: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    leads: Mapped[int]


class ReportMark(Base):
    """Up to when everything is counted; one row."""

    __tablename__ = "report_mark"

    id: Mapped[int] = mapped_column(primary_key=True)
    counted_at: Mapped[datetime]
    basis: Mapped[str] = mapped_column(sa.String(100))
    """The time zone and country by which days were told; with others, everything is counted anew."""
