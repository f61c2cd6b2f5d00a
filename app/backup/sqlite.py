"""SQLite: copied by its own backup interface, which gives one moment's state while others write."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from app.backup.manifest import BackupRefused

NAME = "database.sqlite"


def dump(database: Path, target: Path) -> None:
    """One moment's state. Nobody waits meanwhile: readers do not hold up writers in a write-ahead log.

    Raises:
        BackupRefused: the copy is damaged, as the database then is.
    """
    target.touch(mode=0o600)
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
        verdict = str(copy.execute("PRAGMA quick_check").fetchone()[0])
    if verdict != "ok":
        raise BackupRefused(f"SQLite finds the database damaged: {verdict}")
    with target.open("rb") as file:
        os.fsync(file.fileno())


def load(dump: Path, database: Path, backup_at: datetime, begun_at: datetime) -> None:
    """Puts the copy in place of the database in one transaction, with sending paused: there is no moment in which a
    worker could send what was sent long ago."""
    database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    prepared = database.with_name(f"{database.name}.restoring")
    prepared.unlink(missing_ok=True)
    prepared.touch(mode=0o600)
    try:
        with closing(sqlite3.connect(prepared)) as copy:
            with closing(sqlite3.connect(f"file:{dump}?mode=ro", uri=True)) as source:
                source.backup(copy)
            copy.execute(
                "INSERT INTO outbox_pause (reason, begun_at, backup_at) VALUES ('restored', ?, ?)",
                (_plain(begun_at), _plain(backup_at)),
            )
            copy.commit()
            with closing(sqlite3.connect(database)) as target:
                copy.backup(target)
                target.execute("PRAGMA journal_mode=WAL")
                target.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        prepared.unlink(missing_ok=True)


def _plain(moment: datetime) -> str:
    """As SQLAlchemy writes moments into SQLite: UTC, without a zone."""
    return moment.replace(tzinfo=None).isoformat(" ", "microseconds")
