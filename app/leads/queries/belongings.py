"""A reseller's shops and services: what stands on leads that are not accounts, and on accounts, in one list. What the
vendor sold itself is not among them (R14)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.catalogue.models import Service
from app.core.paging import Page, everything_of, page_of
from app.core.search import fold
from app.customers.models import Account, AccountService, AccountShop, AccountState
from app.leads.models import Lead, LeadService, LeadShop, LeadState
from app.partners.models import Reseller


@dataclass(frozen=True)
class Wanted:
    """What a list is narrowed to, from the address. `kind` is a platform, or a service's code."""

    q: str = ""
    kind: str = ""
    sort: str = "thing"


def shops(reseller: Reseller, by: Wanted, cursor: str | None, size: int = 50) -> Page[Any]:
    """Rows of thing (address), kind (platform), owner ("lead" or "account"), ref, company, state, key."""
    return _page(_shops(reseller), by, cursor, size)


def services(reseller: Reseller, by: Wanted, cursor: str | None, size: int = 50) -> Page[Any]:
    """Rows of thing (place in the catalogue), kind (code), owner, ref, company, state, key."""
    return _page(_services(reseller), by, cursor, size)


def all_shops(reseller: Reseller, by: Wanted) -> Iterator[Any]:
    return _everything(_shops(reseller), by)


def all_services(reseller: Reseller, by: Wanted) -> Iterator[Any]:
    return _everything(_services(reseller), by)


def _shops(reseller: Reseller) -> sa.Subquery:
    on_leads = (
        _of_leads(reseller, LeadShop.url.label("thing"), LeadShop.platform.label("kind"), LeadShop.id)
        .join(LeadShop, LeadShop.lead_id == Lead.id)
        .add_columns(LeadShop.url.label("found"))
    )
    on_accounts = (
        _of_accounts(reseller, AccountShop.url.label("thing"), AccountShop.platform.label("kind"), AccountShop.id)
        .join(AccountShop, AccountShop.account_id == Account.id)
        .add_columns(AccountShop.url.label("found"))
    )
    return sa.union_all(on_leads, on_accounts).subquery("belonging")


def _services(reseller: Reseller) -> sa.Subquery:
    # Ordered as in the catalogue: the place is written as a text of five digits, so that both lists page alike.
    place = sa.type_coerce(sa.cast(Service.position + 10_000, sa.String(10)), sa.String(10))
    on_leads = (
        _of_leads(reseller, place.label("thing"), Service.code.label("kind"), LeadService.id)
        .join(LeadService, LeadService.lead_id == Lead.id)
        .join(Service, Service.id == LeadService.service_id)
        .add_columns(sa.literal("").label("found"))
    )
    on_accounts = (
        _of_accounts(reseller, place.label("thing"), Service.code.label("kind"), AccountService.id)
        .join(
            AccountService,
            sa.and_(AccountService.account_id == Account.id, AccountService.direct.is_(False)),
        )
        .join(Service, Service.id == AccountService.service_id)
        .add_columns(sa.literal("").label("found"))
    )
    return sa.union_all(on_leads, on_accounts).subquery("belonging")


def _of_leads(reseller: Reseller, *columns: Any) -> sa.Select[*tuple[Any, ...]]:
    thing, kind, key = columns
    return (
        sa.select(
            thing,
            kind,
            sa.literal("lead").label("owner"),
            Lead.ref.label("ref"),
            Lead.company_name.label("company"),
            Lead.name_sort.label("name_sort"),
            Lead.state.label("state"),
            (sa.literal("l") + sa.cast(key, sa.String(20))).label("key"),
        )
        .select_from(Lead)
        .where(Lead.reseller_id == reseller.id, Lead.state != LeadState.CONVERTED)
    )


def _of_accounts(reseller: Reseller, *columns: Any) -> sa.Select[*tuple[Any, ...]]:
    thing, kind, key = columns
    return (
        sa.select(
            thing,
            kind,
            sa.literal("account").label("owner"),
            Account.ref.label("ref"),
            Account.company_name.label("company"),
            Account.name_sort.label("name_sort"),
            Account.state.label("state"),
            (sa.literal("a") + sa.cast(key, sa.String(20))).label("key"),
        )
        .select_from(Account)
        .where(Account.reseller_id == reseller.id, Account.state == AccountState.ACTIVE)
    )


def _narrowed(rows: sa.Subquery, by: Wanted) -> sa.Select[*tuple[Any, ...]]:
    query = sa.select(*rows.c)
    for word in fold(by.q).split()[:8]:
        query = query.where(
            sa.or_(
                rows.c.name_sort.contains(word, autoescape=True),
                rows.c.found.contains(word, autoescape=True),
                rows.c.ref == word.upper(),
            )
        )
    return query.where(rows.c.kind == by.kind) if by.kind else query


def _keys(rows: sa.Subquery, by: Wanted) -> tuple[sa.ColumnElement[Any], ...]:
    return (rows.c.name_sort, rows.c.key) if by.sort == "name" else (rows.c.thing, rows.c.name_sort, rows.c.key)


def _page(rows: sa.Subquery, by: Wanted, cursor: str | None, size: int) -> Page[Any]:
    return page_of(_narrowed(rows, by), *_keys(rows, by), descending=False, cursor=cursor, size=size)


def _everything(rows: sa.Subquery, by: Wanted) -> Iterator[Any]:
    return everything_of(_narrowed(rows, by), *_keys(rows, by), descending=False)
