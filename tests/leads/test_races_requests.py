"""Several people at once on change requests and on conversions with billing details (R12, R13)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from flask import Flask

from app.billing.models import BillingDetail
from app.billing.service.details import DetailTerms
from app.core.db import db
from app.customers import service as customers
from app.customers.models import Account
from app.leads.models import ChangeItem, ChangeRequest
from app.leads.service import answers, change_requests, conversion
from app.leads.service.details import Shop
from tests import sentences as s
from tests.leads.sentences import a_change_request, a_lead, again, an_account
from tests.leads.test_conversion import everything
from tests.leads.test_races_desk import at_once, person
from tests.leads.test_requests import a_customer, items_of
from tests.leads.test_requests import asker as owner_of_lead

pytestmark = pytest.mark.usefixtures("context")

ROUNDS = 15


def test_two_staff_answering_one_request_answer_it_once(app: Flask) -> None:
    first, second = s.a_staff_member().id, s.a_staff_member().id
    lead, account = a_customer()
    for number in range(ROUNDS):
        request = a_change_request(on=lead, wishes=[("phone", "+48600000000", f"+486000001{number:02d}")])
        (item,) = items_of(request)
        id, version, accepted = request.id, request.version, frozenset({item.id})

        results = at_once(
            app,
            lambda: answers.decide(id, version, accepted, "", person(first)).ref,  # noqa: B023 - run at once
            lambda: answers.decide(id, version, frozenset(), "No", person(second)).ref,  # noqa: B023 - run at once
        )

        assert sorted(type(result).__name__ for result in results) == ["RequestMovedOn", "str"], results
        db.session.rollback()
        accepted_it = db.session.get(ChangeItem, item.id, populate_existing=True).accepted  # type: ignore[union-attr]  # it is there
        assert (again(account).phone == f"+486000001{number:02d}") is accepted_it


def test_the_same_request_from_two_windows_is_one(app: Flask) -> None:
    lead, _account = a_customer()
    asker = owner_of_lead(lead).id
    for number in range(ROUNDS):
        shop = Shop(f"https://shop{number}.example", "")

        def ask(shop: Shop = shop) -> str:
            return change_requests.ask_addition(lead.id, (), (shop,), "", person(asker)).ref

        results = at_once(app, ask, ask)

        assert len(set(results)) == 1, results
    db.session.rollback()
    assert db.session.scalar(db.select(db.func.count()).select_from(ChangeRequest)) == ROUNDS


def test_answering_while_the_account_is_merged_goes_one_way_or_the_other(app: Flask) -> None:
    leader = s.a_staff_member("team_leader").id
    for number in range(ROUNDS):
        lead, account = a_customer()
        survivor = an_account()
        phone = f"+486000002{number:02d}"
        request = a_change_request(on=lead, wishes=[("phone", account.phone, phone)])
        (item,) = items_of(request)
        id, version, accepted = request.id, request.version, frozenset({item.id})
        versions = (again(survivor).version, again(account).version)
        ids = (survivor.id, account.id)

        results = at_once(
            app,
            lambda: answers.decide(id, version, accepted, "", person(leader)).ref,  # noqa: B023 - run at once
            lambda: customers.merge(*ids, versions, {}, person(leader)).ref,  # noqa: B023 - run at once
        )

        db.session.rollback()
        assert isinstance(results[0], str), results
        merged = isinstance(results[1], str)
        assert merged or type(results[1]).__name__ == "AccountMovedOn", results
        assert phone in (again(survivor).phone, again(account).phone)


def test_two_staff_converting_with_billing_details_make_them_once(app: Flask) -> None:
    staff, reseller, service = s.a_staff_member().id, s.a_reseller(), s.a_service()
    terms = DetailTerms(service.id, Decimal("49.00"), "EUR", 1, date(2027, 1, 31))
    for _ in range(ROUNDS):
        lead = a_lead(of=reseller, state="accepted", services=[service])
        choice, id = replace(everything(lead), details=(terms,)), lead.id

        results = at_once(app, *[lambda: conversion.convert(id, choice, person(staff)).id] * 2)  # noqa: B023 - run at once

        assert sorted(type(result).__name__ for result in results) == ["LeadMovedOn", "int"], results
        db.session.rollback()
    made = db.session.scalar(db.select(db.func.count()).select_from(BillingDetail))
    assert made == db.session.scalar(db.select(db.func.count()).select_from(Account)) == ROUNDS
