"""What a person is recognised by in free text, and blanking it there.

Text is compared folded, without accents and capitals, so that `ŻÓŁĆ, Łukasz` is found for `Łukasz Żółć`. A name counts
in full only, in either order: a first name alone is everybody's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

import phonenumbers
from anyascii import anyascii
from phonenumbers import NumberParseException, PhoneNumberFormat

from app.core.privacy import ERASED

Span = tuple[int, int]


def words_of(name: str) -> list[str]:
    """The words of a name, folded. Fewer than two, or hardly a sign, recognise nobody."""
    words = re.findall(r"[a-z0-9]+", _fold(name)[0])
    return words if len(words) >= 2 and sum(map(len, words)) >= 5 else []


def pattern(emails: Iterable[str], names: Iterable[str], phones: Iterable[str]) -> re.Pattern[str] | None:
    """One pattern for all of them, for folded text; None when there is nothing to look for."""
    parts = [rf"(?<![a-z0-9._%+-]){re.escape(email.casefold())}(?![a-z0-9-]|\.[a-z0-9])" for email in sorted(emails)]
    for name in sorted(names):
        words = words_of(name)
        # Between two words may stand whatever a name or a line break puts there, as HTML writes it, or nothing, as in
        # the address of a personal link.
        parts += [rf"(?<![a-z0-9]){_BETWEEN.join(order)}(?![a-z0-9])" for order in _orders(words)]
    parts += [found for phone in sorted(phones) if (found := _phone(phone))]
    return re.compile("|".join(parts)) if parts else None


def _orders(words: list[str]) -> list[list[str]]:
    """As it is; the last word first; the first word last."""
    orders = [words, words[-1:] + words[:-1], words[1:] + words[:1]] if words else []
    return [order for place, order in enumerate(orders) if order not in orders[:place]]


_BETWEEN = r"(?:[^a-z0-9]|&#?[a-z0-9]{2,6};){0,12}"
_SEPARATORS = r"[\s().\-/]*"


def _phone(phone: str) -> str | None:
    try:
        number = phonenumbers.parse(phone, None)
    except NumberParseException:
        return None
    national = _SEPARATORS.join(str(number.national_number))
    abroad = rf"(?:\+|00)?{number.country_code}{_SEPARATORS}(?:\(0\)|0)?{_SEPARATORS}"
    return rf"(?<!\d)(?:{abroad}|\(?0{_SEPARATORS})?{national}(?!\d)"


def likes(emails: Iterable[str], names: Iterable[str], phones: Iterable[str]) -> list[str]:
    """Patterns for LIKE (escape `!`) that find every row with any of them, and some more: letters with accents and
    signs, which JSON and HTML write in their own way, may be anything."""
    found = {f"%{_escaped(email)}%" for email in emails}
    for name in names:
        words = words_of(name)
        if words:
            plain = [re.sub(r"[^A-Za-z0-9]+", "%", word) for word in re.split(r"[\s,]+", name.strip()) if word]
            for order in [*_orders(words), *_orders(plain)]:
                found.add(re.sub("%+", "%", f"%{'%'.join(order)}%"))
    for phone in phones:
        try:
            number = phonenumbers.parse(phone, None)
        except NumberParseException:
            continue
        national = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL).partition(" ")[2]
        groups = re.findall("[0-9]+", national) or [str(number.national_number)]
        for digits in ("".join(groups), "_".join(groups), groups[0] + "_" + "".join(groups[1:])):
            found.add(f"%{digits}%")
    return sorted(found - {"%"})


def _escaped(text: str) -> str:
    return re.sub(r"([!%_])", r"!\1", text)


def is_in(value: Any, looked_for: re.Pattern[str]) -> bool:
    """Whether any text inside a value (text, or JSON) holds it."""
    match value:
        case str():
            return looked_for.search(_fold(value)[0]) is not None
        case dict():
            return any(is_in(key, looked_for) or is_in(each, looked_for) for key, each in value.items())
        case list() | tuple():
            return any(is_in(each, looked_for) for each in value)
        case _:
            return False


def blanked(value: Any, looked_for: re.Pattern[str], by: str = ERASED) -> Any:
    """The same value without it."""
    match value:
        case str():
            return _blanked(value, looked_for, by)
        case dict():
            return {key: blanked(each, looked_for, by) for key, each in value.items()}
        case list() | tuple():
            return [blanked(each, looked_for, by) for each in value]
        case _:
            return value


def _blanked(text: str, looked_for: re.Pattern[str], by: str) -> str:
    folded, places = _fold(text)
    spans: list[Span] = [(places[one.start()], places[one.end() - 1] + 1) for one in looked_for.finditer(folded)]
    for start, end in reversed(spans):
        text = text[:start] + by + text[end:]
    return text


def passages(value: Any, looked_for: re.Pattern[str], around: int = 120) -> list[str]:
    """Each place where it stands, with a few words around it."""
    if isinstance(value, dict):
        return [text for each in value.values() for text in passages(each, looked_for, around)]
    if isinstance(value, list | tuple):
        return [text for each in value for text in passages(each, looked_for, around)]
    if not isinstance(value, str):
        return []
    folded, places = _fold(value)
    found = []
    for one in looked_for.finditer(folded):
        start, end = places[one.start()], places[one.end() - 1] + 1
        found.append(" ".join(value[max(0, start - around) : end + around].split()))
    return found


def _fold(text: str) -> tuple[str, range | list[int]]:
    """Text without accents and capitals, and where each of its signs stands in the original."""
    if text.isascii():
        return text.casefold(), range(len(text))
    folded: list[str] = []
    places: list[int] = []
    for place, sign in enumerate(text):
        plain = sign if sign.isascii() else _plain(sign)
        folded.append(plain.casefold())
        places += [place] * len(plain)
    return "".join(folded), places


@cache
def _plain(sign: str) -> str:
    # A combining accent belongs to the letter before it; a line separator is a blank.
    return anyascii(sign) if sign.isprintable() else " "


OTHERS = re.compile(r"[a-z0-9._%+'-]+@[a-z0-9.-]+\.[a-z]{2,}|(?<!\d)\+\d[\d\s().\-/]{6,16}\d(?!\d)")
"""Addresses and phone numbers, of whomever."""
