"""What people change about themselves: profile, language, address, sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.access import links
from app.access.links import AccessLink, LinkClosed, Purpose
from app.core.clock import now
from app.core.db import db, lock, lock_named, write
from app.core.errors import Conflict, FieldError
from app.core.i18n import _l
from app.history import service as history
from app.history import words
from app.history.service import Actor, Visitor
from app.outbox.mail import Recipient
from app.outbox.service import post
from app.people import emails, queries, tries
from app.people.models import EmailChange, Membership, Person
from app.people.service.entering import end_of

words.name(
    {"person.digest_on": _l("Monthly digest switched on"), "person.digest_off": _l("Monthly digest switched off")}
)


@dataclass(frozen=True)
class Profile:
    """What the profile page saves."""

    name: str
    phone: str | None
    locale: str


class AddressTaken(Conflict):
    """Both addresses agreed, but the new one got an owner meanwhile. Whoever reads this reads that mailbox too."""

    def __init__(self) -> None:
        super().__init__(_l("This address is used for another sign-in here. Please contact us to sort it out."))


def save_profile(person: Person, profile: Profile) -> Person:
    """Saves what has changed, with an entry in the history when anything has."""
    with write():
        person = queries.locked(person.id)
        wanted = {"name": profile.name, "phone": profile.phone, "locale": profile.locale}
        changes = {key: (getattr(person, key), value) for key, value in wanted.items() if getattr(person, key) != value}
        if changes:
            person.name, person.phone, person.locale = profile.name, profile.phone, profile.locale
            history.record(person, "person.profile_changed", person, changes)
    return person


def keep_language(person: Person, locale: str) -> Person:
    """Makes the language of a page the person's own."""
    return save_profile(person, Profile(person.name, person.phone, locale))


def mark_seen(held: Membership, until: datetime) -> None:
    """Notes until when this member has seen the news of the organisation's home; never back in time."""
    with write():
        found = lock(Membership, held.id)
        if found.seen_at is None or found.seen_at < until:
            found.seen_at = until


def switch_digest(held: Membership, on: bool, by: Actor | Visitor) -> None:
    """Switches the monthly digest of one membership on or off. Doing it twice does nothing more."""
    with write():
        person = queries.locked(held.person_id)
        found = lock(Membership, held.id)
        if found.digest != on:
            found.digest = on
            verb = "person.digest_on" if on else "person.digest_off"
            history.record(person, verb, by, {"_membership": (None, found.id)})


def sign_out_everywhere(person: Person) -> Person:
    """Ends every session of the person. Whoever goes on here begins a new one."""
    with write():
        person = queries.locked(person.id)
        person.session_epoch += 1
        links.revoke_all(Purpose.SIGN_IN, person.id)
        history.record(person, "person.signed_out_everywhere", person)
    return person


def wish_email(person: Person, new_email: str) -> None:
    """Asks both addresses to confirm. Whether the new one is known here is told to that mailbox alone.

    Raises:
        FieldError: it is the address the person has.
        tries.TooManyTries: too many wishes.
    """
    new_email = new_email.lower()
    if new_email == person.email:
        raise FieldError("email", _l("This is the address you have now"))
    guarded = tries.mailed("email_change", person.email), tries.mailed("email_change", new_email)
    tries.refuse_if_locked(*guarded)
    with write():
        tries.count(*guarded)
        person = queries.locked(person.id)
        _end_wishes(person)
        change = EmailChange(
            person_id=person.id,
            new_email=new_email,
            created_at=now(),
            old_confirmed_at=None,
            new_confirmed_at=None,
            ended_at=None,
        )
        db.session.add(change)
        db.session.flush()
        history.record(person, "person.email_change_asked", person, {"email": (person.email, new_email)})
        conversation = f"person:{person.ref}"
        old_link, old_path = links.mint(Purpose.EMAIL_CHANGE_OLD, change.id)
        asked_old = emails.EmailChangeOld(person.name, new_email, end_of(old_link))
        post(asked_old, Recipient.of(person), conversation=conversation, secret_link=old_path)
        holder = queries.by_email(new_email)
        if holder is not None:
            post(emails.EmailChangeTaken(holder.name), Recipient.of(holder), conversation=f"person:{holder.ref}")
            return
        new_link, new_path = links.mint(Purpose.EMAIL_CHANGE_NEW, change.id)
        asked_new = emails.EmailChangeNew(person.name, person.email, end_of(new_link))
        post(asked_new, Recipient.of(person, email=new_email), conversation=conversation, secret_link=new_path)


def withdraw_email_wish(person: Person) -> None:
    """Forgets an address that was asked for and never confirmed; its mailed link closes."""
    with write():
        person = queries.locked(person.id)
        _end_wishes(person)
        history.record(person, "person.email_change_withdrawn", person)


def confirm_email(link: AccessLink) -> EmailChange:
    """One of both addresses agrees; with the second one the change is made, and told to both.

    Raises:
        LinkClosed: it was used, or the wish is over.
        AddressTaken: somebody has the new address by now; the wish ends.
    """
    taken = False
    asked = db.session.get_one(EmailChange, link.subject_id)
    with write():
        person = queries.locked(asked.person_id)
        link = links.use(link.id)
        change = lock(EmailChange, asked.id)
        if change.ended_at is not None:
            raise LinkClosed
        if link.purpose == Purpose.EMAIL_CHANGE_OLD:
            change.old_confirmed_at = now()
        else:
            change.new_confirmed_at = now()
        if change.old_confirmed_at is not None and change.new_confirmed_at is not None:
            change.ended_at = now()
            lock_named(f"person-email:{change.new_email}")
            taken = queries.by_email(change.new_email) is not None
            if not taken:
                _change_email(person, change.new_email)
    if taken:
        raise AddressTaken
    return change


def _change_email(person: Person, new_email: str) -> None:
    old_email = person.email
    tries.forget(tries.account(old_email))
    person.email = new_email
    links.revoke_all(Purpose.SIGN_IN, person.id)
    links.revoke_all(Purpose.PASSWORD_RESET, person.id)
    history.record(person, "person.email_changed", person, {"email": (old_email, new_email)})
    told = emails.EmailChanged(person.name, old_email, new_email, now())
    for address in (old_email, new_email):
        post(told, Recipient.of(person, email=address), conversation=f"person:{person.ref}")


def _end_wishes(person: Person) -> None:
    """Closes wishes that still wait, and their links."""
    waiting = sa.select(EmailChange.id).where(EmailChange.person_id == person.id, EmailChange.ended_at.is_(None))
    for change_id in db.session.scalars(waiting).all():
        links.revoke_all(Purpose.EMAIL_CHANGE_OLD, change_id)
        links.revoke_all(Purpose.EMAIL_CHANGE_NEW, change_id)
    db.session.execute(
        sa.update(EmailChange)
        .where(EmailChange.person_id == person.id, EmailChange.ended_at.is_(None))
        .values(ended_at=now())
    )
