"""Drafting and publishing versioned texts, and keeping the evidence that somebody accepted one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from blinker import Namespace
from sqlalchemy.orm import joinedload, selectinload

from app.core.clock import now
from app.core.crypto import keyed_digest, keyed_digest_matches
from app.core.db import db, lock, lock_named, write
from app.core.errors import Conflict, FieldError, NotFound
from app.core.files import Received, keep
from app.core.i18n import LOCALES, NAMES, _, _l
from app.documents import queries
from app.documents.models import Acceptance, DocumentKind, DocumentText, DocumentVersion, Upload
from app.history import chain, words
from app.history import service as history
from app.people.models import Organisation, Person
from app.settings import service as settings
from app.settings.models import vendor

published = Namespace().signal("document-published")
"""Sent inside the `write()` that publishes, with the version: what depends on it above does its part in the same
transaction."""

words.name(
    {
        "document.drafted": _l("Draft begun"),
        "document.text_saved": _l("Text saved"),
        "document.published": _l("Published"),
        "document.discarded": _l("Draft thrown away"),
    }
)


class AlreadyPublished(Conflict):
    """Published words never change."""

    def __init__(self) -> None:
        super().__init__(_l("This version is published and can no longer be changed. Begin a new draft."))


class ChangedMeanwhile(Conflict):
    """Somebody else saved this draft in between."""

    def __init__(self) -> None:
        super().__init__(_l("Somebody else changed this draft in the meantime. Open it again to see the newest text."))


class TextsMissing(Conflict):
    """A version speaks five languages or stays a draft."""

    def __init__(self, locales: list[str]) -> None:
        names = ", ".join(NAMES[locale] for locale in locales)
        super().__init__(_("The text is missing in these languages: %(languages)s.", languages=names))


def text_bytes(title: str, body: str) -> bytes:
    """Exactly what is accepted: title, an empty line, body, a line feed; UTF-8, NFC, lines ended by LF alone.

    The forms bring title and body into that shape before they are stored (`identifiers.clean_text`), and the
    download of a text gives these bytes, so that anybody can check the digest with `sha256sum`.
    """
    return f"{title}\n\n{body}\n".encode()


def text_digest(title: str, body: str) -> str:
    """SHA-256 in hex of `text_bytes`."""
    return hashlib.sha256(text_bytes(title, body)).hexdigest()


def missing_locales(version: DocumentVersion) -> list[str]:
    """The languages in which the version still has no words."""
    spoken = {text.locale for text in version.texts if text.title and text.body}
    return [locale for locale in LOCALES if locale not in spoken]


def start_draft(kind: DocumentKind, by: Person) -> DocumentVersion:
    """A new draft that begins with the words of the newest version; the open draft when there is one already."""
    with write():
        lock_named(f"document:{kind}")
        newest = next(iter(queries.versions(kind)), None)
        if newest is not None and newest.published_at is None:
            return newest
        draft = DocumentVersion(
            kind=kind,
            number=newest.number + 1 if newest else 1,
            published_at=None,
            published_by_id=None,
            created_at=now(),
            texts=[
                DocumentText(locale=text.locale, title=text.title, body=text.body, sha256=text.sha256)
                for text in (newest.texts if newest else [])
            ],
        )
        db.session.add(draft)
        db.session.flush()
        history.record(draft, "document.drafted", by)
    return draft


def save_text(version: DocumentVersion, locale: str, title: str, body: str, row_version: int, by: Person) -> None:
    """Keeps a draft's words in one language.

    Raises:
        AlreadyPublished, ChangedMeanwhile
    """
    with write():
        draft = _draft(version, row_version)
        text = next((text for text in draft.texts if text.locale == locale), None)
        if text is None:
            text = DocumentText(locale=locale, title="", body="", sha256="")
            draft.texts.append(text)
        old_title, old_digest = text.title, text.sha256
        text.title, text.body, text.sha256 = title, body, text_digest(title, body)
        draft.row_version += 1
        db.session.flush()
        changes = {f"title_{locale}": (old_title, title)} if old_title != title else {}
        if old_digest != text.sha256:
            history.record(
                draft, "document.text_saved", by, {**changes, f"sha256_{locale}": (old_digest or None, text.sha256)}
            )


def publish(version: DocumentVersion, row_version: int, by: Person) -> None:
    """Puts a draft in force for everybody at once.

    Raises:
        AlreadyPublished, ChangedMeanwhile, TextsMissing
    """
    with write():
        lock_named(f"document:{version.kind}")
        draft = _draft(version, row_version)
        missing = missing_locales(draft)
        if missing:
            raise TextsMissing(missing)
        draft.published_at = now()
        draft.published_by_id = by.id
        draft.row_version += 1
        history.record(
            draft, "document.published", by, {f"sha256_{text.locale}": (None, text.sha256) for text in draft.texts}
        )
        if draft.kind == DocumentKind.PRIVACY_NOTICE:
            settings.note(privacy_notice=True)
        published.send(draft)


def discard(version: DocumentVersion, row_version: int, by: Person) -> None:
    """Throws a draft away. Its number is used again; nobody was ever shown it.

    Raises:
        AlreadyPublished, ChangedMeanwhile
    """
    with write():
        draft = _draft(version, row_version)
        history.record(draft, "document.discarded", by)
        db.session.delete(draft)


def _draft(version: DocumentVersion, row_version: int) -> DocumentVersion:
    lock(DocumentVersion, version.id)
    draft = db.session.scalars(
        sa.select(DocumentVersion)
        .where(DocumentVersion.id == version.id)
        .options(selectinload(DocumentVersion.texts))
        .execution_options(populate_existing=True)
    ).one()
    if draft.published_at is not None:
        raise AlreadyPublished
    if draft.row_version != row_version:
        raise ChangedMeanwhile
    return draft


# --- acceptance -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Evidence:
    """Who accepted, and how that is known."""

    name: str
    accepted_at: datetime
    person_id: int | None = None
    address: str | None = None
    user_agent: str | None = None
    filed_by_id: int | None = None
    upload: Upload | None = None


def accept(organisation: Organisation, text: DocumentText, version: DocumentVersion, evidence: Evidence) -> Acceptance:
    """Keeps that the organisation accepted exactly these words. Inside a `write()` of the feature above.

    Raises:
        NotFound: the version is a draft; drafts cannot be accepted.
    """
    if version.published_at is None:
        raise NotFound
    found = Acceptance(
        organisation_id=organisation.id,
        kind=version.kind,
        version_id=version.id,
        text_id=text.id,
        sha256=text_digest(text.title, text.body),
        accepted_at=evidence.accepted_at,
        accepted_by_id=evidence.person_id,
        accepted_by_name=evidence.name,
        address=evidence.address,
        user_agent=(evidence.user_agent or "")[:400] or None,
        filed_by_id=evidence.filed_by_id,
        evidence_id=evidence.upload.id if evidence.upload else None,
        digest="",
        version=version,
        text=text,
        evidence=evidence.upload,
    )
    db.session.add(found)
    db.session.flush()
    found.digest = acceptance_digest(found)
    return found


def acceptance_digest(found: Acceptance) -> str:
    """The keyed digest over everything that is evidence in the row and in the file beside it."""
    return keyed_digest("acceptance", *_evidence_in(found))


def _evidence_in(found: Acceptance) -> list[bytes]:
    parts = (
        found.ref,
        str(found.organisation_id),
        found.kind,
        str(found.version_id),
        str(found.text_id),
        found.sha256,
        found.accepted_at.astimezone(UTC).isoformat(),  # as it comes back, whatever the zone it was told in
        str(found.accepted_by_id or ""),
        found.accepted_by_name,
        found.address or "",
        found.user_agent or "",
        str(found.filed_by_id or ""),
        found.evidence.sha256 if found.evidence else "",
    )
    return [part.encode() for part in parts]


def is_intact(found: Acceptance) -> bool:
    """Whether evidence and accepted words are as they were when they were written down."""
    return keyed_digest_matches("acceptance", found.digest, *_evidence_in(found)) and (
        found.sha256 == found.text.sha256 == text_digest(found.text.title, found.text.body)
    )


def evidence() -> Iterator[tuple[str, bool]]:
    """Every acceptance and whether it is intact, for `flask history verify`."""
    kept = sa.select(Acceptance).options(joinedload(Acceptance.text), joinedload(Acceptance.evidence))
    for found in db.session.scalars(kept.order_by(Acceptance.id).execution_options(yield_per=500)):
        yield f"acceptance {found.ref}", is_intact(found)


chain.EVIDENCE.append(evidence)


def keep_upload(received: Received, by: Person | None) -> Upload:
    """Stores a file and returns its row, not yet added: call before the `write()` that adds it."""
    return Upload(
        key=keep(received),
        filename=received.filename,
        content_type=received.content_type,
        size=received.size,
        sha256=received.sha256,
        uploaded_by_id=by.id if by else None,
        created_at=now(),
    )


def check_accepted_on(moment: datetime, version: DocumentVersion) -> None:
    """An acceptance that came by mail lies between the day of the publication, as the vendor reckons days, and now.

    Raises:
        FieldError: it does not.
    """
    if moment > now():
        raise FieldError("accepted_on", _l("This day lies in the future. Enter the day on which the message came."))
    zone = ZoneInfo(vendor().timezone)
    published_at = version.published_at
    if published_at is not None and moment.astimezone(zone).date() < published_at.astimezone(zone).date():
        raise FieldError("accepted_on", _l("This day lies before the publication of these terms. Check the day."))
