"""What belongs to another reseller does not exist, whatever door one tries: 404 byte-equal to a reference that was
made up, also for fragments, forms, files and receipts; and no list, search or CSV mentions it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from app.access.guard import access_of
from app.access.permissions import P
from app.access.roles import MemberRole
from app.billing.models import BillingDetail, BillingPeriod, Invoice
from app.core.db import Base, db, write
from app.customers.models import Account
from app.documents.models import Acceptance
from app.leads.models import ChangeRequest, Lead, LeadState, Submission
from app.leads.public import _proof
from app.leads.service import change_requests
from app.leads.service.details import Shop
from app.partners.models import Application, PersonalLink, Reseller
from app.people import queries
from app.people.models import Invitation, Membership, Person
from app.people.service import places
from app.people.service.places import Newcomer
from app.settings.models import vendor
from tests.sentences import csrf_of, sign_in

pytestmark = pytest.mark.on("postgres")
IN_THE_PANEL = {asked for asked in P if asked.name.startswith("PANEL")}
WAYS: tuple[dict[str, str], ...] = (
    {},
    {"HX-Request": "true"},
    {"HX-Request": "true", "HX-Target": "rows", "HX-Boosted": "true"},
)
"""Headers: a page, a fragment, a boosted page."""


@pytest.fixture
def resellers(demo: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [known for known in demo if known["role"] == "reseller"]


@pytest.fixture
def us(resellers: list[dict[str, Any]]) -> Reseller:
    return _reseller_of(resellers[1]["email"])


@pytest.fixture
def browser(app: Flask, us: Reseller, resellers: list[dict[str, Any]]) -> FlaskClient:
    """An owner's, who may do everything that the panel offers."""
    person = queries.by_email(resellers[1]["email"])
    assert person is not None
    return sign_in(app.test_client(), person)


def _reseller_of(email: str) -> Reseller:
    return db.session.scalars(
        sa.select(Reseller)
        .join(Membership, Membership.organisation_id == Reseller.organisation_id)
        .join(Person)
        .where(Person.email == email)
    ).one()


def _busy_elsewhere(us: Reseller) -> None:
    """Another reseller invites somebody and asks for a further shop."""
    lead = db.session.scalars(
        sa.select(Lead).where(Lead.reseller_id != us.id, Lead.state == LeadState.SUBMITTED).order_by(Lead.id)
    ).first()
    assert lead is not None
    owner = queries.by_id(
        db.session.scalars(
            sa.select(Membership.person_id)
            .join(Reseller, Reseller.organisation_id == Membership.organisation_id)
            .where(Reseller.id == lead.reseller_id)
        ).all()[0]
    )
    newcomer = Newcomer("petra@elsewhere.example", "Petra Nowak", "en", MemberRole.MEMBER)
    places.invite(owner.places[0].organisation, newcomer, owner)
    change_requests.ask_addition(lead.id, (), (Shop("https://shop.elsewhere.example", ""),), "", owner)


def _foreign_references(us: Reseller) -> list[str]:
    """Of every kind of record, all that are not ours."""
    theirs: list[sa.Select[str]] = [
        sa.select(Lead.ref).where(Lead.reseller_id != us.id),
        sa.select(Account.ref).where(Account.id.not_in(_our_accounts(us))),
        sa.select(ChangeRequest.ref).join(Lead).where(Lead.reseller_id != us.id),
        sa.select(BillingDetail.ref).where(BillingDetail.reseller_id.is_(None)),
        sa.select(BillingDetail.ref).where(BillingDetail.reseller_id != us.id),
        sa.select(Acceptance.ref).where(Acceptance.organisation_id != us.organisation_id),
        sa.select(Invitation.ref).where(Invitation.organisation_id != us.organisation_id),
        sa.select(Person.ref).where(
            Person.id.not_in(sa.select(Membership.person_id).where(Membership.organisation_id == us.organisation_id))
        ),
        sa.select(Reseller.ref).where(Reseller.id != us.id),
        sa.select(Application.ref),
        sa.select(Invoice.ref).where(
            Invoice.id.not_in(
                sa.select(BillingPeriod.invoice_id).where(
                    BillingPeriod.reseller_id == us.id, BillingPeriod.invoice_id.is_not(None)
                )
            )
        ),
    ]
    found = [list(db.session.scalars(query)) for query in theirs]
    assert all(found), [str(query) for query, refs in zip(theirs, found, strict=True) if not refs]
    return [ref for refs in found for ref in refs[:2]]


def _our_accounts(us: Reseller) -> sa.Select[Any]:
    return sa.select(Lead.account_id).where(Lead.reseller_id == us.id, Lead.account_id.is_not(None))


def _foreign_link(us: Reseller) -> int:
    return db.session.scalars(sa.select(PersonalLink.id).where(PersonalLink.reseller_id != us.id)).first() or 0


def _rules(app: Flask) -> Iterator[tuple[Rule, list[str]]]:
    """Doors of the panel that take a reference, and the arguments that are one."""
    for rule in app.url_map.iter_rules():
        names = [name for name in rule.arguments if name in ("ref", "request_ref", "id")]
        if access_of(app, rule.endpoint) in IN_THE_PANEL and names:
            yield rule, names


def _answer(client: FlaskClient, method: str, path: str, headers: dict[str, str], token: str) -> Any:
    data = {"csrf_token": token, "body": "Hello", "reason": "No longer", "role": "member"} if method == "POST" else None
    return client.open(path, method=method, data=data, headers={"Origin": "http://localhost", **headers})


def test_anothers_reference_answers_as_one_that_was_made_up(app: Flask, us: Reseller, browser: FlaskClient) -> None:
    _busy_elsewhere(us)
    theirs, link = _foreign_references(us), _foreign_link(us)
    ours = db.session.scalars(sa.select(Lead.ref).where(Lead.reseller_id == us.id)).first()
    token = csrf_of(browser, "/profile")
    adapter, tried, before = app.url_map.bind("localhost"), 0, _everything()
    for rule, names in _rules(app):
        methods = sorted((rule.methods or set()) & {"GET", "POST", "HEAD"})
        for method, headers in product(methods, WAYS):
            made_up = {name: 999_999 if name == "id" else re.sub(r"\w{8}$", "0" * 8, theirs[0]) for name in names}
            unknown = _answer(browser, method, _built(adapter, rule, made_up, method), headers, token)
            assert unknown.status_code == 404, f"{method} {unknown.request.path} answers {unknown.status_code}"
            for ref in theirs:
                for values in _foreign(names, ref, link, str(ours)):
                    answer = _answer(browser, method, _built(adapter, rule, values, method), headers, token)
                    assert (answer.status_code, answer.data) == (404, unknown.data), f"{method} {answer.request.path}"
                    assert answer.headers.to_wsgi_list() == unknown.headers.to_wsgi_list()
                    tried += 1
    assert tried > 500
    assert _everything() == before


def _foreign(names: list[str], ref: str, link: int, ours: str) -> Iterator[dict[str, Any]]:
    """Their record, and, where a door takes two, their record behind ours."""
    if "request_ref" in names:
        yield {"ref": ours, "request_ref": ref}
    yield {name: link if name == "id" else ref for name in names}


def _built(adapter: Any, rule: Rule, values: dict[str, Any], method: str) -> str:
    return str(adapter.build(rule.endpoint, values, method=method))


def _everything() -> dict[str, int]:
    return {
        table.name: db.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
        for table in Base.metadata.sorted_tables
    }


LISTS = (
    "/panel",
    "/panel/leads",
    "/panel/leads/leads.csv",
    "/panel/accounts",
    "/panel/accounts/accounts.csv",
    "/panel/shops",
    "/panel/shops/shops.csv",
    "/panel/services",
    "/panel/services/services.csv",
    "/panel/billing",
    "/panel/billing/details.csv",
    "/panel/invoices",
    "/panel/invoices/invoices.csv",
    "/panel/invoices/totals",
    "/panel/requests",
    "/panel/people",
    "/panel/people/people.csv",
    "/panel/link",
    "/panel/terms",
    "/panel/materials",
)


def test_no_list_and_no_search_mentions_anothers(us: Reseller, browser: FlaskClient) -> None:
    foreign = db.session.scalars(sa.select(Lead).where(Lead.reseller_id != us.id)).all()
    our_keys = set(db.session.scalars(sa.select(Lead.company_key).where(Lead.reseller_id == us.id)))
    secrets = {lead.ref for lead in foreign}
    for lead in foreign:
        if lead.company_key not in our_keys:
            secrets |= {lead.company_name, lead.company_number, lead.email}
    secrets = {secret for secret in secrets if secret not in vendor().footer}
    words = {"", *list(secrets)[:12]}
    for path, word, headers in product(LISTS, words, WAYS[:2]):
        text = browser.get(path, query_string={"q": word} if word else {}, headers=headers).get_data(as_text=True)
        told = [secret for secret in secrets - {word} if secret in text]
        assert not told, f"{path}?q={word} tells {told}"


def test_looking_for_anothers_company_finds_what_looking_for_nobody_finds(us: Reseller, browser: FlaskClient) -> None:
    elsewhere = sa.select(Lead).where(Lead.reseller_id != us.id)
    leads = [lead for lead in db.session.scalars(elsewhere) if lead.company_number not in vendor().footer][:4]
    asked_for = [
        pair
        for lead in leads
        for pair in ((lead.ref, "L-00000000"), (lead.company_number, "0" * len(lead.company_number)))
    ]
    paths = [path for path in LISTS if path not in ("/panel", "/panel/people", "/panel/link")]
    for path, (word, nobody), headers in product(paths, asked_for, WAYS[:2]):
        found, nothing = (
            _without_token(browser.get(path, query_string={"q": asked}, headers=headers).data, asked)
            for asked in (word, nobody)
        )
        assert found == nothing, f"{path}?q={word}: {_first_difference(found, nothing)!r}"


def _without_token(page: bytes, asked: str) -> bytes:
    """The page less what was asked and its csrf token, which holds the second in which it was made."""
    return re.sub(rb'(csrf[-_]token"[^>]*(?:content|value)=)"[^"]*"', rb"\1", page.replace(asked.encode(), b"?"))


def test_a_receipt_opens_under_its_own_link_only(us: Reseller, browser: FlaskClient, client: FlaskClient) -> None:
    slug = db.session.scalars(
        sa.select(PersonalLink.slug).where(PersonalLink.reseller_id == us.id, PersonalLink.is_current)
    ).one()
    theirs = db.session.scalars(sa.select(Submission).where(Submission.reseller_id != us.id)).first()
    assert theirs is not None
    for visitor in (browser, client):
        unknown = visitor.get(f"/r/{slug}/receipts/R-00000000.{'0' * 32}")
        answer = visitor.get(f"/r/{slug}/receipts/{_proof(theirs)}")
        assert (answer.status_code, answer.data) == (404, unknown.data)


def test_a_look_by_head_changes_nothing(app: Flask, us: Reseller, browser: FlaskClient) -> None:
    """HEAD carries no csrf token and reaches every door that takes GET."""
    own_member = db.session.scalars(
        sa.select(Person.ref).join(Membership).where(Membership.organisation_id == us.organisation_id)
    ).first()
    own: dict[str, Any] = {"ref": own_member, "id": 1, "number": 1, "locale": "en", "kind": "reseller_terms"}
    own |= {"format": "csv", "width": 480, "code": "faq", "part": 1}
    with write():
        admin = db.session.scalars(sa.select(Person).where(Person.held_roles.any(role="administrator"))).one()
        admin.totp_confirmed_at = admin.created_at
    staff = sign_in(app.test_client(), admin)
    before, people = _everything(), _as_they_are()
    for rule in app.url_map.iter_rules():
        if "HEAD" in (rule.methods or ()) and rule.endpoint not in ("assets", "health.readyz"):
            path = app.url_map.bind("localhost").build(rule.endpoint, {n: own.get(n, "x") for n in rule.arguments})
            for client in (browser, staff):
                assert client.head(path).status_code < 500, path
    assert (_everything(), _as_they_are()) == (before, people)


def _as_they_are() -> list[Any]:
    people = sa.select(Person.ref, Person.totp_confirmed_at, Person.session_epoch).order_by(Person.id)
    places_held = sa.select(Membership.id, Membership.ended_at).order_by(Membership.id)
    return [tuple(row) for query in (people, places_held) for row in db.session.execute(query)]


def _first_difference(one: bytes, other: bytes) -> tuple[bytes, bytes]:
    at = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
    return one[max(0, at - 60) : at + 40], other[max(0, at - 60) : at + 40]
