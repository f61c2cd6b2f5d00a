"""The vendor's staff: who is on it, with which roles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from app.access import links
from app.access.links import Purpose
from app.access.roles import StaffRole
from app.core.clock import now
from app.core.db import db, lock_named, write
from app.core.errors import Conflict, FieldError
from app.core.i18n import _l
from app.history import service as history
from app.outbox.mail import Recipient
from app.outbox.service import post
from app.people import emails, queries
from app.people.models import HeldRole, Person
from app.people.service.joining import find_or_create, invitation_for
from app.people.service.secrets import drop_totp


@dataclass(frozen=True)
class Colleague:
    """Whom to invite to the desk."""

    email: str
    name: str
    locale: str
    roles: frozenset[StaffRole]


class LastAdministrator(Conflict):
    """Somebody must be left who can let others in."""

    def __init__(self) -> None:
        super().__init__(_l("There must be at least one administrator. Make somebody else an administrator first."))


class NotOneself(Conflict):
    def __init__(self) -> None:
        super().__init__(_l("Nobody closes their own access. Ask another administrator."))


def invite(colleague: Colleague, by: Person | None) -> tuple[Person, str]:
    """Takes somebody on the staff and mails the invitation; `by` is None from the command line. Gives the path of the
    link too, for whoever stands at the machine.

    Raises:
        FieldError: this person is on the staff already, or their access was closed.
    """
    with write():
        return add(colleague, by)


def add(colleague: Colleague, by: Person | None) -> tuple[Person, str]:
    """The same inside somebody else's `write()`."""
    person = find_or_create(colleague.email, colleague.name, colleague.locale)
    if person.is_staff:
        raise FieldError("email", _l("This person is on the staff already"))
    person = queries.locked(person.id)
    _check_who(colleague.roles, by)
    _set_roles(person, colleague.roles, by)
    path = _send(person, by)
    return queries.locked(person.id), path


def invite_again(person: Person, by: Person) -> None:
    """A new mail with a new link, as long as the person has not come."""
    with write():
        person = queries.locked(person.id)
        if person.signed_in_at is not None or not person.is_active:
            raise Conflict(_l("This person has signed in meanwhile, or the access was closed."))
        _send(person, by)


def set_roles(person: Person, roles: Iterable[StaffRole], by: Person) -> None:
    """Gives exactly these roles; without any the person leaves the staff. It holds from their next click.

    Raises:
        LastAdministrator: nobody would be left to administer.
    """
    with write():
        change_roles(person, roles, by)


def change_roles(person: Person, roles: Iterable[StaffRole], by: Person) -> None:
    """The same inside somebody else's `write()`."""
    wanted = frozenset(roles)
    person = _held(person)
    if person.is_administrator and StaffRole.ADMINISTRATOR not in wanted:
        _another_must_be_left(person)
    if wanted != person.staff_roles:
        _check_who(wanted - person.staff_roles, by)
        _set_roles(person, wanted, by)


def close(person: Person, by: Person) -> None:
    """Ends the person's access everywhere, from their next click on; the past keeps the name.

    Raises:
        NotOneself: one's own access.
        LastAdministrator: nobody would be left to administer.
    """
    if person.id == by.id:
        raise NotOneself
    with write():
        person = _held(person)
        if person.closed_at is not None:
            return
        if person.is_administrator:
            _another_must_be_left(person)
        person.closed_at = now()
        person.session_epoch += 1
        for purpose in (Purpose.SIGN_IN, Purpose.PASSWORD_RESET, Purpose.INVITATION):
            links.revoke_all(purpose, person.id)
        history.record(person, "person.closed", by)


def reopen(person: Person, by: Person) -> None:
    """Lets the person in again, with the roles kept at closing."""
    with write():
        person = _held(person)
        if person.closed_at is not None:
            person.closed_at = None
            history.record(person, "person.reopened", by)


def reset_totp(person: Person, by: Person | None) -> None:
    """For somebody who lost app and recovery codes and whom the administrator knows by voice or face. The person is
    signed out, told by mail, and sets the app up anew after the password. `by` is None from the command line, the way
    back in for an administrator who is the only one.

    Raises:
        Conflict: there is no app to forget.
    """
    with write():
        person = queries.locked(person.id)
        if not person.has_totp:
            raise Conflict(_l("This person has no authenticator app set up."))
        drop_totp(person)
        person.session_epoch += 1
        links.revoke_all(Purpose.SIGN_IN, person.id)
        history.record(person, "person.totp_reset", by)
        notice = emails.SecurityNotice(person.name, "totp_reset", now(), by.name if by else None)
        post(notice, Recipient.of(person), conversation=f"person:{person.ref}")


def sign_out_everywhere(person: Person, by: Person) -> None:
    with write():
        person = queries.locked(person.id)
        person.session_epoch += 1
        links.revoke_all(Purpose.SIGN_IN, person.id)
        history.record(person, "person.signed_out_everywhere", by)


def _check_who(given: Iterable[StaffRole], by: Person | None) -> None:
    """Whoever may manage the staff is not for that alone somebody who may make administrators."""
    if StaffRole.ADMINISTRATOR in given and by is not None and not by.is_administrator:
        raise FieldError("roles", _l("Only an administrator makes somebody an administrator."))


def _held(person: Person) -> Person:
    """The person as they are now; the named lock stands for the rule that an administrator must be left."""
    lock_named("administrators")
    return queries.locked(person.id)


def _another_must_be_left(person: Person) -> None:
    if queries.other_administrators(person) == 0:
        raise LastAdministrator


def _set_roles(person: Person, roles: frozenset[StaffRole], by: Person | None) -> None:
    before = sorted(person.staff_roles)
    db.session.execute(sa.delete(HeldRole).where(HeldRole.person_id == person.id))
    if roles:
        db.session.execute(sa.insert(HeldRole), [{"person_id": person.id, "role": role} for role in sorted(roles)])
    history.record(person, "person.roles_changed", by, {"roles": (before, sorted(roles))})


def _send(person: Person, by: Person | None) -> str:
    path = invitation_for(person)
    mail = emails.StaffInvitation(person.name, by.name if by else None)
    post(mail, Recipient.of(person), conversation=f"person:{person.ref}", secret_link=path)
    return path
