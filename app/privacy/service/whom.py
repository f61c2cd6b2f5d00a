"""Who is looked for: everything by which one person is recognised, found from an e-mail address."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from app.core.crypto import decrypt, encrypt
from app.core.db import db
from app.core.privacy import ERASED, Holding, Is, is_erased
from app.history.models import HistoryEntry, HistoryValue
from app.people.models import EmailChange, Membership, Organisation, Person
from app.privacy.service import needles
from app.privacy.sources import holding_of, holdings


@dataclass(frozen=True)
class Found:
    """One person, as the tables know them."""

    asked: str
    """The address that was asked for, in lower case."""
    emails: frozenset[str]
    person_ids: frozenset[int] = frozenset()
    names: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()
    """Names and numbers that somebody else has as well: they count only near the person's own records."""
    records: Mapping[str, frozenset[int]] = field(default_factory=dict)
    refs: frozenset[str] = frozenset()
    """References of those records, for what names them in text."""
    name: str = ""
    locale: str = ""

    @cached_property
    def _far(self) -> re.Pattern[str] | None:
        return needles.pattern(self.emails, self.names - self.shared, self.phones - self.shared)

    @cached_property
    def _near(self) -> re.Pattern[str] | None:
        return needles.pattern(self.emails, self.names, self.phones)

    def pattern(self, near: bool = False) -> re.Pattern[str]:
        found = self._near if near else self._far
        assert found is not None
        return found

    @cached_property
    def likes(self) -> list[str]:
        """For the database: everything that may hold the person, and some more."""
        return needles.likes(self.emails, self.names, self.phones)

    def is_named_in(self, value: Any, *, near: bool = False) -> bool:
        return needles.is_in(value, self.pattern(near))

    def blanked(self, value: Any, *, near: bool = False) -> Any:
        return needles.blanked(value, self.pattern(near))

    def sealed(self) -> str:
        """For keeping while an erasure lasts, encrypted."""
        kept = {name: sorted(getattr(self, name)) for name in _SETS}
        records = {table: sorted(ids) for table, ids in self.records.items()}
        more = {"asked": self.asked, "name": self.name, "locale": self.locale, "records": records}
        return encrypt(json.dumps({**kept, **more}))


_SETS = ("emails", "person_ids", "names", "phones", "shared", "refs")


def unsealed(text: str) -> Found:
    """The other way round."""
    kept: dict[str, Any] = json.loads(decrypt(text))
    kept |= {key: frozenset(kept[key]) for key in _SETS}
    kept["records"] = {table: frozenset(ids) for table, ids in kept["records"].items()}
    return Found(**kept)


def find(email: str) -> Found:
    """Everybody is somebody: an address that nobody has gives a person of whom only the address is known."""
    asked = email.strip().lower()
    emails, ids = {asked}, set(db.session.scalars(sa.select(Person.id).where(sa.func.lower(Person.email) == asked)))
    if ids:
        emails |= _former(ids)
    names, phones, records, refs = set[str](), set[str](), defaultdict[str, set[int]](set), set[str]()
    own: dict[str, set[Any]] = {}
    name = locale = ""
    for holding in holdings():
        rows = _own_rows(holding, emails, ids)
        own[holding.table.name] = {row["id"] for row in rows if "id" in row}
        for row in rows:
            called, numbers = _called(holding, row)
            names |= called
            phones |= numbers
            name, locale = name or next(iter(called), ""), locale or str(row.get("locale") or "")
            if "id" in row and _is_record(holding):
                records[holding.table.name].add(row["id"])
                refs |= {str(row["ref"])} if row.get("ref") else set()
    names = {each for each in names if needles.words_of(each)}
    worked_for = sa.select(Membership.organisation_id).where(Membership.person_id.in_(ids))
    records[Organisation.__tablename__] |= set(db.session.scalars(worked_for))
    _spread(records)
    return Found(
        asked,
        frozenset(emails),
        frozenset(ids),
        frozenset(names),
        frozenset(phones),
        frozenset(_borne_by_others(names, phones, emails, ids)),
        {table: frozenset(found) for table, found in records.items()},
        frozenset(refs),
        name,
        locale,
    )


def _former(person_ids: Iterable[int]) -> set[str]:
    """Addresses that these people had before, or have now."""
    confirmed = sa.select(EmailChange.new_email).where(
        EmailChange.person_id.in_(person_ids), EmailChange.new_confirmed_at.is_not(None)
    )
    changed = (
        sa.select(HistoryValue.old, HistoryValue.new)
        .join(HistoryEntry)
        .where(
            HistoryEntry.record_type == Person.__tablename__,
            HistoryEntry.record_id.in_(person_ids),
            HistoryEntry.verb == "person.email_changed",
            HistoryValue.field == "email",
        )
    )
    found = set(db.session.scalars(confirmed)) | {each for row in db.session.execute(changed) for each in row}
    return {str(each).lower() for each in found if each and not is_erased(each)}


def own(holding: Holding, emails: Iterable[str], person_ids: Iterable[int]) -> list[sa.ColumnElement[bool]]:
    """By which columns a row is somebody's."""
    table, addresses, numbers = holding.table, sorted(emails), sorted(person_ids)
    found: list[sa.ColumnElement[bool]] = [
        sa.func.lower(table.c[name]).in_(addresses) for name in holding.named(Is.EMAIL)
    ]
    if numbers:
        found += [table.c[name].in_(numbers) for name in holding.persons]
    return found


def _own_rows(holding: Holding, emails: set[str], ids: set[int]) -> list[Mapping[str, Any]]:
    conditions = own(holding, emails, ids)
    if holding.table.name == Person.__tablename__ and ids:
        conditions.append(holding.table.c.id.in_(ids))
    if not conditions:
        return []
    wanted = {*holding.named(Is.EMAIL, Is.NAME, Is.PHONE), *holding.full_name, *holding.persons}
    wanted |= {"id", "ref", "locale"} & set(holding.table.c.keys())
    columns = [holding.table.c[name] for name in sorted(wanted)]
    return [dict(row) for row in db.session.execute(sa.select(*columns).where(sa.or_(*conditions))).mappings()]


def _is_record(holding: Holding) -> bool:
    """Whether its rows are records about a person, on which other rows hang: those that have an address."""
    return bool(holding.named(Is.EMAIL))


def _called(holding: Holding, row: Mapping[str, Any]) -> tuple[set[str], set[str]]:
    """Name and number in a row that is somebody's."""
    if holding.full_name:
        names = {" ".join(str(row[column] or "") for column in holding.full_name).strip()}
    else:
        names = {str(row[column] or "").strip() for column in holding.named(Is.NAME)}
    phones = {str(row[column]) for column in holding.named(Is.PHONE) if row[column]}
    return {name for name in names if name and ERASED not in name}, phones


def _spread(records: dict[str, set[int]]) -> None:
    """What hangs on a record is near it too: the items of a change request on a lead."""
    changed = True
    while changed:
        changed = False
        for holding in holdings():
            if "id" not in holding.table.c:
                continue
            for column, parent in holding.parents:
                if records.get(parent):
                    hanging = sa.select(holding.table.c.id).where(holding.table.c[column].in_(records[parent]))
                    ids = set(db.session.scalars(hanging))
                    changed |= not ids <= records[holding.table.name]
                    records[holding.table.name] |= ids


def _borne_by_others(names: set[str], phones: set[str], emails: set[str], ids: set[int]) -> set[str]:
    """Those of the names and numbers that a row of somebody else's carries."""
    shared = set()
    for holding in holdings():
        columns = holding.full_name or tuple(holding.named(Is.NAME))
        if not holding.named(Is.EMAIL):
            continue
        mine = sa.or_(*own(holding, emails, ids), sa.false())
        address = holding.table.c[holding.named(Is.EMAIL)[0]]
        for name in names:
            patterns = needles.likes((), (name,), ())
            text = _joined(holding, columns)
            rows = db.session.scalars(
                sa.select(text).where(
                    like_any(text, patterns), ~sa.func.coalesce(mine, sa.false()), address.not_like("%@erased.invalid")
                )
            )
            looked_for = needles.pattern((), (name,), ())
            if looked_for is not None and any(needles.is_in(row, looked_for) for row in rows):
                shared.add(name)
        for column in holding.named(Is.PHONE):
            held = holding.table.c[column]
            shared |= set(
                db.session.scalars(
                    sa.select(held).where(held.in_(sorted(phones)), ~sa.func.coalesce(mine, sa.false())).distinct()
                )
            )
    return shared


def _joined(holding: Holding, columns: Iterable[str]) -> sa.ColumnElement[str]:
    """Several columns as one text."""
    parts: list[Any] = []
    for name in columns:
        column = holding.table.c[name]
        text = sa.cast(column, sa.Text()) if isinstance(column.type, sa.JSON) else column
        parts += [sa.literal(" ")] if parts else []
        parts.append(sa.func.coalesce(text, ""))
    found = parts[0] if parts else sa.literal("")
    for part in parts[1:]:
        found = sa.type_coerce(found, sa.Text()).concat(part)
    return sa.type_coerce(found, sa.Text())


def like_any(text: sa.ColumnElement[str], patterns: Iterable[str]) -> sa.ColumnElement[bool]:
    """Whether text is like any of the patterns; capitals count nowhere."""
    if db.engine.dialect.name == "postgresql":
        return sa.or_(*(text.ilike(pattern, escape="!") for pattern in patterns), sa.false())
    return sa.or_(*(text.like(pattern, escape="!") for pattern in patterns), sa.false())


def mentions(holding: Holding, whom: Found) -> sa.ColumnElement[bool] | None:
    """Rows in whose text the person may stand."""
    columns = list(holding.found_by) or holding.named(*_TOLD)
    return like_any(_joined(holding, columns), whom.likes) if columns else None


_TOLD = (Is.TEXT, Is.NAME, Is.PHONE, Is.OWN, Is.ADDRESS, Is.SEARCH, Is.STAYS, Is.EMAIL)

__all__ = ["Found", "find", "holding_of", "like_any", "mentions", "own", "unsealed"]
