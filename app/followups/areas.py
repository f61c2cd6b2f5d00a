"""Where a post code lies, to about ten kilometres: enough to say which service partner is clearly nearer (T2).

The table in `areas.txt` is our own: the centres of two-digit postal areas of the Netherlands, Belgium, Poland and
Finland, and of the departments of France, which are the first digits of a French post code (in Corsica and overseas the
third one belongs to it). No address leaves the house for it. A code that is not there is unknown, which is no error:
the next criterion decides then.
"""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from typing import NamedTuple

_EARTH_KM = 6371.0


class Place(NamedTuple):
    """Degrees north and east."""

    latitude: float
    longitude: float


def area_of(country: str, postcode: str) -> str | None:
    """The code of the area in the table: "30" for "3011 AB" in the Netherlands, "2A" for "20000" in France; None for
    what is no post code."""
    digits = "".join(sign for sign in postcode if sign.isascii() and sign.isdigit())
    if len(digits) < 4:
        return None
    if country == "FR" and digits.startswith("97"):
        return digits[:3]
    if country == "FR" and digits.startswith("20"):
        return "2A" if digits[2] in "01" else "2B"
    return digits[:2]


def place_of(country: str, postcode: str) -> Place | None:
    """The centre of a post code's area; None when we do not know it."""
    code = area_of(country, postcode)
    return places().get((country, code)) if code else None


def distance_km(one: Place, other: Place) -> float:
    """As the crow flies, over the globe."""
    north, other_north = math.radians(one.latitude), math.radians(other.latitude)
    east = math.radians(other.longitude - one.longitude)
    half = math.sin((other_north - north) / 2) ** 2 + math.cos(north) * math.cos(other_north) * math.sin(east / 2) ** 2
    return 2 * _EARTH_KM * math.asin(min(1.0, math.sqrt(half)))


@cache
def places() -> dict[tuple[str, str], Place]:
    """Country and code -> centre: the whole table, read once."""
    found: dict[tuple[str, str], Place] = {}
    for line in Path(__file__).with_name("areas.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            country, code, latitude, longitude, _where = line.split(" ", 4)
            found[country, code] = Place(float(latitude), float(longitude))
    return found
