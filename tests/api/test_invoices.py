"""Invoices by program: read by staff whole and by resellers their share, and told by the invoicing system."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.billing.models import Invoice
from app.core.db import db
from tests import sentences as s
from tests.api.sentences import a_caller
from tests.billing.invoice_sentences import a_document, a_period, kept
from tests.leads.sentences import an_account
from tests.queries import counting

pytestmark = pytest.mark.usefixtures("context")
PAPER: dict[str, Any] = {
    "kind": "invoice",
    "issued_on": "2026-03-02",
    "due_on": "2026-03-16",
    "currency": "PLN",
    "vat_lines": [{"rate": "23", "net": "100.00"}],
    "total": "123.00",
    "buyer_name": "Quillmark Stationers",
}
NUMBER = "/invoices?number=FV%2F2026%2F03%2F0017"


def test_staff_read_all_of_an_invoice(app: Flask) -> None:
    invoice = kept(a_document("FV/1"))
    caller = a_caller(app, s.a_staff_member("finance"))
    read = caller.get(f"/invoices/{invoice.ref}").json
    assert (read["number"], read["state"], read["customer"]) == ("FV/1", "overdue", "Quillmark Stationers")
    assert read["total"] == {"amount": "123.00", "currency": "PLN"}
    assert read["vat_lines"] == [{"rate": "23.00", "net": "100.00", "vat": "23.00"}]
    assert read["buyer_country"] == "PL"
    assert read["share_net"] is None


def test_a_reseller_reads_its_share_and_no_more(app: Flask) -> None:
    reseller, other = s.a_reseller("Polana"), s.a_reseller("Brzeg")
    account = an_account(of=reseller)
    mine, theirs = a_period(account, of=reseller), a_period(account, of=other, net="50.00")
    shared = kept(a_document("FV/1", period_refs=(mine.ref, theirs.ref), buyer_number="PL5260250274"))
    unseen = kept(a_document("FV/2"))
    caller = a_caller(app, s.owner_of(reseller))
    assert [one["number"] for one in caller.get("/invoices").json["items"]] == ["FV/1"]
    read = caller.get(f"/invoices/{shared.ref}").json
    assert [period["ref"] for period in read["periods"]] == [mine.ref]
    assert read["share_net"] == {"amount": "100.00", "currency": "PLN"}
    hidden = ("net", "vat", "total", "paid", "credited", "open", "buyer_name", "buyer_number", "note", "source")
    assert {name: read[name] for name in hidden} == dict.fromkeys(hidden)
    assert (read["vat_lines"], read["payments"], read["account"]) == ([], [], account.ref)
    foreign, unknown = caller.get(f"/invoices/{unseen.ref}"), caller.get("/invoices/N-00000000")
    assert (foreign.status_code, foreign.data) == (404, unknown.data)
    assert caller.call("PUT", NUMBER, PAPER).status_code == 403


def test_an_invoice_that_is_wholly_a_resellers_shows_its_totals(app: Flask) -> None:
    reseller = s.a_reseller()
    period = a_period(an_account(of=reseller), of=reseller)
    invoice = kept(a_document(period_refs=(period.ref,)))
    read = a_caller(app, s.owner_of(reseller)).get(f"/invoices/{invoice.ref}").json
    assert read["total"] == {"amount": "123.00", "currency": "PLN"}
    assert read["payments"] == []


def test_an_invoice_is_told_again_and_again(app: Flask) -> None:
    account = an_account()
    period = a_period(account)
    caller = a_caller(app, s.a_staff_member("finance"))
    made = caller.call("PUT", NUMBER, {**PAPER, "periods": [period.ref]})
    assert made.status_code == 201, made.json
    invoice = db.session.scalars(db.select(Invoice)).one()
    assert made.headers["Location"] == f"http://localhost/api/v1/invoices/{invoice.ref}"
    assert (made.json["number"], made.json["source"]) == ("FV/2026/03/0017", "api")
    assert made.json["account"] == account.ref
    again = caller.call("PUT", NUMBER, {**PAPER, "periods": [period.ref]})
    assert (again.status_code, again.json) == (200, made.json)
    paid = caller.call("PUT", NUMBER, {**PAPER, "paid": "123.00"})
    assert (paid.status_code, paid.json["state"]) == (200, "paid")
    assert [one["amount"] for one in paid.json["payments"]] == ["123.00"]
    assert [one["number"] for one in caller.get(NUMBER).json["items"]] == ["FV/2026/03/0017"]


@pytest.mark.parametrize(
    ("values", "pointer"),
    [
        ({"total": "100.00"}, "/total"),
        ({"vat_lines": []}, "/vat_lines/0/net"),
        ({"vat_lines": [{"rate": "23", "net": "100.00", "vat": "99.00"}]}, "/vat_lines"),
        ({"due_on": "2026-03-01"}, "/due_on"),
        ({"periods": ["B-1"]}, "/periods"),
        ({"number": "FV/2"}, "/number"),
        ({"credits_number": "FV/2"}, "/credits_number"),
    ],
)
def test_what_does_not_go_together_is_told(app: Flask, values: dict[str, Any], pointer: str) -> None:
    answer = a_caller(app, s.a_staff_member("finance")).call("PUT", NUMBER, {**PAPER, **values})
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]
    assert db.session.scalar(db.select(db.func.count()).select_from(Invoice)) == 0


def test_without_a_number_nothing_is_kept(app: Flask) -> None:
    answer = a_caller(app, s.a_staff_member("finance")).call("PUT", "/invoices", PAPER)
    assert [error["pointer"] for error in answer.json["errors"]] == ["/number"]


def test_filters_narrow(app: Flask) -> None:
    kept(a_document("FV/1", buyer_name="Bryza"))
    late = kept(a_document("FV/2"))
    caller = a_caller(app, s.a_staff_member("finance"))
    since = caller.get(f"/invoices/{late.ref}").json["updated_at"]
    for query in ("number=FV/2", "q=quillmark&state=overdue", f"updated_since={since}"):
        assert [one["number"] for one in caller.get(f"/invoices?{query}").json["items"]] == ["FV/2"], query
    assert caller.get("/invoices?state=credit_note").json["items"] == []
    assert caller.get("/invoices?currency=EUR").json["items"] == []


@pytest.mark.on("sqlite")
@pytest.mark.parametrize("role", ["finance", "reseller"])
def test_a_list_costs_the_same_for_many(app: Flask, role: str) -> None:
    reseller = s.a_reseller()
    account = an_account(of=reseller)
    caller = a_caller(app, s.owner_of(reseller) if role == "reseller" else s.a_staff_member(role))
    counts = []
    for _ in range(2):
        for _ in range(3):
            kept(a_document(period_refs=(a_period(account, of=reseller).ref,)))
        caller.get("/invoices")
        with counting(app) as n:
            assert len(caller.get("/invoices").json["items"]) in (3, 6)
        counts.append(n.count)
    assert counts[0] == counts[1]
    assert counts[0] <= 10
