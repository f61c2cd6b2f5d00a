"""Resellers that worked with the vendor before Gangway: taken in from a file, corrected by one, invited (X6).

Nothing is invented for them: no terms accepted, no accesses asked for, no mail unless somebody chooses it. All verbs
work inside somebody else's `write()`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.access.roles import MemberRole, OrganisationKind
from app.core import identifiers
from app.core.clock import now
from app.core.db import db, lock
from app.core.errors import Conflict, FieldError
from app.core.i18n import _l
from app.core.search import fold, search_text
from app.history import service as history
from app.outbox import service as outbox
from app.outbox.mail import Recipient
from app.partners import emails
from app.partners.models import Reseller, ResellerState
from app.partners.service.links import new_link
from app.people.models import Organisation, Person
from app.people.service import joining


@dataclass(frozen=True)
class KnownReseller:
    """What a vendor knows of a reseller, in canonical forms."""

    name: str
    contact_name: str
    country: str
    company_number: str
    city: str
    email: str
    """Of the person who becomes the owner in the panel."""
    phone: str | None
    locale: str
    since: datetime
    suspension: str = ""
    """Why it is suspended, as the reseller reads it; empty for one that is active."""


def take_in(known: KnownReseller, by: Person) -> tuple[Reseller, Person]:
    """Organisation, owner and personal link of a reseller that was there before. The link opens once the terms are
    accepted, as everybody's does.

    Raises:
        FieldError: the address belongs to somebody whose access was closed.
    """
    organisation = Organisation(kind=OrganisationKind.RESELLER, name=known.name, created_at=now())
    reseller = Reseller(
        organisation=organisation,
        contact_name=known.contact_name,
        city=known.city,
        country=known.country,
        company_key=identifiers.company_key(known.country, known.company_number),
        name_sort=fold(known.name)[:200],
        created_at=known.since,
    )
    if known.suspension:
        reseller.state = ResellerState.SUSPENDED
        reseller.suspension = known.suspension
        reseller.suspended_at = now()
        reseller.suspended_by_id = by.id
    db.session.add(reseller)
    db.session.flush()
    reseller.search = search_text(
        reseller.ref,
        known.name,
        known.contact_name,
        known.email,
        known.city,
        identifiers.number_search_words(known.country, known.company_number),
    )
    try:
        person = joining.find_or_create(known.email, known.contact_name, known.locale, known.phone)
    except joining.PersonClosed:
        raise FieldError("email", ACCESS_CLOSED) from None
    joining.join(organisation, person, MemberRole.OWNER, by)
    link = new_link(reseller, *known.contact_name.split(" "))
    history.record(
        reseller,
        "reseller.taken_in",
        by,
        {
            "link": (None, link.slug),
            "since": (None, known.since.date().isoformat()),
            **({"reason": (None, known.suspension)} if known.suspension else {}),
        },
    )
    return reseller, person


ACCESS_CLOSED = _l("This address belongs to a person whose access was closed. An administrator has to open it first.")


def correct(reseller_id: int, version: int, name: str, contact_name: str, city: str, by: Person) -> Reseller:
    """Other words for a reseller that is there. It is still found by the earlier ones.

    Raises:
        Conflict: somebody changed it a moment ago.
    """
    found = lock(Reseller, reseller_id)
    if found.version != version:
        raise Conflict(_l("Somebody else changed this reseller a moment ago. Send the line again."))
    organisation = lock(Organisation, found.organisation_id)
    changes: dict[str, history.Change] = {}
    for record, field, value in (
        (organisation, "name", name),
        (found, "contact_name", contact_name),
        (found, "city", city),
    ):
        if getattr(record, field) != value:
            changes[field] = (getattr(record, field), value)
            setattr(record, field, value)
    if changes:
        found.search = " ".join(dict.fromkeys(f"{found.search} {search_text(contact_name, city)}".split(" ")))
        found.version += 1
        if "name" in changes:
            organisation.version += 1
        history.record(found, "reseller.corrected", by, changes)
    return found


def invite(reseller: Reseller, owner: Person, by: Person) -> None:
    """The mail with which an owner who has not been here yet comes into the panel."""
    organisation = db.session.get_one(Organisation, reseller.organisation_id)
    history.record(reseller, "reseller.invited", by, {"member": (None, owner.name)})
    outbox.post(
        emails.ResellerInvited(organisation=organisation.name, invited_by=by.name, ref=reseller.ref),
        Recipient.of(owner),
        conversation=f"reseller:{reseller.ref}",
        secret_link=joining.invitation_for(owner),
    )
