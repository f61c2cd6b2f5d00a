"""Order confirmations: prepared, accepted, certified, checked by anybody, and never changed (T5)."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.clock import now
from app.core.db import db, write
from app.core.errors import Conflict, DomainError, FieldError
from app.core.files import store
from app.core.i18n import LOCALES
from app.core.limits import limiter
from app.customers.models import Account
from app.documents.models import Upload
from app.history import chain
from app.notices.tasks import service as digests
from app.outbox import mail as mails
from app.outbox.models import MailRow
from app.people.models import Person
from app.plans import certificate, confirmation, verifying
from app.plans.confirmation import Company, Fee, Order, Signatory
from app.plans.models import FileUse, Plan, PlanContact, PlanDocument, PlanTask, TaskAcceptance, TaskState
from app.plans.party import Hand
from app.plans.queries import documents
from app.plans.service import accepting, assigning, comments, confirming, files, handing_over, working
from app.plans.service.accepting import Seen, WordsChanged
from app.plans.service.confirming import PreparedMeanwhile, StillAccepted
from app.plans.service.finishing import CannotStartYet, NotYours, TaskMovedOn
from app.plans.service.people import NewContact
from app.plans.verifying import Found
from app.privacy import service as privacy
from tests.core.odd_markdown import ODD
from tests.leads.sentences import an_account
from tests.leads.test_races_desk import at_once
from tests.plans.test_answer_doors import _received, entered
from tests.plans.test_appendix import one_line, read
from tests.privacy import marker
from tests.queries import counting
from tests.sentences import (
    SMALL_PLAYBOOK,
    a_plan,
    a_playbook,
    a_service,
    a_staff_member,
    an_organisation,
    main_contact,
    post,
    sign_in,
    task_of,
)

pytestmark = pytest.mark.usefixtures("context")

TERMS = """# What we do

We *keep* the **books**, see [ours](https://brimora.example).

1. First
2. Second

- one
  - two

> Mind

    code

---

| a | b |
|---|---|
| #1 $x$ | `c` |
"""
TASKS = [
    *SMALL_PLAYBOOK["tasks"],
    {
        "code": "order",
        "phase": "begin",
        "kind": "document",
        "side": "customer",
        "document": "order",
        "title": {"en": "Accept the order confirmation"},
    },
    {
        "code": "look",
        "phase": "begin",
        "kind": "approval",
        "side": "vendor",
        "title": {"en": "Look at the order"},
        "needs": ["order"],
    },
]
DOCUMENTS = [
    *SMALL_PLAYBOOK["documents"],
    {
        "code": "order",
        "generated": "order_confirmation",
        "title": {"en": "Order confirmation", "nl": "Opdrachtbevestiging"},
        "body": {"en": TERMS},
    },
]


def an_order_plan(**values: Any) -> Plan:
    return a_plan(of=a_playbook(tasks=TASKS, documents=DOCUMENTS), **{"locale": "en", **values})


def an_order(**values: Any) -> Order:
    return Order(
        **{
            "company": Company("Quillmark Stationers", "NL", "84217305", "", "Kade 1", "1234 AB", "Utrecht"),
            "fees": (
                Fee("Bookkeeping", Decimal("149.00"), "EUR", 1),
                Fee("Annual accounts", Decimal("900.00"), "EUR", 12),
            ),
            "year_from": date(2026, 1, 1),
            "year_until": date(2026, 12, 31),
            "signatories": (Signatory("Hanna Wilk", "Director"),),
            **values,
        }
    )


def staff_of(plan: Plan) -> Hand:
    return Hand(person=db.session.get_one(Person, plan.manager_id))


def prepared(plan: Plan, locale: str = "en", **values: Any) -> PlanDocument:
    task = task_of(plan, "order")
    before = documents.latest(task.id)
    return confirming.prepare(
        plan.id, task.ref, an_order(**values), locale, staff_of(plan), after=before.number if before else 0
    )


def accepted(plan: Plan, made: PlanDocument, by: Hand | None = None) -> TaskAcceptance:
    seen = Seen("en", made.sha256, "192.0.2.17", "A browser")
    accepting.accept(plan.id, task_of(plan, "order").ref, "Hanna Wilk", seen, by or Hand(contact=main_contact(plan)))
    return documents.acceptances_of(task_of(plan, "order"))[0]


def bytes_of(made: PlanDocument) -> bytes:
    with store().open(made.upload.key) as file:
        return file.read()


def desk_of(plan: Plan, door: str = "") -> str:
    return f"/desk/plans/{plan.ref}/tasks/{task_of(plan, 'order').ref}{door}"


def my_of(plan: Plan, door: str = "") -> str:
    return f"/my/plans/{plan.ref}/tasks/{task_of(plan, 'order').ref}{door}"


# --- prepared ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("locale", LOCALES)
def test_the_pdf_says_everything_in_the_language_and_is_tagged(locale: str) -> None:
    plan = an_order_plan()
    made = prepared(plan, locale, partner='Kassa #1 $5 *x* <b> "Ż"', agreed="We start\nin May")
    found, text = read(bytes_of(made))
    sheet = confirming.sheet_of(made)
    said = [sheet.title, sheet.number, sheet.made, *sheet.company, *sheet.supplier, sheet.year, sheet.partner]
    said += [*sheet.agreed, sheet.verify, *sheet.words.values(), *[cell for fee in sheet.fees for cell in fee]]
    said += ["What we do", "Second", "#1 $x$", "books", "Director"]
    for words in said:
        assert one_line(words) in text, words
    root: Any = found.trailer["/Root"]
    assert root["/Lang"] == locale
    assert root["/MarkInfo"]["/Marked"]
    assert "http://localhost/verify" in text
    assert found.metadata is not None
    assert made.ref in str(found.metadata.title)
    assert sheet.title == ("Opdrachtbevestiging" if locale == "nl" else "Order confirmation")
    assert hashlib.sha256(bytes_of(made)).hexdigest() == made.sha256 == made.upload.sha256


@pytest.mark.parametrize(
    "terms",
    [
        *("", "- \n- a", "#\n\nx", "## A\n\n#### B\n\n###### C\n\n## D", "#### A\n\n# B", "[](https://x.example)"),
        *(
            "| a |\n|---|",
            "| a | b |\n|---|---|\n|  | |",
            "> ",
            "```\n```",
            "0. a",
            "- # h\n- b",
            "> ### h",
            "~~x~~",
            "---",
        ),
    ],
)
def test_whatever_the_terms_are_they_can_be_drawn(terms: str) -> None:
    order = replace(an_order(), title="Order confirmation", terms=terms, vendor="Brimora", manager="Dana")
    sheet = confirmation.sheet_of(order, "K-7K3F9Q2M", 1, now(), "en")
    assert confirmation.pdf_of(sheet).startswith(b"%PDF-")


@pytest.mark.on("sqlite")
def test_no_odd_markdown_stops_the_pdf() -> None:
    odd = "\n\n***\n\n".join(ODD)
    assert confirmation.pdf_of(confirmation.sheet_of(an_order(title="Order", terms=odd), "K-7K3F9Q2M", 1, now(), "en"))


def test_the_form_begins_with_what_the_plan_knows(client: FlaskClient) -> None:
    books, hosting = a_service("books", en="Books"), a_service("hosting", en="Hosting")
    partner = an_organisation("Kassahuone Oy")
    account = an_account(services=[books, hosting])
    with write():
        found = db.session.get_one(Account, account.id)
        found.partner_organisation_id = partner.id
        db.session.get_one(type(books), books.id).net = Decimal("75.00")
        db.session.get_one(type(books), books.id).months = 1
    plan = an_order_plan(account=account)
    sign_in(client, db.session.get_one(Person, plan.manager_id))
    page = client.get(desk_of(plan, "/document")).text
    for words in (account.company_name, account.street, account.city, "Books", "75.00", "Hanna Wilk", "Kassahuone Oy"):
        assert words in page, words
    assert confirming.proposal(plan, task_of(plan, "order")).fees == (Fee("Books", Decimal("75.00"), "EUR", 1),)


def test_it_is_prepared_at_the_desk_and_accepted_by_the_customer(client: FlaskClient, app: Flask) -> None:
    plan = an_order_plan()
    sign_in(client, db.session.get_one(Person, plan.manager_id))
    typed = {
        "locale": "en",
        "company": "Quillmark",
        "fees-0-name": "Books",
        "fees-0-net": "100",
        "fees-0-currency": "EUR",
        "fees-0-months": "1",
        "year_from": "2026-01-01",
        "year_until": "2026-12-31",
        "signatories-0-name": "Hanna Wilk",
        "signatories-0-role": "",
        "after": "0",
    }
    address = desk_of(plan, "/document")
    wrong = post(client, address, typed)
    assert wrong.status_code == 422
    assert "Enter the role" in wrong.text
    more = post(client, address, typed | {"do": "add-fee"})
    assert more.status_code == 200
    assert "fees-1-name" in more.text
    right = post(client, address, typed | {"signatories-0-role": "Director"})
    assert right.status_code == 303, right.text
    made = documents.latest(task_of(plan, "order").id)
    assert made is not None
    assert made.number == 1
    stale = post(client, address, typed | {"signatories-0-role": "Owner"})
    assert stale.status_code == 409
    assert "Owner" in stale.text
    theirs = app.test_client()
    entered(theirs, plan)
    page = theirs.get(my_of(plan)).text
    assert "Books" in page
    assert made.sha256 in page
    file = theirs.get(my_of(plan, f"/documents/{made.ref}/content"))
    assert file.data == bytes_of(made)
    assert file.headers["Content-Disposition"].startswith("attachment")
    token = post(
        theirs,
        my_of(plan, "/answer"),
        {"sha256": made.sha256, "name": "Hanna Wilk", "accepted": "y"},
        page=my_of(plan),
    )
    assert token.status_code == 303
    kept = documents.acceptances_of(task_of(plan, "order"))[0]
    assert (kept.sha256, kept.upload_id, kept.locale, kept.address) == (made.sha256, made.upload_id, "en", "127.0.0.1")
    for reader, address in ((theirs, my_of(plan, "/certificate")), (client, desk_of(plan, "/certificate"))):
        shown = reader.get(address).text
        for words in ("The file and the evidence are unchanged.", "Hanna Wilk", made.sha256, made.ref, "127.0.0.1"):
            assert words in shown, words
    assert "See the evidence" in theirs.get(my_of(plan)).text


def test_a_copy_with_the_file_goes_to_both(app: Flask) -> None:
    plan = an_order_plan()
    made = prepared(plan)
    accepted(plan, made)
    rows = {row.template: row for row in db.session.scalars(sa.select(MailRow))}
    assert rows["document_prepared"].to_email == main_contact(plan).email
    assert rows["document_accepted"].to_email == main_contact(plan).email
    assert rows["document_accepted_copy"].to_email == db.session.get_one(Person, plan.manager_id).email
    for template in ("document_accepted", "document_accepted_copy"):
        file = mails.load(template, rows[template].args).attached()
        assert file is not None
        assert (file.content, file.filename) == (bytes_of(made), f"{made.ref}.pdf")


def test_the_same_form_twice_is_one_number_and_a_stale_one_is_refused() -> None:
    plan = an_order_plan()
    task = task_of(plan, "order")
    first = confirming.prepare(plan.id, task.ref, an_order(), "en", staff_of(plan), after=0)
    again = confirming.prepare(plan.id, task.ref, an_order(), "en", staff_of(plan), after=0)
    assert first.id == again.id
    with pytest.raises(PreparedMeanwhile):
        confirming.prepare(plan.id, task.ref, an_order(agreed="other"), "en", staff_of(plan), after=0)
    with pytest.raises(NotYours):
        confirming.prepare(plan.id, task.ref, an_order(), "en", Hand(contact=main_contact(plan)), after=1)
    with pytest.raises(FieldError):
        confirming.prepare(plan.id, task.ref, an_order(year_until=date(2025, 1, 1)), "en", staff_of(plan), after=1)
    uploads = {upload.key for upload in db.session.scalars(sa.select(Upload))}
    assert len(uploads) == 1


# --- exactly the number that was read -------------------------------------------------------------------------------


def test_a_newer_number_replaces_the_former_and_what_was_read_is_what_is_accepted(client: FlaskClient) -> None:
    plan = an_order_plan()
    first = prepared(plan)
    entered(client, plan)
    second = prepared(plan, agreed="Cheaper")
    assert (first.number, second.number) == (1, 2)
    assert db.session.get_one(PlanDocument, first.id, populate_existing=True).replaced_at is not None
    answer = post(
        client,
        my_of(plan, "/answer"),
        {"sha256": first.sha256, "name": "Hanna Wilk", "accepted": "y"},
        page=my_of(plan),
    )
    assert answer.status_code == 409
    assert "Cheaper" in answer.text
    assert documents.acceptances_of(task_of(plan, "order")) == []
    with pytest.raises(WordsChanged):
        accepted(plan, first)
    assert accepted(plan, second).upload_id == second.upload_id


def test_staff_accept_nothing_for_the_customer() -> None:
    plan = an_order_plan()
    made = prepared(plan)
    with pytest.raises(NotYours):
        accepted(plan, made, staff_of(plan))
    with pytest.raises(DomainError):
        working.tick(plan.id, task_of(plan, "order").ref, staff_of(plan))


# --- never changed ----------------------------------------------------------------------------------------------------


def snapshot(made: PlanDocument) -> tuple[Any, ...]:
    db.session.expire_all()
    row = db.session.get_one(PlanDocument, made.id, options=[sa.orm.joinedload(PlanDocument.upload)])
    columns = tuple(str(getattr(row, column.name)) for column in PlanDocument.__table__.columns)
    return (*columns, bytes_of(row))


VERBS: dict[str, Callable[[Plan, PlanTask, Hand], Any]] = {
    "tick": lambda plan, task, by: working.tick(plan.id, task.ref, by),
    "hand_in": lambda plan, task, by: working.hand_in(plan.id, task.ref, {}, by),
    "not_applicable": lambda plan, task, by: working.not_applicable(plan.id, task.ref, "no", by),
    "applicable": lambda plan, task, by: working.applicable(plan.id, task.ref, by),
    "stuck": lambda plan, task, by: working.stuck(plan.id, task.ref, "so", by),
    "unstuck": lambda plan, task, by: working.unstuck(plan.id, task.ref, by),
    "waits": lambda plan, task, by: working.waits(plan.id, task.ref, "them", None, by),
    "approve": lambda plan, task, by: working.approve(plan.id, task.ref, by, until=date(2030, 1, 1)),
    "give_back": lambda plan, task, by: working.give_back(plan.id, task.ref, "no", by),
    "present_again": lambda plan, task, by: working.present_again(plan.id, task.ref, by),
    "return_what_needs_it": lambda plan, task, by: working.give_back(plan.id, task_of(plan, "look").ref, "no", by),
    "prepare": lambda plan, task, by: confirming.prepare(plan.id, task.ref, an_order(agreed="x"), "nl", by, after=1),
    "prepare_from_nothing": lambda plan, task, by: confirming.prepare(plan.id, task.ref, an_order(), "fi", by, after=0),
    "put_file": lambda plan, task, by: files.add(plan.id, task.ref, [_received("a.txt")], by, use=FileUse.INSTRUCTION),
    "give_file": lambda plan, task, by: files.add(plan.id, task.ref, [_received("a.txt")], by),
    "accept": lambda plan, task, by: accepting.accept(plan.id, task.ref, "Eve", Seen("fi", "0" * 64), by),
    "assign": lambda plan, task, by: assigning.assign(plan.id, task.ref, None, by),
    "set_due": lambda plan, task, by: assigning.set_due(plan.id, task.ref, date(2030, 1, 1), by),
    "remove": lambda plan, task, by: assigning.remove_own(plan.id, task.ref, by),
    "comment": lambda plan, task, by: comments.comment(plan.id, task.ref, "Hello", by),
    "hand_over": lambda plan, task, by: handing_over.hand_over(
        plan.id, task.ref, NewContact("Eve", "eve@quillmark.example"), "", by
    ),
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("side", ["staff", "customer"])
def test_no_verb_changes_what_is_accepted(verb: str, side: str) -> None:
    plan = an_order_plan()
    made = prepared(plan)
    kept = accepted(plan, made)
    digest, before = kept.digest, snapshot(made)
    by = staff_of(plan) if side == "staff" else Hand(contact=main_contact(plan))
    try:
        VERBS[verb](plan, task_of(plan, "order"), by)
    except DomainError:
        pass
    assert snapshot(made) == before
    assert task_of(plan, "order").state == TaskState.DONE
    (found,) = certificate.certificates_of(task_of(plan, "order"))
    assert found.is_intact
    assert (found.kept.digest, found.kept.withdrawn_at) == (digest, None)


@pytest.mark.on("sqlite")
@pytest.mark.parametrize("side", ["desk", "my"])
def test_no_door_of_the_task_changes_what_is_accepted(app: Flask, client: FlaskClient, side: str) -> None:
    """Every address that takes a form about this task, also those that are made later."""
    plan = an_order_plan()
    made = prepared(plan)
    accepted(plan, made)
    before, task = snapshot(made), task_of(plan, "order").ref
    if side == "desk":
        sign_in(client, db.session.get_one(Person, plan.manager_id))
    else:
        entered(client, plan)
    opens_again = {"plans_desk.uncomplete", "plans_my.completion_undo"}
    typed = {"name": "Eve", "accepted": "y", "sha256": made.sha256, "verdict": "returned", "why": "no", "reason": "no"}
    typed |= {"body": "words", "who": "them", "locale": "fi", "after": "1", "until": "2030-01-01", "do": ""}
    pressed = []
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or "task_ref" not in rule.arguments or rule.endpoint in opens_again:
            continue
        if not rule.endpoint.startswith(f"plans_{side}.") or "ref" not in rule.arguments:
            continue
        values = dict.fromkeys(rule.arguments, "X-00000000") | {"ref": plan.ref, "task_ref": task}
        address = app.url_map.bind("localhost").build(rule.endpoint, values, method="POST")
        page = desk_of(plan) if side == "desk" else my_of(plan)
        answer = post(client, str(address), typed, page=page)
        assert answer.status_code < 500, address
        pressed.append(rule.endpoint)
        db.session.rollback()
    assert len(pressed) > 8
    assert snapshot(made) == before
    assert task_of(plan, "order").state == TaskState.DONE
    (found,) = certificate.certificates_of(task_of(plan, "order"))
    assert found.is_intact
    assert (found.kept.name, found.kept.withdrawn_at) == ("Hanna Wilk", None)


def test_after_withdrawing_the_former_stays_as_evidence_and_a_next_number_can_follow() -> None:
    plan = an_order_plan()
    first = prepared(plan)
    accepted(plan, first)
    with pytest.raises(StillAccepted):
        prepared(plan, agreed="x")
    working.untick(plan.id, task_of(plan, "order").ref, staff_of(plan))
    told = db.session.scalars(sa.select(MailRow).order_by(MailRow.id.desc())).first()
    assert told is not None
    assert (told.template, told.to_email) == ("task_words", main_contact(plan).email)
    assert "was withdrawn" in told.args["words"]
    assert verifying.verdict_on(first.sha256).found == Found.WITHDRAWN
    second = prepared(plan, agreed="x")
    accepted(plan, second)
    newest, oldest = certificate.certificates_of(task_of(plan, "order"))
    assert (newest.made.number, oldest.made.number) == (2, 1)  # type: ignore[union-attr]  # both were made from the plan
    assert newest.is_intact
    assert oldest.is_intact
    assert oldest.kept.withdrawn_at is not None
    verdict = verifying.verdict_on(first.sha256)
    assert (verdict.found, verdict.replaced_at is None) == (Found.WITHDRAWN, False)
    assert verifying.verdict_on(second.sha256).found == Found.ACCEPTED


def test_it_is_prepared_once_what_comes_first_is_done() -> None:
    tasks = [*TASKS[:-2], {**TASKS[-2], "needs": ["domain"]}]
    plan = a_plan(of=a_playbook(tasks=tasks, documents=DOCUMENTS), locale="en")
    with pytest.raises(CannotStartYet):
        prepared(plan)
    working.tick(plan.id, task_of(plan, "domain").ref, staff_of(plan))
    assert prepared(plan).number == 1


def test_the_account_manager_is_told_when_the_customer_withdraws() -> None:
    plan = an_order_plan()
    accepted(plan, prepared(plan))
    working.untick(plan.id, task_of(plan, "order").ref, Hand(contact=main_contact(plan)))
    told = db.session.scalars(sa.select(MailRow).order_by(MailRow.id.desc())).first()
    assert told is not None
    assert (told.template, told.to_email) == ("task_news", db.session.get_one(Person, plan.manager_id).email)


def test_not_needed_any_more_it_is_not_prepared() -> None:
    plan = an_order_plan()
    working.not_applicable(plan.id, task_of(plan, "order").ref, "no", staff_of(plan))
    with pytest.raises(TaskMovedOn):
        prepared(plan)


# --- tampered ---------------------------------------------------------------------------------------------------------


ROWS: list[tuple[type[Any], str, Any]] = [
    (PlanDocument, "content", {"company": {"name": "Eve"}}),
    (PlanDocument, "number", 7),
    (PlanDocument, "locale", "fi"),
    (PlanDocument, "sha256", "0" * 64),
    (PlanDocument, "made_at", now()),
    (PlanDocument, "digest", "0" * 64),
    (TaskAcceptance, "name", "Eve"),
    (TaskAcceptance, "accepted_at", now()),
    (TaskAcceptance, "address", "198.51.100.1"),
    (TaskAcceptance, "user_agent", "Another"),
    (TaskAcceptance, "locale", "fi"),
    (TaskAcceptance, "title", "Another"),
    (TaskAcceptance, "withdrawn_at", now()),
    (TaskAcceptance, "sha256", "0" * 64),
    (TaskAcceptance, "digest", "0" * 64),
]


@pytest.mark.parametrize(("model", "column", "value"), ROWS, ids=[f"{row[0].__name__}-{row[1]}" for row in ROWS])
def test_a_changed_row_is_said(client: FlaskClient, model: type[Any], column: str, value: Any) -> None:
    plan = an_order_plan()
    made = prepared(plan)
    accepted(plan, made)
    file = bytes_of(made)
    with write():
        db.session.execute(sa.update(model).values(**{column: value}))
    db.session.expire_all()
    (found,) = certificate.certificates_of(task_of(plan, "order"))
    assert not found.is_intact
    assert verifying.verdict_on(hashlib.sha256(file).hexdigest()).found in (Found.ALTERED, Found.UNKNOWN)
    assert False in {intact for _name, intact in [*confirming.evidence(), *accepting.evidence()]}
    sign_in(client, db.session.get_one(Person, plan.manager_id))
    page = client.get(desk_of(plan, "/certificate")).text
    assert "The file and the evidence are unchanged." not in page
    assert "was changed" in page


def test_a_withdrawal_that_is_taken_out_or_moved_is_said() -> None:
    plan = an_order_plan()
    made = prepared(plan)
    accepted(plan, made)
    working.untick(plan.id, task_of(plan, "order").ref, staff_of(plan))
    db.session.expire_all()
    assert certificate.certificates_of(task_of(plan, "order"))[0].is_intact
    for moment in (None, now()):
        with write():
            db.session.execute(sa.update(TaskAcceptance).values(withdrawn_at=moment))
        db.session.expire_all()
        assert not certificate.certificates_of(task_of(plan, "order"))[0].is_intact
        assert verifying.verdict_on(made.sha256).found == Found.ALTERED


def test_a_changed_or_lost_file_is_said(client: FlaskClient) -> None:
    plan = an_order_plan()
    made = prepared(plan)
    accepted(plan, made)
    file = bytes_of(made)
    sign_in(client, db.session.get_one(Person, plan.manager_id))
    store().put(made.upload.key, file[:-9] + b"x" + file[-8:])
    assert "The file was changed since it was accepted" in client.get(desk_of(plan, "/certificate")).text
    assert verifying.verdict_on(made.sha256).found == Found.ALTERED
    store().delete(made.upload.key)
    assert "The file is lost" in client.get(desk_of(plan, "/certificate")).text
    assert verifying.verdict_on(made.sha256).found == Found.ALTERED


def test_evidence_of_both_is_among_what_the_history_verifies() -> None:
    assert {confirming.evidence, accepting.evidence} <= set(chain.EVIDENCE)
    plan = an_order_plan()
    accepted(plan, prepared(plan))
    assert [intact for _name, intact in [*confirming.evidence(), *accepting.evidence()]] == [True, True]


class File(bytes):
    """Not written out when an example fails."""

    def __repr__(self) -> str:
        return f"<{len(self)} bytes>"


@pytest.fixture
def a_file() -> File:
    plan = an_order_plan()
    made = prepared(plan)
    accepted(plan, made)
    return File(bytes_of(made))


@settings(max_examples=150)
@given(data=st.data())
def test_any_flipped_byte_is_not_recognised(a_file: File, data: st.DataObject) -> None:
    file = bytes(a_file)
    place = data.draw(st.integers(0, len(file) - 1))
    flip = data.draw(st.integers(1, 255))
    changed = file[:place] + bytes([file[place] ^ flip]) + file[place + 1 :]
    assert verifying.verdict_on(hashlib.sha256(changed).hexdigest()).found == Found.UNKNOWN
    assert verifying.verdict_on(hashlib.sha256(file).hexdigest()).found == Found.ACCEPTED


# --- checked by anybody -----------------------------------------------------------------------------------------------


def checked(client: FlaskClient, file: bytes | None = None, sha256: str = "") -> Any:
    page = client.get("/verify").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token
    fields: dict[str, Any] = {"csrf_token": token[1], "sha256": sha256}
    if file is not None:
        fields["file"] = (io.BytesIO(file), "order.pdf")
    return client.post(
        "/verify", data=fields, content_type="multipart/form-data", headers={"Origin": "http://localhost"}
    )


def test_whoever_holds_the_file_learns_its_state_and_nothing_personal(client: FlaskClient) -> None:
    plan = an_order_plan()
    first = prepared(plan)
    assert "It is not accepted." in checked(client, bytes_of(first)).text
    second = prepared(plan, agreed="x")
    replaced = checked(client, sha256=first.sha256.upper()).text
    assert "A newer version took its place" in replaced
    accepted(plan, second)
    shown = checked(client, bytes_of(second)).text
    assert "Accepted on" in shown
    assert f"{second.ref}, version 2" in shown
    assert second.ref not in checked(client, sha256=first.sha256).text
    for secret in ("Hanna", "Quillmark", "192.0.2.17", "A browser", plan.ref):
        assert secret not in shown
        assert secret not in replaced
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Upload)) == 2, "what was checked is not kept"


def test_what_is_not_ours_is_said_to_be_so(client: FlaskClient) -> None:
    plan = an_order_plan()
    file = bytes_of(prepared(plan))
    for content in (file[:-1], b"no pdf at all", b"\0"):
        answer = checked(client, content)
        assert answer.status_code == 200
        assert "This is not one of our documents" in answer.text
    assert checked(client).status_code == 422
    assert checked(client, sha256="abc").status_code == 422
    assert checked(client, sha256="ö" * 64).status_code == 422
    assert "larger than 10 MB" in checked(client, b"x" * (10 * 1024 * 1024 + 1)).text


@pytest.mark.parametrize("locale", LOCALES)
def test_it_is_checked_in_every_language(client: FlaskClient, locale: str) -> None:
    page = client.get("/verify", headers={"Accept-Language": locale})
    assert page.status_code == 200
    assert f'<html lang="{locale}"' in page.text


def test_too_many_checks_are_refused(app: Flask, client: FlaskClient) -> None:
    before, limiter.enabled = limiter.enabled, True
    try:
        answers = [checked(client, sha256="0" * 64).status_code for _each in range(22)]
    finally:
        limiter.enabled = before
        limiter.reset()
    assert 429 in answers


# --- who may, and what it costs ---------------------------------------------------------------------------------------


def test_nobody_reads_another_plans_document(client: FlaskClient, app: Flask) -> None:
    plan, other = (
        an_order_plan(),
        an_order_plan(account=an_account(), contacts=(NewContact("A", "a@other.example", enters=True),)),
    )
    made = prepared(plan)
    entered(client, other)
    assert client.get(my_of(plan, f"/documents/{made.ref}/content")).status_code == 404
    assert client.get(my_of(other, f"/documents/{made.ref}/content")).status_code == 404
    assert client.get(my_of(other, "/certificate")).status_code == 404
    finance = sign_in(app.test_client(), a_staff_member("finance"))
    assert finance.get(desk_of(plan, "/document")).status_code == 403
    assert app.test_client().get(desk_of(plan, "/certificate")).status_code in (302, 303, 401)


def test_pages_ask_the_same_however_many_versions(app: Flask, client: FlaskClient) -> None:
    plan = an_order_plan()
    prepared(plan)
    sign_in(client, db.session.get_one(Person, plan.manager_id))
    client.get(desk_of(plan))
    with counting(app) as few:
        assert client.get(desk_of(plan)).status_code == 200
    for number in range(5):
        prepared(plan, agreed=f"{number}")
    with counting(app) as many:
        assert client.get(desk_of(plan)).status_code == 200
    assert many.count <= few.count


# --- at once ----------------------------------------------------------------------------------------------------------


def test_of_several_who_prepare_at_once_one_makes_the_next_number(app: Flask) -> None:
    plan = an_order_plan()
    id, ref, manager = plan.id, task_of(plan, "order").ref, plan.manager_id

    def prepare(words: str) -> Any:
        hand = Hand(person=db.session.get_one(Person, manager))
        return confirming.prepare(id, ref, an_order(agreed=words), "en", hand, after=0).number

    same = at_once(app, *[lambda: prepare("the same")] * 3)
    assert same == [1, 1, 1]
    db.session.rollback()
    others = at_once(app, *[lambda words=words: prepare(words) for words in ("one", "two", "three")])  # type: ignore[misc]  # a default to bind
    assert all(isinstance(result, Conflict) for result in others)
    db.session.rollback()
    assert [made.number for made in documents.of_task(task_of(plan, "order"))] == [1]


def test_accepting_and_replacing_at_once_one_of_them_is_refused(app: Flask) -> None:
    plan = an_order_plan()
    made = prepared(plan)
    id, ref, manager, sha256 = plan.id, task_of(plan, "order").ref, plan.manager_id, made.sha256
    contact = main_contact(plan).id

    def prepare() -> Any:
        hand = Hand(person=db.session.get_one(Person, manager))
        return confirming.prepare(id, ref, an_order(agreed="x"), "en", hand, after=1).number

    def accept() -> Any:
        hand = Hand(contact=db.session.get_one(PlanContact, contact))
        return accepting.accept(id, ref, "Hanna Wilk", Seen("en", sha256), hand).changed

    results = at_once(app, prepare, accept)
    db.session.rollback()
    db.session.expire_all()
    assert sum(isinstance(result, Conflict) for result in results) == 1, results
    kept = documents.acceptances_of(task_of(plan, "order"))
    numbers = documents.of_task(task_of(plan, "order"))
    assert (len(kept), len(numbers)) in ((1, 1), (0, 2))
    if kept:
        assert numbers[0].replaced_at is None


# --- whose turn it is -------------------------------------------------------------------------------------------------


def test_until_it_is_prepared_it_waits_for_the_account_manager_and_reminds_no_customer(client: FlaskClient) -> None:
    due = {"due": {"anchor": "start", "workdays": 5}}
    tasks = [{**task, **due} if task["code"] == "order" else task for task in TASKS]
    with time_machine.travel(datetime(2026, 3, 2, 9, 30, tzinfo=UTC), tick=False):
        plan = a_plan(of=a_playbook(tasks=tasks, documents=DOCUMENTS), locale="en")
    said = "waits for its document, which is yours to prepare: Accept the order confirmation"
    manager = plan.manager_id
    with time_machine.travel(datetime(2026, 3, 9, 9, 30, tzinfo=UTC), tick=False):
        page = sign_in(client, db.session.get_one(Person, manager)).get("/desk").text
        assert said in page
        assert f"{desk_of(plan)}/document" in page
        digests.send(datetime.now(UTC))
        told = {row.template: row.args for row in db.session.scalars(sa.select(MailRow))}
        assert any("Accept the order" in line for line in told["staff_digest"]["soon"])
        assert "task_digest" not in told
        prepared(plan)
        sign_in(client, db.session.get_one(Person, manager))
        assert said not in client.get("/desk").text
    with time_machine.travel(datetime(2026, 3, 10, 9, 30, tzinfo=UTC), tick=False):
        digests.send(datetime.now(UTC))
        told = {row.template: row.args for row in db.session.scalars(sa.select(MailRow).order_by(MailRow.id))}
        assert any("Accept the order" in line for line in told["task_digest"]["late"])


# --- a person who is erased -------------------------------------------------------------------------------------------


def test_an_erased_person_leaves_the_evidence_as_it_was() -> None:
    plan = an_order_plan(contacts=(NewContact(marker.NAME, marker.EMAIL, marker.PHONE, "en", enters=True),))
    made = prepared(plan, signatories=(Signatory(marker.NAME, "Director"),))
    seen = Seen("en", made.sha256, "203.0.113.9", "Browser")
    task = task_of(plan, "order")
    accepting.accept(plan.id, task.ref, marker.NAME, seen, Hand(contact=main_contact(plan)))
    privacy.erase(marker.EMAIL)
    db.session.expire_all()
    (found,) = certificate.certificates_of(task_of(plan, "order"))
    assert found.is_intact
    assert found.kept.name == marker.NAME
    assert verifying.verdict_on(made.sha256).found == Found.ACCEPTED
    assert set(marker.traces()) == {"task_acceptance.name", "plan_document.content"}
