"""The mails about signing in. Each says what happened, by whom, and what to do if it was not you."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar, Self

from app.access import links
from app.access.links import Purpose
from app.core.db import db
from app.outbox.mail import Mail
from app.outbox.models import MailRow
from app.people import queries
from app.people.models import Person
from app.people.service.joining import invitation_for


@dataclass(frozen=True)
class SignInLink(Mail):
    """The link that signs in once, within a quarter of an hour."""

    template: ClassVar[str] = "sign_in_link"
    carries_link: ClassVar[bool] = True

    name: str
    until: datetime

    @classmethod
    def sample(cls) -> Self:
        return cls("Tom Aldous", datetime(2026, 3, 9, 14, 5, tzinfo=UTC))


@dataclass(frozen=True)
class SignInByPassword(Mail):
    """Staff asked for a link: they sign in with their password."""

    template: ClassVar[str] = "sign_in_by_password"

    name: str

    @classmethod
    def sample(cls) -> Self:
        return cls("Dana Kellerman")


@dataclass(frozen=True)
class StaffInvitation(Mail):
    """A colleague is asked to the desk."""

    template: ClassVar[str] = "staff_invitation"
    carries_link: ClassVar[bool] = True

    name: str
    invited_by: str | None

    def renew(self, row: MailRow) -> str | None:
        person = db.session.get(Person, row.person_id)
        if person is None or not person.is_active or person.signed_in_at is not None:
            return None
        return invitation_for(person)

    @classmethod
    def sample(cls) -> Self:
        return cls("Dana Kellerman", "Ruth Abendroth")


@dataclass(frozen=True)
class MemberInvitation(Mail):
    """An organisation asks somebody into its panel."""

    template: ClassVar[str] = "member_invitation"
    carries_link: ClassVar[bool] = True

    name: str
    invited_by: str
    organisation: str

    def renew(self, row: MailRow) -> str | None:
        asked = queries.invitation_of_conversation(row.conversation)
        if asked is None:
            return None
        links.revoke_all(Purpose.MEMBERSHIP, asked.id)
        _link, path = links.mint(Purpose.MEMBERSHIP, asked.id)
        return path

    @classmethod
    def sample(cls) -> Self:
        return cls("Tom Aldous", "Katarzyna Milewska", "Polana")


@dataclass(frozen=True)
class PasswordReset(Mail):
    """The link for a new password, within half an hour."""

    template: ClassVar[str] = "password_reset"
    carries_link: ClassVar[bool] = True

    name: str
    until: datetime

    @classmethod
    def sample(cls) -> Self:
        return cls("Tom Aldous", datetime(2026, 3, 9, 14, 35, tzinfo=UTC))


@dataclass(frozen=True)
class SecurityNotice(Mail):
    """Something about the sign-in changed. `what`: password_changed, totp_added, totp_removed, totp_reset,
    codes_renewed or code_used."""

    template: ClassVar[str] = "security_notice"

    name: str
    what: str
    at: datetime
    by: str | None
    """Who did it, when it was not the person."""
    codes_left: int | None = None

    @classmethod
    def sample(cls) -> Self:
        return cls("Tom Aldous", "totp_reset", datetime(2026, 3, 9, 14, 5, tzinfo=UTC), "Ruth Abendroth")


@dataclass(frozen=True)
class TokenMade(Mail):
    """A token for programs was made: whoever did not make it hears of it."""

    template: ClassVar[str] = "token_made"

    name: str
    token: str
    """What it was called."""
    service: str | None
    """The service that it is of; None for the person's own."""
    until: datetime

    @classmethod
    def sample(cls) -> Self:
        return cls("Tom Aldous", "Shop connector", None, datetime(2027, 3, 9, 14, 5, tzinfo=UTC))


@dataclass(frozen=True)
class TokenWithdrawn(Mail):
    """An administrator withdrew a token of somebody else's."""

    template: ClassVar[str] = "token_withdrawn"

    name: str
    token: str
    """What it was called."""
    at: datetime

    @classmethod
    def sample(cls) -> Self:
        return cls("Tom Aldous", "Shop connector", datetime(2026, 3, 9, 14, 5, tzinfo=UTC))


@dataclass(frozen=True)
class EmailChangeOld(Mail):
    """To the address that is to be given up: confirm."""

    template: ClassVar[str] = "email_change_old"
    carries_link: ClassVar[bool] = True

    name: str
    new_email: str
    until: datetime

    @classmethod
    def sample(cls) -> Self:
        return cls("Tom Aldous", "tom@polana.example", datetime(2026, 3, 11, 14, 5, tzinfo=UTC))


@dataclass(frozen=True)
class EmailChangeNew(Mail):
    """To the address that is to be taken: confirm."""

    template: ClassVar[str] = "email_change_new"
    carries_link: ClassVar[bool] = True

    name: str
    old_email: str
    until: datetime

    @classmethod
    def sample(cls) -> Self:
        return cls("Tom Aldous", "t.aldous@mail.example", datetime(2026, 3, 11, 14, 5, tzinfo=UTC))


@dataclass(frozen=True)
class EmailChangeTaken(Mail):
    """To the holder of an address that somebody else wished for. Names nobody."""

    template: ClassVar[str] = "email_change_taken"

    name: str

    @classmethod
    def sample(cls) -> Self:
        return cls("Tom Aldous")


@dataclass(frozen=True)
class EmailChanged(Mail):
    """To both addresses, after the change."""

    template: ClassVar[str] = "email_changed"

    name: str
    old_email: str
    new_email: str
    at: datetime

    @classmethod
    def sample(cls) -> Self:
        moment = datetime(2026, 3, 9, 14, 5, tzinfo=UTC)
        return cls("Tom Aldous", "t.aldous@mail.example", "tom@polana.example", moment)
