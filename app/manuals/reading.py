"""A manual as it is read, in one language: for its page, its PDF and previews alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup

from app.core.markdown import Image, render
from app.integrations import words
from app.manuals.pictures import images_of_facts


@dataclass(frozen=True)
class Chapter:
    code: str
    """Also its place on the page."""
    title: str
    text: str
    """Markdown."""
    body: Markup


@dataclass(frozen=True)
class Reading:
    """Chapters without words are left out."""

    locale: str
    title: str
    summary: str
    chapters: tuple[Chapter, ...]
    product: str
    partner: str
    package: str
    passed: tuple[tuple[str, bool], ...]
    """What the package can take, and whether it is passed on: in words, in the order in which they stand everywhere."""
    pictures: Mapping[str, Image]
    checked_on: date | None = None
    """When staff last tried what it says."""

    def has(self, code: str) -> bool:
        return any(chapter.code == code for chapter in self.chapters)


def reading_of(
    content: Mapping[str, Any], facts: Mapping[str, Any], locale: str, checked_on: date | None = None
) -> Reading:
    """`content` and `facts` as `PublicationVersion` has them."""
    pictures = images_of_facts(facts)
    passes = set(facts.get("passes", ()))
    takes = set(facts.get("takes", ())) | passes
    return Reading(
        locale=locale,
        title=str(content["title"]),
        summary=str(content.get("summary", "")),
        chapters=tuple(
            Chapter(chapter["code"], chapter["title"], chapter["body"], render(chapter["body"], pictures, top=3))
            for chapter in content["chapters"]
            if chapter["body"].strip()
        ),
        product=facts["product"]["name"],
        partner=facts["product"].get("partner", ""),
        package=facts["package"]["name"],
        passed=tuple((str(word), code in passes) for code, word in words.PASSED_ON.items() if code in takes),
        pictures=pictures,
        checked_on=checked_on,
    )
