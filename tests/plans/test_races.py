"""Several people at once on one plan: nothing is lost, and the history tells exactly how it stands (I5)."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.billing.models import BillingDetail
from app.core.db import db
from app.core.errors import DomainError
from app.customers import service as customers
from app.customers.models import Account
from app.history.models import HistoryEntry
from app.outbox.models import MailRow
from app.plans.models import Plan, PlanContact, PlanTask
from app.plans.party import Hand
from app.plans.service import assigning, comments, handing_over, starting, upgrading, working
from app.plans.service.people import NewContact
from app.playbooks.outline import Side
from tests.leads.sentences import an_account
from tests.leads.test_races_desk import at_once, person
from tests.plans import replaying
from tests.plans.test_upgrading import newer
from tests.sentences import a_contact, a_plan, a_playbook, a_service, a_staff_member, main_contact, task_of

pytestmark = pytest.mark.usefixtures("context")


def contact(id: int) -> Hand:
    return Hand(contact=db.session.get_one(PlanContact, id))


def staff(id: int) -> Hand:
    return Hand(person=person(id))


def refusals(results: list[Any]) -> list[Any]:
    """What is neither a result nor a rule's no."""
    return [result for result in results if isinstance(result, BaseException) and not isinstance(result, DomainError)]


def test_two_colleagues_who_tick_at_once_both_count(app: Flask) -> None:
    plan = a_plan()
    hanna, jan = main_contact(plan).id, a_contact(plan).id
    tasks = [
        assigning.add_task(
            plan.id, assigning.OwnTask(f"Task {n}", Side.CUSTOMER, "begin"), Hand(person=a_staff_member())
        ).ref
        for n in range(10)
    ]
    for one, two in zip(tasks[::2], tasks[1::2], strict=True):
        results = at_once(
            app,
            lambda one=one: working.tick(plan.id, one, contact(hanna)).changed,  # type: ignore[misc]  # a default to bind
            lambda two=two: working.tick(plan.id, two, contact(jan)).changed,  # type: ignore[misc]  # a default to bind
        )
        assert results == [True, True]
    db.session.rollback()
    assert db.session.get_one(Plan, plan.id, populate_existing=True).done_count == 10
    replaying.check(plan.id)


def test_one_box_pressed_five_times_at_once_is_ticked_once(app: Flask) -> None:
    plan = a_plan()
    hanna, ref, id = main_contact(plan).id, task_of(plan, "domain").ref, task_of(plan, "domain").id
    results = at_once(app, *[lambda: working.tick(plan.id, ref, contact(hanna)).changed] * 5)
    assert sorted(results) == [False, False, False, False, True]
    db.session.rollback()
    verbs = db.session.scalars(
        sa.select(HistoryEntry.verb)
        .where(HistoryEntry.record_type == "plan_task", HistoryEntry.record_id == id)
        .order_by(HistoryEntry.id)
    ).all()
    assert list(verbs) == ["plan_task.added", "plan_task.done"]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_forty_ticks_undos_and_edits_at_once_replay_to_exactly_how_it_stands(app: Flask, seed: int) -> None:
    a_service("chart", en="Chart of accounts")
    plan = a_plan(facts={"modules": ["finance", "website"], "payroll": True})
    hanna, jan, dana = main_contact(plan).id, a_contact(plan).id, a_staff_member("account_manager").id
    refs = {task.code: task.ref for task in db.session.scalars(sa.select(PlanTask).where(PlanTask.plan_id == plan.id))}
    id, version = plan.id, a_playbook(newer()).id
    chance = random.Random(seed)

    def act() -> Callable[[], Any]:
        ref = chance.choice(list(refs.values()))
        who, n = chance.choice((hanna, jan)), chance.randrange(1000)
        return chance.choice(
            [
                lambda: working.tick(id, ref, staff(dana)),
                lambda: working.tick(id, refs["domain"], contact(who)),
                lambda: working.untick(id, ref, staff(dana)),
                lambda: working.untick(id, refs["domain"], contact(who)),
                lambda: working.hand_in(id, refs["company"], {"opened": "2026-03-09", "staff": str(n)}, contact(who)),
                lambda: working.hand_in(id, refs["chart"], {"chosen": ["own" if n % 2 else "standard"]}, contact(who)),
                lambda: working.not_applicable(id, ref, f"Reason {n}", staff(dana)),
                lambda: working.applicable(id, ref, staff(dana)),
                lambda: working.stuck(id, ref, f"Why {n}", staff(dana)),
                lambda: working.unstuck(id, ref, staff(dana)),
                lambda: working.waits(id, refs["domain"], "The registrar" if n % 2 else "", None, contact(who)),
                lambda: working.give_back(id, refs["judge_design"], f"Change {n}", staff(dana)),
                lambda: comments.comment(id, ref, f"Words {n}", contact(who)),
                lambda: starting.change_facts(id, {"payroll": bool(n % 2)}, staff(dana)),
                lambda: assigning.assign(id, refs["design"], person(dana), staff(dana)),
                lambda: assigning.add_task(id, assigning.OwnTask(f"Own {n}", Side.VENDOR, "end"), staff(dana)),
            ]
        )

    acts = [act() for _ in range(39)] + [lambda: upgrading.apply(id, version, staff(dana))]
    results = at_once(app, *acts)
    assert refusals(results) == []
    db.session.rollback()
    entries = replaying.check(id)
    assert entries > 25
    found = db.session.get_one(Plan, id, populate_existing=True)
    assert found.version > 10
    details = db.session.scalar(sa.select(sa.func.count()).select_from(BillingDetail))
    assert details == (task_of(plan, "chart").billing_detail_id is not None), "an option ordered is an option chosen"


def test_a_priced_option_chosen_while_the_accounts_are_merged_is_invoiced_to_the_survivor(app: Flask) -> None:
    a_service("chart", en="Chart of accounts")
    leader = a_staff_member("team_leader").id
    for _ in range(8):
        other, plan = an_account(), a_plan(facts={"modules": ["finance"]})
        merged = db.session.get_one(Account, plan.account_id)
        db.session.refresh(other)
        versions, ids = (other.version, merged.version), (other.id, merged.id)
        hanna, ref, plan_id = main_contact(plan).id, task_of(plan, "chart").ref, plan.id
        results = at_once(
            app,
            lambda: working.hand_in(plan_id, ref, {"chosen": ["own"]}, contact(hanna)),  # noqa: B023 - run at once
            lambda: customers.merge(*ids, versions, {}, person(leader)),  # noqa: B023 - run at once
        )
        assert refusals(results) == []
        db.session.rollback()
        task = task_of(plan, "chart")
        held = db.session.scalars(sa.select(BillingDetail).where(BillingDetail.id == task.billing_detail_id)).all()
        if not isinstance(results[0], DomainError):
            assert [detail.account_id for detail in held] == [db.session.get_one(Plan, plan_id).account_id]
        replaying.check(plan_id)


def test_one_form_sent_twice_at_once_is_one_plan_one_task_and_one_comment(app: Flask) -> None:
    account, dana = an_account().id, a_staff_member("account_manager").id
    a_playbook()
    details = starting.StartDetails("small", dana, account_id=account, key="form")
    for turn in range(5):
        asked = starting.StartDetails(**{**vars(details), "key": f"form {turn}"})
        made = at_once(app, *[lambda: starting.start(asked, person(dana)).id] * 2)  # noqa: B023 - run at once
        assert made[0] == made[1], made
        own = assigning.OwnTask("Own", Side.VENDOR, "end")
        tasks = at_once(
            app,
            *[lambda: assigning.add_task(made[0], own, staff(dana), key=f"task {turn}").id] * 2,  # noqa: B023 - run at once
        )
        assert tasks[0] == tasks[1], tasks


def test_a_task_that_is_handed_over_ten_times_at_once_is_mailed_once(app: Flask) -> None:
    plan = a_plan()
    plan_id, task, main = plan.id, task_of(plan, "domain").ref, main_contact(plan).id
    bank = NewContact("Bo Bank", "bo@bank.example", role="bank")
    given = at_once(app, *[lambda: handing_over.hand_over(plan_id, task, bank, "Please", contact(main)).id] * 10)
    assert not refusals(given)
    assert len(set(given)) == 1, given
    db.session.rollback()  # what was read before is a state of before
    mails = sa.select(sa.func.count()).select_from(MailRow).where(MailRow.template == "task_handed_over")
    assert db.session.scalar(mails) == 1
    replaying.check(plan_id)


def test_a_tick_on_a_plan_that_is_archived_at_the_same_moment_is_whole_or_refused(app: Flask) -> None:
    dana = a_staff_member("account_manager").id
    for _ in range(5):
        plan = a_plan()
        hanna, ref, id = main_contact(plan).id, task_of(plan, "domain").ref, plan.id
        results = at_once(
            app,
            lambda: working.tick(id, ref, contact(hanna)).changed,  # noqa: B023 - run at once
            lambda: starting.archive(id, "Over.", staff(dana)).state,  # noqa: B023 - run at once
        )
        assert refusals(results) == []
        db.session.rollback()
        assert (task_of(plan, "domain").state == "done") == (results[0] is True)
        replaying.check(id)
