"""Mails about the work together: agreements to confirm, agreements in force, and reviews.

What was agreed stands in the panel alone; a mail says that it is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Self

from app.outbox.mail import Mail


@dataclass(frozen=True)
class SupportProposed(Mail):
    """To the owners of a software partner: a support agreement waits for their confirmation."""

    template = "support_proposed"
    company: str
    number: int

    @classmethod
    def sample(cls) -> Self:
        return cls("Kassalinja Oy", 2)


@dataclass(frozen=True)
class SupportInForce(Mail):
    """Both sides confirmed. `partner_ref` leads the vendor's people to the desk; "" leads to the panel."""

    template = "support_in_force"
    company: str
    number: int
    partner_ref: str

    @classmethod
    def sample(cls) -> Self:
        return cls("Kassalinja Oy", 2, "")


@dataclass(frozen=True)
class ReviewMoved(Mail):
    """A review whose time is not agreed yet has another day."""

    template = "review_moved"
    company: str
    before: date
    day: date
    reason: str

    @classmethod
    def sample(cls) -> Self:
        return cls("Kassalinja Oy", date(2026, 11, 24), date(2026, 12, 1), "Two of us are at a fair in that week.")


@dataclass(frozen=True)
class ReviewCancelled(Mail):
    """A review does not take place; `following` is the day of the next one, if it is planned."""

    template = "review_cancelled"
    company: str
    day: date
    reason: str
    following: date | None

    @classmethod
    def sample(cls) -> Self:
        return cls("Kassalinja Oy", date(2026, 11, 24), "There is nothing to discuss yet.", date(2027, 2, 24))


@dataclass(frozen=True)
class ReviewHeld(Mail):
    """The minutes are in the panel; `actions` counts what was agreed, `following` is the day of the next review."""

    template = "review_held"
    company: str
    day: date
    actions: int
    following: date

    @classmethod
    def sample(cls) -> Self:
        return cls("Kassalinja Oy", date(2026, 11, 24), 3, date(2027, 2, 24))
