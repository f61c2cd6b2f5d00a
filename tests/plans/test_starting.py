"""Starting a plan, other facts later, copying, archiving, merging, reversing (I1, I2, R12)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
import time_machine

from app.access.links import AccessLink, Purpose
from app.core.clock import now
from app.core.db import db, write
from app.core.errors import FieldError, NotFound
from app.customers import service as customers
from app.customers.models import Account
from app.outbox.models import MailRow
from app.plans import texts
from app.plans.models import Plan, PlanContact, PlanState, PlanTask, PlanTraining, TaskBlocker, TaskState
from app.plans.party import Hand
from app.plans.service import assigning, handing_over, people, starting, working
from app.plans.service.changing import PlanMovedOn
from app.plans.service.people import NewContact
from app.plans.service.starting import NothingToStart, StartDetails, WorkDone, WrongFacts
from app.playbooks.models import Playbook
from app.playbooks.outline import Side, from_content
from tests.leads.sentences import an_account
from tests.plans import replaying
from tests.sentences import (
    SMALL_PLAYBOOK,
    a_member_of,
    a_plan,
    a_playbook,
    a_staff_member,
    an_organisation,
    main_contact,
    task_of,
)

pytestmark = pytest.mark.usefixtures("context")


def staff() -> Hand:
    return Hand(person=a_staff_member("account_manager"))


def states(plan: Plan) -> dict[str | None, str]:
    rows = db.session.execute(sa.select(PlanTask.code, PlanTask.state).where(PlanTask.plan_id == plan.id))
    return dict(list(rows))


def trainings(plan: Plan) -> dict[str | None, bool]:
    rows = db.session.execute(sa.select(PlanTraining.code, PlanTraining.gone).where(PlanTraining.plan_id == plan.id))
    return dict(list(rows))


def test_a_question_is_answered_where_the_playbook_needs_it() -> None:
    outline = from_content(
        {
            **SMALL_PLAYBOOK,
            "facts": [
                {"code": "way", "kind": "one", "question": {"en": "How?"}, "default": "alone",
                 "options": [{"code": code, "label": {"en": code}} for code in ("alone", "helped")]},
                {"code": "why", "kind": "number", "question": {"en": "Why?"}, "needed": 'way == "helped"'},
            ],
            "tasks": [{**task, "when": ""} for task in SMALL_PLAYBOOK["tasks"]],
            "trainings": [],
        }
    )  # fmt: skip
    assert starting.cleaned_facts(outline, {}) == {"way": "alone"}
    with pytest.raises(starting.WrongFacts) as wrong:
        starting.cleaned_facts(outline, {"way": "helped"})
    assert set(wrong.value.problems) == {"why"}
    assert starting.cleaned_facts(outline, {"way": "helped", "why": "3"}) == {"way": "helped", "why": 3}


def test_a_plan_has_the_tasks_and_trainings_that_its_facts_ask_for() -> None:
    plan = a_plan()
    assert "chart" not in states(plan)
    assert "payroll" not in states(plan)
    assert trainings(plan) == {"crm": False}
    assert plan.facts == {"payroll": False, "modules": ["website"]}
    numbers = db.session.scalars(
        sa.select(PlanTask.number).where(PlanTask.plan_id == plan.id).order_by(PlanTask.number)
    )
    assert list(numbers) == list(range(1, 9))
    ready = db.session.scalars(sa.select(PlanTask.code).where(PlanTask.plan_id == plan.id, PlanTask.ready))
    assert set(ready) == {"kickoff", "logo", "domain", "company", "terms"}
    assert db.session.scalar(sa.select(sa.func.count()).select_from(TaskBlocker)) == 4
    replaying.check(plan.id)


def test_it_takes_name_language_and_country_from_the_account_and_invites_its_contact() -> None:
    account = an_account()
    plan = a_plan(account=account, contacts=())
    assert (plan.name, plan.locale, plan.country) == (account.company_name, "pl", "PL")
    contact = main_contact(plan)
    assert (contact.email, contact.role, contact.enters) == (account.email, "main", True)
    mail = db.session.scalars(sa.select(MailRow)).one()
    assert (mail.template, mail.to_email, mail.secret is not None) == ("plan_invitation", account.email, True)
    link = db.session.scalars(sa.select(AccessLink).where(AccessLink.purpose == Purpose.PLAN)).one()
    assert link.subject_id == contact.id


def test_a_partners_plan_begins_with_its_people() -> None:
    organisation = an_organisation("Kassalab")
    a_member_of(organisation, "Tom Aldous")
    a_playbook()
    manager = a_staff_member("account_manager")
    plan = starting.start(StartDetails("small", manager.id, organisation_id=organisation.id), manager)
    assert plan.name == "Kassalab"
    assert main_contact(plan).name == "Tom Aldous"


def test_the_same_form_twice_is_one_plan() -> None:
    account = an_account()
    assert a_plan(account=account, key="form").id == a_plan(account=account, key="form").id


def test_answers_that_the_playbook_does_not_allow_are_named() -> None:
    with pytest.raises(WrongFacts) as wrong:
        a_plan(facts={"modules": ["warehouse"], "payroll": "maybe", "colour": "red"})
    assert wrong.value.problems.keys() == {"modules", "payroll", "colour"}
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Plan)) == 0


def test_what_cannot_be_started() -> None:
    version = a_playbook()
    with write():
        db.session.get_one(Playbook, version.playbook_id).archived_at = now()
    with pytest.raises(NothingToStart):
        a_plan(of=version)
    with write():
        db.session.get_one(Playbook, version.playbook_id).archived_at = None
    with pytest.raises(NotFound):
        starting.start(StartDetails("unknown", a_staff_member().id, account_id=an_account().id), a_staff_member())
    with pytest.raises(FieldError):
        a_plan(contacts=(NewContact("A", "same@x.example"), NewContact("B", "same@x.example")))


# --- other facts ------------------------------------------------------------------------------------------------------


def test_tasks_appear_go_and_come_back_with_the_facts_and_done_work_stays() -> None:
    plan, by = a_plan(), staff()
    starting.change_facts(plan.id, {"payroll": True, "modules": ["finance", "website"]}, by)
    assert (states(plan)["payroll"], states(plan)["chart"]) == ("open", "open")
    assert trainings(plan) == {"crm": False, "payroll": False}
    numbers = {task_of(plan, code).number for code in ("payroll", "chart")}
    assert numbers == {9, 10}
    working.tick(plan.id, task_of(plan, "payroll").ref, by)
    starting.change_facts(plan.id, {"payroll": False, "modules": []}, by)
    assert (states(plan)["payroll"], states(plan)["chart"]) == ("done", "gone")
    assert trainings(plan) == {"crm": False, "payroll": True}
    starting.change_facts(plan.id, {"modules": ["finance"]}, by)
    assert states(plan)["chart"] == "open"
    assert task_of(plan, "chart").number in numbers, "it comes back as the task that it was"
    replaying.check(plan.id)


def test_what_waits_for_a_task_that_is_gone_can_start() -> None:
    tasks = [
        {"code": "a", "phase": "begin", "kind": "tick", "side": "vendor", "title": {"en": "A"}, "when": "payroll"},
        {"code": "b", "phase": "begin", "kind": "tick", "side": "vendor", "title": {"en": "B"}, "needs": ["a"]},
    ]
    plan, by = a_plan(of=a_playbook(tasks=tasks)), staff()
    assert task_of(plan, "b").ready
    starting.change_facts(plan.id, {"payroll": True}, by)
    assert not task_of(plan, "b").ready
    starting.change_facts(plan.id, {"payroll": False}, by)
    assert task_of(plan, "b").ready


def test_two_forms_of_the_same_plan_do_not_overwrite_each_other() -> None:
    plan, by = a_plan(), staff()
    version = plan.version
    starting.change_facts(plan.id, {"payroll": True}, by, expect=version)
    with pytest.raises(PlanMovedOn):
        starting.change_facts(plan.id, {"payroll": False}, by, expect=version)


# --- the end of it, and after -----------------------------------------------------------------------------------------


def test_archiving_closes_links_to_tasks_now_and_those_to_the_plan_in_ninety_days() -> None:
    plan, by = a_plan(), staff()
    handing_over.hand_over(plan.id, task_of(plan, "domain").ref, NewContact("Bo", "bo@bank.example"), "", by)
    with pytest.raises(FieldError):
        starting.archive(plan.id, "", by)
    starting.archive(plan.id, "They went elsewhere.", by)
    links = {link.purpose: link for link in db.session.scalars(sa.select(AccessLink))}
    assert links[Purpose.PLAN_TASK].revoked_at is not None
    assert links[Purpose.PLAN].is_open
    with time_machine.travel(now() + timedelta(days=91)):
        assert not links[Purpose.PLAN].is_open
    starting.reopen(plan.id, by)
    with time_machine.travel(now() + timedelta(days=91)):
        db.session.expire_all()
        assert db.session.scalars(sa.select(AccessLink).where(AccessLink.purpose == Purpose.PLAN)).one().is_open


def test_a_copy_has_the_same_people_facts_and_added_tasks_but_nothing_done() -> None:
    plan, by = a_plan(facts={"payroll": True}), staff()
    one = assigning.add_task(plan.id, assigning.OwnTask("Order the sign", Side.VENDOR, "begin"), by)
    two = assigning.OwnTask("Hang the sign", Side.CUSTOMER, "end", after=(one.ref,))
    assigning.add_task(plan.id, two, by)
    working.tick(plan.id, one.ref, by)
    assert by.person is not None
    copied = starting.copy(plan.id, starting.like(plan), by.person)
    assert copied.id != plan.id
    assert copied.facts == plan.facts
    own = db.session.scalars(
        sa.select(PlanTask).where(PlanTask.plan_id == copied.id, PlanTask.code.is_(None)).order_by(PlanTask.number)
    ).all()
    outline = texts.outline_of(copied)
    assert [(texts.title_of(task, outline), task.state) for task in own] == [
        ("Order the sign", "open"),
        ("Hang the sign", "open"),
    ]
    db.session.expire_all()
    assert [task.ready for task in own] == [True, False]
    replaying.check(copied.id)


def test_plans_go_with_an_account_that_is_merged() -> None:
    plan, other = a_plan(), an_account()
    merged = db.session.get_one(Account, plan.account_id)
    db.session.refresh(other)
    customers.merge(other.id, merged.id, (other.version, merged.version), {}, a_staff_member("team_leader"))
    db.session.expire_all()
    assert plan.account_id == other.id
    replaying.check(plan.id)


def test_a_conversion_is_taken_back_only_while_nothing_is_done() -> None:
    plan, by = a_plan(), staff()
    assert by.person is not None
    working.tick(plan.id, task_of(plan, "domain").ref, by)
    with pytest.raises(WorkDone), write():
        starting.take_back(plan.id, "The conversion was reversed.", by.person)
    working.untick(plan.id, task_of(plan, "domain").ref, by)
    with write():
        starting.take_back(plan.id, "The conversion was reversed.", by.person)
    db.session.expire_all()
    assert plan.state == PlanState.ARCHIVED
    assert not db.session.scalars(sa.select(AccessLink)).one().is_open


# --- its people -------------------------------------------------------------------------------------------------------


def test_people_are_asked_once() -> None:
    plan, by = a_plan(), staff()
    jan = people.add(plan.id, NewContact("Jan Wit", "JAN@Quillmark.example"), by)
    again = people.add(plan.id, NewContact("J. Wit", "jan@quillmark.example", "+48612345678", enters=True), by)
    assert again.id == jan.id
    assert (again.name, again.phone, again.enters) == ("Jan Wit", "+48612345678", True)
    mails = db.session.scalars(sa.select(MailRow.to_email).where(MailRow.template == "plan_invitation")).all()
    assert mails.count("jan@quillmark.example") == 1
    second = a_plan(account=db.session.get_one(Account, plan.account_id))
    assert second.account_id is not None
    assert {one.email for one in people.known_of(second.account_id)} == {
        "jan@quillmark.example",
        "hanna@quillmark.example",
    }


def test_there_is_one_main_contact_and_somebody_can_always_enter() -> None:
    plan, by = a_plan(), staff()
    hanna = main_contact(plan)
    with pytest.raises(people.LastOneIn):
        people.end(plan.id, hanna.ref, by)
    jan = people.add(plan.id, NewContact("Jan Wit", "jan@quillmark.example", role="main", enters=True), by)
    db.session.expire_all()
    assert (hanna.role, jan.role) == ("colleague", "main")
    people.end(plan.id, hanna.ref, by)
    link = db.session.scalars(sa.select(AccessLink).where(AccessLink.subject_id == hanna.id)).one()
    assert not link.is_open
    with pytest.raises(NotFound):
        working.tick(plan.id, task_of(plan, "domain").ref, Hand(contact=db.session.get_one(PlanContact, hanna.id)))


def test_another_address_closes_the_links_of_the_former_one() -> None:
    plan, by = a_plan(), staff()
    hanna = main_contact(plan)
    people.edit(plan.id, hanna.ref, NewContact("Hanna Wilk", "new@quillmark.example", role="main", enters=True), by)
    links = db.session.scalars(sa.select(AccessLink).order_by(AccessLink.id)).all()
    assert [link.is_open for link in links] == [False, True]
    to = db.session.scalars(sa.select(MailRow.to_email).order_by(MailRow.id.desc())).first()
    assert to == "new@quillmark.example"


# --- who does what ----------------------------------------------------------------------------------------------------


def test_a_task_is_handed_to_the_bank_by_a_link_for_it_alone() -> None:
    plan = a_plan()
    hand = Hand(contact=main_contact(plan))
    bank = NewContact("Bo Bank", "bo@bank.example", role="bank")
    given = handing_over.hand_over(plan.id, task_of(plan, "domain").ref, bank, "Could you?", hand)
    task = task_of(plan, "domain")
    assert task.contact_id == given.contact_id
    mail = db.session.scalars(sa.select(MailRow).where(MailRow.template == "task_handed_over")).one()
    assert (mail.to_email, mail.args["note"]) == ("bo@bank.example", "Could you?")
    assert handing_over.hand_over(plan.id, task.ref, bank, "Could you?", hand).id == given.id, "sent twice"
    again = handing_over.hand_over(plan.id, task.ref, bank, "", hand)
    of_tasks = sa.select(AccessLink).where(AccessLink.purpose == Purpose.PLAN_TASK).order_by(AccessLink.id)
    links = db.session.scalars(of_tasks).all()
    assert [link.is_open for link in links] == [False, True]
    handing_over.take_back(plan.id, again.ref, hand)
    db.session.expire_all()
    assert [link.is_open for link in links] == [False, False]
    assert task.contact_id is None
    replaying.check(plan.id)


def test_an_added_task_has_a_number_of_its_own_and_goes_only_while_unused() -> None:
    plan, by = a_plan(), staff()
    details = assigning.OwnTask("Order the sign", Side.VENDOR, "begin", after=(task_of(plan, "domain").ref,))
    task = assigning.add_task(plan.id, details, by, key="form")
    assert assigning.add_task(plan.id, details, by, key="form").id == task.id
    assert (task.number, task.ready, task.code) == (9, False, None)
    later = assigning.add_task(plan.id, replace(details, after=(task.ref,)), by)
    with pytest.raises(FieldError):
        assigning.edit_own(plan.id, task.ref, replace(details, after=(later.ref,)), by)
    edited = assigning.edit_own(plan.id, task.ref, replace(details, title="Order two signs", after=()), by)
    assert (texts.title_of(edited, texts.outline_of(plan)), edited.ready) == ("Order two signs", True)
    working.tick(plan.id, task.ref, by)
    with pytest.raises(assigning.InUse):
        assigning.remove_own(plan.id, task.ref, by)
    working.untick(plan.id, task.ref, by)
    assigning.remove_own(plan.id, task.ref, by)
    assert db.session.get_one(PlanTask, task.id, populate_existing=True).state == TaskState.GONE
    replaying.check(plan.id)


def test_a_colleagues_work_goes_over_and_what_is_done_stays_theirs() -> None:
    a = a_staff_member("account_manager", name="Dana Kellerman")
    b = a_staff_member("account_manager", name="Marit Solberg")
    plans = [a_plan(manager=a) for _ in range(3)]
    other = a_plan(manager=b)
    by = Hand(person=a)
    for plan in (*plans, other):
        assigning.assign(plan.id, task_of(plan, "design").ref, a, by)
        assigning.assign(plan.id, task_of(plan, "golive").ref, a, by)
    working.tick(plans[0].id, task_of(plans[0], "golive").ref, by)
    starting.archive(plans[2].id, "Over.", by)
    moved = assigning.hand_over_work(a.id, b, a_staff_member("team_leader"))
    assert (moved.plans, moved.tasks) == (2, 5)
    assert task_of(plans[0], "golive").person_id == a.id
    assert task_of(other, "design").person_id == b.id
    db.session.expire_all()
    assert [plan.manager_id for plan in plans] == [b.id, b.id, a.id]
    assert assigning.hand_over_work(a.id, b, b).plans == 0, "done again, nothing is left"
    with pytest.raises(assigning.NotOfTheVendor):
        assigning.hand_over_work(b.id, a_staff_member("finance"), a)
    replaying.check(plans[0].id)


def test_a_day_that_was_agreed_is_kept() -> None:
    plan, by = a_plan(), staff()
    task = assigning.set_due(plan.id, task_of(plan, "domain").ref, date(2026, 12, 24), by)
    assert (task.due_on, task.due_fixed) == (date(2026, 12, 24), True)
    replaying.check(plan.id)
