"""Sessions: who is signed in, since when, and until when."""

from __future__ import annotations

import time

from flask import Flask, session
from flask_login import LoginManager, login_user, logout_user

from app.core.i18n import COOKIE
from app.people import queries
from app.people.models import Person

STAFF_HOURS = 12
MEMBER_HOURS = 14 * 24

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
    """Signs the person in on this browser. What the browser chose before (language, organisation) is forgotten, so
    that the person's own choices hold."""
    kept = session.get("csrf_token")
    session.clear()
    if kept:
        session["csrf_token"] = kept
    session.permanent = True
    session["since"] = int(time.time())
    login_user(person)


def end() -> None:
    """Signs out on this browser."""
    logout_user()
    session.clear()


FORGET_LANGUAGE_COOKIE = COOKIE
"""Deleted by the door that signs somebody in: a person's language follows the person."""
