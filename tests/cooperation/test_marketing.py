"""Joint marketing: actions of either side, done with a link, late ones shown (S8)."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.cooperation.models import ActionKind, MarketingAction
from app.cooperation.service import marketing as service
from app.cooperation.service.holding import MovedOn
from app.cooperation.service.marketing import ActionDetails
from app.core.db import db
from app.core.errors import FieldError
from app.history.service import entries_of
from app.people.models import Person
from tests.cooperation import sentences as c
from tests.leads.test_races_desk import at_once
from tests.queries import counting
from tests.sentences import a_person, a_staff_member, sign_in, task_of
from tests.software import a_software_partner, people_of

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def manager() -> Person:
    return c.a_manager()


def again(action: MarketingAction) -> MarketingAction:
    return db.session.get_one(MarketingAction, action.id, populate_existing=True)


def test_the_first_action_starts_joint_marketing_in_the_plan(manager: Person) -> None:
    partner = c.with_plan(by=manager)
    action = c.an_action(partner, manager, owner=people_of(partner)[0].ref)
    assert (action.owner_id, task_of(c.the_plan(partner), "marketing_started").state) == (
        people_of(partner)[0].id,
        "done",
    )


def test_the_same_form_twice_is_one_action(manager: Person) -> None:
    partner = a_software_partner()
    assert c.an_action(partner, manager, key="k").id == c.an_action(partner, manager, key="k").id


def test_a_stranger_owns_no_action(manager: Person) -> None:
    partner, other = a_software_partner(), a_software_partner("Other")
    for stranger in (a_person(), people_of(other)[0]):
        with pytest.raises(FieldError) as refused:
            c.an_action(partner, manager, owner=stranger.ref)
        assert refused.value.field == "owner"


def test_it_is_done_with_its_link_alone(manager: Person) -> None:
    action = c.an_action(a_software_partner(), manager)
    with pytest.raises(FieldError):
        service.finish(action.id, "", manager)
    service.finish(action.id, "https://posts.example/1", manager)
    service.finish(action.id, "https://posts.example/2", manager)  # said again, it stays
    assert (again(action).url, again(action).done_by_id) == ("https://posts.example/1", manager.id)
    service.reopen(action.id, manager)
    assert again(action).done_at is None


def test_a_done_action_is_neither_changed_nor_cancelled(manager: Person) -> None:
    action = c.an_action(a_software_partner(), manager)
    service.finish(action.id, "https://posts.example/1", manager)
    details = ActionDetails(ActionKind.EVENT, "Other", manager.ref, c.day(1))
    with pytest.raises(service.NotOpen):
        service.edit(action.id, again(action).version, details, manager)
    with pytest.raises(service.NotOpen):
        service.cancel(action.id, manager)
    service.reopen(action.id, manager)
    service.cancel(action.id, manager)
    with pytest.raises(service.NotOpen):
        service.finish(action.id, "https://posts.example/1", manager)
    service.restore(action.id, manager)
    assert again(action).cancelled_at is None


def test_an_action_is_changed_by_one_at_a_time(manager: Person) -> None:
    partner = a_software_partner()
    action = c.an_action(partner, manager)
    owner = people_of(partner)[0]
    details = ActionDetails(ActionKind.NEWSLETTER, "A newsletter", owner.ref, c.day(3))
    service.edit(action.id, 1, details, manager)
    service.edit(action.id, 1, details, manager)  # the same again
    with pytest.raises(MovedOn):
        service.edit(action.id, 1, ActionDetails(ActionKind.EVENT, "A fair", owner.ref, c.day(3)), manager)
    entry = entries_of(again(action))[0]
    assert {one.field: one.new for one in entry.values}["owner"] == owner.name


def test_two_say_at_once_that_it_is_done(app: Flask, manager: Person) -> None:
    partner = a_software_partner()
    action = c.an_action(partner, manager).id
    staff, owner = manager.id, people_of(partner)[0].id
    at_once(
        app,
        lambda: service.finish(action, "https://posts.example/staff", c.fresh(staff)).id,
        lambda: service.finish(action, "https://posts.example/owner", c.fresh(owner)).id,
    )
    db.session.rollback()
    found = db.session.get_one(MarketingAction, action, populate_existing=True)
    assert [entry.verb for entry in entries_of(found)].count("marketing_action.done") == 1
    assert (found.url.endswith("staff"), found.done_by_id) in ((True, staff), (False, owner))


# --- pages ------------------------------------------------------------------------------------------------------------


def test_staff_add_an_action_and_the_partner_says_that_it_is_done(
    client: FlaskClient, app: Flask, manager: Person
) -> None:
    partner = a_software_partner()
    desk = f"/desk/software-partners/{partner.ref}/marketing"
    owner = people_of(partner)[0]
    sign_in(client, manager)
    wanted = {
        "kind": "newsletter",
        "title": "Łukasz 🙂",
        "owner": owner.ref,
        "due_on": c.day(5).isoformat(),
        "key": "k1",
    }
    assert c.send(client, f"{desk}/new", {**wanted, "owner": "U-nobody"}).status_code == 422
    assert c.send(client, f"{desk}/new", wanted).status_code == 303
    assert c.send(client, f"{desk}/new", wanted).status_code == 303
    page = client.get(desk).text
    assert page.count("Łukasz 🙂</a>") == 1

    theirs = app.test_client()
    sign_in(theirs, c.owner(partner))
    assert "Łukasz 🙂" in theirs.get("/panel/marketing").text
    ref = db.session.scalars(db.select(MarketingAction.ref)).one()
    assert theirs.get(f"/panel/marketing/{ref}").status_code == 200
    assert c.send(theirs, f"/panel/marketing/{ref}/completion", {"url": "javascript:alert(1)"}).status_code == 422
    assert c.send(theirs, f"/panel/marketing/{ref}/completion", {"url": "posts.example/1"}).status_code == 303
    assert "Łukasz 🙂" in theirs.get("/panel/marketing?tab=done").text
    assert "https://posts.example/1" in client.get(f"{desk}/{ref}").text
    assert c.send(theirs, f"/panel/marketing/{ref}/reopening").status_code == 303
    for do in ("disposal", "restoration"):
        assert c.send(client, f"{desk}/{ref}/{do}").status_code == 303
    assert c.send(client, f"{desk}/{ref}/edit", {**wanted, "version": "1"}).status_code == 303
    assert c.send(client, f"{desk}/{ref}/edit", {**wanted, "version": "1", "title": "Old"}).status_code == 409
    assert c.send(client, f"{desk}/{ref}/completion", {"url": "posts.example/2"}).status_code == 303
    assert c.send(client, f"{desk}/{ref}/disposal").status_code == 409
    for format in ("csv", "xlsx"):
        assert client.get(f"{desk}/actions.{format}").status_code == 200
        assert theirs.get(f"/panel/marketing/actions.{format}").status_code == 200


def test_the_partner_adds_an_action_of_its_own_or_its_managers(
    client: FlaskClient, app: Flask, manager: Person
) -> None:
    partner = c.with_plan(by=manager)
    stranger = a_staff_member("coordinator", name="Somebody Else")
    owner = people_of(partner)[0]
    sign_in(client, c.owner(partner))
    new = "/panel/marketing/new"
    page = client.get(new).text
    assert all(name in page for name in (owner.name, manager.name))
    assert stranger.name not in page
    wanted = {"kind": "event", "title": "A stand at the fair", "owner": owner.ref, "due_on": c.day(9).isoformat()}
    assert c.send(client, new, {**wanted, "key": "k", "owner": stranger.ref}).status_code == 422
    assert c.send(client, new, {**wanted, "key": "k"}).status_code == 303
    assert c.send(client, new, {**wanted, "key": "k"}).status_code == 303
    assert client.get("/panel/marketing").text.count("A stand at the fair</a>") == 1
    assert task_of(c.the_plan(partner), "marketing_started").state == "done"
    theirs = app.test_client()
    sign_in(theirs, manager)
    assert "A stand at the fair" in theirs.get(f"/desk/software-partners/{partner.ref}/marketing").text


def test_late_actions_say_so_and_wait_in_their_owners_inbox(client: FlaskClient, manager: Person) -> None:
    partner = a_software_partner()
    c.an_action(partner, manager, "Far away", due_on=c.day(40))
    c.an_action(partner, manager, "Too late", due_on=c.day(-2))
    c.an_action(partner, manager, "Theirs", due_on=c.day(-2), owner=people_of(partner)[0].ref)
    sign_in(client, manager)
    page = client.get(f"/desk/software-partners/{partner.ref}/marketing").text
    assert page.count("<span>Late</span>") == 2
    inbox = client.get("/desk").text
    assert "Marketing: Too late" in inbox
    assert "Marketing: Theirs" not in inbox
    assert "Marketing: Far away" not in inbox


def test_another_partners_actions_are_not_found(client: FlaskClient, manager: Person) -> None:
    theirs = c.an_action(a_software_partner("Other"), manager, "Secret")
    partner = a_software_partner()
    sign_in(client, c.owner(partner))
    assert "Secret" not in client.get("/panel/marketing").text
    assert client.get(f"/panel/marketing/{theirs.ref}").status_code == 404
    assert c.send(client, f"/panel/marketing/{theirs.ref}/completion", {"url": "a.example"}).status_code == 404
    sign_in(client, manager)
    assert client.get(f"/desk/software-partners/{partner.ref}/marketing/{theirs.ref}").status_code == 404
    sign_in(client, a_staff_member("designer"))
    assert client.get(f"/desk/software-partners/{partner.ref}/marketing").status_code == 403


def test_the_list_asks_the_same_for_many_actions(client: FlaskClient, app: Flask, manager: Person) -> None:
    partner = a_software_partner()
    c.an_action(partner, manager)
    sign_in(client, manager)
    place = f"/desk/software-partners/{partner.ref}/marketing"
    client.get(place)
    with counting(app) as few:
        client.get(place)
    for number in range(12):
        c.an_action(partner, a_staff_member(), f"Action {number}")
    with counting(app) as many:
        client.get(place)
    assert many.count == few.count
