"""Mails about change requests (R13): to the vendor's contact address, and a receipt to the reseller."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from app.outbox.mail import Mail


@dataclass(frozen=True)
class ChangeRequestAsked(Mail):
    """To the vendor's contact address: a reseller asks for something, to be decided at the desk."""

    template = "change_request_asked"

    request: str
    lead: str
    company_name: str
    reseller: str
    asked_by: str
    addition: bool
    """Services or shops to add, not other values."""
    fields: list[str]
    """Codes of the fields it is about."""
    note: str
    answer_by: datetime
    account: str = ""
    """The reference of the account, when the reseller has no lead of it; `lead` is empty then."""

    @classmethod
    def sample(cls) -> Self:
        return cls(
            request="Q-4T8W1ZHC",
            lead="L-7K3F9Q2M",
            company_name="Harrow Lane Cycles B.V.",
            reseller="Oakmere Consulting",
            asked_by="Tom Aldous",
            addition=False,
            fields=["phone", "street"],
            note="They moved in October.",
            answer_by=datetime(2026, 11, 25, 16, 0, tzinfo=UTC),
        )


@dataclass(frozen=True)
class ChangeRequestReceived(Mail):
    """To whoever asked: the request is here, and when the answer comes."""

    template = "change_request_received"

    request: str
    lead: str
    company_name: str
    addition: bool
    fields: list[str]
    answer_by: datetime
    account: str = ""
    """The reference of the account, when there is no lead of it; `lead` is empty then."""

    @classmethod
    def sample(cls) -> Self:
        return cls(
            request="Q-4T8W1ZHC",
            lead="L-7K3F9Q2M",
            company_name="Harrow Lane Cycles B.V.",
            addition=False,
            fields=["phone", "street"],
            answer_by=datetime(2026, 11, 25, 16, 0, tzinfo=UTC),
        )
