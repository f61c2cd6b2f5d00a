"""How many trainings were held, and who came."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.core.charts import Series, Tone
from app.core.i18n import _, format_number
from app.people.queries import names_of
from app.reports.queries import Narrowed
from app.reports.shown import Column, Figure, Part, Row, Shown, Spans, Table, columns, percent, shown_percent
from app.trainings import reports as trainings
from app.trainings.reports import Held


@dataclass
class _Sum:
    sessions: int = 0
    invited: int = 0
    attended: int = 0
    missed: int = 0

    def add(self, held: Held) -> None:
        self.sessions += held.sessions
        self.invited += held.invited
        self.attended += held.attended
        self.missed += held.missed

    @property
    def cells(self) -> list[Any]:
        noted = self.attended + self.missed
        return [self.sessions, self.invited, self.attended, self.missed, percent(self.attended, noted)]


def _sums(held: Iterable[tuple[Any, Held]]) -> dict[Any, _Sum]:
    sums: dict[Any, _Sum] = defaultdict(_Sum)
    for key, one in held:
        sums[key].add(one)
    return sums


def build(by: Narrowed) -> Shown:
    held = trainings.held(by.start, by.end, by.colleague_id, by.reseller_id)
    if not held:
        empty = (_("No training was held in this period"), _("Choose an earlier day, or another filter."))
        return Shown(empty=empty)
    total = _sums((None, one) for one in held)[None]
    figures = [
        Figure(_("Sessions held"), format_number(total.sessions)),
        Figure(_("Participants who came"), format_number(total.attended)),
        Figure(_("Came, of those noted"), shown_percent(total.attended, total.attended + total.missed) or "–"),
    ]
    return Shown(figures, (_over_time(by, held, total), _trainers(held)))


def _heading(first: Column) -> list[Column]:
    return [
        first,
        Column(_("Sessions held")),
        Column(_("Participants")),
        Column(_("Came")),
        Column(_("Missed")),
        Column(_("Came, of those noted"), is_percent=True),
    ]


def _over_time(by: Narrowed, held: list[Held], total: _Sum) -> Part:
    spans = Spans.of(by)
    sums = _sums((spans.place(one.first), one) for one in held)
    each: list[tuple[date, _Sum]] = [(first, sums.get(first, _Sum())) for first in spans.firsts]
    chart = columns(
        "months",
        _("Participants of trainings"),
        _(
            "Participants by when the training was held. Came: %(came)s. Missed it: %(missed)s.",
            came=format_number(total.attended),
            missed=format_number(total.missed),
        ),
        spans,
        [
            Series(_("Came"), [one.attended for _first, one in each]),
            Series(_("Missed"), [one.missed for _first, one in each], Tone.WARN),
        ],
    )
    rows = [Row([spans.name(first), *one.cells]) for first, one in reversed(each)]
    title = _("Participants of trainings")
    table = Table(_("trainings"), title, _heading(spans.column), rows)
    return Part("months", title, chart=chart, table=table, folded=True)


def _trainers(held: list[Held]) -> Part:
    names = names_of(one.trainer_id for one in held)
    sums = _sums((one.trainer_id, one) for one in held)
    title = _("By trainer")
    rows = [
        Row([names.get(id or 0) or _("Nobody named"), *one.cells])
        for id, one in sorted(sums.items(), key=lambda pair: -pair[1].sessions)
    ]
    table = Table(_("trainers"), title, _heading(Column(_("Trainer"), is_number=False)), rows)
    return Part("trainers", title, table=table)
