"""Suspending a reseller with a reason, and resuming it: link and panel close, customers stay credited (R16)."""

from __future__ import annotations

from app.core.clock import now
from app.core.db import db, lock, write
from app.core.errors import Conflict, FieldError
from app.core.i18n import _, _l, format_date, format_time
from app.history import service as history
from app.outbox import service as outbox
from app.outbox.mail import Mail, Recipient
from app.partners import emails
from app.partners.models import Reseller, ResellerState
from app.partners.service import accesses
from app.people.models import Organisation, Person
from app.people.queries import owners_of


def suspend(reseller: Reseller, reason: str, by: Person) -> Reseller:
    """Closes the reseller's link and panel. Its accesses are withdrawn; leads and accounts stay as they are. The reason
    goes to the owners as it was written. The same person saying the same twice does nothing more.

    Raises:
        AlreadySuspended: somebody was quicker.
        FieldError: there is no reason.
    """
    if not reason:
        raise FieldError("reason", _l("Enter the reason"))
    with write():
        found = lock(Reseller, reseller.id)
        if not found.is_active:
            if found.suspended_by_id == by.id and found.suspension == reason:
                return found
            raise AlreadySuspended(found)
        found.state = ResellerState.SUSPENDED
        found.suspension = reason
        found.suspended_at = now()
        found.suspended_by_id = by.id
        found.version += 1
        withdrawn = accesses.withdraw_all(found, by)
        organisation = db.session.get_one(Organisation, found.organisation_id)
        history.record(
            found,
            "reseller.suspended",
            by,
            {
                "state": (ResellerState.ACTIVE, ResellerState.SUSPENDED),
                "reason": (None, reason),
                **({"accesses": (withdrawn, None)} if withdrawn else {}),
            },
        )
        _tell(found, emails.ResellerSuspended(organisation=organisation.name, reason=reason))
    return found


def resume(reseller: Reseller, version: int, by: Person) -> Reseller:
    """Opens link and panel again, and asks once more for the accesses that the suspension withdrew.

    Raises:
        NotSuspended: somebody was quicker, or it was suspended anew since.
    """
    with write():
        found = lock(Reseller, reseller.id)
        if found.is_active or found.version != version:
            raise NotSuspended(found)
        reason = found.suspension
        found.state = ResellerState.ACTIVE
        found.suspension = found.suspended_at = found.suspended_by_id = None
        found.version += 1
        asked = accesses.ask_again(found, by)
        organisation = db.session.get_one(Organisation, found.organisation_id)
        history.record(
            found,
            "reseller.resumed",
            by,
            {
                "state": (ResellerState.SUSPENDED, ResellerState.ACTIVE),
                "_reason": (reason, None),
                **({"accesses": (None, asked)} if asked else {}),
            },
        )
        _tell(found, emails.ResellerResumed(organisation=organisation.name, systems=asked))
    return found


def _tell(reseller: Reseller, mail: Mail) -> None:
    for person in owners_of(reseller.organisation_id):
        outbox.post(mail, Recipient.of(person), conversation=f"reseller:{reseller.ref}")


class AlreadySuspended(Conflict):
    """Somebody else suspended the reseller meanwhile; the message says who and when."""

    def __init__(self, reseller: Reseller) -> None:
        by = db.session.get(Person, reseller.suspended_by_id) if reseller.suspended_by_id else None
        moment = reseller.suspended_at or now()
        super().__init__(
            str(
                _(
                    "%(name)s suspended this reseller on %(date)s at %(time)s.",
                    name=by.name if by else "Gangway",
                    date=format_date(moment),
                    time=format_time(moment),
                )
            )
        )


class NotSuspended(Conflict):
    """The reseller is active, or suspended once more than the person saw."""

    def __init__(self, reseller: Reseller) -> None:
        super().__init__(
            _l("Somebody resumed this reseller in the meantime.")
            if reseller.is_active
            else _l("This reseller has changed in the meantime. Look at it again before you resume it.")
        )
