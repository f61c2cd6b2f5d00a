"""The customer's page: what it shows, ticking, handing over, what hinders, one's own details (I5)."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.access.links import Purpose
from app.core.db import Base, db, lock, write
from app.outbox.models import MailRow
from app.people.models import Person
from app.plans.models import Plan, PlanContact, TaskComment, TaskHandover, TaskState
from app.plans.party import Hand
from app.plans.service import handing_over
from app.plans.service.people import NewContact
from tests import sentences
from tests.plans.coming import come
from tests.queries import counting
from tests.sentences import SMALL_PLAYBOOK, a_contact, a_playbook, csrf_of, main_contact, post, task_of

pytestmark = pytest.mark.usefixtures("context")

HTMX = {"HX-Request": "true"}


def a_plan(**values: Any) -> Any:
    """One whose people read English."""
    return sentences.a_plan(**{"locale": "en", **values})


def press(client: FlaskClient, path: str, page: str, *, htmx: bool = True, **fields: str) -> Any:
    """As a button on that page."""
    data = {"csrf_token": csrf_of(client, page), **fields}
    return client.post(path, data=data, headers={"Origin": "http://localhost", **(HTMX if htmx else {})})


def staff_of(plan: Any) -> Hand:
    return Hand(person=db.session.get_one(Person, plan.manager_id))


def many_tasks(count: int) -> Any:
    """A plan of a playbook with that many tasks, each waiting for the one before the last."""
    tasks = [
        {
            "code": f"task{number}",
            "phase": "begin" if number % 2 else "end",
            "kind": "tick",
            "side": "customer" if number % 3 else "vendor",
            "module": "finance",
            "title": {"en": f"Do thing {number}"},
            "needs": [f"task{number - 7}"] if number > 100 else [],
        }
        for number in range(count)
    ]
    plan = a_plan(of=a_playbook(SMALL_PLAYBOOK, code=f"many{count}", tasks=tasks))
    with write():
        held = lock(Plan, plan.id)
        held.kickoff_on, held.kickoff_held = held.started_on, True
    return plan


# --- what it shows ----------------------------------------------------------------------------------------------------


def test_the_headline_counts_and_says_what_is_next(client: FlaskClient) -> None:
    plan = a_plan()
    page = come(client, main_contact(plan)).get_data(as_text=True)
    assert "0 of 8 done. Next for you: Send us your logo" in page
    for title in ("Your turn now", "Waiting for us", "Waiting for something else"):
        assert f">{title}</h2>" in page
    assert "Dana Kellerman" in page
    blocked = page[page.index(f"task-{task_of(plan, 'design').ref}") :]
    assert "Cannot start yet." in blocked
    assert "2 Send us your logo</a> (Hanna Wilk)" in blocked, "it names what it waits for, and who has that"


def test_the_page_speaks_the_contacts_language_unless_another_is_chosen(app: Flask) -> None:
    plan = a_plan(contacts=(NewContact("Elina Saarela", "elina@kuusiranta.example", locale="fi", enters=True),))
    browser = app.test_client()
    assert '<html lang="fi"' in come(browser, main_contact(plan)).get_data(as_text=True)
    chosen = browser.get(f"/my/plans/{plan.ref}?lang=nl").get_data(as_text=True)
    assert '<html lang="nl"' in chosen


def test_filters_narrow_without_javascript_and_with_it(client: FlaskClient) -> None:
    plan = a_plan(facts={"modules": ["website", "finance"]})
    jan = a_contact(plan, "Jan Wit")
    working_for = staff_of(plan)
    from app.plans.service import assigning

    assigning.assign(plan.id, task_of(plan, "domain").ref, jan, working_for)
    come(client, main_contact(plan))
    page = f"/my/plans/{plan.ref}"
    of_us = client.get(f"{page}?owner=us").get_data(as_text=True)
    assert "Hold the kick-off" in of_us
    assert "Tell us about your company" not in of_us
    mine = client.get(f"{page}?owner=me").get_data(as_text=True)
    assert "Tell us about your company" in mine
    assert "Tell your registrar" not in mine
    his = client.get(f"{page}?owner={jan.ref}", headers=HTMX).get_data(as_text=True)
    assert "Tell your registrar" in his
    assert "<html" not in his
    finance = client.get(f"{page}?module=finance").get_data(as_text=True)
    assert "Choose a chart of accounts" in finance
    assert "Send us your logo" not in finance.split('id="tasks"')[1]


@pytest.mark.parametrize("count", [10, 200])
def test_the_page_asks_as_much_for_many_tasks_as_for_few(app: Flask, client: FlaskClient, count: int) -> None:
    plan = many_tasks(count)
    come(client, main_contact(plan))
    path, of_task = f"/my/plans/{plan.ref}", task_of(plan, "task1").ref
    with counting(app) as asked:
        page = client.get(path)
    assert page.status_code == 200
    assert asked <= 8
    with counting(app) as asked:
        client.get(f"{path}/tasks/{of_task}")
    assert asked <= 14


# --- a tick -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [10, 300])
def test_a_tick_is_one_small_fragment(app: Flask, client: FlaskClient, count: int) -> None:
    plan = many_tasks(count)
    come(client, main_contact(plan))
    task = task_of(plan, "task1")
    path = f"/my/plans/{plan.ref}/tasks/{task.ref}/completion"
    token = csrf_of(client, f"/my/plans/{plan.ref}")
    with counting(app) as asked:
        answer = client.post(path, data={"csrf_token": token}, headers={"Origin": "http://localhost", **HTMX})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert len(answer.data) < 4096
    assert asked <= 24
    assert "<html" not in text
    assert text.lstrip().startswith(f'<li class="gw-task is-done" id="task-{task.ref}"')
    assert f'id="do-{task.ref}"' in text, "the focus finds a button of the same id"
    assert 'id="toasts" hx-swap-oob' in text
    assert "data-announce" in text
    assert f"1 of {count} done" in text
    assert task_of(plan, "task1").state == TaskState.DONE


def test_without_javascript_a_tick_leads_back_with_a_receipt_and_undo(client: FlaskClient) -> None:
    plan = a_plan()
    page = f"/my/plans/{plan.ref}"
    come(client, main_contact(plan))
    path = f"{page}/tasks/{task_of(plan, 'domain').ref}/completion"
    answer = press(client, path, page, htmx=False)
    assert (answer.status_code, answer.location) == (303, page)
    shown = client.get(page).get_data(as_text=True)
    assert "Done: Tell your registrar" in shown
    assert f'action="{path}/undo"' in shown
    back = press(client, f"{path}/undo", page, htmx=False)
    assert (back.status_code, back.location) == (303, page)
    assert task_of(plan, "domain").state == TaskState.OPEN


def test_a_second_press_changes_nothing_and_says_who_was_first(app: Flask, client: FlaskClient) -> None:
    plan = a_plan()
    jan = a_contact(plan, "Jan Wit")
    path = f"/my/plans/{plan.ref}/tasks/{task_of(plan, 'domain').ref}/completion"
    page = f"/my/plans/{plan.ref}"
    come(client, main_contact(plan))
    other = app.test_client()
    come(other, jan)
    press(other, path, page)
    done = task_of(plan, "domain")
    answer = press(client, path, page).get_data(as_text=True)
    assert "Jan Wit has done this already." in answer
    again = task_of(plan, "domain")
    assert (again.done_by, again.done_at, again.version) == ("Jan Wit", done.done_at, done.version)


def test_a_tick_opens_what_waited_and_says_so(client: FlaskClient) -> None:
    tasks = [
        {"code": "a", "phase": "begin", "kind": "tick", "side": "customer", "title": {"en": "Write to the bank"}},
        {
            "code": "b",
            "phase": "begin",
            "kind": "tick",
            "side": "vendor",
            "title": {"en": "Connect the bank"},
            "needs": ["a"],
        },
    ]
    plan = a_plan(of=a_playbook(SMALL_PLAYBOOK, code="two", tasks=tasks))
    come(client, main_contact(plan))
    answer = press(
        client, f"/my/plans/{plan.ref}/tasks/{task_of(plan, 'a').ref}/completion", f"/my/plans/{plan.ref}"
    ).get_data(as_text=True)
    assert "Can begin now: Connect the bank (Dana Kellerman)" in answer


def test_what_cannot_be_ticked_answers_409_with_the_row_as_it_is(client: FlaskClient) -> None:
    plan = a_plan()
    page = f"/my/plans/{plan.ref}"
    come(client, main_contact(plan))
    path = f"{page}/tasks/{task_of(plan, 'company').ref}/completion"
    answer = press(client, path, page)
    assert answer.status_code == 409
    assert "done by its form" in answer.get_data(as_text=True)
    assert f'id="task-{task_of(plan, "company").ref}"' in answer.get_data(as_text=True)
    whole = press(client, path, page, htmx=False)
    assert whole.status_code == 409
    assert "done by its form" in whole.get_data(as_text=True)
    assert "<html" in whole.get_data(as_text=True)
    assert press(client, f"{page}/tasks/{task_of(plan, 'kickoff').ref}/completion", page).status_code == 403


def test_a_page_that_was_open_too_long_asks_to_press_once_more(client: FlaskClient) -> None:
    plan = a_plan()
    come(client, main_contact(plan))
    path = f"/my/plans/{plan.ref}/tasks/{task_of(plan, 'domain').ref}/completion"
    answer = client.post(path, data={"csrf_token": "old"}, headers={"Origin": "http://localhost", **HTMX})
    assert answer.status_code == 422
    found = re.search(r'name="csrf_token" value="([^"]+)"', answer.get_data(as_text=True))
    assert found, "the row carries a fresh token"
    assert task_of(plan, "domain").state == TaskState.OPEN
    headers = {"Origin": "http://localhost", **HTMX}
    assert client.post(path, data={"csrf_token": found[1]}, headers=headers).status_code == 200


# --- not needed, stuck, words, handed over ----------------------------------------------------------------------------


def test_not_applicable_asks_for_the_reason_and_can_be_undone(client: FlaskClient) -> None:
    plan = a_plan()
    base = f"/my/plans/{plan.ref}/tasks/{task_of(plan, 'domain').ref}"
    come(client, main_contact(plan))
    empty = post(client, f"{base}/not-applicable", {"reason": ""})
    assert empty.status_code == 422
    assert "Enter the reason" in empty.get_data(as_text=True)
    assert post(client, f"{base}/not-applicable", {"reason": "We have no domain"}).status_code == 303
    task = task_of(plan, "domain")
    assert (task.state, task.reason) == (TaskState.NOT_APPLICABLE, "We have no domain")
    assert "Not applicable: We have no domain" in client.get(f"/my/plans/{plan.ref}").get_data(as_text=True)
    press(client, f"{base}/completion/undo", f"/my/plans/{plan.ref}")
    assert task_of(plan, "domain").state == TaskState.OPEN


def test_stuck_reaches_the_account_manager(client: FlaskClient) -> None:
    plan = a_plan()
    base = f"/my/plans/{plan.ref}/tasks/{task_of(plan, 'domain').ref}"
    come(client, main_contact(plan))
    assert post(client, f"{base}/stuck", {"why": ""}).status_code == 422
    assert post(client, f"{base}/stuck", {"why": "Nobody answers"}).status_code == 303
    mail = db.session.scalars(sa.select(MailRow).where(MailRow.template == "task_news")).one()
    assert mail.to_email == staff_of(plan).party.email
    assert mail.args["words"] == "Nobody answers"
    page = client.get(f"/my/plans/{plan.ref}").get_data(as_text=True)
    assert "Nobody answers" in page.split('id="group-ours"')[1].split("</section>")[0], "now it waits for us"
    post(client, f"{base}/stuck/undo", page=base)
    assert task_of(plan, "domain").stuck_at is None


def test_a_message_is_kept_once_and_staff_notes_stay_among_staff(client: FlaskClient) -> None:
    from app.plans.service import comments

    plan = a_plan()
    task = task_of(plan, "domain")
    base = f"/my/plans/{plan.ref}/tasks/{task.ref}"
    comments.comment(plan.id, task.ref, "He never answers", staff_of(plan), internal=True)
    comments.comment(plan.id, task.ref, "Please ask Jan", staff_of(plan))
    come(client, main_contact(plan))
    page = client.get(base).get_data(as_text=True)
    assert "Please ask Jan" in page
    assert "He never answers" not in page
    assert "Internal note" not in page
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key
    for _again in range(2):
        answer = post(client, f"{base}/comments", {"body": "I asked", "key": key[1]}, page=base)
        assert (answer.status_code, answer.location) == (303, f"{base}#talk")
    said = db.session.scalars(sa.select(TaskComment).where(TaskComment.body == "I asked")).all()
    assert [(one.author, one.internal) for one in said] == [("Hanna Wilk", False)]
    empty = post(client, f"{base}/comments", {"body": ""}, page=base)
    assert empty.status_code == 422
    assert "Enter your message" in empty.get_data(as_text=True)


def test_a_stale_or_archived_plan_keeps_what_was_typed(client: FlaskClient) -> None:
    from app.plans.service import starting

    plan = a_plan()
    base = f"/my/plans/{plan.ref}/tasks/{task_of(plan, 'domain').ref}"
    come(client, main_contact(plan))
    token = csrf_of(client, base)
    starting.archive(plan.id, "Merged", staff_of(plan))
    origin = {"Origin": "http://localhost"}
    answer = client.post(f"{base}/comments", data={"csrf_token": token, "body": "One more thing"}, headers=origin)
    assert answer.status_code == 409
    assert "One more thing" in answer.get_data(as_text=True)
    stale = client.post(f"{base}/stuck", data={"csrf_token": "old", "why": "The bank"}, headers=origin)
    assert stale.status_code == 422
    assert "The bank" in stale.get_data(as_text=True)


def test_a_task_is_handed_to_the_bank_and_taken_back(app: Flask, client: FlaskClient) -> None:
    plan = a_plan()
    task = task_of(plan, "domain")
    base = f"/my/plans/{plan.ref}/tasks/{task.ref}"
    come(client, main_contact(plan))
    missing = post(client, f"{base}/handover", {"to": "new"})
    assert missing.status_code == 422
    assert "Enter the e-mail address" in missing.get_data(as_text=True)
    typed = {"to": "new", "name": "Bea Bank", "email": "bea@bank.example", "role": "bank", "locale": "en"}
    typed["note"] = "This week, please."
    assert post(client, f"{base}/handover", typed).status_code == 303
    given = db.session.scalars(sa.select(TaskHandover)).one()
    bea = db.session.get_one(PlanContact, given.contact_id)
    assert (bea.name, bea.locale, bea.enters) == ("Bea Bank", "en", False)
    hers = app.test_client()
    page = come(hers, given, Purpose.PLAN_TASK)
    assert page.request.path == f"/my/tasks/{task.ref}"
    text = page.get_data(as_text=True)
    assert "Tell your registrar" in text
    assert "This week, please." in text
    assert "Send us your logo" not in text
    assert plan.ref not in text, "nothing leads to the plan"
    press(hers, f"/my/tasks/{task.ref}/completion", f"/my/tasks/{task.ref}", htmx=False)
    assert task_of(plan, "domain").done_by == "Bea Bank"
    post(client, f"{base}/handover/{given.ref}/end", page=base)
    assert hers.get(f"/my/tasks/{task.ref}").status_code == 404


def test_one_task_is_all_that_its_link_opens(app: Flask) -> None:
    plan = a_plan()
    hand = Hand(contact=main_contact(plan))
    domain, company = task_of(plan, "domain"), task_of(plan, "company")
    given = handing_over.hand_over(plan.id, domain.ref, NewContact("Bea", "bea@bank.example"), "", hand)
    hers = app.test_client()
    come(hers, given, Purpose.PLAN_TASK)
    unknown = hers.get("/my/tasks/T-00000000")
    assert unknown.status_code == 404
    assert hers.get(f"/my/tasks/{company.ref}").data == unknown.data
    for path in (f"/my/plans/{plan.ref}", f"/my/plans/{plan.ref}/tasks/{domain.ref}"):
        assert hers.get(path).status_code == 404


# --- one's own, and others' -------------------------------------------------------------------------------------------


def test_own_details_and_reminders(client: FlaskClient) -> None:
    plan = a_plan()
    page = f"/my/plans/{plan.ref}"
    come(client, main_contact(plan))
    wrong = post(client, f"{page}/details", {"name": "", "phone": "x", "locale": "en"})
    assert wrong.status_code == 422
    right = {"name": "Hanna Nowak", "phone": "601 200 300", "locale": "nl", "country": "PL"}
    assert post(client, f"{page}/details", right).status_code == 303
    contact = main_contact(plan)
    assert (contact.name, contact.phone, contact.locale) == ("Hanna Nowak", "+48601200300", "nl")
    press(client, f"{page}/reminders", page, htmx=False, on="0")
    assert main_contact(plan).reminders is False
    press(client, f"{page}/reminders", page, htmx=False, on="1")
    assert main_contact(plan).reminders is True


def test_one_link_opens_each_plan_of_the_same_person(client: FlaskClient) -> None:
    first, second = a_plan(), a_plan()
    page = come(client, main_contact(first)).get_data(as_text=True)
    assert "Your other plans" in page
    assert f"/my/plans/{second.ref}" in page
    assert client.get(f"/my/plans/{second.ref}").status_code == 200


def test_anothers_references_answer_as_ones_that_were_made_up(client: FlaskClient) -> None:
    ours = a_plan()
    stranger = (NewContact("Tom Vos", "tom@elsewhere.example", enters=True),)
    theirs = a_plan(contacts=stranger)
    come(client, main_contact(ours))
    token = csrf_of(client, f"/my/plans/{ours.ref}")
    unknown = client.get("/my/plans/P-00000000")
    assert unknown.status_code == 404
    their_task, our_task = task_of(theirs, "domain"), task_of(ours, "domain")
    for path in (
        f"/my/plans/{theirs.ref}",
        f"/my/plans/{theirs.ref}/details",
        f"/my/plans/{theirs.ref}/tasks/{their_task.ref}",
        f"/my/plans/{theirs.ref}/tasks/{our_task.ref}",
        f"/my/plans/{ours.ref}/tasks/{their_task.ref}",
        f"/my/plans/{ours.ref}/tasks/{their_task.ref}/stuck",
        f"/my/plans/{ours.ref}/tasks/{their_task.ref}/handover",
    ):
        answer = client.get(path)
        assert (answer.status_code, answer.data) == (404, unknown.data), path
    before = _everything()
    made_up = None
    for plan, task in ((theirs, their_task), (ours, their_task), (theirs, our_task)):
        for verb in ("completion", "completion/undo", "stuck", "not-applicable", "comments", "handover", "stuck/undo"):
            answer = client.post(
                f"/my/plans/{plan.ref}/tasks/{task.ref}/{verb}",
                data={"csrf_token": token, "why": "x", "reason": "x", "body": "x"},
                headers={"Origin": "http://localhost"},
            )
            made_up = made_up or answer.data
            assert (answer.status_code, answer.data) == (404, made_up)
    assert _everything() == before


def _everything() -> dict[str, int]:
    return {
        table.name: db.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
        for table in Base.metadata.sorted_tables
    }


def test_no_look_writes(app: Flask, client: FlaskClient) -> None:
    """Every page under /my, and the link itself, as a mail scanner would fetch them."""
    from tests.crawl import walk
    from tests.plans.coming import link_to

    plan = a_plan(facts={"modules": ["website", "finance"], "payroll": True})
    contact = main_contact(plan)
    link = link_to(contact)
    come(client, contact)
    written: list[str] = []

    def watch(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if re.match(r"\s*(INSERT|UPDATE|DELETE)", statement, re.IGNORECASE):
            written.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", watch)
    try:
        seen = list(walk(app, client, [link, f"/my/plans/{plan.ref}"], examples=20))
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", watch)
    assert written == []
    assert {visit.status for visit in seen if visit.path.startswith("/my")} == {200}
    assert {"plans_my.plan", "plans_my.task", "plans_my.stuck", "plans_my.handover", "plans_my.details"} <= {
        visit.endpoint for visit in seen
    }
