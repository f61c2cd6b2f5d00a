"""The database: the base of all tables, and `write()`, the one way to change anything."""

from __future__ import annotations

import fcntl
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, TypeVar

import sqlalchemy as sa
from flask import Flask, current_app, g, has_request_context
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import DeclarativeBase, Session, registry
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.collections import InstrumentedList
from sqlalchemy.types import TypeDecorator

from app.core.errors import NotFound, StaleForm

WAIT_FOR_WRITER = 15.0
"""Seconds a writer waits for its turn on SQLite, or for a row on PostgreSQL, before the person is asked to try again
(503)."""
CONNECT_WITHIN = 10
"""Seconds until a PostgreSQL that does not answer counts as away."""


class UTCDateTime(TypeDecorator[datetime]):
    """An aware moment, kept in UTC. SQLite drops the zone, so it is put back here."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """A decorator does not ask its impl; cursors of lists look at this."""
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The base of every table. `str` columns always give their length."""

    registry = registry(
        metadata=sa.MetaData(naming_convention=NAMING),
        type_annotation_map={
            datetime: UTCDateTime(),
            date: sa.Date(),
            dict[str, Any]: sa.JSON(),
            list[str]: sa.JSON(),
        },
    )


db = SQLAlchemy(
    model_class=Base,
    disable_autonaming=True,
    # Objects stay readable after the commit: the page renders what was committed without asking again.
    session_options={"expire_on_commit": False, "autoflush": False},
)
migrate = Migrate()

T = TypeVar("T", bound=Base)
Item = TypeVar("Item")

_writer = threading.Lock()


def init_app(app: Flask) -> None:
    settings = app.config["GANGWAY"]
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    if settings.sqlite:
        options: dict[str, Any] = {"connect_args": {"timeout": WAIT_FOR_WRITER}}
    else:
        answers = {"connect_timeout": CONNECT_WITHIN}
        options = {"pool_size": 10, "max_overflow": 10, "pool_pre_ping": True, "connect_args": answers}
    # An error in a log names the statement, never what a person typed.
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {**options, "hide_parameters": True}
    db.init_app(app)
    app.teardown_appcontext(_let_go)
    migrate.init_app(app, db, directory=os.path.join(os.path.dirname(app.root_path), "migrations"))
    with app.app_context():
        if settings.sqlite:
            _prepare_sqlite(db.engine)
        else:
            _prepare_postgres(db.engine)


def _let_go(error: BaseException | None) -> None:
    """Ends what was being read. The answer is made: that the server has gone away since then concerns nobody. What was
    read stays readable, for an answer that is sent bit by bit. Runs before Flask-SQLAlchemy's own, which was registered
    first, and leaves it nothing to end."""
    with suppress(sa.exc.OperationalError):
        db.session.remove()


def _prepare_postgres(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, record: Any) -> None:
        # Else whoever wants a row of a process that was stopped in the middle of its work would wait without end.
        connection.execute(f"SET lock_timeout = '{WAIT_FOR_WRITER:.0f}s'")
        connection.commit()


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy says BEGIN, see below; the driver must not
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
            "temp_store=MEMORY",
            "cache_size=-16000",
            "mmap_size=268435456",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A transaction that reads and then writes fails at once when another wrote in between, whatever the
        # timeout; so whoever means to write says so first.
        writes = connection.get_execution_options().get("gangway_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def write() -> Iterator[None]:
    """One story's changes: all of them are committed together, or none.

    Ends the transaction in which the page was read, takes the writer's turn, and commits at the end. What was read
    before may have changed: lock and re-read with `lock()` inside. Nothing slow belongs in here.

    Raises:
        StaleForm: the request's csrf token was missing or stale.
        sqlalchemy.exc.OperationalError: no turn within 15 seconds, or the disk is full; answered with 503.
    """
    session = db.session()
    if session.info.get("writing"):
        raise RuntimeError("write() inside write(): one verb, one transaction")
    if has_request_context() and g.get("stale_form"):
        raise StaleForm
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("something was changed outside write()")
    with _keeping_what_was_read(session):
        session.commit()  # ends the reading transaction; objects stay as they were read
    session.info["writing"] = True
    session.info["before_commit"], session.info["after_commit"] = {}, []
    try:
        with _turn(), _keeping_what_was_read(session):
            if current_app.config["GANGWAY"].sqlite:
                session.connection(execution_options={"gangway_write": True})
            with session.info.pop("around", nullcontext)():
                yield
            _finish(session)
            session.commit()
        callbacks: list[Callable[[], None]] = session.info["after_commit"]
    finally:
        session.info["writing"] = False
    for callback in callbacks:
        callback()


def _finish(session: Session) -> None:
    """What has to see everything that this `write()` changed, and belongs to it."""
    session.flush()
    waiting: dict[Callable[[list[Any]], None], list[Any]] = session.info["before_commit"]
    while waiting:
        callback = next(iter(waiting))
        callback(waiting.pop(callback))


def roll_back() -> None:
    """Gives up a transaction, also one whose server is gone, and leaves the page what it had read."""
    session = db.session()
    _roll_back(session, _read_so_far(session))


_Read = list[tuple[object, dict[str, Any]]]


@contextmanager
def _keeping_what_was_read(session: Session) -> Iterator[None]:
    """What fails inside is taken back, and the page has what it had read: a rollback empties every object, and the form
    that is shown again with its text needs them, also while the database is away. The next `lock()` reads anew."""
    read = _read_so_far(session)
    try:
        yield
    except BaseException:
        _roll_back(session, read)
        raise


def _read_so_far(session: Session) -> _Read:
    """What the page has read: each object with its values."""
    return [(held, held.__dict__.copy()) for held in session]


def _roll_back(session: Session, read: _Read) -> None:
    with suppress(sa.exc.OperationalError):  # no server, and so nothing to take back
        session.rollback()
    known = {id(held) for held, _values in read}
    for held, values in read:
        manager = sa.inspect(held).manager
        for name, value in values.items():
            if name in manager:
                if isinstance(value, InstrumentedList):
                    value = [one for one in value if id(one) in known]  # less what was added to it since
                set_committed_value(held, name, value)


@contextmanager
def _turn() -> Iterator[None]:
    """On SQLite one writer at a time over all processes. A lock of our own is handed over at once, while SQLite's
    busy handler sleeps between looks; PostgreSQL needs none."""
    settings = current_app.config["GANGWAY"]
    path = make_path(settings.database_url) if settings.sqlite else None
    if path is None:
        yield
        return
    until = time.monotonic() + WAIT_FOR_WRITER
    if not _writer.acquire(timeout=WAIT_FOR_WRITER):
        raise sa.exc.OperationalError("write()", None, TimeoutError("no writer's turn"))
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _flock_until(descriptor, until)
            yield
        finally:
            os.close(descriptor)  # closing lets go of the lock
    finally:
        _writer.release()


def _flock_until(descriptor: int, until: float) -> None:
    while True:
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        if time.monotonic() > until:
            raise sa.exc.OperationalError("write()", None, TimeoutError("no writer's turn"))
        time.sleep(0.001)


@lru_cache(maxsize=8)
def make_path(database_url: str) -> str | None:
    """The lock file beside an SQLite database; None for one in memory."""
    name = sa.make_url(database_url).database
    return f"{name}.writer" if name and name != ":memory:" else None


def before_commit(callback: Callable[[list[Item]], None], item: Item) -> None:
    """Hands `item` to `callback` at the end of this `write()`, together with all others for it: once everything else
    was written, and with the same commit."""
    waiting: dict[Callable[[list[Item]], None], list[Item]] = db.session().info["before_commit"]
    waiting.setdefault(callback, []).append(item)


def after_commit(callback: Callable[[], None]) -> None:
    """Runs `callback` once this `write()` has committed, and never if it does not."""
    callbacks: list[Callable[[], None]] = db.session().info["after_commit"]
    if callback not in callbacks:
        callbacks.append(callback)


@contextmanager
def around_write(block: Callable[[], AbstractContextManager[None]]) -> Iterator[None]:
    """The next `write()` in here runs inside `block`: what that writes before and after the verb is committed together
    with it, and what it raises takes everything back."""
    info = db.session().info
    info["around"] = block
    try:
        yield
    finally:
        info.pop("around", None)


def lock(model: type[T], id: int) -> T:
    """The row as it is now, held until this `write()` ends.

    Whoever else holds it waits; rows that only refer to it can be written meanwhile (FOR NO KEY UPDATE on PostgreSQL:
    else a change of a plan, say, could wait for its account while the account waits for the plan).

    Raises:
        NotFound: the row is gone.
    """
    found = db.session.get(model, id, with_for_update={"key_share": True}, populate_existing=True)
    if found is None:
        raise NotFound
    return found


def lock_named(name: str) -> None:
    """Holds a rule that spans rows until this `write()` ends. Take several in alphabetical order.

    SQLite has one writer at a time, so there it holds already.
    """
    if db.engine.dialect.name == "postgresql":
        db.session.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})


_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U


def new_ref(prefix: str, length: int = 8) -> str:
    """A public reference such as `L-7K3F9Q2M`: short enough to read out, random enough to tell nothing."""
    return f"{prefix}-" + "".join(_ALPHABET[byte & 31] for byte in secrets.token_bytes(length))
