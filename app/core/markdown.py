"""Markdown to HTML for texts that staff write: no raw HTML, safe addresses only, and of pictures our own alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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
_REL = "noopener noreferrer nofollow"

_PICTURE = "picture:"
"""Before the reference of one of our own pictures, where Markdown has an address."""
_PICTURE_SIZES = "(min-width: 62em) 42rem, 92vw"
"""How wide a picture is drawn, so that a browser fetches the fitting size."""
_WIDEST, _TALLEST = 736, 640
"""In pixels, of a picture on a page: gangway.css has the same 46rem for `.gw-words--pictures`."""


@dataclass(frozen=True)
class Image:
    """One of our own pictures, as a page shows it."""

    src: str
    srcset: str
    width: int
    height: int
    """Of its largest size: a browser keeps the place free."""


def _reading(*, pictures: bool) -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    return reader if pictures else reader.disable("image")


_reader = _reading(pictures=False)
_reader_with_pictures = _reading(pictures=True)


def render(text: str, pictures: Mapping[str, Image] | None = None, *, top: int = 2) -> Markup:
    """The text as HTML. Its highest headings become h2, whatever they were: the page has its own h1, and no level is
    skipped below it. `top` is 3 for a text that stands under an h2 of the page.

    `![alternative text](picture:PI-7K3F9Q2M)` is drawn when `pictures` has that reference; of any other picture the
    alternative text alone is shown. Without `pictures` such signs are no picture at all.

    Safe: the reader escapes raw HTML, and what it wrote is cleaned once more by an allow-list.
    """
    reader = _reader if pictures is None else _reader_with_pictures
    tokens = reader.parse(text)
    _lower_headings(tokens, top)
    own = pictures or {}
    for token in _inline(tokens):
        if token.type == "image":
            _draw(token, own)
    html = reader.renderer.render(tokens, reader.options, {})
    return Markup(_cleaned(html, own))  # noqa: S704 - cleaned right here


def _inline(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield from token.children or ()


def _draw(token: Token, pictures: Mapping[str, Image]) -> None:
    """With the size at which it is shown, so that its place is kept before it comes: what stands below holds still, and
    a picture far below is fetched only when a reader comes near."""
    words = _words(token)
    found = pictures.get(_ref(token))
    if found is None:
        token.type, token.tag, token.content, token.children = "text", "", words, None
        return
    width, height = _shown(found)
    token.attrs = {
        "src": found.src,
        "srcset": found.srcset,
        "sizes": _PICTURE_SIZES,
        "width": width,
        "height": height,
        "alt": words,
        "loading": "lazy",
    }


def _shown(image: Image) -> tuple[int, int]:
    """A tall picture, such as a phone's screen, is shown as high as a screen has room for."""
    if image.height <= _TALLEST or image.height * _WIDEST <= image.width * _TALLEST:
        return image.width, image.height
    return max(1, round(image.width * _TALLEST / image.height)), _TALLEST


def _ref(token: Token) -> str:
    """The reference of the picture that an image names; "" when it names something else."""
    address = str(token.attrs.get("src", ""))
    return address.removeprefix(_PICTURE) if address.startswith(_PICTURE) else ""


def _words(token: Token) -> str:
    """The alternative text, without its marks."""
    return "".join({"softbreak": " ", "hardbreak": " "}.get(part.type, part.content) for part in _spoken([token]))


def _spoken(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        if token.children:
            yield from _spoken(token.children)
        elif token.type != "image":
            yield token


def _cleaned(html: str, pictures: Mapping[str, Image]) -> str:
    if not pictures:
        return nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel=_REL)
    known = {
        (name, value) for image in pictures.values() for name, value in (("src", image.src), ("srcset", image.srcset))
    }

    def keep(tag: str, name: str, value: str) -> str | None:
        return None if tag == "img" and name in ("src", "srcset") and (name, value) not in known else value

    attributes = {**_ATTRIBUTES, "img": {"src", "srcset", "sizes", "width", "height", "alt", "loading"}}
    return nh3.clean(
        html, tags=_TAGS | {"img"}, attributes=attributes, attribute_filter=keep, url_schemes=_SCHEMES, link_rel=_REL
    )


def blocks(text: str, *, pictures: bool = False) -> list[dict[str, Any]]:
    """The text as values, for a layout that is no HTML, such as a PDF: headings, paragraphs, quotations, lists, code,
    tables and rules, each with a `kind`; their words are runs of `text`, `strong`, `em`, `code` and `url`. Headings
    begin at level 1, and skip none. With `pictures` there are blocks of the kind `picture` too, each with `ref` and
    `alt`.
    """
    tokens = (_reader_with_pictures if pictures else _reader).parse(text)
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
                yield from _paragraph(inside)
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


def _paragraph(tokens: Sequence[Token]) -> Iterator[dict[str, Any]]:
    """The paragraph, with each of its pictures after it: no layout sets a screenshot within a line."""
    shown = [part for part in _inline(tokens) if part.type == "image" and _ref(part)]
    runs = _runs(tokens, but=shown)
    if not shown or any(run["text"].strip() for run in runs):
        yield {"kind": "paragraph", "runs": runs}
    for part in shown:
        yield {"kind": "picture", "ref": _ref(part), "alt": _words(part)}


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


def _runs(tokens: Sequence[Token], but: Sequence[Token] = ()) -> list[dict[str, Any]]:
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
        elif token in but:
            continue
        elif words := {"softbreak": " ", "hardbreak": "\n", "image": _words(token)}.get(token.type, token.content):
            marks = {"strong": held["strong"] > 0, "em": held["em"] > 0, "code": token.type == "code_inline"}
            safe = url if url.split(":", 1)[0] in _SCHEMES else ""
            runs.append({"text": words, "url": safe, **marks})
    return runs


def _lower_headings(tokens: list[Token], top: int = 2) -> None:
    headings = [token for token in tokens if token.type in ("heading_open", "heading_close")]
    highest = min((int(token.tag[1]) for token in headings), default=1)
    for token in headings:
        token.tag = f"h{min(int(token.tag[1]) - highest + top, 6)}"
