"""Mails about cases, all to staff: assigned, taken back, returned, completed, and a plan back with its owner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from app.outbox.mail import Mail


@dataclass(frozen=True)
class CasesAssigned(Mail):
    """To one of the staff: cases that are theirs from now on. `cases` are lines in the reader's language."""

    template = "cases_assigned"

    by: str
    cases: list[str]
    plan_ref: str
    """Of the only one; "" for several."""

    @classmethod
    def sample(cls) -> Self:
        return cls("Marit Solberg", ["Quillmark Stationers: To train", "Kuusiranta Oy: Enable marketplace"], "")


@dataclass(frozen=True)
class CasesTakenBack(Mail):
    """To one of the staff: cases that are no longer theirs."""

    template = "cases_taken_back"

    by: str
    cases: list[str]
    plan_ref: str

    @classmethod
    def sample(cls) -> Self:
        return cls("Marit Solberg", ["Quillmark Stationers: To train"], "P-7K3F9Q2M")


@dataclass(frozen=True)
class CaseReturned(Mail):
    """To the worker of a case: what has to change."""

    template = "case_returned"

    plan_ref: str
    plan: str
    case: str
    case_ref: str
    by: str
    words: str

    @classmethod
    def sample(cls) -> Self:
        words = "The address on the marketplace is still the old one."
        return cls("P-7K3F9Q2M", "Quillmark Stationers", "Enable marketplace", "Z-7K3F9Q2M", "Marit Solberg", words)


@dataclass(frozen=True)
class CaseCompleted(Mail):
    """To the worker of a case: it is completed. `words` say why, where something required was open."""

    template = "case_completed"

    plan_ref: str
    plan: str
    case: str
    case_ref: str
    by: str
    words: str

    @classmethod
    def sample(cls) -> Self:
        return cls("P-7K3F9Q2M", "Quillmark Stationers", "Enable marketplace", "Z-7K3F9Q2M", "Marit Solberg", "")


@dataclass(frozen=True)
class PlanWithOwner(Mail):
    """To the account owner, and to the account manager until now: all cases are completed."""

    template = "plan_with_owner"

    plan_ref: str
    plan: str
    owner: str
    manager: str
    yours: bool
    """Whether the reader is the owner."""

    @classmethod
    def sample(cls) -> Self:
        return cls("P-7K3F9Q2M", "Quillmark Stationers", "Dana Kellerman", "Ilse Vermeer", True)
