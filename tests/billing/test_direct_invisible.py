"""What the vendor sold itself to a reseller's customer is nowhere in the panel: no page, fragment, file, search (R14).

The words and amounts below are seeded wherever such a sale leaves something, and then looked for on everything that the
reseller can reach.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.billing.models import BillingDetail, Invoice, InvoicePayment
from app.billing.service import details as billing
from app.billing.service.details import DetailTerms
from app.billing.service.periods import mark_invoiced
from app.catalogue.models import Service
from app.core.clock import now
from app.core.db import db, write
from app.customers.models import Account
from app.leads.models import Lead
from app.leads.service import change_requests, conversion
from app.partners.models import Reseller
from tests import sentences as s
from tests.billing.invoice_sentences import a_document, amounts, kept
from tests.crawl import walk
from tests.leads.sentences import a_lead, again
from tests.leads.test_conversion import everything

pytestmark = [pytest.mark.usefixtures("context"), pytest.mark.on("sqlite")]

MARKERS = ("Wombatrope", "Quokkalight", "613.77", "613,77", "877.31", "877,31", "1313.13", "1313,13", "1,313.13")
"""Text on the invoice, name of the service, net amount of the detail, total of a mixed invoice, its payment."""

IN_CHOICES = re.compile(r"<option[^>]*>.*?</option>|<label[^>]*>.*?</label>", re.DOTALL)
"""The catalogue is no secret: its services can be chosen on forms and filters whoever has them."""


class Seeded:
    """A reseller whose customer also bought something from the vendor itself."""

    def __init__(self) -> None:
        self.staff = s.a_staff_member("sales", "finance")
        self.own = s.a_service(en="Webshop hosting")
        self.direct = s.a_service(en="Quokkalight")
        self.lead: Lead = a_lead(state="accepted", services=[self.own], shops=["https://one.example"])
        self.account: Account = conversion.convert(self.lead.id, everything(self.lead), self.staff)
        self.lead = again(self.lead)
        reseller = db.session.get(Reseller, self.lead.reseller_id)
        assert reseller is not None
        self.reseller = reseller
        self.owner = s.owner_of(reseller)
        self.credited = self._detail(self.own, reseller_id=reseller.id, net=Decimal("49.00"))
        self.hidden = self._detail(self.direct, reseller_id=None, net=Decimal("613.77"), text="Wombatrope")
        self.mixed = self._invoice("FV/MIXED/1", "877.31", self.credited, self.hidden)
        self.alone = self._invoice("FV/WOMBATROPE/2", "613.77", None, self.hidden)

    def _detail(self, service: Service, **terms: Any) -> BillingDetail:
        return billing.add(
            self.account.id,
            DetailTerms(service.id, currency="PLN", months=1, starts_on=date(2026, 1, 31), **terms),
            self.staff,
        )

    def _invoice(self, number: str, net: str, credited: BillingDetail | None, hidden: BillingDetail) -> Invoice:
        invoice = kept(a_document(number, vat_totals=(amounts(net),)))
        with write():
            found = db.session.get(Invoice, invoice.id)
            assert found is not None
            found.account_id, found.note = self.account.id, "Wombatrope"
            if credited is not None:
                mark_invoiced(credited.id, 0, invoice.id)
            mark_invoiced(hidden.id, 0 if credited is not None else 1, invoice.id)
            db.session.add(
                InvoicePayment(
                    invoice_id=invoice.id,
                    paid_on=date(2026, 3, 9),
                    amount=Decimal("1313.13"),
                    note="Wombatrope",
                    by_id=None,
                    created_at=now(),
                )
            )
        return invoice


@pytest.fixture
def seeded() -> Seeded:
    return Seeded()


@pytest.fixture
def panel(app: Flask, seeded: Seeded) -> FlaskClient:
    return s.sign_in(app.test_client(), seeded.owner)


def text_of(content: bytes, mimetype: str) -> str:
    """What a page or file says; of a workbook all that its parts say."""
    if "spreadsheet" in mimetype:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return "\n".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())
    return content.decode("utf-8", "replace")


def everything_said(app: Flask, panel: FlaskClient, starts: list[str]) -> Iterator[tuple[str, str]]:
    """Every page, file and fragment of the panel that can be reached, and what it says."""
    for visit in walk(app, panel, starts, examples=3, limit=600):
        for headers in ({}, {"HX-Request": "true"}):
            answer = panel.get(visit.path, headers=headers)
            said = text_of(answer.data, answer.mimetype or "")
            yield f"{visit.path} {headers or ''}", IN_CHOICES.sub("", said.replace("\xa0", " ").replace("\u202f", " "))


def test_nothing_of_a_direct_sale_is_anywhere_in_the_panel(app: Flask, panel: FlaskClient, seeded: Seeded) -> None:
    starts = [
        "/panel",
        "/panel/billing",
        "/panel/accounts",
        f"/panel/accounts?service={seeded.direct.id}",
        f"/panel/services?kind={seeded.direct.code}",
        f"/panel/billing?service={seeded.direct.id}",
        "/panel/billing?q=Wombatrope",
        f"/panel/billing?q={seeded.hidden.ref}",
        f"/panel/leads/{seeded.lead.ref}/edit",
        f"/panel/leads/{seeded.lead.ref}/additions",
    ]
    markers = (*MARKERS, seeded.hidden.ref, seeded.alone.ref, "FV/WOMBATROPE/2")
    looked, kinds, share = 0, set(), False
    for where, said in everything_said(app, panel, starts):
        looked += 1
        share = share or "FV/MIXED/1" in said
        kinds.add(where.partition("?")[0].rpartition("/")[2].rpartition(".")[2].split(" ")[0])
        asked_for = where.partition("?")[2]
        for marker in markers:
            if marker not in asked_for:  # what one searched for is shown again in the box
                assert marker not in said, f"{marker} stands on {where}"
    assert looked > 40
    assert share, "of the mixed invoice the own share is shown"
    assert {"csv", "xlsx"} <= kinds


def test_a_search_or_filter_for_it_finds_nothing(panel: FlaskClient, seeded: Seeded) -> None:
    for path in (
        "/panel/billing?q=Wombatrope",
        f"/panel/billing?q={seeded.hidden.ref}",
        f"/panel/billing?service={seeded.direct.id}",
        f"/panel/accounts?service={seeded.direct.id}",
        f"/panel/services?kind={seeded.direct.code}",
    ):
        page = panel.get(path).text
        assert seeded.account.ref not in page, path
        assert seeded.credited.ref not in page, path
    assert seeded.account.ref in panel.get(f"/panel/accounts?service={seeded.own.id}").text


OF_OTHERS = tuple(f"{feature}_panel." for feature in ("cooperation", "followups", "integrations", "manuals"))
"""Panels of service partners and software partners."""


def test_its_references_answer_as_ones_that_were_made_up(app: Flask, panel: FlaskClient, seeded: Seeded) -> None:
    rules = [
        rule
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/panel/")
        and rule.arguments == {"ref"}
        and "GET" in (rule.methods or ())
        and not rule.endpoint.startswith(OF_OTHERS)
    ]
    assert any(rule.endpoint == "billing_panel.detail" for rule in rules)
    for rule in rules:
        for ref in (seeded.hidden.ref, seeded.alone.ref):
            path = rule.rule.replace("<ref>", ref)
            for headers in ({}, {"HX-Request": "true"}):
                made_up = panel.get(rule.rule.replace("<ref>", f"{ref[0]}-00000000"), headers=headers)
                answer = panel.get(path, headers=headers)
                assert (answer.status_code, answer.data) == (404, made_up.data), path


def test_asking_for_it_is_an_ordinary_request_that_tells_nothing(panel: FlaskClient, seeded: Seeded) -> None:
    path = f"/panel/leads/{seeded.lead.ref}/additions"
    form = panel.get(path).text
    assert f'value="{seeded.direct.code}"' in form
    assert f'value="{seeded.direct.code}" checked' not in form

    request = change_requests.ask_addition(seeded.lead.id, (seeded.direct.code,), (), "", seeded.owner)

    assert request.state == "submitted"


def test_staff_see_all_of_it(app: Flask, seeded: Seeded) -> None:
    desk = s.sign_in(app.test_client(), seeded.staff)
    page = desk.get(f"/desk/accounts/{seeded.account.ref}").text
    assert "Quokkalight (sold directly)" in page
