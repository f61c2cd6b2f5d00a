"""Keeping playbooks: bringing in those that are shipped, importing, drafting, publishing, archiving."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from blinker import Namespace
from sqlalchemy.exc import IntegrityError

from app.core.clock import now
from app.core.db import db, lock, lock_named, write
from app.core.errors import Conflict, DomainError, FieldError
from app.core.i18n import _l
from app.history import words
from app.history.service import Actor, record
from app.playbooks import queries, schema, shelf
from app.playbooks.faults import Fault
from app.playbooks.models import Origin, Playbook, PlaybookVersion
from app.playbooks.outline import Outline, from_content, to_content

published = Namespace().signal("playbook-published")
"""Sent inside the `write()` that publishes, with the version."""

words.name(
    {
        "playbook.added": _l("Playbook added"),
        "playbook.drafted": _l("Draft begun"),
        "playbook.edited": _l("Draft changed"),
        "playbook.imported": _l("Imported"),
        "playbook.published": _l("Published"),
        "playbook.discarded": _l("Draft thrown away"),
        "playbook.archived": _l("Archived"),
        "playbook.restored": _l("Taken out of the archive"),
    }
)


class AlreadyPublished(Conflict):
    """Published words never change."""

    def __init__(self) -> None:
        super().__init__(_l("This version is published and can no longer be changed. Begin a new draft."))


class ChangedMeanwhile(Conflict):
    """Somebody else saved the same in between."""

    def __init__(self) -> None:
        super().__init__(_l("Somebody else changed this a moment ago. What you typed is still below."))


class DraftExists(Conflict):
    """One draft at a time."""

    def __init__(self) -> None:
        super().__init__(_l("There is a draft of this playbook already. Publish it or throw it away first."))


class Unfinished(DomainError):
    """Something is missing before it can be published."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(_l("This draft cannot be published yet. What is missing stands below."))
        self.faults = faults


# --- from files -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Brought:
    """What an import did. `version` is None when it brought nothing new."""

    playbook: Playbook
    version: PlaybookVersion | None


def bring_shipped() -> list[Brought]:
    """Publishes what this release ships and nobody has touched at the desk; the rest is offered there, see
    docs/decisions. Does nothing the second time.

    Raises:
        NotAPlaybook
    """
    known = _digests()
    found = []
    for code, (outline, sha256) in shelf.shipped().items():
        if sha256 in known.get(code, {}):
            continue
        with write():
            lock_named(f"playbook:{code}")
            playbook = queries.by_code(code)
            if playbook is not None and (_is_edited(playbook) or sha256 in _digests().get(code, ())):
                continue  # the second when two processes start at once
            playbook = playbook or _new(outline, None)
            version = _version(playbook, to_content(outline), Origin.SHIPPED, None)
            _publish(version, "", None)
            found.append(Brought(playbook, version))
    return found


def offered(playbook: Playbook) -> Outline | None:
    """What this release ships under the code of a playbook that was edited at the desk, if it was never taken."""
    outline, sha256 = shelf.shipped().get(playbook.code, (None, ""))
    if outline is None or any(version.sha256 == sha256 for version in playbook.versions):
        return None
    return outline


def import_file(source: bytes, filename: str, by: Actor | None, *, publish: bool = False) -> Brought:
    """A playbook from a file, new or as a draft of the one with its code; `publish` puts it in force at once.

    Raises:
        NotAPlaybook: the file is wrong; nothing was imported.
        DraftExists
    """
    outline = schema.read(source, filename)
    content = to_content(outline)
    with write():
        lock_named(f"playbook:{outline.code}")
        playbook = queries.by_code(outline.code)
        if playbook is None:
            playbook = _new(outline, by)
        else:
            draft = queries.draft(playbook.id)
            latest = draft or queries.newest(playbook.id)
            if latest is not None and latest.sha256 == schema.digest(content):
                return Brought(playbook, None)
            if draft is not None:
                raise DraftExists
        version = _version(playbook, content, Origin.IMPORT, by)
        record(playbook, "playbook.imported", by, {"version": (None, version.number), "file": (None, filename[:200])})
        if publish:
            _publish(version, "", by)
        return Brought(playbook, version)


def _digests() -> dict[str, set[str]]:
    rows = db.session.execute(
        sa.select(Playbook.code, PlaybookVersion.sha256).join(PlaybookVersion.playbook).order_by(Playbook.code)
    )
    found: dict[str, set[str]] = {}
    for code, sha256 in rows:
        found.setdefault(code, set()).add(sha256)
    return found


def _is_edited(playbook: Playbook) -> bool:
    """Whether anything but the shipped files ever had a say in it, or it is out of use."""
    origins = db.session.scalars(
        sa.select(PlaybookVersion.origin).where(PlaybookVersion.playbook_id == playbook.id).distinct()
    )
    return playbook.archived_at is not None or any(origin != Origin.SHIPPED for origin in origins)


def _new(outline: Outline, by: Actor | None) -> Playbook:
    playbook = Playbook(code=outline.code, audience=outline.audience, titles=dict(outline.title), created_at=now())
    db.session.add(playbook)
    db.session.flush()
    record(playbook, "playbook.added", by, {"code": (None, outline.code), "titles": (None, dict(outline.title))})
    return playbook


def _version(playbook: Playbook, content: Mapping[str, Any], origin: Origin, by: Actor | None) -> PlaybookVersion:
    last = db.session.scalar(
        sa.select(sa.func.max(PlaybookVersion.number)).where(PlaybookVersion.playbook_id == playbook.id)
    )
    version = PlaybookVersion(
        playbook_id=playbook.id,
        number=(last or 0) + 1,
        content=dict(content),
        sha256=schema.digest(content),
        origin=origin,
        created_at=now(),
        created_by_id=None if by is None else by.id,
        playbook=playbook,
    )
    db.session.add(version)
    db.session.flush()
    return version


# --- drafts -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NewPlaybook:
    """What is asked for a playbook that begins empty."""

    code: str
    audience: str
    title: dict[str, str]


def create(details: NewPlaybook, by: Actor) -> PlaybookVersion:
    """A playbook that begins as an empty draft.

    Raises:
        FieldError: the code is none, or taken.
    """
    content = {"code": details.code, "audience": details.audience, "title": details.title}
    for fault in schema.faults_in(content):
        if not fault.unfinished:
            raise FieldError(str(fault.path[0]), fault.message)
    try:
        with write():
            playbook = Playbook(code=details.code, audience=details.audience, titles=details.title, created_at=now())
            db.session.add(playbook)
            db.session.flush()
            record(playbook, "playbook.added", by, {"code": (None, details.code), "titles": (None, details.title)})
            return _version(playbook, content, Origin.DESK, by)
    except IntegrityError:
        raise FieldError("code", _l("Another playbook has this code. Choose another one.")) from None


def start_draft(playbook: Playbook, by: Actor, *, shipped: bool = False) -> PlaybookVersion:
    """A draft that begins as the newest version, or as what this release ships. The open draft when there is one.

    Raises:
        DraftExists: there is one, and it would have to begin as what is shipped.
    """
    offer = offered(playbook) if shipped else None
    with write():
        lock_named(f"playbook:{playbook.code}")
        found = queries.draft(playbook.id)
        if found is not None and not shipped:
            return found
        if found is not None:
            raise DraftExists
        newest = queries.newest(playbook.id)
        if offer is not None:
            content, origin = to_content(offer), Origin.SHIPPED
        elif newest is not None:
            content, origin = newest.content, Origin.DESK
        else:  # its only draft was thrown away
            content, origin = _empty(playbook), Origin.DESK
        draft = _version(lock(Playbook, playbook.id), content, origin, by)
        record(playbook, "playbook.drafted", by, {"version": (None, draft.number)})
        return draft


def _empty(playbook: Playbook) -> dict[str, Any]:
    return {"code": playbook.code, "audience": playbook.audience, "title": playbook.titles}


Edit = Callable[[dict[str, Any]], tuple[dict[str, Any], Mapping[str, tuple[Any, Any]]]]
"""From a draft's content to the new content and what the history tells of it."""


class NotRight(DomainError):
    """A change would bring something wrong into the draft."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(faults[0].told)
        self.faults = faults


def edit(draft: PlaybookVersion, change: Edit, by: Actor) -> None:
    """Changes a draft under its lock. `change` gets what the draft says now, and may raise.

    Raises:
        AlreadyPublished, NotRight; NotFound: the draft was thrown away.
    """
    with write():
        held = lock(PlaybookVersion, draft.id)
        if held.published_at is not None:
            raise AlreadyPublished
        content, told = change(held.content)
        sha256 = schema.digest(content)
        if sha256 == held.sha256:
            return
        before = {fault.message for fault in schema.faults_in(held.content)}
        wrong = [fault for fault in schema.faults_in(content) if not fault.unfinished and fault.message not in before]
        if wrong:
            raise NotRight(wrong)
        held.content, held.sha256, held.origin = content, sha256, Origin.DESK
        held.row_version += 1
        playbook = lock(Playbook, held.playbook_id)
        record(playbook, "playbook.edited", by, {"version": (None, held.number), **told})


def publish(draft: PlaybookVersion, row_version: int, note: str, by: Actor) -> PlaybookVersion:
    """Puts a draft in force: plans are started from it from now on. Running plans keep theirs.

    Raises:
        AlreadyPublished, ChangedMeanwhile
        Unfinished: words or parts are missing.
    """
    with write():
        held = _held(draft, row_version)
        faults = schema.faults_in(held.content)
        if faults:
            raise Unfinished(faults)
        held.playbook = lock(Playbook, held.playbook_id)
        _publish(held, note, by)
        return held


def _publish(version: PlaybookVersion, note: str, by: Actor | None) -> None:
    playbook = version.playbook
    version.published_at, version.note = now(), note
    version.published_by_id = None if by is None else by.id
    version.row_version += 1
    playbook.titles = version.content["title"]
    playbook.audience = version.content["audience"]
    playbook.version += 1
    record(
        playbook,
        "playbook.published",
        by,
        {"version": (None, version.number), "sha256": (None, version.sha256), "note": (None, note)},
    )
    published.send(version)


def discard(draft: PlaybookVersion, row_version: int, by: Actor) -> None:
    """Throws a draft away. Its number is used again; no plan was ever started from it.

    Raises:
        AlreadyPublished, ChangedMeanwhile
    """
    with write():
        held = _held(draft, row_version)
        record(lock(Playbook, held.playbook_id), "playbook.discarded", by, {"version": (held.number, None)})
        db.session.delete(held)


def _held(draft: PlaybookVersion, row_version: int) -> PlaybookVersion:
    held = lock(PlaybookVersion, draft.id)
    if held.published_at is not None:
        raise AlreadyPublished
    if held.row_version != row_version:
        raise ChangedMeanwhile
    return held


def archive(playbook: Playbook, by: Actor) -> None:
    """No new plans are started from it. Running plans go on."""
    with write():
        held = lock(Playbook, playbook.id)
        if held.archived_at is None:
            held.archived_at = now()
            held.version += 1
            record(held, "playbook.archived", by)


def restore(playbook: Playbook, by: Actor) -> None:
    with write():
        held = lock(Playbook, playbook.id)
        if held.archived_at is not None:
            held.archived_at = None
            held.version += 1
            record(held, "playbook.restored", by)


# --- to files ---------------------------------------------------------------------------------------------------------


def export(version: PlaybookVersion) -> str:
    """The version as a file; imported again, it brings nothing new."""
    return schema.write(from_content(version.content))
