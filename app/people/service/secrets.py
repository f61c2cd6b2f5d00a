"""Changing what one signs in with: password, authenticator app, recovery codes."""

from __future__ import annotations

import secrets

import pyotp
import sqlalchemy as sa

from app.access import links
from app.access.links import AccessLink, LinkClosed, Purpose
from app.core.clock import now
from app.core.crypto import encrypt
from app.core.db import db, write
from app.core.errors import Conflict
from app.core.i18n import _l
from app.history import service as history
from app.outbox.mail import Recipient
from app.outbox.service import post
from app.people import emails, passwords, queries, tries
from app.people.models import Person, RecoveryCode
from app.people.service.entering import STEP, WrongCode, end_of, matching_step, recovery_hash
from app.settings.models import vendor

CODES = 10


class AuthenticatorRequired(Conflict):
    """Administrators may change their authenticator app, not go without."""

    def __init__(self) -> None:
        super().__init__(_l("Administrators sign in with an authenticator app. Set up the new one in its place."))


def ask_for_reset(email: str) -> None:
    """Mails the link for a new password, if somebody has the address; tells nobody whether."""
    guarded = tries.mailed("reset", email)
    tries.refuse_if_locked(guarded)
    with write():
        tries.count(guarded)
        person = queries.by_email(email)
        if person is None or not person.is_active:
            return
        links.revoke_all(Purpose.PASSWORD_RESET, person.id)
        link, path = links.mint(Purpose.PASSWORD_RESET, person.id)
        post(
            emails.PasswordReset(person.name, end_of(link)),
            Recipient.of(person),
            conversation=f"person:{person.ref}",
            secret_link=path,
        )


def reset_password(link: AccessLink, password: str) -> Person:
    """Sets a new password by the mailed link, once; ends every session and every other mailed way in.

    Raises:
        passwords.WeakPassword: refused, with the reason; the link stays open.
        LinkClosed: it was used meanwhile.
    """
    person = queries.by_id(link.subject_id)
    passwords.check(password, *context_of(person))
    kept = passwords.hashed(password)
    with write():
        person = queries.locked(link.subject_id)
        link = links.use(link.id)
        if not person.is_active:
            raise LinkClosed
        person.password_hash = kept
        person.session_epoch += 1
        links.revoke_all(Purpose.SIGN_IN, person.id)
        links.revoke_all(Purpose.PASSWORD_RESET, person.id)
        tries.forget(tries.account(person.email))
        history.record(person, "person.password_reset", person)
        _tell(person, "password_changed")
    return person


def change_password(person: Person, password: str) -> Person:
    """Sets a new password and ends the person's other sessions.

    Raises:
        passwords.WeakPassword: refused, with the reason.
    """
    passwords.check(password, *context_of(person))
    kept = passwords.hashed(password)
    with write():
        person = queries.locked(person.id)
        person.password_hash = kept
        person.session_epoch += 1
        links.revoke_all(Purpose.SIGN_IN, person.id)
        links.revoke_all(Purpose.PASSWORD_RESET, person.id)
        history.record(person, "person.password_changed", person)
        _tell(person, "password_changed")
    return person


def context_of(person: Person) -> tuple[str, ...]:
    """Words that somebody who knows the person would try first."""
    return (vendor().name, "Gangway", person.name, person.email)


def new_totp_secret() -> str:
    """A secret for an authenticator app: 160 bits in base32 (RFC 6238). Not kept until a code proves it."""
    return pyotp.random_base32()


def totp_address(person: Person, secret: str) -> str:
    """The `otpauth:` address that the QR code holds."""
    return pyotp.TOTP(secret, interval=STEP).provisioning_uri(name=person.email, issuer_name=vendor().name)


def set_up_totp(person: Person, secret: str, code: str) -> list[str]:
    """Takes an authenticator app in use once it shows the right code, and gives the recovery codes, readable only now.

    Raises:
        WrongCode: the app shows another code, or none.
        tries.TooManyTries: after too many.
    """
    guarded = tries.code(person.id)
    tries.refuse_if_locked(guarded)
    step = matching_step(secret, "".join(sign for sign in code if sign.isalnum()))
    if step is None:
        tries.remember(guarded)
        raise WrongCode
    kept = encrypt(secret)
    codes = _fresh_codes()
    with write():
        person = queries.locked(person.id)
        person.totp_secret, person.totp_confirmed_at, person.totp_last_step = kept, now(), step
        _keep_codes(person, codes)
        history.record(person, "person.totp_added", person)
        _tell(person, "totp_added")
    return codes


def remove_totp(person: Person, *, required: bool) -> None:
    """Goes back to signing in without a code. `required` says whether administrators need one here.

    Raises:
        AuthenticatorRequired: the person is an administrator, and this is no demonstration.
    """
    with write():
        person = queries.locked(person.id)
        if required and person.is_administrator:
            raise AuthenticatorRequired
        drop_totp(person)
        history.record(person, "person.totp_removed", person)
        _tell(person, "totp_removed")


def renew_codes(person: Person) -> list[str]:
    """New recovery codes in place of the earlier ones, readable only now."""
    codes = _fresh_codes()
    with write():
        person = queries.locked(person.id)
        if not person.has_totp:
            raise Conflict(_l("Recovery codes belong to an authenticator app. Set one up first."))
        _keep_codes(person, codes)
        history.record(person, "person.recovery_codes_renewed", person)
        _tell(person, "codes_renewed")
    return codes


def drop_totp(person: Person) -> None:
    """Forgets app and recovery codes, inside a `write()` that holds the person."""
    person.totp_secret = person.totp_confirmed_at = person.totp_last_step = None
    db.session.execute(sa.delete(RecoveryCode).where(RecoveryCode.person_id == person.id))


def _fresh_codes() -> list[str]:
    """Ten of 50 random bits each, in groups that are easy to type; no I, L, O or U."""
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    plain = ["".join(secrets.choice(alphabet) for _ in range(10)) for _ in range(CODES)]
    return [f"{code[:5]}-{code[5:]}" for code in plain]


def _keep_codes(person: Person, codes: list[str]) -> None:
    db.session.execute(sa.delete(RecoveryCode).where(RecoveryCode.person_id == person.id))
    for code in codes:
        row = RecoveryCode(person_id=person.id, code_hash=recovery_hash(person, code.replace("-", "")), used_at=None)
        db.session.add(row)


def _tell(person: Person, what: str) -> None:
    notice = emails.SecurityNotice(person.name, what, now(), None)
    post(notice, Recipient.of(person), conversation=f"person:{person.ref}")
