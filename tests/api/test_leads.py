"""Leads by program: read, register, edit, convert; each token within its person's own."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.core.db import db
from app.leads.models import Lead
from tests import sentences as s
from tests.api.sentences import a_caller, a_registration
from tests.leads.sentences import a_lead, an_account

pytestmark = pytest.mark.usefixtures("context")


def members_caller(app: Flask, reseller: Any) -> Any:
    return a_caller(app, s.owner_of(reseller))


def test_a_reseller_lists_its_own_leads_and_no_others(app: Flask) -> None:
    mine, other = s.a_reseller("Polana"), s.a_reseller("Brzeg")
    lead = a_lead(of=mine, company_name="Bryza")
    a_lead(of=other)
    answer = members_caller(app, mine).get("/leads")
    assert answer.status_code == 200
    assert [one["ref"] for one in answer.json["items"]] == [lead.ref]
    assert answer.json["next"] is None
    assert answer.json["items"][0]["company_name"] == "Bryza"
    assert answer.json["items"][0]["reseller"] == mine.ref


def test_anothers_lead_and_an_unknown_one_are_the_same(app: Flask) -> None:
    lead = a_lead(of=s.a_reseller("Brzeg"))
    caller = members_caller(app, s.a_reseller("Polana"))
    theirs, unknown = caller.get(f"/leads/{lead.ref}"), caller.get("/leads/L-00000000")
    assert theirs.status_code == unknown.status_code == 404
    assert theirs.data == unknown.data
    assert theirs.mimetype == "application/problem+json"


def test_a_list_is_followed_to_its_end(app: Flask) -> None:
    reseller = s.a_reseller()
    refs = [a_lead(of=reseller).ref for _ in range(5)]
    caller = members_caller(app, reseller)
    path, found = "/leads?limit=2", []
    while path:
        answer = caller.get(path)
        found += [one["ref"] for one in answer.json["items"]]
        following = answer.json["next"]
        assert (answer.headers.get("Link") or "") == (f'<{following}>; rel="next"' if following else "")
        path = following.partition("/api/v1")[2] if following else ""
    assert found == refs


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("limit=0", "/limit"),
        ("limit=101", "/limit"),
        ("after=nonsense", "/after"),
        ("state=half", "/state"),
        ("updated_since=yesterday", "/updated_since"),
        ("colour=red", "/colour"),
    ],
)
def test_a_filter_that_cannot_be_read_is_told(app: Flask, query: str, pointer: str) -> None:
    answer = members_caller(app, s.a_reseller()).get(f"/leads?{query}")
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]


def test_filters_narrow(app: Flask) -> None:
    reseller = s.a_reseller()
    a_lead(of=reseller, company_name="Bryza")
    accepted = a_lead(of=reseller, state="accepted", company_name="Wydma")
    caller = a_caller(app, s.a_staff_member("sales"))
    since = caller.get(f"/leads/{accepted.ref}").json["updated_at"]
    for query in ("state=accepted", "q=wydma", f"updated_since={since}", f"reseller={reseller.ref}&q=wydma"):
        assert [one["ref"] for one in caller.get(f"/leads?{query}").json["items"]] == [accepted.ref], query
    assert caller.get("/leads?reseller=O-00000000").json["items"] == []


def test_a_reseller_registers_a_lead(app: Flask) -> None:
    reseller = s.a_reseller()
    s.a_service("payments")
    sent = a_registration(services=["payments"], shops=[{"url": "bryza.example", "platform": "WooCommerce"}])
    answer = members_caller(app, reseller).post("/leads", sent)
    assert answer.status_code == 201, answer.json
    lead = db.session.scalars(db.select(Lead)).one()
    assert answer.headers["Location"] == f"http://localhost/api/v1/leads/{lead.ref}"
    assert answer.json["state"] == "submitted"
    assert answer.json["services"] == ["payments"]
    assert answer.json["shops"] == [{"url": "https://bryza.example", "platform": "WooCommerce"}]
    assert answer.json["locale"] == "pl"


def test_a_service_registers_for_a_reseller(app: Flask) -> None:
    reseller = s.a_reseller()
    caller = a_caller(app, s.a_staff_member("sales"))
    assert caller.post("/leads", a_registration()).json["errors"][0]["pointer"] == "/reseller"
    answer = caller.post("/leads", a_registration(reseller=reseller.ref))
    assert (answer.status_code, answer.json["reseller"]) == (201, reseller.ref)


def test_what_a_form_refuses_a_program_reads_with_pointers(app: Flask) -> None:
    sent = a_registration(company_number="1", email="no", shops=[{"url": "://"}], services="payments", state="accepted")
    caller = members_caller(app, s.a_reseller())
    answer = caller.post("/leads", sent)
    assert answer.status_code == 422
    assert {error["pointer"] for error in answer.json["errors"]} == {"/services", "/state"}
    del sent["services"], sent["state"]
    answer = caller.post("/leads", sent, Accept_Language="pl")
    assert {error["pointer"] for error in answer.json["errors"]} == {"/company_number", "/email", "/shops/0/url"}
    assert db.session.scalar(db.select(db.func.count()).select_from(Lead)) == 0


def test_a_lead_is_edited_from_the_version_that_was_read(app: Flask) -> None:
    reseller = s.a_reseller()
    lead = a_lead(of=reseller, shops=["https://bryza.example"])
    caller = members_caller(app, reseller)
    path = f"/leads/{lead.ref}"
    read = caller.get(path)
    assert caller.patch(path, {"city": "Gdynia"}).status_code == 428
    saved = caller.patch(path, {"city": "Gdynia"}, If_Match=read.headers["ETag"])
    assert saved.status_code == 200, saved.json
    assert saved.json["city"] == "Gdynia"
    assert saved.json["company_name"] == read.json["company_name"]
    assert saved.json["shops"] == read.json["shops"]
    stale = caller.patch(path, {"city": "Sopot"}, If_Match=read.headers["ETag"])
    assert stale.status_code == 412
    again = caller.patch(path, {"shops": []}, If_Match=saved.headers["ETag"])
    assert again.json["shops"] == []
    assert caller.get(path, If_None_Match=again.headers["ETag"]).status_code == 304


def test_a_converted_lead_is_not_edited(app: Flask) -> None:
    reseller = s.a_reseller()
    lead = a_lead(of=reseller, state="declined")
    caller = members_caller(app, reseller)
    etag = caller.get(f"/leads/{lead.ref}").headers["ETag"]
    assert caller.patch(f"/leads/{lead.ref}", {"city": "Gdynia"}, If_Match=etag).status_code == 409


def test_staff_convert_and_resellers_do_not(app: Flask) -> None:
    reseller = s.a_reseller()
    lead = a_lead(of=reseller, state="accepted")
    path = f"/leads/{lead.ref}/conversion"
    staff = a_caller(app, s.a_staff_member("sales"))
    etag = staff.get(f"/leads/{lead.ref}").headers["ETag"]
    assert members_caller(app, reseller).post(path, {}, If_Match=etag).status_code == 403
    answer = staff.post(path, {}, If_Match=etag, Idempotency_Key="one")
    assert answer.status_code == 201, answer.json
    assert answer.json["reseller"] == reseller.ref
    assert staff.get(f"/leads/{lead.ref}").json["account"] == answer.json["ref"]
    again = staff.post(path, {}, If_Match=etag, Idempotency_Key="one")
    assert (again.status_code, again.data) == (201, answer.data)
    assert staff.post(path, {}, If_Match=etag).status_code == 412


def test_a_lead_joins_an_account(app: Flask) -> None:
    reseller = s.a_reseller()
    account = an_account(of=reseller)
    lead = a_lead(of=reseller, state="accepted", shops=["https://bryza.example"])
    staff = a_caller(app, s.a_staff_member("sales"))
    etag = staff.get(f"/leads/{lead.ref}").headers["ETag"]
    path = f"/leads/{lead.ref}/conversion"
    assert staff.post(path, {"into": "C-00000000"}, If_Match=etag).json["errors"][0]["pointer"] == "/into"
    answer = staff.post(path, {"into": account.ref}, If_Match=etag)
    assert answer.json["ref"] == account.ref
    assert [shop["url"] for shop in answer.json["shops"]] == ["https://bryza.example"]
