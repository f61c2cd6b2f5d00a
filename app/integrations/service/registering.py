"""Registering a software company: one form, one mail, and the panel is there (S1)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from app.access import links
from app.access.links import AccessLink, LinkClosed, Purpose
from app.access.roles import MemberRole, OrganisationKind
from app.core.clock import now
from app.core.db import db, lock, lock_named, new_ref, write
from app.core.search import fold
from app.history.service import Visitor, record
from app.integrations.emails_partners import PartnerRegistered
from app.integrations.models import PartnerRegistration, PartnerState, Product, SoftwarePartner
from app.integrations.service import steps
from app.integrations.service.indexing import index_partner
from app.integrations.slugs import free_slug
from app.outbox import service as outbox
from app.outbox.mail import Recipient
from app.people import queries as people
from app.people import tries
from app.people.models import Membership, Organisation, Person
from app.people.service import joining


@dataclass(frozen=True)
class Registration:
    """What is asked of somebody who registers, in canonical forms."""

    company_name: str
    country: str
    website: str
    product_name: str
    sells: tuple[str, ...]
    """Codes of `Sells`."""
    name: str
    email: str


@dataclass(frozen=True)
class Confirmed:
    """Who confirmed a registration, and what it became."""

    person: Person
    partner: SoftwarePartner
    signs_in: bool
    """False for staff and for whoever has a password: they show it, as always."""


def register(details: Registration, *, submission_key: str, locale: str, suspicious: bool) -> PartnerRegistration:
    """Takes a registration and mails the link that confirms it. The same form with the same content again gives the
    first registration. Whether the address is known makes no difference.

    Raises:
        tries.TooManyTries: too many mails to one address.
    """
    key = hashlib.sha256(
        json.dumps([submission_key or new_ref("K", 24), asdict(details)], sort_keys=True).encode()
    ).hexdigest()
    guarded = tries.mailed("partner_registration", details.email)
    first = _sent(key)
    if first is not None:
        return first
    tries.refuse_if_locked(guarded)
    with write():
        lock_named(f"partner-registration:{key}")
        first = _sent(key)
        if first is not None:
            return first
        tries.count(guarded)
        made = PartnerRegistration(
            **{**asdict(details), "sells": list(details.sells), "website": details.website or None},
            locale=locale,
            submission_key=key,
            suspicious=suspicious,
            created_at=now(),
            confirmed_at=None,
        )
        db.session.add(made)
        db.session.flush()
        told = {name: (None, value) for name, value in asdict(details).items() if value}
        record(made, "partner_registration.submitted", Visitor(details.name), told)
        if not suspicious:
            _mail_link(made)
    return made


def _sent(key: str) -> PartnerRegistration | None:
    return db.session.scalar(sa.select(PartnerRegistration).where(PartnerRegistration.submission_key == key))


def _mail_link(registration: PartnerRegistration) -> None:
    links.revoke_all(Purpose.PARTNER_REGISTRATION, registration.id)
    _link, path = links.mint(Purpose.PARTNER_REGISTRATION, registration.id)
    outbox.post(
        PartnerRegistered(registration.company_name, registration.product_name, registration.ref),
        Recipient(registration.email, registration.name, registration.locale),
        conversation=f"partner-registration:{registration.ref}",
        secret_link=path,
    )


def release(registration_id: int, by: Person) -> PartnerRegistration:
    """Staff looked at a registration that was set apart, and found it genuine: its mail goes out now. Twice is once."""
    with write():
        found = lock(PartnerRegistration, registration_id)
        if not found.suspicious:
            return found
        found.suspicious = False
        record(found, "partner_registration.released", by, {"suspicious": (True, False)})
        if found.confirmed_at is None:
            _mail_link(found)
    return found


def drop(registration_id: int, by: Person) -> None:
    """A registration that was set apart is no company's: it goes, and nobody is mailed. Twice is once."""
    with write():
        found = db.session.get(PartnerRegistration, registration_id, with_for_update=True, populate_existing=True)
        if found is None or not found.suspicious or found.confirmed_at is not None:
            return
        record(found, "partner_registration.dropped", by)
        db.session.delete(found)


def confirm(link: AccessLink) -> Confirmed:
    """The mailed link was followed: the company is a software partner, whoever registered it its owner.

    Somebody who registers a company twice keeps the first; what is new is its product. Without a published playbook the
    partner has no plan yet: staff start it later.

    Raises:
        LinkClosed: the link was used, or its person may not enter.
    """
    with write():
        link = links.use(link.id)
        registration = lock(PartnerRegistration, link.subject_id)
        if registration.suspicious or registration.confirmed_at is not None:
            raise LinkClosed
        try:
            person = joining.find_or_create(registration.email, registration.name, registration.locale)
        except joining.PersonClosed:
            raise LinkClosed from None
        person = people.locked(person.id)
        partner = _own(person, registration.company_name) or _make(registration, person)
        _add_product(partner, registration, person)
        db.session.flush()
        index_partner(partner)
        registration.confirmed_at = now()
        registration.partner_id = partner.id
        record(registration, "partner_registration.confirmed", person, {"partner": (None, partner.ref)})
        signs_in = not person.is_staff and person.password_hash is None
        if signs_in and not person.has_totp:
            person.signed_in_at = now()
        person = people.locked(person.id)
    return Confirmed(person, partner, signs_in)


def _own(person: Person, company_name: str) -> SoftwarePartner | None:
    """The software partner of this name that the person works for already."""
    rows = db.session.scalars(
        sa.select(SoftwarePartner)
        .join(Membership, Membership.organisation_id == SoftwarePartner.organisation_id)
        .where(
            Membership.person_id == person.id,
            Membership.ended_at.is_(None),
            SoftwarePartner.state == PartnerState.ACTIVE,
            SoftwarePartner.name_sort == fold(company_name)[:200],
        )
        .order_by(SoftwarePartner.id)
    )
    return rows.first()


def _make(registration: PartnerRegistration, person: Person) -> SoftwarePartner:
    organisation = Organisation(
        kind=OrganisationKind.SOFTWARE_PARTNER, name=registration.company_name, created_at=now()
    )
    db.session.add(organisation)
    db.session.flush()
    partner = SoftwarePartner(
        organisation_id=organisation.id,
        country=registration.country,
        website=registration.website,
        locale=registration.locale,
        created_at=now(),
        ended_at=None,
    )
    db.session.add(partner)
    db.session.flush()
    told = {name: getattr(registration, name) for name in ("company_name", "country", "website")}
    changes = {name: (None, value) for name, value in told.items() if value}
    record(partner, "software_partner.registered", person, changes)
    joining.join(organisation, person, MemberRole.OWNER, person)
    steps.begin(partner, person)
    return partner


def _add_product(partner: SoftwarePartner, registration: PartnerRegistration, person: Person) -> None:
    name = registration.product_name[:120]
    known = sa.select(Product.id).where(Product.partner_id == partner.id, Product.name_sort == fold(name)[:120])
    if db.session.scalar(known.limit(1)) is not None:
        return
    product = Product(
        partner_id=partner.id,
        slug=free_slug(name),
        name=name,
        sells=registration.sells,
        languages=[registration.locale],
        created_at=now(),
        archived_at=None,
        name_sort=fold(name)[:120],
    )
    db.session.add(product)
    db.session.flush()
    record(product, "product.added", person, {"name": (None, name), "sells": (None, list(registration.sells))})
