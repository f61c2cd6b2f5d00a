"""The mails of the reseller programme."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from app.access import links
from app.access.links import Purpose
from app.core.db import db
from app.outbox.mail import Mail
from app.partners.models import Application
from app.people.models import Person
from app.people.service import joining

if TYPE_CHECKING:
    from app.outbox.models import MailRow

_SOME_DAY = datetime(2026, 10, 23, 9, 30, tzinfo=UTC)
_SOME_DIGEST = "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"


@dataclass(frozen=True)
class ApplicationReceived(Mail):
    """To the applicant, at once: what was promised, and the private link to the status page."""

    template = "application_received"
    carries_link = True

    name: str
    company_name: str
    ref: str
    decide_by: datetime
    usual_days: int

    def renew(self, row: MailRow) -> str | None:
        application = db.session.scalar(sa.select(Application).where(Application.ref == self.ref))
        if application is None:
            return None
        links.revoke_all(Purpose.APPLICATION_STATUS, application.id)
        _link, path = links.mint(Purpose.APPLICATION_STATUS, application.id)
        return path

    @classmethod
    def sample(cls) -> ApplicationReceived:
        return cls("Katarzyna Milewska", "Polana Wdrożenia", "A-7K3F9Q2M", _SOME_DAY, 7)


@dataclass(frozen=True)
class ApplicationAccepted(Mail):
    """The welcome package (R4): the way into the panel, the accesses asked for, what is ready to read."""

    template = "application_accepted"
    carries_link = True

    name: str
    company_name: str
    ref: str
    systems: list[str]
    materials: list[str]

    def renew(self, row: MailRow) -> str | None:
        person = db.session.get(Person, row.person_id) if row.person_id else None
        return joining.invitation_for(person) if person is not None and person.closed_at is None else None

    @classmethod
    def sample(cls) -> ApplicationAccepted:
        return cls(
            "Katarzyna Milewska",
            "Polana Wdrożenia",
            "A-7K3F9Q2M",
            ["Demo environment", "Support portal"],
            ["Price list", "How to present our services"],
        )


@dataclass(frozen=True)
class ResellerInvited(Mail):
    """To the owner of a reseller that worked with the vendor before Gangway: the way into the panel."""

    template = "reseller_invited"
    carries_link = True

    organisation: str
    invited_by: str
    ref: str

    def renew(self, row: MailRow) -> str | None:
        person = db.session.get(Person, row.person_id) if row.person_id else None
        return joining.invitation_for(person) if person is not None and person.closed_at is None else None

    @classmethod
    def sample(cls) -> ResellerInvited:
        return cls("Polana Wdrożenia", "Dana Kellerman", "P-2B4D6F8H")


@dataclass(frozen=True)
class ApplicationRejected(Mail):
    """The decision with its reason, as staff wrote it."""

    template = "application_rejected"

    name: str
    company_name: str
    ref: str
    reason: str

    @classmethod
    def sample(cls) -> ApplicationRejected:
        return cls(
            "Katarzyna Milewska",
            "Polana Wdrożenia",
            "A-7K3F9Q2M",
            "We do not work with resellers in your region yet.\nPlease apply again next year.",
        )


@dataclass(frozen=True)
class StaffReminder(Mail):
    """To everybody who decides: applications that have waited 7 or 25 days."""

    template = "application_reminder"

    count: int
    applications: list[str]
    oldest: datetime
    decide_by: datetime

    @classmethod
    def sample(cls) -> StaffReminder:
        return cls(2, ["Polana Wdrożenia (A-7K3F9Q2M)", "Kassahuone (A-2B4D6F8H)"], _SOME_DAY, _SOME_DAY)


@dataclass(frozen=True)
class TermsAccepted(Mail):
    """The copy of an acceptance, to the reseller and to the vendor alike (R5)."""

    template = "terms_accepted"

    for_vendor: bool
    organisation: str
    accepted_by: str
    accepted_at: datetime
    filed_by: str | None
    address: str | None
    user_agent: str | None
    version: int
    title: str
    language: str
    body: str
    sha256: str
    ref: str
    reseller_ref: str

    @classmethod
    def sample(cls) -> TermsAccepted:
        return cls(
            for_vendor=False,
            organisation="Polana Wdrożenia",
            accepted_by="Katarzyna Milewska",
            accepted_at=_SOME_DAY,
            filed_by=None,
            address="192.0.2.17",
            user_agent="Mozilla/5.0 (X11; Linux x86_64)",
            version=2,
            title="Terms of the reseller programme",
            language="en",
            body="## 1. What these terms are about\n\nThe reseller finds clients.",
            sha256=_SOME_DIGEST,
            ref="E-7K3F9Q2M",
            reseller_ref="P-2B4D6F8H",
        )


@dataclass(frozen=True)
class TermsToAccept(Mail):
    """To a reseller's owners: new terms are in force and wait for their acceptance."""

    template = "terms_to_accept"

    organisation: str
    version: int

    @classmethod
    def sample(cls) -> TermsToAccept:
        return cls("Polana Wdrożenia", 3)


@dataclass(frozen=True)
class ResellerSuspended(Mail):
    """To a reseller's owners: link and panel are closed, and why (R16)."""

    template = "reseller_suspended"

    organisation: str
    reason: str

    @classmethod
    def sample(cls) -> ResellerSuspended:
        return cls("Polana Wdrożenia", "The invoices of your own subscription have not been paid since July.")


@dataclass(frozen=True)
class ResellerResumed(Mail):
    """To a reseller's owners: link and panel are open again."""

    template = "reseller_resumed"

    organisation: str
    systems: list[str]
    """Accesses that are asked for again."""

    @classmethod
    def sample(cls) -> ResellerResumed:
        return cls("Polana Wdrożenia", ["Demo environment", "Support portal"])
