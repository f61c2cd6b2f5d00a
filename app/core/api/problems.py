"""What went wrong, as a program reads it: problem details of RFC 9457, in words of the caller's language."""

from __future__ import annotations

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from flask import Response, request

from app.core.errors import DomainError, FieldError, MovedOn
from app.core.i18n import _l

MIMETYPE = "application/problem+json"


class Unauthorised(DomainError):
    """No token, or one that opens nothing (any more). `challenge` says which, as RFC 6750 has it."""

    status = 401

    def __init__(self, message: Any, challenge: str = "") -> None:
        super().__init__(message)
        self.challenge = f'Bearer realm="gangway"{challenge}'


class PreconditionRequired(DomainError):
    """Changes say which version they were made from, so that nobody's work is overwritten unseen (RFC 6585)."""

    status = 428


class PreconditionFailed(DomainError):
    """It is another version by now."""

    status = 412


class Invalid(DomainError):
    """What was sent cannot be taken: each reason with a JSON Pointer to its place."""

    status = 422

    def __init__(self, errors: Sequence[tuple[str, Any]]) -> None:
        super().__init__(_l("Some of what was sent cannot be taken. See the errors one by one."))
        self.errors = errors


_SAID = {
    400: _l("This request cannot be read."),
    403: _l("This token may not do this."),
    404: _l("There is nothing at this address, or it is not for this token."),
    405: _l("This address does not take this method."),
    409: _l("This cannot be done any more: the record has changed meanwhile."),
    412: _l("Somebody else has changed the record meanwhile. Read it again."),
    413: _l("This request is too long."),
    415: _l("Send JSON: Content-Type: application/json."),
    429: _l("These were too many requests. Wait as many seconds as Retry-After says."),
    500: _l("Something went wrong on our side. Nothing was saved."),
    503: _l("We could not do this just now, and nothing was saved. Wait a moment and send it again."),
}


def answer(status: int, message: Any = "", errors: Sequence[tuple[str, Any]] = ()) -> Response:
    """`errors` are pairs of a JSON Pointer and words."""
    told: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": str(message or _SAID.get(status, "")),
    }
    if errors:
        told["errors"] = [{"pointer": pointer, "detail": str(words)} for pointer, words in errors]
    return Response(json.dumps(told, ensure_ascii=False) + "\n", status, mimetype=MIMETYPE)


def of(error: DomainError) -> Response:
    """A rule's no, in whatever feature."""
    match error:
        case Unauthorised():
            response = answer(401, error.message)
            response.headers["WWW-Authenticate"] = error.challenge
            return response
        case Invalid():
            return answer(422, error.message, error.errors)
        case FieldError():
            pointer = "/" + error.field.replace("-", "/")
            return answer(422, Invalid([]).message, [(pointer, error.message)])
        case MovedOn() if "If-Match" in request.headers:
            return answer(412, error.message)
    response = answer(error.status, error.message)
    if isinstance(seconds := getattr(error, "retry_after", None), int):
        response.headers["Retry-After"] = str(seconds)
    return response
