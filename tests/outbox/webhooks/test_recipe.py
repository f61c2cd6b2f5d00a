"""The receiver in docs/recipes/webhook.md takes what we send, once, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from app.core.crypto import decrypt
from app.leads.service import decision
from app.outbox.webhooks import service
from app.outbox.webhooks.models import Webhook
from tests.leads.sentences import a_lead
from tests.outbox.webhooks.conftest import a_webhook, again, deliveries, send_all
from tests.receiver import Handler, Receiver
from tests.sentences import a_staff_member

RECIPE = Path(__file__).parents[3] / "docs" / "recipes" / "webhook.md"


def secret_of(webhook: Webhook) -> str:
    found = again(webhook).secret
    assert found is not None
    return decrypt(found)


def test_the_receiver_of_the_recipe(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    webhook = a_webhook(receiver.url)
    monkeypatch.setenv("WEBHOOK_SECRET", secret_of(webhook))
    code = re.search(r"```python\n(.*?)```", RECIPE.read_text(), re.DOTALL)
    assert code is not None
    program: dict[str, Any] = {"__name__": "receiver"}
    exec(dedent(code[1]), program)
    handled: list[dict[str, Any]] = []
    program["handle"] = handled.append

    class Read:
        """The message was read already, to keep it."""

        def __init__(self, body: bytes) -> None:
            self.body = body

        def read(self, most: int) -> bytes:
            return self.body[:most]

    statuses: list[int] = []
    spoilt = False

    def answer(handler: Handler) -> None:
        theirs = program["Receiver"].__new__(program["Receiver"])
        theirs.headers, theirs.rfile = (
            handler.headers,
            Read(receiver.received[-1].body.replace(b"accepted", b"declined" if spoilt else b"accepted")),
        )
        theirs.answer = lambda status: (statuses.append(status), handler.send_response(status), handler.end_headers())
        theirs.do_POST()

    receiver.answer = answer
    lead = a_lead()
    decision.accept(lead.id, lead.version, a_staff_member("sales"))
    send_all()
    admin = a_staff_member("administrator")
    service.replay(deliveries()[0].id, admin)
    send_all()
    assert [(event["type"], event["data"]["ref"]) for event in handled] == [("lead.accepted", lead.ref)]
    assert statuses == [204, 204], "the second time it is known"
    service.renew_secret(webhook.id, admin)
    service.replay(deliveries()[0].id, admin)
    send_all()
    assert statuses[2:] == [204], "the former secret fits for a day"
    spoilt = True
    service.replay(deliveries()[0].id, admin)
    send_all()
    assert statuses[3:] == [401]
