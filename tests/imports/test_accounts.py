"""Accounts from files: opened, changed, left alone, refused with a reason."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.core.db import db
from app.customers.models import Account
from app.history.models import HistoryEntry
from tests.imports.sentences import (
    a_company,
    csv_of,
    imported,
    lines_of,
    numbers_of,
    previewed,
    reasons_of,
    somebody_who_imports,
)
from tests.sentences import a_reseller

pytestmark = pytest.mark.usefixtures("context")


def accounts() -> list[Account]:
    return list(db.session.scalars(sa.select(Account).order_by(Account.id).execution_options(populate_existing=True)))


def test_new_companies_become_accounts_with_history() -> None:
    by = somebody_who_imports()
    reseller = a_reseller("Polana")
    ref = reseller.ref
    run = imported("accounts", csv_of([a_company(reseller=ref), a_company(company_name="Second", reseller="")]), by)
    assert (run.state, numbers_of(run), run.applied) == ("done", (2, 0, 0, 0), 2)
    first, second = accounts()
    assert (first.company_name, first.reseller_id, first.locale) == ("Wooden Toys", reseller.id, "pl")
    assert (second.company_name, second.reseller_id) == ("Second", None)
    assert db.session.scalar(sa.select(sa.func.count()).where(HistoryEntry.verb == "account.opened")) == 2


def test_the_same_file_twice_changes_nothing() -> None:
    by = somebody_who_imports()
    content = csv_of([a_company(), a_company()])
    imported("accounts", content, by)
    versions = [account.version for account in accounts()]
    again = imported("accounts", content, by)
    assert (again.state, numbers_of(again)) == ("ready", (0, 0, 2, 0))
    assert [account.version for account in accounts()] == versions


def test_what_differs_is_shown_before_and_after_and_then_changed() -> None:
    by = somebody_who_imports()
    line = a_company()
    imported("accounts", csv_of([line]), by)
    reseller_id = a_reseller("Polana", name_sort="polana").id
    other = {**line, "phone": "022 765 43 21", "reseller": "Polana"}
    run = previewed("accounts", csv_of([other]), by)
    (shown,) = lines_of(run, "changed")
    assert shown.before_and_after == {
        "phone": ("+48 22 123 45 67", "+48 22 765 43 21"),
        "reseller": ("Nobody", "Polana"),
    }
    imported("accounts", csv_of([other]), by)
    (account,) = accounts()
    assert (account.phone, account.reseller_id) == ("+48227654321", reseller_id)


def test_a_file_with_a_few_columns_leaves_the_rest() -> None:
    by = somebody_who_imports()
    line = a_company(website="https://wooden-toys.example")
    imported("accounts", csv_of([line]), by)
    few = {"country": "Polska", "company_number": line["company_number"], "city": "Poznań"}
    run = imported("accounts", csv_of([few]), by)
    assert numbers_of(run) == (0, 1, 0, 0)
    (account,) = accounts()
    assert (account.city, account.website, account.company_name) == (
        "Poznań",
        "https://wooden-toys.example",
        "Wooden Toys",
    )


def test_everything_that_is_wrong_with_a_line_is_said_in_the_senders_language() -> None:
    by = somebody_who_imports()
    run = previewed(
        "accounts",
        csv_of([a_company(), a_company(company_number="123", email="nobody", reseller="Unknown")]),
        by,
    )
    assert numbers_of(run) == (1, 0, 0, 1)
    assert [column for column, _said in reasons_of(run)[3]] == ["company_number", "email", "reseller"]


def test_the_second_of_two_lines_about_one_company_is_wrong() -> None:
    line = a_company()
    run = previewed("accounts", csv_of([line, a_company(), {**line, "phone": "022 765 43 21"}]), somebody_who_imports())
    assert numbers_of(run) == (2, 0, 0, 1)
    assert reasons_of(run) == {4: [("", "Line 2 of this file is about the same thing.")]}
