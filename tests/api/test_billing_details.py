"""Billing details by program: resellers read those credited to them, staff add and edit."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from app.billing.models import BillingDetail
from app.billing.service import handing_over
from app.core.clock import now
from app.core.db import db
from app.settings import service as settings
from app.settings.processes import Process
from tests import sentences as s
from tests.api.sentences import a_caller
from tests.billing.sentences import a_detail
from tests.leads.sentences import an_account
from tests.queries import counting

pytestmark = pytest.mark.usefixtures("context")


def terms(**values: Any) -> dict[str, Any]:
    today = now().date().isoformat()
    own = {"months": "1", "net": "149.00", "currency": "EUR", "vat_rate": "23", "starts_on": today, "credit": "direct"}
    return {**own, "service": "payments", **values}


def count() -> int:
    return db.session.scalar(db.select(db.func.count()).select_from(BillingDetail)) or 0


def test_a_reseller_reads_what_is_credited_to_it(app: Flask) -> None:
    reseller, other = s.a_reseller("Polana"), s.a_reseller("Brzeg")
    account = an_account(of=reseller)
    mine, direct = a_detail(on=account, of=reseller), a_detail(on=account)
    elsewhere = a_detail(on=an_account(of=other), of=None)
    caller = a_caller(app, s.owner_of(reseller))
    assert [one["ref"] for one in caller.get("/billing-details").json["items"]] == [mine.ref]
    read = caller.get(f"/billing-details/{mine.ref}").json
    assert read["net"] == {"amount": "149.00", "currency": "EUR"}
    assert (read["account"], read["prices"], read["past_unclear"]) == (account.ref, [], None)
    unknown = caller.get("/billing-details/B-00000000")
    for hidden in (direct, elsewhere):
        answer = caller.get(f"/billing-details/{hidden.ref}")
        assert (answer.status_code, answer.data) == (404, unknown.data)
        assert caller.patch(f"/billing-details/{hidden.ref}", {}, If_Match='"1"').status_code == 403
    assert caller.post(f"/accounts/{account.ref}/billing-details", terms()).status_code == 403


def test_staff_add_one_once(app: Flask) -> None:
    s.a_service("payments")
    reseller = s.a_reseller()
    account = an_account(of=reseller)
    caller = a_caller(app, s.a_staff_member("finance"))
    path = f"/accounts/{account.ref}/billing-details"
    made = caller.post(path, terms(credit="own"), Idempotency_Key="one")
    assert made.status_code == 201, made.json
    assert (made.json["reseller"], made.json["service"], made.json["state"]) == (reseller.ref, "payments", "running")
    assert made.json["prices"] == [{"from_on": terms()["starts_on"], "net": "149.00", "vat_rate": "23.00"}]
    assert made.headers["Location"].endswith(f"/api/v1/billing-details/{made.json['ref']}")
    again = caller.post(path, terms(credit="own"), Idempotency_Key="one")
    assert (again.status_code, again.data, count()) == (201, made.data, 1)


@pytest.mark.parametrize(
    ("values", "pointer"),
    [
        ({"service": "nothing"}, "/service"),
        ({"credit": "own"}, "/credit"),
        ({"credit": "other"}, "/reseller"),
        ({"credit": "other", "reseller": "O-00000000"}, "/reseller"),
        ({"months": "2"}, "/months"),
        ({"starts_on": "2020-01-01"}, "/past"),
        ({"ends_on": "2020-01-01"}, "/ends_on"),
        ({"key": "x"}, "/key"),
    ],
)
def test_what_does_not_go_together_is_told(app: Flask, values: dict[str, Any], pointer: str) -> None:
    s.a_service("payments")
    caller = a_caller(app, s.a_staff_member("finance"))
    answer = caller.post(f"/accounts/{an_account().ref}/billing-details", terms(**values))
    assert (answer.status_code, count()) == (422, 0)
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]


def test_terms_are_edited_until_a_period_was_dealt_with(app: Flask) -> None:
    detail = a_detail(starts_on=now().date())
    caller = a_caller(app, s.a_staff_member("finance"))
    path = f"/billing-details/{detail.ref}"
    read = caller.get(path)
    assert caller.patch(path, {"net": "99.00"}).status_code == 428
    saved = caller.patch(path, {"net": "99.00"}, If_Match=read.headers["ETag"])
    assert saved.status_code == 200, saved.json
    assert saved.json["net"]["amount"] == "99.00"
    assert saved.json["starts_on"] == read.json["starts_on"]
    assert caller.patch(path, {"text": "x"}, If_Match=read.headers["ETag"]).status_code == 412
    handing_over.hand_over(now().date(), "key", s.a_staff_member("finance"))
    etag = caller.get(path).headers["ETag"]
    assert caller.patch(path, {"net": "98.00"}, If_Match=etag).json["errors"][0]["pointer"] == "/net"
    assert caller.patch(path, {"text": "Shop 2"}, If_Match=etag).json["text"] == "Shop 2"


def test_filters_narrow(app: Flask) -> None:
    reseller = s.a_reseller()
    a_detail()
    wanted = a_detail(on=an_account(of=reseller), of=reseller, service=s.a_service("payments"), text="Bryza")
    ended = a_detail(ends_on=date(2026, 1, 1), starts_on=date(2025, 12, 30), months=0)
    caller = a_caller(app, s.a_staff_member("finance"))
    account = caller.get(f"/billing-details/{wanted.ref}").json["account"]
    for query in ("service=payments", f"account={account}", f"reseller={reseller.ref}", "q=bryza&state=running"):
        assert [one["ref"] for one in caller.get(f"/billing-details?{query}").json["items"]] == [wanted.ref], query
    assert caller.get("/billing-details?service=nothing").json["items"] == []
    assert ended.ref in {one["ref"] for one in caller.get("/billing-details?reseller=direct").json["items"]}
    own = a_caller(app, s.owner_of(reseller))
    assert [one["ref"] for one in own.get("/billing-details?q=bryza").json["items"]] == [wanted.ref]
    assert own.get("/billing-details?reseller=direct").json["items"] == []


@pytest.mark.on("sqlite")
def test_a_list_costs_the_same_for_many(app: Flask) -> None:
    caller = a_caller(app, s.a_staff_member("finance"))
    counts = []
    for _ in range(2):
        for _ in range(3):
            a_detail()
        caller.get("/billing-details")
        with counting(app) as n:
            caller.get("/billing-details")
        counts.append(n.count)
    assert counts[0] == counts[1]
    assert counts[0] <= 8


def test_nothing_is_shown_while_the_reseller_programme_is_off(app: Flask) -> None:
    caller = a_caller(app, s.owner_of(s.a_reseller()))
    assert caller.get("/billing-details").status_code == 200
    settings.switch(Process.RESELLERS, False, 0, s.a_staff_member("administrator"))
    for path in ("/billing-details", "/accounts", "/leads"):
        assert caller.get(path).status_code in (403, 404), path


@pytest.mark.on("sqlite")
@pytest.mark.parametrize("locale", ["en", "nl", "pl", "fi", "fr"])
def test_what_is_left_out_stays_in_every_language(app: Flask, locale: str) -> None:
    detail = a_detail(starts_on=now().date(), net=Decimal("12345.50"), vat_rate=Decimal("25.50"))
    caller = a_caller(app, s.a_staff_member("finance"))
    path = f"/billing-details/{detail.ref}"
    read = caller.get(path)
    saved = caller.patch(path, {"text": "Shop 2"}, If_Match=read.headers["ETag"], Accept_Language=locale)
    assert saved.status_code == 200, saved.json
    same = ("net", "vat_rate", "prices", "starts_on", "months")
    assert {name: saved.json[name] for name in same} == {name: read.json[name] for name in same}
