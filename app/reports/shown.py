"""What a report is made of: figures, and parts with a chart and the table that says the same; a table is a file too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from app.access.permissions import P
from app.core.charts import Chart, Series, month_labels, months_between
from app.core.i18n import _, format_date, format_month, format_number, format_short
from app.reports.queries import Narrowed

MOST_MONTHS = 24
"""A longer period is drawn by year."""


@dataclass(frozen=True)
class Column:
    label: str
    is_number: bool = True
    is_percent: bool = False
    """Said so behind each figure on the page; files have the figure alone."""


@dataclass(frozen=True)
class Row:
    cells: Sequence[Any]
    url: str = ""
    """Where the first cell leads."""


@dataclass(frozen=True)
class Table:
    name: str
    """Of the file."""
    label: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    everything: Callable[[], Iterable[Sequence[Any]]] | None = None
    """For the file, where the page shows the first rows only."""
    more: str = ""
    """Says so."""
    file_header: Sequence[str] = ()
    """Of a file with other columns than the page."""

    @property
    def header(self) -> Sequence[str]:
        return self.file_header or [column.label for column in self.columns]

    def file_rows(self) -> Iterable[Sequence[Any]]:
        return self.everything() if self.everything else (row.cells for row in self.rows)


@dataclass(frozen=True)
class Part:
    code: str
    title: str
    text: str = ""
    chart: Chart | None = None
    table: Table | None = None
    empty: str = ""
    """Said in place of both when there is nothing."""
    folded: bool = False
    """The chart has the figures already: its long table opens on demand."""


@dataclass(frozen=True)
class Figure:
    """A number to be seen at once."""

    label: str
    said: str
    detail: str = ""
    act: bool = False
    """Somebody should look."""


@dataclass(frozen=True)
class Shown:
    figures: Sequence[Figure] = ()
    parts: Sequence[Part] = field(default_factory=tuple)
    empty: tuple[str, str] | None = None
    """Title and text in place of the figures when there is nothing at all."""


@dataclass(frozen=True)
class Report:
    code: str
    """In the address."""
    title: Any
    short: Any
    """In the row of reports."""
    lede: Any
    permission: P
    module: str
    """Whose process must be switched on."""
    build: Callable[[Narrowed], Shown]
    period: bool = True
    reseller: bool = True
    colleague: Any = ""
    """What the filter by one of the staff is called here; none without."""
    counted: bool = False
    """Read from sums, so the page says up to when they are counted."""


def cell(value: Any, column: Column) -> str:
    """As the page shows it."""
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return format_short(value)
    if isinstance(value, date):
        return format_date(value)
    if isinstance(value, int | float):
        said = format_number(round(value, 1))
        return _("%(percent)s%%", percent=said) if column.is_percent else said
    return str(value)


def percent(part: int, whole: int) -> int | None:
    return round(100 * part / whole) if whole else None


def shown_percent(part: int, whole: int) -> str:
    found = percent(part, whole)
    return _("%(percent)s%%", percent=format_number(found)) if found is not None else ""


@dataclass(frozen=True)
class Spans:
    """The months of a period, or its years when they are many: labels of columns, and which month falls where."""

    firsts: Sequence[date]
    by_year: bool

    @classmethod
    def of(cls, by: Narrowed) -> Spans:
        months = months_between(by.start, by.end)
        if len(months) <= MOST_MONTHS:
            return cls(months, False)
        return cls([date(year, 1, 1) for year in range(by.start.year, by.end.year + 1)], True)

    def place(self, month: date) -> date:
        return date(month.year, 1, 1) if self.by_year else month

    @property
    def labels(self) -> list[str]:
        """Short, for under columns."""
        if self.by_year:
            return [str(first.year) for first in self.firsts]
        return month_labels(self.firsts)

    def name(self, first: date) -> str:
        """In full, for tables."""
        return str(first.year) if self.by_year else format_month(first)

    @property
    def column(self) -> Column:
        return Column(_("Year") if self.by_year else _("Month"), is_number=False)

    @property
    def title(self) -> str:
        return _("By year") if self.by_year else _("By month")


def columns(id: str, title: str, about: str, spans: Spans, series: Sequence[Series]) -> Chart:
    """Columns over time."""
    return Chart(id, title, about, spans.labels, series, standing=True)
