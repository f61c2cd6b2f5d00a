"""Sessions at the desk, and private calendar addresses."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from app.core.clock import now
from app.core.db import db, write
from app.people.models import Person
from app.trainings.service import feeds, sessions
from tests.queries import counting
from tests.sentences import a_staff_member, csrf_of, post, sign_in
from tests.trainings.sentences import a_session, details, mails, participants, somebody

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def dana(client: FlaskClient) -> Person:
    person = a_staff_member("account_manager")
    sign_in(client, person)
    return person


def send(client: FlaskClient, path: str, page: str = "", **data: str) -> int:
    token = csrf_of(client, page or path)
    answer = client.post(path, data={"csrf_token": token, **data}, headers={"Origin": "http://localhost"})
    return int(answer.status_code)


def test_the_list_tells_what_comes_and_what_is_over(app: Flask, client: FlaskClient, dana: Person) -> None:
    first = a_session(dana, title="Marketing")
    sessions.add(first.id, somebody("Jan Wit"), dana)
    for place in range(60):
        a_session(dana, title=f"Other {place}", starts_at=details().starts_at + timedelta(days=place + 1))
    with counting(app) as n:
        page = client.get("/desk/trainings").get_data(as_text=True)
    assert n <= 6
    assert "Marketing" in page
    assert "cursor=" in page
    assert "Other 3" in client.get("/desk/trainings?q=other+3").get_data(as_text=True)
    found = client.get("/desk/trainings?q=jan@quillmark.example").get_data(as_text=True)
    assert "Marketing" in found
    assert "Other" not in found
    assert "Marketing" in client.get("/desk/trainings/trainings.csv").get_data(as_text=True)
    assert client.get("/desk/trainings/trainings.xlsx").status_code == 200
    assert "Marketing" not in client.get("/desk/trainings?group=held").get_data(as_text=True)


def test_a_session_is_moved_and_a_time_that_does_not_exist_is_refused(client: FlaskClient, dana: Person) -> None:
    with time_machine.travel("2026-03-20T09:00:00Z", tick=False):
        sign_in(client, dana)
        session = a_session(dana)
        sessions.add(session.id, somebody(), dana)
        path = f"/desk/trainings/{session.ref}/edit"
        page = client.get(path).get_data(as_text=True)
        assert "Friday 27 March 2026" in page
        fields = {
            "title": "Moved",
            "locale": "en",
            "minutes": "60",
            "trainer": dana.ref,
            "version": str(session.version),
        }
        assert send(client, path, on="2026-03-29", at="2.30", **fields) == 422
        assert send(client, path, on="2026-03-30", at="9:15", **fields) == 303
        assert send(client, path, on="2026-03-30", at="9:15", **{**fields, "title": "Late"}) == 409
        assert client.get("/desk/trainings/weekday?on=2026-03-30").get_data(as_text=True) == "Monday 30 March 2026"
    db.session.refresh(session)
    assert session.starts_at.isoformat() == "2026-03-30T07:15:00+00:00"
    assert [template for template, _ in mails()] == ["session_invitation", "session_changed"]


def test_what_was_typed_for_a_session_that_is_over_can_be_copied(client: FlaskClient, dana: Person) -> None:
    """Cancelled while a colleague filled in the form: nothing is saved, and nothing has to be typed again."""
    session = a_session(dana)
    sessions.cancel(session.id, "The trainer is ill.", dana, expect=session.version)
    path = f"/desk/trainings/{session.ref}/participants/new"
    typed = {"name": "Łukasz <O'Żółć>", "email": "lukasz@quillmark.example", "locale": "pl"}
    answer = post(client, path, typed, page="")
    assert answer.status_code == 409
    assert "This session was held or cancelled" in answer.text
    assert "What you typed is still below" in answer.text
    assert "Łukasz &lt;O&#39;Żółć&gt;" in answer.text
    assert "lukasz@quillmark.example" in answer.text
    assert participants(session) == []


def test_participants_attendance_recording_and_cancellation_have_their_forms(client: FlaskClient, dana: Person) -> None:
    session, other = a_session(dana), a_session(dana)
    base = f"/desk/trainings/{session.ref}"
    assert send(client, f"{base}/participants/new", name="Jan Wit", email="jan@quillmark.example", locale="nl") == 303
    assert send(client, f"{base}/participants/new", name="Jan Wit", email="nonsense", locale="nl") == 422
    jan = participants(session)[0]
    assert "jan@quillmark.example" in client.get(base).get_data(as_text=True)
    assert client.get(f"{base}/session.ics").mimetype == "text/calendar"
    assert send(client, f"/desk/trainings/{other.ref}/cancellation", reason="The trainer is ill.", version="1") == 303
    assert "The trainer is ill." in client.get(f"/desk/trainings/{other.ref}").get_data(as_text=True)
    assert client.get(f"{base}/attendance").status_code == 409
    with time_machine.travel(session.starts_at + timedelta(hours=1)):
        sign_in(client, dana)
        assert send(client, f"{base}/attendance", there=str(jan.id), notes="Went well.") == 303
        assert send(client, f"{base}/recording", url="video.example/1", minutes="55") == 303
        page = client.get(base).get_data(as_text=True)
    assert "Attended" in page
    assert "https://video.example/1" in page


def test_what_is_refused_on_a_sessions_pages_changes_nothing(client: FlaskClient, dana: Person) -> None:
    session, cancelled = a_session(dana, capacity=1), a_session(dana)
    sessions.cancel(cancelled.id, "The trainer is ill.", dana)
    base, gone = (f"/desk/trainings/{one.ref}" for one in (session, cancelled))
    jan = {"name": "Jan Wit", "email": "jan@quillmark.example", "locale": "nl"}
    assert send(client, f"{base}/participants/new", **jan) == 303
    token = csrf_of(client, "/profile")
    said = {"csrf_token": token, **jan, "name": "Eva Roos", "email": "eva@quillmark.example"}
    full = client.post(f"{base}/participants/new", data=said, headers={"Origin": "http://localhost"})
    assert (full.status_code, 'value="Eva Roos"' in full.text) == (422, True)
    for path in ("participants/new", "attendance", "recording"):
        assert client.get(f"{gone}/{path}").status_code == 409, path
        assert client.get(f"/desk/trainings/S-00000000/{path}").status_code == 404, path
    assert send(client, f"{base}/participants/99999999/withdrawal", "/profile") == 404
    [one] = participants(session)
    assert send(client, f"{gone}/participants/{one.id}/withdrawal", "/profile") == 409
    assert [one.name for one in participants(session) if one.attendance == "invited"] == ["Jan Wit"]
    assert send(client, f"{base}/participants/{one.id}/withdrawal", "/profile") == 303
    assert [one.attendance for one in participants(session)] == ["withdrawn"]


def test_only_the_trainer_and_whoever_manages_trainings_note_who_was_there(client: FlaskClient, dana: Person) -> None:
    session = a_session(dana)
    sign_in(client, a_staff_member("designer"))
    for path in ("attendance", "recording"):
        assert client.get(f"/desk/trainings/{session.ref}/{path}").status_code == 403, path


def test_whoever_was_taken_off_the_list_hears_of_no_change(dana: Person) -> None:
    session = a_session(dana)
    sessions.add(session.id, somebody("Jan Wit"), dana)
    gone = sessions.add(session.id, somebody("Eva Roos"), dana)
    sessions.withdraw(session.id, gone.id, dana)
    told = len(mails())
    sessions.change(session.id, details(place="Keizersgracht 2", trainer_id=dana.id), "", dana)
    assert mails()[told:] == [("session_changed", "jan@quillmark.example")]


def test_a_private_address_shows_ones_own_sessions_until_it_is_withdrawn(
    app: Flask, client: FlaskClient, dana: Person
) -> None:
    mine, other = a_session(dana), a_session()
    sessions.add(mine.id, somebody("Jan Wit"), dana)
    page = client.get("/profile/calendar").get_data(as_text=True)
    token = csrf_of(client, "/profile/calendar")
    assert "/calendar/" not in page.replace("/profile/calendar", "")
    made = client.post(
        "/profile/calendar", data={"csrf_token": token, "which": "own"}, headers={"Origin": "http://localhost"}
    ).get_data(as_text=True)
    secret = made.split("/calendar/")[1].split(".ics")[0]
    path = f"/calendar/{secret}.ics"
    stranger = app.test_client()
    answer = stranger.get(path)
    body = answer.get_data(as_text=True)
    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert mine.uid in body
    assert other.uid not in body
    assert "jan@quillmark.example" not in body
    assert stranger.get(path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert secret not in client.get("/profile/calendar").get_data(as_text=True), "shown once"
    team = feeds.make_own(dana, team=True, locale="nl")
    assert other.uid in stranger.get(team).get_data(as_text=True)
    renewed = feeds.make_own(dana, team=False, locale="en")
    assert stranger.get(path).status_code == 404, "a new one takes its place"
    assert stranger.get(renewed).status_code == 200
    assert send(client, "/profile/calendar/withdrawal", "/profile/calendar", which="own") == 303
    assert stranger.get(renewed).status_code == 404
    assert stranger.get(team).status_code == 200


def test_a_closed_person_and_one_without_the_role_show_nothing_any_more(app: Flask) -> None:
    leaving, person = a_staff_member("account_manager"), a_staff_member("finance")
    path, never = (feeds.make_own(one, team=True, locale="en") for one in (leaving, person))
    assert app.test_client().get(path).status_code == 200
    assert app.test_client().get(never).status_code == 404
    with write():
        db.session.get_one(Person, leaving.id).closed_at = now()
    assert app.test_client().get(path).status_code == 404
    assert app.test_client().get("/calendar/made-up.ics").status_code == 404
