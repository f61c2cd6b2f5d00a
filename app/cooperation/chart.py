"""The trend as small charts, one for each measure; the table beside them says the same."""

from __future__ import annotations

from collections.abc import Sequence

from app.cooperation import words
from app.cooperation.models import Measure
from app.cooperation.queries.goals import Month
from app.core.charts import Chart, Series, month_labels
from app.core.i18n import _, format_month, format_number


def charts(months: Sequence[Month]) -> list[Chart]:
    """One for each measure."""
    return [_chart(measure, months) for measure in Measure]


def _chart(measure: Measure, months: Sequence[Month]) -> Chart:
    counts, what = [month.counts[measure] for month in months], str(words.MEASURES[measure])
    highest = max(range(len(counts)), key=lambda place: (counts[place], place))
    about = (
        _(
            "%(what)s by month. The most, %(count)s, in %(month)s. The table below has all months.",
            what=what,
            count=format_number(counts[highest]),
            month=format_month(months[highest].first),
        )
        if counts[highest]
        else _("%(what)s by month: none yet.", what=what)
    )
    labels = month_labels([month.first for month in months])
    return Chart(f"trend-{measure}", what, about, labels, [Series(what, counts)], standing=True)
