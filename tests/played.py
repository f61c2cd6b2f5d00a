"""The demo, played once in a run: its months take longer than a walk through all its pages. Whoever needs it first
plays it and leaves a copy in the run's folder, from which each further test, in whatever process, takes it; and with
it what each commit wrote."""

from __future__ import annotations

import fcntl
import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import sql

from app.core.db import Base, db
from app.demo.loader import load
from tests import shared

_WRITTEN = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+.*", re.IGNORECASE)
_UNTOLD = re.compile(r"\s+(?:WHERE|VALUES|RETURNING|SELECT)\b.*", re.IGNORECASE | re.DOTALL)


def play(run_folder: Path, files: Path) -> None:
    """Fills the empty database with the demo, and `files` with what was uploaded in it. `run_folder` is one that all
    processes of the run know."""
    folder = _folder(run_folder)
    whole = folder / "whole"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not whole.exists():
            with _commits() as made:
                load()
            db.session.commit()
            (folder / "commits.json").write_text(json.dumps(made))
            _copy(folder, out=True)
            shutil.copytree(files, folder / "files")
            whole.touch()
            return
    _copy(folder, out=False)
    shutil.copytree(folder / "files", files, dirs_exist_ok=True)


def commits(run_folder: Path) -> list[list[str]]:
    """What each commit of the demo that was played wrote: its statements up to their values or conditions."""
    made: list[list[str]] = json.loads((_folder(run_folder) / "commits.json").read_text())
    return made


def _folder(run_folder: Path) -> Path:
    """`make test` looks at one demo twice on SQLite."""
    return shared.place(run_folder) / f"played-{db.engine.dialect.name}"


@contextmanager
def _commits() -> Iterator[list[list[str]]]:
    made: list[list[str]] = []
    writing: dict[str, None] = {}

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if _WRITTEN.match(statement):
            writing[_UNTOLD.sub("", statement)] = None

    def keep(connection: Any) -> None:
        made.append(list(writing))
        writing.clear()

    def drop(connection: Any) -> None:
        writing.clear()

    heard = {"before_cursor_execute": note, "commit": keep, "rollback": drop}
    for name, listener in heard.items():
        sa.event.listen(db.engine, name, listener)
    try:
        yield made
    finally:
        for name, listener in heard.items():
            sa.event.remove(db.engine, name, listener)


def _copy(folder: Path, *, out: bool) -> None:
    url = db.engine.url
    if url.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(str(url.database))) as connection:
            _copy_sqlite(connection, folder / "played.sqlite", out=out)
    else:
        address = url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(address) as connection:
            _copy_postgres(connection, folder, out=out)


def _copy_sqlite(connection: sqlite3.Connection, played: Path, *, out: bool) -> None:
    connection.execute("ATTACH ? AS played", (str(played),))
    with connection:
        for table in Base.metadata.sorted_tables:
            columns = ", ".join(f'"{name}"' for name in _columns(table))
            if out:
                connection.execute(f'CREATE TABLE played."{table.name}" AS SELECT {columns} FROM main."{table.name}"')
            else:
                connection.execute(
                    f'INSERT INTO main."{table.name}" ({columns}) SELECT {columns} FROM played."{table.name}"'
                )


def _copy_postgres(connection: psycopg.Connection[tuple[object, ...]], folder: Path, *, out: bool) -> None:
    for table in Base.metadata.sorted_tables:
        name, columns = sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, _columns(table)))
        file = folder / table.name
        with connection.cursor() as cursor:
            if out:
                statement = sql.SQL("COPY {} ({}) TO STDOUT (FORMAT BINARY)").format(name, columns)
                with cursor.copy(statement) as rows:
                    file.write_bytes(b"".join(rows))
            else:
                statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(name, columns)
                with cursor.copy(statement) as rows:
                    rows.write(file.read_bytes())
                if "id" in table.c:  # else the next row would get a key that is taken
                    cursor.execute(
                        sql.SQL("SELECT setval(pg_get_serial_sequence({}, 'id'), max(id)) FROM {}").format(
                            sql.Literal(f'"{table.name}"'), name
                        )
                    )


def _columns(table: sa.Table) -> list[str]:
    return [column.name for column in table.columns if column.computed is None]
