"""The table of postal areas: complete, in its country, and right enough to say who is clearly nearer (T2)."""

from __future__ import annotations

import pytest

from app.followups.areas import area_of, distance_km, place_of, places

TWO_DIGITS = {f"{code:02}" for code in range(100)}
UNUSED = {
    "NL": frozenset(f"{code:02}" for code in range(10)),
    "BE": frozenset(f"{code:02}" for code in (*range(10), 27, 52, 54, 57, 58, 59, 63, 72, 74, 81)),
    "PL": frozenset({"79"}),
    "FI": frozenset[str](),
    "FR": frozenset({"00", "96", "99"}),
}
"""First two digits that no post code of the country has."""
BOXES = {
    "NL": (50.7, 53.6, 3.3, 7.3),
    "BE": (49.4, 51.6, 2.5, 6.5),
    "PL": (49.0, 54.9, 14.1, 24.2),
    "FI": (59.7, 70.1, 19.1, 31.6),
    "FR": (41.3, 51.1, -5.2, 9.6),
}
"""South, north, west, east."""


@pytest.mark.parametrize("country", ["NL", "BE", "PL", "FI"])
def test_every_two_digits_are_there_or_known_as_unused(country: str) -> None:
    there = {code for known, code in places() if known == country}

    assert there.isdisjoint(UNUSED[country])
    assert there | UNUSED[country] == TWO_DIGITS


def test_every_department_of_france_is_there() -> None:
    there = {code for known, code in places() if known == "FR"}

    mainland = {f"{code:02}" for code in range(1, 96)} - {"20"}
    assert there == mainland | {"2A", "2B"} | {f"97{last}" for last in range(1, 7)}


def test_every_centre_lies_in_its_country() -> None:
    outside = []
    for (country, code), place in places().items():
        south, north, west, east = BOXES[country]
        inside = south <= place.latitude <= north and west <= place.longitude <= east
        if not inside and not (country == "FR" and code.startswith("97")):
            outside.append((country, code, place))
    assert not outside


@pytest.mark.parametrize(
    ("country", "one", "other", "km", "tolerance"),
    [
        ("NL", "1012 AB", "3011 AB", 57, 8),  # Amsterdam, Rotterdam
        ("NL", "9711 AB", "6211 AB", 265, 15),  # Groningen, Maastricht
        ("NL", "2511 AB", "3511 AB", 56, 8),  # The Hague, Utrecht
        ("BE", "1000", "2000", 42, 8),  # Brussels, Antwerp
        ("BE", "9000", "4000", 138, 12),  # Ghent, Liège
        ("PL", "80-001", "30-001", 486, 15),  # Gdańsk, Kraków
        ("PL", "00-001", "50-001", 301, 15),  # Warszawa, Wrocław
        ("PL", "60-001", "20-001", 414, 20),  # Poznań, Lublin
        ("FI", "00100", "90100", 540, 20),  # Helsinki, Oulu
        ("FI", "33100", "20100", 142, 12),  # Tampere, Turku
        ("FI", "96100", "70100", 420, 25),  # Rovaniemi, Kuopio
        ("FR", "75001", "69001", 392, 15),  # Paris, Lyon
        ("FR", "33000", "67000", 760, 30),  # Bordeaux, Strasbourg
        ("FR", "20000", "20200", 62, 25),  # Corsica's south and north
    ],
)
def test_known_distances(country: str, one: str, other: str, km: int, tolerance: int) -> None:
    here, there = place_of(country, one), place_of(country, other)

    assert here is not None
    assert there is not None
    assert abs(distance_km(here, there) - km) <= tolerance


def test_over_the_border_counts_the_same() -> None:
    breda, antwerp = place_of("NL", "4811 AA"), place_of("BE", "2000")
    lille, kortrijk = place_of("FR", "59000"), place_of("BE", "8500")

    assert breda is not None
    assert antwerp is not None
    assert abs(distance_km(breda, antwerp) - 47) < 8
    assert lille is not None
    assert kortrijk is not None
    assert distance_km(lille, kortrijk) < 50


@pytest.mark.parametrize(
    ("country", "neighbours", "km"),
    [
        ("NL", ["10", "11", "14", "15", "19", "20", "21"], 35),
        ("NL", ["97", "98", "99", "96"], 45),
        ("NL", ["60", "61", "62", "63", "64"], 45),
        ("BE", ["10", "11", "12", "16", "17", "18", "19"], 25),
        ("BE", ["20", "21", "26", "25", "29"], 25),
        ("PL", ["00", "01", "02", "03", "04", "05"], 20),
        ("PL", ["90", "91", "92", "93", "94", "95"], 15),
        ("PL", ["80", "81", "83", "84"], 65),
        ("FI", ["00", "01", "02", "04"], 45),
        ("FI", ["33", "36", "37"], 35),
        ("FR", ["75", "91", "92", "93", "94", "95", "78"], 60),
    ],
)
def test_neighbours_are_near(country: str, neighbours: list[str], km: int) -> None:
    first = places()[country, neighbours[0]]

    assert {
        code: distance_km(first, places()[country, code])
        for code in neighbours
        if distance_km(first, places()[country, code]) > km
    } == {}


def test_nobody_stands_alone() -> None:
    """An area whose next one is far away would be a slip of the pen."""
    for (country, code), place in places().items():
        if country == "FR" and code.startswith("97"):
            continue
        nearest = min(
            distance_km(place, other) for key, other in places().items() if key[0] == country and other != place
        )
        assert nearest < (150 if country == "FI" else 100 if country == "FR" else 70), (country, code, nearest)


def test_a_post_code_is_read_as_it_is_written() -> None:
    assert area_of("NL", "3011 AB") == "30"
    assert area_of("PL", "00-950") == "00"
    assert area_of("FI", "00100") == "00"
    assert area_of("FR", "20000") == "2A"
    assert area_of("FR", "20137") == "2A"
    assert area_of("FR", "20200") == "2B"
    assert area_of("FR", "20600") == "2B"
    assert area_of("FR", "97400") == "974"
    assert area_of("FR", "69002") == "69"


@pytest.mark.parametrize(("country", "typed"), [("NL", ""), ("NL", "x"), ("PL", "79-100"), ("DE", "10115"), ("", "1")])
def test_what_we_do_not_know_is_unknown(country: str, typed: str) -> None:
    assert place_of(country, typed) is None
