"""Documents as PDF: what people typed stays text, whatever its signs, and can be read aloud."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image
from pypdf import PdfReader

from app.core.pdf import Picture, drawn, pdf_response, printable

TEMPLATE = """
#let d = json(bytes(sys.inputs.data))
#set document(title: d.title)
#set text(lang: "en")
= #d.title
#d.text
"""


def text_of(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


@pytest.mark.parametrize(
    "typed",
    ["#panic()", "$x^2$", "*bold* _thin_ @label `code`", "back\\slash", '"quoted" <tag> // no comment', "= no heading"],
)
def test_what_people_typed_is_no_markup(tmp_path: Path, typed: str) -> None:
    template = tmp_path / "letter.typ"
    template.write_text(TEMPLATE)
    assert typed in text_of(drawn(template, {"title": "A letter", "text": typed}))


def test_signs_that_no_font_draws_do_not_stop_a_document(tmp_path: Path) -> None:
    template = tmp_path / "letter.typ"
    template.write_text(TEMPLATE)
    typed = "東京 \N{GRINNING FACE} \x00\x07\u202e\ue000 Łukasz"
    assert "Łukasz" in text_of(drawn(template, {"title": typed, "text": typed}))
    assert printable("Żółć e\u0301té — ☑ 12 €") == "Żółć été — ☑ 12 €".replace("☑", printable("☑"))


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_a_picture_is_drawn_with_its_words(tmp_path: Path, form: str) -> None:
    template = tmp_path / "letter.typ"
    template.write_text('#set document(title: "A letter")\n#image("logo.' + form.lower() + '", alt: "Our logo")')
    out = io.BytesIO()
    Image.new("RGB", (30, 20), "teal").save(out, form)
    content = drawn(template, {}, Picture(f"logo.{form.lower()}", out.getvalue()))
    assert len(PdfReader(io.BytesIO(content)).pages[0].images) == 1


def test_a_download_is_named_for_every_system() -> None:
    named = pdf_response(b"", 'Plan: "Żółć"/\\ 1').headers["Content-Disposition"]
    assert named == "attachment; filename=\"Plan Zolc 1.pdf\"; filename*=UTF-8''Plan%20%C5%BB%C3%B3%C5%82%C4%87%201.pdf"
