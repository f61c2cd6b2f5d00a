"""An Idempotency-Key: one creation, one answer, however often and however many at once, also after a kill."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.core.api import once
from app.core.api.once import ApiAnswer
from app.core.db import db
from app.leads.models import Lead, Submission
from tests import sentences as s
from tests.api.sentences import a_caller, a_registration
from tests.leads.test_races import AT_ONCE, all_at_once

pytestmark = pytest.mark.usefixtures("context")


def count(model: Any) -> int:
    return db.session.scalar(db.select(db.func.count()).select_from(model)) or 0


def test_sent_again_it_is_answered_as_before(app: Flask) -> None:
    caller = a_caller(app, s.owner_of(s.a_reseller()))
    sent = a_registration()
    first = caller.post("/leads", sent, Idempotency_Key="a")
    caller.patch(f"/leads/{first.json['ref']}", {"city": "Gdynia"}, If_Match=first.headers["ETag"])
    again = caller.post("/leads", sent, Idempotency_Key="a")
    assert (again.status_code, again.data) == (201, first.data)
    assert {name: again.headers[name] for name in once.KEPT} == {name: first.headers[name] for name in once.KEPT}
    assert again.headers[once.REPLAYED] == "true"
    assert count(Submission) == 1


def test_the_same_key_with_another_body_is_refused(app: Flask) -> None:
    caller = a_caller(app, s.owner_of(s.a_reseller()))
    assert caller.post("/leads", a_registration(), Idempotency_Key="a").status_code == 201
    assert caller.post("/leads", a_registration(), Idempotency_Key="a").status_code == 422
    assert caller.post("/leads", a_registration(), Idempotency_Key="b").status_code == 201
    assert count(Lead) == 2


def test_what_was_refused_keeps_no_key(app: Flask) -> None:
    caller = a_caller(app, s.owner_of(s.a_reseller()))
    assert caller.post("/leads", a_registration(email="no"), Idempotency_Key="a").status_code == 422
    assert count(ApiAnswer) == 0
    assert caller.post("/leads", a_registration(), Idempotency_Key="a").status_code == 201


def test_keys_of_two_tokens_are_two(app: Flask) -> None:
    reseller = s.a_reseller()
    one, two = (a_caller(app, s.owner_of(reseller)) for _ in range(2))
    sent = a_registration()
    assert one.post("/leads", sent, Idempotency_Key="a").status_code == 201
    assert once.REPLAYED not in two.post("/leads", sent, Idempotency_Key="a").headers
    assert count(Submission) == 2


def test_a_kill_before_the_answer_was_kept_creates_nothing_twice(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    caller = a_caller(app, s.owner_of(s.a_reseller()))
    sent = a_registration()
    with monkeypatch.context() as killed:
        killed.setattr(once, "_keep", lambda key, response: response)
        first = caller.post("/leads", sent, Idempotency_Key="a")
    kept = db.session.scalars(db.select(ApiAnswer)).one()
    assert (kept.status, kept.body) == (None, None)
    again = caller.post("/leads", sent, Idempotency_Key="a")
    assert (again.status_code, again.data) == (201, first.data)
    assert again.headers["Location"] == first.headers["Location"]
    assert count(Submission) == 1


def test_the_answer_is_not_read_in_the_table(app: Flask) -> None:
    caller = a_caller(app, s.owner_of(s.a_reseller()))
    caller.post("/leads", a_registration(contact_name="Hanna Wilk"), Idempotency_Key="a")
    assert "Hanna" not in str(db.session.scalars(db.select(ApiAnswer.body)).one())


def test_fifty_equal_posts_are_one_lead_and_one_answer(app: Flask) -> None:
    caller = a_caller(app, s.owner_of(s.a_reseller()))
    sent = a_registration()
    answers = all_at_once([lambda: caller.post("/leads", sent, Idempotency_Key="a")] * AT_ONCE)
    assert [answer.status_code for answer in answers] == [201] * AT_ONCE
    assert len({answer.data for answer in answers}) == 1
    assert len({answer.headers["ETag"] for answer in answers}) == 1
    assert (count(Lead), count(Submission), count(ApiAnswer)) == (1, 1, 1)
