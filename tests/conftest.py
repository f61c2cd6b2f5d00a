"""Fixtures: an application on a database of its own, emptied between tests, and clients that know who is signed in."""

from __future__ import annotations

import base64
import contextvars
import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, g, has_app_context
from flask.testing import FlaskClient
from flask_migrate import upgrade
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from app import create_app
from app.config import Settings, from_environment
from app.core.db import Base, db
from app.core.limits import limiter
from app.demo import people as demo_people
from tests import databases, played, shared
from tests.mailserver import MailServer

gc.disable()  # What is imported stays: looking it over again and again takes a third of the time. `app` starts it.

SECRET = "tests only, " * 4
ENCRYPTION_KEY = base64.urlsafe_b64encode(b"tests only, " * 2 + b"12345678").decode()
"""One for all processes of a run: they share what was encrypted in the demo."""

# How fast a machine is proves nothing about the product; and our fixtures are made for whole tests.
_UNTIMED = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
hypothesis_settings.register_profile("gangway", deadline=None, max_examples=60, suppress_health_check=_UNTIMED)
hypothesis_settings.load_profile("gangway")


def settings_for(url: str, data_dir: Path, **values: str) -> Settings:
    """Settings as the environment would give them, for a database and a folder."""
    environ = {
        "GANGWAY_DATABASE_URL": url,
        "GANGWAY_DATA_DIR": str(data_dir),
        "GANGWAY_SECRET_KEY": SECRET,
        "GANGWAY_ENCRYPTION_KEYS": ENCRYPTION_KEY,
        "GANGWAY_PUBLIC_URL": "http://localhost",
        **values,
    }
    return Settings(**{**vars(from_environment(environ)), "testing": True})


def build(url: str) -> None:
    """The schema, by the migrations themselves."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        app = create_app(settings_for(url, Path(folder)))
        with app.app_context():
            upgrade()
            db.engine.dispose()


@pytest.hookimpl(tryfirst=True)  # pytest's own chooses by marks
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what the other database's run does: slow tests of what is alike on both (`on`), and, on PostgreSQL,
    those that use no database at all. Tests of doors, which call what other tests prove on both, are left to `make
    sweep` there; each page and each form is walked on it all the same (tests/guards)."""
    kind = os.environ.get("GANGWAY_TEST_DB", "sqlite")
    left_out, kept = _parted(items, lambda item: _runs_on(kind, item))
    for item in kept:
        if kind == "postgres" and "client" in getattr(item, "fixturenames", ()) and not item.get_closest_marker("on"):
            item.add_marker(pytest.mark.sweep)
    config.hook.pytest_deselected(items=left_out)
    items[:] = _demo_in_between(kept)


def _demo_in_between(items: list[pytest.Item]) -> list[pytest.Item]:
    """The first test of the demo at the very beginning, where one process plays it, and all others after a third of
    the rest: so that nobody waits for the play to end, nor at the end of the run for the long walks through it."""
    rest, of_demo = _parted(items, lambda item: "demo" in getattr(item, "fixturenames", ()))
    third = len(rest) // 3
    return [*of_demo[:1], *rest[:third], *of_demo[1:], *rest[third:]]


def _parted(
    items: list[pytest.Item], meets: Callable[[pytest.Item], bool]
) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """Those that do not, and those that do."""
    parts: tuple[list[pytest.Item], list[pytest.Item]] = ([], [])
    for item in items:
        parts[meets(item)].append(item)
    return parts


def _runs_on(kind: str, item: pytest.Item) -> bool:
    marked = item.get_closest_marker("on")
    if marked is not None:
        return bool(marked.args[0] == kind)
    return kind == "sqlite" or "app" in getattr(item, "fixturenames", ())


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory, run_folder: Path) -> Iterator[Flask]:
    """One application for a test worker, on SQLite or PostgreSQL by `GANGWAY_TEST_DB`."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    folder = tmp_path_factory.mktemp("data")
    url = databases.database_url(worker, run_folder, build)
    application = create_app(settings_for(url, folder))
    application.test_client_class = Browser
    shared.templates(application, run_folder)
    with application.app_context():
        databases.for_tests(db.engine)
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)  # what a test leaves is not much
    gc.enable()
    yield application
    with application.app_context():
        db.engine.dispose()
    databases.stop()


@pytest.fixture(autouse=True)
def _clean(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each test begins with empty tables, and uncounted: a test about limits says so. Deleting what a test wrote
    is quicker than building anew."""
    limiter.enabled = False  # every application made since has switched it on
    yield
    if "app" not in request.fixturenames:
        return
    application: Flask = request.getfixturevalue("app")
    application.extensions.pop("gangway_outlines", None)  # keys are given again
    with application.app_context():
        db.session.rollback()
        db.session.remove()
        with db.engine.begin() as connection:
            databases.empty(connection, Base.metadata)


@pytest.fixture
def context(app: Flask) -> Iterator[None]:
    """An application context, for tests of services and queries."""
    with app.app_context():
        yield


@pytest.fixture
def demo(app: Flask, context: None, run_folder: Path) -> list[dict[str, Any]]:
    """The demo installation, and who lives in it."""
    played.play(run_folder, Path(app.config["GANGWAY"].storage_url))
    return demo_people.listed()


class Browser(FlaskClient):
    """A client whose requests share nothing with the test around them but the database, as over the network: Flask
    would let a request use the test's own application context, and with it what that remembers."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        response = contextvars.Context().run(super().open, *args, **{"buffered": True, **kwargs})
        if has_app_context():
            _look_again()
        return response


def _look_again() -> None:
    """Lets the test see what the request left: a new transaction, columns read anew, nothing remembered."""
    db.session.commit()
    for record in db.session:
        db.session.expire(record, [attribute.key for attribute in sa.inspect(type(record)).column_attrs])
    for name in [name for name in g if name.startswith("gangway_")]:
        g.pop(name)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(autouse=True)
def _no_mail_leaves(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reaches a mail server unless it asks for one of its own by the fixture `mail_server`."""
    if "mail_server" not in request.fixturenames:

        def refuse(*args: object) -> None:
            raise AssertionError("a test tried to send mail; it must ask for mail_server")

        monkeypatch.setattr("smtplib.SMTP.connect", refuse)


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """A real SMTP server on loopback that does as it is told and keeps what it gets."""
    with MailServer() as server:
        yield server
