"""A receiver that this application may reach, an address of it, and things that happen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.core import reaching
from app.core.db import db
from app.outbox.webhooks import sender, service
from app.outbox.webhooks.models import Delivery, Webhook
from app.outbox.webhooks.service import Details
from tests import receiver as elsewhere
from tests.receiver import Receiver
from tests.sentences import a_staff_member


@pytest.fixture
def receiver(context: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """Another system, let in for this test alone."""
    monkeypatch.setattr(reaching, "is_public", elsewhere.is_public)
    monkeypatch.setattr(reaching, "_lookup", elsewhere.lookup)
    with Receiver(tmp_path) as running:
        monkeypatch.setenv("SSL_CERT_FILE", str(running.certificate))
        yield running


def a_webhook(url: str, *events: str) -> Webhook:
    admin = a_staff_member("administrator")
    return service.add(Details(url, "Invoicing", events or ("lead.accepted",)), admin, lookup=elsewhere.lookup)


def deliveries() -> list[Delivery]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(Delivery).order_by(Delivery.id).execution_options(populate_existing=True)))


def again(webhook: Webhook) -> Webhook:
    db.session.rollback()
    return db.session.get_one(Webhook, webhook.id, populate_existing=True)


def send_all() -> None:
    while sender.send_due("worker"):
        pass
