"""The demo is loaded at whatever hour somebody first starts the program."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask

from app.core.clock import now
from app.demo.loader import _Stage, load
from app.people import queries

pytestmark = [pytest.mark.usefixtures("context"), pytest.mark.on("sqlite")]

HOURS = [datetime(2026, 11, 22, tzinfo=UTC) + timedelta(minutes=minutes) for minutes in range(10, 48 * 60, 97)]
TOLD = (300, 135, 134.1, 7, 6.1, 2.2, 1.9, 1.5, 1.1, 1, 0.9, 0.4, 0.2, 0.15)
TURNS = ("2026-11-22T22:10", "2026-11-23T00:30", "2026-03-29T00:30", "2028-02-29T23:15", "2026-12-25T22:30")


@pytest.mark.parametrize("moment", HOURS, ids=str)
def test_what_came_before_happens_before_and_nothing_is_still_to_come(moment: datetime) -> None:
    happened: list[tuple[float, datetime]] = []
    stage = _Stage("")
    for days in sorted(TOLD, key=str):
        stage.at(days, lambda days=days: happened.append((days, now())))
    with time_machine.travel(moment, tick=False):
        stage.play()
    assert [days for days, _at in happened] == list(TOLD)
    moments = [at for _days, at in happened]
    assert moments == sorted(moments)
    assert moments[-1] <= moment


@pytest.mark.sweep
@pytest.mark.on("postgres")
@pytest.mark.parametrize("moment", TURNS)
def test_it_is_loaded_when_a_day_turns(app: Flask, moment: str) -> None:
    with time_machine.travel(datetime.fromisoformat(moment).replace(tzinfo=UTC)):
        load()
        assert queries.by_email("dana.kellerman@brimora.example") is not None
