"""Coming in by a personal link, as its reader does: looking at it, then pressing the button."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient

from app.access import links
from app.access.links import Purpose
from app.core.db import write
from tests.sentences import post


def link_to(subject: Any, purpose: Purpose = Purpose.PLAN, payload: dict[str, Any] | None = None) -> str:
    """A new link of a contact, or of a handing over."""
    with write():
        _link, path = links.mint(purpose, subject.id, payload)
    return path


def come(client: FlaskClient, subject: Any, purpose: Purpose = Purpose.PLAN) -> Any:
    """The page behind a new link."""
    path = link_to(subject, purpose)
    answer = post(client, path)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return client.get(answer.location)
