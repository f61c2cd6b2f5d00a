"""docs/operations/compose.yaml says what app/config.py reads, and what docs/operations tell of."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.fernet import Fernet

from app import supervisor
from app.config import Settings, from_environment

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "operations" / "compose.yaml").read_text()
GIVEN = {
    "DATABASE_PASSWORD": "p4ss",
    "STORE_PASSWORD": "st0re",
    "GANGWAY_PUBLIC_URL": "https://onboarding.vendor.example",
    "GANGWAY_SECRET_KEY": "s" * 48,
    "GANGWAY_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
    "GANGWAY_MAIL_URL": "smtp://mail.vendor.example:587",
    "CERTIFICATES": "/etc/certificates",
}
"""What whoever starts it has to give."""


def _filled(text: str) -> str:
    """As compose fills it in: ${NAME:?} has to be given, ${NAME:-default} need not."""

    def fill(found: re.Match[str]) -> str:
        name, needed, default = found["name"], found["kind"] == "?", found["default"]
        return GIVEN[name] if needed else GIVEN.get(name, default)

    text = re.sub(r"\$\{(?P<name>\w+):(?P<kind>[?-])(?P<default>[^}]*)\}", fill, text)
    return text.replace("$$", "$")


@pytest.fixture(scope="module")
def composed() -> dict[str, Any]:
    return dict(yaml.safe_load(_filled(TEXT)))


@pytest.fixture(scope="module")
def ours(composed: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The services that run the product."""
    return {name: one for name, one in composed["services"].items() if one["image"].startswith("gangway:")}


def _settings(service: dict[str, Any], folder: Path) -> Settings:
    return from_environment({**service["environment"], "GANGWAY_DATA_DIR": str(folder)})


def test_every_service_of_ours_has_settings_that_hold(ours: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    assert set(ours) == {"prepare", "playbooks", "web", "worker"}
    for service in ours.values():
        settings = _settings(service, tmp_path)
        assert settings.mode == "production"
        assert settings.database_url == "postgresql+psycopg://gangway:p4ss@database/gangway"
        assert settings.storage_url.startswith("s3://gangway?")
        assert settings.redis_url
        assert settings.trusted_proxies == 1
        assert settings.former_secret_keys == ()


def test_no_setting_is_named_that_nobody_reads_and_none_is_left_out(ours: dict[str, dict[str, Any]]) -> None:
    read = set(re.findall(r"GANGWAY_[A-Z_]+", (ROOT / "app" / "config.py").read_text()))
    left_out = {"GANGWAY_VIRUS_CHECK"}  # a scanner is a service of its own, which not everybody has
    for service in ours.values():
        named = {name for name in service["environment"] if name.startswith("GANGWAY_")}
        assert named == read - left_out


def test_several_of_each_run_what_the_supervisor_knows(ours: dict[str, dict[str, Any]]) -> None:
    for name in ("web", "worker"):
        assert ours[name]["command"] == ["app/supervisor.py", name]
        assert ours[name]["deploy"]["replicas"] == 2
        patience = int(ours[name]["stop_grace_period"].rstrip("s"))
        assert patience > supervisor.STOP_WITHIN, "nobody is killed who would have finished"
    assert ours["web"]["environment"]["HOST"] == "0.0.0.0"


def test_what_is_depended_on_and_mounted_is_there(composed: dict[str, Any]) -> None:
    services = composed["services"]
    for name, service in services.items():
        assert set(service.get("depends_on", ())) <= set(services), name
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            assert source.startswith("/") or source in composed["volumes"], name
        for config in service.get("configs", ()):
            assert config["source"] in composed["configs"]


def test_the_proxy_sets_the_headers_that_are_believed(composed: dict[str, Any]) -> None:
    told = composed["configs"]["proxy"]["content"]
    page = (ROOT / "docs" / "operations" / "proxy.md").read_text()
    for line in re.findall(r"^    (proxy_set_header .*;|client_max_body_size .*;)$", page, re.MULTILINE):
        assert line in told, f"the proxy lacks: {line}"


def test_what_has_to_be_given_is_told() -> None:
    page = (ROOT / "docs" / "operations" / "scaling.md").read_text()
    asked = set(re.findall(r"\$\{(\w+):\?", TEXT))
    assert asked == set(GIVEN)
    assert {name for name in asked if f"{name}=" not in page} == set()
