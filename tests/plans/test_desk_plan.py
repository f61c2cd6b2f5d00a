"""Plans at the desk: started, worked, changed, and shown at a constant cost."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.core.db import db, write
from app.core.errors import FieldError
from app.outbox.models import MailRow
from app.people.models import Person
from app.plans.models import Plan, PlanContact, PlanState, PlanTask, TaskComment, TaskState
from app.plans.party import Hand
from app.plans.service import assigning, editing, starting, working
from app.plans.service.editing import PlanDetails
from app.playbooks.outline import Side
from tests.leads.sentences import an_account
from tests.queries import counting
from tests.sentences import (
    SMALL_PLAYBOOK,
    a_contact,
    a_plan,
    a_playbook,
    a_reseller,
    a_staff_member,
    main_contact,
    post,
    sign_in,
    task_of,
)

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def manager(client: FlaskClient) -> Person:
    person = a_staff_member("account_manager", name="Marit Solberg")
    sign_in(client, person)
    return person


def text_of(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.text[:2000]
    return str(answer.text)


def hidden_of(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, f"{name} is not on the page"
    return found[1]


def plans() -> list[Plan]:
    return list(db.session.scalars(sa.select(Plan).order_by(Plan.id)))


# --- starting ---------------------------------------------------------------------------------------------------------


def started(page: str, manager: Person, **values: Any) -> dict[str, Any]:
    """What the form would send."""
    return {
        "playbook": "small",
        "asked": "small",
        "do": "start",
        "key": hidden_of(page, "key"),
        "manager": manager.ref,
        "locale": "pl",
        "contract_on": "2026-11-02",
        "name": "",
        "fact_payroll": "yes",
        "fact_modules": ["website", "finance"],
        "contacts-0-name": "Hanna Wilk",
        "contacts-0-email": "hanna@quillmark.example",
        "contacts-0-role": "main",
        "contacts-0-enters": "y",
        "contacts-1-name": "",
        "contacts-1-email": "",
        "contacts-1-role": "",
        "contacts-1-enters": "y",
        "invite": "y",
    } | values


def test_a_plan_is_started_from_an_account_and_pressed_twice_it_is_one(client: FlaskClient, manager: Person) -> None:
    a_playbook()
    account = an_account()
    path = f"/desk/plans/new?account={account.ref}"
    assert path.split("?", maxsplit=1)[0] in text_of(client, f"/desk/accounts/{account.ref}")
    page = text_of(client, path)
    assert "Is there payroll?" in page
    assert account.email in page

    answers = [post(client, path, started(page, manager), page="") for _time in range(2)]

    (plan,) = plans()
    assert {answer.headers["Location"] for answer in answers} == {f"/desk/plans/{plan.ref}"}
    assert (plan.account_id, plan.manager_id, plan.locale) == (account.id, manager.id, "pl")
    assert plan.facts == {"payroll": True, "modules": ["website", "finance"]}
    assert task_of(plan, "payroll").state == TaskState.OPEN
    contact = main_contact(plan)
    assert (contact.name, contact.enters) == ("Hanna Wilk", True)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(MailRow)) == 1
    assert plan.ref in text_of(client, f"/desk/accounts/{account.ref}")
    assert "Hanna Wilk" in text_of(client, f"/desk/plans/{plan.ref}")


def test_the_preview_follows_the_answers_and_writes_nothing(client: FlaskClient, manager: Person) -> None:
    a_playbook()
    path = f"/desk/plans/new?account={an_account().ref}"
    page = text_of(client, path)
    assert "Who does the payroll?" not in page

    shown = post(client, path, started(page, manager, do="show"), page="")
    assert shown.status_code == 200
    assert "Who does the payroll?" in shown.text
    headers = {"HX-Request": "true", "HX-Target": "preview"}
    part = client.post(
        path,
        data={**started(page, manager, fact_payroll="no"), "csrf_token": hidden_of(page, "csrf_token")},
        headers={**headers, "Origin": "http://localhost"},
    )
    assert "<html" not in part.text
    assert "Choose a chart of accounts" in part.text
    assert "Who does the payroll?" not in part.text
    assert plans() == []


def test_what_is_wrong_stands_beside_its_field(client: FlaskClient, manager: Person) -> None:
    a_playbook()
    path = f"/desk/plans/new?account={an_account().ref}"
    page = text_of(client, path)
    wrong = {"manager": "", "contacts-0-email": "nowhere", "contacts-0-phone": "abc"}
    typed = started(page, manager) | wrong
    answer = post(client, path, typed, page="")
    assert answer.status_code == 422
    for field in ("manager", "contacts-0-email", "contacts-0-phone"):
        assert f'href="#{field}"' in answer.text
    nobody = started(page, manager, **{"contacts-0-name": "", "contacts-0-email": ""})
    answer = post(client, path, nobody, page="")
    assert "Name at least one person" in answer.text
    assert plans() == []


def test_a_person_more_and_one_fewer_without_javascript(client: FlaskClient, manager: Person) -> None:
    a_playbook()
    path = f"/desk/plans/new?account={an_account().ref}"
    page = text_of(client, path)
    more = post(client, path, started(page, manager, do="add-person"), page="").text
    assert 'name="contacts-2-name"' in more
    fewer = post(client, path, started(page, manager, do="drop-person-1"), page="").text
    assert 'name="contacts-1-name"' not in fewer
    assert "Hanna Wilk" in fewer


def test_a_partner_gets_a_plan_of_its_own_playbooks(client: FlaskClient) -> None:
    sign_in(client, a_staff_member("team_leader"))
    a_playbook()
    a_playbook({**SMALL_PLAYBOOK, "code": "partner", "audience": "partner", "title": {"en": "For partner companies"}})
    reseller = a_reseller()
    page = text_of(client, f"/desk/resellers/{reseller.ref}")
    path = re.search(r'href="(/desk/plans/new\?organisation=[^"]+)"', page)
    assert path
    form = text_of(client, path[1])
    assert "For partner companies" in form
    assert "A small playbook" not in form


def test_who_may_not_start_does_not(client: FlaskClient) -> None:
    a_playbook()
    account = an_account()
    sign_in(client, a_staff_member("designer"))
    assert client.get(f"/desk/plans/new?account={account.ref}").status_code == 403
    assert client.get("/desk/plans/new").status_code == 403
    sign_in(client, a_staff_member("sales"))
    assert client.get("/desk/plans/new").status_code == 404
    assert client.get("/desk/plans/new?account=C-NOWHERE1").status_code == 404
    sign_in(client, a_staff_member("finance"))
    plan = a_plan()
    assert client.get(f"/desk/plans/{plan.ref}").status_code == 403


# --- the page ---------------------------------------------------------------------------------------------------------


def large(tasks: int) -> Plan:
    many = [
        {
            "code": f"task{number}",
            "phase": "begin" if number % 2 else "end",
            "kind": "tick",
            "side": "customer" if number % 3 else "vendor",
            "title": {"en": f"Task called {number}"},
            **({"needs": [f"task{number - 1}"]} if number % 5 == 0 else {}),
        }
        for number in range(1, tasks + 1)
    ]
    return a_plan(of=a_playbook({**SMALL_PLAYBOOK, "code": f"large{tasks}", "tasks": many, "trainings": []}))


def test_the_page_costs_the_same_with_ten_and_with_two_hundred_tasks(
    app: Flask, client: FlaskClient, manager: Person
) -> None:
    asked = []
    for size in (10, 200):
        plan = large(size)
        text_of(client, f"/desk/plans/{plan.ref}")  # the playbook's words are read once
        with counting(app) as queries:
            page = text_of(client, f"/desk/plans/{plan.ref}")
        assert page.count(' id="task-') == size
        asked.append(int(queries))
    assert asked[0] == asked[1]
    assert asked[1] - 2 <= 8, asked  # two are the session's: the person, and the vendor's settings


def test_the_filters_narrow(client: FlaskClient, manager: Person) -> None:
    plan = a_plan(manager=manager)
    everything = text_of(client, f"/desk/plans/{plan.ref}")
    assert "Send us your logo" in everything
    ours = text_of(client, f"/desk/plans/{plan.ref}?side=vendor&state=later")
    assert "Design the pages" in ours
    assert "Send us your logo" not in re.sub(r"First: .*?</span>", "", ours)
    assert "No task fits" in text_of(client, f"/desk/plans/{plan.ref}?module=finance")
    assert "Nobody by name" in everything


def test_a_tick_is_one_press_and_one_small_answer(client: FlaskClient, manager: Person) -> None:
    plan = a_plan(manager=manager)
    task = task_of(plan, "kickoff")
    token = hidden_of(text_of(client, f"/desk/plans/{plan.ref}"), "csrf_token")
    path = f"/desk/plans/{plan.ref}/tasks/{task.ref}/completion"
    headers = {"HX-Request": "true", "HX-Target": f"task-{task.ref}", "Origin": "http://localhost"}
    answer = client.post(path, data={"csrf_token": token, "from": "plan"}, headers=headers)
    assert answer.status_code == 200
    assert len(answer.data) < 4096
    assert f'id="task-{task.ref}"' in answer.text
    assert f'id="tick-{task.ref}"' in answer.text  # focus stays
    assert 'id="standing" hx-swap-oob="true"' in answer.text
    assert task_of(plan, "kickoff").state == TaskState.DONE
    again = client.post(path, data={"csrf_token": token}, headers=headers)
    assert "Marit Solberg" in again.text
    undone = client.post(f"{path}/undo", data={"csrf_token": token}, headers=headers)
    assert f'id="tick-{task.ref}"' in undone.text
    assert task_of(plan, "kickoff").state == TaskState.OPEN

    plain = post(client, path, {"from": "plan"}, page="")
    assert plain.headers["Location"] == f"/desk/plans/{plan.ref}#task-{task.ref}"
    assert "Undo" in text_of(client, f"/desk/plans/{plan.ref}")


def test_stuck_waiting_not_applicable_and_back(client: FlaskClient, manager: Person) -> None:
    plan = a_plan(manager=manager)
    task = task_of(plan, "domain")
    path = f"/desk/plans/{plan.ref}/tasks/{task.ref}"

    def press(verb: str, **data: str) -> Any:
        return post(client, f"{path}/{verb}", data, page="")

    assert press("stuck", why="").status_code == 422
    assert press("stuck", why="The registrar is silent").status_code == 303
    assert "The registrar is silent" in text_of(client, path)
    press("progress")
    press("third-party", who="The registrar", until="2026-12-01")
    assert task_of(plan, "domain").waits_for == "The registrar"
    press("third-party/end")
    press("not-applicable", reason="They keep their domain")
    assert task_of(plan, "domain").state == TaskState.NOT_APPLICABLE
    page = text_of(client, path)
    assert "They keep their domain" in page
    assert "It is to be done after all" in page
    press("applicability")
    task = task_of(plan, "domain")
    assert (task.state, task.stuck_at, task.waits_for) == (TaskState.OPEN, None, "")


def test_who_does_it_until_when_and_words(client: FlaskClient, manager: Person) -> None:
    plan = a_plan(manager=manager)
    jan = a_contact(plan)
    task = task_of(plan, "domain")
    path = f"/desk/plans/{plan.ref}/tasks/{task.ref}"
    post(client, f"{path}/assignment", {"who_does": jan.ref}, page="")
    page = text_of(client, path)
    due = {"due_on": "2026-12-24", "version": str(task_of(plan, "domain").version)}
    post(client, f"{path}/deadline", due, page="")
    key = hidden_of(page, "key")
    for _time in range(2):
        post(client, f"{path}/comments", {"body": "Between us", "internal": "y", "key": key}, page="")
    task = task_of(plan, "domain")
    assert (task.contact_id, task.due_fixed, str(task.due_on)) == (jan.id, True, "2026-12-24")
    (said,) = db.session.scalars(sa.select(TaskComment)).all()
    assert said.internal
    assert "Between us" in text_of(client, f"/desk/plans/{plan.ref}")
    assert "Between us" not in text_of(client, f"/desk/plans/{plan.ref}/look")
    post(client, f"{path}/deadline", {"due_on": "", "version": str(task.version)}, page="")
    assert not task_of(plan, "domain").due_fixed


def test_a_task_of_one_plan_alone(client: FlaskClient, manager: Person) -> None:
    plan = a_plan(manager=manager)
    form = text_of(client, f"/desk/plans/{plan.ref}/tasks/new")
    first = task_of(plan, "domain")
    typed = {
        "title": "Bring the keys",
        "side": "customer",
        "kind": "tick",
        "phase": "begin",
        "workdays": "2",
        "after": first.ref,
        "key": hidden_of(form, "key"),
    }
    made = [post(client, f"/desk/plans/{plan.ref}/tasks/new", typed, page="") for _time in range(2)]
    assert made[0].headers["Location"] == made[1].headers["Location"]
    path = made[0].headers["Location"]
    assert "Tell your registrar" in text_of(client, path)
    edit = text_of(client, f"{path}/edit")
    typed |= {"title": "Bring all keys", "version": hidden_of(edit, "version")}
    assert post(client, f"{path}/edit", typed, page="").status_code == 303
    assert "Bring all keys" in text_of(client, path)
    stale = post(client, f"{path}/edit", {**typed, "title": "Else"}, page="")
    assert stale.status_code == 409
    assert "Else" in stale.text
    assert post(client, f"{path}/removal", {}, page="").headers["Location"] == f"/desk/plans/{plan.ref}"
    assert "Bring all keys" not in text_of(client, f"/desk/plans/{plan.ref}")


# --- people -----------------------------------------------------------------------------------------------------------


def test_links_are_sent_renewed_and_withdrawn(client: FlaskClient, manager: Person) -> None:
    plan = a_plan(manager=manager, invite=False)
    hanna = main_contact(plan)
    page = text_of(client, f"/desk/plans/{plan.ref}")
    assert "The link was not sent yet" in page
    people = f"/desk/plans/{plan.ref}/people"
    post(client, f"{people}/{hanna.ref}/link", {}, page="")
    assert "not opened yet" in text_of(client, f"/desk/plans/{plan.ref}")
    post(client, f"{people}/{hanna.ref}/link/withdrawal", {}, page="")
    assert "only person who can enter" in text_of(client, f"/desk/plans/{plan.ref}")
    typed = {"name": "Jan Wit", "email": "jan@quillmark.example", "role": "colleague", "locale": "fi", "enters": "y"}
    assert post(client, f"{people}/new", typed, page="").status_code == 303
    post(client, f"{people}/{hanna.ref}/link/withdrawal", {}, page="")
    assert "Does not enter the plan" in text_of(client, f"/desk/plans/{plan.ref}")
    assert "Take this person out" in text_of(client, f"{people}/{hanna.ref}/end")
    post(client, f"{people}/{hanna.ref}/end", {}, page="")
    left = db.session.scalars(sa.select(PlanContact).where(PlanContact.ended_at.is_(None))).all()
    assert [contact.name for contact in left] == ["Jan Wit"]


def test_somebodys_details_are_edited_and_what_cannot_be_is_refused_and_kept(
    client: FlaskClient, manager: Person
) -> None:
    plan, other = a_plan(manager=manager), a_plan(manager=manager)
    hanna, stranger = main_contact(plan), main_contact(other)
    jan = a_contact(plan, email="jan@quillmark.example", enters=False)
    people = f"/desk/plans/{plan.ref}/people"
    assert 'value="jan@quillmark.example"' in text_of(client, f"{people}/{jan.ref}")
    typed = {"name": "Jan de Wit", "email": hanna.email, "role": "colleague", "locale": "nl", "phone": ""}
    taken = post(client, f"{people}/{jan.ref}", typed, page="")
    assert (taken.status_code, "Somebody else of this plan has this address already." in taken.text) == (422, True)
    assert 'value="Jan de Wit"' in taken.text
    for wrong in ({"email": "nobody"}, {"email": "jan@witte.example", "phone": "12"}):
        answer = post(client, f"{people}/{jan.ref}", {**typed, **wrong}, page="")
        assert (answer.status_code, f'href="#{list(wrong)[-1]}"' in answer.text) == (422, True)
    said = {"name": "Hanna Wilk-Lis", "email": hanna.email, "role": "main", "locale": "pl", "phone": ""}
    last = post(client, f"{people}/{hanna.ref}", said, page="")
    assert (last.status_code, "the only person who can enter the plan" in last.text) == (409, True)
    assert 'value="Hanna Wilk-Lis"' in last.text
    assert db.session.get_one(PlanContact, hanna.id).name == "Hanna Wilk"
    typed["version"] = hidden_of(text_of(client, f"{people}/{jan.ref}"), "version")
    saved = post(client, f"{people}/{jan.ref}", {**typed, "email": "jan@witte.example"}, page="")
    assert saved.location == f"/desk/plans/{plan.ref}#people"
    kept = db.session.get_one(PlanContact, jan.id)
    assert (kept.name, kept.email, kept.locale) == ("Jan de Wit", "jan@witte.example", "nl")
    for ref in (stranger.ref, "PC-00000000"):
        assert client.get(f"{people}/{ref}").status_code == 404
        assert post(client, f"{people}/{ref}", typed, page="").status_code == 404
        assert post(client, f"{people}/{ref}/link", {}, page="").status_code == 404


def test_two_who_edit_one_person_see_each_other(client: FlaskClient, manager: Person) -> None:
    plan = a_plan(manager=manager)
    jan = a_contact(plan, email="jan@quillmark.example", enters=False)
    address = f"/desk/plans/{plan.ref}/people/{jan.ref}"
    opened = hidden_of(text_of(client, address), "version")
    typed = {
        "name": "Jan de Wit",
        "email": jan.email,
        "role": "colleague",
        "locale": "nl",
        "phone": "",
        "version": opened,
    }
    assert post(client, address, {**typed, "phone": "+31205550144"}, page="").status_code == 303
    late = post(client, address, {**typed, "name": "Jan de Witte"}, page="")
    assert (late.status_code, "Somebody else changed this a moment ago." in late.text) == (409, True)
    assert 'value="Jan de Witte"' in late.text
    assert db.session.get_one(PlanContact, jan.id).name == "Jan de Wit"
    again = {**typed, "name": "Jan de Witte", "version": hidden_of(late.text, "version")}
    assert post(client, address, again, page="").status_code == 303
    assert db.session.get_one(PlanContact, jan.id).name == "Jan de Witte"


def test_a_new_person_is_refused_with_what_was_typed_and_nobody_joins_an_archived_plan(
    client: FlaskClient, manager: Person
) -> None:
    plan = a_plan(manager=manager)
    people = f"/desk/plans/{plan.ref}/people"
    typed = {"name": "", "email": "jan@quillmark.example", "role": "colleague", "locale": "fi"}
    nameless = post(client, f"{people}/new", typed, page="")
    assert (nameless.status_code, 'value="jan@quillmark.example"' in nameless.text) == (422, True)
    assert post(client, f"{people}/new", {**typed, "name": "Jan", "role": "king"}, page="").status_code == 422
    starting.archive(plan.id, "They went elsewhere", Hand(person=manager))
    late = post(client, f"{people}/new", {**typed, "name": "Jan Wit"}, page="")
    assert (late.status_code, 'value="Jan Wit"' in late.text) == (409, True)
    moved = post(client, f"{people}/{main_contact(plan).ref}", {**typed, "name": "Jan Wit"}, page="")
    assert (moved.status_code, 'value="Jan Wit"' in moved.text) == (409, True)
    assert [contact.name for contact in db.session.scalars(sa.select(PlanContact))] == ["Hanna Wilk"]


# --- changing it ------------------------------------------------------------------------------------------------------


def test_other_answers_show_the_difference_before_they_are_saved(client: FlaskClient, manager: Person) -> None:
    plan = a_plan(manager=manager)
    path = f"/desk/plans/{plan.ref}/facts"
    page = text_of(client, path)
    typed = {"fact_payroll": "yes", "fact_modules": ["website"], "version": hidden_of(page, "version")}
    shown = post(client, path, {**typed, "do": "show"}, page="")
    assert "Who does the payroll?" in shown.text
    assert "Save the answers" in shown.text
    assert not db.session.get_one(Plan, plan.id).facts["payroll"]
    assert post(client, path, {**typed, "do": "save"}, page="").status_code == 303
    assert task_of(plan, "payroll").state == TaskState.OPEN
    assert post(client, path, {**typed, "fact_payroll": "no", "do": "save"}, page="").status_code == 409


def test_a_newer_version_is_shown_and_applied(client: FlaskClient, manager: Person) -> None:
    plan = a_plan(manager=manager)
    working.tick(plan.id, task_of(plan, "kickoff").ref, Hand(person=manager))
    tasks = [{**task} for task in SMALL_PLAYBOOK["tasks"]]
    tasks[2] |= {"title": {"en": "Call your registrar"}}
    tasks.append({"code": "party", "phase": "end", "kind": "tick", "side": "vendor", "title": {"en": "Celebrate"}})
    newer = a_playbook(tasks=tasks)
    assert "Version 2 of the playbook is published" in text_of(client, f"/desk/plans/{plan.ref}")
    page = text_of(client, f"/desk/plans/{plan.ref}/upgrade")
    assert "Celebrate" in page
    assert "Call your registrar" in page
    typed = {"to": str(newer.id), "version": hidden_of(page, "version")}
    assert post(client, f"/desk/plans/{plan.ref}/upgrade", typed, page="").status_code == 303
    assert db.session.get_one(Plan, plan.id).playbook_version_id == newer.id
    assert task_of(plan, "kickoff").state == TaskState.DONE


def test_running_plans_are_brought_to_a_newer_version_together(client: FlaskClient, manager: Person) -> None:
    first = a_playbook()
    all_plans = [a_plan(of=first, manager=manager) for _time in range(3)]
    newer = a_playbook()
    playbook = db.session.scalars(sa.text("select ref from playbook")).one()
    path = f"/desk/plans/upgrades/{playbook}/{newer.number}"
    assert all(plan.ref in text_of(client, path) for plan in all_plans)
    post(client, path, {"plans": [plan.ref for plan in all_plans[:2]]}, page="")
    page = text_of(client, path)
    assert "2 plans follow the newer version now." in page
    assert all_plans[2].ref in page
    assert all_plans[0].ref not in page


def test_the_playbooks_page_leads_to_the_plans_behind(client: FlaskClient) -> None:
    """A link for whoever may do both: writes playbooks and manages plans."""
    first = a_playbook()
    a_plan(of=first)
    a_playbook()
    playbook = db.session.scalars(sa.text("select ref from playbook")).one()
    sign_in(client, a_staff_member("team_leader"))
    path = f"/desk/plans/upgrades/{playbook}/2"
    assert path in text_of(client, f"/desk/playbooks/{playbook}")
    sign_in(client, a_staff_member("content_editor"))
    assert path not in text_of(client, f"/desk/playbooks/{playbook}")


def test_what_a_plan_cannot_be_called_or_whom_it_cannot_be_given_is_said(client: FlaskClient, manager: Person) -> None:
    plan = a_plan(manager=manager)
    path = f"/desk/plans/{plan.ref}/edit"
    typed = {
        "name": "Quillmark",
        "manager": manager.ref,
        "locale": "nl",
        "foreseen_on": "",
        "version": str(plan.version),
    }
    finance = a_staff_member("finance")
    for wrong, field in (
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"locale": "de"}, "locale"),
        ({"manager": finance.ref}, "manager"),
        ({"foreseen_on": "soon"}, "foreseen_on"),
    ):
        answer = post(client, path, {**typed, **wrong}, page="")
        assert (answer.status_code, f'href="#{field}"' in answer.text) == (422, True), wrong
    kept = db.session.get_one(Plan, plan.id)
    assert (kept.name, kept.locale, kept.version) == (plan.name, plan.locale, plan.version)
    assert post(client, path, {**typed, "foreseen_on": "2026-12-01"}, page="").status_code == 303
    kept = db.session.get_one(Plan, plan.id)
    assert (kept.name, kept.locale, kept.foreseen_on) == ("Quillmark", "nl", date(2026, 12, 1))


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": "\u202e"}, "name"),
        ({"name": "a" * 201}, "name"),
        ({"locale": "de"}, "locale"),
        ({"manager": "finance"}, "manager"),
        ({"owner": "finance"}, "owner"),
    ],
)
def test_the_verb_itself_refuses_what_no_page_offers(manager: Person, values: dict[str, Any], field: str) -> None:
    plan = a_plan(manager=manager)
    wrong = {name: a_staff_member(value) if value == "finance" else value for name, value in values.items()}
    with pytest.raises(FieldError) as refused:
        editing.edit(
            plan.id, PlanDetails(**{"name": "Q", "locale": "nl", "manager": manager, **wrong}), Hand(person=manager)
        )
    assert refused.value.field == field
    assert db.session.get_one(Plan, plan.id).name != "Q"


def test_edited_archived_and_reopened(client: FlaskClient, manager: Person) -> None:
    plan = a_plan(manager=manager)
    other = a_staff_member("account_manager", name="Nils Berg")
    page = text_of(client, f"/desk/plans/{plan.ref}/edit")
    typed = {
        "name": "Quillmark, all shops",
        "manager": other.ref,
        "locale": "fr",
        "version": hidden_of(page, "version"),
    }
    assert post(client, f"/desk/plans/{plan.ref}/edit", typed, page="").status_code == 303
    assert post(client, f"/desk/plans/{plan.ref}/edit", typed, page="").status_code == 409
    page = text_of(client, f"/desk/plans/{plan.ref}/archive")
    typed = {"reason": "", "version": hidden_of(page, "version")}
    assert post(client, f"/desk/plans/{plan.ref}/archive", typed, page="").status_code == 422
    post(client, f"/desk/plans/{plan.ref}/archive", {**typed, "reason": "They went elsewhere"}, page="")
    page = text_of(client, f"/desk/plans/{plan.ref}")
    assert "They went elsewhere" in page
    assert "Mark as done" not in page
    assert client.get(f"/desk/plans/{plan.ref}/facts").status_code == 409
    post(client, f"/desk/plans/{plan.ref}/reopening", {}, page="")
    again = db.session.get_one(Plan, plan.id)
    assert (again.state, again.name, again.manager_id) == (PlanState.RUNNING, "Quillmark, all shops", other.id)
    told = text_of(client, f"/desk/plans/{plan.ref}/history")
    for words in ("Plan archived", "Nils Berg", "Details of the plan changed"):
        assert words in told
    assert plan.ref in text_of(client, "/desk/search?q=all+shops")


def test_a_copy_begins_as_the_other_did(client: FlaskClient, manager: Person) -> None:
    plan = a_plan(manager=manager)
    own = assigning.OwnTask(title="Bring the keys", side=Side.CUSTOMER, phase="begin")
    assigning.add_task(plan.id, own, Hand(person=manager))
    page = text_of(client, f"/desk/plans/{plan.ref}/copy")
    assert "hanna@quillmark.example" in page
    post(client, f"/desk/plans/{plan.ref}/copy", started(page, manager), page="")
    copied = plans()[-1]
    assert copied.id != plan.id
    assert "Bring the keys" in text_of(client, f"/desk/plans/{copied.ref}")


def test_the_customers_page_is_looked_at_in_a_language(client: FlaskClient, manager: Person) -> None:
    plan = a_plan(manager=manager)
    page = text_of(client, f"/desk/plans/{plan.ref}/look?in=fi")
    assert '<section class="gw-card mt-4" lang="fi"' in page
    assert page.count("<form") < 5


def test_what_waits_stands_in_the_inbox(app: Flask, client: FlaskClient, manager: Person) -> None:
    plan = a_plan(manager=manager)
    working.stuck(plan.id, task_of(plan, "domain").ref, "No answer", Hand(contact=main_contact(plan)))
    with write():
        late: PlanTask = task_of(plan, "kickoff")
        late.due_on = plan.started_on.replace(year=plan.started_on.year - 1)
    page = text_of(client, "/desk")
    assert "is stuck: Tell your registrar" in page
    assert "is overdue: Hold the kick-off" in page
    sign_in(client, a_staff_member("account_manager", name="Nils Berg"))
    assert "Tell your registrar" not in text_of(client, "/desk")


def test_strange_addresses_lead_nowhere(client: FlaskClient, manager: Person) -> None:
    plan = a_plan(manager=manager)
    for path in (
        "/desk/plans/upgrades/x/99999999999999999999",
        "/desk/plans/new?account=%00",
        "/desk/plans/new?organisation=%00",
        f"/desk/plans/{plan.ref}/tasks/%00",
        f"/desk/plans/{plan.ref}/people/%00",
    ):
        assert client.get(path).status_code == 404, path
    for name in ("side", "phase", "module", "state", "who", "cursor", "in"):
        for page in ("", "/look", "/history"):
            assert client.get(f"/desk/plans/{plan.ref}{page}?{name}=%00%ff²").status_code == 200


def test_a_form_on_a_task_that_comes_back_says_so_first(client: FlaskClient) -> None:
    plan, manager = a_plan(), a_staff_member("account_manager")
    sign_in(client, manager)
    path = f"/desk/plans/{plan.ref}/tasks/{task_of(plan, 'design').ref}"
    answer = post(client, f"{path}/stuck", {"reason": ""}, page=path)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "<title>Error: " in page
    assert 'id="errors"' in page
