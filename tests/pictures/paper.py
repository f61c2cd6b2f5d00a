"""What drawings are made of: boxes with words, and arrows between them, as SVG that is read in light and in dark."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape
from typing import Literal

Tone = Literal["plain", "quiet", "main", "good", "bad"]
Place = Literal["start", "middle", "end"]

# The product's own colours; the ground is drawn too, so that a dark page around a light picture harms nothing.
STYLE = """
.ground{fill:#fff}text{fill:#16191d;font:14px system-ui,sans-serif}.b{font-weight:600}.m{fill:#525a66;font-size:12.5px}
.box{stroke-width:1.5;fill:#f5f7f9;stroke:#6b7480}.quiet{fill:none;stroke-dasharray:4 4}
.main{fill:#e6f0fa;stroke:#0b5394}.good{fill:#e7f4ec;stroke:#1b6e3c}.bad{fill:#fbecea;stroke:#b3261e}.way{fill:none;stroke:#525a66;stroke-width:1.5}
.tip{fill:#525a66}
@media (prefers-color-scheme:dark){
.ground{fill:#14171b}text{fill:#eceef1}.m{fill:#aab2bd}.box{fill:#1d2127;stroke:#8a93a0}.quiet{fill:none}
.main{fill:#12283d;stroke:#8cc2ff}.good{fill:#13291c;stroke:#7fd6a0}.bad{fill:#331a18;stroke:#ff9a91}
.way{stroke:#aab2bd}.tip{fill:#aab2bd}}
"""


@dataclass
class Paper:
    """One drawing. Positions are in pixels from the upper left corner."""

    width: int
    height: int
    title: str
    told: str
    """What is seen, in words, for those who do not see it."""
    _marks: list[str] = field(default_factory=list)

    def box(self, x: int, y: int, width: int, height: int, title: str, *lines: str, tone: Tone = "plain") -> None:
        """A box with a title and lines below it, in the middle."""
        self._marks.append(f'<rect class="box {tone}" x="{x}" y="{y}" width="{width}" height="{height}" rx="8"/>')
        middle, top = x + width // 2, y + (height - 18 * (1 + len(lines))) // 2 + 14
        self.words(middle, top, title, strong=True)
        for number, line in enumerate(lines, 1):
            self.words(middle, top + 18 * number, line, quiet=True)

    def frame(self, x: int, y: int, width: int, height: int, title: str) -> None:
        """What belongs together."""
        self._marks.append(f'<rect class="box quiet" x="{x}" y="{y}" width="{width}" height="{height}" rx="10"/>')
        self.words(x + 12, y + 20, title, quiet=True, place="start")

    def words(
        self, x: int, y: int, said: str, *, strong: bool = False, quiet: bool = False, place: Place = "middle"
    ) -> None:
        kind = ' class="b"' if strong else ' class="m"' if quiet else ""
        self._marks.append(f'<text{kind} x="{x}" y="{y}" text-anchor="{place}">{escape(said)}</text>')

    def way(self, *points: tuple[int, int]) -> None:
        """An arrow along these points."""
        drawn = " ".join(f"{x},{y}" for x, y in points)
        self._marks.append(f'<polyline class="way" points="{drawn}" marker-end="url(#tip)"/>')

    def svg(self) -> str:
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterable[str]:
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" width="{self.width}"'
            f' height="{self.height}" role="img" aria-labelledby="title told">'
        )
        yield f'<title id="title">{escape(self.title)}</title>'
        yield f'<desc id="told">{escape(self.told)}</desc>'
        yield f"<style>{STYLE}</style>"
        yield (
            '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7"'
            ' orient="auto-start-reverse"><path class="tip" d="M0 0L10 5L0 10z"/></marker></defs>'
        )
        yield f'<rect class="ground" width="{self.width}" height="{self.height}" rx="12"/>'
        yield from self._marks
        yield "</svg>"
