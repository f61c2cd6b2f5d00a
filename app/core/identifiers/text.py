"""Typed text made storable: blanks and accents settled, invisible marks out, and names turned into link words."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from anyascii import anyascii

from app.core.i18n import _l

Lazy = Any  # a lazy gettext string: it speaks the language of whoever reads it, not of whoever raised it


class Invalid(ValueError):
    """Typed text that cannot be taken as it is. `code` names the cause, `message` is for the person."""

    def __init__(self, code: str, message: Lazy) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


class InvalidText(Invalid):
    """Something in the text cannot be stored. `cleaned` is the text without it, to be shown again."""

    def __init__(self, cleaned: str) -> None:
        super().__init__(
            "unstorable",
            _l("Some signs in this text could not be read and have been taken out. Check the text and send it again."),
        )
        self.cleaned = cleaned


# NUL and other controls, lone surrogates, the replacement sign that a broken encoding leaves behind, noncharacters.
_UNSTORABLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffd"
    + "".join(chr(plane << 16 | low) for plane in range(17) for low in (0xFFFE, 0xFFFF))
    + "]"
)
# Marks that turn the direction of text or hide: harmless to lose, and able to make one name look like another.
# The joiners U+200C and U+200D stay: some scripts and emoji are spelled with them.
_HIDDEN = re.compile("[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
_NEWLINES = re.compile("\r\n|[\r\u0085\u2028\u2029\x0b\x0c]")


def clean_line(typed: str) -> str:
    """A name or another single line: NFC, one blank between words, none at the ends. Raises InvalidText."""
    return _clean(typed, _one_line)


def clean_text(typed: str) -> str:
    """A note: NFC, its lines kept, blanks at line ends and empty lines at both ends out. Raises InvalidText."""
    return _clean(typed, _lines)


def _clean(typed: str, settle: Any) -> str:
    if typed.isascii() and typed.isprintable():
        return str(settle(typed))
    storable = _UNSTORABLE.sub("", typed)
    cleaned = str(settle(unicodedata.normalize("NFC", _HIDDEN.sub("", storable))))
    if storable != typed:
        raise InvalidText(cleaned)
    return cleaned


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _lines(text: str) -> str:
    return "\n".join(line.rstrip() for line in _NEWLINES.sub("\n", text).split("\n")).strip()


def plain_digits(typed: str) -> str:
    """Digits of every script as 0-9 and full-width letters as plain ones: one number has one spelling."""
    if typed.isascii():
        return typed
    return "".join(
        str(unicodedata.decimal(sign, sign)) for sign in unicodedata.normalize("NFKC", _HIDDEN.sub("", typed))
    )


def slug_of_name(*names: str) -> str:
    """`Łukasz`, `O'Żółć` -> `LukaszOZolc`: the readable part of a personal link (R6), never empty, at most 60 long."""
    words = re.findall("[A-Za-z0-9]+", " ".join(_ascii(name).replace("'", " ") for name in names))
    return "".join(word[0].upper() + word[1:] for word in words)[:60] or "Reseller"


def _ascii(name: str) -> str:
    # Emoji and other signs have long names in ASCII (":pizza:"): only letters and digits are worth a place in a link.
    composed = unicodedata.normalize("NFKC", name)
    return anyascii("".join(sign if sign.isalnum() else " " for sign in composed))
