"""Service partners: entered with their first person, changed, suspended and resumed, absent for a time (T2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from app.access.roles import MemberRole, OrganisationKind
from app.core import identifiers
from app.core.clock import now
from app.core.db import db, lock, lock_named, write
from app.core.errors import Conflict, FieldError, NotFound
from app.core.i18n import _l
from app.core.search import fold, search_text
from app.followups.emails_partners import ServicePartnerInvited, ServicePartnerResumed, ServicePartnerSuspended
from app.followups.models import BALANCE, PartnerAbsence, PartnerState, ServicePartner
from app.followups.queries.partners import Load, loads
from app.history.service import record
from app.outbox import service as outbox
from app.outbox.mail import Mail, Recipient
from app.people.models import Organisation, Person
from app.people.queries import owners_of
from app.people.service import joining

LONGEST = timedelta(days=366)
MOST_COMPANIES = 100_000
"""That anybody can type as a capacity."""


@dataclass(frozen=True)
class PartnerDetails:
    """A firm as staff type it, in canonical forms."""

    name: str
    country: str
    company_number: str
    postcode: str
    city: str
    email: str
    phone: str
    capacity: int | None
    """Companies at most; None without a limit."""
    served: int
    """Customers it had before they were counted here."""


@dataclass(frozen=True)
class FirstPerson:
    """Who becomes the owner in the panel."""

    name: str
    email: str
    locale: str


class PartnerMovedOn(Conflict):
    """Somebody else changed it since it was looked at."""

    def __init__(self) -> None:
        super().__init__(_l("Somebody else changed this service partner in the meantime. Look at it again."))


def add(details: PartnerDetails, first: FirstPerson, key: str, by: Person) -> ServicePartner:
    """A new service partner whose first person is invited into the panel. The same form sent twice is one.

    Raises:
        FieldError: the company is a service partner already, or the person's access was closed.
    """
    with write():
        made = db.session.scalar(sa.select(ServicePartner).where(ServicePartner.key == key)) if key else None
        return made or enter(details, first, by, key=key, invite=True)


def enter(details: PartnerDetails, first: FirstPerson, by: Person, *, key: str = "", invite: bool) -> ServicePartner:
    """What `add` does, inside somebody else's `write()`, as when a list is imported. Nobody is mailed unless `invite`
    says so, and nobody who has been here before."""
    company_key = _free_key(details, None)
    moment = now()
    organisation = Organisation(kind=OrganisationKind.SERVICE_PARTNER, name=details.name, created_at=moment)
    db.session.add(organisation)
    db.session.flush()
    partner = ServicePartner(
        organisation_id=organisation.id,
        organisation=organisation,
        key=key or None,
        created_at=moment,
        updated_at=moment,
        last_assigned_at=None,
        **_columns(details, company_key),
    )
    db.session.add(partner)
    db.session.flush()
    partner.search = _search(partner, details)
    try:
        person = joining.find_or_create(first.email, first.name, first.locale)
    except joining.PersonClosed:
        raise FieldError("person_email", ACCESS_CLOSED) from None
    joining.join(organisation, person, MemberRole.OWNER, by)
    record(partner, "service_partner.added", by, {name: (None, value) for name, value in _told(details).items()})
    if invite:
        _invite(partner, organisation, person, by)
    return partner


ACCESS_CLOSED = _l("This address belongs to a person whose access was closed. An administrator has to open it first.")


def edit(partner_id: int, version: int, details: PartnerDetails, by: Person) -> ServicePartner:
    """Other details. The same again changes nothing.

    Raises:
        PartnerMovedOn: it is another version now.
        FieldError: the company number is another service partner's.
    """
    with write():
        return correct(partner_id, version, details, by)


def correct(partner_id: int, version: int, details: PartnerDetails, by: Person) -> ServicePartner:
    """What `edit` does, inside somebody else's `write()`."""
    lock_named(BALANCE)  # another capacity counts for whoever chooses now
    partner = lock(ServicePartner, partner_id)
    organisation = partner.organisation = lock(Organisation, partner.organisation_id)
    changes = differences(partner, details)
    if not changes:
        return partner
    if partner.version != version:
        raise PartnerMovedOn
    company_key = _free_key(details, partner.id)
    for column, value in _columns(details, company_key).items():
        setattr(partner, column, value)
    if "name" in changes:
        organisation.name = details.name
        organisation.version += 1
    partner.search = " ".join(dict.fromkeys(f"{partner.search} {_search(partner, details)}".split(" ")))[:2000]
    _touch(partner)
    record(partner, "service_partner.edited", by, changes)
    return partner


def differences(partner: ServicePartner, details: PartnerDetails) -> dict[str, tuple[Any, Any]]:
    """What of these details is not so yet: name -> (as it is, as it would be). The organisation has to be loaded."""
    wanted = _told(details)
    before = {name: partner.organisation.name if name == "name" else getattr(partner, name) for name in wanted}
    return {name: (before[name], value) for name, value in wanted.items() if before[name] != value}


def suspend(partner_id: int, version: int, reason: str, by: Person) -> ServicePartner:
    """It is proposed for nothing new. What it has stays with it; its owners read the reason as it was written.

    Raises:
        FieldError: there is no reason.
        PartnerMovedOn: somebody was quicker.
    """
    if not reason:
        raise FieldError("reason", _l("Enter the reason"))
    with write():
        lock_named(BALANCE)
        partner = lock(ServicePartner, partner_id)
        if not partner.is_active and partner.suspension == reason:
            return partner
        if not partner.is_active or partner.version != version:
            raise PartnerMovedOn
        partner.state, partner.suspension = PartnerState.SUSPENDED, reason
        _touch(partner)
        record(
            partner,
            "service_partner.suspended",
            by,
            {"state": (PartnerState.ACTIVE, PartnerState.SUSPENDED), "reason": (None, reason)},
        )
        organisation = db.session.get_one(Organisation, partner.organisation_id)
        has = loads([partner.id]).get(partner.id, Load())
        _tell(partner, ServicePartnerSuspended(organisation.name, reason, has.companies - partner.served))
    return partner


def resume(partner_id: int, version: int, by: Person) -> ServicePartner:
    """It is proposed again.

    Raises:
        PartnerMovedOn: somebody was quicker.
    """
    with write():
        lock_named(BALANCE)
        partner = lock(ServicePartner, partner_id)
        if partner.is_active or partner.version != version:
            raise PartnerMovedOn
        reason, partner.state, partner.suspension = partner.suspension, PartnerState.ACTIVE, ""
        _touch(partner)
        record(
            partner,
            "service_partner.resumed",
            by,
            {"state": (PartnerState.SUSPENDED, PartnerState.ACTIVE), "_reason": (reason, None)},
        )
        organisation = db.session.get_one(Organisation, partner.organisation_id)
        _tell(partner, ServicePartnerResumed(organisation.name))
    return partner


def note_absence(partner_id: int, from_on: date, until_on: date, by: Person) -> PartnerAbsence:
    """Days, both inclusive, on which it takes nothing on. The same again is the one that is there.

    Raises:
        FieldError: the days cannot be, or cross another absence.
    """
    if until_on < from_on:
        raise FieldError("until_on", _l("The last day cannot lie before the first."))
    if until_on - from_on > LONGEST:
        raise FieldError("until_on", _l("Enter a year at most. For longer, suspend the service partner."))
    with write():
        lock_named(BALANCE)
        partner = lock(ServicePartner, partner_id)
        crossing = db.session.scalar(
            sa.select(PartnerAbsence).where(
                PartnerAbsence.partner_id == partner.id,
                PartnerAbsence.ended_at.is_(None),
                PartnerAbsence.from_on <= until_on,
                PartnerAbsence.until_on >= from_on,
            )
        )
        if crossing is not None:
            if (crossing.from_on, crossing.until_on) == (from_on, until_on):
                return crossing
            raise FieldError("from_on", _l("An absence in these days is noted already. Take that one back first."))
        absence = PartnerAbsence(
            partner_id=partner.id, from_on=from_on, until_on=until_on, created_at=now(), ended_at=None
        )
        db.session.add(absence)
        db.session.flush()
        record(partner, "service_partner.absence_noted", by, _days(absence, noted=True))
    return absence


def end_absence(partner_id: int, ref: str, by: Person) -> None:
    """It is there after all. Twice does nothing more.

    Raises:
        NotFound: it has no such absence.
    """
    with write():
        lock_named(BALANCE)
        partner = lock(ServicePartner, partner_id)
        absence = db.session.scalar(
            sa.select(PartnerAbsence).where(PartnerAbsence.ref == ref, PartnerAbsence.partner_id == partner.id)
        )
        if absence is None:
            raise NotFound
        if absence.ended_at is None:
            absence.ended_at = now()
            record(partner, "service_partner.absence_ended", by, _days(absence, noted=False))


def invite_again(partner_id: int, person_id: int, by: Person) -> None:
    """A new link for an owner who has not been here yet.

    Raises:
        NotFound: nobody of this partner.
        FieldError: the person has been here.
    """
    with write():
        partner = lock(ServicePartner, partner_id)
        person = next((one for one in owners_of(partner.organisation_id) if one.id == person_id), None)
        if person is None:
            raise NotFound
        if person.signed_in_at is not None:
            raise FieldError("person", _l("This person has signed in before and needs no invitation."))
        _invite(partner, db.session.get_one(Organisation, partner.organisation_id), person, by)


def _days(absence: PartnerAbsence, *, noted: bool) -> dict[str, tuple[Any, Any]]:
    days = {"from_on": absence.from_on.isoformat(), "until_on": absence.until_on.isoformat()}
    return {name: (None, day) if noted else (day, None) for name, day in days.items()}


def _free_key(details: PartnerDetails, own_id: int | None) -> str:
    """One company is one service partner."""
    key = identifiers.company_key(details.country, details.company_number)
    lock_named(f"service-partner:{key}")
    other = db.session.scalar(sa.select(ServicePartner).where(ServicePartner.company_key == key))
    if other is not None and other.id != own_id:
        raise FieldError("company_number", _l("This company is a service partner already: %(ref)s.", ref=other.ref))
    return key


def _columns(details: PartnerDetails, company_key: str) -> dict[str, Any]:
    columns = {name: value for name, value in _told(details).items() if name != "name"}
    return {**columns, "company_key": company_key, "name_sort": fold(details.name)[:200]}


def _told(details: PartnerDetails) -> dict[str, Any]:
    return {name: getattr(details, name) for name in PartnerDetails.__dataclass_fields__}


def _search(partner: ServicePartner, details: PartnerDetails) -> str:
    return search_text(
        partner.ref,
        details.name,
        details.email,
        details.city,
        details.postcode,
        identifiers.number_search_words(details.country, details.company_number),
    )


def _touch(partner: ServicePartner) -> None:
    partner.version += 1
    partner.updated_at = now()


def _invite(partner: ServicePartner, organisation: Organisation, person: Person, by: Person) -> None:
    record(partner, "service_partner.invited", by, {"member": (None, person.name)})
    outbox.post(
        ServicePartnerInvited(organisation=organisation.name, invited_by=by.name, ref=partner.ref),
        Recipient.of(person),
        conversation=f"service-partner:{partner.ref}",
        secret_link=joining.invitation_for(person),
    )


def _tell(partner: ServicePartner, mail: Mail) -> None:
    for person in owners_of(partner.organisation_id):
        outbox.post(mail, Recipient.of(person), conversation=f"service-partner:{partner.ref}")
