"""Pictures for pages: drawn anew as WebP in several widths, whatever was sent, and never larger than they were.

The size that a file's head tells is looked at before anything is decoded, and one picture is drawn at a time, so that
no file and no crowd of files fills the memory.
"""

from __future__ import annotations

import io
import re
import struct
import threading
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image
from werkzeug.datastructures import FileStorage

from app.core.files import received, viruses
from app.core.files.received import HARMFUL, JPEG, LIMIT, NOT_CHECKED, PNG, WEBP, FileRefused, Received, kind_of
from app.core.files.viruses import Verdict
from app.core.i18n import _l

_FORMS = {PNG: "PNG", JPEG: "JPEG", WEBP: "WEBP"}
PICTURES = frozenset(_FORMS)
"""The kinds that are taken."""
TALLEST = 8_000
"""Pixels of the height of a drawn picture: a page's whole length as a screenshot, and what WebP can hold."""
QUALITY = 86

_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class Size:
    """A picture in one width."""

    width: int
    height: int
    file: Received


def receive_drawn(sent: FileStorage, widths: Sequence[int]) -> list[Size]:
    """Reads a picture and draws it in each width that it has, else as it is, the smallest first.

    Raises:
        FileRefused: empty, too large, no PNG, JPEG or WebP picture by its content, something else besides, harmful or
            not to be checked, of too many pixels, too long, or not to be read.
    """
    content = sent.stream.read(LIMIT + 1)
    if not content:
        raise FileRefused(received.EMPTY)
    if len(content) > LIMIT:
        raise FileRefused(received.TOO_LARGE)
    kind = kind_of(content)
    if kind not in PICTURES:
        raise FileRefused(
            _l(
                "This file holds no PNG, JPEG or WebP picture, whatever its name says. Save the picture as one of "
                "these, and choose that file."
            )
        )
    if _is_more(content):
        raise FileRefused(
            _l(
                "This file is a picture and something else at once, such as an archive or a page with a script. Take "
                "the screenshot again, and choose that file."
            )
        )
    match viruses.verdict(content):
        case Verdict.HARMFUL:
            raise FileRefused(HARMFUL)
        case Verdict.UNKNOWN:
            raise FileRefused(NOT_CHECKED)
    with _ONE_AT_A_TIME:
        return _drawn(content, kind, received.name_of(sent.filename or "", WEBP), widths)


_OTHER = re.compile(rb"<(!doctype|html|head|body|svg|script|iframe|\?php)[\s>/]|%PDF-\d", re.IGNORECASE)


def _is_more(content: bytes) -> bool:
    """Whether another program would read the same bytes as a page, a document or an archive."""
    return bool(_OTHER.search(content)) or zipfile.is_zipfile(io.BytesIO(content))


def _drawn(content: bytes, kind: str, name: str, widths: Sequence[int]) -> list[Size]:
    try:
        picture = _upright(Image.open(io.BytesIO(content), formats=[_FORMS[kind]]), max(widths))
        own = sorted({min(width, picture.width) for width in widths})
        return [_size(picture, width, name) for width in own]
    except FileRefused:
        raise
    except (Image.DecompressionBombError, MemoryError) as error:
        raise FileRefused(received.TOO_MANY_PIXELS) from error
    except (OSError, ValueError, SyntaxError, LookupError, TypeError, EOFError, struct.error) as error:
        raise FileRefused(received.BROKEN_PICTURE) from error


_ORIENTATION = 0x0112
_TURNED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What a camera says of how it was held, and what that means."""


def _upright(picture: Image.Image, widest: int) -> Image.Image:
    """The pixels alone, turned as the camera was held, in a mode that WebP has, and not much larger than is needed."""
    if picture.width * picture.height > received.PIXELS:
        raise FileRefused(received.TOO_MANY_PIXELS)
    turn = _TURNED.get(picture.getexif().get(_ORIENTATION, 1))
    lies = turn is not None and turn in (_TURNED[5], _TURNED[6], _TURNED[7], _TURNED[8])
    width, height = (picture.height, picture.width) if lies else picture.size
    if height * min(width, widest) > TALLEST * width:
        raise FileRefused(_l("This picture is very long and narrow. Cut it into several ones."))
    if (smaller := width // (2 * widest)) > 1:
        picture.draft(None, (picture.width // smaller, picture.height // smaller))
    picture.load()
    if picture.mode.startswith(("I", "F")):  # 16 bits of grey, of which 8 are shown
        picture = picture.convert("F").point(lambda value: value / 256).convert("L")
    elif picture.mode in ("1", "P"):
        picture = picture.convert(_mode(picture))
    if (smaller := (picture.height if lies else picture.width) // (2 * widest)) > 1:
        picture = picture.reduce(smaller)
    picture = picture.convert(_mode(picture))
    picture.info.clear()
    return picture.transpose(turn) if turn is not None else picture


def _mode(picture: Image.Image) -> str:
    return "RGBA" if picture.has_transparency_data else "RGB"


def _size(picture: Image.Image, width: int, name: str) -> Size:
    height = max(1, round(picture.height * width / picture.width))
    drawn = picture if width == picture.width else picture.resize((width, height), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    drawn.save(out, "WEBP", quality=QUALITY, method=4)
    return Size(width, height, Received(name, WEBP, out.getvalue()))
