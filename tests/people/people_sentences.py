"""More sentences, for tests about signing in: `with_password(person)`, `with_app(person)`, `mailed()`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask.testing import FlaskClient

from app.core.crypto import decrypt, encrypt
from app.core.db import db, write
from app.outbox.models import MailRow
from app.people import passwords
from app.people.models import Person
from tests.sentences import post

PASSWORD = "five quiet herons walk"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def with_password(person: Person, password: str = PASSWORD) -> Person:
    kept = passwords.hashed(password)
    with write():
        db.session.get_one(Person, person.id).password_hash = kept
    return person


def with_app(person: Person) -> Person:
    """An authenticator app with SECRET in it."""
    with write():
        found = db.session.get_one(Person, person.id)
        found.totp_secret = encrypt(SECRET)
        found.totp_confirmed_at = datetime(2026, 1, 1, tzinfo=UTC)
    return person


def closed(person: Person) -> Person:
    with write():
        db.session.get_one(Person, person.id).closed_at = datetime(2026, 1, 1, tzinfo=UTC)
    return person


def mails() -> list[MailRow]:
    return list(db.session.scalars(db.select(MailRow).order_by(MailRow.id).execution_options(populate_existing=True)))


def mailed() -> list[tuple[str, str]]:
    """Which mails wait, and for whom."""
    return [(mail.template, mail.to_email) for mail in mails()]


def link_to(email: str) -> str:
    """The path of the newest link mailed to an address."""
    return [decrypt(mail.secret) for mail in mails() if mail.secret and mail.to_email == email][-1]


def enter(client: FlaskClient, email: str, password: str = PASSWORD, **more: str) -> Any:
    return post(client, "/sign-in", {"email": email, "password": password, **more})


def again(person: Person) -> Person:
    """The person as the database has them now."""
    db.session.expire_all()
    return db.session.get_one(Person, person.id)
