"""Places in an organisation: inviting, coming in, roles, leaving."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.access import links
from app.access.links import AccessLink, LinkClosed, Purpose
from app.access.roles import MemberRole
from app.core.clock import now
from app.core.db import db, lock, lock_named, write
from app.core.errors import Conflict, FieldError
from app.core.i18n import _l
from app.history import service as history
from app.history import words
from app.outbox.mail import Recipient
from app.outbox.service import post
from app.people import emails, passwords, queries, tries
from app.people.models import Invitation, Membership, Organisation, Person
from app.people.service.joining import PersonClosed, find_or_create, join
from app.people.service.secrets import context_of
from app.settings.models import vendor


@dataclass(frozen=True)
class Newcomer:
    """Whom to invite."""

    email: str
    name: str
    locale: str
    role: MemberRole


@dataclass(frozen=True)
class Welcome:
    """What somebody who accepts an invitation says about themselves; without a password they sign in by mail."""

    name: str
    locale: str
    password: str


words.name(
    {
        "organisation.member_invited": _l("A member was invited"),
        "organisation.invitation_withdrawn": _l("An invitation was withdrawn"),
        "organisation.member_joined": _l("A member joined"),
        "organisation.member_role_changed": _l("The role of a member changed"),
        "organisation.member_removed": _l("A member was removed"),
    }
)


AFTER_LEAVING: list[Callable[[Membership, Person], None]] = []
"""What else ends with a membership: the rooms above add functions `(membership, by)`, called inside the `write()`."""


class LastOwner(Conflict):
    """Somebody must be left who can act for the organisation."""

    def __init__(self) -> None:
        super().__init__(_l("An organisation needs at least one owner. Make somebody else an owner first."))


def invite(organisation: Organisation, newcomer: Newcomer, by: Person) -> Invitation:
    """Asks somebody in by mail. Nobody becomes a member before following it.

    Raises:
        FieldError: a member or an open invitation has the address already.
        tries.TooManyTries: too many mails to one address.
    """
    email = newcomer.email.lower()
    guarded = tries.mailed("member_invitation", email)
    tries.refuse_if_locked(guarded)
    with write():
        tries.count(guarded)
        organisation = lock(Organisation, organisation.id)
        if any(held.person.email == email for held in queries.members_of(organisation)):
            raise FieldError("email", _l("This person is a member already"))
        if any(asked.email == email for asked in queries.open_invitations(organisation)):
            raise FieldError("email", _l("This person is invited already; the invitation can be sent again"))
        invitation = Invitation(
            organisation_id=organisation.id,
            email=email,
            name=newcomer.name,
            role=newcomer.role,
            locale=newcomer.locale,
            invited_by_id=by.id,
            sent_at=now(),
            ended_at=None,
        )
        db.session.add(invitation)
        db.session.flush()
        history.record(organisation, "organisation.member_invited", by, {"member": (None, newcomer.name)})
        _send(invitation, organisation, by)
    return invitation


def invite_again(invitation: Invitation, by: Person) -> None:
    """A new mail with a new link; the earlier one closes.

    Raises:
        tries.TooManyTries: too many mails to one address.
    """
    guarded = tries.mailed("member_invitation", invitation.email)
    tries.refuse_if_locked(guarded)
    with write():
        tries.count(guarded)
        organisation = lock(Organisation, invitation.organisation_id)
        invitation = _still_open(invitation)
        invitation.sent_at = now()
        _send(invitation, organisation, by)


def withdraw_invitation(invitation: Invitation, by: Person) -> None:
    with write():
        organisation = lock(Organisation, invitation.organisation_id)
        invitation = _still_open(invitation)
        invitation.ended_at = now()
        links.revoke_all(Purpose.MEMBERSHIP, invitation.id)
        history.record(organisation, "organisation.invitation_withdrawn", by, {"member": (invitation.name, None)})


def accept_membership(link: AccessLink, welcome: Welcome | None) -> Person:
    """Comes in by an organisation's invitation. `welcome` is None for somebody who has a sign-in already.

    Raises:
        passwords.WeakPassword: refused, with the reason; the invitation stays open.
        LinkClosed: it was used or withdrawn meanwhile.
    """
    asked = db.session.get_one(Invitation, link.subject_id)
    kept = _checked(welcome, vendor().name, asked.email)
    with write():
        organisation = lock(Organisation, asked.organisation_id)
        invitation = lock(Invitation, asked.id)
        link = links.use(link.id)
        if invitation.ended_at is not None:
            raise LinkClosed
        invitation.ended_at = now()
        try:
            person = find_or_create(invitation.email, invitation.name, invitation.locale)
        except PersonClosed:
            raise LinkClosed from None
        person = queries.locked(person.id)
        if welcome is not None and person.is_staff and kept is None:
            raise FieldError("password", _l("Choose a password"))
        if welcome is not None and person.signed_in_at is None:
            _introduce(person, welcome, kept)
        join(organisation, person, MemberRole(invitation.role), by=person)
        _come_in(person)
        person = queries.locked(person.id)
    return person


def accept_invitation(link: AccessLink, welcome: Welcome) -> Person:
    """Comes in for the first time: somebody who stands in the books, staff or the owner of an organisation.

    Raises:
        passwords.WeakPassword: refused, with the reason; the invitation stays open.
        FieldError: staff need a password.
        LinkClosed: it was used or withdrawn meanwhile.
    """
    person = queries.by_id(link.subject_id)
    if person.is_staff and not welcome.password:
        raise FieldError("password", _l("Choose a password"))
    kept = _checked(welcome, *context_of(person))
    with write():
        person = queries.locked(link.subject_id)
        link = links.use(link.id)
        if not person.is_active or person.signed_in_at is not None:
            raise LinkClosed
        _introduce(person, welcome, kept)
        _come_in(person)
    return person


def change_role(membership: Membership, role: MemberRole, by: Person) -> None:
    """Raises LastOwner when nobody would be left to act for the organisation."""
    with write():
        organisation, membership = _held(membership)
        if membership.role == role:
            return
        if queries.is_last_owner(membership):
            raise LastOwner
        history.record(
            organisation,
            "organisation.member_role_changed",
            by,
            {"member": (membership.person.name, membership.person.name), "role": (membership.role, str(role))},
        )
        membership.role = role


def end_membership(membership: Membership, by: Person) -> None:
    """Removes a member, or lets them leave. It holds from their next click.

    Raises:
        LastOwner: nobody would be left to act for the organisation.
    """
    with write():
        organisation, membership = _held(membership)
        if queries.is_last_owner(membership):
            raise LastOwner
        membership.ended_at = now()
        history.record(organisation, "organisation.member_removed", by, {"member": (membership.person.name, None)})
        for then in AFTER_LEAVING:
            then(membership, by)


def _held(membership: Membership) -> tuple[Organisation, Membership]:
    """Both as they are now. The organisation's lock stands for the rule that an owner must be left."""
    organisation = lock(Organisation, membership.organisation_id)
    return organisation, queries.membership_by_id(membership.id)


def _still_open(invitation: Invitation) -> Invitation:
    invitation = lock(Invitation, invitation.id)
    if invitation.ended_at is not None:
        raise Conflict(_l("This invitation was accepted or withdrawn meanwhile."))
    return invitation


def _send(invitation: Invitation, organisation: Organisation, by: Person) -> None:
    links.revoke_all(Purpose.MEMBERSHIP, invitation.id)
    _link, path = links.mint(Purpose.MEMBERSHIP, invitation.id)
    post(
        emails.MemberInvitation(invitation.name, by.name, organisation.name),
        Recipient(invitation.email, invitation.name, invitation.locale),
        conversation=f"invitation:{invitation.ref}",
        secret_link=path,
    )


def _checked(welcome: Welcome | None, *context: str) -> str | None:
    """The new password's hash; None when none was chosen."""
    if welcome is None or not welcome.password:
        return None
    passwords.check(welcome.password, *context, welcome.name)
    return passwords.hashed(welcome.password)


def _introduce(person: Person, welcome: Welcome, kept: str | None) -> None:
    lock_named(f"person-email:{person.email}")
    person.name, person.locale = welcome.name, welcome.locale
    if kept is not None:
        person.password_hash = kept
    history.record(person, "person.came_in", person)


def _come_in(person: Person) -> None:
    if not person.has_totp:
        person.signed_in_at = now()
    links.revoke_all(Purpose.INVITATION, person.id)
