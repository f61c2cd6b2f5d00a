"""Markdown as values, for layouts that are no HTML: nothing is lost, and no address leads where a page's would not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.markdown import blocks


def words(parts: Any) -> str:
    """All that is said, in order."""
    if isinstance(parts, dict):
        return "".join(words(parts[name]) for name in ("text", "runs", "blocks", "items", "rows") if name in parts)
    if isinstance(parts, list):
        return "".join(words(part) for part in parts)
    return str(parts)


def test_each_kind_of_part_is_told() -> None:
    found = blocks(
        "### A **b**\n\nOne *two*  \n`three`\n\n- a\n  1. b\n\n4. c\n\n> q\n\n---\n\n    code\n\n| x |\n|---|\n| y |"
    )
    assert [part["kind"] for part in found] == [
        "heading",
        "paragraph",
        "list",
        "list",
        "quote",
        "rule",
        "code",
        "table",
    ]
    assert found[0]["level"] == 1
    assert [(run["text"], run["strong"]) for run in found[0]["runs"]] == [("A ", False), ("b", True)]
    assert [run["text"] for run in found[1]["runs"]] == ["One ", "two", "\n", "three"]
    assert (found[2]["start"], found[3]["start"]) == (0, 4)
    assert found[2]["items"][0][1]["start"] == 1
    assert words(found[7]) == "xy"


def levels(parts: Any) -> list[int]:
    found: list[int] = []
    for part in parts:
        found += [part["level"]] if part["kind"] == "heading" else []
        for inside in (part.get("blocks", []), *part.get("items", [])):
            found += levels(inside)
    return found


@given(st.lists(st.tuples(st.integers(1, 6), st.sampled_from(["", "- ", "> "]))))
def test_no_level_of_a_heading_is_skipped(wanted: list[tuple[int, str]]) -> None:
    found = levels(blocks("\n\n".join(f"{before}{'#' * level} A" for level, before in wanted)))
    assert len(found) == len(wanted)
    assert all(1 <= level <= above + 1 for above, level in zip([0, *found], found, strict=False))


def test_a_heading_without_words_is_left_out() -> None:
    assert [part["kind"] for part in blocks("#\n\nx")] == ["paragraph"]


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://a.example/x", True),
        ("mailto:a@b.example", True),
        ("tel:+31201234567", True),
        ("data:text/html,x", False),
        ("file:///etc/passwd", False),
    ],
)
def test_only_addresses_of_a_page_are_kept(address: str, kept: bool) -> None:
    runs = blocks(f"[here]({address})")[0]["runs"]
    assert {run["url"] for run in runs} == {address if kept else ""}


def test_raw_html_stays_text() -> None:
    assert words(blocks("a <b>c</b> <script>d</script>")) == "a <b>c</b> <script>d</script>"


@given(st.text(max_size=200))
def test_any_text_can_be_told(text: str) -> None:
    assert isinstance(blocks(text), list)


@given(st.lists(st.text("abcxyz", min_size=1, max_size=8), min_size=1, max_size=6))
def test_no_word_of_a_list_is_lost(lines: list[str]) -> None:
    assert words(blocks("\n".join(f"- {line}" for line in lines))) == "".join(lines)
