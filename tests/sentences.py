"""Arranging a test in sentences: `a_reseller()`, `a_lead(of=reseller)`, `sign_in(client, person)`.

Each makes what it names, committed, with plausible values, and returns it. Names may be given; numbers are valid and
never the same twice.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from cryptography.fernet import Fernet
from flask import Flask
from flask.testing import FlaskClient

from app.access.roles import MemberRole, OrganisationKind, StaffRole
from app.catalogue.models import Service
from app.core import identifiers
from app.core.clock import now
from app.core.db import db, write
from app.core.search import search_text
from app.partners.models import PersonalLink, Reseller
from app.people.models import HeldRole, Membership, Organisation, Person

_counter = itertools.count(1)


def a_person(name: str = "Anna Kowalik", *, locale: str = "en", email: str | None = None) -> Person:
    number = next(_counter)
    person = Person(
        name=name,
        email=email or f"person{number}@people.example",
        locale=locale,
        created_at=now(),
        held_roles=[],
        memberships=[],
    )
    with write():
        db.session.add(person)
    return person


def a_staff_member(*roles: str, name: str = "Dana Kellerman", locale: str = "en") -> Person:
    person = a_person(name, locale=locale)
    with write():
        for role in roles or ("sales",):
            db.session.add(HeldRole(person_id=person.id, role=StaffRole(role)))
    db.session.expire(person)
    return person


def an_organisation(name: str = "Polana", kind: OrganisationKind = OrganisationKind.RESELLER) -> Organisation:
    organisation = Organisation(kind=kind, name=name, created_at=now())
    with write():
        db.session.add(organisation)
    return organisation


def a_member_of(
    organisation: Organisation, name: str = "Tom Aldous", *, role: str = "owner", locale: str = "en"
) -> Person:
    person = a_person(name, locale=locale)
    with write():
        db.session.add(
            Membership(
                organisation_id=organisation.id,
                person_id=person.id,
                role=MemberRole(role),
                created_at=now(),
                ended_at=None,
            )
        )
    db.session.expire(person)
    return person


def a_reseller(
    name: str = "Polana", *, contact: str = "Katarzyna Milewska", terms_version: int = 1, **values: Any
) -> Reseller:
    """An active reseller whose organisation has one owner and whose personal link is open: the first terms are
    accepted. `terms_version=0` for one that has accepted none."""
    organisation = an_organisation(name)
    a_member_of(organisation, contact)
    number = next(_counter)
    reseller = Reseller(
        organisation_id=organisation.id,
        contact_name=contact,
        terms_version=terms_version,
        created_at=now(),
        search=search_text(name, contact),
        **{"country": "PL", "city": "Gniezno", "company_key": f"PL:reseller{number}", **values},
    )
    with write():
        db.session.add(reseller)
        db.session.flush()
        slug = identifiers.slug_of_name(*(contact.split(" ", 1) if " " in contact else (contact, "")))
        db.session.add(
            PersonalLink(
                reseller_id=reseller.id,
                slug=f"{slug}-{number:08d}",
                is_current=True,
                created_at=now(),
                withdrawn_at=None,
            )
        )
    db.session.expire_all()
    return reseller


def owner_of(reseller: Reseller) -> Person:
    return db.session.scalars(
        db.select(Person)
        .join(Membership)
        .where(Membership.organisation_id == reseller.organisation_id, Membership.role == "owner")
    ).one()


def link_of(reseller: Reseller) -> PersonalLink:
    return db.session.scalars(
        db.select(PersonalLink).where(PersonalLink.reseller_id == reseller.id, PersonalLink.is_current)
    ).one()


def a_service(code: str | None = None, **names: str) -> Service:
    number = next(_counter)
    service = Service(
        code=code or f"service{number}", names=names or {"en": "Online payments"}, hints={}, position=number
    )
    with write():
        db.session.add(service)
    return service


def a_nip() -> str:
    """A valid Polish NIP, a new one each time."""
    while True:
        digits = f"{123456000 + next(_counter):09d}"
        check = sum(int(digit) * weight for digit, weight in zip(digits, (6, 5, 7, 2, 3, 4, 5, 6, 7), strict=True)) % 11
        if check != 10:
            return digits + str(check)


def sign_in(client: FlaskClient, person: Person) -> FlaskClient:
    """As if the person had signed in on this client a moment ago."""
    with client.session_transaction() as session:
        session.clear()
        session["_user_id"] = person.get_id()
        session["_fresh"] = True
        session["since"] = int(time.time())
    return client


def csrf_of(client: FlaskClient, path: str = "/sign-in") -> str:
    """The csrf token of a page, as its form carries it."""
    import re

    page = client.get(path).get_data(as_text=True)
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page) or re.search(
        r'csrf-token" content="([^"]+)"', page
    )
    assert found, f"{path} carries no csrf token"
    return found.group(1)


def post(
    client: FlaskClient, path: str, data: dict[str, Any] | None = None, *, page: str | None = None, **kwargs: Any
) -> Any:
    """Sends a form as a browser on `page` (the form's own address unless given) would."""
    token = csrf_of(client, page or path)
    return client.post(
        path, data={"csrf_token": token, **(data or {})}, headers={"Origin": "http://localhost"}, **kwargs
    )


@contextmanager
def keys_lost(app: Flask) -> Iterator[None]:
    """As after somebody dropped an encryption key: nothing that was encrypted before can be read."""
    before = app.config["GANGWAY"]
    app.config["GANGWAY"] = replace(before, encryption_keys=(Fernet.generate_key().decode(),))
    app.extensions.pop("gangway_box", None)
    try:
        yield
    finally:
        app.config["GANGWAY"] = before
        app.extensions.pop("gangway_box", None)
