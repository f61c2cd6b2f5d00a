"""Mails about a document to accept: that it is there, and what both sides keep of an acceptance (T5)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

import sqlalchemy as sa

from app.core.db import db
from app.core.errors import NotFound
from app.core.files import store
from app.documents.models import Upload
from app.outbox.mail import Attached, Mail
from app.plans.emails import to_plan

if TYPE_CHECKING:
    from app.outbox.models import MailRow


@dataclass(frozen=True)
class DocumentPrepared(Mail):
    """To the customer's people: a document is there to be read and accepted."""

    template = "document_prepared"
    carries_link = True

    contact_ref: str
    plan: str
    title: str
    document_ref: str
    number: int
    task_ref: str
    by: str

    def renew(self, row: MailRow) -> str | None:
        return to_plan(self.contact_ref, row, self.task_ref)

    @classmethod
    def sample(cls) -> Self:
        return cls(
            "N-7K3F9Q2M", "Quillmark Stationers", "Order confirmation", "K-7K3F9Q2M", 2, "T-7K3F9Q2M", "Dana Kellerman"
        )


@dataclass(frozen=True)
class DocumentAccepted(Mail):
    """The copy of an acceptance for whoever accepted, with the file (T5)."""

    template = "document_accepted"
    carries_link = True

    contact_ref: str
    plan: str
    task_ref: str
    title: str
    number: int
    document_ref: str
    file: str
    """Reference of the upload."""
    accepted_by: str
    accepted_at: datetime
    address: str | None
    user_agent: str | None
    language: str
    sha256: str
    evidence: str

    def renew(self, row: MailRow) -> str | None:
        return to_plan(self.contact_ref, row, self.task_ref)

    def attached(self) -> Attached | None:
        return _file(self.file, self.document_ref)

    @classmethod
    def sample(cls) -> Self:
        return cls(
            contact_ref="N-7K3F9Q2M",
            plan="Quillmark Stationers",
            task_ref="T-7K3F9Q2M",
            title="Order confirmation",
            number=2,
            document_ref="K-7K3F9Q2M",
            file="F-7K3F9Q2M",
            accepted_by="Hanna Wilk",
            accepted_at=datetime(2026, 3, 9, 14, 5, tzinfo=UTC),
            address="192.0.2.17",
            user_agent="Mozilla/5.0 (X11; Linux x86_64)",
            language="en",
            sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            evidence="E-7K3F9Q2M",
        )


@dataclass(frozen=True)
class DocumentAcceptedCopy(Mail):
    """The vendor's copy of the same, to the account manager."""

    template = "document_accepted_copy"

    plan: str
    plan_ref: str
    task_ref: str
    title: str
    number: int
    document_ref: str
    file: str
    accepted_by: str
    accepted_at: datetime
    address: str | None
    user_agent: str | None
    language: str
    sha256: str
    evidence: str

    def attached(self) -> Attached | None:
        return _file(self.file, self.document_ref)

    @classmethod
    def sample(cls) -> Self:
        theirs = DocumentAccepted.sample()
        same = {one.name: getattr(theirs, one.name) for one in fields(theirs) if one.name != "contact_ref"}
        return cls(plan_ref="P-7K3F9Q2M", **same)


def _file(ref: str, document_ref: str) -> Attached | None:
    """The document; None where the store has lost it: the words go all the same."""
    upload = db.session.scalar(sa.select(Upload).where(Upload.ref == ref))
    if upload is None:
        return None
    try:
        with store().open(upload.key) as file:
            return Attached(f"{document_ref}.pdf", upload.content_type, file.read())
    except NotFound:
        return None
