"""Markdown to HTML for texts that staff write: no raw HTML, no pictures, safe addresses only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

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


def blocks(text: str) -> list[dict[str, Any]]:
    """The text as values, for a layout that is no HTML, such as a PDF: headings, paragraphs, quotations, lists, code,
    tables and rules, each with a `kind`; their words are runs of `text`, `strong`, `em`, `code` and `url`. Headings
    begin at level 1, and skip none.
    """
    tokens = _reader.parse(text)
    _lower_headings(tokens)
    found = list(_blocks(tokens))
    _close_gaps(found, 0)
    return found


def _close_gaps(found: Sequence[dict[str, Any]], above: int) -> int:
    """No level is skipped below another, also inside quotations and lists: readers of tagged documents count on it."""
    for block in found:
        if block["kind"] == "heading":
            above = block["level"] = min(block["level"], above + 1)
        for inside in (block.get("blocks", []), *block.get("items", [])):
            above = _close_gaps(inside, above)
    return above


def _blocks(tokens: Sequence[Token]) -> Iterator[dict[str, Any]]:
    place = 0
    while place < len(tokens):
        token = tokens[place]
        end = _end_of(tokens, place) if token.nesting == 1 else place
        inside = tokens[place + 1 : end]
        match token.type:
            case "heading_open" if _runs(inside):
                yield {"kind": "heading", "level": int(token.tag[1]) - 1, "runs": _runs(inside)}
            case "paragraph_open":
                yield {"kind": "paragraph", "runs": _runs(inside)}
            case "blockquote_open":
                yield {"kind": "quote", "blocks": list(_blocks(inside))}
            case "bullet_list_open" | "ordered_list_open":
                yield {
                    "kind": "list",
                    "start": int(token.attrs.get("start", 1)) if token.tag == "ol" else 0,
                    "items": [list(_blocks(item)) for item in _children(inside)],
                }
            case "table_open":
                rows = [row for part in _children(inside) for row in _children(part)]
                yield {"kind": "table", "rows": [[_runs(cell) for cell in _children(row)] for row in rows]}
            case "fence" | "code_block":
                yield {"kind": "code", "text": token.content.rstrip()}
            case "hr":
                yield {"kind": "rule"}
            case _other:
                pass
        place = end + 1


def _end_of(tokens: Sequence[Token], begin: int) -> int:
    """The place of the token that closes the one at `begin`."""
    depth = 0
    for place in range(begin, len(tokens)):
        depth += tokens[place].nesting
        if depth == 0:
            return place
    return len(tokens) - 1


def _children(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """What stands inside each of the elements side by side."""
    place = 0
    while place < len(tokens):
        end = _end_of(tokens, place)
        yield tokens[place + 1 : end]
        place = end + 1


def _runs(tokens: Sequence[Token]) -> list[dict[str, Any]]:
    runs: list[dict[str, Any]] = []
    held = {"strong": 0, "em": 0}
    url = ""
    for token in (part for inline in tokens if inline.type == "inline" for part in inline.children or ()):
        if token.tag in held:
            held[token.tag] += token.nesting
        elif token.type == "link_open":
            url = str(token.attrs.get("href", ""))
        elif token.type == "link_close":
            url = ""
        elif words := {"softbreak": " ", "hardbreak": "\n"}.get(token.type, token.content):
            marks = {"strong": held["strong"] > 0, "em": held["em"] > 0, "code": token.type == "code_inline"}
            safe = url if url.split(":", 1)[0] in _SCHEMES else ""
            runs.append({"text": words, "url": safe, **marks})
    return runs


def _lower_headings(tokens: list[Token]) -> None:
    headings = [token for token in tokens if token.type in ("heading_open", "heading_close")]
    highest = min((int(token.tag[1]) for token in headings), default=1)
    for token in headings:
        token.tag = f"h{min(int(token.tag[1]) - highest + 2, 6)}"
