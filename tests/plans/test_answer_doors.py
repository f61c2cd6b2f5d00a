"""Handing in a task of each kind, on the customer's page and at the desk, with its errors; nothing is lost (I4)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from app.access import links
from app.access.links import Purpose
from app.core.clock import now
from app.core.crypto import token_hash
from app.core.db import db, write
from app.history.models import HistoryEntry
from app.outbox.models import MailRow
from app.people.models import Person
from app.plans.models import Plan, PlanContact, PlanDevice, TaskAcceptance, TaskFile, TaskState
from app.plans.party import Hand
from app.plans.service import files, handing_over, secrets, starting, working
from app.plans.service.people import NewContact
from tests.people.people_sentences import PASSWORD, with_password
from tests.plans.test_secrets import BANK, CANARIES, KEY, USER
from tests.queries import counting
from tests.sentences import (
    SMALL_PLAYBOOK,
    a_contact,
    a_plan,
    a_playbook,
    a_service,
    a_staff_member,
    csrf_of,
    main_contact,
    post,
    sign_in,
    task_of,
)

pytestmark = [pytest.mark.usefixtures("context"), pytest.mark.on("sqlite")]

MORE: list[dict[str, Any]] = [
    BANK,
    {
        "code": "social",
        "phase": "begin",
        "kind": "links",
        "side": "customer",
        "several": True,
        "title": {"en": "Give the addresses of your channels"},
    },
    {
        "code": "pictures",
        "phase": "begin",
        "kind": "files",
        "side": "customer",
        "several": True,
        "title": {"en": "Give us your pictures"},
    },
    {
        "code": "all_fields",
        "phase": "begin",
        "kind": "fields",
        "side": "customer",
        "title": {"en": "Every kind of field"},
        "fields": [
            {"code": code, "kind": kind, "label": {"en": f"The {kind}"}, **more}
            for code, kind, more in (
                ("data", "line", {}),
                ("errors", "text", {"required": False}),
                ("mail", "email", {}),
                ("phone", "phone", {"required": False}),
                ("site", "url", {"required": False}),
                ("number", "number", {"required": False}),
                ("day", "date", {"required": False}),
                ("yes", "yes_no", {}),
                (
                    "one",
                    "one",
                    {"options": [{"code": "a", "label": {"en": "A"}}, {"code": "b", "label": {"en": "B"}}]},
                ),
                (
                    "several",
                    "several",
                    {
                        "options": [{"code": "a", "label": {"en": "A"}}, {"code": "b", "label": {"en": "B"}}],
                        "required": False,
                    },
                ),
            )
        ],
    },
    {
        "code": "users",
        "phase": "begin",
        "kind": "people",
        "side": "customer",
        "several": True,
        "title": {"en": "Who will use it?"},
    },
]


def every_kind(**values: Any) -> Plan:
    facts = {"modules": ["website", "finance"], "payroll": True}
    return a_plan(of=a_playbook(tasks=[*SMALL_PLAYBOOK["tasks"], *MORE]), facts=facts, **{"locale": "en", **values})


def entered(client: FlaskClient, plan: Plan, contact: PlanContact | None = None) -> PlanContact:
    """The browser of somebody who came by their link and gave the code."""
    contact = contact or main_contact(plan)
    with write():
        link, _path = links.mint(Purpose.PLAN, contact.id)
        db.session.add(PlanDevice(contact_id=contact.id, token_hash=token_hash("a browser"), proved_at=now()))
    client.set_cookie("gangway_device", "a browser")
    with client.session_transaction() as session:
        session["scopes"] = {Purpose.PLAN: link.id}
    return contact


def url_of(plan: Plan, code: str, door: str = "answer") -> str:
    return f"/my/plans/{plan.ref}/tasks/{task_of(plan, code).ref}/{door}".rstrip("/")


ORIGIN = {"Origin": "http://localhost"}


def png(side: int = 40) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (side, side), (10, 80, 150)).save(out, "PNG")
    return out.getvalue()


def sent(client: FlaskClient, plan: Plan, code: str, door: str = "answer", **fields: Any) -> Any:
    fields = {
        "version": str(task_of(plan, code).version),
        "csrf_token": csrf_of(client, url_of(plan, code, "")),
        **fields,
    }
    return client.post(url_of(plan, code, door), data=fields, content_type="multipart/form-data", headers=ORIGIN)


# --- each kind on the customer's page --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    ["domain", "logo", "judge_design", "company", "chart", "payroll", "terms", "bank", "social", "pictures", "users"],
)
def test_every_kind_has_a_page(client: FlaskClient, code: str) -> None:
    plan = every_kind()
    entered(client, plan)
    page = client.get(url_of(plan, code, ""))
    assert page.status_code == 200
    assert 'id="answer"' in page.text


def test_fields_are_kept_and_shown_in_words(client: FlaskClient) -> None:
    plan = every_kind()
    entered(client, plan)
    right: dict[str, Any] = {
        "f_data": "Line",
        "f_errors": "One\nTwo",
        "f_mail": "jan@quillmark.example",
        "f_number": "1,5",
        "f_day": "2026-03-09",
        "f_yes": "no",
        "f_one": "b",
        "f_several": ["a", "b"],
    }
    assert sent(client, plan, "all_fields", **right).status_code == 303
    task = task_of(plan, "all_fields")
    assert task.state == TaskState.DONE
    assert task.answer["yes"] is False
    assert task.answer["number"] == "1.5"
    page = client.get(url_of(plan, "all_fields", "")).text
    assert "9 March 2026" in page
    assert "jan@quillmark.example" in page


def test_what_is_wrong_stands_beside_its_field_with_all_that_was_typed(client: FlaskClient) -> None:
    plan = every_kind()
    entered(client, plan)
    answer = sent(client, plan, "all_fields", f_data="Kept line", f_mail="nonsense", f_day="soon", f_errors="My words")
    assert answer.status_code == 422
    for words in ("Kept line", "nonsense", "soon", "My words", 'href="#f_mail"', 'href="#f_yes-0"', 'href="#f_day"'):
        assert words in answer.text, words
    assert answer.text.count('class="gw-summary"') == 1
    assert task_of(plan, "all_fields").state == TaskState.OPEN


def test_a_choice_shows_its_price_and_makes_a_billing_detail(client: FlaskClient) -> None:
    plan = every_kind()
    entered(client, plan)
    assert "€250.00" in client.get(url_of(plan, "chart", "")).text
    a_service("chart")
    assert sent(client, plan, "chart", chosen="own").status_code == 303
    assert task_of(plan, "chart").billing_detail_id is not None


def test_nothing_chosen_says_so(client: FlaskClient) -> None:
    plan = every_kind()
    entered(client, plan)
    answer = sent(client, plan, "chart")
    assert answer.status_code == 422
    assert 'href="#chosen-0"' in answer.text


def test_links_grow_without_javascript_and_keep_what_was_typed(client: FlaskClient) -> None:
    plan = every_kind()
    entered(client, plan)
    typed = {"links-0-url": "quillmark.example/one", "links-0-note": "The first"}
    more = sent(client, plan, "social", do="add", **typed)
    assert more.status_code == 200
    assert 'name="links-1-url"' in more.text
    assert "quillmark.example/one" in more.text
    assert "There is a problem" not in more.text
    wrong = sent(client, plan, "social", **typed, **{"links-1-url": "not an address at all"})
    assert wrong.status_code == 422
    assert 'href="#links-1-url"' in wrong.text
    right = sent(client, plan, "social", **typed, **{"links-1-url": "https://quillmark.example/two"})
    assert right.status_code == 303
    assert len(task_of(plan, "social").answer["links"]) == 2


def test_people_are_typed_once_and_ticked_afterwards(client: FlaskClient) -> None:
    plan = every_kind()
    contact = entered(client, plan)
    person = {"more-0-name": "Ewa Lis", "more-0-email": "ewa@quillmark.example", "more-0-phone": ""}
    assert sent(client, plan, "users", people=contact.ref, **person).status_code == 303
    named = [row["contact"] for row in task_of(plan, "users").answer["people"]]
    ewa = db.session.scalar(sa.select(PlanContact).where(PlanContact.email == "ewa@quillmark.example"))
    assert ewa is not None
    assert named == [contact.ref, ewa.ref]
    page = client.get(url_of(plan, "payroll", "")).text
    assert "Ewa Lis" in page
    ticked: dict[str, Any] = {f"duties_{ewa.ref}": ["checker", "approver"]}
    answer = sent(client, plan, "payroll", **ticked)
    assert answer.status_code == 303
    assert task_of(plan, "payroll").answer["people"] == [{"contact": ewa.ref, "duties": ["checker", "approver"]}]


def test_a_wrong_address_of_a_new_person_stands_beside_it(client: FlaskClient) -> None:
    plan = every_kind()
    contact = entered(client, plan)
    person = {"more-0-name": "Ewa Lis", "more-0-email": "ewa at home"}
    answer = sent(client, plan, "users", people=contact.ref, **person)
    assert answer.status_code == 422
    assert 'href="#more-0-email"' in answer.text
    assert "ewa at home" in answer.text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(PlanContact)) == 1


def test_several_files_of_which_one_is_wrong(client: FlaskClient) -> None:
    plan = every_kind()
    entered(client, plan)
    three = [
        (io.BytesIO(png()), "one.png"),
        (io.BytesIO(b"MZ\x90\x00 a program"), "two.exe"),
        (io.BytesIO(b"Plain words"), "three.txt"),
    ]
    answer = sent(client, plan, "pictures", files=three)
    assert answer.status_code == 422
    assert "two.exe" in answer.text
    assert "Files of this kind cannot be taken" in answer.text
    assert "2 files added" in answer.text
    names = db.session.scalars(sa.select(TaskFile).options(sa.orm.joinedload(TaskFile.upload))).all()
    assert {file.upload.filename for file in names} == {"one.png", "three.txt"}
    assert task_of(plan, "pictures").state == TaskState.OPEN
    assert sent(client, plan, "pictures").status_code == 303
    assert task_of(plan, "pictures").state == TaskState.DONE


def test_a_file_that_is_too_large_is_refused_in_words(client: FlaskClient) -> None:
    plan = every_kind()
    entered(client, plan)
    answer = sent(client, plan, "pictures", "files", files=(io.BytesIO(b"x" * (10 * 1024 * 1024 + 1)), "large.txt"))
    assert answer.status_code == 422
    assert "larger than 10 MB" in answer.text


def test_files_added_by_script_come_back_as_the_list_alone(client: FlaskClient) -> None:
    plan = every_kind()
    entered(client, plan)
    answer = client.post(
        url_of(plan, "pictures", "files"),
        data={"files": (io.BytesIO(png()), "one.png"), "csrf_token": csrf_of(client, url_of(plan, "pictures", ""))},
        content_type="multipart/form-data",
        headers={"HX-Request": "true", **ORIGIN},
    )
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert "one.png" in answer.text
    assert len(answer.data) < 4096


def test_a_file_comes_back_as_an_attachment_and_its_picture_too(client: FlaskClient, app: Any) -> None:
    plan = every_kind()
    contact = entered(client, plan)
    sent(client, plan, "pictures", "files", files=(io.BytesIO(png(900)), "large one.png"))
    kept = db.session.scalars(sa.select(TaskFile)).one()
    seen: dict[str, bytes] = {}
    for door in ("content", "picture"):
        got = client.get(url_of(plan, "pictures", f"files/{kept.ref}/{door}"))
        assert got.status_code == 200
        assert got.headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in got.headers["Content-Security-Policy"]
        seen[door] = got.data
    assert Image.open(io.BytesIO(seen["picture"])).size == (480, 480)
    assert client.get(url_of(plan, "social", f"files/{kept.ref}/content")).status_code == 404
    other = every_kind()
    assert client.get(url_of(other, "pictures", f"files/{kept.ref}/content")).status_code == 404
    assert app.test_client().get(url_of(plan, "pictures", f"files/{kept.ref}/content")).status_code == 404
    assert sent(client, plan, "pictures", f"files/{kept.ref}/removal").status_code == 303
    assert client.get(url_of(plan, "pictures", f"files/{kept.ref}/content")).status_code == 404
    assert contact.ended_at is None


def test_files_wait_for_approval_and_come_back_with_words(client: FlaskClient, app: Any) -> None:
    plan = every_kind()
    contact = entered(client, plan)
    sent(client, plan, "logo", files=(io.BytesIO(png()), "logo.png"))
    assert task_of(plan, "logo").state == TaskState.HANDED_IN
    assert "We are looking at it" in client.get(url_of(plan, "logo", "")).text
    manager = Hand(person=db.session.get_one(Person, plan.manager_id))
    working.give_back(plan.id, task_of(plan, "logo").ref, "Too small", manager)
    assert "Too small" in client.get(url_of(plan, "logo", "")).text
    assert sent(client, plan, "logo").status_code == 303
    assert contact.name


def test_a_design_is_looked_at_and_given_back_or_approved(client: FlaskClient) -> None:
    plan = every_kind()
    manager = Hand(person=db.session.get_one(Person, plan.manager_id))
    entered(client, plan)
    files.add(plan.id, task_of(plan, "design").ref, [_received("design.txt")], manager)
    working.tick(plan.id, task_of(plan, "logo").ref, manager)
    working.tick(plan.id, task_of(plan, "design").ref, manager)
    page = client.get(url_of(plan, "judge_design", ""))
    assert "design.txt" in page.text
    kept = db.session.scalars(sa.select(TaskFile)).one()
    assert client.get(url_of(plan, "judge_design", f"files/{kept.ref}/content")).status_code == 200
    wordless = sent(client, plan, "judge_design", verdict="returned")
    assert wordless.status_code == 422
    assert 'href="#why"' in wordless.text
    assert sent(client, plan, "judge_design", verdict="returned", why="Bluer").status_code == 303
    assert task_of(plan, "design").returned == "Bluer"
    working.tick(plan.id, task_of(plan, "design").ref, manager)
    assert sent(client, plan, "judge_design", verdict="approved").status_code == 303
    assert task_of(plan, "judge_design").state == TaskState.DONE


def _received(name: str) -> Any:
    from app.core.files import TEXT, Received

    return Received(name, TEXT, b"words")


def test_a_document_is_accepted_under_a_name_with_evidence(client: FlaskClient) -> None:
    plan = every_kind()
    entered(client, plan)
    page = client.get(url_of(plan, "terms", "")).text
    digest = page.split('name="sha256" value="')[1].split('"')[0]
    missing = sent(client, plan, "terms", sha256=digest, name="Hanna Wilk")
    assert missing.status_code == 422
    assert 'href="#accepted"' in missing.text
    assert "Hanna Wilk" in missing.text
    changed = sent(client, plan, "terms", sha256="0" * 64, name="Hanna Wilk", accepted="y")
    assert changed.status_code == 409
    assert "Hanna Wilk" in changed.text
    assert sent(client, plan, "terms", sha256=digest, name="Hanna Wilk", accepted="y").status_code == 303
    kept = db.session.scalars(sa.select(TaskAcceptance)).one()
    assert (kept.name, kept.sha256, kept.address) == ("Hanna Wilk", digest, "127.0.0.1")
    assert "Hanna Wilk" in client.get(url_of(plan, "terms", "")).text


def test_somebody_elses_change_is_said_and_nothing_typed_is_lost(client: FlaskClient) -> None:
    plan = every_kind()
    contact = entered(client, plan)
    seen = str(task_of(plan, "company").version)
    working.hand_in(plan.id, task_of(plan, "company").ref, {"opened": "2020-01-02"}, Hand(contact=contact))
    late = sent(client, plan, "company", version=seen, f_opened="2021-05-06", f_staff="12")
    assert late.status_code == 409
    assert "2021-05-06" in late.text
    again = sent(client, plan, "company", f_opened="2021-05-06", f_staff="12")
    assert again.status_code == 303
    assert task_of(plan, "company").answer == {"opened": "2021-05-06", "staff": "12"}


def test_a_busy_database_keeps_what_was_typed(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = every_kind()
    entered(client, plan)

    def busy(*args: object, **values: object) -> None:
        raise sa.exc.OperationalError("UPDATE", {}, Exception("database is locked"))

    monkeypatch.setattr(working, "hand_in", busy)
    answer = sent(client, plan, "company", f_opened="2021-05-06", f_staff="12")
    assert answer.status_code == 503
    assert "2021-05-06" in answer.text


@pytest.fixture
def production(app: Flask) -> Iterator[None]:
    """A demonstration asks for no codes."""
    demo = app.config["GANGWAY"]
    app.config["GANGWAY"] = replace(demo, mode="production")
    yield
    app.config["GANGWAY"] = demo


def test_a_link_to_one_task_hands_in_that_task_and_reaches_no_other(client: FlaskClient) -> None:
    plan = every_kind()
    manager = Hand(person=db.session.get_one(Person, plan.manager_id))
    somebody = NewContact("Jan Wit", "jan@bank.example", locale="en")
    given = handing_over.hand_over(plan.id, task_of(plan, "social").ref, somebody, "", manager)
    with write():
        link, _path = links.mint(Purpose.PLAN_TASK, given.id)
        db.session.add(PlanDevice(contact_id=given.contact_id, token_hash=token_hash("theirs"), proved_at=now()))
    client.set_cookie("gangway_device", "theirs")
    with client.session_transaction() as session:
        session["scopes"] = {Purpose.PLAN_TASK: link.id}
    page = f"/my/tasks/{task_of(plan, 'social').ref}"
    assert f'action="{page}/answer"' in client.get(page).text
    answer = post(
        client,
        f"{page}/answer",
        {"links-0-url": "quillmark.example", "version": task_of(plan, "social").version},
        page=page,
    )
    assert answer.status_code == 303
    assert task_of(plan, "social").done_by == "Jan Wit"
    other = f"/my/tasks/{task_of(plan, 'company').ref}"
    assert client.get(other).status_code == 404
    assert client.get(url_of(plan, "social", "")).status_code == 404


# --- at the desk ------------------------------------------------------------------------------------------------------


def desk_of(plan: Plan, code: str, door: str = "") -> str:
    return f"/desk/plans/{plan.ref}/tasks/{task_of(plan, code).ref}/{door}".rstrip("/")


@pytest.mark.parametrize(
    "code",
    ["kickoff", "domain", "logo", "design", "judge_design", "company", "chart", "payroll", "terms", "bank", "social"],
)
def test_every_kind_has_a_page_at_the_desk(client: FlaskClient, code: str) -> None:
    plan = every_kind()
    sign_in(client, db.session.get_one(Person, plan.manager_id))
    page = client.get(desk_of(plan, code))
    assert page.status_code == 200
    assert 'id="answer"' in page.text


def test_a_meeting_keeps_day_time_and_minutes(client: FlaskClient) -> None:
    plan = every_kind()
    sign_in(client, db.session.get_one(Person, plan.manager_id))
    typed = {"on": "2026-03-09", "at": "25:00", "minutes": "We begin with the website."}
    wrong = post(client, desk_of(plan, "kickoff", "answer"), typed, page=desk_of(plan, "kickoff"))
    assert wrong.status_code == 422
    assert 'href="#at"' in wrong.text
    assert "We begin with the website." in wrong.text
    right = post(client, desk_of(plan, "kickoff", "answer"), typed | {"at": "9:30"}, page=desk_of(plan, "kickoff"))
    assert right.status_code == 303
    assert task_of(plan, "kickoff").answer == {"on": "2026-03-09", "at": "09:30", "minutes": typed["minutes"]}
    assert "Monday 9 March" in client.get(desk_of(plan, "kickoff")).text


def test_staff_approve_what_was_handed_in_or_give_it_back(client: FlaskClient) -> None:
    plan = every_kind()
    hand = Hand(contact=main_contact(plan))
    files.add(plan.id, task_of(plan, "logo").ref, [_received("logo.txt")], hand)
    working.hand_in(plan.id, task_of(plan, "logo").ref, {}, hand)
    sign_in(client, db.session.get_one(Person, plan.manager_id))
    page, verdict = desk_of(plan, "logo"), desk_of(plan, "logo", "verdict")
    wordless = post(client, verdict, {"verdict": "returned"}, page=page)
    assert wordless.status_code == 422
    assert 'href="#why"' in wordless.text
    assert post(client, verdict, {"verdict": "returned", "why": "As SVG"}, page=page).status_code == 303
    assert task_of(plan, "logo").returned == "As SVG"
    working.hand_in(plan.id, task_of(plan, "logo").ref, {}, hand)
    assert post(client, verdict, {"verdict": "approved"}, page=page).status_code == 303
    assert task_of(plan, "logo").state == TaskState.DONE


def test_staff_put_a_file_there_and_the_customer_gets_it(client: FlaskClient, app: Flask) -> None:
    plan = every_kind()
    sign_in(client, db.session.get_one(Person, plan.manager_id))
    token = csrf_of(client, desk_of(plan, "pictures"))
    answer = client.post(
        desk_of(plan, "pictures", "material"),
        data={"csrf_token": token, "files": (io.BytesIO(b"How to"), "how to.txt")},
        content_type="multipart/form-data",
        headers=ORIGIN,
    )
    assert answer.status_code == 303
    theirs = app.test_client()
    entered(theirs, plan)
    assert "how to.txt" in theirs.get(url_of(plan, "pictures", "")).text
    assert task_of(plan, "pictures").file_count == 0


def test_staff_bring_files_of_a_task_look_at_them_and_take_them_away(client: FlaskClient) -> None:
    plan = every_kind()
    page = desk_of(plan, "pictures")
    sign_in(client, db.session.get_one(Person, plan.manager_id))
    token = csrf_of(client, page)

    def send(door: str, *brought: tuple[bytes, str], **headers: str) -> Any:
        data = {"csrf_token": token, "files": [(io.BytesIO(content), name) for content, name in brought]}
        return client.post(
            f"{page}/{door}", data=data, content_type="multipart/form-data", headers={**ORIGIN, **headers}
        )

    assert send("files", (png(), "one.png"), (b"Plain words", "two.txt")).location == page
    assert "2 files added." in client.get(page).text
    nothing = send("files")
    assert (nothing.status_code, "Choose at least one file" in nothing.text) == (422, True)
    by_script = send("files", (b"MZ\x90\x00 a program", "bad.exe"), **{"HX-Request": "true"})
    assert (by_script.status_code, "<html" in by_script.text) == (422, False)
    assert "bad.exe" in by_script.text
    assert "one.png" in by_script.text
    assert task_of(plan, "pictures").file_count == 2

    kept = db.session.scalars(sa.select(TaskFile).options(sa.orm.joinedload(TaskFile.upload))).all()
    picture, words = sorted(kept, key=lambda file: file.upload.filename)
    content = client.get(f"{page}/files/{words.ref}/content")
    assert (content.data, content.headers["Content-Disposition"].split(";")[0]) == (b"Plain words", "attachment")
    assert client.get(f"{page}/files/{picture.ref}/picture").mimetype.startswith("image/")
    assert client.get(f"{page}/files/{words.ref}/picture").status_code == 404
    assert client.get(f"{page}/files/TF-00000000/content").status_code == 404
    elsewhere = desk_of(plan, "logo")
    assert client.get(f"{elsewhere}/files/{words.ref}/content").status_code == 404
    assert post(client, f"{elsewhere}/files/{words.ref}/removal", page=page).status_code == 404
    assert post(client, f"{page}/files/{words.ref}/removal", page=page).status_code == 303
    assert "two.txt was removed." in client.get(page).text
    assert client.get(f"{page}/files/{words.ref}/content").status_code == 404

    for brought, said in (([], "Choose at least one file"), ([(b"MZ\x90\x00", "bad.exe")], "bad.exe was not taken.")):
        assert send("material", *brought).location == page
        assert said in client.get(page).text


def test_the_customers_form_waits_folded_for_what_they_tell_on_the_phone(client: FlaskClient) -> None:
    plan = every_kind()
    sign_in(client, db.session.get_one(Person, plan.manager_id))
    assert "Fill it in for the customer" in client.get(desk_of(plan, "company")).text
    answer = post(
        client,
        desk_of(plan, "company", "answer"),
        {"f_opened": "2020-01-02", "version": task_of(plan, "company").version},
        page=desk_of(plan, "company"),
    )
    assert answer.status_code == 303
    assert task_of(plan, "company").state == TaskState.DONE


# --- secrets ---------------------------------------------------------------------------------------------------------


def test_keys_are_entered_once_and_never_shown_to_the_customer(client: FlaskClient) -> None:
    plan = every_kind()
    entered(client, plan)
    half = sent(client, plan, "bank", f_user=USER, f_key="")
    assert half.status_code == 422
    assert 'href="#f_key"' in half.text
    assert not any(canary in half.text for canary in CANARIES)
    assert sent(client, plan, "bank", f_user="", f_key=KEY).status_code == 303
    page = client.get(url_of(plan, "bank", "")).text
    assert "Kept since" in page
    assert not any(canary in page for canary in CANARIES)
    again = client.get(url_of(plan, "bank", "") + "?again=1").text
    assert "It is kept already" in again
    assert not any(canary in again for canary in CANARIES)


def test_what_comes_too_late_is_shown_again_and_a_key_is_not(client: FlaskClient) -> None:
    """The plan was archived while its forms were open."""
    plan = every_kind()
    entered(client, plan)
    starting.archive(plan.id, "They went elsewhere", Hand(person=db.session.get_one(Person, plan.manager_id)))
    token = csrf_of(client)

    def late(code: str, **fields: str) -> Any:
        fields = {"csrf_token": token, "version": str(task_of(plan, code).version), **fields}
        return client.post(url_of(plan, code), data=fields, content_type="multipart/form-data", headers=ORIGIN)

    words = late("company", f_opened="2020-01-02", f_staff="12 of Łukasz's")
    assert (words.status_code, "12 of Łukasz&#39;s" in words.text) == (409, True)
    keys = late("bank", f_user=USER, f_key=KEY)
    assert keys.status_code == 409
    assert not any(canary in keys.text for canary in CANARIES)


def test_keys_ask_for_a_code_that_was_given_just_now(client: FlaskClient, production: None) -> None:
    plan = every_kind()
    entered(client, plan)
    with write():
        db.session.execute(sa.update(PlanDevice).values(proved_at=now() - timedelta(hours=2)))
    page = client.get(url_of(plan, "bank", "")).text
    assert "Get a code" in page
    assert 'name="f_key"' not in page
    refused = sent(client, plan, "bank", f_user=USER, f_key=KEY)
    assert refused.status_code == 303
    assert "/code" in refused.headers["Location"]
    assert task_of(plan, "bank").state == TaskState.OPEN


def test_staff_see_a_key_after_showing_who_they_are(client: FlaskClient) -> None:
    plan = every_kind()
    manager = db.session.get_one(Person, plan.manager_id)
    task = task_of(plan, "bank")
    secrets.keep(plan.id, task.ref, {"user": USER, "key": KEY}, Hand(contact=main_contact(plan)))
    sign_in(client, with_password(manager))
    address = f"/desk/plans/{plan.ref}/tasks/{task.ref}/secrets/key/reveal"
    asked = client.get(address)
    assert asked.status_code == 200
    assert not any(canary in asked.text for canary in CANARIES)
    wrong = post(client, address, {"password": "not mine"})
    assert wrong.status_code == 422
    assert not any(canary in wrong.text for canary in CANARIES)
    seen = post(client, address, {"password": PASSWORD})
    assert seen.status_code == 200
    assert "canary-key-Q9ZT" in seen.text
    assert seen.headers["Cache-Control"] == "no-store"
    verbs = db.session.scalars(sa.select(HistoryEntry.verb)).all()
    assert verbs.count("plan_task.secret_revealed") == 1
    assert not any(canary in client.get(address).text for canary in CANARIES)


def test_whoever_has_no_password_shows_who_they_are_by_signing_in_anew(client: FlaskClient) -> None:
    plan = every_kind()
    task = task_of(plan, "bank")
    secrets.keep(plan.id, task.ref, {"user": USER, "key": KEY}, Hand(contact=main_contact(plan)))
    sign_in(client, db.session.get_one(Person, plan.manager_id))
    address = f"/desk/plans/{plan.ref}/tasks/{task.ref}/secrets/key/reveal"
    assert client.get(address.replace("/key/", "/pin/")).status_code == 404
    assert "canary-key-Q9ZT" in post(client, address).text
    with client.session_transaction() as session:
        session["since"] -= 3600
    asked = client.get(address)
    assert asked.status_code == 303
    assert asked.location.endswith(f"?next={address}")


def test_a_key_is_deleted_and_then_nowhere(client: FlaskClient) -> None:
    plan = every_kind()
    task = task_of(plan, "bank")
    secrets.keep(plan.id, task.ref, {"user": USER, "key": KEY}, Hand(contact=main_contact(plan)))
    address = f"/desk/plans/{plan.ref}/tasks/{task.ref}/secrets/key"
    sign_in(client, a_staff_member("designer"))
    assert post(client, f"{address}/deletion", page="").status_code == 403
    sign_in(client, db.session.get_one(Person, plan.manager_id))
    assert post(client, f"{address}/deletion", page="").status_code == 303
    assert "It was deleted." in client.get(desk_of(plan, "bank")).text
    assert client.get(f"{address}/reveal").status_code == 404


def test_not_everybody_at_the_desk_may_see_a_key(client: FlaskClient) -> None:
    plan = every_kind()
    task = task_of(plan, "bank")
    secrets.keep(plan.id, task.ref, {"user": USER, "key": KEY}, Hand(contact=main_contact(plan)))
    sign_in(client, a_staff_member("designer"))
    address = f"/desk/plans/{plan.ref}/tasks/{task.ref}/secrets/key/reveal"
    assert client.get(address).status_code == 403


def test_no_mail_and_no_page_holds_a_key(client: FlaskClient) -> None:
    plan = every_kind()
    entered(client, plan)
    sent(client, plan, "bank", f_user=USER, f_key=KEY)
    assert not any(canary in str(row.__dict__) for row in db.session.scalars(sa.select(MailRow)) for canary in CANARIES)
    for address in (f"/my/plans/{plan.ref}", url_of(plan, "bank", "")):
        page = client.get(address)
        assert page.status_code == 200
        assert not any(canary in page.text for canary in CANARIES)


def test_no_list_file_export_or_log_holds_a_key(
    client: FlaskClient, app: Flask, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Everything that can be looked at or taken along, as somebody who may see everything."""
    from app.privacy.service import export

    plan = every_kind()
    entered(client, plan)
    sent(client, plan, "bank", f_user=USER, f_key="")
    sent(client, plan, "bank", f_key=KEY)
    manager = with_password(db.session.get_one(Person, plan.manager_id))
    secrets.reveal(plan.id, task_of(plan, "bank").ref, "key", manager)
    desk = sign_in(app.test_client(), manager)
    for address in (
        f"/desk/plans/{plan.ref}",
        f"/desk/plans/{plan.ref}/history",
        desk_of(plan, "bank"),
        "/desk/plans/plans.csv",
        "/desk/plans/plans.xlsx",
        "/desk",
        "/desk/mail",
    ):
        answer = desk.get(address)
        assert answer.status_code in (200, 403), address
        assert not any(canary.encode() in _unpacked(answer.data) for canary in CANARIES), address
    copy = export(main_contact(plan).email)
    assert not any(canary.encode() in _unpacked(copy) for canary in CANARIES)
    told = "".join(capfd.readouterr()) + caplog.text
    assert not any(canary in told for canary in CANARIES)


def _unpacked(data: bytes) -> bytes:
    """What stands in an archive or workbook, or the data itself."""
    if not data.startswith(b"PK"):
        return data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


def test_an_error_while_a_key_is_kept_tells_nothing_of_it(
    client: FlaskClient, app: Flask, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """The page and the log of an error that nobody foresaw."""
    plan = every_kind()
    entered(client, plan)
    before = app.config.get("PROPAGATE_EXCEPTIONS"), app.testing
    app.testing, app.config["PROPAGATE_EXCEPTIONS"] = False, False
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(secrets, "_put", lambda *args: 1 / 0)
            answer = sent(client, plan, "bank", f_user=USER, f_key=KEY)
    finally:
        app.config["PROPAGATE_EXCEPTIONS"], app.testing = before
    assert answer.status_code == 500
    told = answer.text + "".join(capfd.readouterr()) + caplog.text
    assert "ZeroDivisionError" in told
    assert not any(canary in told for canary in CANARIES)


def test_a_page_asks_as_much_with_many_files_and_people_as_with_few(client: FlaskClient, app: Flask) -> None:
    plan = every_kind()
    hand = Hand(contact=entered(client, plan))
    counts: list[tuple[int, int]] = []
    client.get(url_of(plan, "pictures", ""))
    for more in (1, 12):
        for _number in range(more):
            files.add(plan.id, task_of(plan, "pictures").ref, [_received("one.txt")], hand)
            a_contact(plan)
        with counting(app) as asked:
            assert client.get(url_of(plan, "pictures", "")).status_code == 200
        pictures = len(asked.statements)
        with counting(app) as asked:
            assert client.get(url_of(plan, "payroll", "")).status_code == 200
        counts.append((pictures, len(asked.statements)))
    assert counts[0] == counts[1]
