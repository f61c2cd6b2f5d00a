"""A document has versions, a version has texts by language, an acceptance points to exactly one text."""

from __future__ import annotations

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, new_ref
from app.core.i18n import LOCALES


class DocumentKind(enum.StrEnum):
    RESELLER_TERMS = "reseller_terms"
    PRIVACY_NOTICE = "privacy_notice"
    INVOICING_PROCESS = "invoicing_process"
    """How invoices go in the work with a software partner, unless an agreement deviates from it (S7)."""


class DocumentVersion(Base):
    """One version of a document. Published ones never change; the newest published one is in force."""

    __tablename__ = "document_version"
    __table_args__ = (sa.UniqueConstraint("kind", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(30))
    number: Mapped[int]
    published_at: Mapped[datetime | None]
    published_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    created_at: Mapped[datetime]
    row_version: Mapped[int] = mapped_column(default=1)

    texts: Mapped[list[DocumentText]] = relationship(
        back_populates="version", lazy="raise", order_by="DocumentText.locale", cascade="all, delete-orphan"
    )

    @property
    def texts_in_order(self) -> list[DocumentText]:
        """In the order in which the languages stand everywhere."""
        return sorted(self.texts, key=lambda text: LOCALES.index(text.locale))


class DocumentText(Base):
    """The words of a version in one language, as Markdown without raw HTML."""

    __tablename__ = "document_text"
    __table_args__ = (sa.UniqueConstraint("version_id", "locale"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(sa.ForeignKey("document_version.id"))
    locale: Mapped[str] = mapped_column(sa.String(5))
    title: Mapped[str] = mapped_column(sa.String(200))
    body: Mapped[str] = mapped_column(sa.Text)
    sha256: Mapped[str] = mapped_column(sa.String(64))
    """Of title and body in UTF-8, see `service.text_digest`."""

    version: Mapped[DocumentVersion] = relationship(back_populates="texts", lazy="raise")


class Acceptance(Base):
    """Evidence that an organisation accepted a text: who, when, from where, which words (R5)."""

    __tablename__ = "acceptance"
    __table_args__ = (sa.Index("ix_acceptance_organisation", "organisation_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("E"))
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    kind: Mapped[str] = mapped_column(sa.String(30))
    version_id: Mapped[int] = mapped_column(sa.ForeignKey("document_version.id"))
    text_id: Mapped[int] = mapped_column(sa.ForeignKey("document_text.id"))
    sha256: Mapped[str] = mapped_column(sa.String(64))
    accepted_at: Mapped[datetime]
    accepted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    accepted_by_name: Mapped[str] = mapped_column(sa.String(200))
    address: Mapped[str | None] = mapped_column(sa.String(64))
    """The network address from which it was accepted."""
    user_agent: Mapped[str | None] = mapped_column(sa.String(400))
    filed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    """Staff who filed an acceptance that came by mail."""
    evidence_id: Mapped[int | None] = mapped_column(sa.ForeignKey("upload.id"))
    """The mail itself, when filed by staff."""
    digest: Mapped[str] = mapped_column(sa.String(64))
    """Keyed digest over the evidence, so that a changed row shows."""

    version: Mapped[DocumentVersion] = relationship(lazy="raise")
    text: Mapped[DocumentText] = relationship(lazy="raise")
    evidence: Mapped[Upload | None] = relationship(lazy="raise")


class Upload(Base):
    """A file somebody gave us; its content lies in the file store under `key`."""

    __tablename__ = "upload"

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("F"))
    key: Mapped[str] = mapped_column(sa.String(80), unique=True)
    filename: Mapped[str] = mapped_column(sa.String(200))
    content_type: Mapped[str] = mapped_column(sa.String(100))
    """As found in the content, never as the browser claims."""
    size: Mapped[int]
    """Bytes."""
    sha256: Mapped[str] = mapped_column(sa.String(64))
    uploaded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    created_at: Mapped[datetime]
