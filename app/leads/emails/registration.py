"""Mails about a registration: to the reseller or software partner, and a receipt to the contact person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from app.outbox.mail import Mail


@dataclass(frozen=True)
class LeadReceived(Mail):
    """To each member of the reseller: a lead is there, and when the answer comes."""

    template = "lead_received"

    company_name: str
    city: str
    contact_name: str
    lead: str
    receipt: str
    typed_by_client: bool
    services: list[str]
    shops: list[str]
    answer_by: datetime

    @classmethod
    def sample(cls) -> Self:
        return cls(
            company_name="Stolarnia Modrzew sp. z o.o.",
            city="Gniezno",
            contact_name="Hanna Wilk",
            lead="L-7K3F9Q2M",
            receipt="R-1D4K9BTW",
            typed_by_client=True,
            services=["Online payments", "Link to bookkeeping"],
            shops=["https://modrzew.example"],
            answer_by=datetime(2026, 11, 25, 16, 0, tzinfo=UTC),
        )


@dataclass(frozen=True)
class RegistrationJoined(Mail):
    """To each member of the reseller: the company was registered again, and the open lead took it in (R8)."""

    template = "registration_joined"

    company_name: str
    lead: str
    receipt: str
    differing: list[str]
    """Codes of the company's fields that the new registration gives otherwise."""

    @classmethod
    def sample(cls) -> Self:
        return cls(
            company_name="Stolarnia Modrzew sp. z o.o.",
            lead="L-7K3F9Q2M",
            receipt="R-5Q8T2WHC",
            differing=["phone", "contact_name"],
        )


@dataclass(frozen=True)
class RegistrationReceipt(Mail):
    """To the contact person: what was registered, who is credited, and how to correct it."""

    template = "registration_receipt"

    name: str
    company_name: str
    receipt: str
    reseller: str
    reseller_contact: str
    typed_by_client: bool
    services: list[str]
    shops: list[str]
    software_partner: bool = False
    """Who is credited is one, and no reseller."""

    @classmethod
    def sample(cls) -> Self:
        return cls(
            name="Hanna Wilk",
            company_name="Stolarnia Modrzew sp. z o.o.",
            receipt="R-1D4K9BTW",
            reseller="Polana",
            reseller_contact="Katarzyna Milewska",
            typed_by_client=False,
            services=["Online payments"],
            shops=["https://modrzew.example"],
        )


@dataclass(frozen=True)
class SignUpReceived(Mail):
    """To each of a software partner's people: a company signed up. Of its people it says nothing."""

    template = "sign_up_received"

    company_name: str
    city: str
    joined: bool
    """It had signed up before, and nobody has closed that yet."""

    @classmethod
    def sample(cls) -> Self:
        return cls("Stolarnia Modrzew sp. z o.o.", "Gniezno", False)
