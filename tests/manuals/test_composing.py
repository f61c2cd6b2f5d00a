"""From sections and package texts to chapters."""

from __future__ import annotations

import pytest
from flask import Flask

from app.core.markdown import render
from app.manuals import composing
from app.manuals.models import PublicationKind, SectionCode

pytestmark = pytest.mark.usefixtures("context")

STEPS = [
    {"id": "a", "text": "Open Settings\nand press Keys.", "picture": "PI-7K3F9Q2M", "alt": "The [settings]"},
    {"id": "b", "text": "# Copy\n\n- all of it", "picture": "", "alt": ""},
]
SECTIONS = {
    (SectionCode.PRODUCT, "en"): {"summary": "A till for small shops.", "about": "It sells.\nIt counts.\n\n# Big"},
    (SectionCode.KEY, "en"): {"find": STEPS, "enter": [{"id": "c", "text": "Paste it.", "picture": "", "alt": ""}]},
    (SectionCode.LIMITS, "en"): {"text": "", "none": True},
    (SectionCode.SUPPORT, ""): {"email": "help@lumi.example", "phone": "+358401234567", "languages": ["fi", "en"]},
    (SectionCode.FAQ, "en"): {"items": [{"id": "q", "question": "Does it cost_ more?", "answer": "No."}]},
}


def source(**values: object) -> composing.Source:
    held = {
        "product": "Lumi *Till*",
        "package": "Kirja24",
        "slug": "lumi-till-kirja24",
        "passes": ("sales", "vat"),
        "takes": ("sales", "vat", "customers"),
        "package_texts": {"en": {"summary": "Keeps the books.", "before": "Switch it on.", "connect": "Press Save."}},
        "sections": SECTIONS,
        **values,
    }
    return composing.Source(**held)  # type: ignore[arg-type]


def bodies(kind: PublicationKind, of: composing.Source, locale: str = "en") -> dict[str, str]:
    return {one["code"]: one["body"] for one in composing.compose(kind, of, locale)["chapters"]}


def test_a_manual_has_all_chapters() -> None:
    content = composing.compose(PublicationKind.MANUAL, source(), "en")
    assert content["title"] == "Connect Lumi *Till* with Kirja24"
    assert content["summary"] == "A till for small shops."
    assert [one["code"] for one in content["chapters"]] == list(composing.CHAPTERS[PublicationKind.MANUAL])
    assert all(one["body"] and one["title"] and one["source"] for one in content["chapters"])


def test_steps_become_a_numbered_list_with_their_pictures() -> None:
    body = bodies(PublicationKind.MANUAL, source())["find_key"]
    assert body == (
        "1. Open Settings\\\n   and press Keys.\n\n   ![The \\[settings\\]](picture:PI-7K3F9Q2M)\n\n"
        "2. **Copy**\n\n   - all of it"
    )
    html = render(body)
    assert html.count("<ol>") == 1
    assert html.count("<li>") == 3


def test_names_are_no_markdown_and_lines_stay_lines() -> None:
    found = bodies(PublicationKind.MANUAL, source())
    assert found["connect"].startswith("### In Lumi \\*Till\\*\n\n1. Paste it.")
    assert found["connect"].endswith("### In Kirja24\n\nPress Save.")
    assert "It sells.\\\nIt counts.\n\n**Big**" in found["about"]
    assert "### Does it cost\\_ more?" in found["faq"]
    assert "not passed on:\n\n- Customers" in found["passed_on"]
    assert "(mailto:help@lumi.example)" in found["help"]


def test_another_language_is_composed_in_it_and_empty_where_nothing_was_supplied() -> None:
    found = bodies(PublicationKind.MANUAL, source(), "fi")
    assert found["find_key"] == found["limits"] == found["faq"] == ""
    assert "help@lumi.example" in found["help"]


def test_a_page_leads_to_the_manual_and_asks_what_is_needed() -> None:
    content = composing.compose(PublicationKind.PAGE, source(), "en")
    assert "(/manuals/lumi-till-kirja24?lang=en)" in content["chapters"][1]["body"]
    assert content["requirements"][0]["question"] == "Do you work with Lumi *Till*?"


def test_only_chapters_whose_source_changed_are_behind() -> None:
    content = composing.compose(PublicationKind.MANUAL, source(), "en")
    assert composing.behind(PublicationKind.MANUAL, content, source(), "en") == []
    texts = {"en": {"summary": "Keeps the books.", "before": "Switch it on.", "connect": "Press Done."}}
    assert composing.behind(PublicationKind.MANUAL, content, source(package_texts=texts), "en") == ["connect"]
    changed = {**SECTIONS, (SectionCode.LIMITS, "en"): {"text": "No refunds.", "none": False}}
    assert composing.behind(PublicationKind.MANUAL, content, source(sections=changed, passes=("sales",)), "en") == [
        "passed_on",
        "limits",
    ]


def test_what_was_composed_comes_back_from_the_form_unchanged(app: Flask) -> None:
    from app.core.identifiers import clean_text

    for body in bodies(PublicationKind.MANUAL, source()).values():
        assert clean_text(body) == body
