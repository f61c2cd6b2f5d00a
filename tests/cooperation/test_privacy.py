"""Somebody who is mentioned in agreements, marketing, goals and minutes is erased there too (X4)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.access.roles import MemberRole
from app.cooperation.models import Measure
from app.cooperation.service import agreements, goals, marketing, reviews
from app.cooperation.service.goals import GoalDetails
from app.core.db import db, write
from app.people.models import Organisation, Person
from app.people.service import joining
from app.privacy import service
from app.privacy.models import ErasureState
from tests.cooperation import sentences as c
from tests.cooperation.test_reviews import minutes
from tests.privacy import marker
from tests.sentences import a_person
from tests.software import a_software_partner

pytestmark = pytest.mark.usefixtures("context")


def test_nothing_is_left_of_somebody_who_was_mentioned() -> None:
    manager, partner = c.a_manager(), a_software_partner()
    joining_person = a_person(marker.NAME, email=marker.EMAIL)
    with write():
        organisation = db.session.get_one(Organisation, partner.organisation_id)
        joining.join(organisation, db.session.get_one(Person, joining_person.id), MemberRole.MEMBER)
    details = replace(
        c.DETAILS,
        customer_contact=marker.EMAIL,
        partner_contact=f"Ask {marker.NAME}",
        training=f"Given by {marker.NAME}",
        deviation=f"Agreed with {marker.NAME}",
        remarks=f"{marker.NAME} asked for it",
    )
    agreements.draft(partner.id, details, manager)
    action = c.an_action(partner, manager, f"Talk by {marker.NAME}", notes=f"With {marker.NAME}")
    marketing.finish(action.id, f"https://posts.example/?{marker.EMAIL}", manager)
    wanted = GoalDetails(Measure.LEADS, 1, c.day(0), c.day(9), f"Promised by {marker.NAME}")
    goals.set_goal(partner.id, wanted, manager)
    review = c.a_review(partner, manager, days=0)
    reviews.move(review.id, 1, c.day(1), f"{marker.NAME} is ill", manager)
    said = dict.fromkeys(("experience", "quality", "results"), f"{marker.NAME} said so")
    reviews.hold(review.id, 2, minutes(**said), manager)
    marker.render_all()
    before = set(marker.traces())
    for place in (
        *(f"support_agreement.{name}" for name in ("customer_contact", "partner_contact", "training", "deviation")),
        *(f"marketing_action.{name}" for name in ("title", "notes", "url")),
        *(f"review.{name}" for name in ("experience", "quality", "results", "reason")),
        "support_agreement.remarks",
        "goal.notes",
    ):
        assert place in before, f"the story seeds nothing in {place}, so it proves nothing"
    assert service.erase(marker.EMAIL).state == ErasureState.DONE
    assert set(marker.traces()) == set()
