"""The trend as small bar charts: plain numbers that the template draws as SVG; the table beside them says the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.cooperation.models import Measure
from app.cooperation.queries.goals import Month

WIDTH, GAP, HEIGHT = 20, 4, 60


@dataclass(frozen=True)
class Bar:
    """One month, in the units of the drawing."""

    x: int
    y: float
    height: float
    count: int


@dataclass(frozen=True)
class Chart:
    """What one measure came to, month by month."""

    measure: Measure
    bars: Sequence[Bar]
    first: date
    last: date
    total: int
    most: int
    most_in: date
    """The month of the highest bar, the latest one of equals."""

    @property
    def width(self) -> int:
        return len(self.bars) * (WIDTH + GAP) - GAP


def charts(months: Sequence[Month]) -> list[Chart]:
    """One for each measure."""
    return [_chart(measure, months) for measure in Measure]


def _chart(measure: Measure, months: Sequence[Month]) -> Chart:
    counts = [month.counts[measure] for month in months]
    most = max(counts)
    bars = []
    for place, count in enumerate(counts):
        height = round(HEIGHT * count / most, 2) if most else 0.0
        bars.append(Bar(place * (WIDTH + GAP), round(HEIGHT - height, 2), height, count))
    highest = max(range(len(counts)), key=lambda place: (counts[place], place))
    return Chart(measure, bars, months[0].first, months[-1].first, sum(counts), most, months[highest].first)
