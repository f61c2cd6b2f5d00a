"""Creating once: a request with an Idempotency-Key that is sent again gets the first one's answer.

The key is written in the verb's own `write()`, so a kill never leaves something created without it. The answer is added
afterwards; where a kill left it out, it is drawn anew from what was created. Of many at once, one creates: the others
wait for it inside their own `write()` and are taken back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import Response, g, request
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.exceptions import BadRequest

from app.core.api import sent
from app.core.api.problems import Invalid
from app.core.clock import now
from app.core.crypto import KeyMissing, decrypt, encrypt
from app.core.db import Base, around_write, db, lock_named, write
from app.core.errors import Conflict, DomainError
from app.core.i18n import _l

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEPT = ("ETag", "Location")
"""Headers of an answer that are given again."""


class ApiAnswer(Base):
    """What one token created under one key, and what was answered."""

    __tablename__ = "api_answer"
    __table_args__ = (sa.UniqueConstraint("token_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_id: Mapped[int]
    """Of app/people, which stands above: no foreign key."""
    key: Mapped[str] = mapped_column(sa.String(64))
    """A digest of what the caller chose: nobody's name need stand in it."""
    method: Mapped[str] = mapped_column(sa.String(10))
    path: Mapped[str] = mapped_column(sa.String(200))
    digest: Mapped[str] = mapped_column(sa.String(64))
    """Of the body."""
    record_id: Mapped[int | None]
    """Of what was created; the path says of which kind."""
    status: Mapped[int | None]
    headers: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)
    body: Mapped[str | None] = mapped_column(sa.Text)
    """Encrypted, for people stand in it."""
    created_at: Mapped[datetime] = mapped_column(index=True)


class Answered(Conflict):
    """Somebody else came first with this key."""


def about(table: str, record_id: int) -> None:
    """The history has just written about this record, in this `write()`: the first of the kind is what was created."""
    created = db.session().info.get("api_created")
    if created is not None and created["table"] == table and created["id"] is None:
        created["id"] = record_id


def once(table: str, create: Callable[[], int], show: Callable[[int], Response]) -> Response:
    """Runs `create`, which makes one record of `table` and gives its id, and answers with `show` of that id."""
    key = _key()
    if key is None:
        return show(create())
    before = _kept(key)
    if before is not None:
        return _again(before, show)
    try:
        with around_write(lambda: _claiming(key, table)):
            record_id = create()
    except DomainError:
        # Whoever lost the race may have met the winner's work before the key: the first answer holds all the same.
        db.session.rollback()
        winner = _kept(key)
        if winner is None:
            raise
        return _again(winner, show)
    return _keep(key, show(record_id))


def _key() -> str | None:
    said = request.headers.get(HEADER)
    if said is None:
        return None
    if not 1 <= len(said) <= 255 or not said.isprintable():
        raise BadRequest
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()


def _kept(key: str) -> ApiAnswer | None:
    found = db.session.scalar(
        sa.select(ApiAnswer)
        .where(ApiAnswer.token_id == g.gangway_token_id, ApiAnswer.key == key)
        .execution_options(populate_existing=True)
    )
    if found is not None and (found.method, found.path, found.digest) != (request.method, request.path, sent.digest()):
        raise Invalid([("", _l("This Idempotency-Key was used for another request. Take a new one."))])
    return found


@contextmanager
def _claiming(key: str, table: str) -> Iterator[None]:
    lock_named(f"api-answer:{g.gangway_token_id}:{key}")
    if db.session.scalar(sa.select(ApiAnswer.id).where(ApiAnswer.token_id == g.gangway_token_id, ApiAnswer.key == key)):
        raise Answered
    info = db.session().info
    info["api_created"] = {"table": table, "id": None}
    try:
        yield
        db.session.add(
            ApiAnswer(
                token_id=g.gangway_token_id,
                key=key,
                method=request.method,
                path=request.path,
                digest=sent.digest(),
                record_id=info["api_created"]["id"],
                created_at=now(),
            )
        )
    finally:
        del info["api_created"]


def _keep(key: str, response: Response) -> Response:
    """Without it, the answer would be drawn anew: so a database that is busy now is no reason to fail."""
    values = {
        "status": response.status_code,
        "headers": {name: response.headers[name] for name in KEPT if name in response.headers},
        "body": encrypt(response.get_data(as_text=True)),
    }
    with suppress(OperationalError), write():
        db.session.execute(
            sa.update(ApiAnswer)
            .where(ApiAnswer.token_id == g.gangway_token_id, ApiAnswer.key == key, ApiAnswer.status.is_(None))
            .values(**values)
        )
    return response


def _again(kept: ApiAnswer, show: Callable[[int], Response]) -> Response:
    response = _stored(kept)
    if response is None:
        assert kept.record_id is not None, "what creates writes history about what it made"
        response = show(kept.record_id)
    response.headers[REPLAYED] = "true"
    return response


def _stored(kept: ApiAnswer) -> Response | None:
    if kept.status is None or kept.body is None:
        return None
    try:
        response = Response(decrypt(kept.body), kept.status, mimetype="application/json")
    except KeyMissing:
        return None
    response.headers.update(kept.headers or {})
    response.headers["Cache-Control"] = "private, no-cache"
    return response
