"""What the software partner sees of its manual as it grows: composed from what stands in the sections now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from app.core import markdown
from app.core.i18n import _, in_locale
from app.core.markdown import Image
from app.integrations.models import Package, Product
from app.manuals import composing, pictures, sections
from app.manuals.models import Intake, PublicationKind, SectionCode
from app.manuals.queries import intakes

CHAPTERS: Mapping[str, tuple[str, ...]] = {
    SectionCode.PRODUCT: ("about",),
    SectionCode.CATEGORIES: (),
    SectionCode.KEY: ("find_key", "connect"),
    SectionCode.PACKAGES: ("passed_on",),
    SectionCode.LIMITS: ("limits",),
    SectionCode.SUPPORT: ("help",),
    SectionCode.FAQ: ("faq",),
}
"""Which chapters of the manual a section feeds."""


@dataclass(frozen=True)
class Chapter:
    title: str
    html: Markup


@dataclass(frozen=True)
class Preview:
    """A manual, or the part of it that one section feeds."""

    locale: str
    title: str
    summary: str
    logo: Image | None
    chapters: tuple[Chapter, ...]

    @property
    def is_empty(self) -> bool:
        return not self.chapters and not self.logo


def of(
    product: Product,
    intake: Intake | None,
    package: Package | None,
    locale: str,
    *,
    only: str = "",
    instead: Mapping[str, Any] | None = None,
    images: Mapping[str, Image] | None = None,
) -> Preview:
    """The manual for this package in one language. `only`: what this section feeds, with `instead` for its content.
    `images`: those of the pictures, where the page has them already."""
    held: dict[sections.Address, Mapping[str, Any]] = {
        (SectionCode(section.code), section.locale): section.content
        for section in (intake.sections if intake is not None else ())
    }
    if only and instead is not None:
        code = SectionCode(only)
        held[(code, locale if sections.SHAPES[code].by_language else "")] = instead
    passes = sections.shaped(SectionCode.PACKAGES, held.get((SectionCode.PACKAGES, "")))["passes"]
    if package is None and passes and only in ("", SectionCode.PACKAGES, SectionCode.KEY):
        package = _chosen(passes)
    with in_locale(locale):
        source = composing.Source(
            product=product.name,
            package=package.name if package is not None else _("your bookkeeping package"),
            slug=product.slug,
            passes=tuple(passes.get(package.ref, ())) if package is not None else (),
            takes=tuple(package.passes) if package is not None else (),
            package_texts=package.texts if package is not None and not only else {},
            sections=held,
        )
        content = composing.compose(PublicationKind.MANUAL, source, locale)
        if images is None:
            images = images_in(product, held)
        wanted = CHAPTERS[only] if only else composing.CHAPTERS[PublicationKind.MANUAL]
        chapters = tuple(
            Chapter(chapter["title"], markdown.render(chapter["body"], pictures=images))
            for chapter in content["chapters"]
            if chapter["code"] in wanted and chapter["body"].strip()
        )
    shows_logo = not only or only == SectionCode.CATEGORIES
    return Preview(
        locale,
        content["title"],
        content["summary"] if not only or only == SectionCode.PRODUCT else "",
        images.get(source.logo) if shows_logo else None,
        chapters,
    )


def images_in(product: Product, held: Mapping[sections.Address, Mapping[str, Any]]) -> dict[str, Image]:
    """All pictures that the sections name, by reference."""
    refs = {ref for (code, _locale), content in held.items() for ref in sections.pictures(code, content)}
    return pictures.images(pictures.pictures_of(product, refs)) if refs else {}


def _chosen(passes: Mapping[str, Sequence[str]]) -> Package | None:
    """The first of the chosen packages, in the order of the desk."""
    return next((package for package in intakes.packages_for(passes) if package.ref in passes), None)
