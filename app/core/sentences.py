"""Sentences that stand in the database and are read in the language of whoever looks, not of whoever caused them.

Kept is what `_l` was given: the English words by which a catalogue knows the sentence, and what fills its places. Words
that no catalogue knows any more are read in English.
"""

from __future__ import annotations

from typing import Any

from app.core.i18n import Sentence, gettext

_TEXT, _WITH = "says", "with"


class Several(tuple[Any, ...]):
    """Words and sentences that stand in a place of a sentence with commas between."""

    def __str__(self) -> str:
        return ", ".join(str(each) for each in self)


def kept(sentence: Any) -> Any:
    """For a JSON column: a sentence of `_l` so that `read` can say it in any language, several of them as a list,
    anything else as the text that it is."""
    match sentence:
        case Sentence():
            values = {name: kept(value) for name, value in sentence.values.items()}
            return {_TEXT: sentence.text} | ({_WITH: values} if values else {})
        case list() | tuple():
            return [kept(each) for each in sentence]
        case bool() | int():
            return sentence
    return str(sentence)


def read(found: Any) -> str:
    """What `kept` was given, in the language spoken now; a list with commas between."""
    match found:
        case {"says": str(text)}:
            return gettext(text, **{name: read(value) for name, value in found.get(_WITH, {}).items()})
        case list():
            return ", ".join(read(each) for each in found)
    return str(found)
