"""Charts as accessible SVG, drawn on the server by pygal and coloured by the stylesheet alone.

A chart is figures with words; how it looks is said here once: bars that begin at nothing, each with its label and its
figure beside it, no axis, no grid, no script and no style of its own (docs/decisions/038-reports.md). Each is drawn
twice, for a wide place and for a narrow one, so that its words keep their size; the stylesheet shows one of the two.
"""

from __future__ import annotations

import enum
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pygal
from lxml import etree
from markupsafe import Markup
from pygal.style import Style

from app.core.i18n import format_month_short, format_number

# pygal finds its maps, which we do not have, by an importer of the old kind that newer loaders stumble over.
sys.meta_path[:] = [finder for finder in sys.meta_path if not type(finder).__module__.startswith("pygal")]

WIDE, NARROW = 720, 340
_ROW = 46
"""Height of one lying bar with the label above it."""
_TALL = 200
_LINE = 17
"""From one line of words to the next."""
_SIGN = 7.5
"""Width of a figure's sign, a little more than it needs."""
_PADDING = 1.04
"""How much larger pygal's plot is than what it draws in it: one fiftieth at each end."""
_STYLE = Style(font_family="inherit", label_font_size=13, major_label_font_size=13, value_font_size=13)
_SVG = "{http://www.w3.org/2000/svg}"


class Tone(enum.StrEnum):
    """What a bar stands for decides its colour; there are three."""

    MAIN = "main"
    SOFT = "soft"
    """The rest, beside the main thing."""
    WARN = "warn"
    """What somebody should act on."""


@dataclass(frozen=True)
class Series:
    """One figure for each label; None where there is nothing to say, which is not nothing."""

    name: str
    values: Sequence[float | None]
    tone: Tone = Tone.MAIN


@dataclass(frozen=True)
class Chart:
    """Bars that lie, one below the other, or columns that stand. Several series are stacked."""

    id: str
    """Unique on its page."""
    title: str
    about: str
    """What it shows, for whoever does not see it; the table beneath has the figures."""
    labels: Sequence[str]
    """Under a column, in two lines where there is a line break."""
    series: Sequence[Series]
    standing: bool = False
    marks: Sequence[float | None] = field(default_factory=tuple)
    """What was promised for each lying bar, drawn as a line across it."""
    mark_name: str = ""
    top: float | None = None
    """What the longest bar could be: 100 for per cents."""
    keyless: bool = False
    """The labels already say what each colour is."""
    suffix: str = ""
    """Behind each figure, such as a per cent sign."""

    @property
    def key(self) -> list[tuple[Tone, str]]:
        """Which colour is what; a single series needs none."""
        return [(one.tone, one.name) for one in self.series] if len(self.series) > 1 and not self.keyless else []

    @property
    def drawn(self) -> Markup:
        """Both drawings, for a template."""
        return Markup(self._svg(WIDE, "wide") + self._svg(NARROW, "narrow"))  # noqa: S704 # lxml escapes every word

    @property
    def _totals(self) -> list[float | None]:
        made = []
        for values in zip(*(one.values for one in self.series), strict=True):
            known = [value for value in values if value is not None]
            made.append(sum(known) if known else None)
        return made

    def _svg(self, width: int, size: str) -> str:
        figures = [self._said(total) for total in self._totals]
        most = max([0.0, *(v for v in (*self._totals, *self.marks) if v is not None)])
        top = max(self.top or 0, most) or 1
        if self.standing:
            height = _TALL
            top = top * (height - 24) / (height - 24 - 20)  # room for the figures above the columns
        else:
            height = _ROW * len(self.labels)
            top = top * width / (width - max(map(len, figures), default=1) * _SIGN - 12)
        tree = self._plotted(width, height, top, size)
        return self._finished(tree, width, height, top, size, figures)

    def _plotted(self, width: int, height: int, top: float, size: str) -> Any:
        kind = pygal.StackedBar if self.standing else pygal.HorizontalStackedBar
        chart = kind(
            width=width,
            height=height,
            js=[],
            css=[],
            no_prefix=True,
            margin=0,
            show_legend=False,
            show_x_labels=self.standing,
            show_y_labels=False,
            range=(0, top),
            style=_STYLE,
        )
        chart._series_margin = 0.16 if self.standing else 0.3
        chart._serie_margin = 0
        every = 1
        if self.standing:
            room = width / max(1, len(self.labels))
            every = max(1, -(-max(map(len, self._first_lines), default=1) * 8 // int(room)))
        named = [_plain(label) if place % every == 0 else "" for place, label in enumerate(self._first_lines)]
        chart.x_labels = named if self.standing else [""] * len(named)
        for one in self.series:
            values = [value or 0 for value in one.values]
            chart.add(_plain(one.name), values if self.standing else values[::-1])  # pygal begins at the bottom
        return chart.render_tree()

    @property
    def _first_lines(self) -> list[str]:
        return [label.partition("\n")[0] for label in self.labels]

    def _finished(self, tree: Any, width: int, height: int, top: float, size: str, figures: Sequence[str]) -> str:
        """A new drawing with the bars and labels of pygal's and our words: pygal brings a script, a style sheet, and
        what both need."""
        key = f"{self.id}-{size}"
        names = f"{key}-title {key}-about"
        namespace: Any = {None: _SVG[1:-1]}
        svg: Any = etree.Element(f"{_SVG}svg", {"role": "img", "class": f"gw-chart gw-chart--{size}"}, namespace)
        svg.set("aria-labelledby", names)
        inner = width / _PADDING
        edge = 0 if self.standing else inner * 0.02
        more = _LINE if self.standing and any("\n" in label for label in self.labels) else 0
        svg.set("viewBox", f"{edge:.1f} 0 {width - edge * 2:.1f} {height + more}")
        _draw(svg, "title", self.title, id=f"{key}-title")
        _draw(svg, "desc", self.about, id=f"{key}-about")
        series = [
            group for group in tree.iter("g") if "serie-" in group.get("class", "") and group.find("g") is not None
        ]
        rows: list[list[_Bar]] = [[] for _label in self.labels]
        for one, group in zip(self.series, series, strict=True):
            bars = group.find("g").findall("g")
            for place, bar in enumerate(bars if self.standing else reversed(bars)):
                rows[place].append(_Bar.of(bar.find("rect"), one, place))
        for place, row in enumerate(rows):
            for bar in row:
                if bar.value:
                    bar.draw(svg)
            mark = self.marks[place] if self.marks else None
            self._label(svg, place, row, figures[place], width, None if mark is None else edge + mark * inner / top)
        if self.standing:
            guides = (group for group in tree.iter("g") if group.get("class") == "guides")
            for label, guide in zip(self.labels, guides, strict=True):
                text = guide.find("text")
                first, _line, second = label.partition("\n")
                x, y = float(text.get("x")), float(text.get("y"))
                if text.text:
                    _draw(svg, "text", first, x=f"{x:.1f}", y=f"{y:.1f}", look="l m")
                if second:
                    _draw(svg, "text", second, x=f"{x:.1f}", y=f"{y + _LINE:.1f}", look="l m")
            base = rows[0][0].y + rows[0][0].height
            _draw(svg, "path", d=f"M0 {base:.1f}H{width}", look="base")
        return etree.tostring(svg, encoding="unicode")

    def _label(self, svg: Any, place: int, row: Sequence[_Bar], figure: str, width: int, mark: float | None) -> None:
        """The words of one column or lying bar."""
        total, bar = self._totals[place], row[0]
        if self.standing:
            if total and len(figure) * _SIGN < width / len(self.labels):
                peak = min(one.y for one in row) - 6
                _draw(svg, "text", figure, x=f"{bar.x + bar.width / 2:.1f}", y=f"{peak:.1f}", look="n m")
            return
        end, middle = max(one.x + one.width for one in row), f"{bar.y + bar.height / 2 + 4.5:.1f}"
        if mark is not None:
            for look in ("halo", "mark"):
                _draw(svg, "path", d=f"M{mark:.1f} {bar.y - 3:.1f}v{bar.height + 6:.1f}", look=look)
            if end - 4 < mark < end + len(figure) * _SIGN + 14:
                end = mark  # the figure stands behind the line, not on it
        _draw(svg, "text", _fitting(self.labels[place], width), x=f"{bar.x:.1f}", y=f"{bar.y - 6:.1f}", look="l")
        _draw(svg, "text", figure, x=f"{end + 8:.1f}", y=middle, look="n")
        if sum(1 for one in row if one.value) > 1:
            for one in row:
                inside = self._said(one.value)
                if one.value and one.width > len(inside) * _SIGN + 8:
                    _draw(
                        svg,
                        "text",
                        inside,
                        x=f"{one.x + one.width / 2:.1f}",
                        y=middle,
                        look=f"in m in-{one.tone}",
                    )

    def _said(self, value: float | None) -> str:
        return "–" if value is None else format_number(round(value, 1)) + self.suffix


@dataclass(frozen=True)
class _Bar:
    """A bar as pygal placed it."""

    x: float
    y: float
    width: float
    height: float
    value: float | None
    tone: Tone

    @classmethod
    def of(cls, rect: Any, series: Series, place: int) -> _Bar:
        x, y, width, height = (float(rect.get(name) or 0) for name in ("x", "y", "width", "height"))
        return cls(x, y, width, height, series.values[place], series.tone)

    def draw(self, svg: Any) -> None:
        sides = {name: f"{getattr(self, name):.1f}" for name in ("x", "y", "width", "height")}
        _draw(svg, "rect", look=f"t-{self.tone}", **sides)


def _draw(svg: Any, tag: str, text: str = "", *, look: str = "", **attributes: str) -> None:
    """`look` is its class."""
    found = etree.SubElement(svg, f"{_SVG}{tag}", {"class": look, **attributes} if look else attributes)
    found.text = _plain(text) or None


def _plain(text: str) -> str:
    """Words are people's: whatever XML cannot hold is left out."""
    return "".join(sign for sign in str(text) if sign >= " " and not "\ud800" <= sign <= "\udfff" and sign < "\ufffe")


def _fitting(label: str, width: int) -> str:
    """The table has the whole of it."""
    most = width // 7
    return label if len(label) <= most else f"{label[: most - 1].rstrip()}…"


def month_labels(firsts: Sequence[date]) -> list[str]:
    """Short, for under columns; the year stands under its first month, unless the next one follows close behind."""
    return [
        format_month_short(first) + (f"\n{first.year}" if first.month == 1 or (place == 0 and first.month < 11) else "")
        for place, first in enumerate(firsts)
    ]


def months_between(start: date, end: date) -> list[date]:
    """The first day of each month that the period touches."""
    first, made = start.replace(day=1), []
    while first <= end:
        made.append(first)
        first = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return made
