"""A service partner who is silent is reminded twice, then loses the follow-up; working days count (T3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from app.core.clock import now
from app.core.db import db
from app.core.schedule import run_due
from app.followups.models import FollowUp, FollowUpState, ServicePartner
from app.followups.queries.partners import active_assignment
from app.followups.service import followups as service
from app.followups.service.silence import look
from app.leads.models import Lead
from app.leads.service import editing
from app.settings import service as settings
from app.settings.processes import Process
from tests.followups.asking import an_assigned_followup, fresh, mails
from tests.followups.partners import a_service_partner
from tests.followups.test_followups import partner_member
from tests.sentences import a_staff_member

pytestmark = pytest.mark.usefixtures("context")

MONDAY = datetime(2026, 11, 16, 10, 0, tzinfo=UTC)


def told() -> list[str]:
    return [mail.template for name in ("followup_reminder", "followup_taken_back") for mail in mails(name)]


def talked(found: FollowUp, partner: ServicePartner) -> None:
    by = partner_member(partner.organisation_id)
    service.answer(found.id, found.version, partner.id, FollowUpState.CONTACTED, "Spoke", by)


def test_two_reminders_and_then_it_is_taken_back() -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        partner = a_service_partner(owner="Aino Lehto")
        found = an_assigned_followup(partner, by=a_staff_member("sales"))
        expected = {1: 0, 2: 1, 3: 1, 4: 2, 5: 2, 6: 2, 7: 2, 8: 3}
        for days, mails_then in expected.items():  # Saturday and Sunday are the days 5 and 6
            clock.move_to(MONDAY + timedelta(days=days))
            look(now())
            look(now())
            assert len(told()) == mails_then, f"{days} days later"
    found = fresh(found)
    assert found.state == "handed_back"
    assert active_assignment(found.lead_id) is None
    assert mails("followup_taken_back")[0].args["silent"] is True
    assert mails("followup_reminder")[0].args["until"] == "2026-11-24"
    assert [mail.args["outcome"] for mail in mails("followup_answered")] == ["handed_back"]


def test_holidays_of_the_partners_country_do_not_count() -> None:
    eve = datetime(2026, 11, 10, 10, 0, tzinfo=UTC)  # 11 November is a holiday in Poland
    with time_machine.travel(eve, tick=False) as clock:
        an_assigned_followup(a_service_partner(country="PL", owner="Aino Lehto"))
        an_assigned_followup(a_service_partner(country="NL", postcode="3511 AB", owner="Jan Bos"))
        clock.move_to(eve + timedelta(days=2))
        look(now())
    assert len(mails("followup_reminder")) == 1


def test_who_has_answered_is_left_alone() -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        partner = a_service_partner(owner="Aino Lehto")
        found = an_assigned_followup(partner)
        talked(found, partner)
        clock.move_to(MONDAY + timedelta(days=30))
        look(now())
    assert told() == []
    assert fresh(found).state == "contacted"


def test_days_are_set_by_the_vendor() -> None:
    admin = a_staff_member("administrator")
    days = {"followup_remind_workdays": 1, "followup_remind_again_workdays": 2, "followup_hand_back_workdays": 3}
    settings.change(days, settings.version(), admin)
    with time_machine.travel(MONDAY, tick=False) as clock:
        an_assigned_followup(a_service_partner(owner="Aino Lehto"))
        clock.move_to(MONDAY + timedelta(days=3))
        look(now())
    assert told() == ["followup_taken_back"]


def test_an_answer_between_the_look_and_the_taking_back_counts() -> None:
    partner = a_service_partner(owner="Aino Lehto")
    found = an_assigned_followup(partner)
    since = found.moved_at
    talked(found, partner)
    assert not service.take_back_silent(found.id, since)


def test_followups_of_withdrawn_leads_are_closed() -> None:
    found = an_assigned_followup(a_service_partner(owner="Aino Lehto"))
    lead = db.session.get_one(Lead, found.lead_id, populate_existing=True)
    editing.withdraw(lead.id, "No longer", a_staff_member("sales"))
    look(now())
    assert fresh(found).state == "closed"


def test_the_job_rests_while_the_process_is_off() -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        an_assigned_followup(a_service_partner(owner="Aino Lehto"))
        settings.switch(Process.TOTAL_SERVICE, False, settings.version(), a_staff_member("administrator"))
        db.session.rollback()
        clock.move_to(MONDAY + timedelta(days=30))
        assert "followups.silence" not in run_due(now())
    assert db.session.scalars(db.select(FollowUp.state)).all() == ["assigned"]
