"""Archives of documents: which stand in one, one of them, and several put together."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Sequence

from app.core.files import FileRefused, Received
from app.core.i18n import _l
from app.imports.reading.kinds import UNPACKED, ZIP, FileProblem


def names_in(content: bytes) -> list[str]:
    """The XML documents in an archive; none when it is no archive of documents.

    Raises:
        FileRefused: it unpacks to too much.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = [part for part in archive.infolist() if not part.is_dir() and not part.filename.startswith("__")]
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return []
    if sum(part.file_size for part in parts) > UNPACKED:
        raise FileRefused(_l("This archive is too large when unpacked. Send its documents in several parts."))
    names = [part.filename for part in parts if part.filename.casefold().endswith(".xml")]
    return names if len(names) == len(set(names)) else []


def document(content: bytes, kind: str, name: str) -> bytes:
    """One document of what was sent."""
    if kind != ZIP:
        return content
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return archive.read(name)
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, NotImplementedError, RuntimeError, EOFError) as error:
        raise FileProblem(
            _l(
                "This document cannot be unpacked from the archive: %(name)s. Pack it again, without a password.",
                name=name,
            )
        ) from error


def together(received: Sequence[Received]) -> Received:
    """Several documents as one archive; a single file as it is."""
    if len(received) == 1:
        return received[0]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        taken: set[str] = set()
        for number, each in enumerate(received, 1):
            name = each.filename if each.filename not in taken else f"{number}-{each.filename}"
            taken.add(name)
            archive.writestr(name, each.content)
    return Received(received[0].filename.rsplit(".", 1)[0] + ".zip", ZIP, out.getvalue())
