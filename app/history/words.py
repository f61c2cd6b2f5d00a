"""What each verb of the history is called. Every feature names its own here, for the pages that tell of all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

WORDS: dict[str, Any] = {}
"""Verb -> lazy words. tests/history/test_words.py asks every verb that is written."""


def name(words: Mapping[str, Any]) -> None:
    """Adds a feature's verbs."""
    WORDS.update(words)


def of(verb: str) -> str:
    """The verb in the reader's language; itself when nobody named it."""
    return str(WORDS.get(verb) or verb)
