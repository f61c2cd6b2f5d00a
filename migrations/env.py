"""Alembic's environment: the models' metadata, and the application's own connection."""

from importlib import import_module
from pathlib import Path

from alembic import context
from sqlalchemy.engine import Connection

import app
from app.core.db import Base, UTCDateTime, db
from app.core.money import Hundredths

for room in sorted(Path(app.__path__[0]).glob("*/models.py")):
    import_module(f"app.{room.parent.name}.models")
for elsewhere in ("app.access.links", "app.core.heartbeat", "app.core.schedule"):
    import_module(elsewhere)


def render_item(kind: str, item: object, autogen_context: object) -> str | bool:
    """Migrations name plain types, so that they stand by themselves when the code moves on."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Hundredths):
        return "sa.BigInteger()"
    return False


def include_name(name: str | None, kind: str, parents: object) -> bool:
    """Search tables and indexes of one database only are made by hand, and left alone here."""
    if name is None:
        return True
    return not (kind == "table" and "_search" in name) and not (kind == "index" and name.endswith("_trgm"))


def _foreign_keys(connection: Connection, state: str) -> None:
    raw = connection.connection.driver_connection
    assert raw is not None
    raw.execute(f"PRAGMA foreign_keys={state}")


with db.engine.connect() as connection:
    if connection.dialect.name == "sqlite":
        # Rebuilding a table would fire the foreign keys of others. SQLite hears this only outside a transaction, so it
        # goes past SQLAlchemy, which would begin one.
        _foreign_keys(connection, "OFF")
        connection = connection.execution_options(gangway_write=True)
        connection.begin()  # all migrations or none
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_item=render_item,
        include_name=include_name,
        render_as_batch=False,
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(f"a migration left rows that point nowhere: {broken[:10]}")
    connection.commit()
    if connection.dialect.name == "sqlite":
        _foreign_keys(connection, "ON")
