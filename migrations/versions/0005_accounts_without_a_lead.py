"""Notices and change requests of accounts that never were a lead; choices with an import; look-ups by the worker"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

WAITING = "sent_at IS NULL"
WAITING_NOW = "sent_at IS NULL AND withheld_by_id IS NULL"


def _index_waiting(which: str) -> None:
    op.create_index(
        "ix_privacy_notice_waiting",
        "privacy_notice",
        ["created_at"],
        sqlite_where=sa.text(which),
        postgresql_where=sa.text(which),
    )


def upgrade() -> None:
    op.drop_index("ix_privacy_notice_waiting", table_name="privacy_notice")
    with op.batch_alter_table("privacy_notice") as batch:
        batch.alter_column("lead_id", existing_type=sa.Integer(), nullable=True)
        batch.add_column(sa.Column("account_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("withheld_by_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f("fk_privacy_notice_account_id_account"), "account", ["account_id"], ["id"])
        batch.create_foreign_key(op.f("fk_privacy_notice_withheld_by_id_person"), "person", ["withheld_by_id"], ["id"])
        batch.create_unique_constraint(op.f("uq_privacy_notice_account_id_email"), ["account_id", "email"])
        batch.create_check_constraint(op.f("ck_privacy_notice_about"), "(lead_id IS NULL) <> (account_id IS NULL)")
    _index_waiting(WAITING_NOW)
    with op.batch_alter_table("change_request") as batch:
        batch.alter_column("lead_id", existing_type=sa.Integer(), nullable=True)
        batch.create_check_constraint(op.f("ck_change_request_about"), "lead_id IS NOT NULL OR account_id IS NOT NULL")
    op.add_column("import_run", sa.Column("choices", sa.JSON(), server_default="{}", nullable=False))
    op.create_table(
        "person_look",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=20), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("whom", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("found", sa.JSON(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_owner", sa.String(length=80), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_person_look_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_look")),
        sa.UniqueConstraint("ref", name=op.f("uq_person_look_ref")),
    )
    op.create_index(op.f("ix_person_look_digest"), "person_look", ["digest"])
    op.create_index("ix_person_look_work", "person_look", ["ended_at", "lease_until"])


def downgrade() -> None:
    """What is about an account without a lead has no place any more, and goes."""
    op.drop_table("person_look")
    op.drop_column("import_run", "choices")
    op.execute("DELETE FROM change_item WHERE request_id IN (SELECT id FROM change_request WHERE lead_id IS NULL)")
    op.execute("DELETE FROM change_request WHERE lead_id IS NULL")
    with op.batch_alter_table("change_request") as batch:
        batch.drop_constraint(op.f("ck_change_request_about"), type_="check")
        batch.alter_column("lead_id", existing_type=sa.Integer(), nullable=False)
    notice = sa.table("privacy_notice", sa.column("id"), sa.column("lead_id"), sa.column("withheld_by_id"))
    asked = sa.table("privacy_request", sa.column("notice_id"))
    link = sa.table("access_link", sa.column("purpose"), sa.column("subject_id"))
    gone = sa.or_(notice.c.lead_id.is_(None), notice.c.withheld_by_id.is_not(None))
    going = sa.select(notice.c.id).where(gone)
    op.execute(asked.update().where(asked.c.notice_id.in_(going)).values(notice_id=None))
    op.execute(link.delete().where(link.c.purpose == "privacy", link.c.subject_id.in_(going)))
    op.execute(notice.delete().where(gone))
    op.drop_index("ix_privacy_notice_waiting", table_name="privacy_notice")
    with op.batch_alter_table("privacy_notice") as batch:
        batch.drop_constraint(op.f("ck_privacy_notice_about"), type_="check")
        batch.drop_constraint(op.f("uq_privacy_notice_account_id_email"), type_="unique")
        batch.drop_constraint(op.f("fk_privacy_notice_withheld_by_id_person"), type_="foreignkey")
        batch.drop_constraint(op.f("fk_privacy_notice_account_id_account"), type_="foreignkey")
        batch.drop_column("withheld_by_id")
        batch.drop_column("account_id")
        batch.alter_column("lead_id", existing_type=sa.Integer(), nullable=False)
    _index_waiting(WAITING)
