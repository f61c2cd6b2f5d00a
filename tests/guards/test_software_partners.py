"""What belongs to another software partner does not exist, whatever door of the panel one tries: 404 equal to a
reference that was made up; and what is not for software partners is closed to them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from app.access import policy
from app.access.guard import access_of
from app.access.permissions import P
from app.access.roles import OrganisationKind
from app.core.db import Base, db
from app.integrations.models import IntroductionSlot, Product, SlotState, SoftwarePartner
from app.people import queries
from app.people.models import Membership, Organisation, Person
from tests.guards.test_access import doors
from tests.sentences import csrf_of, sign_in

pytestmark = pytest.mark.on("sqlite")

PANEL = {P.SOFTWARE_PANEL, P.SOFTWARE_OWNER}
SHARED = {"package", "technical_link"}
"""Records that all software partners see."""
WAYS: tuple[dict[str, str], ...] = ({}, {"HX-Request": "true"})
FILLED = {"locale": "en", "code": "key", "format": "csv", "width": "480", "number": "1"}


@pytest.fixture
def us(demo: list[dict[str, Any]]) -> SoftwarePartner:
    """The one that came last: nearly all that there is belongs to others."""
    return db.session.scalars(sa.select(SoftwarePartner).order_by(SoftwarePartner.id.desc())).first() or pytest.skip()


@pytest.fixture
def browser(app: Flask, us: SoftwarePartner) -> FlaskClient:
    owner = db.session.scalars(
        sa.select(Person.id).join(Membership).where(Membership.organisation_id == us.organisation_id)
    ).first()
    assert owner is not None
    return sign_in(app.test_client(), queries.by_id(owner))


def _ours(us: SoftwarePartner) -> set[str]:
    """References of what we may open: our own, and times that are free."""
    own: list[sa.Select[Any]] = [
        sa.select(SoftwarePartner.ref).where(SoftwarePartner.id == us.id),
        sa.select(IntroductionSlot.ref).where(IntroductionSlot.state == SlotState.OFFERED),
        sa.select(Organisation.ref).where(Organisation.id == us.organisation_id),
    ]
    found = {ref for query in own for ref in db.session.scalars(query)}
    products = set(db.session.scalars(sa.select(Product.id).where(Product.partner_id == us.id)))
    for table in Base.metadata.tables.values():
        if "ref" in table.c and "partner_id" in table.c:
            found |= set(db.session.scalars(sa.select(table.c.ref).where(table.c.partner_id == us.id)))
        if "ref" in table.c and "product_id" in table.c:
            found |= set(db.session.scalars(sa.select(table.c.ref).where(table.c.product_id.in_(products))))
        if "ref" in table.c and "organisation_id" in table.c:
            mine = table.c.organisation_id == us.organisation_id
            found |= set(db.session.scalars(sa.select(table.c.ref).where(mine)))
    people = sa.select(Person.ref).join(Membership).where(Membership.organisation_id == us.organisation_id)
    return found | set(db.session.scalars(people))


def foreign(us: SoftwarePartner) -> list[str]:
    """Of every kind of record with a reference, one that is not ours."""
    ours = _ours(us)
    found: list[str] = []
    for table in Base.metadata.sorted_tables:
        if "ref" not in table.c or table.name in SHARED:
            continue
        refs = [ref for ref in db.session.scalars(sa.select(table.c.ref).order_by(table.c.id)) if ref not in ours]
        found += refs[:1]
    return found


def with_reference(app: Flask) -> Iterator[Rule]:
    for rule in app.url_map.iter_rules():
        if access_of(app, rule.endpoint) in PANEL and any("ref" in name for name in rule.arguments):
            yield rule


def address(app: Flask, rule: Rule, ref: str) -> str:
    values = {name: ref if "ref" in name else FILLED.get(name, "x") for name in rule.arguments}
    return str(app.url_map.bind("localhost").build(rule.endpoint, values, method=next(iter(rule.methods or ()))))


def plain(body: str, *refs: str) -> str:
    for ref in refs:
        body = body.replace(ref, "")
    return re.sub(r'(csrf-token" content|csrf_token" value)="[^"]+"', "", body)


def test_what_is_anothers_is_not_there(app: Flask, browser: FlaskClient, us: SoftwarePartner) -> None:
    refs, rules = foreign(us), list(with_reference(app))
    assert len(refs) > 20
    assert len(rules) > 5
    token = csrf_of(browser, "/panel/software")
    wrong = []
    for rule in rules:
        made_up = plain(browser.get(address(app, rule, "X-00000000")).text, "X-00000000")
        for ref in refs:
            path = address(app, rule, ref)
            for way in WAYS if "GET" in (rule.methods or ()) else ():
                answer = browser.get(path, headers=way)
                if answer.status_code != 404 or (not way and plain(answer.text, ref) != made_up):
                    wrong.append(("GET", path, answer.status_code))
            if "POST" in (rule.methods or ()):
                answer = browser.post(path, data={"csrf_token": token}, headers={"Origin": "http://localhost"})
                if answer.status_code not in (404, 409):  # a time that somebody else has is no longer free
                    wrong.append(("POST", path, answer.status_code))
    assert wrong == []


def test_no_page_of_the_panel_names_another_partner(app: Flask, browser: FlaskClient, us: SoftwarePartner) -> None:
    others = db.session.scalars(
        sa.select(Organisation.name).where(
            Organisation.kind == OrganisationKind.SOFTWARE_PARTNER, Organisation.id != us.organisation_id
        )
    ).all()
    assert others
    for rule in app.url_map.iter_rules():
        if access_of(app, rule.endpoint) in PANEL and "GET" in (rule.methods or ()) and not rule.arguments:
            page = browser.get(rule.rule)
            assert page.status_code in (200, 303), rule.rule
            assert not [name for name in others if name in page.text], rule.rule


def test_everything_else_is_closed_to_software_partners(app: Flask, browser: FlaskClient, us: SoftwarePartner) -> None:
    with browser.session_transaction() as session:
        person = queries.by_id(int(session["_user_id"].split(":")[0]))
    wrong = []
    for endpoint, path in doors(app, "GET"):
        asked = access_of(app, endpoint)
        if isinstance(asked, P) and not policy.allows(person, asked):
            status = browser.get(path).status_code
            if status != 403 and not (path == "/panel" and status == 303):
                wrong.append((path, status))
    assert wrong == []
