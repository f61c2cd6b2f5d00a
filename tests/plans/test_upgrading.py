"""A newer version of the playbook for running plans: shown, then applied; no done task changes (I1)."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.db import db
from app.core.i18n import in_locale
from app.plans import texts
from app.plans.models import Plan, PlanTask, TaskState
from app.plans.party import Hand
from app.plans.service import upgrading, working
from app.playbooks.models import PlaybookVersion
from tests.leads.sentences import an_account
from tests.plans import replaying
from tests.sentences import SMALL_PLAYBOOK, a_plan, a_playbook, a_staff_member, main_contact, task_of

pytestmark = pytest.mark.usefixtures("context")


def on_older(version: PlaybookVersion) -> list[int]:
    """Ids of the plans that follow an older version of this playbook."""
    query = sa.select(Plan.id).join(Plan.playbook_version).where(PlaybookVersion.playbook_id == version.playbook_id)
    return list(db.session.scalars(query.where(PlaybookVersion.number < version.number).order_by(Plan.id)))


def newer() -> dict[str, Any]:
    """As the small playbook, but: the domain is asked differently, the company no more, the logo is a tick, one task is
    new, payroll has no training, and one more question."""
    content = copy.deepcopy(SMALL_PLAYBOOK)
    tasks = {task["code"]: task for task in content["tasks"]}
    tasks["domain"]["title"] = {"en": "Point your domain name at us", "fi": "Ohjatkaa verkkotunnus meille"}
    tasks["design"]["title"] = {"en": "Draw the pages"}
    tasks["logo"] |= {"kind": "tick", "title": {"en": "Bring your logo"}}
    content["tasks"] = [task for task in content["tasks"] if task["code"] != "company"]
    new = {"code": "photos", "phase": "begin", "kind": "files", "side": "customer", "title": {"en": "Send photos"}}
    content["tasks"].insert(1, new)
    content["trainings"] = content["trainings"][:1]
    content["facts"].append(
        {"code": "tills", "kind": "number", "question": {"en": "How many tills?"}, "default": 1},
    )
    return content


def rows(plan: Plan, *states: str) -> list[dict[str, Any]]:
    """The tasks in these states, whole, but where their words stand and where they are on the page."""
    db.session.rollback()
    table = PlanTask.__table__
    query = sa.select(table).where(table.c.plan_id == plan.id, table.c.state.in_(states)).order_by(table.c.number)
    return [
        {name: value for name, value in row._mapping.items() if name not in ("own", "due_on", "forecast_on")}
        for row in db.session.execute(query)
    ]


def titles(plan: Plan) -> dict[str | None, str]:
    db.session.rollback()
    plan = db.session.get_one(Plan, plan.id, populate_existing=True)
    outline = texts.outline_of(plan)
    query = sa.select(PlanTask).where(PlanTask.plan_id == plan.id).execution_options(populate_existing=True)
    return {task.code: texts.title_of(task, outline) for task in db.session.scalars(query)}


def worked(of: PlaybookVersion) -> Plan:
    """A plan with a done task, one handed in and one set aside."""
    plan = a_plan(of=of)
    hand, staff = Hand(contact=main_contact(plan)), Hand(person=a_staff_member("account_manager"))
    working.hand_in(plan.id, task_of(plan, "company").ref, {"opened": "2026-03-09"}, hand)
    working.tick(plan.id, task_of(plan, "design").ref, staff)
    working.not_applicable(plan.id, task_of(plan, "terms").ref, "On paper.", hand)
    return plan


def test_the_difference_says_what_would_happen_and_changes_nothing() -> None:
    plan = worked(a_playbook())
    version = a_playbook(newer())
    before = rows(plan, *TaskState)
    found = upgrading.difference(plan, version.id)
    assert [task.code for task in found.appear] == ["photos"]
    assert [task.code for task, _words in found.go] == []
    assert {changed.task.code: changed.parts for changed in found.change} == {
        "domain": ["title"],
        "logo": ["kind", "title"],
    }
    assert [changed.task.code for changed in found.stay] == ["design"]
    assert [fact.code for fact in found.questions] == ["tills"]
    assert rows(plan, *TaskState) == before
    assert db.session.get_one(Plan, plan.id).playbook_version_id != version.id


def test_open_tasks_follow_and_whatever_was_done_stays_as_it_was() -> None:
    plan = worked(a_playbook())
    version = a_playbook(newer())
    done = rows(plan, TaskState.DONE, TaskState.HANDED_IN, TaskState.NOT_APPLICABLE)
    upgrading.apply(plan.id, version.id, Hand(person=a_staff_member()))
    assert rows(plan, TaskState.DONE, TaskState.HANDED_IN, TaskState.NOT_APPLICABLE) == done
    said = titles(plan)
    assert (said["company"], said["design"]) == ("Tell us about your company", "Design the pages")
    assert (said["domain"], said["photos"]) == ("Point your domain name at us", "Send photos")
    with in_locale("fi"):
        assert titles(plan)["domain"] == "Ohjatkaa verkkotunnus meille"
    assert (task_of(plan, "logo").kind, task_of(plan, "photos").number) == ("tick", 9)
    assert db.session.get_one(Plan, plan.id).facts["tills"] == 1
    replaying.check(plan.id)
    with pytest.raises(upgrading.NoNewerVersion):
        upgrading.apply(plan.id, version.id, Hand(person=a_staff_member()))


def test_an_open_task_that_the_playbook_dropped_goes_with_its_words() -> None:
    plan = a_plan(of=a_playbook())
    upgrading.apply(plan.id, a_playbook(newer()).id, Hand(person=a_staff_member()))
    assert task_of(plan, "company").state == TaskState.GONE
    assert titles(plan)["company"] == "Tell us about your company"
    back = copy.deepcopy(SMALL_PLAYBOOK)
    upgrading.apply(plan.id, a_playbook(back).id, Hand(person=a_staff_member()))
    assert task_of(plan, "company").state == TaskState.OPEN
    assert task_of(plan, "company").own == {}
    replaying.check(plan.id)


def test_a_hundred_running_plans_keep_every_done_task_and_an_interruption_is_all_or_nothing_for_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account, old = an_account(), a_playbook()
    manager = a_staff_member("account_manager")
    plans = [a_plan(of=old, account=account, manager=manager, invite=False) for _ in range(100)]
    hand = Hand(person=manager)
    for place, plan in enumerate(plans):
        if place % 2:
            working.tick(plan.id, task_of(plan, "domain").ref, hand)
        if place % 3:
            working.tick(plan.id, task_of(plan, "company").ref, hand)
    done = {plan.id: rows(plan, TaskState.DONE) for plan in plans}
    version = a_playbook(newer())
    waiting = on_older(version)
    assert waiting == [plan.id for plan in plans]

    grow, count = upgrading.grow, iter(range(1000))

    def interrupted(plan: Plan, outline: Any, by: Any) -> None:
        grow(plan, outline, by)
        if next(count) == 40:
            raise KeyboardInterrupt

    monkeypatch.setattr(upgrading, "grow", interrupted)
    with pytest.raises(KeyboardInterrupt):
        upgrading.apply_to(waiting, version.id, hand)
    db.session.rollback()
    db.session.expire_all()
    left = on_older(version)
    assert left == waiting[40:]
    for plan in plans:
        appeared = db.session.scalar(
            sa.select(sa.func.count()).where(PlanTask.plan_id == plan.id, PlanTask.code == "photos")
        )
        assert appeared == (plan.id not in left), "each plan is wholly before or wholly after"
    monkeypatch.setattr(upgrading, "grow", grow)
    again = upgrading.apply_to(left, version.id, hand)
    assert (len(again.done), again.refused) == (60, {})
    for plan in plans:
        assert rows(db.session.get_one(Plan, plan.id), TaskState.DONE) == done[plan.id]
    for plan_id in waiting[::10]:
        replaying.check(plan_id)
