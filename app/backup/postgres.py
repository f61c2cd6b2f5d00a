"""PostgreSQL: copied by its own pg_dump, which sees one moment's state while others write, and put back by pg_restore
and psql in one transaction."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import IO

import sqlalchemy as sa

from app.backup.manifest import BackupRefused

NAME = "database.dump"

_EMPTY = """
BEGIN;
SET LOCAL lock_timeout = '10s';
DO $$
DECLARE one record;
BEGIN
    FOR one IN
        SELECT 'TABLE ' || c.oid::regclass AS name FROM pg_class c
            WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
        UNION ALL
        SELECT 'FUNCTION ' || p.oid::regprocedure FROM pg_proc p
            WHERE p.pronamespace = current_schema()::regnamespace AND p.prokind = 'f'
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
    LOOP
        EXECUTE 'DROP ' || one.name || ' CASCADE';
    END LOOP;
END $$;
SELECT current_schema() AS ours \\gset
"""
"""Removes what is there but for what belongs to an extension, which only a superuser may have been able to create."""

_PAUSE = """
SET LOCAL search_path TO :"ours";
INSERT INTO outbox_pause (reason, begun_at, backup_at) VALUES ('restored', '{begun_at}', '{backup_at}');
COMMIT;
"""


def dump(url: str, target: Path) -> None:
    """One moment's state; nobody waits meanwhile.

    Raises:
        BackupRefused: pg_dump is missing, older than the server, or says that it cannot.
    """
    target.touch(mode=0o600)
    words = [_tool("pg_dump"), "--format=custom", "--no-owner", "--no-privileges", "--no-comments"]
    done = subprocess.run(
        [*words, f"--file={target}", f"--dbname={_address(url)}"],
        env=_environment(url),
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise BackupRefused(_failure("pg_dump", done.stderr))
    with target.open("rb") as file:
        os.fsync(file.fileno())


def load(dump: Path, url: str, backup_at: datetime, begun_at: datetime) -> None:
    """Puts the copy in place of what is there in one transaction, with sending paused: there is no moment in which a
    worker could send what was sent long ago, and what fails changes nothing.

    Raises:
        BackupRefused: pg_restore or psql are missing, or say that they cannot.
    """
    reader = [_tool("pg_restore"), "--no-owner", "--no-privileges", "--no-comments", "--file=-", str(dump)]
    writer = [_tool("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--dbname={_address(url)}"]
    ending = _PAUSE.format(begun_at=begun_at.isoformat(), backup_at=backup_at.isoformat())
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as told:
        into = subprocess.Popen(
            writer, env=_environment(url), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=told
        )
        assert into.stdin is not None
        with suppress(BrokenPipeError):  # psql stopped at an error, which it has told
            _pour(reader, into.stdin, said, ending)
        with suppress(BrokenPipeError):
            into.stdin.close()
        if into.wait():
            raise BackupRefused(_failure("psql", _all(told)))
        if problem := _all(said):
            raise BackupRefused(_failure("pg_restore", problem))


def _pour(reader: list[str], into: IO[bytes], said: IO[bytes], ending: str) -> None:
    """Without the ending psql leaves the transaction open at the end of its input, and the server takes it back."""
    into.write(_EMPTY.encode())
    with subprocess.Popen(reader, stdout=subprocess.PIPE, stderr=said) as out:
        assert out.stdout is not None
        shutil.copyfileobj(out.stdout, into)
    if out.returncode == 0:
        into.write(ending.encode())


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise BackupRefused(
            f"{name} is not on this machine. It comes with PostgreSQL's client programs, in the server's version or a "
            "newer one (on Debian and Ubuntu: apt-get install postgresql-client)."
        )
    return found


def _address(url: str) -> str:
    """As PostgreSQL's own programs read it, without the password: everybody on the machine may see their words."""
    bare = sa.make_url(url).set(drivername="postgresql")
    return sa.URL.create(
        bare.drivername, bare.username, None, bare.host, bare.port, bare.database, bare.query
    ).render_as_string()


def _environment(url: str) -> Mapping[str, str]:
    password = sa.make_url(url).password
    return {**os.environ, **({"PGPASSWORD": password} if password else {}), "PGAPPNAME": "gangway-backup"}


def _all(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


def _failure(name: str, said: bytes) -> str:
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return f"{name} could not do it: " + " ".join(line.strip() for line in lines[-6:])
