"""Files are asked about where there is a scanner, and none is taken that it could not tell of."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.datastructures import FileStorage

from app.config import BadSettings, from_environment
from app.core.files import TEXT, FileRefused, receive, viruses

SCANNER = """
import sys
content = sys.stdin.buffer.read()
sys.exit(1 if b"harmful" in content else 2 if b"broken" in content else 0)
"""


@pytest.fixture
def scanned(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """An installation with a scanner that finds the word "harmful", and fails at the word "broken"."""
    (tmp_path / "scanner.py").write_text(SCANNER)
    command = (sys.executable, str(tmp_path / "scanner.py"))
    monkeypatch.setitem(app.config, "GANGWAY", replace(app.config["GANGWAY"], virus_check=command))
    return app


def sent(text: str) -> FileStorage:
    return FileStorage(io.BytesIO(text.encode()), "list.txt")


def test_a_clean_file_is_taken_and_a_harmful_one_is_not(scanned: Flask) -> None:
    with scanned.app_context():
        assert receive(sent("All is well"), {TEXT}).content == b"All is well"
        with pytest.raises(FileRefused) as refused:
            receive(sent("something harmful"), {TEXT})
        assert "harmful software" in str(refused.value.message)


def test_no_file_is_taken_while_the_scanner_fails(scanned: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with scanned.app_context():
        with pytest.raises(FileRefused) as refused:
            receive(sent("broken"), {TEXT})
        assert "at the moment" in str(refused.value.message)
        monkeypatch.setattr(viruses, "PATIENCE", 0.0)
        with pytest.raises(FileRefused):
            receive(sent("All is well"), {TEXT})
        gone = replace(scanned.config["GANGWAY"], virus_check=("/no/such/scanner",))
        monkeypatch.setitem(scanned.config, "GANGWAY", gone)
        with pytest.raises(FileRefused):
            receive(sent("All is well"), {TEXT})


def test_a_command_that_cannot_be_run_stops_the_start(tmp_path: Path) -> None:
    environ = {"GANGWAY_DATA_DIR": str(tmp_path)}
    assert from_environment({**environ, "GANGWAY_VIRUS_CHECK": "cat -u"}).virus_check == ("cat", "-u")
    for wrong in ("no-such-scanner -", "'unfinished"):
        with pytest.raises(BadSettings, match="GANGWAY_VIRUS_CHECK"):
            from_environment({**environ, "GANGWAY_VIRUS_CHECK": wrong})
