"""The privacy notice to the contact person of a lead or account (R9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

import sqlalchemy as sa

from app.access import links
from app.access.links import Purpose
from app.core.db import db
from app.customers.models import Account
from app.leads.models import Lead
from app.leads.models import PrivacyNotice as Notice
from app.outbox.mail import Mail

if TYPE_CHECKING:
    from app.outbox.models import MailRow


@dataclass(frozen=True)
class PrivacyNotice(Mail):
    """What is kept about them, why, and what they may ask: by article 13 GDPR when they typed the form themselves, by
    article 14 when somebody else did."""

    template = "privacy_notice"
    carries_link = True
    mints_late = True  # a registration is what many people do at once

    lead: str
    """Empty when it is about an account without a lead."""
    company_name: str
    country: str
    article: int
    source: str
    """Whoever typed, by name; empty for the vendor's own staff."""
    reseller: str
    """Who receives the details because registration or account is credited to them; empty for nobody."""
    received_at: datetime
    further: list[str]
    """Companies for which the same person was named meanwhile, each with its source."""
    account: str = ""
    """The reference of an account without a lead."""
    software_partner: bool = False
    """Who is credited is one, and no reseller."""

    def renew(self, row: MailRow) -> str | None:
        query = sa.select(Notice.id).where(Notice.email == row.to_email)
        if self.account:  # a merge may have moved the notice to another account
            own, merged = Notice.account_id == Account.id, Notice.account_id == Account.merged_into_id
            query = query.join(Account, sa.or_(own, merged)).where(Account.ref == self.account).order_by(Notice.id)
        else:
            query = query.join(Lead, Lead.id == Notice.lead_id).where(Lead.ref == self.lead)
        notice_id = db.session.scalar(query.limit(1))
        if notice_id is None:
            return None
        if row.subject is not None:  # it was written out before: the link in that mail closes
            links.revoke_all(Purpose.PRIVACY, notice_id)
        return links.mint(Purpose.PRIVACY, notice_id)[1]

    @classmethod
    def sample(cls) -> Self:
        return cls(
            lead="L-7K3F9Q2M",
            company_name="Stolarnia Modrzew sp. z o.o.",
            country="PL",
            article=14,
            source="Polana",
            reseller="Polana",
            received_at=datetime(2026, 3, 9, 14, 5, tzinfo=UTC),
            further=["Stolarnia Modrzew Export · Polana"],
        )
