"""Logs: one JSON line an event on standard error, with secrets in addresses blanked."""

from __future__ import annotations

import logging
import re
import sys
import time
import uuid

import structlog
from flask import Flask, Response, g, has_request_context, request, session

from app.core.crypto import keyed_digest
from app.core.limits import network

_SECRET_PATH = re.compile(r"(/(?:go|digest|reminders|receipts|calendar)/+)[^/?\s]+")
"""What stands before a secret in an address. tests/core/test_logs.py asks every route."""


def redact(text: str) -> str:
    """An address without the secret in it."""
    return _SECRET_PATH.sub(r"\1[redacted]", text)


REFUSED = {400, 401, 403, 429}
"""Answers that are told to whoever watches for attacks. 404 is none: what is not yours does not exist."""


def security(event: str, **fields: object) -> None:
    """Tells who came in, who did not, and what was refused, in lines of their own (`logger` is `security`). Neither
    names nor addresses: `person` is a number, `seen` and what else stands for somebody are digests, alike each time."""
    if has_request_context():
        seen = keyed_digest("seen", network(request.remote_addr).encode())[:12]
        fields = {"id": g.get("request_id"), "seen": seen, "person": _person(), **fields}
    structlog.get_logger().info(event, logger="security", **fields)


def _person() -> int | None:
    """The number of who is signed in on this browser."""
    number = str(session.get("_user_id", "")).partition(":")[0]
    return int(number) if number.isdigit() else None


def init_app(app: Flask) -> None:
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING if app.testing else logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    log = structlog.get_logger("web")

    @app.before_request
    def _begin() -> None:
        g.request_started = time.perf_counter()
        g.request_id = uuid.uuid4().hex[:12]

    @app.after_request
    def _tell(response: Response) -> Response:
        if response.status_code in REFUSED:
            security("refused", status=response.status_code, method=request.method, path=redact(request.path))
        started = g.get("request_started")
        log.info(
            "request",
            id=g.get("request_id"),
            method=request.method,
            path=redact(request.path),
            status=response.status_code,
            ms=round((time.perf_counter() - started) * 1000, 1) if started else None,
        )
        return response
