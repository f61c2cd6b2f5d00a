"""Documents as PDF: tagged (PDF/UA-1), with the fonts that the typesetter brings, the same on every machine.

A document is a typst template beside its feature and data as JSON. What people typed reaches the template as values
and never as markup, so `#`, `$`, `*` or a backslash are just signs.
"""

from __future__ import annotations

import json
import re
import tempfile
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import typst
from anyascii import anyascii
from flask import Response

from app.core.clock import now

MIMETYPE = "application/pdf"
SHARED = Path(__file__).with_name("paper.typ")
"""What templates import from: `#import "paper.typ": written`."""


@dataclass(frozen=True)
class Picture:
    """A picture that the template shows, such as the vendor's logo."""

    name: str
    """With its ending, as the template calls it."""
    content: bytes


def drawn(template: Path, data: Mapping[str, Any], *pictures: Picture, at: datetime | None = None) -> bytes:
    """The document. The template reads `json(bytes(sys.inputs.data))`; it sets title and language itself, which
    PDF/UA asks for.

    Raises:
        RuntimeError: the template is wrong.
    """
    with tempfile.TemporaryDirectory(prefix="gangway-pdf-") as folder:
        # Files on disk: handed over in memory, the typesetter takes text alone.
        main = Path(folder, "main.typ")
        main.write_bytes(template.read_bytes())
        Path(folder, SHARED.name).write_bytes(SHARED.read_bytes())
        for picture in pictures:
            Path(folder, picture.name).write_bytes(picture.content)
        content: bytes = typst.compile(
            str(main),
            root=folder,
            format="pdf",
            sys_inputs={"data": json.dumps(_printable(data), ensure_ascii=False)},
            pdf_standards=["ua-1"],
            ignore_system_fonts=True,
            timestamp=int((at or now()).timestamp()),
        )
    return content


def layout_of(template: Path) -> bytes:
    """Everything that says how a document looks: another answer, and it has to be drawn anew."""
    return template.read_bytes() + SHARED.read_bytes()


def pdf_response(content: bytes, filename_stem: str) -> Response:
    """The document as a download. `filename_stem` has no ending."""
    response = Response(content, mimetype=MIMETYPE)
    whole = re.sub(r"\s+", " ", re.sub(r'[\x00-\x1f/\\:*?"<>|]', " ", filename_stem)).strip(" .")[:150] or "document"
    plain = re.sub(r"[^A-Za-z0-9._ -]", "", anyascii(whole)).strip(" .") or "document"
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain}.pdf\"; filename*=UTF-8''{quote(whole, safe='')}.pdf"
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response


_DRAWN = (
    (0x20, 0x7E), (0xA0, 0x24F), (0x2B0, 0x4FF), (0x1E00, 0x1EFF), (0x2010, 0x2027), (0x202F, 0x203E),
    (0x20A0, 0x20BF), (0x2190, 0x22FF), (0x25A0, 0x25FF),
)  # fmt: skip
"""What the fonts can draw: European scripts and the usual signs. A sign without a picture would stop the document."""


def printable(text: str) -> str:
    """The text as the fonts can draw it: signs of other scripts in Latin letters, invisible ones left out."""
    return "".join(_sign(sign) for sign in unicodedata.normalize("NFC", text))


def _sign(sign: str) -> str:
    if sign == "\n" or (" " <= sign <= "~"):
        return sign
    if sign in "\t\r\u2028\u2029":
        return " "
    if unicodedata.category(sign)[0] == "C":
        return ""
    code = ord(sign)
    return sign if any(first <= code <= last for first, last in _DRAWN) else anyascii(sign)


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Mapping):
        return {str(key): _printable(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(held) for held in value]
    return value
