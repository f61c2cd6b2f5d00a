"""The staff: inviting, roles, closing, and what the last administrator may not do."""

from __future__ import annotations

import threading

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.access.roles import StaffRole
from app.history import service as history
from app.people import queries
from app.people.models import Person
from app.people.service import staff
from tests.people.people_sentences import again, closed, enter, link_to, mailed, with_app, with_password
from tests.sentences import a_reseller, a_staff_member, owner_of, post, sign_in

pytestmark = pytest.mark.usefixtures("context")
NEW = "eight calm rivers meet"


@pytest.fixture
def boss(client: FlaskClient) -> Person:
    person = a_staff_member("administrator", name="Ruth Abendroth")
    sign_in(client, person)
    return person


def invite(client: FlaskClient, email: str = "dana@brimora.example", roles: tuple[str, ...] = ("sales",)):
    data = {"name": "Dana Kellerman", "email": email, "locale": "nl", "roles": list(roles)}
    return post(client, "/desk/staff/invite", data)


def test_an_administrator_invites_a_colleague(client: FlaskClient, app: Flask, boss: Person) -> None:
    assert invite(client, roles=("sales", "coordinator")).location == "/desk/staff"
    page = client.get("/desk/staff").get_data(as_text=True)
    assert "Dana Kellerman" in page
    assert "Invited" in page
    other = app.test_client()
    assert post(other, link_to("dana@brimora.example")).location == "/welcome"
    refused = post(other, "/welcome", {"name": "Dana", "locale": "nl", "password": ""})
    assert refused.status_code == 422, "staff need a password"
    assert post(other, "/welcome", {"name": "Dana K.", "locale": "nl", "password": NEW}).location == "/desk"
    dana = queries.by_email("dana@brimora.example")
    assert dana is not None
    assert dana.staff_roles == {StaffRole.SALES, StaffRole.COORDINATOR}
    assert mailed() == [("staff_invitation", "dana@brimora.example")]


def test_an_accepted_invitation_leads_to_the_sign_in_page(client: FlaskClient, app: Flask, boss: Person) -> None:
    invite(client)
    path = link_to("dana@brimora.example")
    other = app.test_client()
    post(other, path)
    post(other, "/welcome", {"name": "Dana", "locale": "nl", "password": NEW})
    late = app.test_client().get(path)
    assert late.status_code == 410
    assert "/sign-in" in late.get_data(as_text=True)


def test_a_reseller_who_joins_the_staff_signs_in_as_before(client: FlaskClient, app: Flask, boss: Person) -> None:
    owner = with_password(owner_of(a_reseller()))
    invite(client, owner.email)
    other = app.test_client()
    assert post(other, link_to(owner.email)).location == "/sign-in"
    assert enter(other, owner.email).location == "/desk"


def test_the_form_says_what_is_missing(client: FlaskClient, boss: Person) -> None:
    answer = invite(client, "not an address", roles=())
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert 'href="#email"' in page
    assert "Choose at least one role" in page
    assert "on the staff already" in invite(client, boss.email).get_data(as_text=True)


def test_a_lost_role_is_lost_with_the_next_click(client: FlaskClient, app: Flask, boss: Person) -> None:
    second = a_staff_member("administrator", "sales")
    other = sign_in(app.test_client(), second)
    assert other.get("/desk/staff").status_code == 200
    post(client, f"/desk/staff/{second.ref}", {"roles": ["sales"]})
    assert other.get("/desk/staff").status_code == 403
    assert other.get("/profile").status_code == 200
    changes = history.entries_of(second)[0].values[0]
    assert (changes.old, changes.new) == (["administrator", "sales"], ["sales"])


def test_closing_and_reopening(client: FlaskClient, app: Flask, boss: Person) -> None:
    person = with_password(a_staff_member("sales"))
    other = sign_in(app.test_client(), person)
    assert post(client, f"/desk/staff/{person.ref}/closing", page="/desk/staff").status_code == 303
    assert other.get("/profile").status_code == 303
    assert enter(app.test_client(), person.email).status_code == 422
    page = client.get(f"/desk/staff/{person.ref}").get_data(as_text=True)
    assert f"/desk/staff/{person.ref}/reopening" in page
    post(client, f"/desk/staff/{person.ref}/reopening", page="/desk/staff")
    assert enter(app.test_client(), person.email).location == "/desk"
    assert other.get("/profile").status_code == 303, "the old session stays ended"


def test_nobody_closes_oneself_and_the_last_administrator_stays(client: FlaskClient, boss: Person) -> None:
    page = f"/desk/staff/{boss.ref}"
    answer = post(client, f"{page}/closing", page=page)
    assert answer.status_code == 409
    assert "Ask another administrator" in answer.get_data(as_text=True)
    answer = post(client, page, {"roles": ["sales"]})
    assert answer.status_code == 422
    assert "at least one administrator" in answer.get_data(as_text=True)
    assert StaffRole.ADMINISTRATOR in queries.by_id(boss.id).staff_roles


def test_a_closed_administrator_does_not_count(client: FlaskClient, boss: Person) -> None:
    closed(a_staff_member("administrator"))
    assert post(client, f"/desk/staff/{boss.ref}", {"roles": []}).status_code == 422


def test_of_two_administrators_who_step_back_at_once_one_stays(app: Flask) -> None:
    for _round in range(5):
        pair = [a_staff_member("administrator") for _ in range(2)]
        gate = threading.Barrier(2, timeout=20)
        outcomes: list[str] = []

        def step_back(id: int, gate: threading.Barrier = gate) -> None:
            with app.app_context():
                me = queries.by_id(id)
                gate.wait()
                try:
                    staff.set_roles(me, [StaffRole.SALES], me)
                    outcomes.append("stepped back")  # noqa: B023 - joined within the round
                except staff.LastAdministrator:
                    outcomes.append("stays")  # noqa: B023

        ids = [person.id for person in pair]
        threads = [threading.Thread(target=step_back, args=(id,)) for id in ids]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["stays", "stepped back"]
        for person in pair:
            closed(person)


def test_a_lost_app_is_reset_by_an_administrator_and_told_by_mail(
    client: FlaskClient, app: Flask, boss: Person
) -> None:
    person = with_app(with_password(a_staff_member("sales")))
    other = sign_in(app.test_client(), person)
    assert post(client, f"/desk/staff/{person.ref}/authenticator-reset", page="/desk/staff").status_code == 303
    assert not again(person).has_totp
    assert other.get("/profile").status_code == 303
    assert mailed() == [("security_notice", person.email)]
    entry = history.entries_of(again(person))[0]
    assert (entry.verb, entry.actor_id) == ("person.totp_reset", boss.id)
    assert enter(app.test_client(), person.email).location == "/desk"
    assert post(client, f"/desk/staff/{person.ref}/authenticator-reset", page="/desk/staff").status_code == 409


def test_the_only_administrator_gets_back_in_from_the_command_line(client: FlaskClient, app: Flask) -> None:
    person = with_app(with_password(a_staff_member("administrator")))
    runner = app.test_cli_runner()
    done = runner.invoke(args=["users", "reset-totp", person.email.upper()])
    assert done.exit_code == 0, done.output
    assert not again(person).has_totp
    assert mailed() == [("security_notice", person.email)]
    entry = history.entries_of(again(person))[0]
    assert (entry.verb, entry.actor_kind) == ("person.totp_reset", "system")
    assert enter(client, person.email).location == "/desk"
    twice = runner.invoke(args=["users", "reset-totp", person.email])
    assert "no authenticator app" in twice.output
    assert twice.exit_code == 1
    assert runner.invoke(args=["users", "reset-totp", "nobody@vendor.example"]).exit_code == 1


def test_an_administrator_signs_somebody_out_everywhere(client: FlaskClient, app: Flask, boss: Person) -> None:
    person = a_staff_member("sales")
    other = sign_in(app.test_client(), person)
    post(client, f"/desk/staff/{person.ref}/signing-out", page="/desk/staff")
    assert other.get("/profile").status_code == 303


def test_a_resellers_member_is_no_staff_member(client: FlaskClient, boss: Person) -> None:
    owner = owner_of(a_reseller())
    assert client.get(f"/desk/staff/{owner.ref}").status_code == 404
    assert post(client, f"/desk/staff/{owner.ref}/closing", page="/desk/staff").status_code == 404


def test_the_list_asks_the_same_however_many_there_are(client: FlaskClient, app: Flask, boss: Person) -> None:
    from tests.queries import counting

    with counting(app) as few:
        client.get("/desk/staff")
    for _ in range(12):
        a_staff_member("sales", "finance")
    with counting(app) as many:
        client.get("/desk/staff")
    assert many == few
    assert many <= 6


def test_the_first_administrator_comes_from_the_command_line(app: Flask, client: FlaskClient) -> None:
    runner = app.test_cli_runner()
    done = runner.invoke(args=["users", "add", "--email", "Ruth@Brimora.example", "--name", "Ruth Abendroth"])
    assert done.exit_code == 0, done.output
    path = "/go/" + done.output.split("/go/")[1].strip()
    assert post(client, path).location == "/welcome"
    assert post(client, "/welcome", {"name": "Ruth", "locale": "en", "password": NEW}).location == "/desk"
    twice = runner.invoke(args=["users", "add", "--email", "ruth@brimora.example", "--name", "Ruth Abendroth"])
    assert twice.exit_code == 1
    assert "on the staff already" in twice.output
    assert runner.invoke(args=["users", "add", "--email", "nonsense", "--name", "X"]).exit_code == 1
