"""What is due, by program: listed, handed over once, and what was handed over read again."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask

from app.billing.models import HandOver
from app.core.clock import now
from app.core.db import db
from tests import sentences as s
from tests.api.sentences import a_caller
from tests.billing.sentences import a_detail
from tests.leads.sentences import an_account
from tests.queries import counting

pytestmark = pytest.mark.usefixtures("context")


def a_month_ago() -> date:
    return now().date() - timedelta(days=30)


def test_what_is_due_is_listed(app: Flask) -> None:
    reseller = s.a_reseller()
    account = an_account(of=reseller)
    detail = a_detail(on=account, of=reseller, starts_on=a_month_ago(), months=12)
    a_detail(starts_on=now().date() + timedelta(days=20))
    caller = a_caller(app, s.a_staff_member("finance"))
    (due,) = caller.get("/due-periods").json["items"]
    assert (due["ref"], due["account"], due["reseller"]) == (f"{detail.ref}/0", account.ref, reseller.ref)
    assert due["net"] == {"amount": "149.00", "currency": "EUR"}
    assert due["total"] == {"amount": "183.27", "currency": "EUR"}
    assert due["vat_rate"] == "23.00"
    later = (now().date() + timedelta(days=25)).isoformat()
    assert len(caller.get(f"/due-periods?until={later}").json["items"]) == 2
    assert a_caller(app, s.owner_of(reseller)).get("/due-periods").status_code == 403


def test_it_is_handed_over_once(app: Flask) -> None:
    details = [a_detail(starts_on=a_month_ago(), months=12) for _ in range(3)]
    caller = a_caller(app, s.a_staff_member("finance"))
    today = {"until": now().date().isoformat()}
    assert caller.post("/hand-overs", {**today, "expected": 2}).status_code == 409
    made = caller.post("/hand-overs", {**today, "expected": 3}, Idempotency_Key="one")
    assert (made.status_code, made.json["count"]) == (201, 3), made.json
    again = caller.post("/hand-overs", {**today, "expected": 3}, Idempotency_Key="one")
    assert (again.status_code, again.data) == (201, made.data)
    assert caller.get("/due-periods").json["items"] == []
    assert caller.post("/hand-overs", today).status_code == 422
    path = f"/hand-overs/{made.json['ref']}"
    assert caller.get(path).json == made.json
    assert {one["ref"] for one in caller.get(f"{path}/periods").json["items"]} == {f"{one.ref}/0" for one in details}
    assert [one["ref"] for one in caller.get("/hand-overs").json["items"]] == [made.json["ref"]]
    assert caller.get("/hand-overs/H-00000000/periods").status_code == 404
    assert db.session.scalar(db.select(db.func.count()).select_from(HandOver)) == 1


def test_a_day_that_cannot_be_is_told(app: Flask) -> None:
    caller = a_caller(app, s.a_staff_member("finance"))
    far = (now().date() + timedelta(days=500)).isoformat()
    for values in ({}, {"until": "soon"}, {"until": far}):
        answer = caller.post("/hand-overs", values)
        assert [error["pointer"] for error in answer.json["errors"]] == ["/until"]
    reader = a_caller(app, s.a_staff_member("sales"))
    assert reader.get("/due-periods").status_code == 200
    assert reader.post("/hand-overs", {"until": far}).status_code == 403


@pytest.mark.on("sqlite")
def test_a_list_costs_the_same_for_many(app: Flask) -> None:
    caller = a_caller(app, s.a_staff_member("finance"))
    counts = []
    for _ in range(2):
        for _ in range(3):
            a_detail(starts_on=a_month_ago())
        caller.get("/due-periods")
        with counting(app) as n:
            caller.get("/due-periods")
        counts.append(n.count)
    assert counts[0] == counts[1]
    assert counts[0] <= 6
