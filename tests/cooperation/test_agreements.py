"""A support agreement is drafted, proposed, confirmed by both sides, and in force until the next one is (S7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.cooperation.models import SupportAgreement
from app.cooperation.queries import agreements as queries
from app.cooperation.service import agreements as service
from app.cooperation.service.holding import MovedOn
from app.core.db import db
from app.core.errors import Conflict, FieldError, Forbidden, NotFound
from app.history.service import entries_of
from app.people.models import Person
from tests.cooperation import sentences as c
from tests.leads.test_races_desk import at_once
from tests.sentences import a_staff_member, sign_in, task_of
from tests.software import a_software_partner, people_of

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def manager() -> Person:
    return c.a_manager()


def again(agreement: SupportAgreement) -> SupportAgreement:
    return db.session.get_one(SupportAgreement, agreement.id, populate_existing=True)


def test_both_sides_confirm_and_it_is_in_force(manager: Person) -> None:
    partner = c.with_plan(by=manager)
    owner = c.owner(partner)
    made = c.an_agreement(partner, manager, state="proposed")
    assert [mail.to_email for mail in c.mails("support_proposed")] == [owner.email]
    service.confirm(made.id, made.version, owner, for_vendor=False)
    assert again(made).state == "proposed"
    service.confirm(made.id, made.version, manager, for_vendor=True)
    found = again(made)
    assert (found.state, found.vendor_by_id, found.partner_by_id) == ("in_force", manager.id, owner.id)
    assert {mail.to_email for mail in c.mails("support_in_force")} == {owner.email, manager.email}
    plan = c.the_plan(partner)
    assert [task_of(plan, code).state for code in ("support_proposed", "support_agreed")] == ["done", "done"]
    assert [entry.verb for entry in reversed(entries_of(found))] == [
        "support_agreement.drafted",
        "support_agreement.proposed",
        "support_agreement.confirmed_by_partner",
        "support_agreement.confirmed_by_vendor",
        "support_agreement.in_force",
    ]


def test_the_next_version_supersedes_the_one_in_force(manager: Person) -> None:
    partner = a_software_partner()
    first = c.an_agreement(partner, manager, state="in_force")
    second = c.an_agreement(partner, manager, state="proposed", details=replace(c.DETAILS, answer_hours=4))
    assert (again(first).state, again(second).number) == ("in_force", 2)
    service.confirm(second.id, second.version, manager, for_vendor=True)
    service.confirm(second.id, second.version, c.owner(partner), for_vendor=False)
    assert (again(first).state, again(second).state) == ("superseded", "in_force")


def test_the_same_draft_twice_is_one_and_another_one_is_refused(manager: Person) -> None:
    partner = a_software_partner()
    made = service.draft(partner.id, c.DETAILS, manager)
    assert service.draft(partner.id, c.DETAILS, manager).id == made.id
    with pytest.raises(service.UnderWay):
        service.draft(partner.id, replace(c.DETAILS, remarks="Other words"), manager)


def test_a_draft_is_changed_by_one_at_a_time(manager: Person) -> None:
    partner = a_software_partner()
    made = c.an_agreement(partner, manager)
    seen = made.version
    service.edit(made.id, seen, replace(c.DETAILS, remarks="First"), manager)
    with pytest.raises(MovedOn):
        service.edit(made.id, seen, replace(c.DETAILS, remarks="Second"), manager)
    with pytest.raises(MovedOn):
        service.propose(made.id, seen, manager)
    assert again(made).remarks == "First"


def test_what_is_proposed_is_not_changed_until_it_is_taken_back(manager: Person) -> None:
    partner = a_software_partner()
    made = c.an_agreement(partner, manager, state="proposed")
    with pytest.raises(service.NotADraft):
        service.edit(made.id, made.version, replace(c.DETAILS, remarks="Late"), manager)
    service.confirm(made.id, made.version, c.owner(partner), for_vendor=False)
    service.take_back(made.id, made.version, manager)
    assert (again(made).state, again(made).partner_at, again(made).proposed_at) == ("draft", None, None)
    service.take_back(made.id, made.version, manager)  # twice is once
    service.propose(made.id, made.version, manager)
    with pytest.raises(service.NotProposed):
        service.confirm(c.an_agreement(a_software_partner("Other"), manager).id, 1, manager, for_vendor=True)


def test_whoever_confirms_read_these_words(manager: Person) -> None:
    partner = a_software_partner()
    made = c.an_agreement(partner, manager, state="proposed")
    seen = made.version
    service.take_back(made.id, seen, manager)
    service.edit(made.id, made.version, replace(c.DETAILS, deviation="Half of it is ours."), manager)
    service.propose(made.id, made.version, manager)
    with pytest.raises(service.ProposedAnew):
        service.confirm(made.id, seen, c.owner(partner), for_vendor=False)


def test_only_an_owner_of_this_partner_confirms(manager: Person) -> None:
    partner = a_software_partner(people=2)
    made = c.an_agreement(partner, manager, state="proposed")
    member = c.fresh(people_of(partner)[1].id)
    with pytest.raises(Forbidden):
        service.confirm(made.id, made.version, member, for_vendor=False)
    with pytest.raises(NotFound):
        service.confirm(made.id, made.version, c.owner(a_software_partner("Other")), for_vendor=False)
    with pytest.raises(Forbidden):
        service.confirm(made.id, made.version, c.fresh(a_staff_member("designer").id), for_vendor=True)


def test_a_draft_can_be_thrown_away(manager: Person) -> None:
    partner = a_software_partner()
    made = c.an_agreement(partner, manager)
    service.discard(made.id, made.version, manager)
    assert queries.of_partner(partner.id).versions == []
    assert c.an_agreement(partner, manager).number == 1


def test_the_standard_invoicing_process_is_the_one_that_was_proposed_with(manager: Person) -> None:
    partner = a_software_partner()
    c.the_process(manager)
    made = c.an_agreement(partner, manager, state="in_force")
    c.the_process(manager, "Other words")
    shown = queries.invoicing(again(made))
    assert shown is not None
    assert (shown.number, shown.newest, shown.text.body) == (1, False, "We invoice the end customer.")
    before = queries.invoicing(None)
    assert before is not None
    assert before.number == 2


def test_the_training_of_the_support_team_is_noted_with_its_day(manager: Person) -> None:
    partner = c.with_plan(by=manager)
    made = c.an_agreement(partner, manager, state="in_force")
    with pytest.raises(FieldError):
        service.trained(made.id, c.day(1), manager)
    service.trained(made.id, c.day(0), manager)
    task = task_of(c.the_plan(partner), "support_training")
    assert (again(made).trained_on, task.state, task.answer["on"]) == (c.day(0), "done", c.day(0).isoformat())


def test_nothing_is_agreed_once_the_cooperation_ended(manager: Person) -> None:
    partner = a_software_partner(state="ended")
    with pytest.raises(Conflict):
        service.draft(partner.id, c.DETAILS, manager)


def test_both_sides_confirming_at_once_put_it_in_force_once(app: Flask, manager: Person) -> None:
    partner = c.with_plan(by=manager)
    owner = c.owner(partner).id
    staff = manager.id
    for round in range(8):
        made = c.an_agreement(partner, c.fresh(staff), state="proposed", details=replace(c.DETAILS, remarks=str(round)))
        id, seen = made.id, made.version
        results = at_once(
            app,
            lambda: service.confirm(id, seen, c.fresh(staff), for_vendor=True).id,  # noqa: B023 - run at once
            lambda: service.confirm(id, seen, c.fresh(owner), for_vendor=False).id,  # noqa: B023
            lambda: service.confirm(id, seen, c.fresh(staff), for_vendor=True).id,  # noqa: B023 - and a double click
        )
        assert results == [id] * 3
        db.session.rollback()
        states = [one.state for one in queries.of_partner(partner.id).versions]
        assert states == ["in_force"] + ["superseded"] * round
        verbs = [entry.verb for entry in entries_of(again(made))]
        assert verbs.count("support_agreement.in_force") == 1


def test_taking_back_and_confirming_at_once_leave_one_of_the_two(app: Flask, manager: Person) -> None:
    partner = a_software_partner()
    owner, staff = c.owner(partner).id, manager.id
    for round in range(8):
        details = replace(c.DETAILS, remarks=str(round))
        made = c.an_agreement(partner, c.fresh(staff), state="proposed", details=details)
        service.confirm(made.id, made.version, c.fresh(staff), for_vendor=True)
        id, seen = made.id, made.version
        at_once(
            app,
            lambda: service.take_back(id, seen, c.fresh(staff)).id,  # noqa: B023 - run at once
            lambda: service.confirm(id, seen, c.fresh(owner), for_vendor=False).id,  # noqa: B023
        )
        db.session.rollback()
        found = again(made)
        assert found.state in ("draft", "in_force")
        assert (found.partner_at is None) == (found.state == "draft")
        if found.state == "draft":
            service.discard(found.id, found.version, c.fresh(staff))


# --- pages ------------------------------------------------------------------------------------------------------------

WANTED = {
    "customer_first": "vendor",
    "customer_channel": "phone",
    "customer_contact": "+31 20 123 4567",
    "partner_channel": "email",
    "partner_contact": "Łukasz O'Żółć 🙂 <help@kassalinja.example>",
    "answer_hours": "6",
    "training": "",
    "training_on": "",
    "deviation": "<script>alert(1)</script>",
    "remarks": "",
}


def test_staff_draft_and_propose_and_the_owner_confirms(client: FlaskClient, app: Flask, manager: Person) -> None:
    partner = a_software_partner()
    desk = f"/desk/software-partners/{partner.ref}/agreement"
    sign_in(client, manager)
    assert "Nothing is agreed yet" in client.get(desk).text
    assert c.send(client, f"{desk}/new", data={**WANTED, "customer_contact": ""}).status_code == 422
    assert c.send(client, f"{desk}/new", data=WANTED).location.endswith("/agreement")
    page = client.get(desk).text
    assert "This version is a draft" in page
    assert "<script>alert" not in page
    assert c.send(client, f"{desk}/new", data={**WANTED, "remarks": "Mine"}).status_code == 409

    theirs = app.test_client()
    sign_in(theirs, c.owner(partner))
    assert "We are working on the agreement" in theirs.get("/panel/support").text
    assert theirs.get("/panel/support/1").status_code == 404
    assert c.send(theirs, "/panel/support/1/confirmation", data={"version": "1"}).status_code == 409

    c.send(client, f"{desk}/1/proposal", data={"version": "1"})
    c.send(client, f"{desk}/1/confirmation", data={"version": "2"})
    page = theirs.get("/panel/support").text
    assert "We propose this agreement" in page
    assert "Łukasz O&#39;Żółć 🙂" in page
    assert c.send(theirs, "/panel/support/1/confirmation", data={"version": "1"}).status_code == 409
    assert c.send(theirs, "/panel/support/1/confirmation", data={"version": "2"}).status_code == 303
    assert "In force since" in theirs.get("/panel/support").text
    assert "In force since" in client.get(desk).text
    for place in (f"{desk}/1", f"{desk}/versions.csv", f"{desk}/versions.xlsx"):
        assert client.get(place).status_code == 200
    assert theirs.get("/panel/support/1").status_code == 200
    assert theirs.get("/panel/support/versions.csv").status_code == 200


def test_versions_stand_side_by_side(client: FlaskClient, manager: Person) -> None:
    partner = a_software_partner()
    c.an_agreement(partner, manager, state="in_force")
    c.an_agreement(partner, manager, state="proposed", details=replace(c.DETAILS, answer_hours=4))
    sign_in(client, manager)
    page = client.get(f"/desk/software-partners/{partner.ref}/agreement/2").text
    assert "<mark>4</mark>" in page
    assert client.get(f"/desk/software-partners/{partner.ref}/agreement/2?with=99999999999999").status_code == 200
    assert client.get(f"/desk/software-partners/{partner.ref}/agreement/9").status_code == 404
    sign_in(client, c.owner(partner))
    assert "What changes" in client.get("/panel/support").text


def test_a_partner_sees_its_own_agreement_alone(client: FlaskClient, manager: Person) -> None:
    c.an_agreement(a_software_partner("Other"), manager, state="in_force", details=replace(c.DETAILS, remarks="Secret"))
    partner = a_software_partner()
    sign_in(client, c.owner(partner))
    assert "Secret" not in client.get("/panel/support").text
    assert client.get("/panel/support/1").status_code == 404
    assert client.get(f"/desk/software-partners/{partner.ref}/agreement").status_code == 403


def test_a_member_reads_and_does_not_confirm(client: FlaskClient, manager: Person) -> None:
    partner = a_software_partner(people=2)
    c.an_agreement(partner, manager, state="proposed")
    sign_in(client, c.fresh(people_of(partner)[1].id))
    page = client.get("/panel/support").text
    assert "an owner of your company confirms it" in page
    assert "Confirm the agreement" not in page
    assert c.send(client, "/panel/support/1/confirmation", data={"version": "2"}).status_code == 403


def test_the_vendor_is_waited_for_in_the_inbox(client: FlaskClient, manager: Person) -> None:
    partner = a_software_partner()
    made = c.an_agreement(partner, manager, state="proposed")
    sign_in(client, manager)
    assert "Support agreement to confirm for us" in client.get("/desk").text
    service.confirm(made.id, made.version, manager, for_vendor=True)
    assert "Support agreement to confirm for us" not in client.get("/desk").text


def test_the_training_is_noted_at_the_desk(client: FlaskClient, manager: Person) -> None:
    partner = a_software_partner()
    c.an_agreement(partner, manager, state="in_force")
    sign_in(client, manager)
    place = f"/desk/software-partners/{partner.ref}/agreement/1/training"
    future = (c.day(0) + timedelta(days=3)).isoformat()
    assert c.send(client, place, data={"on": future}).status_code == 422
    assert c.send(client, place, data={"on": c.day(0).isoformat()}).status_code == 303
    assert "Trained on" in client.get(f"/desk/software-partners/{partner.ref}/agreement").text


def test_a_draft_is_edited_at_the_desk_and_whoever_was_slower_keeps_what_they_typed(
    client: FlaskClient, manager: Person
) -> None:
    partner = a_software_partner()
    made = c.an_agreement(partner, manager)
    desk = f"/desk/software-partners/{partner.ref}/agreement"
    sign_in(client, manager)
    assert client.get(f"{desk}/new").location.endswith("/agreement"), "a version is under way already"
    assert "An hour about what customers ask." in client.get(f"{desk}/1/edit").text
    sent = c.send(client, f"{desk}/1/edit", {**WANTED, "remarks": "First", "version": "1"})
    assert (sent.status_code, again(made).remarks) == (303, "First")
    late = c.send(client, f"{desk}/1/edit", {**WANTED, "remarks": "Second", "version": "1"})
    assert (late.status_code, again(made).remarks) == (409, "First")
    assert "What you typed is still here" in late.text
    assert "Second</textarea>" in late.text
    assert 'name="version" value="2"' in late.text
    meant = c.send(client, f"{desk}/1/edit", {**WANTED, "remarks": "Second", "version": "2"})
    assert (meant.status_code, again(made).remarks) == (303, "Second")
    wrong = c.send(client, f"{desk}/1/edit", {**WANTED, "answer_hours": "0", "remarks": "Third", "version": "3"})
    assert (wrong.status_code, again(made).answer_hours) == (422, 6)
    assert "Third</textarea>" in wrong.text
    assert c.send(client, f"{desk}/7/edit", WANTED).status_code == 404


def test_what_is_proposed_is_neither_edited_nor_thrown_away_but_can_be_taken_back(
    client: FlaskClient, manager: Person
) -> None:
    partner = a_software_partner()
    made = c.an_agreement(partner, manager, state="proposed")
    desk = f"/desk/software-partners/{partner.ref}/agreement"
    sign_in(client, manager)
    assert client.get(f"{desk}/1/edit").location.endswith("/agreement/1")
    assert client.get(f"{desk}/1/disposal").location.endswith("/agreement")
    late = c.send(client, f"{desk}/1/edit", {**WANTED, "remarks": "Late", "version": str(made.version)})
    assert (late.status_code, again(made).remarks) == (409, "")
    assert "Late</textarea>" in late.text
    assert c.send(client, f"{desk}/1/disposal", {"version": str(made.version)}).status_code == 409
    assert c.send(client, f"{desk}/1/taking-back", {"version": "1"}).status_code == 409, "an old page"
    assert again(made).state == "proposed"
    assert c.send(client, f"{desk}/1/taking-back", {"version": str(made.version)}).status_code == 303
    assert again(made).state == "draft"
    assert "Throw this draft away?" in client.get(f"{desk}/1/disposal").text
    assert c.send(client, f"{desk}/1/disposal", {"version": str(again(made).version)}).status_code == 303
    page = client.get(desk).text
    assert "The draft is thrown away." in page
    assert "Nothing is agreed yet" in page


def test_what_is_in_force_is_not_taken_back_and_only_its_team_is_noted_as_trained(
    client: FlaskClient, manager: Person
) -> None:
    partner = a_software_partner()
    former = c.an_agreement(partner, manager, state="in_force")
    made = c.an_agreement(partner, manager, state="in_force", details=replace(c.DETAILS, answer_hours=4))
    desk = f"/desk/software-partners/{partner.ref}/agreement"
    sign_in(client, manager)
    seen = {"version": str(again(made).version)}
    for door in ("taking-back", "disposal", "proposal"):
        assert c.send(client, f"{desk}/2/{door}", seen).status_code == 409, door
    assert again(made).state == "in_force"
    assert c.send(client, f"{desk}/1/training", {"on": c.day(0).isoformat()}).status_code == 409
    assert again(former).trained_on is None
