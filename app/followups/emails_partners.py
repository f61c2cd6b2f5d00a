"""Mails to the owners of a service partner: the invitation into the panel, suspension and its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from app.core.db import db
from app.outbox.mail import Mail
from app.people.models import Person
from app.people.service import joining

if TYPE_CHECKING:
    from app.outbox.models import MailRow


@dataclass(frozen=True)
class ServicePartnerInvited(Mail):
    """To the first person of a new service partner, who becomes its owner."""

    template = "service_partner_invited"
    carries_link = True

    organisation: str
    invited_by: str
    ref: str

    def renew(self, row: MailRow) -> str | None:
        person = db.session.get(Person, row.person_id) if row.person_id else None
        if person is None or not person.is_active or person.signed_in_at is not None:
            return None
        return joining.invitation_for(person)

    @classmethod
    def sample(cls) -> Self:
        return cls("Bilans Accountancy", "Dana Kellerman", "SP-7K3F9Q2M")


@dataclass(frozen=True)
class ServicePartnerSuspended(Mail):
    """Nothing new is assigned, and why."""

    template = "service_partner_suspended"

    organisation: str
    reason: str
    open: int
    """Companies that stay with it."""

    @classmethod
    def sample(cls) -> Self:
        return cls("Bilans Accountancy", "Your professional insurance has expired.", 3)


@dataclass(frozen=True)
class ServicePartnerResumed(Mail):
    """New companies are assigned again."""

    template = "service_partner_resumed"

    organisation: str

    @classmethod
    def sample(cls) -> Self:
        return cls("Bilans Accountancy")
