"""Files are known by their content and handed out as attachments; Markdown brings no HTML of its own."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from PIL import Image
from werkzeug.datastructures import FileStorage

from app.core import files
from app.core.errors import NotFound
from app.core.markdown import render


def _sent(content: bytes, name: str = "file.pdf") -> FileStorage:
    return FileStorage(io.BytesIO(content), name)


def _zipped(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return out.getvalue()


def _png(width: int = 10) -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (width, 10)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7\n...", files.PDF),
        (_png(), files.PNG),
        ("Zażółć".encode(), files.TEXT),
        (b"From: a@b.example\nDate: today\nSubject: Hello\n\nBody", files.MAIL),
        (b"From: a@b.example\r\nDate: today\r\nSubject: Hello\r\n\r\nBody \xe9", files.MAIL),
        (_zipped("[Content_Types].xml", "word/document.xml"), files.DOCX),
        (_zipped("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), None),
        (_zipped("anything.exe"), None),
        (b"PK\x03\x04broken", None),
        (b"<!DOCTYPE html><script>", None),
        (b"<svg xmlns='x'>", None),
        (b"MZ\x00\x00", None),
    ],
)
def test_the_content_tells_the_kind(content: bytes, kind: str | None) -> None:
    assert files.kind_of(content) == kind


def test_the_name_gets_the_ending_of_the_content_and_no_folders() -> None:
    received = files.receive(_sent(b"%PDF-1.7", "../../etc/pass\x00wd.html"), files.EVIDENCE)
    assert received.filename == "passwd.pdf"


@pytest.mark.parametrize("content", [b"", b"x" * (files.LIMIT + 1), b"%PDF-1.4", b"\x89PNG\r\n\x1a\nbroken"])
def test_what_is_empty_too_large_not_allowed_or_broken_is_refused(content: bytes) -> None:
    with pytest.raises(files.FileRefused):
        files.receive(_sent(content), {files.PNG, files.TEXT})


def test_a_picture_with_too_many_pixels_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files.received, "PIXELS", 50)
    with pytest.raises(files.FileRefused, match="refused"):
        files.receive(_sent(_png(10)), files.MATERIAL)


def test_a_picture_is_drawn_anew() -> None:
    hidden = _png() + b"<script>alert(1)</script>"
    assert b"script" not in files.receive(_sent(hidden), files.MATERIAL).content


def test_the_store_keeps_and_gives_back(tmp_path: Path) -> None:
    store = files.Folder(tmp_path)
    key = "a" * 64 + "-0123abcd"
    store.put(key, b"content")
    with store.open(key) as file:
        assert file.read() == b"content"
    store.delete(key)
    for lost in (key, "../secret", "x"):
        with pytest.raises(NotFound):
            store.open(lost)


def test_markdown_brings_no_html_and_no_foreign_addresses() -> None:
    html = render("# Title\n\n<script>x</script>\n\n[a](javascript:x) [b](https://x.example) ![c](https://x.example)")
    assert "<h2>Title</h2>" in html
    assert "<script" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html
    assert 'href="https://x.example"' in html
