"""Mails about questions: to whoever answers at the vendor, and to the software partner's people in the thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from app.outbox.mail import Mail


@dataclass(frozen=True)
class QuestionForVendor(Mail):
    """The software partner asked, or wrote again in a thread."""

    template = "question_for_vendor"
    ref: str
    subject: str
    partner: str
    by: str
    words: str
    filename: str | None
    first: bool

    @classmethod
    def sample(cls) -> Self:
        return cls(
            "Q-7K3F9Q2M",
            "Rounding of VAT on mixed receipts",
            "Kassalinja Oy",
            "Aino Salmi",
            "We round each line. Your test environment answers with one cent less.\nWhich of the two is right?",
            "receipt.pdf",
            True,
        )


@dataclass(frozen=True)
class QuestionForPartner(Mail):
    """The vendor answered, or wrote first."""

    template = "question_for_partner"
    ref: str
    subject: str
    by: str
    words: str
    filename: str | None
    first: bool

    @classmethod
    def sample(cls) -> Self:
        return cls(
            "Q-7K3F9Q2M",
            "Rounding of VAT on mixed receipts",
            "Marit Vos",
            "Please round once, at the end of the receipt. The documentation says so from today on.",
            None,
            False,
        )


@dataclass(frozen=True)
class QuestionToAnswer(Mail):
    """A colleague named the reader as the expert who answers."""

    template = "question_to_answer"
    ref: str
    subject: str
    partner: str
    by: str

    @classmethod
    def sample(cls) -> Self:
        return cls("Q-7K3F9Q2M", "Rounding of VAT on mixed receipts", "Kassalinja Oy", "Elina Rautio")
