"""What the pages about security and faults promise is there: every test they name, every requirement of the standard;
and the answers that no door gives say what they must, too."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.guards.headers import faults_of

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
PAGES = ("security.md", "asvs.md", "faults.md")


@cache
def named_in(file: str) -> set[str]:
    path = ROOT / file
    return set(re.findall(r"^def (test_\w+)\(", path.read_text(), re.MULTILINE)) if path.exists() else set()


def rows_of(page: str, heading: str = "") -> list[list[str]]:
    """The lines of a page's tables, or of the tables beneath one heading, without what stands on top."""
    text = (DOCS / page).read_text()
    if heading:
        text = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
        assert text, f"{page} has no heading {heading!r}"
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("|")]
    return [cells for above, cells in zip([[], *lines], lines, strict=False) if _is_a_row(above, cells)]


def _is_a_row(above: list[str], cells: list[str]) -> bool:
    return "---" not in cells[0] and cells[0] not in ("number", "fault", "threat", "what", "kind")


@pytest.mark.parametrize("page", PAGES)
def test_every_test_that_a_page_names_is_there(page: str) -> None:
    named = NAMED.findall((DOCS / page).read_text())
    assert len(named) > 10
    assert [f"{file}::{name}" for file, name in named if name not in named_in(file)] == []


@pytest.mark.parametrize(("page", "heading"), [("faults.md", "What may happen"), ("security.md", "Threats")])
def test_every_fault_and_every_threat_has_its_test(page: str, heading: str) -> None:
    rows = rows_of(page, heading)
    assert len(rows) > 12
    assert [cells[0] for cells in rows if not NAMED.search(cells[-1])] == []


# --- the standard -----------------------------------------------------------------------------------------------------

LEVELS = {
    "1": {1: "22", 2: "1111122223", 3: "112222222223", 4: "222", 5: "123"},
    "2": {1: "122", 2: "112", 3: "12223", 4: "23"},
    "3": {1: "3", 2: "113", 3: "12223", 4: "11222233", 5: "11122333", 6: "3", 7: "22333"},
    "4": {1: "12233", 2: "23333", 3: "22", 4: "1222"},
    "5": {1: "2", 2: "112333", 3: "113", 4: "222"},
    "6": {1: "122", 2: "111111112222", 3: "11223333", 4: "112233", 5: "22222333", 6: "2223", 7: "33", 8: "2222"},
    "7": {1: "222", 2: "1111", 3: "22", 4: "11222", 5: "223", 6: "22"},
    "8": {1: "1233", 2: "1123", 3: "133", 4: "23"},
    "9": {1: "111", 2: "1222"},
    "11": {1: "2233", 2: "22233", 3: "11233", 4: "1222", 5: "23", 6: "23", 7: "33"},
    "12": {1: "12233", 2: "11", 3: "22223"},
    "13": {1: "2333", 2: "222223", 3: "2233", 4: "1222233"},
    "14": {1: "22", 2: "12223333", 3: "122"},
    "15": {1: "12233", 2: "12233", 3: "1222222", 4: "3333"},
    "16": {1: "2", 2: "22222", 3: "2222", 4: "222", 5: "2223"},
}
"""OWASP ASVS 5.0.0: chapter -> section -> the level of each requirement in order. V10 and V17 apply to nothing here."""


def test_the_list_holds_each_requirement_of_level_two_with_a_verdict() -> None:
    wanted = {
        f"{chapter}.{section}.{number}": level
        for chapter, sections in LEVELS.items()
        for section, levels in sections.items()
        for number, level in enumerate(levels, 1)
        if level in "12"
    }
    rows = rows_of("asvs.md")
    assert {number: level for number, level, *_ in rows} == wanted
    assert len(rows) == len(wanted)
    assert {verdict for _number, _level, _words, verdict, _where in rows} <= set(VERDICTS)
    assert [cells[0] for cells in rows if not cells[4].strip()] == []
    text = (DOCS / "asvs.md").read_text()
    for verdict in VERDICTS:
        count = sum(cells[3] == verdict for cells in rows)
        assert re.search(rf"\b{verdict} {count}\b", text), f"{verdict} {count}"


VERDICTS = ("met", "partly", "not met", "does not apply")


# --- answers that no door gives ---------------------------------------------------------------------------------------


def test_odd_answers_say_what_they_must_too(
    app: Flask, client: FlaskClient, context: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Addresses that are not there, methods that are not taken, too much at once, a fault of ours; over https."""
    settings = replace(app.config["GANGWAY"], public_url="https://on.vendor.example")
    monkeypatch.setitem(app.config, "GANGWAY", settings)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)

    def broken() -> None:
        raise RuntimeError("a fault of ours")

    def asked(status: int, path: str, method: str = "GET", **more: Any) -> None:
        answer = client.open(path, method=method, base_url="https://on.vendor.example", **more)
        assert (answer.status_code, faults_of(answer)) == (status, []), f"{method} {path}"
        assert "max-age=31536000" in answer.headers["Strict-Transport-Security"], path
        assert "fault of ours" not in answer.get_data(as_text=True)
        assert "Traceback" not in answer.get_data(as_text=True)

    asked(404, "/nowhere")
    asked(404, "/nowhere", headers={"HX-Request": "true"})
    asked(405, "/sign-out")
    for path in ("/sign-in", "/desk", "/healthz"):
        asked(405, path, "TRACE")
        asked(405, path, "PUT")
        asked(303 if path == "/desk" else 200, path, "OPTIONS")
    asked(400, "/sign-in", "POST")
    asked(
        413,
        "/resellers/apply",
        "POST",
        data={"about": "x" * 1_100_000},
        headers={"Origin": "https://on.vendor.example"},
    )
    monkeypatch.setitem(app.view_functions, "health.healthz", _open(broken))
    asked(500, "/healthz")


def _open(view: Any) -> Any:
    from app.access.guard import public

    return public(view)
