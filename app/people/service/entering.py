"""Signing in: password, mailed link, code."""

from __future__ import annotations

from datetime import datetime

import pyotp
import sqlalchemy as sa
import structlog

from app.access import links
from app.access.links import AccessLink, LinkClosed, Purpose
from app.core.clock import now
from app.core.crypto import KeyMissing, decrypt, keyed_digests
from app.core.db import db, write
from app.core.errors import DomainError, FieldError
from app.core.i18n import _l
from app.history import service as history
from app.outbox.mail import Recipient
from app.outbox.service import post
from app.people import emails, passwords, queries, tries
from app.people.models import Person, RecoveryCode

STEP = 30
"""Seconds for which an authenticator app shows a code."""


class WrongCredentials(DomainError):
    """Unknown address, wrong password, closed person: one answer for all."""

    def __init__(self) -> None:
        super().__init__(_l("The e-mail address or the password is not right. Check both and try again."))


class WrongPassword(FieldError):
    def __init__(self) -> None:
        super().__init__("password", _l("The password is not right"))


class WrongCode(FieldError):
    def __init__(self) -> None:
        super().__init__(
            "code", _l("The code is not right, or it was used already. Wait for the next one and try again.")
        )


class AppUnreadable(FieldError):
    """The key that hides the authenticator app's secret is gone; recovery codes need none."""

    def __init__(self) -> None:
        super().__init__(
            "code",
            _l("Codes of your authenticator app cannot be checked any more. Enter a recovery code, or ask for help."),
        )


def by_password(email: str, password: str, address: str | None) -> Person:
    """Who signs in. Whoever has an authenticator app is not in yet: `by_code` follows.

    Raises:
        WrongCredentials: counted for the account and for the address.
        tries.TooManyTries: locked, whatever the password.
    """
    guarded = (tries.account(email), tries.address(address))
    tries.refuse_if_locked(*guarded)
    person = queries.by_email(email)
    right = passwords.matches(person.password_hash if person else None, password)
    if person is None or not right or not person.is_active:
        tries.remember(*guarded)
        raise WrongCredentials
    kept = person.password_hash or ""
    newer = passwords.hashed(password) if passwords.outdated(kept) else None
    with write():
        person = queries.locked(person.id)
        if not person.is_active or person.password_hash != kept:
            raise WrongCredentials
        if newer is not None:
            person.password_hash = newer
        if not person.has_totp:
            _entered(person)
    return person


def ask_for_link(email: str, next: str | None) -> None:
    """Mails the link that signs in, if the address belongs to somebody whom it may sign in; tells nobody whether."""
    guarded = tries.mailed("sign_in", email)
    tries.refuse_if_locked(guarded)
    with write():
        tries.count(guarded)
        person = queries.by_email(email)
        if person is None or not person.is_active:
            return
        if person.is_staff:
            post(emails.SignInByPassword(person.name), Recipient.of(person), conversation=f"person:{person.ref}")
            return
        links.revoke_all(Purpose.SIGN_IN, person.id)
        link, path = links.mint(Purpose.SIGN_IN, person.id, {"next": next} if next else None)
        post(
            emails.SignInLink(person.name, end_of(link)),
            Recipient.of(person),
            conversation=f"person:{person.ref}",
            secret_link=path,
        )


def by_link(link: AccessLink) -> tuple[Person, str | None]:
    """Uses a sign-in link up: who signs in, and where to go.

    Raises:
        LinkClosed: it enters no longer, or no longer this person.
    """
    with write():
        person = queries.locked(link.subject_id)
        link = links.use(link.id)
        if not person.is_active or person.is_staff:
            raise LinkClosed
        if not person.has_totp:
            _entered(person)
    return person, link.payload.get("next")


def by_code(person_id: int, code: str) -> Person:
    """The second step: a code of the authenticator app, or a recovery code. Each works once.

    Raises:
        WrongCode: counted for the person.
        tries.TooManyTries: locked, whatever the code.
    """
    guarded = tries.code(person_id)
    tries.refuse_if_locked(guarded)
    try:
        with write():
            person = queries.locked(person_id)
            if not person.is_active:
                raise WrongCode
            spend_code(person, code)
            _entered(person)
    except WrongCode:
        tries.remember(guarded)
        raise
    return person


def prove(person: Person, password: str, code: str, address: str | None) -> None:
    """Asks once more for what the person signs in with, before a change of the sign-in itself.

    Raises:
        WrongPassword, WrongCode: counted like a failed sign-in.
        tries.TooManyTries: locked.
    """
    guarded = (tries.account(person.email), tries.address(address), tries.code(person.id))
    tries.refuse_if_locked(*guarded)
    if person.password_hash and not passwords.matches(person.password_hash, password):
        tries.remember(*guarded[:2])
        raise WrongPassword
    if not person.has_totp:
        return
    try:
        with write():
            spend_code(queries.locked(person.id), code)
    except WrongCode:
        tries.remember(guarded[2])
        raise


def spend_code(person: Person, code: str) -> None:
    """Takes a code that was not used before, inside a `write()` that holds the person.

    Raises:
        WrongCode: it is none of the person's, or it was used.
        AppUnreadable: it looks like the app's, whose secret nobody can read.
    """
    plain = "".join(sign for sign in code.upper() if sign.isalnum())
    step = _step_of_app(person, plain)
    if step is not None and _is_later(step, person.totp_last_step):
        person.totp_last_step = step
        return
    if step is not None:
        raise WrongCode
    spent = db.session.execute(
        sa.update(RecoveryCode)
        .where(
            RecoveryCode.person_id == person.id,
            RecoveryCode.code_hash.in_(_recovery_hashes(person, plain)),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now())
    )
    if spent.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE gives a cursor result
        raise WrongCode
    left = queries.recovery_codes_left(person)
    history.record(person, "person.recovery_code_used", person)
    notice = emails.SecurityNotice(person.name, "code_used", now(), None, left)
    post(notice, Recipient.of(person), conversation=f"person:{person.ref}")


def _step_of_app(person: Person, plain: str) -> int | None:
    if not person.totp_secret or not person.has_totp:
        return None
    try:
        return matching_step(decrypt(person.totp_secret), plain)
    except KeyMissing:
        structlog.get_logger("people").error("authenticator secret unreadable", person=person.ref)
        if _looks_like_the_apps(plain):
            raise AppUnreadable from None
        return None


def matching_step(secret: str, code: str) -> int | None:
    """The time step whose code this is: this one, the one before or the one after, for clocks that are off a little."""
    if not _looks_like_the_apps(code):
        return None
    totp = pyotp.TOTP(secret, interval=STEP)
    here = int(now().timestamp()) // STEP
    found = None
    for step in (here - 1, here, here + 1):
        if pyotp.utils.strings_equal(totp.generate_otp(step), code):
            found = step
    return found


def _is_later(step: int, last: int | None) -> bool:
    """Whether no code of this step or a later one was used. One that lies ahead of us was used before the clock was set
    back; it would keep the person out until that time comes again."""
    here = int(now().timestamp()) // STEP
    return last is None or step > last or last > here + 1


def _looks_like_the_apps(code: str) -> bool:
    return len(code) == 6 and code.isascii() and code.isdigit()


def recovery_hash(person: Person, plain: str) -> str:
    """What is kept of a recovery code. People read 0 for O and 1 for I or L, so those are one."""
    return _recovery_hashes(person, plain)[0]


def _recovery_hashes(person: Person, plain: str) -> list[str]:
    return keyed_digests("recovery", str(person.id).encode(), plain.translate(_ALIKE).encode())


_ALIKE = str.maketrans("OIL", "011")


def _entered(person: Person) -> None:
    person.signed_in_at = now()
    tries.forget(tries.account(person.email), tries.code(person.id))


def end_of(link: AccessLink) -> datetime:
    """The moment until which a link of limited life enters."""
    assert link.expires_at is not None
    return link.expires_at
