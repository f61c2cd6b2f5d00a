"""Pages ask the database as often with a thousand leads as with ten, and lists at most six times."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.core.db import db, write
from app.customers.models import Account, AccountService, AccountShop
from app.history.service import record
from app.leads.models import Lead, LeadService, LeadShop
from app.leads.service import conversion
from app.partners.models import Reseller
from tests import sentences as s
from tests.leads.sentences import a_change_request, a_lead, an_account
from tests.leads.test_conversion import everything
from tests.partners.sentences import an_application, published_terms
from tests.queries import counting

pytestmark = pytest.mark.usefixtures("context")

PANEL_LISTS = (
    "/panel",
    "/panel/leads",
    "/panel/leads?sort=name",
    "/panel/leads?group=checking",
    "/panel/leads?q=quillmark",
    "/panel/leads?q=q",
    "/panel/leads?service=pay",
    "/panel/accounts",
    "/panel/accounts?q=quillmark",
    "/panel/shops",
    "/panel/shops?q=quillmark",
    "/panel/services",
)
DESK_LISTS = (
    "/desk/leads",
    "/desk/leads?sort=name",
    "/desk/leads?group=all&q=quillmark",
    "/desk/leads?group=all&q=q",
    "/desk/accounts",
    "/desk/accounts?q=quillmark",
    "/desk/resellers",
    "/desk/applications",
    "/desk/requests",
    "/desk/mail",
)
PAGES = (
    "/panel/leads/{lead}",
    "/panel/leads/{lead}/edit",
    "/panel/leads/{lead}/additions",
    "/panel/leads/{lead}/withdrawal",
    "/panel/leads/leads.csv?q={lead}",
    "/panel/accounts/{account}",
    "/panel/requests",
    "/panel/link",
    "/panel/link/rotation",
    "/panel/terms",
    "/panel/materials",
    "/panel/people",
    "/panel/people/invite",
    "/desk/leads/{lead}",
    "/desk/leads/{lead}/edit",
    "/desk/leads/{lead}/competition",
    "/desk/leads/{lead}/conversion",
    "/desk/leads/{lead}/conversion?into={account}",
    "/desk/leads/{converted}/reversal",
    "/desk/accounts/{account}",
    "/desk/accounts/{account}/edit",
    "/desk/accounts/{account}/merge",
    "/desk/accounts/{account}/merge?with={other}",
    "/desk/requests/{request}",
    "/desk/resellers/{reseller}",
    "/desk/resellers/{reseller}/terms",
    "/desk/resellers/{reseller}/links/rotation",
    "/desk/applications/{application}",
    "/desk/applications/{application}/acceptance",
    "/desk/applications/{application}/rejection",
    "/desk/welcome-package",
    "/desk/systems",
    "/profile",
    "/r/{slug}",
    "/resellers/apply",
    "/",
)
GATHERED = ("/desk", "/desk/search?q=quillmark", "/desk/search?q=q")
"""Of several features: one query each."""


def _more(reseller: Reseller, pattern: Lead, account: Account, count: int) -> None:
    """As many further leads and accounts, each with a service and a shop, put in with one statement a table."""
    numbers = [s.a_nip() for _ in range(count)]
    with write():
        for model, shops, services, one in (
            (Lead, LeadShop, LeadService, pattern),
            (Account, AccountShop, AccountService, account),
        ):
            values = _values(one)
            own = [
                values
                | {
                    "ref": f"{one.ref[0]}-{number[-8:]}",
                    "company_number": number,
                    "company_key": f"PL:{number}",
                    "search": f"quillmark {number}",
                }
                for number in numbers
            ]
            db.session.execute(sa.insert(model), own)
            ids = db.session.scalars(sa.select(model.id).where(model.company_number.in_(numbers))).all()
            owner = "lead_id" if model is Lead else "account_id"
            for belongings in (shops, services):
                kept = _values(db.session.scalars(sa.select(belongings)).first())
                db.session.execute(sa.insert(belongings), [kept | {owner: id} for id in ids])


def _values(record: Any) -> dict[str, Any]:
    return {
        column.name: getattr(record, column.key)
        for column in record.__table__.columns
        if not column.primary_key and column.computed is None
    }


@pytest.mark.on("sqlite")
def test_pages_ask_as_often_with_a_thousand_leads_as_with_ten(app: Flask) -> None:
    reseller, service = s.a_reseller(), s.a_service("pay")
    lead = a_lead(of=reseller, services=[service], shops=["https://quillmark.example"])
    accepted = a_lead(of=reseller, state="accepted", services=[service])
    account = an_account(of=reseller, services=[service], shops=["https://quillmark.example"])
    request = a_change_request(on=lead)
    converted = a_lead(of=reseller, state="accepted")
    other = conversion.convert(converted.id, everything(converted), s.a_staff_member())
    published_terms(s.a_staff_member("content_editor"))
    refs = {
        "lead": accepted.ref,
        "account": account.ref,
        "converted": converted.ref,
        "other": other.ref,
        "request": request.ref,
        "reseller": reseller.ref,
        "application": an_application().ref,
        "slug": s.link_of(reseller).slug,
    }
    panel = s.sign_in(app.test_client(), s.owner_of(reseller))
    desk = s.sign_in(app.test_client(), s.a_staff_member("team_leader"))
    visitor = app.test_client()
    paths = [*PANEL_LISTS, *DESK_LISTS, *GATHERED, *(page.format(**refs) for page in PAGES)]

    def asked() -> dict[str, Any]:
        counts = {}
        for path in paths:
            client = panel if path.startswith("/panel") else desk if path.startswith(("/desk", "/profile")) else visitor
            client.get(path)  # what a process remembers from then on
            counts[path] = _count(app, client, path)
        return counts

    _more(reseller, lead, account, 10)
    few = asked()
    _more(reseller, lead, account, 1000)
    with write():
        for _ in range(60):
            record(accepted, "lead.changed", None, {"city": ("Poznań", "Gniezno")})
    many = asked()

    for path in paths:
        assert many[path] == few[path], path
    for path in (*PANEL_LISTS, *DESK_LISTS):
        assert many[path] <= 6, path


def _count(app: Flask, client: FlaskClient, path: str) -> Any:
    with counting(app) as queries:
        answer = client.get(path)
    assert answer.status_code == 200, path
    return queries
