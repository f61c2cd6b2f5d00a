"""Mails about pilots to the people of a software partner: one has begun, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Self

from app.outbox.mail import Mail


@dataclass(frozen=True)
class PilotStarted(Mail):
    """A first customer begins to work with the integration."""

    template = "pilot_started"
    product_ref: str
    product: str
    package: str
    company: str
    starts_on: date
    ends_on: date

    @classmethod
    def sample(cls) -> Self:
        begin, end = date(2026, 11, 23), date(2026, 12, 18)
        return cls("PR-7K3F9Q2M", "Lumi Till", "Boekwijs", "Kukkakauppa Orvokki", begin, end)


@dataclass(frozen=True)
class PilotDecided(Mail):
    """What came of a pilot, and why."""

    template = "pilot_decided"
    product_ref: str
    product: str
    package: str
    company: str
    verdict: str
    """Code of `PilotVerdict`."""
    on: date
    why: str

    @classmethod
    def sample(cls) -> Self:
        return cls(
            "PR-7K3F9Q2M",
            "Lumi Till",
            "Boekwijs",
            "Kukkakauppa Orvokki",
            "succeeded",
            date(2026, 12, 18),
            "Two weeks of sales arrived as they should.",
        )
