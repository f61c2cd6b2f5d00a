"""Many at once: registrations of one company, one form sent many times, an edit during conversion (R8, R11)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from flask import Flask

from app.core.clock import now
from app.core.db import db, lock, write
from app.leads.models import Lead, Submission
from tests import sentences as s
from tests.leads.test_editing import typed
from tests.leads.test_panel import a_registered_lead
from tests.leads.test_registration import filled

AT_ONCE = 50


def all_at_once(work: list[Callable[[], Any]]) -> list[Any]:
    """Runs each in a thread of its own, all let go at the same moment, and gives their answers in order."""
    answers: list[Any] = [None] * len(work)
    gate = threading.Barrier(len(work))

    def run(place: int) -> None:
        gate.wait()
        answers[place] = work[place]()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def sending(app: Flask, path: str, form: dict[str, Any]) -> Callable[[], Any]:
    client = app.test_client()
    token = s.csrf_of(client, path)
    return lambda: client.post(path, data={**form, "csrf_token": token}, headers={"Origin": "http://localhost"})


def test_fifty_registrations_of_one_company_are_one_lead(app: Flask, context: None) -> None:
    path = f"/r/{s.link_of(s.a_reseller()).slug}"
    form = filled()
    work = [sending(app, path, {**form, "submission_key": str(number)}) for number in range(AT_ONCE)]

    answers = all_at_once(work)

    assert [answer.status_code for answer in answers] == [303] * AT_ONCE
    assert len({answer.headers["Location"] for answer in answers}) == AT_ONCE
    assert db.session.scalar(db.select(db.func.count()).select_from(Submission)) == AT_ONCE
    assert db.session.scalar(db.select(db.func.count()).select_from(Lead)) == 1


def test_fifty_registrations_over_five_links_are_five_leads(app: Flask, context: None) -> None:
    paths = [f"/r/{s.link_of(s.a_reseller(f'Reseller {number}')).slug}" for number in range(5)]
    form = filled()
    work = [sending(app, paths[number % 5], {**form, "submission_key": str(number)}) for number in range(AT_ONCE)]

    answers = all_at_once(work)

    assert [answer.status_code for answer in answers] == [303] * AT_ONCE
    leads = db.session.scalars(db.select(Lead)).all()
    assert len(leads) == len({lead.reseller_id for lead in leads}) == 5


def test_the_same_form_fifty_times_has_one_receipt(app: Flask, context: None) -> None:
    path = f"/r/{s.link_of(s.a_reseller()).slug}"
    form = filled()

    answers = all_at_once([sending(app, path, form) for _ in range(AT_ONCE)])

    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert db.session.scalar(db.select(db.func.count()).select_from(Submission)) == 1


def test_an_edit_in_the_moment_of_conversion_is_saved_whole_or_not_at_all(app: Flask, context: None) -> None:
    """Fifty rounds through the form; test_races_desk.py runs two hundred with the verbs themselves."""
    reseller = s.a_reseller()
    owner = s.owner_of(reseller)
    editor = s.sign_in(app.test_client(), owner)
    for number in range(50):
        lead = a_registered_lead(app.test_client(), reseller)
        path = f"/panel/leads/{lead.ref}/edit"
        token = s.csrf_of(editor, path)
        form = typed(lead, city=f"City {number}", street=f"Street {number}", csrf_token=token)

        def convert(lead_id: int = lead.id) -> None:
            with app.app_context(), write():
                held = lock(Lead, lead_id)
                held.state, held.converted_at = "converted", now()
                held.version += 1

        saved, _ = all_at_once(
            [
                lambda path=path, form=form: editor.post(path, data=form, headers={"Origin": "http://localhost"}),
                convert,
            ]
        )

        db.session.rollback()  # what this test read before is over
        there = db.session.get(Lead, lead.id, populate_existing=True)
        assert there.state == "converted"
        if saved.status_code == 303:
            assert (there.city, there.street) == (f"City {number}", f"Street {number}")
        else:
            assert saved.status_code == 409
            assert f"City {number}" in saved.text
            assert (there.city, there.street) == ("Gniezno", "ul. Wiklinowa 14/3")
