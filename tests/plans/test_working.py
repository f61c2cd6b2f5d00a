"""Working on a plan's tasks: every verb, idempotent, by both sides (I4, I5)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from app.billing.models import BillingDetail
from app.billing.service import handing_over as invoicing
from app.core.clock import today
from app.core.db import db, write
from app.core.errors import FieldError, NotFound
from app.outbox.models import MailRow
from app.plans import answers
from app.plans.models import Plan, PlanState, PlanTask, TaskAcceptance, TaskState
from app.plans.party import Hand
from app.plans.service import accepting, comments, options, starting, working
from app.plans.service.accepting import Seen
from app.plans.service.changing import PlanArchived
from app.plans.service.finishing import CannotStartYet, NotYours, TaskMovedOn
from tests.plans import replaying
from tests.sentences import a_contact, a_plan, a_service, a_staff_member, main_contact, task_of

pytestmark = pytest.mark.usefixtures("context")


def hands(plan: Plan) -> tuple[Hand, Hand]:
    """Of the customer's main contact, and of one of the staff."""
    return Hand(contact=main_contact(plan)), Hand(person=a_staff_member("account_manager", name="Marit Solberg"))


def ref(plan: Plan, code: str) -> str:
    return task_of(plan, code).ref


def templates() -> list[str]:
    return list(db.session.scalars(sa.select(MailRow.template).order_by(MailRow.id)))


def test_a_tick_is_kept_with_who_and_when_and_twice_is_once() -> None:
    plan = a_plan()
    hand, staff = hands(plan)
    first = working.tick(plan.id, ref(plan, "domain"), hand)
    again = working.tick(plan.id, ref(plan, "domain"), staff)
    assert (first.changed, again.changed) == (True, False)
    assert again.task.done_by == hand.name
    assert again.task.done_at is not None
    assert (again.plan.done_count, again.plan.task_count) == (1, 8)
    replaying.check(plan.id)


def test_a_tick_is_undone_and_the_rest_stays() -> None:
    plan = a_plan()
    hand, _staff = hands(plan)
    working.tick(plan.id, ref(plan, "domain"), hand)
    undone = working.untick(plan.id, ref(plan, "domain"), hand)
    assert (undone.task.state, undone.task.done_by, undone.task.done_at, undone.plan.done_count) == (
        "open",
        "",
        None,
        0,
    )
    assert not working.untick(plan.id, ref(plan, "domain"), hand).changed
    replaying.check(plan.id)


def test_the_customer_does_only_what_is_theirs_and_what_can_start() -> None:
    plan = a_plan()
    hand, staff = hands(plan)
    with pytest.raises(NotYours):
        working.tick(plan.id, ref(plan, "design"), hand)
    with pytest.raises(CannotStartYet):
        working.approve(plan.id, ref(plan, "judge_design"), hand)
    with pytest.raises(working.AnswerFirst):
        working.tick(plan.id, ref(plan, "company"), hand)
    told = working.tick(plan.id, ref(plan, "company"), staff)
    assert told.task.done_by == "Marit Solberg", "staff may tick what they were told by phone, and it says so"


def test_somebody_of_another_plan_and_a_single_task_hand_find_nothing_else() -> None:
    plan, other = a_plan(), a_plan()
    hand, _staff = hands(other)
    with pytest.raises(NotFound):
        working.tick(plan.id, ref(plan, "domain"), hand)
    single = Hand(contact=main_contact(plan), only_task=task_of(plan, "domain").id)
    with pytest.raises(NotFound):
        working.hand_in(plan.id, ref(plan, "company"), {}, single)
    assert working.tick(plan.id, ref(plan, "domain"), single).changed


def test_an_answer_is_checked_kept_and_changed() -> None:
    plan = a_plan()
    hand, _staff = hands(plan)
    with pytest.raises(answers.NotAnswered) as wrong:
        working.hand_in(plan.id, ref(plan, "company"), {"staff": "many"}, hand)
    assert wrong.value.problems.keys() == {"opened", "staff"}
    done = working.hand_in(plan.id, ref(plan, "company"), {"opened": "9.3.2026", "staff": "12"}, hand)
    assert done.task.answer == {"opened": "2026-03-09", "staff": "12"}
    assert done.task.state == TaskState.DONE
    same = working.hand_in(plan.id, ref(plan, "company"), {"opened": "2026-03-09", "staff": "12"}, hand)
    assert not same.changed
    with pytest.raises(TaskMovedOn):
        working.hand_in(plan.id, ref(plan, "company"), {"opened": "2026-03-10"}, hand, expect=1)
    version = done.task.version
    changed = working.hand_in(plan.id, ref(plan, "company"), {"opened": "2026-03-10"}, hand, expect=version)
    assert (changed.task.answer, changed.task.state) == ({"opened": "2026-03-10"}, TaskState.DONE)
    replaying.check(plan.id)


def test_people_are_named_from_the_plan_with_their_duties() -> None:
    plan = a_plan(facts={"payroll": True})
    hand, _staff = hands(plan)
    jan = a_contact(plan)
    given = {"people": [{"contact": jan.ref, "duties": ["checker"]}, {"contact": "N-NOBODY", "duties": ["checker"]}]}
    with pytest.raises(answers.NotAnswered):
        working.hand_in(plan.id, ref(plan, "payroll"), given, hand)
    done = working.hand_in(plan.id, ref(plan, "payroll"), {"people": given["people"][:1]}, hand)
    assert done.task.answer == {"people": [{"contact": jan.ref, "duties": ["checker"]}]}


def test_a_task_that_does_not_apply_says_why_and_counts_no_more() -> None:
    plan = a_plan()
    hand, _staff = hands(plan)
    with pytest.raises(FieldError):
        working.not_applicable(plan.id, ref(plan, "domain"), "", hand)
    left_out = working.not_applicable(plan.id, ref(plan, "domain"), "We have no domain name.", hand)
    assert (left_out.plan.task_count, left_out.task.reason) == (7, "We have no domain name.")
    with pytest.raises(TaskMovedOn):
        working.tick(plan.id, ref(plan, "domain"), hand)
    back = working.applicable(plan.id, ref(plan, "domain"), hand)
    assert (back.plan.task_count, back.task.reason, back.task.state) == (8, "", TaskState.OPEN)
    replaying.check(plan.id)


def test_stuck_reaches_the_account_manager_at_once_and_once() -> None:
    plan = a_plan()
    hand, staff = hands(plan)
    before = templates().count("task_news")
    stuck = working.stuck(plan.id, ref(plan, "domain"), "The registrar is silent.", hand)
    working.stuck(plan.id, ref(plan, "domain"), "The registrar is silent.", hand)
    assert stuck.plan.stuck_count == 1
    assert templates().count("task_news") == before + 1
    assert working.unstuck(plan.id, ref(plan, "domain"), staff).plan.stuck_count == 0
    replaying.check(plan.id)


def test_a_task_waits_for_a_third_party() -> None:
    plan = a_plan()
    hand, _staff = hands(plan)
    waits = working.waits(plan.id, ref(plan, "domain"), "The registrar", date(2026, 12, 1), hand)
    assert (waits.task.waits_for, waits.task.waits_until) == ("The registrar", date(2026, 12, 1))
    assert waits.task.waits_since is not None
    back = working.waits(plan.id, ref(plan, "domain"), "", None, hand)
    assert (back.task.waits_for, back.task.waits_since) == ("", None)
    replaying.check(plan.id)


def test_what_is_handed_in_is_approved_or_comes_back_with_the_reason() -> None:
    plan = a_plan()
    hand, staff = hands(plan)
    with pytest.raises(answers.NotAnswered):
        working.hand_in(plan.id, ref(plan, "logo"), {}, hand)
    with write():
        task_of(plan, "logo").file_count = 1
    handed = working.hand_in(plan.id, ref(plan, "logo"), {}, hand)
    assert handed.task.state == TaskState.HANDED_IN
    with pytest.raises(NotYours):
        working.approve(plan.id, ref(plan, "logo"), hand)
    returned = working.give_back(plan.id, ref(plan, "logo"), "Too small to print.", staff)
    assert (returned.task.state, returned.task.returned) == (TaskState.OPEN, "Too small to print.")
    assert templates()[-1] == "task_judged"
    again = working.hand_in(plan.id, ref(plan, "logo"), {}, hand)
    assert again.task.returned == ""
    approved = working.approve(plan.id, ref(plan, "logo"), staff)
    assert (approved.task.state, approved.task.done_by) == (TaskState.DONE, hand.name)
    assert task_of(plan, "design").ready


def test_a_design_that_is_given_back_opens_the_work_before_it() -> None:
    plan = a_plan()
    hand, staff = hands(plan)
    working.tick(plan.id, ref(plan, "logo"), staff)
    working.tick(plan.id, ref(plan, "design"), staff)
    given_back = working.give_back(plan.id, ref(plan, "judge_design"), "Please use our colours.", hand)
    design = task_of(plan, "design")
    assert (design.state, design.returned) == (TaskState.OPEN, "Please use our colours.")
    assert (given_back.task.state, given_back.task.ready) == (TaskState.OPEN, False)
    assert templates()[-1] == "task_news"
    working.tick(plan.id, ref(plan, "design"), staff)
    approved = working.approve(plan.id, ref(plan, "judge_design"), hand)
    assert (approved.task.state, approved.task.answer) == (TaskState.DONE, {"verdict": "approved"})
    replaying.check(plan.id)


def test_holding_the_kick_off_and_going_live_are_kept_as_days_of_the_plan() -> None:
    plan = a_plan()
    _hand, staff = hands(plan)
    held = working.hand_in(plan.id, ref(plan, "kickoff"), {"on": "2026-11-20", "minutes": "Agreed."}, staff)
    assert (held.plan.kickoff_on, held.plan.kickoff_held) == (date(2026, 11, 20), True)
    assert not working.untick(plan.id, ref(plan, "kickoff"), staff).plan.kickoff_held
    assert working.tick(plan.id, ref(plan, "golive"), staff).plan.live_on is not None
    assert working.untick(plan.id, ref(plan, "golive"), staff).plan.live_on is None


def test_a_plan_is_finished_when_it_is_live_and_nothing_required_is_open() -> None:
    plan = a_plan()
    _hand, staff = hands(plan)
    for task in db.session.scalars(sa.select(PlanTask).where(PlanTask.plan_id == plan.id)).all():
        if task.code == "terms":
            working.not_applicable(plan.id, task.ref, "On paper.", staff)
        else:
            working.tick(plan.id, task.ref, staff)
    db.session.expire_all()
    assert (plan.state, plan.finished_at is not None) == (PlanState.DONE, True)
    assert working.untick(plan.id, ref(plan, "domain"), staff).plan.state == PlanState.RUNNING
    replaying.check(plan.id)


# --- priced options ---------------------------------------------------------------------------------------------------


def details_of(plan: Plan) -> list[BillingDetail]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(BillingDetail).where(BillingDetail.account_id == plan.account_id)))


def test_a_priced_option_makes_a_billing_detail_and_takes_it_back() -> None:
    service = a_service("chart", en="Chart of accounts")
    with write():
        service.months = 0
    plan = a_plan(facts={"modules": ["finance"]})
    hand, _staff = hands(plan)
    chosen = working.hand_in(plan.id, ref(plan, "chart"), {"chosen": "own"}, hand)
    (detail,) = details_of(plan)
    assert chosen.task.billing_detail_id == detail.id
    assert (detail.service_id, detail.months, detail.currency) == (service.id, 0, "EUR")
    working.hand_in(plan.id, ref(plan, "chart"), {"chosen": ["own"]}, hand)
    assert len(details_of(plan)) == 1, "the same answer again orders nothing"
    other = working.hand_in(plan.id, ref(plan, "chart"), {"chosen": ["standard"]}, hand)
    assert (details_of(plan), other.task.billing_detail_id) == ([], None)
    working.hand_in(plan.id, ref(plan, "chart"), {"chosen": ["own"]}, hand)
    assert working.untick(plan.id, ref(plan, "chart"), hand).task.billing_detail_id is None
    assert details_of(plan) == []
    replaying.check(plan.id)


def test_an_option_that_was_invoiced_stays() -> None:
    a_service("chart", en="Chart of accounts")
    plan = a_plan(facts={"modules": ["finance"]})
    hand, _staff = hands(plan)
    working.hand_in(plan.id, ref(plan, "chart"), {"chosen": "own"}, hand)
    invoicing.hand_over(today("UTC") + timedelta(days=2), "key", a_staff_member("finance"))
    with pytest.raises(options.OptionInvoiced):
        working.untick(plan.id, ref(plan, "chart"), hand)
    with pytest.raises(options.OptionInvoiced):
        working.hand_in(plan.id, ref(plan, "chart"), {"chosen": "standard"}, hand)
    assert task_of(plan, "chart").answer == {"chosen": ["own"]}
    replaying.check(plan.id)


def test_an_option_without_its_service_is_refused() -> None:
    plan = a_plan(facts={"modules": ["finance"]})
    hand, _staff = hands(plan)
    with pytest.raises(options.ServiceGone):
        working.hand_in(plan.id, ref(plan, "chart"), {"chosen": "own"}, hand)
    assert task_of(plan, "chart").state == TaskState.OPEN


# --- documents --------------------------------------------------------------------------------------------------------


def test_a_document_is_accepted_with_evidence_that_shows_any_change() -> None:
    plan = a_plan()
    hand, staff = hands(plan)
    task = task_of(plan, "terms")
    words = accepting.words_of(plan, task, "fi")
    assert words is not None
    with pytest.raises(accepting.WordsChanged):
        accepting.accept(plan.id, task.ref, "Hanna Wilk", Seen("fi", "0" * 64), hand)
    with pytest.raises(working.AnswerFirst):
        working.tick(plan.id, task.ref, staff)
    seen = Seen("fi", words.sha256, "192.0.2.7", "A browser")
    assert accepting.accept(plan.id, task.ref, " Hanna  Wilk ", seen, hand).changed
    assert not accepting.accept(plan.id, task.ref, "Hanna Wilk", seen, hand).changed
    kept = db.session.scalars(sa.select(TaskAcceptance)).one()
    assert (kept.name, kept.title, kept.address) == ("Hanna Wilk", "Agreement", "192.0.2.7")
    assert list(accepting.evidence()) == [(f"task acceptance {kept.ref}", True)]
    with write():
        kept.name = "Somebody Else"
    assert [sound for _name, sound in accepting.evidence()] == [False]
    with write():
        kept.name = "Hanna Wilk"
    working.untick(plan.id, task.ref, hand)
    db.session.expire_all()
    assert db.session.scalars(sa.select(TaskAcceptance)).one().withdrawn_at is not None
    assert list(accepting.evidence()) == [(f"task acceptance {kept.ref}", True)]
    replaying.check(plan.id)


# --- comments ---------------------------------------------------------------------------------------------------------


def test_words_are_kept_once_and_internal_ones_are_the_staffs() -> None:
    plan = a_plan()
    hand, staff = hands(plan)
    said = comments.comment(plan.id, ref(plan, "domain"), " Done tomorrow. ", hand, key="one")
    assert comments.comment(plan.id, ref(plan, "domain"), "Done tomorrow.", hand, key="one").id == said.id
    assert comments.comment(plan.id, ref(plan, "domain"), "Call them.", staff, internal=True).internal
    assert not comments.comment(plan.id, ref(plan, "domain"), "Hello", hand, internal=True).internal
    before = len(templates())
    comments.comment(plan.id, ref(plan, "domain"), "Before noon, please.", staff, urgent=True)
    assert templates()[before:] == ["task_words"]
    with pytest.raises(FieldError):
        comments.comment(plan.id, ref(plan, "domain"), "  ", hand)
    assert task_of(plan, "domain").comment_count == 3
    replaying.check(plan.id)


def test_nothing_changes_on_an_archived_plan() -> None:
    plan = a_plan()
    hand, staff = hands(plan)
    starting.archive(plan.id, "They went elsewhere.", staff)
    for act in (
        lambda: working.tick(plan.id, ref(plan, "domain"), hand),
        lambda: comments.comment(plan.id, ref(plan, "domain"), "Hello", hand),
        lambda: working.hand_in(plan.id, ref(plan, "company"), {"opened": "2026-03-09"}, staff),
    ):
        with pytest.raises(PlanArchived):
            act()
    assert starting.reopen(plan.id, staff).state == PlanState.RUNNING
    assert working.tick(plan.id, ref(plan, "domain"), hand).changed
    replaying.check(plan.id)
