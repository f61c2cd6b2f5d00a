"""Tokens for programs: made, withdrawn; and the services, which are programs of the vendor's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.access.roles import STAFF_ROLE_NAMES, StaffRole
from app.access.scopes import Scope, open_to
from app.core.clock import now
from app.core.crypto import token, token_hash
from app.core.db import db, lock, new_ref, write
from app.core.errors import Conflict, DomainError, FieldError
from app.core.i18n import _l
from app.history import service as history
from app.history import words
from app.outbox.mail import Recipient
from app.outbox.service import post
from app.people import emails, queries
from app.people.models import ApiToken, Person

PREFIX = "gw_"
SHOWN = len(PREFIX) + 6
LONGEST = timedelta(days=366)
MOST = 20
"""Open tokens of one person."""

words.name(
    {
        "token.made": _l("API token made"),
        "token.withdrawn": _l("API token withdrawn"),
        "person.service_made": _l("Service made"),
        "person.service_changed": _l("Roles of the service changed"),
        "person.service_closed": _l("Service closed"),
    }
)


@dataclass(frozen=True)
class TokenDetails:
    """What is asked for a token."""

    name: str
    scopes: frozenset[Scope]
    expires_at: datetime


class TooManyTokens(DomainError):
    def __init__(self) -> None:
        super().__init__(_l("There are 20 open tokens already. Withdraw one first."))


class TokenOver(Conflict):
    def __init__(self) -> None:
        super().__init__(_l("This token is over already: it was withdrawn or has expired."))


def make(person: Person, details: TokenDetails, by: Person, organisation_id: int | None = None) -> tuple[ApiToken, str]:
    """A new token of a person or service and its characters, which nobody can read again. The person is told by mail.

    Raises:
        FieldError: a scope that the person does not have, a day that is past or too far, or a name that one has.
        TooManyTokens: withdraw one first.
    """
    if not details.scopes or not details.scopes <= set(open_to(person)):
        raise FieldError("scopes", _l("Choose what the token may do."))
    if not now() < details.expires_at <= now() + LONGEST:
        raise FieldError("expires_on", _l("Choose a day from tomorrow to a year from now."))
    secret = PREFIX + token()
    with write():
        person = queries.locked(person.id)
        others = queries.open_tokens(person)
        if len(others) >= MOST:
            raise TooManyTokens
        if details.name in {other.name for other in others}:
            raise FieldError("name", _l("There is a token of this name already. Choose another name, or withdraw it."))
        made = ApiToken(
            ref=new_ref("K"),
            person_id=person.id,
            organisation_id=organisation_id,
            name=details.name,
            prefix=secret[:SHOWN],
            token_hash=token_hash(secret),
            scopes=sorted(details.scopes),
            created_by_id=by.id,
            created_at=now(),
            expires_at=details.expires_at,
        )
        db.session.add(made)
        db.session.flush()
        history.record(
            made,
            "token.made",
            by,
            {"name": (None, made.name), "scopes": (None, list(made.scopes)), "_of": (None, person.ref)},
        )
        told = by if person.is_service else person
        mail = emails.TokenMade(told.name, made.name, person.name if person.is_service else None, made.works_until)
        post(mail, Recipient.of(told), conversation=f"token:{made.ref}")
    return made, secret


def withdraw(made: ApiToken, by: Person) -> ApiToken:
    """Ends it at once. Doing it twice does nothing more."""
    with write():
        made = lock(ApiToken, made.id)
        if made.revoked_at is None:
            _end(made, by)
    return made


def take_away(made: ApiToken, by: Person) -> ApiToken:
    """Ends anybody's at once, for an administrator. Its owner is told by mail.

    Raises:
        TokenOver: somebody else was quicker, or it has expired.
    """
    with write():
        made = lock(ApiToken, made.id)
        if not made.is_open:
            raise TokenOver
        _end(made, by)
        owner = queries.by_id(made.person_id)
        if is_told(owner, by):
            mail = emails.TokenWithdrawn(owner.name, made.name, now())
            post(mail, Recipient.of(owner), conversation=f"token:{made.ref}")
    return made


def is_told(owner: Person, by: Person) -> bool:
    """Whether a mail tells of a token that is taken away: neither a service, which has no mailbox, nor whoever does it,
    nor somebody whose access is closed."""
    return not owner.is_service and owner.is_active and owner.id != by.id


def _end(made: ApiToken, by: Person) -> None:
    made.revoked_at = now()
    history.record(made, "token.withdrawn", by)


def make_service(name: str, roles: frozenset[StaffRole], by: Person) -> Person:
    """A program of the vendor's. It has no mailbox and cannot sign in; it may what its roles may."""
    ref = new_ref("U")
    with write():
        service = Person(
            ref=ref,
            email=f"{ref.lower()}@service.invalid",
            name=name,
            locale=by.locale,
            created_at=now(),
            service_roles=sorted(roles),
            held_roles=[],
            memberships=[],
        )
        db.session.add(service)
        db.session.flush()
        history.record(service, "person.service_made", by, {"name": (None, name), "roles": (None, sorted(roles))})
    return service


def set_service_roles(service: Person, roles: frozenset[StaffRole], by: Person) -> Person:
    """Gives exactly these roles; they hold from its next request."""
    with write():
        service = queries.locked(service.id)
        before = sorted(service.staff_roles)
        if before != sorted(roles):
            service.service_roles = sorted(roles)
            history.record(service, "person.service_changed", by, {"roles": (before, sorted(roles))})
    return service


def close_service(service: Person, by: Person) -> Person:
    """Its tokens open nothing from now on; what it did keeps its name."""
    with write():
        service = queries.locked(service.id)
        if service.closed_at is None:
            service.closed_at = now()
            history.record(service, "person.service_closed", by)
    return service


def roles_in_words(service: Person) -> str:
    return ", ".join(str(STAFF_ROLE_NAMES[role]) for role in StaffRole if role in service.staff_roles)
