"""Whom to propose as service partner for a company (T2): pure, without a database, so that it can be proved.

The criteria count one after the other, never against each other: the customer's wish; else the region, when one partner
is clearly nearer than all others; else the fewest companies, counting customers and open assignments; of equals the one
who was given a company longest ago. What cannot take the company on now is not proposed, and says why.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from app.followups.areas import Place, distance_km


class Code(enum.StrEnum):
    """Why a partner stands where it stands. The values that go with each stand beside it."""

    WISH = "wish"
    """The customer asked for it, knows it, or was referred by it."""
    REGION = "region"
    """Clearly nearer than every other: `km`, and `nearer` than the next by so many kilometres."""
    ONLY = "only"
    """There is nobody else to propose: `companies`."""
    FEWEST = "fewest"
    """Fewer `companies` than all that no earlier criterion put first."""
    MORE = "more"
    """It has so many `companies`."""
    LONGEST = "longest"
    """As many `companies` as another one; between them it counts that it was given one longer ago: `last`, a moment in
    ISO form, None for never."""
    ENTRY = "entry"
    """Alike in everything: `companies`, `last`; the one that was entered first comes first."""

    FULL = "full"
    """`companies` of `capacity`."""
    SUSPENDED = "suspended"
    ABSENT = "absent"
    """`until`, the last day in ISO form."""
    DECLINED = "declined"
    """It said no to this lead before."""
    CURRENT = "current"
    """The company is its own already."""


class Remark(enum.StrEnum):
    """What is said besides about the region."""

    COMPANY_NOWHERE = "company_nowhere"
    """The company's post code is not known to us, so the region says nothing."""
    PARTNER_NOWHERE = "partner_nowhere"
    """The partner's is not."""
    NOT_CLEARLY = "not_clearly"
    """The nearest one, but not clearly: only `nearer` kilometres, where `needed` are."""


@dataclass(frozen=True)
class Candidate:
    """A service partner as the choice sees it."""

    id: int
    """Of its record; the last criterion of all."""
    place: Place | None = None
    companies: int = 0
    """Active customers and open assignments together."""
    capacity: int | None = None
    suspended: bool = False
    absences: tuple[tuple[date, date], ...] = ()
    """First and last day of each."""
    declined: bool = False
    current: bool = False
    last: datetime | None = None
    """When it was given a company last."""


@dataclass(frozen=True)
class Ranked:
    """A candidate in its rank. Comparable, and the same whatever order the candidates were given in."""

    id: int
    rank: int | None
    """1 for the first; None for one that is not proposed."""
    code: Code
    values: dict[str, Any] = field(default_factory=dict)
    km: int | None = None
    """How far it is from the company, between the centres of the postal areas."""
    remark: Remark | None = None
    remark_values: dict[str, Any] = field(default_factory=dict)

    @property
    def is_proposable(self) -> bool:
        return self.rank is not None

    def to_json(self) -> dict[str, Any]:
        """What is kept with the assignment."""
        return {
            "partner": self.id,
            "rank": self.rank,
            "code": self.code.value,
            "values": self.values,
            "km": self.km,
            "remark": self.remark.value if self.remark else None,
            "remark_values": self.remark_values,
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Ranked:
        return cls(
            id=kept["partner"],
            rank=kept["rank"],
            code=Code(kept["code"]),
            values=kept["values"],
            km=kept["km"],
            remark=Remark(kept["remark"]) if kept["remark"] else None,
            remark_values=kept["remark_values"],
        )


def rank(
    candidates: Iterable[Candidate], wish: int | None, place: Place | None, day: date, threshold_km: int
) -> list[Ranked]:
    """Every candidate, the proposed ones in their rank, then the others with the reason why not.

    `wish` is the id of the partner whom the customer wants; it comes first if it can take the company on. The region
    is asked once, among those for whom nobody wished: whoever is nearest by at least `threshold_km` comes next. All
    others follow by the number of their companies. So a partner that moves nearer can only rise.
    """
    everybody = sorted(candidates, key=lambda one: one.id)
    away = {one.id: distance_km(place, one.place) for one in everybody if place and one.place}
    obstacles = {one.id: obstacle for one in everybody if (obstacle := _obstacle(one, day))}
    free = [one for one in everybody if one.id not in obstacles]
    wished = [one for one in free if one.id == wish]
    rest = [one for one in free if one.id != wish]
    nearest, nearer = _nearest(rest, away)
    decides = nearest is not None and nearer > 0 and nearer >= threshold_km
    others = sorted((one for one in rest if not (decides and one is nearest)), key=_turn)
    alone = len(free) == 1

    made: list[Ranked] = [_placed(one, 1, Code.WISH, {}, away) for one in wished]
    if decides and nearest is not None:
        how = {"km": round(away[nearest.id]), "nearer": int(nearer)}
        made.append(_placed(nearest, len(made) + 1, Code.REGION, how, away))
    for one in others:
        code = Code.ONLY if alone else _by_turn(one, others)
        values: dict[str, Any] = {"companies": one.companies}
        if code in (Code.LONGEST, Code.ENTRY):
            values["last"] = one.last.astimezone(UTC).isoformat() if one.last else None
        remark, remark_values = _remark(one, place, nearest, nearer, threshold_km)
        made.append(_placed(one, len(made) + 1, code, values, away, remark, remark_values))
    for one in sorted((one for one in everybody if one.id in obstacles), key=lambda one: (one.id != wish, one.id)):
        code, values = obstacles[one.id]
        made.append(_placed(one, None, code, values, away))
    return made


def suggestion(ranked: Sequence[Ranked]) -> int | None:
    """Who is proposed: the first one; None when nobody can take the company on."""
    return ranked[0].id if ranked and ranked[0].is_proposable else None


def reason_for(ranked: Sequence[Ranked], id: int) -> Ranked | None:
    """The line of one partner."""
    return next((one for one in ranked if one.id == id), None)


def _obstacle(one: Candidate, day: date) -> tuple[Code, dict[str, Any]] | None:
    """Why it is not proposed, the reason that lasts longest first; None when it is."""
    if one.current:
        return Code.CURRENT, {}
    if one.declined:
        return Code.DECLINED, {}
    if one.suspended:
        return Code.SUSPENDED, {}
    until = [last for first, last in one.absences if first <= day <= last]
    if until:
        return Code.ABSENT, {"until": max(until).isoformat()}
    if one.capacity is not None and one.companies >= one.capacity:
        return Code.FULL, {"companies": one.companies, "capacity": one.capacity}
    return None


def _nearest(among: Sequence[Candidate], away: dict[int, float]) -> tuple[Candidate | None, float]:
    """The nearest of those whose distance is known, and by how many kilometres it beats the second nearest. With fewer
    than two of them nobody is nearer than somebody else."""
    known = sorted((one for one in among if one.id in away), key=lambda one: (away[one.id], one.id))
    if len(known) < 2:
        return None, 0.0
    return known[0], away[known[1].id] - away[known[0].id]


def _turn(one: Candidate) -> tuple[int, float, int]:
    """Fewest companies; of equals who waits longest, before all who was never asked; at last the order of entry."""
    return one.companies, one.last.timestamp() if one.last else float("-inf"), one.id


def _by_turn(one: Candidate, others: Sequence[Candidate]) -> Code:
    """What put it before or behind those with whom it was compared."""
    equals = [other for other in others if other.id != one.id and other.companies == one.companies]
    if any(other.last == one.last for other in equals):
        return Code.ENTRY
    if equals:
        return Code.LONGEST
    return Code.FEWEST if one is others[0] else Code.MORE


def _remark(
    one: Candidate, place: Place | None, nearest: Candidate | None, nearer: float, threshold_km: int
) -> tuple[Remark | None, dict[str, Any]]:
    if place is None:
        return Remark.COMPANY_NOWHERE, {}
    if one.place is None:
        return Remark.PARTNER_NOWHERE, {}
    if one is nearest:
        return Remark.NOT_CLEARLY, {"nearer": int(nearer), "needed": threshold_km}
    return None, {}


def _placed(
    one: Candidate,
    rank: int | None,
    code: Code,
    values: dict[str, Any],
    away: dict[int, float],
    remark: Remark | None = None,
    remark_values: dict[str, Any] | None = None,
) -> Ranked:
    km = round(away[one.id]) if one.id in away else None
    return Ranked(one.id, rank, code, values, km, remark, remark_values or {})
