"""A document as its reader sees it: opened without trusting it, asked by path, with all that is wrong noted at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from lxml import etree

from app.core.i18n import _l
from app.core.money import CENT, LARGEST

Element = etree._Element

LIMIT = 8 * 1024 * 1024
"""Bytes of one document. Real ones have some kilobytes, and a few megabytes with a PDF inside."""
MOST_PROBLEMS = 10
ENCODINGS = frozenset(
    {"utf-8", "utf-16", "us-ascii", "iso-8859-1", "iso-8859-2", "iso-8859-15", "windows-1250", "windows-1252"}
)
"""Those in which the text of a document type declaration cannot hide from a look at the bytes."""

# The id that a hand-over gave each period; it may stand in a line's id, its text, a note or an order number.
_PERIOD_REF = re.compile(r"(?<![0-9A-Z-])B-[0-9A-HJKMNP-TV-Z]{8}/[0-9]{1,4}(?![0-9])")
MOST_REFS = 2_000


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong."""

    where: Any
    """The element and its line, such as `LegalMonetaryTotal/PayableAmount, line 84`; empty for the whole document."""
    message: Any
    """A sentence, translated when it is shown."""

    @property
    def sentence(self) -> Any:
        """Both together, to be read in any language."""
        return _l("%(label)s: %(value)s", label=self.where, value=self.message) if self.where else self.message

    def __str__(self) -> str:
        return str(self.sentence)


class NotReadable(Exception):
    """The document is no invoice that can be kept, for these reasons."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("not readable")
        self.problems = problems


def opened(content: bytes) -> Document:
    """Parses a document with everything off that could read a file, reach the network or blow up.

    Raises:
        NotReadable: too large, not well-formed, or with a document type declaration.
    """
    if len(content) > LIMIT:
        raise NotReadable([Problem("", _l("This document is larger than 8 MB."))])
    # Before parsing: entities are declared in it, and no invoice format has one. UTF-16 has a zero beside each sign.
    plain = content.replace(b"\0", b"")
    declared = re.match(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*<\?xml[^>]*?encoding\s*=\s*[\"']([\w.:-]+)", plain)
    if declared and declared[1].decode("ascii", "replace").lower() not in ENCODINGS:
        raise NotReadable(
            [Problem("", _l("This document's character set cannot be read: %(name)s.", name=_short(declared[1])))]
        )
    if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
        raise NotReadable([_DOCTYPE])
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,  # also caps depth (256), a text's length and entities
        remove_comments=True,
        remove_pis=True,
        recover=False,
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        line = getattr(error, "lineno", None) or 0
        raise NotReadable(
            [Problem("", _l("This is no complete XML document: it cannot be read beyond line %(line)s.", line=line))]
        ) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise NotReadable([_DOCTYPE])
    return Document(root)


_DOCTYPE = Problem(
    "", _l("This document has a document type declaration. Invoices have none, so it is not read for safety.")
)


def _short(name: bytes) -> str:
    return name[:40].decode("ascii", "replace")


@dataclass
class Document:
    """An element tree with the names of its format, and what was found wrong in it."""

    root: Element
    names: Mapping[str, str] = field(default_factory=dict)
    """Prefix -> namespace, for paths."""
    comma: bool = False
    """Whether amounts are written with a decimal comma (Finvoice) beside a point."""
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, where: Element | str, message: Any) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(where if isinstance(where, str) else self.place(where), message))

    def place(self, element: Element) -> Any:
        """The last two names on the way to an element, and its line."""
        names = [etree.QName(one).localname for one in (element.getparent(), element) if one is not None]
        return _l("%(element)s, line %(line)s", element="/".join(names), line=element.sourceline)

    def every(self, under: Element | None, path: str) -> list[Element]:
        return [] if under is None else list(under.findall(path, dict(self.names)))

    def one(self, under: Element | None, path: str) -> Element | None:
        """The element at a path where there may be one: two make the document ambiguous, so neither is believed."""
        found = self.every(under, path)
        if len(found) > 1:
            self.wrong(found[1], _l("This stands more than once, so it is not certain which one counts."))
        return found[0] if found else None

    def text(self, under: Element | None, path: str, missing: Any = "") -> str:
        """The text at a path, on one line; `missing` is the sentence for a document that must have it."""
        element = self.one(under, path)
        text = said(element)
        if not text and missing:
            self.wrong(path_words(path), missing)
        return text

    def amount(self, under: Element | None, path: str) -> Decimal | None:
        element = self.one(under, path)
        return None if element is None else self.amount_of(element)

    def amount_of(self, element: Element) -> Decimal | None:
        text = said(element).replace(" ", "").replace("\u00a0", "")
        if self.comma:
            text = text.replace(",", ".")
        if not re.fullmatch(r"[+-]?[0-9]{1,15}(?:\.[0-9]{0,10})?", text):
            self.wrong(element, _l("This is no amount: %(found)s.", found=text[:40] or "–"))
            return None
        amount = Decimal(text)
        if amount != amount.quantize(CENT) or abs(amount) > LARGEST:
            self.wrong(element, _l("This amount has more than two decimals, or is too large to be kept."))
            return None
        return amount.quantize(CENT)

    def rate_of(self, element: Element | None) -> Decimal | None:
        """A VAT rate in per cent."""
        if element is None:
            return None
        rate = self.amount_of(element)
        if rate is not None and not 0 <= rate < 100:
            self.wrong(element, _l("This is no VAT rate."))
            return None
        return rate

    def day(self, under: Element | None, path: str, missing: Any = "") -> date | None:
        element = self.one(under, path)
        if element is None or not said(element):
            if missing:
                self.wrong(path_words(path), missing)
            return None
        return self.day_of(element)

    def day_of(self, element: Element) -> date | None:
        """A day, written 2026-03-09 or 20260309, with or without a time or zone behind it."""
        text = said(element)
        shape = re.fullmatch(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})(?:[T+Z-].*)?", text)
        try:
            if shape is None:
                raise ValueError(text)
            found = datetime(int(shape[1]), int(shape[2]), int(shape[3]), tzinfo=UTC).date()
            if not 1990 <= found.year <= 2200:
                raise ValueError(text)
        except ValueError:
            self.wrong(element, _l("This is no date: %(found)s.", found=text[:40] or "–"))
            return None
        return found

    def period_refs(self) -> tuple[str, ...]:
        """The stable ids of billing periods anywhere in its text, each once, in order."""
        found: dict[str, None] = {}
        for element in self.root.iter(etree.Element):
            for text in (element.text, *element.attrib.values()):
                if text and "B-" in text:
                    found.update(dict.fromkeys(_PERIOD_REF.findall(str(text))))
            if len(found) > MOST_REFS:
                self.wrong("", _l("This document names too many billing periods."))
                break
        return tuple(found)


def said(element: Element | None) -> str:
    """An element's own text on one line."""
    return "" if element is None or element.text is None else " ".join(element.text.split())


def path_words(path: str) -> str:
    """A path as people look for it: without prefixes."""
    return "/".join(part.split(":")[-1] for part in path.split("/"))
