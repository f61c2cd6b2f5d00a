"""Addresses that a visitor hands us."""

import pytest

from app.core.paths import own_path


@pytest.mark.parametrize(
    "path", ["/", "/panel/leads?state=open&q=a%20b", "/r/AnnaNowak-12345678#x", "/go?u=//evil.example"]
)
def test_a_path_of_ours_is_followed(path: str) -> None:
    assert own_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        None,
        "",
        "panel",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https:evil.example",
        "https://evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/\x00x",
        " //evil.example",
        "/\u2028/evil.example",
        "/" + "a" * 3000,
    ],
)
def test_anything_else_is_not(path: str | None) -> None:
    assert own_path(path) is None
