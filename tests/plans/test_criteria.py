"""Fields that are asked by condition, criteria, drafts, and answers as text to copy (C5, C6)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given as with_any
from hypothesis import strategies as st

from app.core.i18n import in_locale
from app.plans import answers, asking, recap
from app.plans.models import Plan, TaskState
from app.plans.party import staff
from app.plans.service import drafting, working
from app.playbooks.outline import Task, from_content
from tests.plans.test_answer_doors import ORIGIN, entered, url_of
from tests.plans.test_secrets import the_manager
from tests.queries import counting
from tests.sentences import SMALL_PLAYBOOK, a_plan, a_playbook, csrf_of, sign_in, task_of

pytestmark = pytest.mark.usefixtures("context")


def text(english: str) -> dict[str, str]:
    return {"en": english, "fi": f"{english} suomeksi"}


USAGE: dict[str, Any] = {
    "code": "usage",
    "phase": "begin",
    "kind": "fields",
    "side": "vendor",
    "title": text("Usage"),
    "fields": [
        {"code": "count", "kind": "number", "label": text("Appointments"), "at_least": 10},
        {"code": "file", "kind": "yes_no", "label": text("Customer file")},
        {"code": "file_why", "kind": "line", "label": text("Why not"), "when": "file == false"},
        {
            "code": "website",
            "kind": "one",
            "label": text("Website"),
            "options": [
                {"code": "delivered", "label": text("Delivered")},
                {"code": "not_yet", "label": text("Not delivered")},
            ],
        },
        {"code": "link", "kind": "url", "label": text("Link"), "when": 'website == "delivered"'},
        {
            "code": "widgets",
            "kind": "several",
            "label": text("Widgets"),
            "required": False,
            "options": [{"code": "feed", "label": text("Feed")}, {"code": "button", "label": text("Button")}],
        },
        {"code": "where", "kind": "text", "label": text("Where"), "when": '"button" in widgets'},
        {"code": "seen", "kind": "yes_no", "label": text("Is visible"), "must": True},
        {"code": "few", "kind": "yes_no", "label": text("Enough for few"), "when": "count < 20", "must": True},
    ],
}
WHOLE: dict[str, Any] = {
    "count": "25",
    "file": "yes",
    "website": "delivered",
    "link": "pawlak.example",
    "seen": "yes",
}


def the_task(**changes: Any) -> Task:
    return from_content({**SMALL_PLAYBOOK, "tasks": [{**USAGE, **changes}]}).tasks[0]


def a_used_plan(**values: Any) -> Plan:
    tasks = [*SMALL_PLAYBOOK["tasks"], USAGE, {**USAGE, "code": "own_usage", "side": "customer"}]
    return a_plan(of=a_playbook(tasks=tasks), **{"locale": "en", **values})


# --- what is asked, and what is enough --------------------------------------------------------------------------------


def test_a_field_is_asked_only_where_its_condition_holds() -> None:
    task = the_task()
    assert answers.cleaned(task, WHOLE) == {
        "count": "25",
        "file": True,
        "website": "delivered",
        "link": "https://pawlak.example",
        "seen": True,
    }
    no_file = {**WHOLE, "file": "no", "website": "not_yet", "link": "no address at all"}
    assert answers.problems(task, no_file).keys() == {"file_why"}, "and the address is not asked any more"
    kept = answers.cleaned(task, {**no_file, "file_why": "On paper", "widgets": ["button"], "where": "On top"})
    assert kept["file_why"] == "On paper"
    assert kept["where"] == "On top"
    assert "link" not in kept


def test_criteria_keep_a_task_from_being_handed_in() -> None:
    task = the_task()
    wrong = answers.problems(task, {**WHOLE, "count": "8", "seen": "no"})
    assert wrong.keys() == {"count", "seen", "few"}
    assert "at least 10" in str(wrong["count"])
    assert not answers.problems(task, {**WHOLE, "count": "10", "few": "yes"})
    assert not answers.problems(task, {**WHOLE, "count": "20"})


def test_criteria_tell_how_far_they_are() -> None:
    task = the_task()
    assert [(one.field.code, one.told, one.met) for one in answers.criteria(task, {})] == [
        ("count", "Not known yet, at least 10", False),
        ("seen", "Not yet", False),
    ]
    assert [one.told for one in answers.criteria(task, {"count": "8", "seen": True})] == [
        "8 of at least 10",
        "Yes",
        "Not yet",
    ]
    assert answers.unmet(task, {"count": "1500.5", "seen": True}) == []
    assert answers.criteria(task, {"count": "many"})[0].met is False, "what another version asked for"


_TYPED = st.one_of(st.none(), st.text(max_size=8), st.sampled_from(["yes", "no", "delivered", "12", "-3", "1e400"]))


@with_any(st.fixed_dictionaries({field["code"]: _TYPED for field in USAGE["fields"] if field["code"] != "widgets"}))
def test_whatever_is_typed_a_draft_is_read_and_never_asks_more_than_the_whole(typed: dict[str, Any]) -> None:
    task = the_task()
    draft, wrong = answers.drafted(task, typed)
    assert not draft.keys() & wrong.keys()
    assert draft.keys() | wrong.keys() <= {field.code for field in task.fields}
    again, nothing = answers.drafted(task, draft)
    assert (again, nothing) == (draft, {}), "what is kept is read again alike"
    if not answers.problems(task, typed):
        assert answers.cleaned(task, typed) == draft
        assert answers.unmet(task, draft) == []


# --- drafts -----------------------------------------------------------------------------------------------------------


def at(plan: Plan, code: str = "usage", door: str = "") -> str:
    return f"/desk/plans/{plan.ref}/tasks/{task_of(plan, code).ref}{door}"


def said(**values: Any) -> dict[str, Any]:
    return {f"f_{code}": value for code, value in values.items()}


def press(client: FlaskClient, plan: Plan, code: str = "usage", door: str = "/answer", **fields: Any) -> Any:
    token = csrf_of(client, at(plan, code))
    sent = {"csrf_token": token, "version": str(task_of(plan, code).version), **fields}
    return client.post(at(plan, code, door), data=sent, headers=ORIGIN)


@pytest.fixture
def plan(client: FlaskClient) -> Plan:
    made = a_used_plan()
    sign_in(client, the_manager(made))
    return made


def test_a_draft_is_kept_shown_and_later_handed_in(client: FlaskClient, plan: Plan) -> None:
    assert press(client, plan, do="draft", **said(count="8", website="not_yet")).status_code == 303
    task = task_of(plan, "usage")
    assert (task.state, task.answer) == (TaskState.OPEN, {"count": "8", "website": "not_yet"})
    page = client.get(at(plan)).text
    assert "8 of at least 10" in page
    assert "This is a draft" in page
    assert 'value="8"' in page
    assert "Draft saved" in page
    refused = press(client, plan, **said(**{**WHOLE, "count": "8"}))
    assert refused.status_code == 422
    assert "Until then, save a draft" in refused.text
    assert task_of(plan, "usage").state == TaskState.OPEN
    assert press(client, plan, **said(**WHOLE)).status_code == 303
    assert task_of(plan, "usage").state == TaskState.DONE
    page = client.get(at(plan)).text
    assert "25 of at least 10" in page
    assert "This is a draft" not in page


def test_what_cannot_be_read_comes_back_and_the_rest_is_kept(client: FlaskClient, plan: Plan) -> None:
    answer = press(client, plan, do="draft", **said(count="eight", website="not_yet"))
    assert answer.status_code == 422
    assert 'value="eight"' in answer.text
    assert "Everything else was saved as a draft." in answer.text
    task = task_of(plan, "usage")
    assert task.answer == {"website": "not_yet"}
    assert f'name="version" value="{task.version}"' in answer.text, "a second press is not taken for an older one"


def test_nothing_is_lost_where_two_save_at_once(client: FlaskClient, plan: Plan) -> None:
    seen = str(task_of(plan, "usage").version)
    assert press(client, plan, do="draft", **said(count="3")).status_code == 303
    answer = press(client, plan, do="draft", version=seen, **said(count="4"))
    assert answer.status_code == 409
    assert 'value="4"' in answer.text
    assert task_of(plan, "usage").answer == {"count": "3"}
    same = press(client, plan, do="draft", version=seen, **said(count="3"))
    assert same.status_code == 303, "the same form twice is one"


def test_a_tick_does_not_pass_criteria_by(client: FlaskClient, plan: Plan) -> None:
    with pytest.raises(working.CriteriaNotMet):
        working.tick(plan.id, task_of(plan, "usage").ref, staff(the_manager(plan)))
    answer = press(client, plan, door="/completion")
    assert answer.status_code == 409
    assert "criteria of this task are not met" in answer.text
    drafting.save(plan.id, task_of(plan, "usage").ref, WHOLE, staff(the_manager(plan)))
    assert working.tick(plan.id, task_of(plan, "usage").ref, staff(the_manager(plan))).changed


def test_a_done_task_takes_no_draft(client: FlaskClient, plan: Plan) -> None:
    assert press(client, plan, **said(**WHOLE)).status_code == 303
    assert press(client, plan, do="draft", **said(count="2")).status_code == 409
    assert task_of(plan, "usage").answer["count"] == "25"


def test_the_customer_saves_a_draft_too(client: FlaskClient) -> None:
    plan = a_used_plan()
    entered(client, plan)
    page = client.get(url_of(plan, "own_usage", "")).text
    assert "Save as a draft" in page
    assert "Copy as text" not in page
    assert "Save as a draft" not in client.get(url_of(plan, "company", "")).text, "two fields are filled in at one go"
    fields = {"csrf_token": csrf_of(client, url_of(plan, "own_usage", "")), "do": "draft", **said(count="7")}
    assert client.post(url_of(plan, "own_usage"), data=fields, headers=ORIGIN).status_code == 303
    assert task_of(plan, "own_usage").answer == {"count": "7"}
    assert "Saved as a draft" in client.get(url_of(plan, "own_usage", "")).text
    wrong = client.post(url_of(plan, "own_usage"), data={**fields, **said(count="x", seen="no")}, headers=ORIGIN)
    assert wrong.status_code == 422
    assert task_of(plan, "own_usage").answer == {"seen": False}


def test_minutes_of_a_meeting_are_kept_before_it_has_a_day(client: FlaskClient, plan: Plan) -> None:
    assert press(client, plan, "kickoff", do="draft", minutes="They asked about prices.").status_code == 303
    assert task_of(plan, "kickoff").answer["minutes"] == "They asked about prices."
    assert "They asked about prices." in client.get(at(plan, "kickoff")).text


# --- conditions on the page -------------------------------------------------------------------------------------------


def test_the_page_says_when_a_field_is_asked(client: FlaskClient, plan: Plan) -> None:
    page = client.get(at(plan)).text
    assert 'data-when="f_file" data-is="no"' in page
    assert 'data-when="f_website" data-is="delivered"' in page
    assert 'data-when="f_widgets" data-is="button"' in page
    assert "Only if this is answered with No: Customer file" in page
    assert "Only if it applies after your answers above." in page, "of a number"


@pytest.mark.parametrize(
    ("when", "shown"),
    [
        ("file", ("yes",)),
        ("not file", ("-", "no")),
        ("file == false", ("no",)),
        ('website != "delivered"', ("-", "not_yet")),
        ('website in ("delivered", "not_yet")', ("delivered", "not_yet")),
        ('"feed" in widgets or "button" in widgets', ("feed", "button")),
        ('"feed" not in widgets', ()),
        ('"feed" in widgets and "button" in widgets', ()),
        ('file and website == "delivered"', ()),
        ("count > 3", ()),
    ],
)
def test_simple_conditions_are_asked_of_one_answer(when: str, shown: tuple[str, ...]) -> None:
    fields = [*USAGE["fields"], {"code": "last", "kind": "line", "label": text("Last"), "when": when}]
    assert asking.of(the_task(fields=fields).fields)["last"].answers == shown


def test_what_is_wrong_with_a_field_that_is_not_asked_does_not_matter(client: FlaskClient, plan: Plan) -> None:
    sent = {**WHOLE, "website": "not_yet", "link": "x" * 400, "where": "never asked"}
    assert press(client, plan, **said(**sent)).status_code == 303
    assert task_of(plan, "usage").answer.keys() == {"count", "file", "website", "seen"}


# --- as text ----------------------------------------------------------------------------------------------------------


def test_answers_are_copied_as_numbered_lines_in_the_readers_language(app: Flask) -> None:
    task = the_task()
    answer = answers.cleaned(
        task, {**WHOLE, "file": "no", "file_why": "On paper", "widgets": ["button", "feed"], "where": "Top\nBottom"}
    )
    assert recap.as_text(task, answer) == (
        "1. Appointments: 25\n"
        "2. Customer file: No\n"
        "   Why not: On paper\n"
        "3. Website: Delivered\n"
        "   Link: https://pawlak.example\n"
        "4. Widgets: Feed, Button\n"
        "   Where: Top\n"
        "   Bottom\n"
        "5. Is visible: Yes"
    )
    with in_locale("fi"):
        assert recap.as_text(task, {"count": "3"}).startswith("1. Appointments suomeksi: 3\n")
    assert "2. Customer file: no answer" in recap.as_text(task, {"count": "30"})


def test_the_desk_offers_them_with_a_button_and_without_script(client: FlaskClient, plan: Plan) -> None:
    assert "Copy as text" not in client.get(at(plan)).text
    press(client, plan, do="draft", **said(count="8", website="not_yet"))
    page = client.get(at(plan)).text
    assert "Copy as text" in page
    assert "1. Appointments: 8\n2. Customer file: no answer\n3. Website: Not delivered" in page
    assert 'data-copy="1. Appointments: 8\n' in page


def test_the_page_asks_the_database_equally_often(app: Flask, client: FlaskClient, plan: Plan) -> None:
    client.get(at(plan))
    with counting(app) as before:
        client.get(at(plan))
    press(client, plan, **said(**WHOLE))
    with counting(app) as after:
        client.get(at(plan))
    assert after.count <= before.count + 1
