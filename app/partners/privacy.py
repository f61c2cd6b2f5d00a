"""What is held about applicants, and about the people behind a reseller."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.access.links import AccessLink, Purpose
from app.access.roles import MemberRole
from app.core import identifiers
from app.core.clock import now
from app.core.db import db
from app.core.i18n import _l
from app.core.privacy import COMPANY, ERASED, Holding, Is, Kind, Rule, Whom, are, erased_address
from app.core.search import search_text
from app.history.privacy import forget_records
from app.partners.models import (
    Application,
    ApplicationState,
    GrantedAccess,
    PersonalLink,
    Reseller,
    VendorSystem,
    WelcomeItem,
)
from app.people.models import Membership, Organisation, Person

_APPLICATIONS = Kind(
    "applications",
    _l("Applications"),
    _l("To decide whether a company becomes a reseller: steps at the applicant's request before a contract."),
    _l("One year after a rejection; for accepted ones as long as the company is a reseller."),
)
_RESELLERS = Kind(
    "resellers",
    _l("Resellers"),
    _l("To work with the reseller: performance of the contract."),
    _l("As long as the company is a reseller."),
)
_PROGRAMME = Kind(
    "programme",
    _l("Welcome package and systems"),
    _l("To hand out what every reseller gets: our legitimate interest."),
    _l("Until the vendor changes it."),
)


def _erase_contact(whom: Whom, rows: Sequence[Mapping[str, Any]]) -> int:
    """Somebody else of the reseller's people stands for it from now on, else the company itself."""
    done = 0
    for row in rows:
        changes: dict[str, Any] = {}
        if whom.is_named_in(row["contact_name"], near=row["_near"]):
            changes["contact_name"] = _other_contact(row["organisation_id"], whom)
        if whom.is_named_in(row["suspension"] or "", near=row["_near"]):
            changes["suspension"] = whom.blanked(row["suspension"], near=row["_near"])
        if whom.is_named_in(row["search"], near=row["_near"]):
            name = db.session.scalar(sa.select(Organisation.name).where(Organisation.id == row["organisation_id"]))
            contact = changes.get("contact_name", row["contact_name"])
            number = identifiers.number_search_words(row["country"], row["company_key"].partition(":")[2])
            changes["search"] = search_text(row["ref"], name, contact, row["city"], number)
        if {key: value for key, value in changes.items() if value != row[key]}:
            db.session.execute(
                sa.update(Reseller).where(Reseller.id == row["id"]).values(**changes, version=Reseller.version + 1)
            )
            done += 1
    return done


def _other_contact(organisation_id: int, whom: Whom) -> str:
    owner = db.session.scalar(
        sa.select(Person.name)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.organisation_id == organisation_id,
            Membership.role == MemberRole.OWNER,
            Membership.ended_at.is_(None),
            Person.closed_at.is_(None),
            Person.id.not_in(whom.person_ids),
        )
        .order_by(Membership.id)
        .limit(1)
    )
    company = db.session.scalar(sa.select(Organisation.name).where(Organisation.id == organisation_id))
    return owner or company or ERASED


def _bears_name(whom: Whom) -> sa.ColumnElement[bool]:
    """Addresses that bear the name, of the resellers the person worked for."""
    slugs = {identifiers.slug_of_name(*name.split(" ")) for name in whom.names}
    return sa.and_(
        PersonalLink.reseller_id.in_(sorted(whom.records.get("reseller", ()))),
        sa.or_(*(PersonalLink.slug.ilike(f"{slug}-%") for slug in slugs), sa.false()),
    )


def _rename_links(whom: Whom, rows: Sequence[Mapping[str, Any]]) -> int:
    """The address bears the company's name from now on, and new random signs; the former one opens nothing. An alias,
    which is somebody else's address in circulation, is closed."""
    done = 0
    for row in rows:
        if not row["_own"] and not whom.is_named_in(row["slug"], near=row["_near"]):
            continue
        values: dict[str, Any] = {"slug": f"closed-{secrets.token_hex(8)}"}
        if row["is_alias"]:
            values["withdrawn_at"] = row["withdrawn_at"] or now()
        else:
            company = db.session.scalar(
                sa.select(Organisation.name)
                .join(Reseller, Reseller.organisation_id == Organisation.id)
                .where(Reseller.id == row["reseller_id"])
            )
            values["slug"] = f"{identifiers.slug_of_name('', company or '')[:100]}-{secrets.token_hex(4)}"
        db.session.execute(sa.update(PersonalLink).where(PersonalLink.id == row["id"]).values(**values))
        done += 1
    return done


def _rejected(before: datetime) -> sa.Select[Any]:
    return (
        sa.select(Application.id)
        .where(
            Application.state == ApplicationState.REJECTED,
            Application.decided_at < before,
            Application.email.not_like("%@erased.invalid"),
        )
        .order_by(Application.id)
    )


def _forget_applications(ids: Sequence[int]) -> None:
    for row in db.session.scalars(sa.select(Application).where(Application.id.in_(ids))):
        row.first_name, row.last_name, row.email, row.phone = ERASED, "", erased_address(row.id), ""
        row.about = row.reason = None
        row.version += 1
        number = identifiers.number_search_words(row.country, row.company_number)
        row.search = search_text(row.ref, row.company_name, row.city, number)
    db.session.execute(
        sa.delete(AccessLink).where(AccessLink.purpose == Purpose.APPLICATION_STATUS, AccessLink.subject_id.in_(ids))
    )
    forget_records("application", ids)


HOLDINGS = (
    Holding(
        Application,
        _APPLICATIONS,
        {
            **are(Is.CODE, "ref", "locale", "state", "submission_key", "country", "company_number", "company_key"),
            **are(Is.CODE, "postcode"),
            **are(Is.STAYS, "company_name", "street", "city", "website"),
            **are(Is.TEXT, "about", "reason"),
            **are(Is.NAME, "first_name", "last_name"),
            "email": Is.EMAIL,
            "phone": Is.PHONE,
            "search": Is.SEARCH,
        },
        full_name=("first_name", "last_name"),
        values={"last_name": ""},
        actors=("decided_by_id",),
        stays=dict.fromkeys(("company_name", "street", "city", "website"), COMPANY),
        told=True,
    ),
    Holding(
        PersonalLink,
        _RESELLERS,
        {"slug": Is.TEXT},
        part_of=("reseller_id", "reseller"),
        owned=_bears_name,
        erase=_rename_links,
    ),
    Holding(
        Reseller,
        _RESELLERS,
        {
            **are(Is.CODE, "ref", "state", "city", "country", "company_key", "name_sort"),
            "contact_name": Is.NAME,
            "suspension": Is.TEXT,
            "search": Is.SEARCH,
        },
        actors=("suspended_by_id",),
        part_of=("organisation_id", "organisation"),
        erase=_erase_contact,
    ),
    Holding(GrantedAccess, _RESELLERS, are(Is.CODE, "state"), actors=("changed_by_id",)),
    Holding(VendorSystem, _PROGRAMME, are(Is.CODE, "name")),
    Holding(WelcomeItem, _PROGRAMME, {**are(Is.CODE, "ref", "locale"), **are(Is.TEXT, "title", "description", "url")}),
)

RULES = (
    Rule(
        "rejected_applications",
        _l("Applicants who were rejected"),
        _l("the day of the rejection"),
        365,
        _rejected,
        _forget_applications,
        least=30,
        after=_l("The company, and that it was rejected."),
    ),
)
