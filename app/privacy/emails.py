"""Mails about what a person asks of their data: to the person, and to the vendor's contact address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Self

import sqlalchemy as sa

from app.access import links
from app.access.links import Purpose
from app.core.db import db
from app.outbox.mail import Mail
from app.privacy.models import PrivacyRequest

if TYPE_CHECKING:
    from app.outbox.models import MailRow


def _renewed(ref: str, row: MailRow, *, copy: bool = False) -> str | None:
    """A new link to the private page; earlier ones of this request close. None once the address was erased."""
    request_id = db.session.scalar(
        sa.select(PrivacyRequest.id).where(PrivacyRequest.ref == ref, PrivacyRequest.email == row.to_email)
    )
    if request_id is None:
        return None
    links.revoke_all(Purpose.PRIVACY_REQUEST, request_id)
    return links.mint(Purpose.PRIVACY_REQUEST, request_id, {"copy": True} if copy else None)[1]


@dataclass(frozen=True)
class PrivacyRequestReceived(Mail):
    """To the person: we have it, under this number, and they hear from us by then."""

    template = "privacy_request_received"
    carries_link = True

    ref: str
    asked_for: str
    answer_by: date

    def renew(self, row: MailRow) -> str | None:
        return _renewed(self.ref, row)

    @classmethod
    def sample(cls) -> Self:
        return cls("D-7K3F9Q2M", "correction", date(2026, 4, 9))


@dataclass(frozen=True)
class PrivacyRequestAsked(Mail):
    """To the vendor's contact address. It names nobody: the request's page does."""

    template = "privacy_request_asked"

    ref: str
    asked_for: str
    answer_by: date

    @classmethod
    def sample(cls) -> Self:
        return cls("D-7K3F9Q2M", "erasure", date(2026, 4, 9))


@dataclass(frozen=True)
class PrivacyRequestExtended(Mail):
    """To the person: it takes up to two months more, and why (article 12(3))."""

    template = "privacy_request_extended"
    carries_link = True

    ref: str
    asked_for: str
    reason: str
    answer_by: date
    country: str

    def renew(self, row: MailRow) -> str | None:
        return _renewed(self.ref, row)

    @classmethod
    def sample(cls) -> Self:
        return cls(
            "D-7K3F9Q2M", "copy", "Your details stand in an archive that is being restored.", date(2026, 6, 9), "NL"
        )


@dataclass(frozen=True)
class PrivacyErased(Mail):
    """To the person, as the last trace of them: what was erased, and what stays and why."""

    template = "privacy_erased"

    ref: str
    answer: str
    country: str
    erased: list[str]
    kept: list[str]

    @classmethod
    def sample(cls) -> Self:
        return cls(
            "D-7K3F9Q2M",
            "",
            "FI",
            ["Leads: 2", "Mails: 7"],
            ["Invoices: the law asks for it; for seven years"],
        )


@dataclass(frozen=True)
class PrivacyRequestAnswered(Mail):
    """To the person: what became of it; when it was refused, why, and where they may complain."""

    template = "privacy_request_answered"
    carries_link = True

    ref: str
    asked_for: str
    granted: bool
    answer: str
    country: str
    copy_until: datetime | None

    def renew(self, row: MailRow) -> str | None:
        return _renewed(self.ref, row, copy=self.copy_until is not None)

    @classmethod
    def sample(cls) -> Self:
        return cls(
            "D-7K3F9Q2M",
            "objection",
            granted=False,
            answer="The company's contract with us runs until the end of the year.",
            country="PL",
            copy_until=None,
        )
