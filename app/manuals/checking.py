"""What keeps a draft from being published, said in words beside where it is put right. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.core.i18n import _
from app.manuals import links
from app.manuals.composing import NEEDED, chapter_title
from app.manuals.models import PublicationKind


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong or missing."""

    field: str
    """Of the editor's form: `title`, `summary`, `chapters-2-body`, `requirements-0-question`."""
    where: str
    """The chapter by its title, or the part of the page."""
    message: str


def faults(kind: PublicationKind, content: Mapping[str, Any], pictures: Mapping[str, Any]) -> list[Fault]:
    """In page order, in the language spoken now. `pictures` are those of the product, by reference."""
    return list(_faults(kind, content, pictures))


def _faults(kind: PublicationKind, content: Mapping[str, Any], pictures: Mapping[str, Any]) -> Iterator[Fault]:
    if not content["title"]:
        yield Fault("title", _("Title"), _("The title is missing."))
    if not content["summary"]:
        yield Fault("summary", _("Summary"), _("The summary is missing: it stands in lists and in search engines."))
    for place, chapter in enumerate(content["chapters"]):
        field, where = f"chapters-{place}-body", chapter["title"] or chapter_title(chapter["code"])
        if not chapter["body"] and chapter["code"] in NEEDED[kind]:
            yield Fault(field, where, _("This chapter is empty, and no reader can do without it."))
        if chapter["body"] and not chapter["title"]:
            yield Fault(f"chapters-{place}-title", where, _("This chapter has no title."))
        for message in _wrong_in(chapter["body"], pictures):
            yield Fault(field, where, message)
    for place, asked in enumerate(content.get("requirements", [])):
        if asked["help"] and not asked["question"]:
            yield Fault(f"requirements-{place}-question", _("Requirements"), _("A requirement has no question."))
        for message in _wrong_in(asked["help"], pictures):
            yield Fault(f"requirements-{place}-help", _("Requirements"), message)


def _wrong_in(text: str, pictures: Mapping[str, Any]) -> Iterator[str]:
    for link in links.links_in(text):
        if not links.is_usable(link.url):
            yield _(
                "No reader can follow this link: %(url)s. Links begin with https://, mailto: or tel:, or with / for a "
                "page of ours.",
                url=link.url[:200] or "()",
            )
        elif not link.words.strip():
            yield _("This link has no words to press on: %(url)s.", url=link.url[:200])
    for shown in links.pictures_in(text):
        if not shown.ref or shown.ref not in pictures:
            yield _(
                "This picture is not one of the product's: %(picture)s. Pictures are uploaded first, and written as "
                "![what it shows](picture:PI-...).",
                picture=shown.url[:200] or "()",
            )
        elif not shown.alt:
            yield _(
                "This picture has no alternative text: %(picture)s. Say between the square brackets what it shows.",
                picture=shown.ref,
            )
