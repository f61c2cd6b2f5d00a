"""Notes on a lead, and the moments promised beside them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from app.core.db import db
from app.leads.models import LeadNote
from app.leads.service import notes
from app.leads.service.details import promise
from app.people.queries import by_id
from tests import sentences as s
from tests.leads.sentences import a_lead

START = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)


def test_a_button_pressed_twice_is_one_note(context: None) -> None:
    reseller = s.a_reseller()
    lead, author = a_lead(of=reseller), by_id(s.owner_of(reseller).id)
    with time_machine.travel(START, tick=False) as clock:
        first = notes.add(lead.id, "Please call.", author)
        assert notes.add(lead.id, "Please call.", author).id == first.id
        notes.add(lead.id, "Please call today.", author)
        clock.shift(timedelta(minutes=1))
        notes.add(lead.id, "Please call today.", author)
    assert len(db.session.scalars(db.select(LeadNote)).all()) == 3


@pytest.mark.parametrize(
    ("given", "due"),
    [
        (datetime(2026, 3, 27, 15, 0, tzinfo=UTC), datetime(2026, 3, 31, 15, 0, tzinfo=UTC)),
        (datetime(2026, 10, 23, 15, 0, tzinfo=UTC), datetime(2026, 10, 27, 16, 0, tzinfo=UTC)),
        (datetime(2026, 3, 28, 23, 30, tzinfo=UTC), datetime(2026, 3, 31, 15, 0, tzinfo=UTC)),
    ],
)
def test_a_promise_over_a_change_of_the_clocks_still_ends_at_five(
    context: None, given: datetime, due: datetime
) -> None:
    with time_machine.travel(given, tick=False):
        assert promise(2).astimezone(UTC) == due
        assert promise(2).hour == 17
