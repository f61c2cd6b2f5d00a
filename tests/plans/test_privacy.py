"""Somebody on the customer's side is erased: from the plan's people, words, files and links; evidence stays (X4)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.access.links import AccessLink, Purpose
from app.core.clock import now
from app.core.crypto import token_hash
from app.core.db import db, write
from app.core.files import TEXT, Received
from app.history import chain
from app.people.models import Person
from app.plans.models import (
    CaseRound,
    Plan,
    PlanCase,
    PlanCode,
    PlanContact,
    PlanDevice,
    TaskCall,
    TaskHandover,
    TaskSecret,
)
from app.plans.party import Hand
from app.plans.service import accepting, comments, files, handing_over, secrets, starting, working
from app.plans.service.accepting import Seen
from app.plans.service.people import NewContact
from app.privacy import service
from app.privacy.models import ErasureState
from tests.plans.test_answer_doors import every_kind
from tests.privacy import marker
from tests.sentences import main_contact, task_of

pytestmark = pytest.mark.usefixtures("context")

STAYING = {"task_acceptance.name"}
"""The evidence of a contract."""


def seed() -> Plan:
    """The marker person as main contact, in everything that one can do on the customer's page."""
    person = NewContact(marker.NAME, marker.EMAIL, marker.PHONE, "pl", enters=True)
    plan = every_kind(contacts=(person, NewContact("Hanna Wilk", "hanna@quillmark.example", enters=True)))
    hand = Hand(contact=main_contact(plan))
    manager = Hand(person=db.session.get_one(Person, plan.manager_id))

    def ref(code: str) -> str:
        return task_of(plan, code).ref

    sheet = Received(f"cv {marker.NAME}.txt", TEXT, b"words")
    files.add(plan.id, ref("pictures"), [sheet], hand)
    working.hand_in(plan.id, ref("pictures"), {}, hand)
    working.hand_in(
        plan.id, ref("social"), {"links": [{"url": "quillmark.example", "note": f"Ask {marker.NAME}"}]}, hand
    )
    working.stuck(plan.id, ref("company"), f"{marker.NAME} is away", hand)
    working.not_applicable(plan.id, ref("users"), f"{marker.EMAIL} knows", hand)
    working.waits(plan.id, ref("domain"), marker.NAME, None, manager)
    comments.comment(plan.id, ref("domain"), f"I am {marker.NAME}, {marker.PHONE}", hand)
    handing_over.hand_over(plan.id, ref("chart"), main_contact(plan).ref, f"For {marker.NAME}", manager)
    secrets.keep(plan.id, ref("bank"), {"user": "one", "key": "two"}, hand)
    words = accepting.words_of(plan, task_of(plan, "terms"), "en")
    assert words is not None
    accepting.accept(plan.id, ref("terms"), marker.NAME, Seen("en", words.sha256, "203.0.113.9", "Browser"), hand)
    with write():
        db.session.add(PlanDevice(contact_id=main_contact(plan).id, token_hash=token_hash("one"), proved_at=now()))
        db.session.add(
            PlanCode(contact_id=main_contact(plan).id, code_hash="a" * 64, sent_at=now(), expires_at=now(), tries=0)
        )
        case = PlanCase(plan_id=plan.id, phase="use", position=1, moved_at=now())
        db.session.add(case)
        db.session.flush()
        said = {"answers": {"recap": {"feedback": f"{marker.NAME} likes it"}}, "why": f"Ask {marker.NAME}"}
        db.session.add(CaseRound(case_id=case.id, number=1, handed_in_at=now(), **said))
        db.session.add(TaskCall(task_id=task_of(plan, "domain").id, called_at=now(), note=f"{marker.NAME} was out"))
        db.session.get_one(Plan, plan.id).agreed = {"communication": f"Call {marker.PHONE}"}
    return plan


def test_nothing_is_left_of_somebody_who_did_everything_in_a_plan() -> None:
    plan = seed()
    marker.render_all()
    before = set(marker.traces())
    for place in (
        "plan_contact.email",
        "plan_contact.name",
        "plan_contact.phone",
        "plan_task.answer",
        "plan_task.done_by",
        "plan_task.reason",
        "plan_task.stuck_why",
        "plan_task.waits_for",
        "task_comment.author",
        "task_comment.body",
        "task_file.author",
        "task_handover.note",
        "task_secret.author",
        "task_acceptance.name",
        "plan.agreed",
        "case_round.answers",
        "case_round.why",
        "task_call.note",
        "upload.filename",
    ):
        assert place in before, f"the story seeds nothing in {place}, so it proves nothing"

    erasure = service.erase(marker.EMAIL)

    assert erasure.state == ErasureState.DONE
    assert set(marker.traces()) == STAYING
    chain.seal_entries()
    assert chain.verify().faults == []
    assert db.session.get_one(Plan, plan.id).name


def test_the_links_of_somebody_erased_enter_no_longer() -> None:
    plan = seed()
    contact_id = main_contact(plan).id
    service.erase(marker.EMAIL)
    contact = db.session.get_one(PlanContact, contact_id, populate_existing=True)
    assert (contact.enters, contact.reminders) == (False, False)
    assert contact.ended_at is not None
    handovers = sa.select(TaskHandover.id).where(TaskHandover.contact_id == contact_id)
    for purpose, subjects in (
        (Purpose.PLAN, [contact_id]),
        (Purpose.PLAN_TASK, list(db.session.scalars(handovers))),
    ):
        mine = sa.select(AccessLink).where(AccessLink.purpose == purpose, AccessLink.subject_id.in_(subjects))
        assert not any(link.is_open for link in db.session.scalars(mine.execution_options(populate_existing=True)))
    for model in (PlanDevice, PlanCode):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(model)) == 0


def test_what_the_company_handed_in_stays_without_the_person() -> None:
    plan = seed()
    service.erase(marker.EMAIL)
    db.session.expire_all()
    assert task_of(plan, "pictures").file_count == 1
    assert task_of(plan, "social").answer["links"][0]["url"] == "https://quillmark.example"
    manager = db.session.get_one(Person, plan.manager_id)
    assert secrets.reveal(plan.id, task_of(plan, "bank").ref, "key", manager) == "two"
    starting.archive(plan.id, "Ended", Hand(person=manager))
    assert set(db.session.scalars(sa.select(TaskSecret.ciphertext))) == {None}


def test_the_copy_for_a_person_holds_no_key() -> None:
    from app.privacy.service import export

    seed()
    copy = export(marker.EMAIL)
    assert marker.NAME.encode() in copy or copy[:2] == b"PK"
    assert b"ciphertext" not in copy
