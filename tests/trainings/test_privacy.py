"""A participant is erased: from sessions, invitations, calendars and feeds (X4)."""

from __future__ import annotations

import pytest

from app.privacy import service
from app.privacy.models import ErasureState
from app.trainings.service import feeds, series, sessions
from tests.privacy import marker
from tests.sentences import a_staff_member
from tests.trainings.sentences import a_session, details, somebody
from tests.trainings.test_series import of_series

pytestmark = pytest.mark.usefixtures("context")


def test_nothing_is_left_of_somebody_who_took_part() -> None:
    staff = a_staff_member("account_manager")
    session = a_session(staff, about=f"With {marker.NAME}", place=f"At the office of {marker.NAME}")
    sessions.add(session.id, somebody(marker.NAME, email=marker.EMAIL), staff)
    series.plan(of_series(about=f"Ask {marker.NAME}", place=f"At {marker.NAME}"), staff)
    sessions.change(session.id, details(trainer_id=staff.id, about=f"Ask {marker.NAME}"), marker.NAME, staff)
    feeds.make_for_customer(marker.EMAIL, marker.NAME, "en", account_id=None, organisation_id=None)
    marker.render_all()
    before = set(marker.traces())
    for place in (
        "participant.email",
        "participant.name",
        "calendar_feed.email",
        "outbox_mail.calendar",
        "training_session.about",
        "training_series.about",
        "training_series.place",
    ):
        assert place in before, f"the story seeds nothing in {place}, so it proves nothing"
    assert service.erase(marker.EMAIL).state == ErasureState.DONE
    assert set(marker.traces()) == set()
