"""Two at once: a code, a recovery code, a link and an invitation each let one in."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pyotp
import pytest
import time_machine
from flask import Flask

from app.access import links
from app.access.links import LinkClosed, Purpose
from app.core.db import db, write
from app.people import passwords, queries
from app.people.models import RecoveryCode
from app.people.service import entering, joining
from tests.people.people_sentences import SECRET, with_app
from tests.sentences import a_reseller, a_staff_member, owner_of

pytestmark = pytest.mark.usefixtures("context")


def at_once(app: Flask, do: Callable[[], object], refusal: type[Exception], times: int = 4) -> list[str]:
    """What comes of doing it several times in the same moment."""
    gate = threading.Barrier(times, timeout=20)
    outcomes: list[str] = []

    def run() -> None:
        with app.app_context():
            gate.wait()
            try:
                do()
                outcomes.append("in")
            except refusal:
                outcomes.append("refused")

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


def test_a_code_lets_one_in(app: Flask) -> None:
    id = with_app(a_staff_member("sales")).id
    with time_machine.travel(datetime(2026, 3, 9, 14, 0, 10, tzinfo=UTC), tick=False):
        code = pyotp.TOTP(SECRET).now()
        outcomes = at_once(app, lambda: entering.by_code(id, code), entering.WrongCode)
    assert outcomes == ["in", "refused", "refused", "refused"]


def test_a_recovery_code_lets_one_in(app: Flask) -> None:
    person = with_app(a_staff_member("sales"))
    kept = entering.recovery_hash(person, "ABCDE12345")
    with write():
        db.session.add(RecoveryCode(person_id=person.id, code_hash=kept, used_at=None))
    id = person.id
    outcomes = at_once(app, lambda: entering.by_code(id, "abcde-12345"), entering.WrongCode)
    assert outcomes == ["in", "refused", "refused", "refused"]


def test_a_link_lets_one_in(app: Flask) -> None:
    owner = owner_of(a_reseller())
    with write():
        link, _path = links.mint(Purpose.SIGN_IN, owner.id)
    id = link.id

    def enter() -> None:
        found = db.session.get_one(links.AccessLink, id)
        entering.by_link(found)

    assert at_once(app, enter, LinkClosed) == ["in", "refused", "refused", "refused"]


def test_an_address_becomes_one_person(app: Flask) -> None:
    def create() -> None:
        with write():
            joining.find_or_create("ewa@polana.example", "Ewa Zięba", "pl")

    assert at_once(app, create, LinkClosed) == ["in"] * 4
    db.session.rollback()
    assert queries.by_email("ewa@polana.example") is not None


def test_an_unknown_address_costs_what_a_known_one_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str] = []
    real = passwords._hasher()

    class Counting:
        def verify(self, kept: str, password: str) -> bool:
            verified.append(kept)
            return real.verify(kept, password)

        hash = staticmethod(real.hash)

    monkeypatch.setattr(passwords, "_hasher", Counting)
    assert not passwords.matches(None, "five quiet herons walk")
    assert len(verified) == 1
    assert verified[0].startswith("$argon2id$")
