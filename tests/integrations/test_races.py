"""Several at once: one time is one partner's, one link makes one company, one form is one registration (S1)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from app.access.links import AccessLink, LinkClosed, Purpose
from app.core.db import db
from app.integrations.models import IntroductionSlot, PartnerRegistration, SlotState, SoftwarePartner
from app.integrations.service import introducing, registering
from app.integrations.service.registering import Registration
from app.people.models import Person
from app.plans.models import PlanContact
from app.trainings.models import SessionState, TrainingSession
from tests.integrations.sentences import a_partner_with_steps, offered_times, the_steps_are_published, tomorrow_at
from tests.leads.test_races_desk import at_once, person
from tests.sentences import a_staff_member
from tests.software import owner_of

pytestmark = pytest.mark.usefixtures("context")

ROUNDS = 8


@pytest.fixture
def staff() -> Person:
    the_steps_are_published()
    return a_staff_member("coordinator")


def test_five_partners_and_one_time(app: Flask, staff: Person) -> None:
    partners = [a_partner_with_steps(f"House {number}") for number in range(5)]
    pairs = [(partner.id, owner_of(partner).id) for partner in partners]
    for number in range(ROUNDS):
        (slot,) = offered_times(staff, tomorrow_at(10, days=number + 1))
        ref = slot.ref

        def take(partner_id: int, owner_id: int, ref: str = ref) -> int | None:
            return introducing.take(partner_id, ref, person(owner_id)).partner_id

        results = at_once(app, *[lambda pair=pair: take(*pair) for pair in pairs])  # type: ignore[misc]  # run at once
        db.session.rollback()
        db.session.expire_all()
        assert sorted(type(result).__name__ for result in results) == ["SlotTaken"] * 4 + ["int"], results
        winner = next(result for result in results if isinstance(result, int))
        assert db.session.get_one(IntroductionSlot, slot.id).partner_id == winner
    live = sa.select(sa.func.count()).select_from(TrainingSession).where(TrainingSession.state == SessionState.PLANNED)
    taken = sa.select(sa.func.count()).select_from(IntroductionSlot).where(IntroductionSlot.state == SlotState.TAKEN)
    assert db.session.scalar(live) == db.session.scalar(taken) == len({*_holders()})


def _holders() -> list[int | None]:
    return list(
        db.session.scalars(sa.select(IntroductionSlot.partner_id).where(IntroductionSlot.state == SlotState.TAKEN))
    )


def test_one_partner_that_takes_two_times_at_once_has_one(app: Flask, staff: Person) -> None:
    partner = a_partner_with_steps()
    partner_id, owner_id = partner.id, owner_of(partner).id
    for number in range(ROUNDS):
        slots = offered_times(staff, tomorrow_at(8, days=number + 1), tomorrow_at(9, days=number + 1))
        refs = [slot.ref for slot in slots]
        results = at_once(
            app,
            *[lambda ref=ref: introducing.take(partner_id, ref, person(owner_id)).ref for ref in refs],  # type: ignore[misc]  # run at once
        )
        db.session.rollback()
        db.session.expire_all()
        assert sorted(results) == sorted(refs), results
        assert _holders() == [partner_id]


def test_taken_while_it_is_withdrawn_is_one_or_the_other(app: Flask, staff: Person) -> None:
    partner = a_partner_with_steps()
    partner_id, owner_id, staff_id = partner.id, owner_of(partner).id, staff.id
    for number in range(ROUNDS):
        (slot,) = offered_times(staff, tomorrow_at(10, days=number + 1))
        ref, slot_id = slot.ref, slot.id
        at_once(
            app,
            lambda: introducing.take(partner_id, ref, person(owner_id)).id,  # noqa: B023 - run at once
            lambda: introducing.withdraw(slot_id, "No longer possible.", person(staff_id)),  # noqa: B023 - run at once
        )
        db.session.rollback()
        db.session.expire_all()
        kept = db.session.get_one(IntroductionSlot, slot_id)
        assert (kept.state, kept.partner_id) in ((SlotState.TAKEN, partner_id), (SlotState.WITHDRAWN, None))
        session = db.session.get(TrainingSession, kept.session_id) if kept.session_id else None
        assert (session is not None) == (kept.state == SlotState.TAKEN)


def test_one_form_sent_five_times_at_once_is_one_registration(app: Flask) -> None:
    details = Registration("House", "NL", "", "Till", ("webshop",), "Ann", "ann@house.example")

    def send() -> str:
        return registering.register(details, submission_key="k", locale="en", suspicious=False).ref

    results = at_once(app, *[send] * 5)
    assert len(set(results)) == 1, results
    db.session.rollback()
    db.session.expire_all()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(PartnerRegistration)) == 1


def test_one_link_followed_five_times_at_once_makes_one_company(app: Flask, staff: Person) -> None:
    details = Registration("House", "NL", "", "Till", ("webshop",), "Ann", "ann@house.example")
    registering.register(details, submission_key="k", locale="en", suspicious=False)
    link_id = db.session.scalars(
        sa.select(AccessLink.id).where(AccessLink.purpose == Purpose.PARTNER_REGISTRATION)
    ).one()
    db.session.rollback()
    db.session.expire_all()
    results = at_once(
        app, *[lambda: registering.confirm(db.session.get_one(AccessLink, link_id)).partner.ref for _each in range(5)]
    )
    db.session.rollback()
    db.session.expire_all()
    assert sum(isinstance(result, LinkClosed) for result in results) == 4, results
    assert db.session.scalar(sa.select(sa.func.count()).select_from(SoftwarePartner)) == 1
    assert db.session.scalar(sa.select(sa.func.count()).select_from(PlanContact)) == 1
