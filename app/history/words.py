"""The history in words: what each verb is called, and an entry as a page tells it.

Every feature names its own verbs here, for the pages that tell of all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.core.i18n import _
from app.history.models import HistoryEntry

WORDS: dict[str, Any] = {}
"""Verb -> lazy words. tests/history/test_words.py asks every verb that is written."""


def name(words: Mapping[str, Any]) -> None:
    """Adds a feature's verbs."""
    WORDS.update(words)


def of(verb: str) -> str:
    """The verb in the reader's language; itself when nobody named it."""
    return str(WORDS.get(verb) or verb)


def who(entry: HistoryEntry, names: Mapping[int, str]) -> str:
    """Who did it, in the reader's language; `names` are those of the people who were not erased."""
    if entry.actor_id is None:
        return _("Automatically")
    return names.get(entry.actor_id, _("Somebody who was erased"))


@dataclass(frozen=True)
class Told:
    """One entry, for the component `timeline`. A change is a label with the value before and after."""

    at: datetime
    who: str
    text: Any
    changes: list[tuple[Any, Any, Any]] = field(default_factory=list)
    is_state: bool = False
