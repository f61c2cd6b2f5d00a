"""Mails about intakes: to staff when one is handed in; to the software partner when sections come back, when all of it
is accepted, and when what was made of it is published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from app.outbox.mail import Mail


@dataclass(frozen=True)
class IntakeHandedIn(Mail):
    """A software partner handed in what its manual needs, or more of it."""

    template = "intake_handed_in"
    ref: str
    company: str
    product: str
    sections: list[str]
    """As `code:language`."""
    again: bool
    by: str

    @classmethod
    def sample(cls) -> Self:
        return cls(
            "IT-7K3F9Q2M", "Kassalinja Oy", "Lumi Till", ["product:fi", "key:fi", "packages:"], False, "Aino Salo"
        )


@dataclass(frozen=True)
class IntakeReturned(Mail):
    """Sections came back with what is to be changed in them."""

    template = "intake_returned"
    ref: str
    """Of the product."""
    product: str
    sections: list[str]
    comments: list[str]
    """One for each section."""
    by: str

    @classmethod
    def sample(cls) -> Self:
        return cls(
            "PR-7K3F9Q2M",
            "Lumi Till",
            ["key:fi", "limits:fi"],
            ["The screenshot of step 2 shows a key. Hide it, please.", "Say what happens with gift cards."],
            "Mira Lindholm",
        )


@dataclass(frozen=True)
class IntakeAccepted(Mail):
    """All that was handed in is good; staff complete and publish it."""

    template = "intake_accepted"
    ref: str
    """Of the product."""
    product: str
    by: str

    @classmethod
    def sample(cls) -> Self:
        return cls("PR-7K3F9Q2M", "Lumi Till", "Mira Lindholm")


@dataclass(frozen=True)
class PagesPublished(Mail):
    """Manual and onboarding page of an integration are both out: the pilot may start."""

    template = "pages_published"
    ref: str
    """Of the product."""
    product: str
    package: str
    slug: str
    """Of the integration: both pages have it in their addresses."""

    @classmethod
    def sample(cls) -> Self:
        return cls("PR-7K3F9Q2M", "Lumi Till", "Boekwijs", "lumi-till-boekwijs")
