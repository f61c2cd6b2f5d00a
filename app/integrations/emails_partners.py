"""Mails around the beginning and the end of working with a software partner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import sqlalchemy as sa

from app.access import links
from app.access.links import Purpose
from app.core.db import db
from app.integrations.models import PartnerRegistration
from app.outbox.mail import Mail

if TYPE_CHECKING:
    from app.outbox.models import MailRow


@dataclass(frozen=True)
class PartnerRegistered(Mail):
    """To whoever registered a software company: the link that confirms the address and opens the panel (S1)."""

    template = "software_partner_registered"
    carries_link = True

    company: str
    product: str
    ref: str

    def renew(self, row: MailRow) -> str | None:
        found = db.session.scalar(sa.select(PartnerRegistration).where(PartnerRegistration.ref == self.ref))
        if found is None or found.confirmed_at is not None or found.suspicious:
            return None
        links.revoke_all(Purpose.PARTNER_REGISTRATION, found.id)
        return links.mint(Purpose.PARTNER_REGISTRATION, found.id)[1]

    @classmethod
    def sample(cls) -> Self:
        return cls("Kassalinja Oy", "Lumi Till", "B-7K3F9Q2M")


@dataclass(frozen=True)
class PartnershipEnded(Mail):
    """To the owners of a software partner: the cooperation ended, with the reason as it was written."""

    template = "software_partner_ended"

    company: str
    reason: str

    @classmethod
    def sample(cls) -> Self:
        return cls("Kassalinja Oy", "You told us that Lumi Till is no longer sold.")


@dataclass(frozen=True)
class PartnershipReopened(Mail):
    """To the owners of a software partner: the panel is open again."""

    template = "software_partner_reopened"

    company: str

    @classmethod
    def sample(cls) -> Self:
        return cls("Kassalinja Oy")
