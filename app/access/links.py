"""Personal links: 256 bits, stored hashed, for one purpose, revocable. GET shows a button, POST enters."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import session
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.crypto import token, token_hash
from app.core.db import Base, db, lock
from app.core.errors import DomainError


class Purpose(enum.StrEnum):
    SIGN_IN = "sign_in"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a purpose, not a password
    INVITATION = "invitation"
    """Of a person who stands in the books already: staff, or the owner of a newly accepted organisation."""
    MEMBERSHIP = "membership"
    """Of somebody whom an organisation asks in; becomes a person by following it."""
    EMAIL_CHANGE_OLD = "email_change_old"
    EMAIL_CHANGE_NEW = "email_change_new"
    APPLICATION_STATUS = "application_status"
    PRIVACY = "privacy"
    """Of the contact person of a lead, to what is kept about them; the subject is the notice they got."""
    PRIVACY_REQUEST = "privacy_request"
    """Of somebody who asked for a copy, a correction ...; the subject is the request."""
    PLAN = "plan"
    """Of somebody on the customer's side, to the plan; the subject is the plan's contact."""
    PLAN_TASK = "plan_task"
    """Of somebody to whom one task was handed; the subject is the handing over."""
    PARTNER_REGISTRATION = "partner_registration"
    """Of whoever registered a software company; the subject is the registration."""


LIFETIME: dict[Purpose, timedelta | None] = {
    Purpose.SIGN_IN: timedelta(minutes=15),
    Purpose.PASSWORD_RESET: timedelta(minutes=30),
    Purpose.INVITATION: timedelta(days=14),
    Purpose.MEMBERSHIP: timedelta(days=14),
    Purpose.EMAIL_CHANGE_OLD: timedelta(days=2),
    Purpose.EMAIL_CHANGE_NEW: timedelta(days=2),
    Purpose.APPLICATION_STATUS: None,
    Purpose.PRIVACY: None,
    Purpose.PRIVACY_REQUEST: None,
    Purpose.PLAN: None,
    Purpose.PLAN_TASK: None,
    Purpose.PARTNER_REGISTRATION: timedelta(days=14),
}
"""How long a link of each purpose opens; None until it is revoked."""


class AccessLink(Base):
    """A link that was handed out. The token itself is known only to whoever got it."""

    __tablename__ = "access_link"
    __table_args__ = (sa.Index("ix_access_link_subject", "purpose", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(sa.String(30))
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    subject_id: Mapped[int]
    """The person, application ... that the purpose is about."""
    payload: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    @property
    def is_open(self) -> bool:
        """Whether it still enters: not used, not revoked, not too old."""
        return opens(self.used_at, self.revoked_at, self.expires_at)


def opens(used_at: datetime | None, revoked_at: datetime | None, expires_at: datetime | None) -> bool:
    """What `AccessLink.is_open` says, of a link's columns alone."""
    return used_at is None and revoked_at is None and (expires_at is None or now() < expires_at)


def mint(purpose: Purpose, subject_id: int, payload: dict[str, Any] | None = None) -> tuple[AccessLink, str]:
    """A new link inside this `write()`, with its path `/go/<token>` for the mail."""
    secret = token()
    lifetime = LIFETIME[purpose]
    moment = now()
    link = AccessLink(
        purpose=purpose,
        token_hash=token_hash(secret),
        subject_id=subject_id,
        payload=payload or {},
        created_at=moment,
        expires_at=moment + lifetime if lifetime else None,
        used_at=None,
        revoked_at=None,
    )
    db.session.add(link)
    return link, f"/go/{secret}"


def find(secret: str, *, for_update: bool = False) -> AccessLink | None:
    """The link of a token, open or not; None when there never was one."""
    query = sa.select(AccessLink).where(AccessLink.token_hash == token_hash(secret))
    if for_update:
        query = query.with_for_update().execution_options(populate_existing=True)
    return db.session.scalar(query)


class LinkClosed(DomainError):
    """The link enters no longer: used, revoked, or its time has passed. 410."""

    status = 410


def use(link_id: int) -> AccessLink:
    """The link, locked and marked as used, inside this `write()`: of two who come at once, one enters.

    Raises:
        LinkClosed: it enters no longer.
    """
    link = lock(AccessLink, link_id)
    if not link.is_open:
        raise LinkClosed
    link.used_at = now()
    return link


def revoke_all(purpose: Purpose, subject_id: int) -> None:
    """Closes every open link of this purpose for the subject, inside this `write()`."""
    db.session.execute(
        sa.update(AccessLink)
        .where(
            AccessLink.purpose == purpose,
            AccessLink.subject_id == subject_id,
            AccessLink.revoked_at.is_(None),
            AccessLink.used_at.is_(None),
        )
        .values(revoked_at=now())
    )


def enter_scope(link: AccessLink) -> None:
    """Lets this browser go on with what the link is for, and nothing else, at clean addresses: see `in_scope`."""
    session["scopes"] = {**session.get("scopes", {}), link.purpose: link.id}


def leave_scope(purpose: Purpose) -> None:
    """This browser no longer goes on with what such a link is for."""
    session["scopes"] = {known: id for known, id in session.get("scopes", {}).items() if known != purpose}


def scope_id(purpose: Purpose) -> int | None:
    """The id of the link by which this browser came in for `purpose`, for whoever loads it together with what it opens;
    `purpose` and `is_open` are then theirs to ask."""
    link_id = session.get("scopes", {}).get(purpose)
    return link_id if isinstance(link_id, int) else None


def in_scope(purpose: Purpose) -> AccessLink | None:
    """The link by which this browser came in for `purpose`, as long as it is open."""
    link_id = scope_id(purpose)
    link = db.session.get(AccessLink, link_id) if link_id is not None else None
    return link if link is not None and link.purpose == purpose and link.is_open else None


@dataclass(frozen=True)
class Entrance:
    """What `/go/<token>` shows for a purpose and what its button does.

    `about(link)` gives heading, sentence and button label; `enter(link, secret)` uses the link inside a `write()` of
    its own and answers with a redirect to a clean address.
    """

    about: Callable[[AccessLink], tuple[Any, Any, Any]]
    enter: Callable[[AccessLink, str], Any]
    signs_in: Callable[[AccessLink], int | None] = lambda link: None
    """The id of the person whom the link signs in, if it does: another's sign-in on this browser is then replaced only
    after a question."""
    what_next: Callable[[AccessLink], tuple[Any, str, Any] | None] = lambda link: None
    """For the page of a link that enters no longer: a sentence, an address and its label; None says to ask whoever
    sent the link."""


ENTRANCES: dict[Purpose, Entrance] = {}
"""Filled by the features above when they are imported; the door stands in `people`."""
