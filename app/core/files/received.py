"""Receiving a file: its size capped, its kind told by its content, pictures drawn anew."""

from __future__ import annotations

import hashlib
import io
import re
import warnings
import zipfile
from collections.abc import Collection
from dataclasses import dataclass

from PIL import Image, ImageOps
from werkzeug.datastructures import FileStorage

from app.core.files import viruses
from app.core.files.viruses import Verdict
from app.core.i18n import _l
from app.core.identifiers import InvalidText, Lazy, clean_line

LIMIT = 10 * 1024 * 1024
"""Bytes that one file may have."""
PIXELS = 40_000_000
"""Pixels that one picture may have: more than any camera gives, far less than what would fill the memory."""

PDF = "application/pdf"
PNG = "image/png"
JPEG = "image/jpeg"
WEBP = "image/webp"
MAIL = "message/rfc822"
MP4 = "video/mp4"
TEXT = "text/plain"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"

EVIDENCE = frozenset({MAIL, PDF, PNG, JPEG, TEXT})
"""A letter or mail, as it came or as a picture of it."""
MATERIAL = frozenset({PDF, PNG, JPEG, DOCX, XLSX, PPTX})
"""What a welcome package holds."""

ENDINGS = {
    PDF: ".pdf",
    PNG: ".png",
    JPEG: ".jpg",
    WEBP: ".webp",
    MAIL: ".eml",
    MP4: ".mp4",
    TEXT: ".txt",
    DOCX: ".docx",
    XLSX: ".xlsx",
    PPTX: ".pptx",
}
"""Kind -> the ending of its files' names."""


class FileRefused(ValueError):
    """The file cannot be taken; `message` is for the person."""

    def __init__(self, message: Lazy) -> None:
        super().__init__("refused")
        self.message = message


@dataclass(frozen=True)
class Received:
    """A file that passed: what is kept of it, not what was claimed about it."""

    filename: str
    content_type: str
    content: bytes

    @property
    def size(self) -> int:
        return len(self.content)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def receive(sent: FileStorage, allowed: Collection[str]) -> Received:
    """Reads and checks a file.

    Raises:
        FileRefused: empty, too large, of a kind that is not allowed, harmful or not to be checked, or a picture that
            cannot be read.
    """
    content = sent.stream.read(LIMIT + 1)
    if not content:
        raise FileRefused(EMPTY)
    if len(content) > LIMIT:
        raise FileRefused(TOO_LARGE)
    kind = kind_of(content)
    if kind is None or kind not in allowed:
        raise FileRefused(_WRONG_KIND if allowed != EVIDENCE else _WRONG_EVIDENCE)
    match viruses.verdict(content):
        case Verdict.HARMFUL:
            raise FileRefused(HARMFUL)
        case Verdict.UNKNOWN:
            raise FileRefused(NOT_CHECKED)
    if kind in (PNG, JPEG):
        kind, content = _drawn_anew(content, kind)
    return Received(name_of(sent.filename or "", kind), kind, content)


_WRONG_KIND = _l("Files of this kind cannot be taken. Choose a PDF, a PNG or JPEG picture, or an Office document.")
_WRONG_EVIDENCE = _l(
    "Files of this kind cannot be taken. Choose the message as .eml, a PDF, a PNG or JPEG picture, or plain text."
)
EMPTY = _l("This file is empty. Choose another one.")
TOO_LARGE = _l("This file is larger than 10 MB. Choose a smaller one.")
HARMFUL = _l("This file seems to hold harmful software and was not taken. Have your computer checked.")
NOT_CHECKED = _l("Files cannot be checked for harmful software at the moment, so none is taken. Try again later.")
TOO_MANY_PIXELS = _l("This picture has more than 40 million pixels. Choose a smaller one.")
BROKEN_PICTURE = _l("This picture cannot be read. Save it again as PNG or JPEG and choose that file.")


def kind_of(content: bytes) -> str | None:
    """The type, by the content alone; None when it is none that we know."""
    if content.startswith(b"%PDF-"):
        return PDF
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return WEBP
    if content.startswith(b"PK\x03\x04"):
        return _office(content)
    if content[4:8] == b"ftyp":
        return MP4
    return _textual(content)


def _office(content: bytes) -> str | None:
    """A document of an office suite, told by its folders. Nothing is unpacked, so a zip bomb does nothing here."""
    try:
        names = set(zipfile.ZipFile(io.BytesIO(content)).namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return None
    if "[Content_Types].xml" not in names or any(name.casefold().endswith("vbaproject.bin") for name in names):
        return None
    for folder, kind in (("word/", DOCX), ("xl/", XLSX), ("ppt/", PPTX)):
        if any(name.startswith(folder) for name in names):
            return kind
    return None


_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{1,60}:[ \t]?\S?")
_MARKUP = re.compile(r"<(!doctype|html|head|body|svg|script|\?xml|iframe)", re.IGNORECASE)
_MAIL_HEADERS = {"from", "received", "return-path", "delivered-to", "date", "subject", "message-id", "mime-version"}


def _textual(content: bytes) -> str | None:
    if b"\0" in content:
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Mails may carry any charset in their bodies; their headers are ASCII.
        text = content.decode("latin-1")
        return MAIL if _is_mail(text) else None
    if _is_mail(text):
        return MAIL
    return None if _MARKUP.search(text[:2000]) else TEXT


def _is_mail(text: str) -> bool:
    head = text.replace("\r\n", "\n").split("\n\n", 1)[0].split("\n")
    names = {line.split(":", 1)[0].casefold() for line in head if _HEADER.match(line)}
    return bool(_HEADER.match(head[0])) and "from" in names and len(names & _MAIL_HEADERS) >= 3


def _drawn_anew(content: bytes, kind: str) -> tuple[str, bytes]:
    """The pixels and nothing else: what hides behind or beside them (scripts, places, thumbnails) is gone."""
    form = {PNG: "PNG", JPEG: "JPEG"}[kind]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture: Image.Image = Image.open(io.BytesIO(content), formats=[form])
            if picture.width * picture.height > PIXELS:
                raise FileRefused(TOO_MANY_PIXELS)
            picture = ImageOps.exif_transpose(picture)
            picture = picture.convert("RGBA" if form == "PNG" and picture.has_transparency_data else "RGB")
            out = io.BytesIO()
            picture.save(out, form, **({"quality": 88, "optimize": True} if form == "JPEG" else {"optimize": True}))
    except FileRefused:
        raise
    except (OSError, ValueError, SyntaxError, MemoryError, Image.DecompressionBombError, Warning) as error:
        raise FileRefused(BROKEN_PICTURE) from error
    return kind, out.getvalue()


def name_of(sent: str, kind: str) -> str:
    """The name without folders and with the ending that the content has."""
    try:
        name = clean_line(re.split(r"[/\\]", sent)[-1])
    except InvalidText as error:
        name = error.cleaned
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", name).strip(" .") or "file"
    return stem[:150] + ENDINGS[kind]
