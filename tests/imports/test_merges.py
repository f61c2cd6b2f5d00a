"""Accounts are merged while an import is at work on them: neither waits for the other in a circle, nothing is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.billing.models import BillingDetail
from app.core.db import db
from app.customers import service as customers
from app.customers.models import Account, AccountState
from app.imports import registry, service, work
from app.imports.work import applying
from app.people import queries as people
from app.people.models import Person
from tests.imports.sentences import COMPANY, csv_of, fresh, previewed, somebody_who_imports
from tests.leads.sentences import again, an_account
from tests.sentences import a_service, a_staff_member

pytestmark = pytest.mark.usefixtures("context")
PAIRS = 3


def lines_for(kind: str, accounts: Sequence[Account]) -> list[dict[str, str]]:
    """About each account one line, the youngest first: the other way round than a merge takes them."""
    each = [{"country": "PL", "company_number": account.company_number} for account in reversed(accounts)]
    if kind == "accounts":
        return [{**COMPANY, **line, "phone": "+48 22 765 43 21"} for line in each]
    a_service("online-payments", en="Online payments")
    terms = {"service": "online-payments", "starts_on": "2026-01-31", "months": "1", "net": "49.00", "currency": "PLN"}
    return [{**line, **terms, "vat_rate": "23"} for line in each]


def all_at_once(app: Flask, acts: Sequence[Callable[[], Any]]) -> list[Any]:
    results = list[Any]([None] * len(acts))

    def run(place: int, act: Callable[[], Any]) -> None:
        with app.app_context():
            try:
                results[place] = act()
            except Exception as refusal:  # told to the test
                results[place] = refusal

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def merged(survivor_id: int, other_id: int, by: Person) -> str:
    """Two accounts become one, however often the import changed them a moment before: that is said, and one looks
    again."""
    for _look in range(100):
        versions = tuple(
            db.session.scalars(
                sa.select(Account.version).where(Account.id.in_((survivor_id, other_id))).order_by(Account.id)
            )
        )
        try:
            return customers.merge(survivor_id, other_id, (versions[0], versions[1]), {}, by).ref
        except customers.AccountMovedOn:
            db.session.rollback()
    raise AssertionError("never merged")


def the_worker_goes_on() -> None:
    while work.go_on("tests"):
        db.session.remove()


@pytest.fixture
def in_the_middle(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Happens when the import has one line of a part behind it and the others before it."""
    reached = threading.Event()
    monkeypatch.setattr(applying, "LONGEST", 60)
    for importer in registry.everything():
        apply = importer.apply

        def slowly(*args: Any, apply: Callable[..., None] = apply) -> None:
            apply(*args)
            reached.set()
            time.sleep(0.5)

        monkeypatch.setattr(importer, "apply", slowly, raising=True)
    return reached


@pytest.mark.parametrize("kind", ["accounts", "billing-details"])
def test_merges_in_the_middle_of_an_import_end_well(app: Flask, in_the_middle: threading.Event, kind: str) -> None:
    leader, by = a_staff_member("team_leader").id, somebody_who_imports("finance", "sales")
    accounts = [an_account() for _number in range(2 * PAIRS)]
    run = previewed(kind, csv_of(lines_for(kind, accounts)), by)
    assert run.to_import == len(accounts)
    service.apply(run.id, by)
    pairs = [(accounts[number].id, accounts[-1 - number].id) for number in range(PAIRS)]
    db.session.commit()  # what was read stays, and no transaction is left open

    def merge(survivor_id: int, other_id: int) -> str:
        by = people.by_id(leader)
        db.session.rollback()  # connected, and nothing is read
        in_the_middle.wait(30)
        return merged(survivor_id, other_id, by)

    said = all_at_once(app, [the_worker_goes_on, *(partial(merge, *pair) for pair in pairs)])

    assert said == [None, *(again(db.session.get_one(Account, survivor)).ref for survivor, _other in pairs)]
    run = fresh(run)
    assert (run.state, run.applied) == ("done", len(accounts))
    for _survivor, other in pairs:
        assert again(db.session.get_one(Account, other)).state == AccountState.MERGED
        assert db.session.scalars(sa.select(BillingDetail.ref).where(BillingDetail.account_id == other)).all() == []
