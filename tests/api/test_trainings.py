"""Trainings by program: read by whoever implements."""

from __future__ import annotations

import pytest
from flask import Flask

from app.trainings.service import sessions
from tests import sentences as s
from tests.api.sentences import a_caller
from tests.queries import counting
from tests.trainings.sentences import a_session, details, somebody

pytestmark = pytest.mark.usefixtures("context")


def test_trainings_are_read_and_narrowed(app: Flask) -> None:
    trainer = s.a_staff_member("account_manager", name="Marit Solberg")
    session, other = a_session(trainer, title="First steps"), a_session()
    caller = a_caller(app, trainer)
    read = caller.get(f"/trainings/{session.ref}").json
    assert (read["title"], read["state"], read["participants"]) == ("First steps", "planned", 0)
    assert read["trainer"] == {"ref": trainer.ref, "name": "Marit Solberg"}
    for query in (f"trainer={trainer.ref}", "q=steps&state=planned"):
        assert [one["ref"] for one in caller.get(f"/trainings?{query}").json["items"]] == [session.ref], query
    since = caller.get(f"/trainings/{other.ref}").json["updated_at"]
    assert other.ref in {one["ref"] for one in caller.get(f"/trainings?updated_since={since}").json["items"]}
    assert caller.get("/trainings/S-00000000").status_code == 404
    assert caller.get("/trainings?state=cancelled").json["items"] == []
    assert a_caller(app, s.owner_of(s.a_reseller())).get(f"/trainings/{session.ref}").status_code == 403


def test_who_takes_part_is_counted(app: Flask) -> None:
    trainer = s.a_staff_member("account_manager")
    session = a_session(trainer)
    sessions.add(session.id, somebody(), trainer)
    read = a_caller(app, trainer).get(f"/trainings/{session.ref}")
    assert read.json["participants"] == 1
    assert "jan@quillmark.example" not in read.text
    assert read.json["minutes"] == details().minutes


@pytest.mark.on("sqlite")
def test_a_list_costs_the_same_for_many(app: Flask) -> None:
    caller = a_caller(app, s.a_staff_member("account_manager"))
    counts = []
    for _ in range(2):
        for _ in range(3):
            a_session()
        caller.get("/trainings")
        with counting(app) as n:
            caller.get("/trainings")
        counts.append(n.count)
    assert counts[0] == counts[1]
    assert counts[0] <= 6
