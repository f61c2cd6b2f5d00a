"""Markdown to HTML for texts that staff write: no raw HTML, no pictures, safe addresses only."""

from __future__ import annotations

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

_TAGS = {
    "p", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "strong", "em", "s", "a", "blockquote", "code", "pre", "hr",
    "br", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
_SCHEMES = {"http", "https", "mailto", "tel"}

_reader = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")


def render(text: str) -> Markup:
    """The text as HTML. Its highest headings become h2, whatever they were: the page has its own h1, and no level is
    skipped below it.

    Safe: the reader escapes raw HTML, and what it wrote is cleaned once more by an allow-list.
    """
    tokens = _reader.parse(text)
    _lower_headings(tokens)
    html = _reader.renderer.render(tokens, _reader.options, {})
    return Markup(  # noqa: S704 - cleaned right here
        nh3.clean(
            html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel="noopener noreferrer nofollow"
        )
    )


def _lower_headings(tokens: list[Token]) -> None:
    headings = [token for token in tokens if token.type in ("heading_open", "heading_close")]
    highest = min((int(token.tag[1]) for token in headings), default=1)
    for token in headings:
        token.tag = f"h{min(int(token.tag[1]) - highest + 2, 6)}"
