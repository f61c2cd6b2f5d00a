"""A migration only adds, so that the version before runs on while the new one is put in place."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

VERSIONS = Path(__file__).parents[2] / "migrations" / "versions"
SINCE = "0010"
"""Earlier ones belong to the first release, before which nothing ran."""
ADDS = {"create_table", "add_column", "create_index", "create_unique_constraint", "execute", "get_bind", "f", "batch"}
CONTRACTS: set[str] = set()
"""Migrations that take away what the release before them no longer used."""


def added_by(path: Path) -> list[ast.Call]:
    """The calls of `op` in `upgrade()`."""
    (upgrade,) = (
        node
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name == "upgrade"
    )
    calls = [node for node in ast.walk(upgrade) if isinstance(node, ast.Call)]
    return [call for call in calls if isinstance(call.func, ast.Attribute) and _is_op(call.func.value)]


def _is_op(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "op"


NEW = [path for path in sorted(VERSIONS.glob("*.py")) if path.name >= SINCE and path.stem not in CONTRACTS]


@pytest.mark.parametrize("path", NEW, ids=lambda path: path.stem)
def test_a_migration_only_adds(path: Path) -> None:
    for call in added_by(path):
        assert isinstance(call.func, ast.Attribute)
        assert call.func.attr in ADDS, f"line {call.lineno}: {call.func.attr} breaks the version that still runs"


@pytest.mark.parametrize("path", NEW, ids=lambda path: path.stem)
def test_what_an_older_version_writes_fits_a_new_column(path: Path) -> None:
    for call in added_by(path):
        if isinstance(call.func, ast.Attribute) and call.func.attr == "add_column":
            told = ast.unparse(call)
            assert "nullable=False" not in told or "server_default" in told, f"line {call.lineno}: {told}"
