"""Search of plans, made as in 0002"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

TABLES = ("plan",)


def _has_trigrams() -> bool:
    """PostgreSQL brings pg_trgm with its contrib package. Without it search reads the rows themselves: right, slower."""
    found = op.get_bind().execute(sa.text("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'"))
    return found.first() is not None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        if not _has_trigrams():
            return
        for table in TABLES:
            op.execute(f"CREATE INDEX ix_{table}_search_trgm ON {table} USING gin (search gin_trgm_ops)")
        return
    for table in TABLES:
        op.execute(
            f"CREATE VIRTUAL TABLE {table}_search USING fts5("
            f"search, content='{table}', content_rowid='id', tokenize='trigram')"
        )
        op.execute(
            f"CREATE TRIGGER {table}_search_insert AFTER INSERT ON {table} BEGIN"
            f" INSERT INTO {table}_search(rowid, search) VALUES (new.id, new.search); END"
        )
        op.execute(
            f"CREATE TRIGGER {table}_search_delete AFTER DELETE ON {table} BEGIN"
            f" INSERT INTO {table}_search({table}_search, rowid, search) VALUES ('delete', old.id, old.search); END"
        )
        op.execute(
            f"CREATE TRIGGER {table}_search_update AFTER UPDATE OF search ON {table}"
            f" WHEN old.search <> new.search BEGIN"
            f" INSERT INTO {table}_search({table}_search, rowid, search) VALUES ('delete', old.id, old.search);"
            f" INSERT INTO {table}_search(rowid, search) VALUES (new.id, new.search); END"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            op.execute(f"DROP INDEX IF EXISTS ix_{table}_search_trgm")
        return
    for table in TABLES:
        for moment in ("insert", "delete", "update"):
            op.execute(f"DROP TRIGGER {table}_search_{moment}")
        op.execute(f"DROP TABLE {table}_search")
