"""What is held about people who sign in, and about those who are invited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.access.links import AccessLink, Purpose
from app.core.clock import now
from app.core.db import db
from app.core.i18n import _l
from app.core.privacy import COMPANY, ERASED, Holding, Is, Kind, Rule, Whom, are, erased_address
from app.history.privacy import forget_records
from app.history.service import record
from app.people import tries
from app.people.models import (
    Absence,
    ApiToken,
    EmailChange,
    FailedTries,
    HeldRole,
    Invitation,
    Membership,
    Organisation,
    Person,
    RecoveryCode,
)

_PEOPLE = Kind(
    "people",
    _l("Sign-in and profile"),
    _l("To let people sign in and work here: performance of the contract."),
    _l("As long as the access is open, and one year after it was closed."),
)
_INVITATIONS = Kind(
    "invitations",
    _l("Invitations"),
    _l("To let somebody into an organisation that asks them in: our legitimate interest."),
    _l("Until 90 days after the invitation was sent or ended."),
)
_TRIES = Kind(
    "tries",
    _l("Failed tries to sign in"),
    _l("To keep guessers out: our legitimate interest. Only keyed digests are kept, from which nobody can be read."),
    _l("Two days after the last one."),
)
_COMPANIES = Kind(
    "organisations",
    _l("Organisations"),
    _l("To work with the company: performance of the contract."),
    _l("As long as the vendor works with it."),
)


def _close(whom: Whom, rows: Sequence[Mapping[str, Any]]) -> int:
    """The row stays, so that what the person did still has a doer; everything that says who they are goes."""
    done = 0
    for row in rows:
        if row["_own"] and not str(row["email"]).endswith("@erased.invalid"):
            close_for_good(row["id"])
            done += 1
    return done


def close_for_good(person_id: int) -> None:
    """Forgets who a person is, inside a `write()`."""
    db.session.execute(
        sa.update(Person)
        .where(Person.id == person_id)
        .values(
            email=erased_address(person_id),
            name=ERASED,
            phone=None,
            password_hash=None,
            totp_secret=None,
            totp_confirmed_at=None,
            totp_last_step=None,
            session_epoch=Person.session_epoch + 1,
            closed_at=sa.func.coalesce(Person.closed_at, sa.literal(now(), Person.closed_at.type)),
            search="",
        )
    )
    ended = sa.update(Membership).where(Membership.person_id == person_id, Membership.ended_at.is_(None))
    db.session.execute(ended.values(ended_at=now()))
    for model in (RecoveryCode, EmailChange, HeldRole, ApiToken):
        db.session.execute(sa.delete(model).where(model.person_id == person_id))
    signing_in = (Purpose.SIGN_IN, Purpose.PASSWORD_RESET, Purpose.INVITATION)
    db.session.execute(
        sa.delete(AccessLink).where(AccessLink.purpose.in_(signing_in), AccessLink.subject_id == person_id)
    )
    forget_records("person", [person_id])
    record(db.session.get_one(Person, person_id, populate_existing=True), "person.erased", None)


def _guarded(whom: Whom) -> sa.ColumnElement[bool]:
    """Tries are kept under digests; those of the addresses can be made again."""
    kept = [tries.account(email).key for email in whom.emails]
    kept += [tries.mailed(purpose, email).key for email in whom.emails for purpose in _MAILED]
    kept += [tries.code(person_id).key for person_id in whom.person_ids]
    return FailedTries.key.in_(kept)


_MAILED = ("email_change", "member_invitation", "sign_in", "password_reset")


def _closed(before: datetime) -> sa.Select[Any]:
    return (
        sa.select(Person.id)
        .where(Person.closed_at < before, Person.email.not_like("%@erased.invalid"))
        .order_by(Person.id)
    )


def _forget_people(ids: Sequence[int]) -> None:
    for id in ids:
        close_for_good(id)


def _old_invitations(before: datetime) -> sa.Select[Any]:
    return (
        sa.select(Invitation.id)
        .where(
            sa.func.coalesce(Invitation.ended_at, Invitation.sent_at) < before,
            Invitation.email.not_like("%@erased.invalid"),
        )
        .order_by(Invitation.id)
    )


def _forget_invitations(ids: Sequence[int]) -> None:
    for id in ids:
        values = {"email": erased_address(id), "name": ERASED}
        ended = sa.func.coalesce(Invitation.ended_at, sa.literal(now(), Invitation.ended_at.type))
        db.session.execute(sa.update(Invitation).where(Invitation.id == id).values(**values, ended_at=ended))


def _old_wishes(before: datetime) -> sa.Select[Any]:
    """A confirmed one tells which address somebody had before, and stays as long as they."""
    given_up = sa.or_(EmailChange.new_confirmed_at.is_(None), EmailChange.old_confirmed_at.is_(None))
    return sa.select(EmailChange.id).where(EmailChange.created_at < before, given_up).order_by(EmailChange.id)


def _forget_wishes(ids: Sequence[int]) -> None:
    db.session.execute(sa.delete(EmailChange).where(EmailChange.id.in_(ids)))


def _old_tries(before: datetime) -> sa.Select[Any]:
    return sa.select(FailedTries.key).where(FailedTries.last_at < before).order_by(FailedTries.key)


def _forget_tries(keys: Sequence[str]) -> None:
    db.session.execute(sa.delete(FailedTries).where(FailedTries.key.in_(keys)))


HOLDINGS = (
    Holding(
        Person,
        _PEOPLE,
        {
            **are(Is.CODE, "ref", "locale", "service_roles"),
            **are(Is.SECRET, "password_hash", "totp_secret"),
            "email": Is.EMAIL,
            "name": Is.NAME,
            "phone": Is.PHONE,
            "search": Is.SEARCH,
        },
        erase=_close,
    ),
    Holding(
        ApiToken,
        _PEOPLE,
        {**are(Is.CODE, "ref", "prefix", "scopes"), "name": Is.TEXT, "token_hash": Is.SECRET},
        persons=("person_id",),
        actors=("created_by_id",),
        goes=True,
    ),
    Holding(HeldRole, _PEOPLE, are(Is.CODE, "role"), persons=("person_id",), goes=True),
    Holding(Membership, _PEOPLE, are(Is.CODE, "role"), persons=("person_id",)),
    Holding(Absence, _PEOPLE, {"ref": Is.CODE}, persons=("person_id",), actors=("deputy_id", "by_id")),
    Holding(RecoveryCode, _PEOPLE, are(Is.SECRET, "code_hash"), persons=("person_id",), goes=True),
    Holding(EmailChange, _PEOPLE, {"new_email": Is.EMAIL}, persons=("person_id",), goes=True),
    Holding(
        Invitation,
        _INVITATIONS,
        {**are(Is.CODE, "ref", "role", "locale"), "email": Is.EMAIL, "name": Is.NAME},
        actors=("invited_by_id",),
        values={"ended_at": lambda row: row["ended_at"] or now()},
    ),
    Holding(FailedTries, _TRIES, are(Is.CODE, "key"), owned=_guarded, goes=True),
    Holding(
        Organisation,
        _COMPANIES,
        {**are(Is.CODE, "ref", "kind"), "name": Is.STAYS},
        stays={"name": COMPANY},
    ),
)

RULES = (
    Rule(
        "closed_people",
        _l("People whose access was closed"),
        _l("the day the access was closed"),
        365,
        _closed,
        _forget_people,
        least=30,
        after=_l("What they did stays, without saying who they were."),
    ),
    Rule(
        "invitations",
        _l("Names and addresses in invitations"),
        _l("the day the invitation was sent or ended"),
        90,
        _old_invitations,
        _forget_invitations,
        least=14,
        after=_l("That somebody was invited, by whom and when."),
    ),
    Rule(
        "email_changes",
        _l("New addresses that were never confirmed"),
        _l("the day the change was asked for"),
        30,
        _old_wishes,
        _forget_wishes,
        least=3,
        after=_l("Nothing."),
    ),
    Rule(
        "tries",
        _l("Failed tries to sign in"),
        _l("the last try"),
        2,
        _old_tries,
        _forget_tries,
        after=_l("Nothing."),
    ),
)
