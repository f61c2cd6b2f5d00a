"""From the history to the addresses: at the end of each `write()` its entries become events that wait.

In the same transaction as the change, so that no event is lost and none tells of what was taken back.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa

from app.core import background
from app.core.db import Base, before_commit, db
from app.history import service as history
from app.outbox.queue import QUEUED
from app.outbox.webhooks.events import BY_TABLE, TEST, type_of, wants
from app.outbox.webhooks.models import Delivery, Webhook, WebhookState, new_delivery_ref

_TABLE = cast(sa.Table, Delivery.__table__)
_INSERT = sa.insert(_TABLE)


def listen(subject: Base, verb: str, moment: datetime) -> None:
    """Remembers an entry until the `write()` ends: only then is the record's version what others will read."""
    if subject.__tablename__ in BY_TABLE:
        before_commit(_gather, (subject, verb, moment))


history.LISTENERS.append(listen)


def _gather(heard: list[tuple[Base, str, datetime]]) -> None:
    told: list[dict[str, Any]] = []
    listeners = _listeners()
    if not listeners:
        return
    versions = _versions(subject for subject, _verb, _moment in heard)
    for subject, verb, moment in heard:
        kind = BY_TABLE[subject.__tablename__]
        type = type_of(kind, verb)
        for id, chosen in listeners:
            if wants(chosen, type):
                ref, version = versions.get(history.identity(subject), (str(getattr(subject, "ref", "")), None))
                told.append(waiting(id, type, kind.code, ref, version, moment))
    if told:
        db.session.connection().execute(_INSERT, told)
        background.wake()


def _listeners() -> list[tuple[int, list[str]]]:
    """Addresses, and what they are told of. One that is stopped misses nothing: its events wait."""
    query = sa.select(Webhook.id, Webhook.events).where(Webhook.state != WebhookState.REMOVED).order_by(Webhook.id)
    return [(id, chosen) for id, chosen in db.session.execute(query)]


def _versions(subjects: Iterable[Base]) -> dict[tuple[str, int], tuple[str, int]]:
    """What the records are called and their versions, as they are about to be committed."""
    ids: dict[str, set[int]] = {}
    for subject in subjects:
        name, id = history.identity(subject)
        ids.setdefault(name, set()).add(id)
    found = {}
    for name, wanted in ids.items():
        table = Base.metadata.tables[name]
        rows = db.session.execute(
            sa.select(table.c.id, table.c.ref, table.c.version).where(table.c.id.in_(sorted(wanted)))
        )
        found.update({(name, id): (ref, version) for id, ref, version in rows})
    return found


def waiting(webhook_id: int, type: str, kind: str, ref: str, version: int | None, moment: datetime) -> dict[str, Any]:
    """The columns of an event that waits."""
    return {
        "ref": new_delivery_ref(),
        "webhook_id": webhook_id,
        "created_at": moment,
        "type": type,
        "kind": kind,
        "record_ref": ref,
        "record_version": version,
        "state": QUEUED,
        "attempts": 0,
        "next_attempt_at": moment,
    }


def add_test(webhook: Webhook, moment: datetime) -> Delivery:
    """An event that says nothing, inside this `write()`. It leaves before all that waits."""
    columns = waiting(webhook.id, TEST, "webhook", webhook.ref, webhook.version, moment)
    test = Delivery(**columns | {"next_attempt_at": moment - timedelta(days=365)})
    db.session.add(test)
    background.wake()
    return test
