"""Who calls the API: the bearer's token, and whether it still opens anything (RFC 6750)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask, Response, g, request
from sqlalchemy.exc import OperationalError

from app.access.guard import access_of
from app.access.permissions import P
from app.core import programs, published
from app.core.api import Unauthorised
from app.core.clock import now
from app.core.db import db, write
from app.core.errors import DomainError, Forbidden
from app.core.i18n import LOCALES, _l, speak_alone
from app.core.limits import network, seconds_to_wait
from app.people import queries
from app.people.models import ApiToken, Person
from app.people.sessions import login_manager

EACH = "600 per minute"
"""For one token."""
WRONG_ONES = "30 per minute"
"""For one address. Right ones from the same address are not kept out by it."""
NOTED_EVERY = timedelta(hours=1)

CLOSED: list[Callable[[Person], Any]] = []
"""Why nobody works for the person's organisation now, as a sentence, or None: floors above add theirs."""


class TooManyCalls(DomainError):
    """429; `retry_after` in seconds."""

    status = 429

    def __init__(self, seconds: int) -> None:
        super().__init__(_l("These were too many requests. Wait as many seconds as Retry-After says."))
        self.retry_after = seconds


def init_app(app: Flask) -> None:
    """Before the guard. No session and no cookie counts at a door of the API, and none is left."""

    @app.before_request
    def _who() -> None:
        if not programs.is_asked():
            return
        published.forget_visitor()
        g.gangway_scopes = frozenset()
        g.gangway_place = None
        spoken = request.accept_languages.best_match(LOCALES)
        if spoken is not None:
            speak_alone(spoken)
        if request.endpoint is None or not isinstance(access_of(app, request.endpoint), P):
            return
        token = _of_bearer()
        person = token.person
        login_manager._update_request_context_with_user(person)
        g.gangway_scopes = frozenset(token.scopes)
        g.gangway_place = token.organisation_id
        g.gangway_token_id = token.id
        g.gangway_token = token
        if spoken is None:
            speak_alone(person.locale)
        for closed in CLOSED:
            if (why := closed(person)) is not None:
                raise Forbidden(why)

    @app.after_request
    def _note(response: Response) -> Response:
        token: ApiToken | None = g.get("gangway_token")
        if token is not None and (token.last_used_at is None or token.last_used_at < now() - NOTED_EVERY):
            _note_use(token.id)
        return response


def _of_bearer() -> ApiToken:
    """The token that was shown.

    Raises:
        Unauthorised: none, or one that opens nothing.
        TooManyCalls: too many of this token, or too many wrong ones from this address.
    """
    kind, _blank, secret = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer":
        raise Unauthorised(_l("Send a token: Authorization: Bearer gw_..."))
    token = queries.token_of(secret.strip())
    if token is None or not token.is_open or not token.has_power:
        wait = seconds_to_wait(WRONG_ONES, "wrong-token", network(request.remote_addr))
        if wait:
            raise TooManyCalls(wait)
        raise Unauthorised(_l("This token is unknown, has expired or was withdrawn."), ', error="invalid_token"')
    wait = seconds_to_wait(EACH, "token", str(token.id))
    if wait:
        raise TooManyCalls(wait)
    return token


def _note_use(token_id: int) -> None:
    moment = now()
    stale = sa.or_(ApiToken.last_used_at.is_(None), ApiToken.last_used_at < moment - NOTED_EVERY)
    with suppress(OperationalError):
        db.session.rollback()
        with write():
            db.session.execute(sa.update(ApiToken).where(ApiToken.id == token_id, stale).values(last_used_at=moment))
