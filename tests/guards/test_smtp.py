"""Mail leaves through one place: nobody else talks SMTP, and no test reaches a mail server unasked."""

from __future__ import annotations

import ast
import smtplib
from collections.abc import Iterator
from pathlib import Path

import pytest

APP = Path(__file__).parents[2] / "app"
THE_ONE_PLACE = APP / "outbox" / "mailer.py"
TALKERS = {"smtplib", "flask_mail", "aiosmtplib", "imaplib", "poplib"}


def files_with(*names: str) -> Iterator[tuple[Path, ast.Module]]:
    """The files that mention one of them; the others need no closer look."""
    for path in APP.rglob("*.py"):
        text = path.read_text()
        if any(name in text for name in names):
            yield path, ast.parse(text)


def imported(tree: ast.Module) -> set[str]:
    """The top-level packages a file imports, inside functions too."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


def test_only_the_mailer_talks_smtp() -> None:
    talkers = {path.relative_to(APP) for path, tree in files_with(*TALKERS) if imported(tree) & TALKERS}
    assert talkers == {THE_ONE_PLACE.relative_to(APP)}


def test_only_the_sender_and_its_worker_use_the_mailer() -> None:
    users = {
        str(path.relative_to(APP))
        for path, tree in files_with("mailer")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and (node.module == "app.outbox.mailer" or (node.module == "app.outbox" and _names(node) & {"mailer"}))
    }
    assert users == {"__init__.py", "outbox/cli.py", "outbox/sender.py", "outbox/worker.py"}


def _names(node: ast.ImportFrom) -> set[str]:
    return {name.name for name in node.names}


def test_a_test_that_did_not_ask_cannot_send() -> None:
    with pytest.raises(AssertionError, match="mail_server"):
        smtplib.SMTP("127.0.0.1", 25)
