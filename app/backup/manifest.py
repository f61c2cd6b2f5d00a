"""What a backup holds, with digests, and a proof that it was ours and was not changed since."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from app.core.crypto import KeyMissing, decrypt, encrypt, keyed_digest, keyed_digest_matches

NAME = "manifest.json"
LISTING = "files.sha256"
"""A line for each file, as `sha256sum --check` reads it too."""
FORMAT = 1
_PROBE = "read with the keys that it was made with"


class BackupRefused(Exception):
    """It cannot be made, or not be put in place; nothing was changed. The message is for whoever runs the machine."""


@dataclass(frozen=True)
class Manifest:
    """One backup in figures."""

    made_at: str
    """When the database had been copied: nothing in it is younger."""
    database: str
    """sqlite or postgresql: one is not read by the other."""
    revision: str
    """Of the newest migration."""
    dump: str
    """The name of the database's file."""
    dump_sha256: str
    files: int | None
    """How many; None when it was made without them."""
    files_bytes: int
    listing_sha256: str
    probe: str
    """A sentence under the encryption keys: whether those of another installation fit is known before anything is
    changed."""
    format: int = FORMAT

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.made_at)

    def save(self, folder: Path) -> None:
        told = asdict(self)
        told["seal"] = keyed_digest("backup", _canonical(told))
        write(folder / NAME, json.dumps(told, indent=2).encode() + b"\n")


def new_probe() -> str:
    return encrypt(_PROBE)


def _canonical(told: dict[str, object]) -> bytes:
    return json.dumps(told, sort_keys=True).encode()


def read(folder: Path, *, other_keys: bool = False) -> Manifest:
    """The manifest of a backup.

    Raises:
        BackupRefused: there is none, it was changed, it is of a newer kind, or the installation's keys are not those
            that the backup was made with (unless `other_keys`).
    """
    try:
        told = json.loads((folder / NAME).read_text())
        seal = str(told.pop("seal"))
        found = Manifest(**told)
    except FileNotFoundError:
        raise BackupRefused(f"{folder} holds no {NAME}: it is no backup, or one that was never finished.") from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise BackupRefused(f"{NAME} in {folder} cannot be read.") from None
    if found.format != FORMAT:
        raise BackupRefused(f"The backup is of format {found.format}; this release reads {FORMAT}.")
    if not other_keys:
        _check_keys(found, told, seal)
    return found


def _check_keys(found: Manifest, told: dict[str, object], seal: str) -> None:
    if not keyed_digest_matches("backup", seal, _canonical(told)):
        raise BackupRefused(
            f"{NAME} was changed, or GANGWAY_SECRET_KEY is another one than when the backup was made. "
            "Set that one, or name it in GANGWAY_FORMER_SECRET_KEYS."
        )
    with suppress(KeyMissing):
        if decrypt(found.probe) == _PROBE:
            return
    raise BackupRefused("None of GANGWAY_ENCRYPTION_KEYS is one that the backup was made with.")


# --- digests ----------------------------------------------------------------------------------------------------------


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def listed(folder: Path) -> Iterator[tuple[str, Path]]:
    """Key and place of each file that the backup holds."""
    with (folder / LISTING).open(encoding="ascii") as lines:
        for line in lines:
            name = line.rstrip("\n").partition("  ")[2]
            yield name.rpartition("/")[2], folder / name


def check(folder: Path, manifest: Manifest) -> None:
    """Reads everything and compares.

    Raises:
        BackupRefused: something is missing or is not what it was.
    """
    _compare(folder / manifest.dump, manifest.dump_sha256)
    if manifest.files is None:
        return
    _compare(folder / LISTING, manifest.listing_sha256)
    with (folder / LISTING).open(encoding="ascii") as lines:
        for line in lines:
            digest, _blank, name = line.rstrip("\n").partition("  ")
            _compare(folder / name, digest)


def _compare(path: Path, digest: str) -> None:
    if not path.is_file():
        raise BackupRefused(f"{path} is missing.")
    if digest_of(path) != digest:
        raise BackupRefused(f"{path} is not what it was when the backup was made: its digest differs.")


def write(path: Path, content: bytes) -> None:
    """A file that only its owner reads, and on the disk when this returns."""
    path.touch(mode=0o600)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
