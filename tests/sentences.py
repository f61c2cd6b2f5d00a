"""Arranging a test in sentences: `a_reseller()`, `a_lead(of=reseller)`, `sign_in(client, person)`.

Each makes what it names, committed, with plausible values, and returns it. Names may be given; numbers are valid and
never the same twice.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from cryptography.fernet import Fernet
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer

from app.access.roles import MemberRole, OrganisationKind, StaffRole
from app.catalogue.models import Service
from app.core import identifiers
from app.core.clock import now
from app.core.db import db, write
from app.core.search import search_text
from app.customers.models import Account
from app.partners.models import PersonalLink, Reseller
from app.people.models import HeldRole, Membership, Organisation, Person
from app.plans.models import Plan, PlanContact, PlanTask
from app.plans.party import Hand
from app.plans.service.people import NewContact
from app.plans.service.people import add as add_contact
from app.plans.service.starting import StartDetails, start
from app.playbooks.models import Playbook, PlaybookVersion
from app.playbooks.outline import from_content, to_content

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


def csrf_of(client: FlaskClient, page: str = "") -> str:
    """The csrf token of a page, as its form carries it; of none in particular, the one that all pages of this client's
    session would carry."""
    import re

    if not page:
        with client.session_transaction() as session:
            given = session.setdefault("csrf_token", secrets.token_hex())
        return str(URLSafeTimedSerializer(client.application.secret_key, salt="wtf-csrf-token").dumps(given))
    text = client.get(page).get_data(as_text=True)
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', text) or re.search(
        r'csrf-token" content="([^"]+)"', text
    )
    assert found, f"{page} carries no csrf token"
    return found.group(1)


def post(
    client: FlaskClient, path: str, data: dict[str, Any] | None = None, *, page: str | None = None, **kwargs: Any
) -> Any:
    """Sends a form as a browser on `page` (the form's own address unless given, "" for any) would."""
    token = csrf_of(client, path if page is None else page)
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


# --- plans ------------------------------------------------------------------------------------------------------------

SMALL_PLAYBOOK: dict[str, Any] = {
    "code": "small",
    "audience": "customer",
    "title": {"en": "A small playbook"},
    "aim_workdays": 20,
    "modules": [{"code": "website", "label": {"en": "Website"}}, {"code": "finance", "label": {"en": "Finance"}}],
    "facts": [
        {"code": "payroll", "kind": "yes_no", "question": {"en": "Is there payroll?"}, "default": False},
        {
            "code": "modules",
            "kind": "several",
            "question": {"en": "Which modules?"},
            "options": [
                {"code": "website", "label": {"en": "Website"}},
                {"code": "finance", "label": {"en": "Finance"}},
            ],
            "default": ["website"],
        },
    ],
    "phases": [{"code": "begin", "title": {"en": "Begin"}}, {"code": "end", "title": {"en": "End"}}],
    "tasks": [
        {
            "code": "kickoff",
            "phase": "begin",
            "kind": "meeting",
            "side": "vendor",
            "anchor": "kickoff",
            "title": {"en": "Hold the kick-off"},
            "due": {"anchor": "contract", "workdays": 5},
        },
        {
            "code": "logo",
            "phase": "begin",
            "kind": "files_approved",
            "side": "customer",
            "module": "website",
            "title": {"en": "Send us your logo"},
            "due": {"anchor": "kickoff", "workdays": 3},
        },
        {
            "code": "domain",
            "phase": "begin",
            "kind": "tick",
            "side": "customer",
            "title": {"en": "Tell your registrar"},
            "hint": {"en": "It takes a day."},
            "due": {"anchor": "kickoff", "workdays": 5},
        },
        {
            "code": "design",
            "phase": "begin",
            "kind": "tick",
            "side": "vendor",
            "role": "designer",
            "title": {"en": "Design the pages"},
            "needs": ["logo"],
            "workdays": 4,
        },
        {
            "code": "judge_design",
            "phase": "begin",
            "kind": "approval",
            "side": "customer",
            "title": {"en": "Approve the design"},
            "needs": ["design"],
        },
        {
            "code": "company",
            "phase": "begin",
            "kind": "fields",
            "side": "customer",
            "title": {"en": "Tell us about your company"},
            "fields": [
                {"code": "opened", "kind": "date", "label": {"en": "Opened on"}},
                {"code": "staff", "kind": "number", "label": {"en": "How many people"}, "required": False},
            ],
        },
        {
            "code": "chart",
            "phase": "end",
            "kind": "choice",
            "side": "customer",
            "module": "finance",
            "title": {"en": "Choose a chart of accounts"},
            "when": '"finance" in modules',
            "options": [
                {"code": "standard", "label": {"en": "The standard one"}},
                {
                    "code": "own",
                    "label": {"en": "A personalised one"},
                    "price": {"service": "chart", "net": "250.00", "currency": "EUR"},
                },
            ],
        },
        {
            "code": "payroll",
            "phase": "end",
            "kind": "people",
            "side": "customer",
            "role": "accountant",
            "title": {"en": "Who does the payroll?"},
            "when": "payroll",
            "several": True,
            "duties": [
                {"code": "checker", "label": {"en": "Checks"}},
                {"code": "approver", "label": {"en": "Approves"}},
            ],
        },
        {
            "code": "terms",
            "phase": "end",
            "kind": "document",
            "side": "customer",
            "title": {"en": "Accept the agreement"},
            "document": "agreement",
        },
        {
            "code": "golive",
            "phase": "end",
            "kind": "tick",
            "side": "vendor",
            "anchor": "golive",
            "title": {"en": "Go live"},
            "needs": ["design", "domain"],
            "due": {"anchor": "golive", "workdays": 0},
        },
    ],
    "trainings": [
        {"code": "crm", "phase": "end", "title": {"en": "Working with customers"}},
        {"code": "payroll", "phase": "end", "title": {"en": "Payroll"}, "when": "payroll"},
    ],
    "documents": [
        {"code": "agreement", "title": {"en": "Agreement"}, "body": {"en": "We bring **Gangway** into use together."}}
    ],
}
"""Ten tasks for both sides, two of which come by conditions."""


def a_playbook(content: dict[str, Any] | None = None, **values: Any) -> PlaybookVersion:
    """A published playbook, ten tasks unless another content is given; `values` replace parts of it. A playbook of the
    same code gets one more version."""
    written = {**(content or SMALL_PLAYBOOK), **values}
    to_content(from_content(written))
    with write():
        playbook = db.session.scalar(db.select(Playbook).where(Playbook.code == written["code"]))
        if playbook is None:
            playbook = Playbook(code=written["code"], audience=written["audience"], titles={}, created_at=now())
            db.session.add(playbook)
            db.session.flush()
        playbook.titles = written["title"]
        newest = db.session.scalar(
            db.select(db.func.max(PlaybookVersion.number)).where(PlaybookVersion.playbook_id == playbook.id)
        )
        version = PlaybookVersion(
            playbook_id=playbook.id,
            number=(newest or 0) + 1,
            content=written,
            sha256=hashlib.sha256(json.dumps(written, sort_keys=True).encode()).hexdigest(),
            origin="import",
            created_at=now(),
            published_at=now(),
        )
        db.session.add(version)
    return version


def a_plan(
    *,
    of: PlaybookVersion | None = None,
    account: Account | None = None,
    manager: Person | None = None,
    contacts: tuple[NewContact, ...] = (NewContact("Hanna Wilk", "hanna@quillmark.example", enters=True),),
    **values: Any,
) -> Plan:
    """A running plan of a playbook (the small one), for an account (a new one), its main contact invited."""
    from tests.leads.sentences import an_account  # which is told in these sentences itself

    version = of or db.session.scalar(db.select(PlaybookVersion).order_by(PlaybookVersion.id.desc())) or a_playbook()
    playbook = db.session.get_one(Playbook, version.playbook_id)
    manager = manager or a_staff_member("account_manager")
    details = StartDetails(
        **{
            "playbook": playbook.code,
            "manager_id": manager.id,
            "account_id": (account or an_account()).id,
            "contacts": contacts,
            **values,
        }
    )
    return start(details, manager)


def a_contact(plan: Plan, name: str = "Jan Wit", **values: Any) -> PlanContact:
    """One more on the customer's side, who enters the plan unless told otherwise."""
    details = NewContact(
        **{"name": name, "email": f"contact{next(_counter)}@quillmark.example", "enters": True, **values}
    )
    return add_contact(plan.id, details, Hand(person=db.session.get_one(Person, plan.manager_id)))


def main_contact(plan: Plan) -> PlanContact:
    return db.session.scalars(
        db.select(PlanContact).where(PlanContact.plan_id == plan.id).order_by(PlanContact.id)
    ).first()  # type: ignore[return-value]  # each plan made here has one


def task_of(plan: Plan, code: str) -> PlanTask:
    """A task of the plan as it is now, by its code in the playbook."""
    return db.session.scalars(
        db.select(PlanTask)
        .where(PlanTask.plan_id == plan.id, PlanTask.code == code)
        .execution_options(populate_existing=True)
    ).one()
