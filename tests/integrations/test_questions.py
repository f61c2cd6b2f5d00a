"""Questions between a software partner and the vendor: each message mails the other side and is kept once (S2)."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from app.access.roles import MemberRole
from app.core.clock import now, today
from app.core.db import db, write
from app.core.files import TEXT, Received
from app.history.models import HistoryEntry
from app.integrations.models import PartnerState, Question, QuestionMessage, QuestionState, SoftwarePartner
from app.integrations.questions_inbox import items
from app.integrations.service import questions as service
from app.integrations.service.products import PartnerEnded
from app.integrations.service.questions import Said
from app.outbox.models import MailRow
from app.people.models import Absence, HeldRole, Membership, Organisation, Person
from app.people.queries import by_id
from app.settings.models import vendor
from tests.queries import counting
from tests.sentences import a_member_of, a_staff_member, post, sign_in
from tests.software import a_product, a_software_partner, owner_of, people_of

pytestmark = pytest.mark.usefixtures("context")

ASKED = {"subject": "Rounding of VAT", "words": "Which cent is right?", "key": "k" * 30}


@pytest.fixture
def coordinator() -> Person:
    return a_staff_member("coordinator", name="Elina Rautio")


@pytest.fixture
def expert() -> Person:
    return a_staff_member("designer", name="Marit Vos")


@pytest.fixture
def partner(coordinator: Person) -> SoftwarePartner:
    return a_software_partner(people=2)


def a_question(partner: SoftwarePartner, subject: str = "Rounding of VAT", by: Person | None = None) -> Question:
    return service.ask(
        partner.id, subject, Said("Which cent is right?", None, ""), by or owner_of(partner), of_vendor=False
    )


def say(
    question: Question, words: str, by: Person, *, of_vendor: bool, seen: int | None = None, key: str = ""
) -> Question:
    count = len(messages(question)) if seen is None else seen
    return service.reply(question.id, count, Said(words, None, key), by, of_vendor=of_vendor)


def messages(question: Question) -> list[QuestionMessage]:
    query = sa.select(QuestionMessage).where(QuestionMessage.question_id == question.id).order_by(QuestionMessage.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def fresh(question: Question) -> Question:
    return db.session.get_one(Question, question.id, populate_existing=True)


def mailed(template: str) -> list[str]:
    query = sa.select(MailRow.to_email).where(MailRow.template == template).order_by(MailRow.id)
    return list(db.session.scalars(query))


def test_a_software_partner_asks_once(client: FlaskClient, partner: SoftwarePartner, coordinator: Person) -> None:
    sign_in(client, owner_of(partner))
    made, twice = (post(client, "/panel/questions/new", ASKED) for _time in range(2))
    assert made.status_code == twice.status_code == 303
    assert made.location == twice.location
    (question,) = db.session.scalars(sa.select(Question)).all()
    assert (question.state, question.expert_id) == (QuestionState.WAITS_FOR_VENDOR, None)
    assert [message.body for message in messages(question)] == ["Which cent is right?"]
    assert mailed("question_for_vendor") == [coordinator.email]
    page = client.get(made.location).text
    assert "Waits for our answer" in page
    assert "Rounding of VAT" in client.get("/panel/questions").text
    refused = post(client, "/panel/questions/new", {"subject": "", "words": ""})
    assert refused.status_code == 422
    for words in ("Enter what it is about", "Write your question"):
        assert words in refused.text


def test_whoever_answers_first_is_the_expert(client: FlaskClient, partner: SoftwarePartner, expert: Person) -> None:
    question = a_question(partner)
    sign_in(client, expert)
    path = f"/desk/questions/{question.ref}"
    assert "Which cent is right?" in client.get(path).text
    sent = {"words": "Round once: https://docs.example/vat", "version": "1", "key": "a" * 30}
    for _time in range(2):
        assert post(client, f"{path}/messages", sent, page=path).status_code == 303
    assert len(messages(question)) == 2
    found = fresh(question)
    assert (found.expert_id, found.state) == (expert.id, QuestionState.WAITS_FOR_PARTNER)
    assert mailed("question_for_partner") == [owner_of(partner).email]
    mail = db.session.scalars(sa.select(MailRow).where(MailRow.template == "question_for_partner")).one()
    assert (mail.reply_to, mail.conversation) == (None, f"question:{question.ref}")
    other = people_of(partner)[1]
    sign_in(client, other)
    page = client.get(f"/panel/questions/{question.ref}").text
    assert 'href="https://docs.example/vat"' in page
    assert "Waits for your answer" in client.get("/panel/questions").text
    post(
        client,
        f"/panel/questions/{question.ref}/messages",
        {"words": "Thank you", "version": "2", "key": "b" * 30},
        page=f"/panel/questions/{question.ref}",
    )
    assert mailed("question_for_vendor")[-1] == expert.email
    say(question, "You are welcome", expert, of_vendor=True)
    assert mailed("question_for_partner")[1:] == [owner_of(partner).email, other.email]


def test_mails_reach_who_is_there(partner: SoftwarePartner, coordinator: Person, expert: Person) -> None:
    manager, boss = a_staff_member("account_manager"), a_staff_member("administrator")
    question = a_question(partner)
    with write():
        db.session.get_one(SoftwarePartner, partner.id).manager_id = manager.id
    say(question, "Again", owner_of(partner), of_vendor=False)
    say(question, "Answer", expert, of_vendor=True)
    with write():
        day = today(vendor().timezone)
        away = {"from_on": day, "until_on": day, "created_at": now()}
        db.session.add(Absence(person_id=expert.id, deputy_id=boss.id, **away))
    say(question, "Anybody?", owner_of(partner), of_vendor=False)
    with write():
        db.session.execute(sa.delete(HeldRole).where(HeldRole.person_id.in_([expert.id, manager.id])))
    say(question, "Hello?", owner_of(partner), of_vendor=False)
    with write():
        db.session.execute(sa.delete(HeldRole).where(HeldRole.person_id == coordinator.id))
    say(question, "Is nobody there?", owner_of(partner), of_vendor=False)
    people = {each.email: each.id for each in (coordinator, manager, expert, boss)}
    assert [people[email] for email in mailed("question_for_vendor")] == [
        coordinator.id,
        manager.id,
        expert.id,
        boss.id,
        coordinator.id,
        boss.id,
    ]
    with write():
        db.session.execute(
            sa.update(Membership).where(Membership.person_id == owner_of(partner).id).values(ended_at=now())
        )
    other = people_of(partner)[1]
    with write():
        db.session.execute(sa.update(Membership).where(Membership.person_id == other.id).values(role=MemberRole.OWNER))
    say(question, "We are", boss, of_vendor=True)
    assert mailed("question_for_partner")[-1] == other.email


def test_nobody_answers_past_a_message_they_have_not_read(
    client: FlaskClient, partner: SoftwarePartner, expert: Person
) -> None:
    question = a_question(partner)
    say(question, "I found it myself", owner_of(partner), of_vendor=False)
    path = f"/desk/questions/{question.ref}"
    sign_in(client, expert)
    late = {"words": "My long answer", "version": "1", "key": "c" * 30}
    stale = post(client, f"{path}/messages", late, page=path)
    assert stale.status_code == 409
    assert "A new message came in while you were writing" in stale.text
    assert "My long answer" in stale.text
    assert "I found it myself" in stale.text
    assert len(messages(question)) == 2
    assert post(client, f"{path}/messages", {**late, "version": "2"}, page=path).status_code == 303
    say(question, "A colleague adds a word", a_staff_member("sales"), of_vendor=True, seen=2)
    with pytest.raises(service.UnreadMessage):
        say(question, "Late", owner_of(partner), of_vendor=False, seen=2)


def test_a_key_of_somebody_else_is_nothing(partner: SoftwarePartner, expert: Person) -> None:
    question = a_question(partner)
    say(question, "Ours", expert, of_vendor=True, key="same")
    say(question, "Theirs", owner_of(partner), of_vendor=False, key="same")
    again = a_question(a_software_partner("Another"), by=None)
    say(again, "Elsewhere", expert, of_vendor=True, key="same")
    assert [message.body for message in messages(question)][1:] == ["Ours", "Theirs"]
    assert [message.body for message in messages(again)][1:] == ["Elsewhere"]


def test_closing_and_opening_again(client: FlaskClient, partner: SoftwarePartner, expert: Person) -> None:
    question = a_question(partner)
    path = f"/panel/questions/{question.ref}"
    sign_in(client, owner_of(partner))
    stale = post(client, f"{path}/closing", {"version": "7"}, page=path)
    assert stale.status_code == 409
    assert fresh(question).state == QuestionState.WAITS_FOR_VENDOR
    for _time in range(2):
        assert post(client, f"{path}/closing", {"version": "1"}, page=path).status_code == 303
    assert "This question is closed" in client.get(path).text
    assert "Rounding of VAT" not in client.get("/panel/questions").text
    assert "Rounding of VAT" in client.get("/panel/questions?tab=closed").text
    assert post(client, f"{path}/reopening", {}, page=path).status_code == 303
    assert fresh(question).state == QuestionState.WAITS_FOR_VENDOR
    say(question, "Here", expert, of_vendor=True)
    sign_in(client, expert)
    desk = f"/desk/questions/{question.ref}"
    version = str(fresh(question).version)
    assert post(client, f"{desk}/closing", {"version": version}, page=desk).status_code == 303
    assert post(client, f"{desk}/reopening", {}, page=desk).status_code == 303
    assert fresh(question).state == QuestionState.WAITS_FOR_PARTNER
    service.close(question.id, fresh(question).version, expert)
    say(question, "One more thing", owner_of(partner), of_vendor=False)
    assert fresh(question).state == QuestionState.WAITS_FOR_VENDOR
    verbs = db.session.scalars(sa.select(HistoryEntry.verb).where(HistoryEntry.record_type == "question")).all()
    assert verbs.count("question.closed") == 3
    assert "Question opened again" in client.get(desk).text


def test_an_expert_is_named(client: FlaskClient, partner: SoftwarePartner, coordinator: Person, expert: Person) -> None:
    question = a_question(partner)
    path = f"/desk/questions/{question.ref}"
    sign_in(client, coordinator)
    assert post(client, f"{path}/expert", {"version": "9", "expert": expert.ref}, page=path).status_code == 409
    assert post(client, f"{path}/expert", {"version": "1", "expert": expert.ref}, page=path).status_code == 303
    assert mailed("question_to_answer") == [expert.email]
    assert fresh(question).expert_id == expert.id
    outsider = owner_of(partner)
    wrong = post(client, f"{path}/expert", {"version": "2", "expert": outsider.ref}, page=path)
    assert wrong.status_code == 422
    with write():
        db.session.execute(sa.delete(HeldRole).where(HeldRole.person_id == expert.id))
    assert client.get(path).status_code == 200
    assert post(client, f"{path}/expert", {"version": "2", "expert": ""}, page=path).status_code == 303
    assert fresh(question).expert_id is None


def test_the_vendor_writes_first(client: FlaskClient, partner: SoftwarePartner, expert: Person) -> None:
    sign_in(client, expert)
    made = post(client, f"/desk/software-partners/{partner.ref}/questions/new", {**ASKED, "words": "A new interface"})
    assert made.status_code == 303
    (question,) = db.session.scalars(sa.select(Question)).all()
    assert (question.state, question.expert_id) == (QuestionState.WAITS_FOR_PARTNER, expert.id)
    assert mailed("question_for_partner") == [owner_of(partner).email]
    with write():
        db.session.get_one(SoftwarePartner, partner.id).state = PartnerState.ENDED
    late = {"subject": "Late", "words": "Too late", "key": "z"}
    refused = post(client, f"/desk/software-partners/{partner.ref}/questions/new", late)
    assert refused.status_code == 409
    with pytest.raises(PartnerEnded):
        say(question, "Late", expert, of_vendor=True)
    assert "The cooperation with this software partner has ended" in client.get(f"/desk/questions/{question.ref}").text


def test_an_attachment_is_for_both_sides_and_nobody_else(
    client: FlaskClient, partner: SoftwarePartner, expert: Person
) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG", pnginfo=None)
    sign_in(client, owner_of(partner))
    sent = {**ASKED, "attached": (io.BytesIO(picture.getvalue()), "../Łukasz 🧾.exe")}
    made = post(client, "/panel/questions/new", sent, content_type="multipart/form-data")
    assert made.status_code == 303
    (question,) = db.session.scalars(sa.select(Question)).all()
    (message,) = messages(question)
    link = f"/panel/questions/{question.ref}/messages/{message.ref}/file"
    assert f'href="{link}"' in client.get(made.location).text
    file = client.get(link)
    assert file.mimetype == "image/png"
    assert file.headers["Content-Disposition"].startswith("attachment")
    sign_in(client, expert)
    assert client.get(link.replace("/panel/", "/desk/")).status_code == 200
    stranger = a_software_partner("Stranger")
    other = a_question(stranger)
    sign_in(client, owner_of(stranger))
    unknown = client.get("/panel/questions/Q-00000000/messages/QM-00000000/file")
    for path in (link, f"/panel/questions/{other.ref}/messages/{message.ref}/file"):
        answer = client.get(path)
        assert (answer.status_code, answer.data) == (404, unknown.data)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "Files of this kind cannot be taken"),
        (b"<!doctype html><script>alert(1)</script>", "Files of this kind cannot be taken"),
        (b"\x89PNG\r\n\x1a\n broken", "This picture cannot be read"),
        (b"", "This file is empty"),
        (b"x" * (10 * 1024 * 1024 + 1), "larger than 10 MB"),
    ],
)
def test_what_is_no_good_file_is_refused_and_the_words_stay(
    client: FlaskClient, partner: SoftwarePartner, content: bytes, said: str
) -> None:
    sign_in(client, owner_of(partner))
    sent = {**ASKED, "attached": (io.BytesIO(content), "harmless.png")}
    refused = post(client, "/panel/questions/new", sent, content_type="multipart/form-data")
    assert refused.status_code == 422
    assert said in refused.text
    assert "Which cent is right?" in refused.text
    assert db.session.scalars(sa.select(Question)).all() == []


def test_words_are_words(client: FlaskClient, partner: SoftwarePartner) -> None:
    evil = '<script>alert(1)</script> javascript:alert(1) https://x.example/"onmouseover="alert(1) {{ 7 * 7 }} %(x)s 👩'
    question = service.ask(partner.id, "<b>Łukasz</b>", Said(evil, None, ""), owner_of(partner), of_vendor=False)
    sign_in(client, owner_of(partner))
    page = client.get(f"/panel/questions/{question.ref}").text
    assert "<script>alert" not in page
    assert 'href="javascript' not in page
    assert '"onmouseover="' not in page
    assert "{{ 7 * 7 }} %(x)s" in page
    assert "&lt;b&gt;Łukasz&lt;/b&gt;" in page


def test_anothers_thread_does_not_exist(client: FlaskClient, partner: SoftwarePartner) -> None:
    theirs = a_question(a_software_partner("Them"), "Their secret")
    a_question(partner, "Our question")
    sign_in(client, owner_of(partner))
    unknown = client.get("/panel/questions/Q-00000000")
    answer = client.get(f"/panel/questions/{theirs.ref}")
    assert (answer.status_code, answer.data) == (404, unknown.data)
    for tail in ("messages", "closing", "reopening"):
        sent = {"words": "Mine", "version": "1", "key": "x"}
        assert post(client, f"/panel/questions/{theirs.ref}/{tail}", sent, page="/panel/questions").status_code == 404
    for path in ("/panel/questions", "/panel/questions?q=secret", "/panel/questions/questions.csv"):
        assert "Their secret" not in client.get(path).text
    assert "Our question" in client.get("/panel/questions/questions.csv").text


def test_questions_are_searched_by_what_was_said(client: FlaskClient, partner: SoftwarePartner, expert: Person) -> None:
    question = a_question(partner)
    say(question, "Wystarczy zaokrąglić paragon", expert, of_vendor=True)
    a_question(partner, "Something else")
    sign_in(client, owner_of(partner))
    found = client.get("/panel/questions?q=ZAOKRAGLIC paragon").text
    assert ("Rounding of VAT" in found, "Something else" in found) == (True, False)
    sign_in(client, expert)
    desk = client.get("/desk/questions?tab=theirs&q=kassalinja").text
    assert "Rounding of VAT" in desk
    assert "Nothing found" in client.get("/desk/questions?q=nowhere").text
    mine = client.get("/desk/questions?tab=theirs&whose=mine").text
    assert "Rounding of VAT" in mine
    assert "Rounding of VAT" in client.get(f"/desk/questions?tab=theirs&of={partner.ref}").text
    assert "Rounding of VAT" in client.get("/desk/questions/questions.csv?tab=theirs").text
    assert client.get("/desk/questions?tab=nonsense&cursor=nonsense&of=nonsense").status_code == 200


def test_what_waits_stands_in_the_right_inbox(
    app: Flask, client: FlaskClient, partner: SoftwarePartner, coordinator: Person, expert: Person
) -> None:
    manager = a_staff_member("account_manager", name="Ruth Abendroth")
    nobodys = a_question(partner, "Nobody's")
    managed = a_question(a_software_partner("Managed", manager_id=manager.id), "Managed")
    own = a_question(partner, "Own")
    service.name_expert(own.id, 1, expert.ref, coordinator)
    say(a_question(partner, "Answered"), "Done", expert, of_vendor=True)

    def waiting(person: Person) -> dict[str, str]:
        with app.test_request_context():
            return {item.key: item.sentence for item in items(by_id(person.id), 50)}

    assert waiting(coordinator) == {f"question:{nobodys.ref}": "Question to answer: Nobody's"}
    assert set(waiting(manager)) == {f"question:{managed.ref}"}
    assert set(waiting(expert)) == {f"question:{own.ref}"}
    assert waiting(a_staff_member("finance")) == {}
    with write():
        day = today(vendor().timezone)
        away = {"from_on": day, "until_on": day, "created_at": now()}
        db.session.add(Absence(person_id=expert.id, deputy_id=manager.id, **away))
    assert set(waiting(manager)) == {f"question:{managed.ref}", f"question:{own.ref}"}
    with write():
        db.session.execute(sa.delete(HeldRole).where(HeldRole.person_id == expert.id))
    assert f"question:{own.ref}" in waiting(coordinator)
    with app.test_request_context(), counting(app) as asked:
        items(by_id(coordinator.id), 50)
    assert asked.count <= 3
    assert "Question to answer: Nobody&#39;s" in sign_in(client, coordinator).get("/desk").text


def test_the_promise_runs_from_the_first_message_without_an_answer(
    app: Flask, partner: SoftwarePartner, coordinator: Person
) -> None:
    with time_machine.travel("2026-03-02T09:00:00Z", tick=False):
        question = a_question(partner)
    with time_machine.travel("2026-03-03T09:00:00Z", tick=False):
        say(question, "And?", owner_of(partner), of_vendor=False)
        with app.test_request_context():
            (item,) = items(by_id(coordinator.id), 50)
    assert item.due.date().isoformat() == "2026-03-04"


def test_a_long_thread_is_read_page_by_page(
    app: Flask, client: FlaskClient, partner: SoftwarePartner, expert: Person
) -> None:
    question = a_question(partner)
    sign_in(client, owner_of(partner))
    path = f"/panel/questions/{question.ref}"
    with counting(app) as few:
        client.get(path)
    with write():
        for number in range(60):
            db.session.add(
                QuestionMessage(
                    question_id=question.id,
                    by_name="Marit Vos",
                    of_vendor=True,
                    body=f"Message number {number}.",
                    created_at=now() + timedelta(seconds=number),
                    key=f"key{number}",
                )
            )
    with counting(app) as many:
        page = client.get(path).text
    assert few == many
    assert many <= 6
    assert "Message number 59." in page
    assert "Message number 9." not in page
    assert page.index("Message number 58.") < page.index("Message number 59.")
    assert "Earlier messages" in page


def test_lists_ask_a_constant_number_of_queries(
    app: Flask, client: FlaskClient, partner: SoftwarePartner, expert: Person
) -> None:
    question = a_question(partner)
    mine = sign_in(app.test_client(), owner_of(partner))
    sign_in(client, expert)
    paths = [(mine, "/panel/questions"), (client, "/desk/questions"), (client, f"/desk/questions/{question.ref}")]

    def asked() -> list[int]:
        counts = []
        for browser, path in paths:
            with counting(app) as found:
                assert browser.get(path).status_code == 200
            counts.append(found.count)
        return counts

    few = asked()
    for number in range(4):
        a_question(partner, f"Ours {number}")
        a_question(a_software_partner(f"Firm {number}"), f"Theirs {number}")
        say(question, "Once more", owner_of(partner), of_vendor=False)
    assert asked() == few
    assert max(few) <= 9


def test_sharing_a_text_file_keeps_it_as_it_is(partner: SoftwarePartner) -> None:
    file = Received("answer.json", TEXT, b'{"vat": 0.01}')
    question = service.ask(partner.id, "A log", Said("See there", file, ""), owner_of(partner), of_vendor=False)
    (message,) = messages(question)
    assert message.upload_id is not None


def test_a_newcomer_reads_what_colleagues_asked(client: FlaskClient, partner: SoftwarePartner) -> None:
    a_question(partner)
    organisation = db.session.get_one(Organisation, partner.organisation_id)
    sign_in(client, a_member_of(organisation, "Łukasz O'Żółć", role="member"))
    assert "Rounding of VAT" in client.get("/panel/questions").text


def test_staff_without_the_right_stay_out(client: FlaskClient, partner: SoftwarePartner) -> None:
    question = a_question(partner)
    sign_in(client, a_staff_member("finance"))
    for path in ("/desk/questions", f"/desk/questions/{question.ref}", "/panel/questions"):
        assert client.get(path).status_code == 403


def test_the_desk_search_finds_questions_and_products(
    client: FlaskClient, partner: SoftwarePartner, expert: Person
) -> None:
    question = a_question(partner, "Zażółć gęślą jaźń")
    product = a_product(partner, "Revontuli")
    sign_in(client, expert)
    assert question.ref in client.get("/desk/search?q=zazolc jazn").text
    assert product.ref in client.get("/desk/search?q=revontuli").text
    sign_in(client, a_staff_member("finance"))
    for q in ("zazolc", "revontuli"):
        page = client.get(f"/desk/search?q={q}").text
        assert question.ref not in page
        assert product.ref not in page


def test_many_presses_at_once_are_one_message(app: Flask, partner: SoftwarePartner, expert: Person) -> None:
    question = a_question(partner)

    def press(number: int) -> str:
        with app.app_context():
            person = db.session.get_one(Person, expert.id)
            service.reply(question.id, 1, Said("Once", None, "one form"), person, of_vendor=True)
            asked = service.ask(partner.id, "Twice?", Said("Words", None, "another form"), person, of_vendor=True)
            return asked.ref

    with ThreadPoolExecutor(6) as pool:
        refs = set(pool.map(press, range(12)))
    assert [message.body for message in messages(question)] == ["Which cent is right?", "Once"]
    assert len(refs) == 1
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Question)) == 2
    assert mailed("question_for_partner") == [owner_of(partner).email] * 2
