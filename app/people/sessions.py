"""Sessions: who is signed in, since when, and until when."""

from __future__ import annotations

import time

from flask import Flask, session
from flask_login import LoginManager, login_user, logout_user

from app.core.logs import security
from app.people import queries
from app.people.models import Person

STAFF_HOURS, STAFF_IDLE_HOURS = 12, 4
MEMBER_HOURS, MEMBER_IDLE_HOURS = 14 * 24, 3 * 24
"""How old a session may become, and how long nothing may be asked in it."""
NOTED_EVERY_MINUTES = 5
FRESH_MINUTES = 10
HALF_MINUTES = 10

login_manager = LoginManager()


def init_app(app: Flask) -> None:
    login_manager.init_app(app)
    login_manager.session_protection = None  # phones change address all day; the session is bound by its cookie

    @login_manager.user_loader
    def _load(session_id: str) -> Person | None:
        person = queries.person_of_session(session_id)
        return person if person is not None and _goes_on(person) else None


def _goes_on(person: Person) -> bool:
    """Whether the session is neither too old nor left alone for too long. Notes, now and then, that it is not."""
    since, moment = session.get("since", 0), int(time.time())
    seen = session.get("seen", since)
    age, idle = (STAFF_HOURS, STAFF_IDLE_HOURS) if person.is_staff else (MEMBER_HOURS, MEMBER_IDLE_HOURS)
    if moment - since > age * 3600 or moment - seen > idle * 3600:
        return False
    if moment - seen > NOTED_EVERY_MINUTES * 60:
        session["seen"] = moment
    return True


def begin(person: Person) -> None:
    """Signs the person in on this browser, in a new session. Nothing of the one before is kept: neither its csrf
    token, which somebody else may know, nor what the browser chose (organisation, half a sign-in)."""
    session.clear()
    session.permanent = True
    session["since"] = int(time.time())
    login_user(person)
    security("signed in", code=person.has_totp)


def renew(person: Person) -> None:
    """Goes on here after the person's sessions were ended everywhere."""
    session["_user_id"] = person.get_id()


def is_fresh() -> bool:
    """Whether the person showed who they are in the last minutes: asked before the sign-in itself is changed."""
    return bool(time.time() - max(session.get("since", 0), session.get("proved", 0)) < FRESH_MINUTES * 60)


def prove() -> None:
    """The person has just shown it again."""
    session["proved"] = int(time.time())


def wait_for_code(person: Person, next: str | None) -> None:
    """Half signed in: the password or the link was right, the code is still to come."""
    session.clear()
    session["half"] = {"person": person.get_id(), "at": int(time.time()), "next": next}


def waiting_for_code() -> tuple[Person, str | None] | None:
    """Who is half signed in on this browser, and where they want to go; for a few minutes only."""
    half = session.get("half")
    if not half or time.time() - half["at"] > HALF_MINUTES * 60:
        return None
    person = queries.person_of_session(half["person"])
    return (person, half["next"]) if person is not None else None


def end() -> None:
    """Signs out on this browser."""
    security("signed out")
    logout_user()
    session.clear()
