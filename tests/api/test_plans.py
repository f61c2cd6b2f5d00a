"""Plans and tasks by program: read by whoever implements, tasks completed, given to somebody, given a day."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.core.clock import now
from app.core.db import db
from app.plans.models import PlanTask
from tests import sentences as s
from tests.api.sentences import a_caller
from tests.queries import counting
from tests.sentences import a_contact, a_plan, main_contact, task_of

pytestmark = pytest.mark.usefixtures("context")


def a_planner(app: Flask, **values: Any) -> Any:
    return a_caller(app, s.a_staff_member("account_manager", **values))


def test_plans_are_read_and_narrowed(app: Flask) -> None:
    plan, other = a_plan(), a_plan()
    caller = a_planner(app)
    read = caller.get(f"/plans/{plan.ref}").json
    assert (read["state"], read["name"], read["task_count"]) == ("running", plan.name, 8)
    assert read["manager"]["name"] == db.session.get_one(s.Person, plan.manager_id).name
    for query in (f"account={read['account']}", f"manager={read['manager']['ref']}&state=running"):
        assert [one["ref"] for one in caller.get(f"/plans?{query}").json["items"]] == [plan.ref], query
    assert {one["ref"] for one in caller.get(f"/plans?playbook={read['playbook']}").json["items"]} == {
        plan.ref,
        other.ref,
    }
    assert caller.get("/plans?state=archived").json["items"] == []
    assert caller.get("/plans/P-00000000").status_code == 404


def test_a_resellers_token_knows_of_no_plan(app: Flask) -> None:
    plan = a_plan()
    caller = a_caller(app, s.owner_of(s.a_reseller()))
    for path in ("/plans", "/tasks", f"/plans/{plan.ref}", f"/tasks/{task_of(plan, 'domain').ref}"):
        assert caller.get(path).status_code == 403


def test_tasks_of_a_plan_and_ones_own(app: Flask) -> None:
    manager = s.a_staff_member("account_manager")
    plan, other = a_plan(manager=manager), a_plan()
    caller = a_caller(app, manager)
    numbers = {one["number"] for one in caller.get(f"/tasks?plan={plan.ref}&limit=100").json["items"]}
    assert numbers == set(db.session.scalars(db.select(PlanTask.number).where(PlanTask.plan_id == plan.id)))
    own = caller.get("/tasks?whose=me&limit=100").json["items"]
    assert {(one["plan"], one["side"]) for one in own} == {(plan.ref, "vendor")}
    theirs = caller.get(f"/tasks?plan={other.ref}&side=customer&state=open").json["items"]
    assert {one["side"] for one in theirs} == {"customer"}


def test_a_task_is_completed_once(app: Flask) -> None:
    plan = a_plan()
    caller = a_planner(app, name="Marit Solberg")
    path = f"/tasks/{task_of(plan, 'domain').ref}"
    assert caller.get(path, Accept_Language="en").json["title"]
    done = caller.post(f"{path}/completion", {})
    assert (done.status_code, done.json["state"], done.json["done_by"]) == (200, "done", "Marit Solberg")
    again = caller.post(f"{path}/completion", None)
    assert (again.status_code, again.json) == (200, done.json)
    assert caller.post("/tasks/T-00000000/completion", {}).status_code == 404


def test_a_task_is_given_to_somebody_and_a_day(app: Flask) -> None:
    plan = a_plan()
    jan = a_contact(plan, "Jan Wit")
    caller = a_planner(app)
    path = f"/tasks/{task_of(plan, 'domain').ref}"
    read = caller.get(path)
    reckoned, day = read.json["due_on"], (now().date() + timedelta(days=40)).isoformat()
    assert caller.patch(path, {"due_on": day}).status_code == 428
    saved = caller.patch(path, {"due_on": day, "who_does": jan.ref}, If_Match=read.headers["ETag"])
    assert saved.status_code == 200, saved.json
    assert (saved.json["due_on"], saved.json["due_fixed"]) == (day, True)
    assert saved.json["who_does"] == {"ref": jan.ref, "name": "Jan Wit"}
    assert caller.patch(path, {"due_on": None}, If_Match=read.headers["ETag"]).status_code == 412
    same = caller.patch(path, {}, If_Match=saved.headers["ETag"])
    assert same.json == saved.json
    back = caller.patch(path, {"due_on": None, "who_does": None}, If_Match=saved.headers["ETag"])
    assert (back.json["due_on"], back.json["due_fixed"], back.json["who_does"]) == (reckoned, False, None)
    for values, pointer in (({"who_does": "U-00000000"}, "/who_does"), ({"due_on": "soon"}, "/due_on")):
        answer = caller.patch(path, values, If_Match=back.headers["ETag"])
        assert [error["pointer"] for error in answer.json["errors"]] == [pointer]
    assert main_contact(plan).ref != jan.ref


@pytest.mark.on("sqlite")
def test_lists_cost_the_same_for_many(app: Flask) -> None:
    caller = a_planner(app)
    counts = []
    for _ in range(2):
        a_plan()
        for path in ("/plans", "/tasks?limit=100"):
            caller.get(path)
            with counting(app) as n:
                caller.get(path)
            counts.append(n.count)
    assert counts[:2] == counts[2:]
    assert max(counts) <= 8
