"""Words that were mistyped: which known words somebody probably meant. Pure, over folded words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

MOST = 5
"""Known words that one mistyped word may stand for."""
_SHORTEST = 3


def meant(words: Sequence[str], known: Iterable[str]) -> list[tuple[str, ...]] | None:
    """For each word the known words that hold it or come nearest to it; None when one of them is like no known word, or
    when all are written as they are known."""
    vocabulary = list(dict.fromkeys(known))
    found = [_meant(word, vocabulary) for word in words]
    if not all(found) or all(near == (word,) for word, near in zip(words, found, strict=True)):
        return None
    return found


def _meant(word: str, known: Sequence[str]) -> tuple[str, ...]:
    if any(word in each for each in known):
        return (word,)
    most = _forgiven(word)
    if not most:
        return ()
    pairs = _pairs(word)
    near = [
        (far, each)
        for each in known
        if len(each) >= _SHORTEST
        and 2 * len(pairs & _pairs(each)) >= len(pairs) - 2
        and (far := distance(word, each)) <= most
    ]
    least = min((far for far, _each in near), default=0)
    return tuple(each for far, each in near if far == least)[:MOST]


def _forgiven(word: str) -> int:
    """Mistakes that are forgiven: one in a short word, three in a long one."""
    return 0 if len(word) < _SHORTEST else 1 if len(word) < 5 else 2 if len(word) < 9 else 3


@lru_cache(maxsize=8192)
def _pairs(word: str) -> frozenset[str]:
    """Neighbouring signs: what is alike shares some, so that few words need to be compared sign by sign."""
    marked = f" {word} "
    return frozenset(marked[at : at + 2] for at in range(len(marked) - 1))


def distance(typed: str, known: str) -> int:
    """Signs too many, too few, wrong, or swapped with their neighbour, until `known` begins with what was typed: who
    searches as they type has not come to the end."""
    before: list[int] = []
    row = list(range(len(known) + 1))
    for here, sign in enumerate(typed, 1):
        earlier, before, row = before, row, [here]
        for there, other in enumerate(known, 1):
            cost = min(before[there] + 1, row[there - 1] + 1, before[there - 1] + (sign != other))
            if earlier and there > 1 and sign == known[there - 2] and typed[here - 2] == other:
                cost = min(cost, earlier[there - 2] + 1)
            row.append(cost)
    return min(row)
