"""Files as people and attackers send them, for tests of pictures."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import Any

from PIL import Image, PngImagePlugin
from werkzeug.datastructures import FileStorage


def sent(content: bytes, name: str = "screenshot.png") -> FileStorage:
    return FileStorage(io.BytesIO(content), name)


def a_screenshot(width: int = 1200, height: int = 800, form: str = "PNG", colour: str = "teal", **how: Any) -> bytes:
    picture = Image.new("RGB", (width, height), "white")
    picture.paste(colour, (width // 10, height // 10, width // 2, height // 2))
    out = io.BytesIO()
    picture.save(out, form, **how)
    return out.getvalue()


def a_photograph(**tags: Any) -> bytes:
    """A JPEG that says where it was taken, by whom, and how the camera was held."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x013B] = "Marja Koskela"
    place = exif.get_ifd(0x8825)
    place[1], place[2] = "N", (60.0, 10.0, 15.0)
    place[3], place[4] = "E", (24.0, 56.0, 15.0)
    return a_screenshot(600, 400, "JPEG", exif=exif, comment=b"taken at Aleksanterinkatu", **tags)


def a_png_of(width: int, height: int, packed: bytes = b"") -> bytes:
    """A PNG that says it is so large, whatever it holds."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def a_zip_bomb() -> bytes:
    """A PNG of 1.6 thousand million pixels that is a few kilobytes long: each of its rows is empty."""
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(1 << 20)) for _ in range(64))
    return a_png_of(40_000, 40_000, rows + packer.flush())


def a_text_bomb() -> bytes:
    """A small picture whose description unpacks to a hundred megabytes."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Description", "x" * 100_000_000, zip=True)
    return a_screenshot(20, 20, pnginfo=info)


def a_huge_webp() -> bytes:
    """A WebP file that says it is as large as WebP can be."""
    head = b"VP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + (16382).to_bytes(3, "little") * 2
    whole = a_screenshot(20, 20, "WEBP")
    body = b"WEBP" + head + whole[12:]
    return b"RIFF" + struct.pack("<I", len(body)) + body


def an_archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("index.html", "<script>alert(1)</script>")
    return out.getvalue()


SCRIPT = b"<script>document.title='owned'</script>"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script></svg>"
HTML = b"<!doctype html><html><body onload=alert(1)>" + SCRIPT
