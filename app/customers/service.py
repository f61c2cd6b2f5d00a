"""Accounts: opened by a conversion, edited by staff, merged, archived."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from app.core import identifiers
from app.core.clock import now
from app.core.db import db, lock, lock_named, write
from app.core.errors import Conflict, DomainError, FieldError, MovedOn
from app.core.i18n import _l
from app.core.search import fold, search_text
from app.customers.fields import checked, cleaned
from app.customers.models import COMPANY_FIELDS, Account, AccountService, AccountShop, AccountState, CompanyDetails
from app.history.service import Visitor, record
from app.people.models import Organisation, Person

Changes = dict[str, tuple[Any, Any]]


class AccountMovedOn(MovedOn):
    """Somebody else saved the account meanwhile."""


class AccountExists(FieldError):
    """Another live account has this company."""

    def __init__(self, account: Account) -> None:
        super().__init__(
            "company_number",
            _l("The account %(ref)s has this company number already. Merge the two instead.", ref=account.ref),
        )
        self.account = account


class AccountClosed(Conflict):
    """It is archived or merged: nothing can be changed on it."""

    def __init__(self) -> None:
        super().__init__(_l("This account is closed. Nothing can be changed on it."))


def edit(account_id: int, version: int, values: Mapping[str, Any], by: Person) -> Account:
    """Saves what staff typed.

    Raises:
        AccountMovedOn: it was saved by somebody else since `version`.
        AccountClosed: it is no longer live.
        FieldError: a value is wrong, or another account has the company.
    """
    clean = cleaned(values)
    with write():
        lock_named(f"company:{_key_of(clean)}")
        account = _held(account_id, version)
        _keep(account, put(account, clean), by, Came.TYPED)
    return account


def checked_corrections(
    account: Account, corrections: Mapping[str, Any]
) -> tuple[dict[str, str | None], list[FieldError]]:
    """Other values for some fields of an account, in canonical form, and all that is wrong with them. With another
    country everything that follows the country is asked again."""
    moves = "country" in corrections
    known = {field: getattr(account, field) for field in COMPANY_FIELDS}
    clean, wrong = checked({**known, **corrections})
    wrong = [error for error in wrong if moves or error.field in corrections]
    return {field: value for field, value in clean.items() if moves or field in corrections}, wrong


def correct(account_id: int, version: int, corrections: Mapping[str, Any], by: Person, *, told_by: str = "") -> Account:
    """Other values for some fields of a live account, with the rules of `edit`, inside this `write()`. `told_by` is the
    name of somebody of the customer's own, who said so themselves; `by` is then who answers for the account. Without
    corrections the account is held all the same, as it was seen.

    Raises:
        AccountMovedOn: it was saved by somebody else since `version`.
        AccountClosed: it is no longer live.
        FieldError: a value is wrong, or another account has the company.
    """
    before = db.session.get_one(Account, account_id, populate_existing=True)
    clean, wrong = checked_corrections(before, corrections)
    if wrong:
        raise wrong[0]
    if {"country", "company_number"} & clean.keys():
        lock_named(f"company:{_key_of({'country': before.country, 'company_number': before.company_number, **clean})}")
    account = _held(account_id, version)
    _keep(account, put(account, clean), by, Came.TYPED, Visitor(told_by) if told_by else None)
    return account


def _held(account_id: int, version: int | None = None) -> Account:
    """A live account, locked and, with `version`, as it was seen."""
    account = lock(Account, account_id)
    if not account.is_live:
        raise AccountClosed
    if version is not None and account.version != version:
        raise AccountMovedOn(_l("Somebody else saved this account while you were editing it."))
    return account


class Came(enum.Enum):
    """How a contact person came onto an account that staff made or changed."""

    TYPED = "typed"
    IMPORTED = "imported"
    IMPORTED_INFORMED = "imported_informed"
    """Staff said with the import that these persons were informed before."""


NEW_CONTACT: list[Callable[[Account, Person, Came], None]] = []
"""Who is told when staff put another contact person's address on an account: the features above add a function, called
inside the `write()` that did."""


def _keep(account: Account, changes: Changes, by: Person, came: Came, author: Visitor | None = None) -> None:
    """After values were put on a locked account. `author` changed it, if not `by`, who answers for it."""
    if changes:
        touch(account)
        record(account, "account.edited", author or by, changes)
    if "email" in changes:
        _tell_new_contact(account, by, came)


def _tell_new_contact(account: Account, by: Person, came: Came) -> None:
    for tell in NEW_CONTACT:
        tell(account, by, came)


def open_account(details: CompanyDetails, *, reseller_id: int | None, locale: str, by: Person, origin: str) -> Account:
    """A new account with the company's details, inside this `write()`. `origin` is the reference of what it comes from.

    Raises:
        AccountExists: there is a live account of this company.
    """
    moment = now()
    account = Account(
        reseller_id=reseller_id,
        locale=locale,
        created_at=moment,
        updated_at=moment,
        merged_into_id=None,
        company_key=details.company_key,
        state=AccountState.ACTIVE,
        version=0,
        shops=[],
        services=[],
        **{field: getattr(details, field) for field in COMPANY_FIELDS},
    )
    _refuse_second(account.company_key, None)
    db.session.add(account)
    db.session.flush()
    touch(account)
    opened = {field: (None, getattr(details, field)) for field in COMPANY_FIELDS if getattr(details, field)}
    record(account, "account.opened", by, {"_from": (None, origin), **opened})
    return account


def take_in(
    account_id: int | None,
    clean: Mapping[str, str | None],
    credit: tuple[int | None] | None,
    locale: str | None,
    by: Person,
    origin: str,
    *,
    informed: bool = False,
) -> Account:
    """What an import says of a company, inside this `write()` that holds the company's lock: a new account, or other
    values for the one it has. `clean` holds canonical values of all fields, `credit` the reseller's id (or None for
    nobody) in a tuple, or None to leave it; `origin` is the import's reference. A contact person who is new is told,
    unless staff said that they were `informed` before.

    Raises:
        AccountClosed: it is no longer live.
        AccountExists: another live account has the company.
    """
    came = Came.IMPORTED_INFORMED if informed else Came.IMPORTED
    if account_id is None:
        key = _key_of(clean)
        details = Account(**clean, company_key=key)
        reseller_id = credit[0] if credit else None
        opened = open_account(details, reseller_id=reseller_id, locale=locale or "en", by=by, origin=origin)
        _tell_new_contact(opened, by, came)
        return opened
    account = _held(account_id)
    changes = put(account, clean)
    if credit is not None and account.reseller_id != credit[0]:
        changes["reseller"] = (account.reseller_id, credit[0])
        account.reseller_id = credit[0]
    if locale is not None and account.locale != locale:
        changes["locale"] = (account.locale, locale)
        account.locale = locale
    _keep(account, {"_from": (None, origin), **changes} if changes else {}, by, came)
    return account


def put(account: Account, values: Mapping[str, Any]) -> Changes:
    """Sets canonical values on a locked account and tells which of them changed.

    Raises:
        AccountExists: the new company number belongs to another live account.
    """
    changes: Changes = {}
    for field, value in values.items():
        before = getattr(account, field)
        if (before or None) != (value or None):
            changes[field] = (before, value)
            setattr(account, field, value)
    key = identifiers.company_key(account.country, account.company_number)
    if key != account.company_key:
        _refuse_second(key, account.id)
        account.company_key = key
    return changes


def touch(account: Account, moment: datetime | None = None) -> None:
    """After a change: version, time, and the texts by which it is found. Its shops need not be loaded."""
    account.version = account.version + 1
    account.updated_at = moment or now()
    account.name_sort = fold(account.company_name)[:200]
    account.search = search_text(
        account.ref,
        account.company_name,
        identifiers.number_search_words(account.country, account.company_number),
        account.vat_number,
        account.regon,
        account.krs,
        account.contact_name,
        account.email,
        account.phone,
        account.website,
        account.city,
    )


def add_service(account: Account, service_id: int, *, direct: bool = False) -> bool:
    """Adds a service to an account whose services are loaded; False when it has it already. One that the vendor sold
    itself comes to the reseller's knowledge when it is added for the reseller, and stays there when it is not."""
    there = next((held for held in account.services if held.service_id == service_id), None)
    if there is None:
        account.services.append(AccountService(service_id=service_id, direct=direct, created_at=now()))
        return True
    if there.direct and not direct:
        there.direct = False
        return True
    return False


def add_shop(account: Account, url: str, platform: str) -> AccountShop | None:
    """Adds a shop to an account whose shops are loaded; None when its address is there already."""
    if any(held.url == url for held in account.shops):
        return None
    shop = AccountShop(url=url, platform=platform, created_at=now())
    account.shops.append(shop)
    return shop


def locked_whole(account_id: int) -> Account:
    """The account locked and as it is now, with its services and shops, inside this `write()`."""
    lock(Account, account_id)
    return db.session.scalars(
        sa.select(Account)
        .where(Account.id == account_id)
        .options(selectinload(Account.shops), selectinload(Account.services))
        .execution_options(populate_existing=True)
    ).one()


def held_through(account_id: int) -> Account:
    """The account locked, or the one into which it was merged meanwhile, inside this `write()`."""
    account = lock(Account, account_id)
    while account.merged_into_id is not None:
        account = lock(Account, account.merged_into_id)
    return account


def put_partner(account: Account, organisation_id: int | None, by: Person | None) -> None:
    """Which service partner works for the customer; a locked account, inside this `write()`."""
    before = account.partner_organisation_id
    if before == organisation_id:
        return
    account.partner_organisation_id = organisation_id
    rows = sa.select(Organisation.id, Organisation.name).where(
        Organisation.id.in_([id for id in (before, organisation_id) if id is not None])
    )
    names = {row.id: row.name for row in db.session.execute(rows)}
    verb = "account.partner_assigned" if organisation_id is not None else "account.partner_withdrawn"
    record(account, verb, by, {"partner": (names.get(before or 0), names.get(organisation_id or 0))})


def archive(account: Account, by: Person) -> None:
    """Its conversion was reversed; a locked account, inside this `write()`."""
    account.state = AccountState.ARCHIVED
    touch(account)
    record(account, "account.archived", by, {"state": (AccountState.ACTIVE, AccountState.ARCHIVED)})


# --- merging ----------------------------------------------------------------------------------------------------------

MOVES: list[Callable[[Account, Account, Person], None]] = []
"""What else belongs to an account: the features above add a function `(from, into, by)` that moves it, inside the
merge's `write()`."""


MERGING = "account merges"
"""Held by a merge, and by whoever changes many accounts at once in an order of their own, such as an import of their
billing details: else one could hold the account that the other waits for."""


class CannotMerge(DomainError):
    """The two are not two live accounts."""


def merge(
    survivor_id: int,
    other_id: int,
    versions: tuple[int, int],
    chosen: Mapping[str, str],
    by: Person,
) -> Account:
    """Makes two accounts one. `chosen` says for each field whose value stays: "survivor" (the default) or "other";
    `reseller` likewise for the credit. Shops, services and what the features above know move to the survivor.

    Raises:
        CannotMerge: it is one and the same account, or one of them is closed.
        AccountMovedOn: one of them was saved by somebody else since `versions`.
        FieldError: the chosen values do not go together.
    """
    if survivor_id == other_id:
        raise CannotMerge(_l("Choose two different accounts."))
    keys = sorted(db.session.scalars(sa.select(Account.company_key).where(Account.id.in_((survivor_id, other_id)))))
    with write():
        for name in (MERGING, *(f"company:{key}" for key in keys)):
            lock_named(name)
        locked = {id: locked_whole(id) for id in sorted((survivor_id, other_id))}
        survivor, other = locked[survivor_id], locked[other_id]
        if not (survivor.is_live and other.is_live):
            raise CannotMerge(_l("One of these accounts is closed. Closed accounts cannot be merged."))
        if (survivor.version, other.version) != versions:
            raise AccountMovedOn(_l("One of these accounts was changed meanwhile. Look at both again."))
        values = cleaned(chosen_values(survivor, other, chosen))
        _close_into(survivor, other, by)
        changes = put(survivor, values)
        if chosen.get("reseller") == "other" and survivor.reseller_id != other.reseller_id:
            changes["reseller"] = (survivor.reseller_id, other.reseller_id)
            survivor.reseller_id = other.reseller_id
        _take_over(survivor, other)
        if survivor.partner_organisation_id is None:
            put_partner(survivor, other.partner_organisation_id, by)
        touch(survivor)
        record(survivor, "account.merged_with", by, {"_merged": (None, other.ref), **changes})
        for move in MOVES:
            move(other, survivor, by)
    return survivor


def chosen_values(survivor: CompanyDetails, other: CompanyDetails, chosen: Mapping[str, str]) -> dict[str, Any]:
    """Field by field the value of whom was chosen; the country goes with the company number."""
    values = {
        field: getattr(other if chosen.get(field) == "other" else survivor, field)
        for field in COMPANY_FIELDS
        if field != "country"
    }
    values["country"] = (other if chosen.get("company_number") == "other" else survivor).country
    return values


def _close_into(survivor: Account, other: Account, by: Person) -> None:
    other.state = AccountState.MERGED
    other.merged_into_id = survivor.id
    db.session.execute(sa.update(Account).where(Account.merged_into_id == other.id).values(merged_into_id=survivor.id))
    touch(other)
    record(other, "account.merged_into", by, {"_into": (None, survivor.ref)})
    db.session.flush()  # frees its company number for the survivor


def _take_over(survivor: Account, other: Account) -> None:
    for held in other.services:
        add_service(survivor, held.service_id, direct=held.direct)
    for shop in other.shops:
        add_shop(survivor, shop.url, shop.platform)


def _key_of(values: Mapping[str, Any]) -> str:
    return identifiers.company_key(str(values["country"]), str(values["company_number"]))


def _refuse_second(key: str, own_id: int | None) -> None:
    there = db.session.scalar(
        sa.select(Account).where(Account.company_key == key, Account.state == AccountState.ACTIVE)
    )
    if there is not None and there.id != own_id:
        raise AccountExists(there)
