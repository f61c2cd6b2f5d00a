"""Giving leads to service partners: fair under load, once only, kept with its reasons, and taken back (T2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from app.access.roles import OrganisationKind
from app.core.clock import now, today
from app.core.db import db, write
from app.core.errors import Conflict, FieldError
from app.customers.models import Account
from app.followups.choosing import Code, Ranked, suggestion
from app.followups.models import Assignment, AssignmentState, PartnerAbsence, ServicePartner
from app.followups.queries.partners import Load, loads
from app.followups.service import assigning
from app.followups.service.assigning import Choice, assign
from app.history.service import entries_of
from app.leads.models import Lead
from app.people.models import Organisation, Person
from app.settings.models import vendor
from tests import sentences as s
from tests.followups.partners import a_service_partner, a_wanting_lead
from tests.leads.test_races import all_at_once
from tests.queries import counting

pytestmark = pytest.mark.usefixtures("context")


def shown(lead: Lead, wish: ServicePartner | None = None) -> int | None:
    return suggestion(assigning.ranking(lead, wish.id if wish else None))


def verbs_of(record: Lead | ServicePartner) -> list[str]:
    return [entry.verb for entry in entries_of(record)]


def held(lead: Lead) -> Assignment:
    return db.session.scalars(
        db.select(Assignment).where(Assignment.lead_id == lead.id, Assignment.state == "active")
    ).one()


def test_the_suggestion_is_assigned_and_everything_is_kept(app: Flask) -> None:
    sales = s.a_staff_member()
    busy, free = a_service_partner(served=4), a_service_partner()
    lead = a_wanting_lead()

    made = assign(lead.id, Choice(partner_id=free.id, seen=True, suggested_id=free.id), sales)

    db.session.expire_all()
    assert (made.partner_id, made.suggested_id, made.override, made.by_id) == (free.id, free.id, "", sales.id)
    assert [(one["partner"], one["code"]) for one in made.ranking] == [(free.id, "fewest"), (busy.id, "more")]
    assert db.session.get_one(Lead, lead.id).assigned_organisation_id == free.organisation_id
    assert free.last_assigned_at == made.assigned_at
    assert "lead.partner_assigned" in verbs_of(lead)
    assert verbs_of(free) == ["service_partner.assigned"]
    assert loads()[free.id] == Load(0, 1)


def test_another_one_than_the_suggested_needs_a_reason_and_keeps_it(app: Flask) -> None:
    sales = s.a_staff_member()
    busy, free = a_service_partner(served=4), a_service_partner()
    lead = a_wanting_lead()

    with pytest.raises(FieldError) as refused:
        assign(lead.id, Choice(partner_id=busy.id, seen=True, suggested_id=free.id), sales)
    assert refused.value.field == "override"

    made = assign(
        lead.id, Choice(partner_id=busy.id, seen=True, suggested_id=free.id, override="Speaks Ukrainian"), sales
    )
    assert (made.partner_id, made.suggested_id, made.override) == (busy.id, free.id, "Speaks Ukrainian")
    told = next(entry for entry in entries_of(lead) if entry.verb == "lead.partner_assigned")
    assert {value.field for value in told.values} == {"partner", "partner_suggested", "partner_override"}


def test_a_suggestion_that_has_changed_since_is_refused(app: Flask) -> None:
    sales = s.a_staff_member()
    first, second = a_service_partner(), a_service_partner()
    lead = a_wanting_lead()
    seen = shown(lead)
    assert seen == first.id
    assign(a_wanting_lead().id, Choice(), sales)  # a colleague's, a moment ago

    with pytest.raises(assigning.SuggestionChanged):
        assign(lead.id, Choice(partner_id=seen, seen=True, suggested_id=seen), sales)

    assert db.session.get_one(Lead, lead.id).assigned_organisation_id is None
    assert shown(lead) == second.id


def test_a_form_sent_twice_is_one_assignment(app: Flask) -> None:
    sales, lead_id = s.a_staff_member().id, a_wanting_lead().id
    partner = a_service_partner()
    choice = Choice(partner_id=partner.id, seen=True, suggested_id=partner.id, replaces="", key="form-1")

    made = all_at_once([_in(app, lambda: assign(lead_id, choice, db.session.get_one(Person, sales)).id)] * 8)

    assert len(set(made)) == 1
    assert None not in made
    db.session.rollback()
    assert db.session.scalar(db.select(db.func.count()).select_from(Assignment)) == 1


def test_two_tabs_assign_once_and_the_second_is_told(app: Flask) -> None:
    sales, lead = s.a_staff_member(), a_wanting_lead()
    first, second = a_service_partner("Saldo"), a_service_partner()
    assign(lead.id, Choice(partner_id=first.id, seen=True, suggested_id=first.id, replaces=""), sales)

    with pytest.raises(assigning.AssignedMeanwhile) as told:
        assign(lead.id, Choice(partner_id=second.id, override="Nearer", replaces=""), sales)

    assert "Saldo" in str(told.value.message)
    assert held(lead).partner_id == first.id


def test_a_change_hands_back_and_assigns_anew(app: Flask) -> None:
    sales, lead = s.a_staff_member(), a_wanting_lead()
    first, second = a_service_partner(), a_service_partner()
    before = assign(lead.id, Choice(partner_id=first.id), sales)

    after = assign(lead.id, Choice(partner_id=second.id, replaces=before.ref), sales)

    db.session.expire_all()
    assert (before.state, after.state) == (AssignmentState.HANDED_BACK, AssignmentState.ACTIVE)
    assert before.ended_at is not None
    assert db.session.get_one(Lead, lead.id).assigned_organisation_id == second.organisation_id
    assert next(one for one in after.ranking if one["partner"] == first.id)["code"] == Code.CURRENT
    assert loads()[first.id].companies == 0
    assert verbs_of(first) == ["service_partner.handed_back", "service_partner.assigned"]


def test_who_has_it_can_keep_it_or_is_refused(app: Flask) -> None:
    sales, lead = s.a_staff_member(), a_wanting_lead()
    partner = a_service_partner()
    made = assign(lead.id, Choice(), sales)

    assert assign(lead.id, Choice(partner_id=partner.id, keep=True), sales).id == made.id
    with pytest.raises(FieldError):
        assign(lead.id, Choice(partner_id=partner.id), sales)


def test_who_declined_is_not_proposed_again_for_this_lead_alone(app: Flask) -> None:
    sales, lead = s.a_staff_member(), a_wanting_lead()
    partner = a_service_partner()
    made = assign(lead.id, Choice(), sales)
    with write():
        assigning.decline_within(made, "No capacity for retail", None)

    ranked = assigning.ranking(lead, partner.id)
    assert [(one.code, one.rank) for one in ranked] == [(Code.DECLINED, None)]
    assert db.session.get_one(Lead, lead.id).assigned_organisation_id is None
    assert suggestion(assigning.ranking(a_wanting_lead(), None)) == partner.id
    with pytest.raises(FieldError), write():
        assigning.assign_within(lead.id, Choice(), sales)
    assert "lead.partner_declined" in verbs_of(lead)
    again = assign(lead.id, Choice(partner_id=partner.id, wish_id=partner.id, override="They asked us to"), sales)
    assert again.suggested_id is None, "a wish for whom cannot be proposed may still be followed, with a reason"


def test_handing_back_leaves_it_free_and_once_only(app: Flask) -> None:
    sales, lead = s.a_staff_member(), a_wanting_lead()
    partner = a_service_partner()
    made = assign(lead.id, Choice(), sales)
    with write():
        assigning.hand_back_within(made, "Silent for 5 days", None)

    with pytest.raises(assigning.AssignmentEnded), write():
        assigning.hand_back_within(made, "Again", None)
    assert shown(lead) == partner.id


@pytest.mark.parametrize(("level", "answer"), [("total", "no"), ("transaction", "yes")])
def test_only_who_wants_the_total_service_gets_a_partner(app: Flask, level: str, answer: str) -> None:
    a_service_partner()
    with pytest.raises(assigning.NotToAssign):
        assign(a_wanting_lead(level, answer).id, Choice(), s.a_staff_member())


@pytest.mark.parametrize("state", ["declined", "withdrawn"])
def test_a_closed_lead_gets_none(app: Flask, state: str) -> None:
    a_service_partner()
    with pytest.raises(Conflict):
        assign(a_wanting_lead(state=state).id, Choice(), s.a_staff_member())


def test_full_and_absent_partners_are_seen_in_the_database(app: Flask) -> None:
    sales = s.a_staff_member()
    full, away, free = a_service_partner(capacity=1), a_service_partner(), a_service_partner(served=30)
    day = today("Europe/Amsterdam")
    with write():
        db.session.add_all(
            [
                PartnerAbsence(partner_id=away.id, from_on=day, until_on=day, created_at=now(), ended_at=None),
                PartnerAbsence(partner_id=free.id, from_on=day, until_on=day, created_at=now(), ended_at=now()),
            ]
        )
    assert assign(a_wanting_lead().id, Choice(), sales).partner_id == full.id

    made = assign(a_wanting_lead().id, Choice(), sales)

    assert made.partner_id == free.id
    codes = {one["partner"]: one["code"] for one in made.ranking}
    assert codes == {full.id: "full", away.id: "absent", free.id: "only"}


# --- many at once -----------------------------------------------------------------------------------------------------


def _in(app: Flask, work: Callable[[], object]) -> Callable[[], object]:
    def run() -> object:
        with app.app_context():
            try:
                return work()
            finally:
                db.session.remove()

    return run


def balance() -> list[int]:
    db.session.rollback()
    return [load.companies for load in loads().values()]


@pytest.mark.parametrize("partners", [3, 8])
def test_forty_at_once_keep_the_balance_within_one(app: Flask, partners: int) -> None:
    for _ in range(partners):
        a_service_partner(served=7)
    sales, leads = s.a_staff_member().id, [a_wanting_lead().id for _ in range(40)]

    all_at_once([_in(app, lambda id=id: assign(id, Choice(), db.session.get_one(Person, sales)).id) for id in leads])

    assert sum(balance()) == 7 * partners + 40
    assert max(balance()) - min(balance()) <= 1


def test_sixteen_people_with_the_same_page_open_keep_the_balance_within_one(app: Flask) -> None:
    """Everybody sees the same suggestion; who comes too late looks again."""
    for _ in range(5):
        a_service_partner()
    sales, leads = s.a_staff_member().id, [a_wanting_lead().id for _ in range(16)]

    def chosen(lead_id: int) -> int:
        lead, by = db.session.get_one(Lead, lead_id), db.session.get_one(Person, sales)
        for _attempt in range(200):
            db.session.rollback()
            seen = shown(lead)
            try:
                return assign(lead.id, Choice(partner_id=seen, seen=True, suggested_id=seen), by).id
            except assigning.SuggestionChanged:
                continue
        raise AssertionError("never got a turn")

    answers = all_at_once([_in(app, lambda id=id: chosen(id)) for id in leads])

    assert len(set(answers)) == 16
    assert max(balance()) - min(balance()) <= 1
    assert sum(balance()) == 16


# --- conversion and figures -------------------------------------------------------------------------------------------


def many_partners(number: int) -> None:
    with write():
        for place in range(number):
            organisation = Organisation(kind=OrganisationKind.SERVICE_PARTNER, name=f"Saldo {place}", created_at=now())
            db.session.add(organisation)
            db.session.flush()
            partner = ServicePartner(
                organisation_id=organisation.id,
                email="office@saldo.example",
                phone="+48612345678",
                country="PL",
                postcode=f"{place % 100:02}-001",
                city="Poznań",
                created_at=now(),
                updated_at=now(),
            )
            db.session.add(partner)
            db.session.flush()
            day = today("Europe/Amsterdam") + timedelta(days=9)
            db.session.add(
                PartnerAbsence(partner_id=partner.id, from_on=day, until_on=day, created_at=now(), ended_at=None)
            )


def test_ranking_two_hundred_takes_a_constant_number_of_queries(app: Flask) -> None:
    lead = a_wanting_lead()
    vendor()  # asked once a request by every page
    asked, found = [], []
    for more in (2, 198):
        many_partners(more)
        lead = db.session.get_one(Lead, lead.id)
        with counting(app) as count:
            ranked: list[Ranked] = assigning.ranking(lead, None)
        asked.append(int(count))
        found.append(len(ranked))
    assert found == [2, 200]
    assert asked[0] == asked[1] <= 5


def test_a_customer_counts_once(app: Flask) -> None:
    sales, lead = s.a_staff_member(), a_wanting_lead(state="accepted")
    partner = a_service_partner(served=2)
    assign(lead.id, Choice(), sales)
    assert loads([partner.id])[partner.id] == Load(2, 1)
    assert db.session.scalar(db.select(db.func.count()).select_from(Account)) == 0
