"""Settings: what is wrong stops the start with one line, and production has no defaults for secrets."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from app.config import BadSettings, from_environment

WHOLE = {
    "GANGWAY_MODE": "production",
    "GANGWAY_SECRET_KEY": "x" * 40,
    "GANGWAY_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
    "GANGWAY_PUBLIC_URL": "https://gangway.example",
}


@pytest.fixture
def whole(tmp_path: Path) -> dict[str, str]:
    return {**WHOLE, "GANGWAY_DATA_DIR": str(tmp_path)}


def test_a_whole_production_environment_starts(whole: dict[str, str]) -> None:
    settings = from_environment(whole)
    assert settings.https
    assert not settings.demo


@pytest.mark.parametrize("name", ["GANGWAY_SECRET_KEY", "GANGWAY_ENCRYPTION_KEYS", "GANGWAY_PUBLIC_URL"])
def test_production_without_a_secret_does_not_start(whole: dict[str, str], name: str) -> None:
    del whole[name]
    with pytest.raises(BadSettings, match=name):
        from_environment(whole)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GANGWAY_MODE", "staging"),
        ("GANGWAY_SECRET_KEY", "short"),
        ("GANGWAY_ENCRYPTION_KEYS", "not a key"),
        ("GANGWAY_PUBLIC_URL", "gangway.example"),
        ("GANGWAY_PUBLIC_URL", "https://gangway.example/path"),
        ("GANGWAY_DATABASE_URL", "mysql://localhost/x"),
        ("GANGWAY_DATABASE_URL", "nonsense"),
        ("GANGWAY_MAIL_URL", "localhost:25"),
        ("GANGWAY_STORAGE_URL", "https://bucket.example"),
        ("GANGWAY_STORAGE_URL", "s3:///prefix"),
        ("GANGWAY_STORAGE_URL", "s3://key:secret@bucket"),
        ("GANGWAY_STORAGE_URL", "s3://bucket?endpoint=store.example"),
        ("GANGWAY_STORAGE_URL", "s3://bucket?zone=eu"),
        ("GANGWAY_TRUSTED_PROXIES", "all"),
    ],
)
def test_a_wrong_value_is_named(whole: dict[str, str], name: str, value: str) -> None:
    with pytest.raises(BadSettings, match=name):
        from_environment({**whole, name: value})


def test_a_demo_makes_its_secrets_once(tmp_path: Path) -> None:
    environ = {"GANGWAY_DATA_DIR": str(tmp_path)}
    first, second = from_environment(environ), from_environment(environ)
    assert first.secret_key == second.secret_key
    assert first.encryption_keys == second.encryption_keys
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_postgresql_means_psycopg(tmp_path: Path) -> None:
    environ = {"GANGWAY_DATA_DIR": str(tmp_path), "GANGWAY_DATABASE_URL": "postgresql://me:secret@db/gangway"}
    assert from_environment(environ).database_url == "postgresql+psycopg://me:secret@db/gangway"


def test_the_data_folder_is_nobody_elses_to_read(whole: dict[str, str], tmp_path: Path) -> None:
    before = os.umask(0o002)
    try:
        settings = from_environment({**whole, "GANGWAY_DATA_DIR": str(tmp_path / "made" / "data")})
    finally:
        os.umask(before)
    assert stat.S_IMODE(settings.data_dir.stat().st_mode) == 0o700
