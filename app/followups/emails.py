"""Mails about follow-ups: to the people of a service partner, to whoever asked for one, and to coordinators.

What was discussed with the company stands in the panel alone: a mail cannot be closed when a follow-up is taken back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Self

from app.outbox.mail import Mail


@dataclass(frozen=True)
class FollowUpAssigned(Mail):
    """The service partner has a company to talk with."""

    template = "followup_assigned"
    ref: str
    company: str
    city: str
    urgent: bool

    @classmethod
    def sample(cls) -> Self:
        return cls("FU-7K3F9Q2M", "Harrow Lane Cycles B.V.", "Utrecht", True)


@dataclass(frozen=True)
class FollowUpReminder(Mail):
    """It has not answered yet; on a day to come the follow-up is taken back."""

    template = "followup_reminder"
    ref: str
    company: str
    since: date
    until: date

    @classmethod
    def sample(cls) -> Self:
        return cls("FU-7K3F9Q2M", "Harrow Lane Cycles B.V.", date(2026, 11, 20), date(2026, 11, 30))


@dataclass(frozen=True)
class FollowUpTakenBack(Mail):
    """It is no longer the service partner's."""

    template = "followup_taken_back"
    ref: str
    company: str
    silent: bool
    """Because it did not answer."""

    @classmethod
    def sample(cls) -> Self:
        return cls("FU-7K3F9Q2M", "Harrow Lane Cycles B.V.", True)


@dataclass(frozen=True)
class FollowUpAnswered(Mail):
    """What became of a follow-up, to whoever asked for it. `outcome` is the state it is in now."""

    template = "followup_answered"
    ref: str
    company: str
    partner: str
    outcome: str
    answer: str

    @classmethod
    def sample(cls) -> Self:
        return cls(
            "FU-7K3F9Q2M",
            "Harrow Lane Cycles B.V.",
            "Boekhoudhuis Merwede",
            "contacted",
            "We spoke for half an hour. They want to see an example of the yearly report first.",
        )


@dataclass(frozen=True)
class FollowUpUrgent(Mail):
    """An urgent one waits for a coordinator."""

    template = "followup_urgent"
    ref: str
    company: str
    asked_by: str

    @classmethod
    def sample(cls) -> Self:
        return cls("FU-7K3F9Q2M", "Harrow Lane Cycles B.V.", "Marit Vos")
