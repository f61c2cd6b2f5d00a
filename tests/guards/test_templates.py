"""Templates keep house: each fragment stands in a page, and none carries what the content policy would block."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
PAGES = [path for path in TEMPLATES if "emails" not in path.parts]
USED = re.compile(r"""["']([\w/.-]+\.html)["']""")
TAKEN = re.compile(r"{%-?\s*from\s+\S+\s+import\s+(.*?)(?:\s+with context)?\s*-?%}", re.DOTALL)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT / "templates").as_posix()


def names_used() -> dict[str, set[str]]:
    """Which templates each template and each module names."""
    sources = [*TEMPLATES, *(ROOT / "app").rglob("*.py")]
    return {str(path.relative_to(ROOT)): set(USED.findall(path.read_text())) for path in sources}


def test_each_fragment_is_included_by_a_page() -> None:
    used = names_used()
    fragments = [path for path in TEMPLATES if path.name.startswith("_") and path.parts[-2] != "emails"]
    assert fragments
    for fragment in fragments:
        name = name_of(fragment)
        pages = [source for source, names in used.items() if source.startswith("templates/") and name in names]
        assert pages or is_bundle(fragment), f"{name} is included by no page: without htmx nobody would see it"


def test_no_template_takes_a_macro_that_it_never_calls() -> None:
    """Layouts may: what they take is there for the pages that stand in them too."""
    idle = []
    for path in sorted((ROOT / "templates").rglob("*.*")):
        text = path.read_text()
        taken = [one.split(" as ")[-1].strip() for found in TAKEN.findall(text) for one in found.split(",")]
        calls = " ".join(re.findall(r"{[{%].*?[%}]}", TAKEN.sub("", text), re.DOTALL))
        if "layout" not in path.parts:
            idle += [(name_of(path), name) for name in taken if not re.search(rf"(?<![\w.]){name}\b", calls)]
    assert not idle


def is_bundle(fragment: Path) -> bool:
    """Only fragments that stand in a page themselves, sent together."""
    text = re.sub(r"\{#.*?#\}", "", fragment.read_text(), flags=re.DOTALL)
    return not re.sub(r"\{% (include|set) [^%]*%\}", "", text).strip()


def test_the_layout_alone_says_error_in_front_of_titles() -> None:
    twice = [name_of(path) for path in PAGES if re.search(r"block title %}.*Error.*endblock", path.read_text())]
    assert not twice, "the title would say it twice"


def test_each_page_is_rendered_somewhere() -> None:
    everything = set().union(*names_used().values())
    for path in TEMPLATES:
        name = name_of(path)
        if name.startswith(("errors/", "emails/")):
            continue  # named by their status and by their mail
        assert name in everything, f"{name} is used nowhere"


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_nothing_inline_that_the_content_policy_would_block(path: Path) -> None:
    source = path.read_text()
    text = re.sub(r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}", "", source, flags=re.DOTALL)
    assert not re.search(r"\sstyle\s*=", text), "an inline style"
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text), "an inline handler"
    assert not re.search(r"<script(?![^>]*\b(src=|type=\"application/ld\+json\"))", text), "an inline script"
    assert "|safe" not in source.replace("| safe", "|safe"), "unescaped text"


PROVEN = ("manuals/_feedback_fields.html",)
"""Instead of a token: pages that everybody gets alike carry a proof that is the same for everybody."""


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_forms_carry_a_token_and_leave_checking_to_the_server(path: Path) -> None:
    text = path.read_text()
    for form in re.findall(r"<form\b[^>]*>.*?</form>", text, flags=re.DOTALL):
        if re.search(r'method="post"', form):
            assert any(way in form for way in ("hidden(", "csrf_token", "csrf()", "caller()", *PROVEN)), (
                f"a form without a token: {form[:80]}"
            )
            assert "novalidate" in form[: form.index(">")], (
                f"the browser's own messages are in another language: {form[:80]}"
            )
    assert not re.search(r"\srequired[\s>]", text), "the server says what is missing"
