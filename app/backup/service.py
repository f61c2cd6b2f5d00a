"""Making a backup while people work, and putting one in place."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from alembic.script import ScriptDirectory
from flask import current_app
from flask_migrate import upgrade

from app.backup import manifest as manifests
from app.backup import postgres, sqlite
from app.backup.manifest import BackupRefused, Manifest
from app.config import Settings
from app.core import heartbeat
from app.core.clock import now
from app.core.db import db, write
from app.core.errors import NotFound
from app.core.files import store
from app.history import chain
from app.history.service import record
from app.outbox import pause
from app.privacy.service import erasing

Say = Callable[[str], None]


def _settings() -> Settings:
    settings: Settings = current_app.config["GANGWAY"]
    return settings


# --- making -----------------------------------------------------------------------------------------------------------


def make(folder: Path, *, with_files: bool = True, keys: Path | None = None) -> Manifest:
    """A backup in a new folder, under that name once it is whole. Web and worker may go on.

    The database first, the files after it: a file is kept before the record that names it, so every file that the copy
    names is there, but for those that were erased in between. `keys` is a file for the keys, which belong elsewhere.

    Raises:
        BackupRefused: the folder holds something, `keys` lies in it, or the database cannot be copied.
    """
    if folder.exists() and any(folder.iterdir()):
        raise BackupRefused(f"{folder} holds something already. Name a new folder.")
    if keys is not None and keys.resolve().is_relative_to(folder.resolve()):
        raise BackupRefused("The keys must lie apart: whoever has them and the backup reads everything.")
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)  # of one that was interrupted
    part.mkdir(mode=0o700, parents=True)
    try:
        made = _fill(part, with_files)
        made.save(part)
        if folder.exists():
            folder.rmdir()
        part.rename(folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    _sync(folder.parent)
    if keys is not None:
        _save_keys(keys)
    return made


def _fill(part: Path, with_files: bool) -> Manifest:
    settings = _settings()
    revision = _revision() or ""
    name = sqlite.NAME if settings.sqlite else postgres.NAME
    if settings.sqlite:
        sqlite.dump(_database_file(), part / name)
    else:
        postgres.dump(settings.database_url, part / name)
    made_at = now()
    count, size, listing = _copy_files(part) if with_files else (None, 0, "")
    return Manifest(
        made_at=made_at.isoformat(),
        database=db.engine.dialect.name,
        revision=revision,
        dump=name,
        dump_sha256=manifests.digest_of(part / name),
        files=count,
        files_bytes=size,
        listing_sha256=listing,
        probe=manifests.new_probe(),
    )


def _copy_files(part: Path) -> tuple[int, int, str]:
    """How many, how large, and the digest of their list."""
    lines, size = [], 0
    there = store()
    (part / "files").mkdir(mode=0o700)
    for key in sorted(there.keys()):
        try:
            with there.open(key) as file:
                content = file.read()
        except NotFound:
            continue  # erased since it was listed
        place = Path("files", key[:2], key)
        (part / place.parent).mkdir(mode=0o700, exist_ok=True)
        manifests.write(part / place, content)
        lines.append(f"{hashlib.sha256(content).hexdigest()}  {place.as_posix()}\n")
        size += len(content)
    manifests.write(part / manifests.LISTING, "".join(lines).encode("ascii"))
    return len(lines), size, manifests.digest_of(part / manifests.LISTING)


def _save_keys(path: Path) -> None:
    settings = _settings()
    lines = [f"GANGWAY_SECRET_KEY={settings.secret_key}"]
    if settings.former_secret_keys:
        lines.append(f"GANGWAY_FORMER_SECRET_KEYS={','.join(settings.former_secret_keys)}")
    lines.append(f"GANGWAY_ENCRYPTION_KEYS={','.join(settings.encryption_keys)}")
    manifests.write(path, "\n".join([*lines, ""]).encode())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# --- putting in place -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Restored:
    """What a restored installation looks like."""

    manifest: Manifest
    erased_again: int
    list_found: bool
    """Whether a list of erasures was there to ask."""
    faults: list[str]
    """Of the record of changes."""


def restore(
    folder: Path,
    *,
    replace: bool = False,
    other_keys: bool = False,
    erasures: Path | None = None,
    say: Say = lambda words: None,
) -> Restored:
    """Puts a backup in place: everything is checked before anything is changed.

    The database changes in one transaction, in which sending is paused as well. Files of the backup are there before
    it, those that it does not hold go after it. Then the migrations since, the erasures since, and a check of the
    record of changes.

    Raises:
        BackupRefused: nothing was changed.
    """
    found = manifests.read(folder, other_keys=other_keys)
    manifests.check(folder, found)
    say("Every digest is right.")
    _refuse_if_unfit(found, replace)
    if found.files is not None:
        for key, path in manifests.listed(folder):
            store().put(key, path.read_bytes())
    _load(folder / found.dump, found.moment)
    say(f"The database is that of {found.moment:%Y-%m-%d %H:%M} UTC. Sending is paused.")
    upgrade()
    _note_pause()
    if found.files is not None:
        _remove_others({key for key, _path in manifests.listed(folder)})
        say(f"{found.files} files are in their places.")
    path = erasures or erasing.list_path()
    again = sum(1 for _erasure in erasing.redo(erasing.forgotten(path)))
    return Restored(found, again, path.exists(), chain.verify().faults)


def _refuse_if_unfit(found: Manifest, replace: bool) -> None:
    here = db.engine.dialect.name
    if found.database != here:
        raise BackupRefused(f"The backup is of {found.database}, GANGWAY_DATABASE_URL is of {here}.")
    if found.revision not in _known_revisions():
        raise BackupRefused(
            f"The backup is of migration {found.revision}, which this release does not know: install the release that "
            "made it, or a newer one."
        )
    tables = set(sa.inspect(db.engine).get_table_names())
    if "heartbeat" in tables and heartbeat.is_alive(heartbeat.last_seen()):
        raise BackupRefused(
            "A worker was seen within the last minute. Stop web and worker on every machine; if it was killed, wait a "
            "minute."
        )
    if not replace and "person" in tables and db.session.scalar(sa.text("SELECT 1 FROM person LIMIT 1")):
        raise BackupRefused("There is data here already. --replace puts the backup in its place, and the data is gone.")
    db.session.rollback()


def _load(dump: Path, backup_at: datetime) -> None:
    settings = _settings()
    db.session.remove()
    db.engine.dispose()
    if settings.sqlite:
        sqlite.load(dump, _database_file(), backup_at, now())
    else:
        postgres.load(dump, settings.database_url, backup_at, now())


def _note_pause() -> None:
    with write():
        standing = pause.standing()
        if standing is not None:
            record(standing, "outbox.paused", None)


def _remove_others(kept: set[str]) -> None:
    """What the restored database does not name would lie there unseen, also when it is somebody's."""
    there = store()
    for key in set(there.keys()) - kept:
        there.delete(key)


def _database_file() -> Path:
    return Path(str(sa.make_url(_settings().database_url).database))


def _revision() -> str | None:
    found = db.session.scalar(sa.text("SELECT version_num FROM alembic_version"))
    db.session.rollback()
    return str(found) if found else None


def _known_revisions() -> set[str]:
    scripts = ScriptDirectory(str(current_app.extensions["migrate"].directory))
    return {script.revision for script in scripts.walk_revisions()}
