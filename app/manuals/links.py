"""What a text in Markdown leads to and shows: its links and pictures, and which of them no reader could use. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

PICTURE = "picture:"
MOST_SIGNS = 1000
_REF = re.compile(r"PI-[0-9A-Z]{4,16}")


class _Reader(MarkdownIt):
    """Reads what is written, also where it is not allowed: an address that would be dropped without a word has to be
    told of."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the parent's name
        return True


_reader = _Reader("commonmark", {"html": False}).enable(["table", "strikethrough"])


@dataclass(frozen=True)
class Link:
    """A link as it is written, and the words that carry it."""

    url: str
    words: str


@dataclass(frozen=True)
class Shown:
    """A picture in a text. `ref` is empty where the address is not one of ours."""

    ref: str
    url: str
    alt: str


def links_in(text: str) -> list[Link]:
    """Every link, in the order of the text."""
    found = []
    for inline in _inlines(text):
        url, words = "", ""
        for token in inline:
            if token.type == "link_open":
                url, words = str(token.attrs.get("href", "")), ""
            elif token.type == "link_close":
                found.append(Link(url, words))
            else:
                words += token.content
    return found


def pictures_in(text: str) -> list[Shown]:
    """Every picture, in the order of the text."""
    return [
        _shown(str(token.attrs.get("src", "")), token.content)
        for inline in _inlines(text)
        for token in inline
        if token.type == "image"
    ]


def _shown(url: str, alt: str) -> Shown:
    ref = url.removeprefix(PICTURE)
    return Shown(ref if url.startswith(PICTURE) and _REF.fullmatch(ref) else "", url, alt.strip())


def _inlines(text: str) -> Iterator[list[Token]]:
    for token in _reader.parse(text):
        if token.type == "inline":
            yield token.children or []


def is_usable(url: str) -> bool:
    """Whether a reader can follow it: https or http with a host, mailto, tel, a page of ours or a place on the page."""
    if not url or len(url) > MOST_SIGNS or "\\" in url or re.search(r"[\x00-\x20\x7f]", url):
        return False
    if url.startswith("#"):
        return len(url) > 1
    if url.startswith("/"):
        return not url.startswith("//")
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _port = parts.port
    except ValueError:
        return False
    if parts.scheme in ("http", "https"):
        return bool(host) and "@" not in parts.netloc and ("." in host.strip(".") or ":" in host)
    if parts.scheme == "mailto":
        return re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", parts.path) is not None
    return parts.scheme == "tel" and re.fullmatch(r"\+?[0-9().\-]{3,30}", parts.path) is not None


def leads_outside(url: str) -> bool:
    """Whether somebody else's server answers for it, so that it can be asked."""
    return is_usable(url) and urlsplit(url).scheme in ("http", "https")
