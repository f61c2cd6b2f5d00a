"""The file store: where contents lie, and how they are handed out again, as attachments only."""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol
from urllib.parse import quote, urlsplit

import structlog
from anyascii import anyascii
from flask import Response, current_app

from app.core.errors import NotFound, Unavailable
from app.core.files.keys import is_key, place_of
from app.core.files.received import Received


class Store(Protocol):
    """Where contents lie, under keys of our own making."""

    def put(self, key: str, content: bytes) -> None: ...

    def open(self, key: str) -> IO[bytes]:
        """Raises NotFound: nothing lies there."""
        ...

    def delete(self, key: str) -> None: ...

    def keys(self) -> Iterator[str]:
        """Of everything that lies there."""
        ...


@dataclass(frozen=True)
class Folder:
    """A folder on this machine, or one that several share."""

    root: Path

    def _path(self, key: str) -> Path:
        return self.root / place_of(key)

    def put(self, key: str, content: bytes) -> None:
        """Wholly there or not at all, also when the power fails in between.

        Raises:
            Unavailable: the disk is full, or away.
        """
        path = self._path(key)
        try:
            self._put(path, content)
        except OSError as error:
            structlog.get_logger("files").error("store", verb="put", error=type(error).__name__)
            raise Unavailable from error

    def _put(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, part = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)
        except BaseException:
            os.unlink(part)
            raise

    def open(self, key: str) -> IO[bytes]:
        try:
            return self._path(key).open("rb")
        except FileNotFoundError:
            raise NotFound from None

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def keys(self) -> Iterator[str]:
        for path in self.root.glob("??/*"):
            if is_key(path.name):
                yield path.name


def store() -> Store:
    """The file store of this installation, by `GANGWAY_STORAGE_URL`: a folder, also as `file:///...`, or a bucket."""
    url = str(current_app.config["GANGWAY"].storage_url)
    if url.startswith("s3://"):
        from app.core.files.bucket import bucket  # its client is large, and most installations have a folder

        return bucket(url)
    return Folder(Path(urlsplit(url).path if url.startswith("file://") else url))


def keep(received: Received) -> str:
    """Puts the content into the store, before the `write()` that names it, and returns its key.

    The key begins with the content's SHA-256 and is new each time, so that one person's file can be erased without
    touching another's equal one. If the write then fails, the file lies there unnamed and does no harm.
    """
    key = f"{received.sha256}-{secrets.token_hex(4)}"
    store().put(key, received.content)
    return key


def attachment(key: str, filename: str, content_type: str, size: int) -> Response:
    """The file as a download that no browser shows or runs within our pages.

    Raises:
        NotFound: the store has lost it.
    """
    file = store().open(key)
    response = Response(file, mimetype=content_type, direct_passthrough=True)
    response.call_on_close(file.close)
    plain = re.sub(r"[^A-Za-z0-9._ -]", "", anyascii(filename)).strip(" .") or "file"
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
    )
    response.headers["Content-Length"] = str(size)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response
