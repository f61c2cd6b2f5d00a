"""What a reseller's people are told when staff decide on a lead, convert it, or answer a request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Self

from app.outbox.mail import Mail


@dataclass(frozen=True)
class LeadAccepted(Mail):
    """The lead is theirs for a time and will become an account."""

    template = "lead_accepted"
    ref: str
    company: str
    convert_by: date
    protected_until: date

    @classmethod
    def sample(cls) -> Self:
        return cls("L-7K3F9Q2M", "Harrow Lane Cycles B.V.", date(2026, 11, 26), date(2027, 5, 18))


@dataclass(frozen=True)
class LeadDeclined(Mail):
    """With the reason as staff wrote it."""

    template = "lead_declined"
    ref: str
    company: str
    reason: str

    @classmethod
    def sample(cls) -> Self:
        return cls("L-7K3F9Q2M", "Quillmark Stationers", "The company asked us not to be contacted this year.")


@dataclass(frozen=True)
class LeadReopened(Mail):
    """It is being checked again, after a decline or an acceptance that was taken back."""

    template = "lead_reopened"
    ref: str
    company: str
    answer_by: date

    @classmethod
    def sample(cls) -> Self:
        return cls("L-7K3F9Q2M", "Quillmark Stationers", date(2026, 11, 24))


@dataclass(frozen=True)
class LeadConverted(Mail):
    """It is an account now."""

    template = "lead_converted"
    ref: str
    company: str
    account_ref: str

    @classmethod
    def sample(cls) -> Self:
        return cls("L-7K3F9Q2M", "Harrow Lane Cycles B.V.", "C-5Q8T2W9B")


@dataclass(frozen=True)
class ConversionReversed(Mail):
    """It is an accepted lead again."""

    template = "conversion_reversed"
    ref: str
    company: str
    convert_by: date

    @classmethod
    def sample(cls) -> Self:
        return cls("L-7K3F9Q2M", "Harrow Lane Cycles B.V.", date(2026, 11, 26))


@dataclass(frozen=True)
class ChangeRequestDecided(Mail):
    """What was accepted of it and what was not. The lines are in the recipient's language already."""

    template = "change_request_decided"
    ref: str
    lead_ref: str
    company: str
    accepted: list[str]
    declined: list[str]
    answer: str
    account_ref: str = ""
    """Of the account, when the reseller has no lead of it; `lead_ref` is empty then."""

    @classmethod
    def sample(cls) -> Self:
        return cls(
            "Q-4H8M2T7X",
            "L-7K3F9Q2M",
            "Lumen & Pike",
            ["Phone: +31 20 555 0142"],
            ["Company name: Lumen & Pike Holding B.V."],
            "The register still shows the earlier name. Please ask again once it is changed there.",
        )
