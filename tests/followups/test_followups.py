"""Sales ask, a coordinator assigns, the service partner answers: every move, its mails, its races (T3)."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from flask import Flask

from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict, FieldError, NotFound
from app.followups.models import AssignmentState, FollowUp, FollowUpState, FollowUpStep, Occasion
from app.followups.queries.partners import active_assignment
from app.followups.service import assigning
from app.followups.service import followups as service
from app.followups.service.assigning import Choice, assign
from app.followups.service.followups import FollowUpMovedOn, FollowUpUnderWay, ForCoordinators, NotToBeAsked, Phoned
from app.history.service import entries_of
from app.leads.models import Lead
from app.leads.service import decision
from app.people.models import Membership, Organisation, Person
from tests.followups.asking import a_followup, an_assigned_followup, asked, fresh, give, mails
from tests.followups.partners import a_service_partner, a_wanting_lead
from tests.leads.test_races_desk import at_once, person
from tests.sentences import a_member_of, a_staff_member

pytestmark = pytest.mark.usefixtures("context")

S = FollowUpState


@pytest.fixture
def sales() -> Person:
    return a_staff_member("sales", name="Marit Vos")


@pytest.fixture
def coordinator() -> Person:
    return a_staff_member("coordinator", name="Elina Rautio", locale="fi")


def verbs_of(found: FollowUp) -> list[str]:
    lead = db.session.get_one(Lead, found.lead_id)
    return [entry.verb for entry in reversed(entries_of(lead)) if entry.verb.startswith("lead.followup")]


# --- asking -----------------------------------------------------------------------------------------------------------


def test_sales_ask_and_a_coordinator_is_waited_for(sales: Person) -> None:
    partner = a_service_partner()
    found = a_followup(by=sales, wanted=partner.ref, occasion=Occasion.NOT_STANDARD, reason="Two currencies")
    assert (found.state, found.reason, found.wanted_id, found.asked_by_id) == (
        "asked",
        "Two currencies",
        partner.id,
        sales.id,
    )
    assert verbs_of(found) == ["lead.followup_asked"]
    assert mails("followup_urgent") == []


def test_books_that_are_not_standard_need_a_reason() -> None:
    with pytest.raises(FieldError) as refused:
        a_followup(occasion=Occasion.NOT_STANDARD)
    assert refused.value.field == "reason"


@pytest.mark.parametrize(("level", "answer"), [("transaction", "yes"), ("total", "no")])
def test_only_for_companies_that_want_it(level: str, answer: str) -> None:
    with pytest.raises(NotToBeAsked):
        a_followup(a_wanting_lead(level, answer))


def test_not_for_a_closed_lead() -> None:
    with pytest.raises(NotToBeAsked):
        a_followup(a_wanting_lead(state="declined"))


def test_one_at_a_time_and_the_same_form_once(sales: Person) -> None:
    lead, form = a_wanting_lead(), asked()
    first = service.ask(lead.id, form, sales)
    assert service.ask(lead.id, form, sales).id == first.id
    with pytest.raises(FollowUpUnderWay):
        service.ask(lead.id, asked(), sales)


def test_a_made_up_partner_cannot_be_wished() -> None:
    with pytest.raises(FieldError) as refused:
        a_followup(wanted="SP-00000000")
    assert refused.value.field == "wanted"


def test_an_urgent_one_is_mailed_to_coordinators(coordinator: Person) -> None:
    a_followup(urgent=True)
    assert [(mail.to_email, mail.locale) for mail in mails("followup_urgent")] == [(coordinator.email, "fi")]


# --- assigning --------------------------------------------------------------------------------------------------------


def test_the_chosen_partner_gets_it_and_its_people_a_mail_in_their_language(coordinator: Person) -> None:
    partner = a_service_partner("Tilitoimisto Aava", owner="Aino Lehto")
    a_member_of(db.session.get_one(Organisation, partner.organisation_id), "Ville Salo", role="member", locale="fi")
    found = a_followup()
    made = give(found, partner, coordinator)
    found = fresh(found)
    assert (found.state, found.assignment_id) == ("assigned", made.id)
    assert sorted(mail.locale for mail in mails("followup_assigned")) == ["en", "fi"]
    steps = db.session.scalars(db.select(FollowUpStep).order_by(FollowUpStep.id)).all()
    assert [(step.state, step.partner_id, step.until_at is None) for step in steps] == [
        ("asked", None, False),
        ("assigned", partner.id, True),
    ]


def test_only_a_coordinator_assigns_what_is_asked(sales: Person) -> None:
    found, partner = a_followup(), a_service_partner()
    with pytest.raises(ForCoordinators):
        assign(found.lead_id, Choice(partner_id=partner.id), person(sales.id))
    assert fresh(found).state == "asked"
    assert db.session.get_one(Lead, found.lead_id, populate_existing=True).assigned_organisation_id is None


def test_another_partner_takes_it_from_the_first(coordinator: Person) -> None:
    first, second = a_service_partner("First", owner="Aino Lehto"), a_service_partner("Second", owner="Jan Bos")
    found = an_assigned_followup(first)
    give(found, second, coordinator)
    found = fresh(found)
    assert found.state == "assigned"
    assert len(mails("followup_taken_back")) == 1
    assert verbs_of(found)[-2:] == ["lead.followup_handed_back", "lead.followup_assigned"]


def test_a_company_that_is_assigned_already_gets_it_by_one_press(coordinator: Person) -> None:
    partner, lead = a_service_partner(), a_wanting_lead()
    made = assign(lead.id, Choice(partner_id=partner.id), coordinator)
    found = a_followup(lead)
    service.give_to_current(found.id, found.version, coordinator)
    assert (fresh(found).state, fresh(found).assignment_id) == ("assigned", made.id)
    with pytest.raises(FollowUpMovedOn):
        service.give_to_current(found.id, 1, coordinator)


def test_two_coordinators_assign_and_one_partner_has_it(app: Flask, coordinator: Person) -> None:
    for _round in range(10):
        partners = [a_service_partner(), a_service_partner()]
        found = a_followup()
        lead_id, by = found.lead_id, coordinator.id
        choices = [Choice(partner_id=each.id, override="I know them", replaces="") for each in partners]
        acts = [partial(_assign, lead_id, choice, by) for choice in choices]
        results = at_once(app, *acts)
        db.session.rollback()
        assert sorted(type(result).__name__ for result in results) == ["AssignedMeanwhile", "int"], results
        assert fresh(found).state == "assigned"


# --- the partner's answer ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [S.CONTACTED, S.INTERESTED])
def test_an_answer_reaches_whoever_asked(sales: Person, state: FollowUpState) -> None:
    partner = a_service_partner("Bilans", owner="Aino Lehto")
    found = an_assigned_followup(partner, by=sales)
    member = partner_member(partner.organisation_id)
    service.answer(found.id, found.version, partner.id, state, "A good talk.", member)
    found = fresh(found)
    assert (found.state, found.answer) == (state, "A good talk.")
    (mail,) = mails("followup_answered")
    assert (mail.to_email, mail.args["outcome"], mail.args["partner"]) == (sales.email, state.value, "Bilans")


def test_not_possible_goes_back_and_the_partner_is_not_proposed_again(sales: Person) -> None:
    partner = a_service_partner(owner="Aino Lehto")
    found = an_assigned_followup(partner, by=sales)
    member = partner_member(partner.organisation_id)
    with pytest.raises(FieldError):
        service.answer(found.id, found.version, partner.id, S.NOT_POSSIBLE, "", member)
    service.answer(found.id, found.version, partner.id, S.NOT_POSSIBLE, "No time this year", member)
    found = fresh(found)
    assert found.state == "not_possible"
    lead = db.session.get_one(Lead, found.lead_id, populate_existing=True)
    assert lead.assigned_organisation_id is None
    (line,) = assigning.ranking(lead, None)
    assert (line.is_proposable, line.code) == (False, "declined")


def test_a_colleagues_answer_is_not_overwritten() -> None:
    partner = a_service_partner(owner="Aino Lehto")
    found = an_assigned_followup(partner)
    member = partner_member(partner.organisation_id)
    seen = found.version
    service.answer(found.id, seen, partner.id, S.CONTACTED, "Spoke on Monday", member)
    with pytest.raises(FollowUpMovedOn):
        service.answer(found.id, seen, partner.id, S.NOT_POSSIBLE, "No", member)


def test_another_partner_cannot_answer() -> None:
    partner, other = a_service_partner(), a_service_partner(owner="Jan Bos")
    found = an_assigned_followup(partner)
    with pytest.raises(NotFound):
        service.answer(found.id, found.version, other.id, S.INTERESTED, "", partner_member(other.organisation_id))


def test_an_answer_while_it_is_taken_back_is_one_or_the_other(app: Flask, coordinator: Person) -> None:
    for _round in range(10):
        partner = a_service_partner(owner="Aino Lehto")
        found = an_assigned_followup(partner)
        id, seen, by = found.id, found.version, coordinator.id
        partner_id, member = partner.id, partner_member(partner.organisation_id).id
        results = at_once(
            app,
            lambda: service.answer(id, seen, partner_id, S.INTERESTED, "", person(member)).state,  # noqa: B023 - run at once
            lambda: service.take_back(id, seen, "Another one knows them", person(by)).state,  # noqa: B023 - run at once
        )
        db.session.rollback()
        refused = [type(result).__name__ for result in results if isinstance(result, Exception)]
        assert refused in (["FollowUpMovedOn"], ["NotFound"]), results
        found = fresh(found)
        active = active_assignment(found.lead_id)
        assert (found.state == "interested") == (active is not None)


# --- back, and closed -------------------------------------------------------------------------------------------------


def test_taking_back_ends_the_access_and_tells_the_partner(coordinator: Person) -> None:
    partner = a_service_partner(owner="Aino Lehto")
    found = an_assigned_followup(partner)
    with pytest.raises(FieldError):
        service.take_back(found.id, found.version, "", coordinator)
    service.take_back(found.id, found.version, "They moved", coordinator)
    assert fresh(found).state == "handed_back"
    assert db.session.get_one(Lead, found.lead_id, populate_existing=True).assigned_organisation_id is None
    assert mails("followup_taken_back")[0].args["silent"] is False
    with pytest.raises(Conflict):
        service.take_back(found.id, fresh(found).version, "Again", coordinator)


def test_closing_ends_what_was_assigned_for_it(sales: Person) -> None:
    partner = a_service_partner(owner="Aino Lehto")
    found = an_assigned_followup(partner)
    service.close(found.id, found.version, "They chose somebody else", sales)
    found = fresh(found)
    assert (found.state, found.closed_why) == ("closed", "They chose somebody else")
    assert active_assignment(found.lead_id) is None
    assert service.ask(found.lead_id, asked(), sales).id != found.id


def test_closing_leaves_a_company_that_was_assigned_before(sales: Person, coordinator: Person) -> None:
    partner, lead = a_service_partner(owner="Aino Lehto"), a_wanting_lead()
    made = assign(lead.id, Choice(partner_id=partner.id), coordinator)
    found = a_followup(lead)
    found = service.give_to_current(found.id, found.version, coordinator)
    service.close(found.id, found.version, "All is clear", sales)
    held = active_assignment(lead.id)
    assert held is not None
    assert (held.id, held.state) == (made.id, AssignmentState.ACTIVE)
    assert mails("followup_taken_back") == []


def test_a_closed_one_moves_no_more(sales: Person) -> None:
    found = a_followup()
    service.close(found.id, found.version, "Over", sales)
    for state in FollowUpState:
        assert not fresh(found).may_become(state)
    with pytest.raises(FollowUpMovedOn):
        service.close(found.id, fresh(found).version, "Over again", sales)


# --- the phone --------------------------------------------------------------------------------------------------------


def test_a_call_is_noted_with_who_phoned_and_what_was_said(coordinator: Person) -> None:
    found = an_assigned_followup(a_service_partner(), urgent=True)
    with pytest.raises(FieldError):
        service.note_call(
            found.id, found.version, Phoned(now() + timedelta(hours=1), coordinator.ref, "Hi"), coordinator
        )
    with pytest.raises(FieldError):
        service.note_call(found.id, found.version, Phoned(now(), "U-00000000", "Hi"), coordinator)
    service.note_call(found.id, found.version, Phoned(now(), coordinator.ref, "She calls at three"), coordinator)
    found = fresh(found)
    assert (found.phoned_by_id, found.phoned_note) == (coordinator.id, "She calls at three")
    assert verbs_of(found)[-1] == "lead.followup_phoned"


def test_a_lead_with_a_followup_can_still_be_declined(sales: Person) -> None:
    found = an_assigned_followup(a_service_partner(owner="Aino Lehto"))
    lead = db.session.get_one(Lead, found.lead_id, populate_existing=True)
    decision.decline(lead.id, lead.version, "Not any more", sales)
    assert service.close_of_dead_lead(found.id)
    assert fresh(found).state == "closed"
    assert active_assignment(lead.id) is None


def partner_member(organisation_id: int) -> Person:
    members = db.select(Membership.person_id).where(Membership.organisation_id == organisation_id)
    return person(db.session.scalars(members).all()[0])


def _assign(lead_id: int, choice: Choice, by: int) -> int:
    return assign(lead_id, choice, person(by)).partner_id
