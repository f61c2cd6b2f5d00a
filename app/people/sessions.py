"""Sessions: who is signed in, since when, and until when."""

from __future__ import annotations

import time

from flask import Flask, session
from flask_login import LoginManager, login_user, logout_user

from app.core.logs import security
from app.people import queries
from app.people.models import Person

STAFF_HOURS = 12
MEMBER_HOURS = 14 * 24
FRESH_MINUTES = 10
HALF_MINUTES = 10

login_manager = LoginManager()


def init_app(app: Flask) -> None:
    login_manager.init_app(app)
    login_manager.session_protection = None  # phones change address all day; the session is bound by its cookie

    @login_manager.user_loader
    def _load(session_id: str) -> Person | None:
        person = queries.person_of_session(session_id)
        if person is None:
            return None
        hours = STAFF_HOURS if person.is_staff else MEMBER_HOURS
        if time.time() - session.get("since", 0) > hours * 3600:
            return None
        return person


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
