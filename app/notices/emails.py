"""The monthly digest as a mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.notices.links import path_of
from app.outbox.mail import Mail


@dataclass(frozen=True)
class MonthlyDigest(Mail):
    """To one member of a reseller, about one month. The lines are sentences in the reader's language already."""

    template = "monthly_digest"

    membership: int
    organisation: str
    month: date
    """Its first day."""
    changed: list[str]
    more: bool
    """There was more than fits."""
    yours: list[str]
    """What waits for the reseller."""
    ours: list[str]
    """What waits for the vendor."""
    invoices: list[str]

    def unsubscribe(self) -> str:
        return path_of(self.membership)

    @classmethod
    def sample(cls) -> MonthlyDigest:
        return cls(
            membership=7,
            organisation="Polana Wdrożenia",
            month=date(2026, 10, 1),
            changed=["Kwiaciarnia Pod Lipą: accepted", "Quillmark Stationers: registered"],
            more=True,
            yours=["Kwiaciarnia Pod Lipą"],
            ours=["Quillmark Stationers"],
            invoices=["Modrzew"],
        )
