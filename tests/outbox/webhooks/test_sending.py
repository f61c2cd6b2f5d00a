"""What the worker does with an event that waits, against a real receiver on loopback."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from app.core import background, reaching
from app.core.clock import now
from app.core.crypto import decrypt
from app.core.db import db, write
from app.leads.models import Lead
from app.leads.service import decision
from app.outbox.privacy import RULES
from app.outbox.webhooks import events, jobs, sender, service
from app.outbox.webhooks.models import Delivery, DeliveryAttempt, DeliveryState, Webhook, WebhookState
from app.outbox.webhooks.signing import signature
from app.privacy.sources import rules
from tests.leads.sentences import a_lead
from tests.outbox.webhooks.conftest import a_webhook, again, deliveries, send_all
from tests.receiver import Handler, Received, Receiver, answers, takes
from tests.sentences import a_staff_member, keys_lost


def an_event(webhook: Webhook) -> Delivery:
    """Something happened of which the address is told."""
    lead = a_lead()
    decision.accept(lead.id, lead.version, a_staff_member("sales"))
    return deliveries()[-1]


def attempts(delivery: Delivery) -> list[tuple[str, int | None]]:
    db.session.rollback()
    rows = db.session.execute(
        sa.select(DeliveryAttempt.outcome, DeliveryAttempt.status)
        .where(DeliveryAttempt.delivery_id == delivery.id)
        .order_by(DeliveryAttempt.id)
    )
    return [(outcome, status) for outcome, status in rows]


def latest_answer(delivery: Delivery) -> str:
    db.session.rollback()
    return (
        db.session.scalars(
            sa.select(DeliveryAttempt.answer)
            .where(DeliveryAttempt.delivery_id == delivery.id)
            .order_by(DeliveryAttempt.id.desc())
        ).first()
        or ""
    )


def signed_with(secret: str, message: Received) -> str:
    """As the standard has it, written here once more."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{message.id}.{message.headers['webhook-timestamp']}.".encode() + message.body
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def secret_of(webhook: Webhook) -> str:
    found = again(webhook).secret
    assert found is not None
    return decrypt(found)


def test_an_event_arrives_signed_and_names_nobody(receiver: Receiver) -> None:
    webhook = a_webhook(receiver.url)
    event = an_event(webhook)
    send_all()
    (message,) = receiver.received
    assert message.path == "/gangway"
    assert message.headers["content-type"] == "application/json"
    assert message.id == event.ref
    assert abs(int(message.headers["webhook-timestamp"]) - time.time()) < 60
    assert message.headers["webhook-signature"] == signed_with(secret_of(webhook), message)
    lead = db.session.scalars(sa.select(Lead)).one()
    assert json.loads(message.body) == {
        "type": "lead.accepted",
        "timestamp": event.created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "data": {"kind": "lead", "ref": lead.ref, "version": lead.version, "url": events.address_of("lead", lead.ref)},
    }
    assert lead.company_name not in message.body.decode()
    (delivery,) = deliveries()
    assert (delivery.state, delivery.attempts) == (DeliveryState.DELIVERED, 1)
    assert delivery.delivered_at is not None
    assert (attempts(delivery), latest_answer(delivery)) == ([("delivered", 200)], "thank you")


def test_the_signature_is_that_of_the_standard() -> None:
    """The example that libraries for receivers are tested with."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    signed = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_where_the_api_has_the_record_stands_in_the_message(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(events.ENDPOINTS, "lead", "leads_desk.lead")
    an_event(a_webhook(receiver.url))
    send_all()
    data = json.loads(receiver.received[0].body)["data"]
    assert data["url"] == f"http://localhost/desk/leads/{data['ref']}"


def test_while_a_secret_is_renewed_both_sign(receiver: Receiver) -> None:
    webhook = a_webhook(receiver.url)
    former = secret_of(webhook)
    admin = a_staff_member("administrator")
    service.renew_secret(webhook.id, admin)
    new = secret_of(webhook)
    assert new != former
    an_event(webhook)
    send_all()
    message = receiver.received[-1]
    assert message.headers["webhook-signature"].split() == [signed_with(new, message), signed_with(former, message)]
    with time_machine.travel(now() + service.BOTH_SIGN + timedelta(minutes=1)):
        an_event(webhook)
        send_all()
        assert receiver.received[-1].headers["webhook-signature"] == signed_with(new, receiver.received[-1])
        jobs.forget_former_secrets(now())
        assert again(webhook).former_secret is None
    service.renew_secret(webhook.id, admin)
    service.end_former_secret(webhook.id, admin)
    an_event(webhook)
    send_all()
    message = receiver.received[-1]
    assert message.headers["webhook-signature"] == signed_with(secret_of(webhook), message)


def huge(handler: Handler) -> None:
    handler.send_response(500)
    handler.end_headers()
    handler.wfile.write(b"x" * 3_000_000)


def stalls(handler: Handler) -> None:
    time.sleep(6)


def drips(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 ")
    for _time in range(60):
        handler.wfile.write(b"2")
        handler.wfile.flush()
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("answer", "outcome", "status", "said"),
    [
        (answers(500, b"broken"), "refused", 500, "broken"),
        (answers(404), "refused", 404, ""),
        (answers(302, Location="https://hooks.receiver.company/elsewhere"), "refused", 302, ""),
        (answers(400, b"\xff\x00"), "refused", 400, "\N{REPLACEMENT CHARACTER}" * 2),
        (huge, "refused", 500, "x" * sender.KEPT),
        (stalls, "unreachable", None, sender.TOO_SLOW),
        (drips, "unreachable", None, sender.TOO_SLOW),
        (lambda handler: handler.connection.close(), "unreachable", None, None),
    ],
    ids=["error", "unknown", "redirect", "rubbish", "huge", "stalling", "dripping", "hanging up"],
)
def test_what_does_not_arrive_is_tried_again(
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    answer: Callable[[Handler], None],
    outcome: str,
    status: int | None,
    said: str | None,
) -> None:
    monkeypatch.setattr(sender, "SECONDS", 1.0 if outcome == "unreachable" else 10.0)
    receiver.answer = answer
    webhook = a_webhook(receiver.url)
    event = an_event(webhook)
    began = time.monotonic()
    send_all()
    assert time.monotonic() - began < 5
    assert attempts(event) == [(outcome, status)]
    assert said is None or latest_answer(event) == said
    assert len(receiver.received) == 1, "nobody follows a redirect"
    (waiting,) = deliveries()
    assert waiting.state == DeliveryState.QUEUED
    assert waiting.next_attempt_at - now() <= sender.BACKOFF[0]
    receiver.answer = takes
    with time_machine.travel(now() + sender.BACKOFF[0] + timedelta(seconds=1)):
        send_all()
    assert deliveries()[0].state == DeliveryState.DELIVERED
    assert receiver.ids == [event.ref] * 2, "under the same number"
    assert (again(webhook).failures, again(webhook).failing_since) == (0, None)


def test_a_certificate_that_proves_nothing_is_told_nothing(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    event = an_event(a_webhook(receiver.url))
    send_all()
    assert attempts(event) == [("unreachable", None)]
    assert "certificate" in latest_answer(event).lower()
    assert receiver.received == []


def test_a_name_that_leads_inside_later_is_told_nothing(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    event = an_event(a_webhook(receiver.url))
    monkeypatch.setattr(reaching, "_lookup", lambda host, port: ["127.0.0.1", "10.0.0.7"])
    send_all()
    assert attempts(event) == [("private", None)]
    assert receiver.received == []


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.receiver.company/gangway",
        "https://127.0.0.1/",
        "https://[::1]:8443/",
        "https://localhost/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest/meta-data",
        "https://2130706433/",
        "https://inside.company/",
        "https://hooks.receiver.company:22/",
        "https://me@hooks.receiver.company/",
        "https://hooks.receiver.company:99999/",
        "ftp://hooks.receiver.company/",
    ],
)
def test_an_address_inside_is_refused_when_it_is_entered(url: str) -> None:
    def lookup(host: str, port: int) -> list[str]:
        return {"inside.company": ["93.184.216.34", "192.168.0.2"], "hooks.receiver.company": ["93.184.216.34"]}.get(
            host, ["127.0.0.1"]
        )

    assert str(sender.problem_with(url, lookup))


def test_a_name_that_nobody_knows_just_now_may_stand() -> None:
    def nobody(host: str, port: int) -> list[str]:
        raise OSError("no such host")

    assert sender.problem_with("https://hooks.receiver.company/", nobody) == ""
    assert sender.problem_with("https://hooks.receiver.company:8443/", lambda host, port: ["93.184.216.34"]) == ""


def test_an_address_that_does_not_answer_is_not_asked_for_each_event(receiver: Receiver) -> None:
    receiver.answer = answers(503)
    failing = a_webhook(receiver.url)
    for _number in range(6):
        an_event(failing)
    send_all()
    assert len(receiver.received) == 2, "after the second failure it rests"
    well = a_webhook(receiver.url)
    receiver.answer = takes
    event = an_event(well)
    assert event.webhook_id == well.id
    send_all()
    assert receiver.ids[2:] == [event.ref], "another address does not wait for it"
    with time_machine.travel(now() + max(sender.REST)):
        send_all()
    assert len(receiver.received) == 3 + 7
    assert {each.state for each in deliveries()} == {DeliveryState.DELIVERED}


def test_after_days_of_failures_it_is_switched_off_and_nothing_is_lost(receiver: Receiver) -> None:
    receiver.answer = answers(500)
    webhook = a_webhook(receiver.url)
    event = an_event(webhook)
    began = now()
    with time_machine.travel(began, tick=False) as clock:
        while again(webhook).state == WebhookState.ON:
            send_all()
            clock.shift(timedelta(hours=6))
            assert now() - began < sender.GIVES_UP_AFTER + timedelta(hours=19)
        assert now() - began >= sender.GIVES_UP_AFTER
        waiting = an_event(webhook)
        receiver.received.clear()
        clock.shift(timedelta(days=1))
        send_all()
        assert receiver.received == []
        receiver.answer = takes
        service.resume(webhook.id, a_staff_member("administrator"))
        send_all()
        clock.shift(timedelta(hours=13))
        send_all()
    assert set(receiver.ids) == {event.ref, waiting.ref}
    assert again(webhook).failures == 0


def test_an_address_that_says_it_is_gone_is_switched_off_at_once(receiver: Receiver) -> None:
    receiver.answer = answers(410)
    webhook = a_webhook(receiver.url)
    an_event(webhook)
    send_all()
    assert again(webhook).state == WebhookState.OFF


def test_in_the_end_an_event_is_given_up_while_others_arrive(receiver: Receiver) -> None:
    webhook = a_webhook(receiver.url)
    event = an_event(webhook)
    with write():
        db.session.execute(sa.update(Delivery).values(attempts=len(sender.BACKOFF)))
    receiver.answer = answers(422)
    send_all()
    assert deliveries()[0].state == DeliveryState.FAILED
    receiver.answer = takes
    admin = a_staff_member("administrator")
    assert service.replay_failed(webhook.id, now() + timedelta(minutes=1), admin) == 0
    assert service.replay_failed(webhook.id, event.created_at, admin) == 1
    send_all()
    assert deliveries()[0].state == DeliveryState.DELIVERED
    assert receiver.ids == [event.ref] * 2
    service.replay(event.id, admin)
    send_all()
    assert receiver.ids == [event.ref] * 3


def test_a_test_event_overtakes_what_waits(receiver: Receiver) -> None:
    receiver.answer = answers(500)
    webhook = a_webhook(receiver.url)
    for _number in range(3):
        an_event(webhook)
    send_all()
    receiver.received.clear()
    receiver.answer = takes
    test = service.send_test(webhook.id, a_staff_member("administrator"))
    send_all()
    assert receiver.ids[0] == test.ref
    assert json.loads(receiver.received[0].body)["type"] == "webhook.test"


def test_a_lost_key_stops_one_address_alone(app: Flask, receiver: Receiver) -> None:
    lost = a_webhook(receiver.url)
    with keys_lost(app):
        well = a_webhook(receiver.url)
        an_event(well)
        send_all()
        states = {each.webhook_id: each.state for each in deliveries()}
    assert states == {lost.id: DeliveryState.QUEUED, well.id: DeliveryState.DELIVERED}


def test_a_worker_past_its_lease_leaves_the_event_alone(receiver: Receiver) -> None:
    event = an_event(a_webhook(receiver.url))
    assert sender.claim("slow") == event.id
    with time_machine.travel(now() + sender.LEASE + timedelta(seconds=1)):
        sender._deal_with(event.id, "slow")
        assert receiver.received == []
        send_all()
    assert receiver.ids == [event.ref]
    assert sender.LEASE.total_seconds() > 3 * sender.SECONDS


def test_two_workers_never_claim_one_event(receiver: Receiver) -> None:
    event = an_event(a_webhook(receiver.url))
    assert sender.claim("one") == event.id
    assert sender.claim("two") is None


def test_what_arrived_counts_though_the_lease_was_lost(receiver: Receiver) -> None:
    event = an_event(a_webhook(receiver.url))

    def loses_the_lease(handler: Handler) -> None:
        takes(handler)

    receiver.answer = loses_the_lease
    assert sender.claim("slow") == event.id
    (held,) = deliveries()
    answer = sender.Answer("delivered", 200)
    with time_machine.travel(now() + sender.LEASE + timedelta(seconds=1)):
        sender.QUEUE.take_back_expired()
        sender._finish(held, "slow", answer)
    assert deliveries()[0].state == DeliveryState.DELIVERED
    send_all()
    assert receiver.received == []


def test_the_worker_looks_at_mails_between_slow_answers(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "A_LOOK", 0.1)
    webhook = a_webhook(receiver.url)
    for _number in range(3):
        an_event(webhook)

    def slow(handler: Handler) -> None:
        time.sleep(0.15)
        takes(handler)

    receiver.answer = slow
    assert sender.send_due("worker") is True
    assert len(receiver.received) == 1
    assert sender.send_due in background.STEPS


def test_old_events_go_by_a_rule_of_retention(receiver: Receiver) -> None:
    rule = next(rule for rule in RULES if rule.code == "webhook_events")
    assert rule in rules()
    assert rule.days == 30
    webhook = a_webhook(receiver.url)
    old, waiting = an_event(webhook), an_event(webhook)
    send_all()
    with write():
        db.session.execute(
            sa.update(Delivery).where(Delivery.id == old.id).values(created_at=now() - timedelta(days=31))
        )
    found = list(db.session.scalars(rule.old(now() - timedelta(days=30))))
    assert found == [old.id]
    with write():
        rule.forget(found)
    assert [each.id for each in deliveries()] == [waiting.id]
    assert attempts(old) == []


def test_many_threads_tell_their_own(receiver: Receiver, app: Flask) -> None:
    """Two workers at work at once send each event once."""
    webhook = a_webhook(receiver.url)
    refs = {an_event(webhook).ref for _number in range(8)}

    def work(name: str) -> None:
        with app.app_context():
            while sender.send_due(name):
                pass
            db.session.remove()

    threads = [threading.Thread(target=work, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(receiver.ids) == sorted(refs)
