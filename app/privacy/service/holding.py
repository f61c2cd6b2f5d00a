"""What is held about a person, in lines that people read: by purpose, with why, how long, and what stays."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from app.core.privacy import Kind
from app.history.service import Actor
from app.privacy.models import Erasure
from app.privacy.service import erasing
from app.privacy.service.looking import Looked, look_within
from app.privacy.service.whom import Found
from app.privacy.sources import holding_of, kinds


@dataclass
class Line:
    """Data kept for one purpose."""

    kind: Kind
    own: int = 0
    """Records about the person."""
    named: int = 0
    """Other records in which they are mentioned."""
    kept: int = 0
    """Records in which something stays in spite of an erasure."""
    stays: list[tuple[Any, Any]] = field(default_factory=list)
    """Why, and until when."""

    @property
    def goes(self) -> int:
        return self.own + self.named


def held(email: str, by: Actor | None) -> tuple[Looked, list[Line]]:
    """Who has this address, and what is held about them, as far as it is counted."""
    looked = look_within(email, by)
    lines: dict[str, Line] = {}
    for tally in looked.tallies:
        line = lines.setdefault(tally.holding.kind.code, Line(tally.holding.kind))
        line.own += tally.own
        line.named += tally.named
        line.kept += max(tally.kept.values(), default=0)
        _add_reasons(line, {f"{tally.holding.table.name}.{column}" for column in tally.kept})
    return looked, list(lines.values())


def outcome(erasure: Erasure) -> list[Line]:
    """What an erasure erased so far, and what stays."""
    lines = {kind.code: Line(kind) for kind in kinds()}
    for code, count in erasure.erased.items():
        if code in lines:
            lines[code].own = count
    for line in lines.values():
        _add_reasons(line, {place for place in erasure.kept if _kind_of(place) == line.kind.code})
    return [line for line in lines.values() if line.own or line.stays]


def _kind_of(place: str) -> str:
    return holding_of(place.partition(".")[0]).kind.code


def _add_reasons(line: Line, places: set[str]) -> None:
    for place in sorted(places):
        table, _dot, column = place.partition(".")
        kept = holding_of(table).stays[column]
        if (kept.why, kept.until) not in line.stays:
            line.stays.append((kept.why, kept.until))


def obstacle(found: Found) -> Any:
    """Why this person cannot be erased now, as a sentence; None when nothing stands in the way."""
    try:
        erasing.refuse_if_needed(found)
    except erasing.CannotErase as refused:
        return refused.message
    return None
