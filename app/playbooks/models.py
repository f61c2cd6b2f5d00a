"""A playbook has versions; a published version never changes, and a plan keeps the one it started with (I1)."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, new_ref
from app.core.i18n import current_locale


class Audience(enum.StrEnum):
    CUSTOMER = "customer"
    PARTNER = "partner"
    """An organisation that works with the vendor."""


class Origin(enum.StrEnum):
    """Where the words of a version came from."""

    SHIPPED = "shipped"
    """From app/playbooks/library, as this release of Gangway brings it."""
    IMPORT = "import"
    DESK = "desk"


class Playbook(Base):
    """A template of plans."""

    __tablename__ = "playbook"

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("K"))
    code: Mapped[str] = mapped_column(sa.String(60), unique=True)
    audience: Mapped[str] = mapped_column(sa.String(20))
    titles: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    """By language, of the newest version, so that lists need not read whole versions."""
    archived_at: Mapped[datetime | None]
    """No new plan is started from it."""
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    versions: Mapped[list[PlaybookVersion]] = relationship(
        back_populates="playbook", lazy="raise", order_by="PlaybookVersion.number.desc()"
    )

    @property
    def title(self) -> str:
        return str(self.titles.get(current_locale()) or self.titles.get("en") or self.code)


class PlaybookVersion(Base):
    """One version. Its content is a checked document, see `outline.py` and `schema.py`."""

    __tablename__ = "playbook_version"
    __table_args__ = (
        sa.UniqueConstraint("playbook_id", "number"),
        sa.Index(
            "uq_playbook_version_draft",
            "playbook_id",
            unique=True,
            sqlite_where=sa.text("published_at IS NULL"),
            postgresql_where=sa.text("published_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    playbook_id: Mapped[int] = mapped_column(sa.ForeignKey("playbook.id"))
    number: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    sha256: Mapped[str] = mapped_column(sa.String(64))
    """Of the content in canonical form: an import that brings nothing new makes no version."""
    origin: Mapped[str] = mapped_column(sa.String(20))
    note: Mapped[str] = mapped_column(sa.String(500), default="")
    """What is new in it, for whoever decides on running plans."""
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    published_at: Mapped[datetime | None]
    published_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    row_version: Mapped[int] = mapped_column(default=1)

    playbook: Mapped[Playbook] = relationship(back_populates="versions", lazy="raise")
