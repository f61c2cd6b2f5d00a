"""Categories of the public directory with their hostnames, and frequently asked questions (S6)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, new_ref
from app.integrations.models import Integration


class Category(Base):
    """How a category of the directory presents itself; its code is one of `integrations.models.Sells`.

    A row comes with the first change at the desk: until then what `defaults.py` says holds.
    """

    __tablename__ = "directory_category"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(20), unique=True)
    slug: Mapped[str] = mapped_column(sa.String(60), unique=True)
    hostname: Mapped[str | None] = mapped_column(sa.String(200), unique=True)
    """On which the category answers on its own, at `/`; None for `/integrations/<slug>` alone."""
    texts: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    """By language, where it was written anew: {"title", "summary", "body"}; body is Markdown."""
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime]


class Faq(Base):
    """A question with its answer, of an integration or of a whole category."""

    __tablename__ = "faq"
    __table_args__ = (
        sa.CheckConstraint("(integration_id IS NULL) <> (category IS NULL)", name="of_one"),
        sa.Index("ix_faq_integration", "integration_id", "position"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("FQ"))
    integration_id: Mapped[int | None] = mapped_column(sa.ForeignKey("integration.id"))
    category: Mapped[str | None] = mapped_column(sa.ForeignKey("directory_category.code"))
    texts: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    """By language: {"question", "answer"}; the answer is Markdown."""
    position: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime]

    integration: Mapped[Integration | None] = relationship(lazy="raise")
