"""What the worker does with a queued mail, against a real mail server."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from app.core.clock import now
from app.core.db import db, write
from app.outbox import mailer, sender, service
from app.outbox.mail import Recipient
from app.outbox.mailer import Line
from app.outbox.models import MailAttempt, MailRow, MailState
from tests.mailserver import MailServer, StallingServer, free_port
from tests.outbox.conftest import Hello, a_mail, send_all, sending_to
from tests.sentences import keys_lost


def again(row: MailRow) -> MailRow:
    db.session.rollback()
    return db.session.get_one(MailRow, row.id, populate_existing=True)


def outcomes(row: MailRow) -> list[tuple[str, str]]:
    found = db.session.execute(
        sa.select(MailAttempt.outcome, MailAttempt.detail).where(MailAttempt.mail_id == row.id).order_by(MailAttempt.id)
    )
    return [(outcome, detail) for outcome, detail in found]


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def header(mail: EmailMessage, name: str) -> str:
    """As RFC 2047 has it: the library's newer reader puts a blank between two encoded words."""
    raw = message_from_bytes(mail.as_bytes())[name]
    return str(make_header(decode_header(raw)))


def test_a_queued_mail_arrives_whole(sending: MailServer) -> None:
    row = a_mail(name="Żaneta Łuczak-Wiśniewska, Dział „Handel”")
    assert send_all() == 1
    (mail,) = sending.received
    assert mail["Subject"] == "Welcome: Kwiaciarnia Pod Lipą"
    assert mail["From"] == "Gangway <contact@gangway.example>"
    assert sending.returned_to == ["noreply@gangway.example"]
    assert header(mail, "To") == "Żaneta Łuczak-Wiśniewska, Dział „Handel” <anna@reader.example>"
    assert mail["Reply-To"] is None, "replies go to whom it comes from"
    assert mail["Message-ID"] == row.message_id
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "en"
    assert part(mail, "plain").startswith("Żaneta Łuczak-Wiśniewska, Dział „Handel”\n\nKwiaciarnia Pod Lipą <b>")
    assert 'style="color: red;"' in part(mail, "html")
    assert 'href="http://localhost/?q=a%26b"' in part(mail, "html")
    after = again(row)
    assert after.state == MailState.SENT
    assert after.sent_at is not None
    assert after.lease_owner is None
    assert outcomes(row) == [("sent", "Accepted by the mail server.")]


@pytest.mark.parametrize(
    ("asked", "said"), [("sales@vendor.example", "sales@vendor.example"), ("contact@gangway.example", None)]
)
def test_replies_may_go_to_somebody_else(sending: MailServer, asked: str, said: str | None) -> None:
    with write():
        service.post(Hello("Polana"), Recipient("a@b.example", "Anna", "en"), conversation="lead:L-9", reply_to=asked)
    send_all()
    assert sending.received[0]["Reply-To"] == said


def test_no_line_is_longer_than_smtp_allows(sending: MailServer) -> None:
    a_mail("ż" * 5000)
    send_all()
    assert max(map(len, sending.received[0].as_bytes().splitlines())) < 998


def test_a_newline_in_the_arguments_makes_no_header(sending: MailServer) -> None:
    a_mail("Ltd\r\nBcc: everybody@evil.example", name="Anna\r\nBcc: everybody@evil.example")
    send_all()
    (mail,) = sending.received
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Welcome: Ltd Bcc: everybody@evil.example"


def test_the_personal_link_leaves_and_is_then_forgotten(sending: MailServer) -> None:
    row = a_mail(link="/go/secret-token")
    send_all()
    (mail,) = sending.received
    assert part(mail, "plain") == "Open http://localhost/go/secret-token\n"
    assert part(mail, "html").count("http://localhost/go/secret-token") == 2
    after = again(row)
    assert after.secret is None
    assert "secret-token" not in f"{after.text}{after.html}{after.subject}{after.args}"


def test_the_words_are_written_once(sending: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    row = a_mail()
    sending.answer_data = "451 Busy"
    send_all()
    first = again(row)
    assert first.text
    with write():
        db.session.get_one(MailRow, row.id).args = {"company": "Other"}
        db.session.get_one(MailRow, row.id).next_attempt_at = now()
    sending.answer_data = "250 Fine"
    send_all()
    assert sending.received[0]["Subject"] == first.subject
    assert "Other" not in part(sending.received[0], "plain")


@pytest.mark.parametrize("answer", ["451 Try later", "421 Closing"])
def test_put_off_is_tried_again_after_a_pause(sending: MailServer, answer: str) -> None:
    row = a_mail()
    sending.answer_to = lambda address: answer
    with time_machine.travel(now(), tick=False) as clock:
        for number, pause in enumerate(sender.BACKOFF, start=1):
            assert send_all() == 1
            after = again(row)
            assert (after.state, after.attempts, after.next_attempt_at) == (MailState.QUEUED, number, now() + pause)
            assert send_all() == 0, "not before its time"
            clock.shift(pause)
        assert send_all() == 1
    assert again(row).state == MailState.FAILED
    assert sum(sender.BACKOFF, timedelta()) > timedelta(days=1, hours=20)
    assert {outcome for outcome, _ in outcomes(row)} == {"deferred"}
    assert outcomes(row)[0][1].startswith(answer[:3])


def test_a_refusal_is_for_good(sending: MailServer) -> None:
    row = a_mail()
    sending.answer_to = lambda address: "550 5.1.1 No such mailbox"
    send_all()
    after = again(row)
    assert after.state == MailState.FAILED
    assert after.last_error == "550 5.1.1 No such mailbox"
    assert outcomes(row) == [("refused", "550 5.1.1 No such mailbox")]
    assert send_all() == 0


def test_a_server_that_is_away_is_tried_again(app: Flask, context: None, mail_server: MailServer) -> None:
    row = a_mail()
    with sending_to(app, f"smtp://127.0.0.1:{free_port()}"):
        send_all()
    assert again(row).state == MailState.QUEUED
    assert outcomes(row)[0][0] == "unreachable"
    with time_machine.travel(now() + timedelta(minutes=2)), sending_to(app, mail_server.url):
        send_all()
    assert again(row).state == MailState.SENT


def test_a_server_that_never_answers_is_given_up_in_time(
    app: Flask, context: None, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = a_mail()
    monkeypatch.setattr(mailer, "STEP_TIMEOUT", 0.3)
    with StallingServer() as stalling, sending_to(app, stalling.url):
        send_all()
    assert again(row).state == MailState.QUEUED
    assert outcomes(row) == [("unreachable", "The mail server did not answer in time.")]


def test_a_whole_letter_has_a_limit_of_its_own(
    app: Flask, context: None, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = a_mail()
    monkeypatch.setattr(mailer, "LETTER_TIMEOUT", 0.3)
    with StallingServer() as stalling, sending_to(app, stalling.url):
        send_all()
    assert outcomes(row)[0][0] == "unreachable"
    assert sender.LEASE.total_seconds() > 120 > mailer.STEP_TIMEOUT, "a lease outlives every timeout"


def test_a_password_is_not_sent_in_the_clear(app: Flask, context: None, mail_server: MailServer) -> None:
    row = a_mail()
    with sending_to(app, mail_server.url.replace("127.0.0.1", "us%40er:p%2Fw@127.0.0.1")):
        assert app.config["MAIL_USERNAME"] == "us@er"
        assert app.config["MAIL_PASSWORD"] == "p/w"
        send_all()
    assert outcomes(row)[0][0] == "unreachable", "the server knows no AUTH; the mail waits"


def test_what_cannot_be_written_fails_with_its_reason(sending: MailServer) -> None:
    row = a_mail()
    with write():
        db.session.get_one(MailRow, row.id).template = "no_such_mail"
    send_all()
    after = again(row)
    assert after.state == MailState.FAILED
    assert outcomes(row)[0][0] == "unrenderable"
    assert "no_such_mail" in (after.last_error or "")


def test_a_link_whose_key_is_gone_fails_alone(app: Flask, sending: MailServer) -> None:
    row, other = a_mail(link="/go/secret-token"), a_mail(conversation="lead:L-2")
    with keys_lost(app):
        assert send_all() == 2
    assert again(row).state == MailState.FAILED
    assert "GANGWAY_ENCRYPTION_KEYS" in (again(row).last_error or "")
    assert again(other).state == MailState.SENT
    assert len(sending.received) == 1


def test_a_name_missing_in_a_template_is_not_an_empty_place(
    sending: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.outbox import conftest

    monkeypatch.setitem(conftest.TEMPLATES, "emails/test_hello/body.txt", "{{ compnay }}")
    row = a_mail()
    send_all()
    assert "compnay" in (again(row).last_error or "")


def test_a_conversation_stays_in_order(sending: MailServer) -> None:
    first, second = a_mail("first"), a_mail("second")
    other = a_mail("other", conversation="lead:L-2")
    sending.answer_data = "451 Later"
    send_all()
    assert again(second).attempts == 0, "it waits for the first"
    assert again(other).attempts == 1
    sending.answer_data = "250 Fine"
    with time_machine.travel(now() + timedelta(minutes=2)):
        send_all()
    subjects = [str(mail["Subject"]) for mail in sending.received]
    assert subjects.index("Welcome: first") < subjects.index("Welcome: second")
    assert again(first).state == again(second).state == MailState.SENT


def test_a_mail_that_failed_for_good_holds_nobody_up(sending: MailServer) -> None:
    first, second = a_mail("first"), a_mail("second")
    sending.answer_to = lambda address: "550 No" if not sending.received and first.attempts == 0 else "250 OK"
    answers = iter(["550 No", "250 OK"])
    sending.answer_to = lambda address: next(answers)
    send_all()
    assert again(first).state == MailState.FAILED
    assert again(second).state == MailState.SENT


def test_one_reader_s_trouble_does_not_hold_up_another(sending: MailServer) -> None:
    a_mail("first", to="full@reader.example")
    second = a_mail("second", to="anna@reader.example")
    sending.answer_to = lambda address: "452 Full" if address.startswith("full") else "250 OK"
    send_all()
    assert again(second).state == MailState.SENT


def test_a_crash_after_the_server_accepted_repeats_once_under_one_id(sending: MailServer) -> None:
    row = a_mail()
    claimed = sender.claim("dying")
    assert claimed == row.id
    db.session.commit()
    assert send_all() == 0, "the lease holds"
    with time_machine.travel(now() + sender.LEASE + timedelta(seconds=1)):
        assert send_all() == 1
        assert send_all() == 0
    assert sending.ids == {row.message_id: 1}


def test_a_worker_past_its_lease_leaves_the_mail_alone(sending: MailServer) -> None:
    row = a_mail()
    assert sender.claim("slow") == row.id
    db.session.commit()
    with time_machine.travel(now() + sender.LEASE + timedelta(seconds=1)):
        send_all()
        sender._deal_with(row.id, "slow", Line())
    assert sending.ids == {row.message_id: 1}
    assert again(row).state == MailState.SENT


def test_a_late_acceptance_counts(sending: MailServer) -> None:
    """It stood still between the server's word and its own note: nobody needs to send it again."""
    row = a_mail()
    assert sender.claim("slow") == row.id
    db.session.commit()
    with time_machine.travel(now() + sender.LEASE + timedelta(seconds=1)):
        sender.QUEUE.take_back_expired()
        sender._finish(again(row), "slow", "sent", "250 OK")
        assert send_all() == 0
    assert again(row).state == MailState.SENT


def test_two_workers_never_claim_one_mail(sending: MailServer) -> None:
    row = a_mail()
    assert sender.claim("one") == row.id
    assert sender.claim("two") is None


def test_a_clock_set_back_holds_nothing_up(sending: MailServer) -> None:
    with time_machine.travel(now() + timedelta(days=400)):
        fresh, waiting, taken = a_mail("fresh"), a_mail("waiting", conversation="b"), a_mail("taken", conversation="c")
        with write():
            row = db.session.get_one(MailRow, waiting.id)
            row.attempts, row.next_attempt_at = 3, now() + timedelta(minutes=15)
            row = db.session.get_one(MailRow, taken.id)
            row.state, row.lease_owner, row.lease_until = MailState.SENDING, "gone", now() + sender.LEASE
    assert send_all() == 3
    assert {again(row).state for row in (fresh, waiting, taken)} == {MailState.SENT}


def test_a_clock_set_forward_sends_early_and_once(sending: MailServer) -> None:
    row = a_mail()
    with time_machine.travel(now() + timedelta(days=400)):
        assert send_all() == 1
    assert send_all() == 0
    assert sending.ids == {row.message_id: 1}


def test_the_demo_without_a_mail_server_keeps_the_mail_for_the_desk(app: Flask, context: None) -> None:
    row = a_mail(link="/go/secret-token")
    assert send_all() == 1
    after = again(row)
    assert after.state == MailState.SHOWN
    assert after.secret is not None
    assert after.text == f"Open https://link-{row.ref.lower()}.invalid/\n"


def test_production_without_a_mail_server_keeps_the_mail_waiting(
    app: Flask, context: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    monkeypatch.setitem(app.config, "GANGWAY", replace(app.config["GANGWAY"], mode="production"))
    row = a_mail()
    assert send_all() == 0
    assert again(row).state == MailState.QUEUED


def test_a_returned_mail_is_marked(sending: MailServer) -> None:
    row = a_mail()
    send_all()
    assert service.note_bounce(row.message_id, "550 mailbox full") is not None
    assert again(row).state == MailState.BOUNCED
    assert service.note_bounce("<nobody@elsewhere.example>", "550") is None


def test_each_mail_is_written_in_its_reader_s_language(sending: MailServer) -> None:
    a_mail(locale="fi")
    send_all()
    assert sending.received[0]["Content-Language"] == "fi"
