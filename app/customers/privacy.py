"""What is held about the contact persons of customers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.core.db import db
from app.core.i18n import _l
from app.core.privacy import COMPANY, ERASED, Holding, Is, Kind, Rule, are, erased_address
from app.customers import service
from app.customers.models import Account, AccountService, AccountShop, AccountState
from app.history.privacy import forget_records

_ACCOUNTS = Kind(
    "accounts",
    _l("Customer accounts"),
    _l("To serve the customer: performance of the contract with the company the person works for."),
    _l("As long as the company is a customer, and two years after the account was closed."),
)

COMPANY_COLUMNS = {
    **are(Is.CODE, "country", "company_number", "company_key", "vat_number", "regon", "krs"),
    **are(Is.CODE, "einvoice_address", "einvoice_operator", "postcode", "name_sort"),
    **are(Is.STAYS, "company_name", "street", "city", "website"),
    "contact_name": Is.NAME,
    "email": Is.EMAIL,
    "phone": Is.PHONE,
    "search": Is.SEARCH,
}
"""Of a company and its contact person, as an account and a lead have them."""
COMPANY_STAYS = dict.fromkeys(("company_name", "street", "city", "website"), COMPANY)


def _closed(before: datetime) -> sa.Select[Any]:
    return (
        sa.select(Account.id)
        .where(
            Account.state != AccountState.ACTIVE,
            Account.updated_at < before,
            Account.email.not_like("%@erased.invalid"),
        )
        .order_by(Account.id)
    )


def _forget(ids: Sequence[int]) -> None:
    for account in db.session.scalars(sa.select(Account).where(Account.id.in_(ids))):
        account.contact_name, account.email, account.phone = ERASED, erased_address(account.id), ""
        service.touch(account)
    db.session.flush()
    for forget in FORGET:
        forget(ids)
    forget_records("account", ids)


FORGET: list[Callable[[Sequence[int]], None]] = []
"""What else names the contact persons of closed accounts: the features above add a function that forgets it, called
inside the same `write()`."""


HOLDINGS = (
    Holding(
        Account,
        _ACCOUNTS,
        {**are(Is.CODE, "ref", "state", "locale"), **COMPANY_COLUMNS},
        stays=COMPANY_STAYS,
        told=True,
    ),
    Holding(AccountShop, _ACCOUNTS, {"url": Is.STAYS, "platform": Is.CODE}, stays={"url": COMPANY}),
    Holding(AccountService, _ACCOUNTS),
)

RULES = (
    Rule(
        "closed_accounts",
        _l("Contact persons of closed accounts"),
        _l("the last change of an account that was archived or merged"),
        730,
        _closed,
        _forget,
        least=30,
        after=_l("The company, its shops, services and invoices."),
    ),
)
