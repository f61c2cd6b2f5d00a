"""A person is looked up at once, or by the worker while the page says how far it is."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core.crypto import encrypt
from app.core.db import db, write
from app.privacy.models import PersonLook
from app.privacy.service import begin_erasure, looking
from tests import sentences as s
from tests.leads.sentences import a_lead

pytestmark = pytest.mark.usefixtures("context")
EMAIL = "hanna@quillmark.example"


def looks() -> list[PersonLook]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(PersonLook).execution_options(populate_existing=True)))


def counts(looked: looking.Looked) -> list[tuple[str, int, int]]:
    return [(tally.holding.table.name, tally.own, tally.named) for tally in looked.tallies]


def the_worker_works() -> None:
    for _turn in range(500):
        if not looking.step("tests"):
            return
    raise AssertionError("the worker never ends")


def test_among_few_records_it_is_counted_at_once_and_nothing_is_kept() -> None:
    a_lead(email=EMAIL)
    looked = looking.look_within(EMAIL)
    assert looked.is_over
    assert ("lead", 1, 0) in counts(looked)
    assert looks() == []


def test_what_takes_longer_the_worker_goes_on_with(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    a_lead(email=EMAIL)
    whole = counts(looking.look_within(EMAIL))
    monkeypatch.setattr(looking, "PATIENCE", -1)
    desk = s.sign_in(app.test_client(), s.a_staff_member("team_leader"))
    path = f"/desk/privacy/people/{encrypt(EMAIL)}"
    page = desk.get(path).text
    assert "The worker goes through all tables." in page
    assert "hx-get" in page
    (look,) = looks()
    assert EMAIL not in str((look.whom, look.found))
    assert desk.get(f"{path}/erasure").status_code == 303
    assert len(looks()) == 1, "asking again begins nothing anew"

    looking.step("tests")
    assert not looking.step("another"), "it is somebody's"
    the_worker_works()
    looked = looking.look_within(EMAIL)
    assert looked.is_over
    assert counts(looked) == whole
    page = desk.get(path, headers={"HX-Request": "true"}).text
    assert "The worker goes through all tables." not in page
    assert "Erase this person" in page


def test_an_erasure_forgets_that_somebody_was_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    a_lead(email=EMAIL)
    monkeypatch.setattr(looking, "PATIENCE", -1)
    looking.look_within(EMAIL)
    with write():
        begin_erasure(EMAIL, None)
    assert looks() == []
