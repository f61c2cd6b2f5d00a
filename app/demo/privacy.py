"""What a contact person of the demo asks about her data, and the private link that shows it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.access import links
from app.access.links import Purpose
from app.core.clock import really_now
from app.core.db import db, write
from app.demo import cast
from app.leads.models import PrivacyNotice
from app.privacy.models import AskedFor
from app.privacy.queries.requests import Asker
from app.privacy.service import erasing, requests, retention

ASKS = cast.CLIENTS[1]
"""She typed the form herself."""


def _notice() -> PrivacyNotice | None:
    return db.session.scalar(sa.select(PrivacyNotice).where(PrivacyNotice.email == ASKS.company.email).limit(1))


def ask() -> None:
    """A correction, which waits for an answer."""
    notice = _notice()
    assert notice is not None
    asker = Asker(notice.email, notice.name, notice.locale, ASKS.company.country, notice.id)
    text = "Mój numer telefonu się zmienił. Proszę wpisać +48 71 770 11 44 zamiast dotychczasowego."
    requests.ask(asker, AskedFor.CORRECTION, text)


LEFT = next(client for client in cast.CLIENTS if client.company.email == "pod@kasztanem.example")
"""Her lead was declined, and she wants to hear no more of it."""


def erase() -> None:
    """Somebody was erased, so that the desk shows what that leaves; and a first night counted what is old."""
    erasing.erase(LEFT.company.email)
    retention.run_tonight(really_now())


def contact() -> list[dict[str, Any]]:
    """The person and a private link, minted afresh: nobody can read an old one back."""
    notice = _notice()
    if notice is None:
        return []
    with write():
        path = links.mint(Purpose.PRIVACY, notice.id)[1]
    return [
        {
            "role": "client",
            "name": notice.name,
            "locale": notice.locale,
            "email": notice.email,
            "password": None,
            "links": {"privacy": path},
        }
    ]
