"""A demo installation that answers on a port of its own, and the browsers of the people who work there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

from flask import Flask, abort
from flask_migrate import upgrade
from playwright.sync_api import Browser, BrowserContext
from werkzeug.serving import make_server

from app import create_app
from app.access.guard import public
from app.core.db import db
from app.demo import people as demo_people
from app.demo.loader import load
from app.people import queries
from tests import played, shared
from tests.browser.checks import PATIENCE
from tests.conftest import settings_for
from tests.sentences import sign_in

REFUSALS = "/refusals"


@dataclass(frozen=True)
class Site:
    """The demo installation: where it answers, and who works there."""

    app: Flask
    url: str
    people: list[dict[str, Any]]
    port: int

    def person(self, role: str) -> dict[str, Any]:
        return next(person for person in self.people if person["role"] == role)

    def cookies(self, email: str | None) -> list[Any]:
        """The cookies of a browser in which this person has just signed in; none for a visitor."""
        if email is None:
            return []
        client = self.app.test_client()
        with self.app.app_context():
            person = queries.by_email(email)
            assert person is not None, email
            sign_in(client, person)
        name = self.app.config["SESSION_COOKIE_NAME"]
        cookie = client.get_cookie(name)
        assert cookie is not None
        return [{"name": name, "value": cookie.value, "url": self.url}]

    def look(self, browser: Browser, email: str | None = None, **kwargs: Any) -> BrowserContext:
        """A browser of this person's own."""
        context = browser.new_context(base_url=self.url, **kwargs)
        context.set_default_timeout(PATIENCE)
        context.add_cookies(self.cookies(email))
        return context


@contextmanager
def opened(folder: Path, public_url: str = "", *, run_folder: Path | None = None) -> Iterator[Site]:
    """The installation, with its data in `folder`. Its pages and mails name `public_url`, or where it answers. In the
    run's folder lies the demo that another process of this run has played, or is left for it."""
    with serving(folder, public_url) as site:
        site.app.add_url_rule(f"{REFUSALS}/<int:status>", "refusals", public(_refuse))
        with site.app.app_context():
            if run_folder:
                played.play(run_folder, Path(site.app.config["GANGWAY"].storage_url))
            else:
                load()
            people = demo_people.listed()
            db.session.remove()
        yield replace(site, people=people)


@contextmanager
def serving(folder: Path, public_url: str = "") -> Iterator[Site]:
    """The same, with nobody in it."""
    server = make_server("127.0.0.1", 0, _placeholder, threaded=True)
    url = public_url or f"http://127.0.0.1:{server.server_port}"
    app = create_app(settings_for(f"sqlite:///{folder / 'site.db'}", folder, GANGWAY_PUBLIC_URL=url))
    app.config["RATELIMIT_ENABLED"] = False
    shared.templates(app, folder)
    with app.app_context():
        upgrade()
        db.session.remove()
    server.app = app
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Site(app, url, [], server.server_port)
    server.shutdown()
    thread.join()


def _refuse(status: int) -> NoReturn:
    """For a look at the page of each status, however seldom it comes."""
    abort(status)


def _placeholder(environ: Any, start_response: Any) -> list[bytes]:
    start_response("503 Service Unavailable", [])
    return []
