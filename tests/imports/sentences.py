"""Arranging imports in sentences: a file of accounts, sent by somebody, compared and applied by the worker."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa

from app.core.background import STEPS
from app.core.db import db
from app.core.files import Received
from app.imports import registry, service, work
from app.imports.models import ImportLine, ImportRun
from app.imports.reading import CSV
from app.people import queries as people
from app.people.models import Person
from tests.sentences import a_nip, a_staff_member

COMPANY = {
    "company_name": "Wooden Toys",
    "country": "PL",
    "company_number": "",
    "street": "ul. Lipowa 4",
    "postcode": "62-200",
    "city": "Gniezno",
    "contact_name": "Maria Nowak",
    "email": "maria@wooden-toys.example",
    "phone": "+48 22 123 45 67",
}


def a_company(**cells: str) -> dict[str, str]:
    """A line about a company that nobody knows yet."""
    return {**COMPANY, "company_number": a_nip(), **cells}


def csv_of(lines: Sequence[Mapping[str, str]], *, delimiter: str = ";", header: Iterable[str] | None = None) -> bytes:
    out = io.StringIO()
    names = list(header or dict.fromkeys(name for line in lines for name in line))
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([line.get(name, "") for name in names] for line in lines)
    return out.getvalue().encode()


def somebody_who_imports(*roles: str, locale: str = "en") -> Person:
    return people.by_id(a_staff_member(*(roles or ("sales",)), locale=locale).id)


_sent = iter(range(1_000_000))


def sent(
    kind: str, content: bytes, by: Person, *, locale: str = "en", content_type: str = CSV, key: str = ""
) -> ImportRun:
    """A file on its way, not looked at by the worker yet."""
    received = Received("list.csv", content_type, content)
    return service.send(registry.of_code(kind), received, key or f"key-{next(_sent)}", locale, by)


def the_worker_works(worker: str = "tests") -> None:
    """Everything that waits is done."""
    assert work.go_on in STEPS
    for _turn in range(1000):
        more = work.go_on(worker)
        db.session.remove()
        if not more:
            return
    raise AssertionError("the worker never ends")


def previewed(kind: str, content: bytes, by: Person, **more: str) -> ImportRun:
    """A file that was sent and compared."""
    run = sent(kind, content, by, **more)
    the_worker_works()
    return fresh(run)


def imported(kind: str, content: bytes, by: Person) -> ImportRun:
    """A file that was sent, looked at, and applied."""
    run = previewed(kind, content, by)
    if run.to_import:
        service.apply(run.id, by)
        the_worker_works()
    return fresh(run)


def fresh(run: ImportRun) -> ImportRun:
    return db.session.scalars(
        sa.select(ImportRun).where(ImportRun.id == run.id).execution_options(populate_existing=True)
    ).one()


def lines_of(run: ImportRun, verdict: str | None = None) -> list[ImportLine]:
    query = sa.select(ImportLine).where(ImportLine.run_id == run.id).order_by(ImportLine.number)
    return list(db.session.scalars(query if verdict is None else query.where(ImportLine.verdict == verdict)))


def reasons_of(run: ImportRun) -> dict[int, list[tuple[str, str]]]:
    """Line -> what is wrong with it."""
    return {line.number: line.why for line in lines_of(run, "wrong")}


def numbers_of(run: ImportRun) -> tuple[int, int, int, int]:
    """new, changed, unchanged, wrong"""
    return run.new, run.changed, run.unchanged, run.wrong
