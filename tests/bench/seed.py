"""A database with as many leads as are asked for, written with plain SQL, which takes seconds instead of hours."""

from __future__ import annotations

import itertools
import random
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask_migrate import upgrade

from app import create_app
from app.config import from_environment
from app.core.db import Base, db
from app.core.search import fold

OTHERS = 200
"""Resellers beside the two that are measured."""
LINKS_EACH = 4
"""Personal links of each: the form is limited to a number of sendings a minute for one link."""
SMALL = 500
"""Leads of the reseller that has few of them, whatever the size of the whole."""
SPOKEN = 80
"""One lead in so many carries the word that the bench looks for."""
FREQUENT = "modrzew"
SECRET = "the bench has nothing to hide, " * 2
KEY = "u1Y0wWm0Zt1hQ3n4l0mS1yqvJ5yD2m7m0l8l1kq3v2E="

_FIRST = ("Stolarnia", "Piekarnia", "Cukiernia", "Kwiaciarnia", "Browar", "Pracownia", "Galeria", "Atelier", "Meble")
_LAST = ("Sosna", "Klon", "Jesion", "Kalina", "Wierzba", "Lipa", "Grab", "Olcha", "Buk", "Topola", "Cis", "Brzoza")
_FORMS = ("sp. z o.o.", "s.c.", "sp.j.", "S.A.")
_CITIES = ("Gniezno", "Kutno", "Tczew", "Nysa", "Zgierz", "Świdnica", "Ełk", "Turek", "Łomża", "Żory")
_PEOPLE = ("Hanna Wilk", "Piotr Sowa", "Ewa Łoś", "Jan Żubr", "Zofia Bóbr", "Adam Ryś")

_EPOCH = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Seeded:
    """A database file and who is measured in it."""

    path: Path
    leads: int
    small: Member
    half: Member
    slugs: list[str]


@dataclass(frozen=True)
class Member:
    """Who asks: the owner of a reseller that is measured, or one of the staff, who belong to none."""

    session_id: str
    reseller_id: int


def environment(path: Path) -> dict[str, str]:
    """What the application under measure is told: production, behind one proxy, its own database."""
    return {
        "GANGWAY_MODE": "production",
        "GANGWAY_DATABASE_URL": f"sqlite:///{path}",
        "GANGWAY_DATA_DIR": str(path.parent / "data"),
        "GANGWAY_SECRET_KEY": SECRET,
        "GANGWAY_ENCRYPTION_KEYS": KEY,
        "GANGWAY_PUBLIC_URL": "http://127.0.0.1",
        "GANGWAY_MAIL_URL": "smtp://127.0.0.1:9",
        "GANGWAY_TRUSTED_PROXIES": "1",
    }


def seed(path: Path, leads: int) -> Seeded:
    """Makes the file `path`: `leads` in all, half of them one reseller's, 500 another's."""
    _migrate(path)
    metadata = Base.metadata
    chance = random.Random(leads)
    with filling(path) as connection:
        people = [_reseller(connection, metadata, number) for number in range(1, OTHERS + 3)]
        _services(connection, metadata)
        later = _put_off(connection)
        insert(connection, metadata.tables["lead"], _leads(leads, chance))
        for statement in later:
            connection.execute(statement)
        search_anew(connection, "lead")
        slugs = [slug for (slug,) in connection.execute("SELECT slug FROM personal_link ORDER BY id")]
    return Seeded(path, leads, people[0], people[1], slugs)


@contextmanager
def filling(path: Path) -> Iterator[sqlite3.Connection]:
    """One transaction for many rows. Nothing is kept safe before they are all there: who is interrupted seeds anew."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-400000", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN")
        yield connection
        connection.execute("COMMIT")
        connection.execute("ANALYZE")
        connection.execute("PRAGMA journal_mode=WAL")


def colleague(connection: sqlite3.Connection, id: int, role: str) -> Member:
    """One of the staff, in the session with which the bench asks."""
    person = {"ref": f"U-{id:08d}", "email": f"{role}@vendor.example", "name": role.capitalize(), "locale": "en"}
    row = {"id": id, **person, "session_epoch": 1, "created_at": _EPOCH, "search": role}
    insert(connection, Base.metadata.tables["person"], [row])
    insert(connection, Base.metadata.tables["staff_role"], [{"person_id": id, "role": role}])
    return Member(f"{id}:1", 0)


def search_anew(connection: sqlite3.Connection, *tables: str) -> None:
    """Makes the search tables of rows that were filled in."""
    for table in tables:
        connection.execute(f"INSERT INTO {table}_search({table}_search) VALUES ('rebuild')")


def _migrate(path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        application = create_app(from_environment({**environment(path), "GANGWAY_DATA_DIR": folder}))
        with application.app_context():
            upgrade()
            db.engine.dispose()


def _put_off(connection: sqlite3.Connection) -> list[str]:
    """Indexes and triggers of the leads are dropped; returns what makes them again, once for all rows."""
    found = connection.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE tbl_name = 'lead' AND type IN ('index', 'trigger')"
        " AND sql IS NOT NULL"
    ).fetchall()
    for kind, name, _sql in found:
        connection.execute(f"DROP {kind} {name}")
    return [sql for _kind, _name, sql in found]


def _reseller(connection: sqlite3.Connection, metadata: sa.MetaData, number: int) -> Member:
    tables, moment = metadata.tables, _EPOCH
    name = f"Reseller {number}"
    person: dict[str, Any] = {
        "ref": f"U-{number:08d}",
        "email": f"owner{number}@reseller.example",
        "name": f"Owner {number}",
    }
    person |= {"locale": "en", "session_epoch": 1, "created_at": moment, "search": fold(name)}
    insert(connection, tables["person"], [{"id": number, **person}])
    kind = {"kind": "reseller", "name": name, "version": 1, "created_at": moment}
    insert(connection, tables["organisation"], [{"id": number, "ref": f"O-{number:08d}", **kind}])
    held = {"organisation_id": number, "person_id": number, "role": "owner", "created_at": moment}
    insert(connection, tables["membership"], [{"id": number, **held}])
    row: dict[str, Any] = {
        "ref": f"P-{number:08d}",
        "organisation_id": number,
        "state": "active",
        "contact_name": f"Owner {number}",
    }
    row |= {"city": "Gniezno", "country": "PL", "company_key": f"PL:{number}", "terms_version": 1, "version": 1}
    insert(connection, tables["reseller"], [{"id": number, **row, "created_at": moment, "search": fold(name)}])
    links = [
        {"reseller_id": number, "slug": f"Owner-{number:04d}-{link}", "is_alias": False, "is_current": link == 0}
        for link in range(LINKS_EACH)
    ]
    insert(connection, tables["personal_link"], [{**link, "created_at": moment} for link in links])
    return Member(f"{number}:1", number)


def _services(connection: sqlite3.Connection, metadata: sa.MetaData) -> None:
    names = ("pay", "books", "stock", "returns")
    rows = [
        {"code": code, "names": f'{{"en": "{code.title()}"}}', "hints": "{}", "position": place, "offered": True}
        for place, code in enumerate(names)
    ]
    insert(connection, metadata.tables["service"], rows)


def _leads(count: int, chance: random.Random) -> Iterator[dict[str, Any]]:
    """In the order of time. Whose each one is falls by chance, so that the few of one lie among the many."""
    owners = [1] * min(SMALL, count // 2) + [2] * (count // 2)
    owners += [3 + number % OTHERS for number in range(count - len(owners))]
    chance.shuffle(owners)
    states = ["submitted"] * 2 + ["accepted"] + ["converted"] * 6 + ["declined"]
    for place, owner in enumerate(owners):
        first, last = chance.choice(_FIRST), chance.choice(_LAST)
        if chance.randrange(SPOKEN) == 0:
            last = FREQUENT.title()
        number = 1_000_000_000 + place * 6_364_136_223 % 8_999_999_993  # spread as numbers are, and none twice
        name = f"{first} {last} {place} {chance.choice(_FORMS)}"
        city, contact = chance.choice(_CITIES), chance.choice(_PEOPLE)
        ref, email = f"L-{place:08d}", f"biuro{place}@firma{place % 5000}.example"
        phone = f"+48{number * 7 % 1_000_000_000:09d}"
        moment = _EPOCH + timedelta(seconds=place * 60)
        yield {
            "ref": ref,
            "reseller_id": owner,
            "state": chance.choice(states),
            "typed_by": "client",
            "locale": "pl",
            "answer_by": moment + timedelta(days=2),
            "flagged": False,
            "suspicious": False,
            "created_at": moment,
            "updated_at": moment,
            "version": 1,
            "search": fold(f"{ref} {name} {number} {contact} {email} {phone} {city}"),
            "name_sort": fold(name),
            "company_name": name,
            "country": "PL",
            "company_number": str(number),
            "company_key": f"PL:{number}",
            "street": f"Długa {place % 200 + 1}",
            "postcode": "62-200",
            "city": city,
            "email": email,
            "phone": phone,
            "contact_name": contact,
        }


def insert(
    connection: sqlite3.Connection, table: sa.Table, rows: Iterator[dict[str, Any]] | list[dict[str, Any]]
) -> None:
    """Rows of plain values, all with the same columns; what a model would fill in need not be said."""
    rows = iter(rows)
    first = next(rows)
    unsaid = {column.name: _usual(column) for column in table.columns if _must_be_said(column, first)}
    names = [*first, *unsaid]
    marks = ", ".join("?" * len(names))
    statement = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})"
    connection.executemany(
        statement,
        ([*(_plain(value) for value in row.values()), *unsaid.values()] for row in itertools.chain([first], rows)),
    )


def _must_be_said(column: sa.Column[Any], row: dict[str, Any]) -> bool:
    return not (column.name in row or column.nullable or column.primary_key or column.computed is not None)


def _usual(column: sa.Column[Any]) -> Any:
    """What the model would fill in, so that the seed lives through most changes of the models."""
    if column.default is not None and column.default.is_scalar:
        return column.default.arg  # type: ignore[attr-defined]  # is_scalar says that there is one
    return "" if isinstance(column.type, sa.String) else 0


def _plain(value: Any) -> Any:
    """As SQLAlchemy writes a moment into SQLite."""
    return value.strftime("%Y-%m-%d %H:%M:%S.%f") if isinstance(value, datetime) else value
