"""Asking whether a link leads somewhere: at public addresses alone (`core.reaching`), also after each redirect. Nothing
of an answer but its status is read."""

from __future__ import annotations

import http.client
import time
from dataclasses import dataclass
from urllib.parse import urljoin

from app.core import reaching
from app.core.reaching import Lookup, Nobody, Place, Refused
from app.manuals.models import LinkOutcome

SECONDS = 5.0
"""For each step: looking up, connecting, answering."""
REDIRECTS = 5
PORTS = {"http": (80, 8080), "https": (443, 8443)}
_HEADERS = {"User-Agent": "Gangway link check", "Accept": "*/*"}


@dataclass(frozen=True)
class Answer:
    outcome: LinkOutcome
    status: int | None = None


def ask(url: str, *, lookup: Lookup | None = None, deadline: float | None = None) -> Answer:
    """How the link answers. Takes at most half a minute, less with a `deadline` on the monotonic clock."""
    until = min(deadline or float("inf"), time.monotonic() + 30)
    try:
        for _hop in range(REDIRECTS + 1):
            status, onward = _step(url, lookup, until)
            if not onward:
                return Answer(_outcome(status), status)
            url = urljoin(url, onward)
        return Answer(LinkOutcome.FAILING, None)
    except Refused:
        return Answer(LinkOutcome.REFUSED)
    except Nobody:
        return Answer(LinkOutcome.UNKNOWN)
    except (OSError, http.client.HTTPException, ValueError):
        return Answer(LinkOutcome.FAILING)


def _outcome(status: int) -> LinkOutcome:
    if status in (404, 410):
        return LinkOutcome.MISSING
    # Who asks for a sign-in, or does not like programs, answers nevertheless.
    return LinkOutcome.FAILING if status >= 500 else LinkOutcome.FINE


def _step(url: str, lookup: Lookup | None, until: float) -> tuple[int, str]:
    """One request: the status, and where it sends us on to."""
    place = reaching.place_of(url, lambda scheme, port: port in PORTS[scheme], lookup)
    status, onward = _request("HEAD", place, until)
    if status in (403, 405, 500, 501, 503):  # servers that answer only whole requests
        status, onward = _request("GET", place, until)
    return status, onward if 300 <= status < 400 else ""


def _request(method: str, place: Place, until: float) -> tuple[int, str]:
    left = min(SECONDS, until - time.monotonic())
    if left <= 0:
        raise Nobody
    reply = reaching.exchange(place, method, _HEADERS, seconds=left)
    return reply.status, reply.onward
