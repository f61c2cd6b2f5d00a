"""Every reason for a rank is a sentence in every language, and names what it counts with (T2)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from flask import Flask

from app.core.i18n import LOCALES, in_locale
from app.followups import reasons
from app.followups.areas import Place
from app.followups.choosing import Candidate, Code, Ranked, rank

DAY = date(2026, 3, 9)
HERE, NEAR, FAR = Place(52.37, 4.90), Place(52.09, 5.11), Place(53.22, 6.57)
LAST = datetime(2026, 3, 3, 12, tzinfo=UTC)


def every_kind() -> list[Ranked]:
    """At least one line of each code."""
    lines = rank(
        [
            Candidate(1, NEAR, companies=5),
            Candidate(2, FAR, companies=1),
            Candidate(3, FAR, companies=3, last=LAST),
            Candidate(4, FAR, companies=3),
            Candidate(5, None, companies=4, last=LAST),
            Candidate(6, FAR, companies=4, last=LAST),
            Candidate(7, FAR, companies=9),
            Candidate(8, FAR, companies=2, capacity=2),
            Candidate(9, HERE, suspended=True),
            Candidate(10, FAR, absences=((DAY, DAY),)),
            Candidate(11, FAR, declined=True),
            Candidate(12, FAR, current=True),
            Candidate(13, FAR, companies=40),
        ],
        13,
        HERE,
        DAY,
        25,
    )
    return [*lines, *rank([Candidate(1, NEAR)], None, HERE, DAY, 25)]


def test_there_is_a_line_of_each_code() -> None:
    assert {line.code for line in every_kind()} == set(Code)


@pytest.mark.usefixtures("context")
@pytest.mark.parametrize("locale", LOCALES)
def test_each_is_a_sentence_in_every_language(app: Flask, locale: str) -> None:
    with in_locale(locale):
        for line in every_kind():
            text = reasons.said(line)
            assert text.endswith(".")
            assert "%(" not in text
            assert "None" not in text


@pytest.mark.usefixtures("context")
def test_the_words_name_what_was_counted(app: Flask) -> None:
    said = {line.id: reasons.said(line) for line in every_kind()[:-1]}

    assert said[13].startswith("The customer wants this service partner.")
    assert said[1] == "Clearly nearest: about 34 km away, 112 km nearer than the next."
    assert said[2] == "Fewest companies: 1. About 147 km away."
    assert said[3].startswith("3 companies. Another one has as many; the last assignment was on 3 March 2026.")
    assert said[4].startswith("3 companies. Another one has as many; this one was never assigned any.")
    assert said[5].endswith("We do not know where its post code lies, so its region does not count.")
    assert said[8].startswith("Full: 2 of 2 companies.")
    assert said[9] == "Suspended. In the same postal area."
    assert said[10].startswith("Absent until 9 March 2026.")
