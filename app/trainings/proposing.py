"""Which session of a series somebody is offered before a starting date: pure, no database (C3).

Days are calendar days on the clock of one time zone: a session on Monday lies three whole days before a starting date
on Thursday, whatever hour it begins at, and whatever the clocks do in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo


def free_places(capacity: int | None, taken: int) -> int | None:
    """Places that are left; None is any number."""
    return None if capacity is None else max(0, capacity - taken)


@dataclass(frozen=True)
class Offer:
    """A session as the choice looks at it."""

    id: int
    starts_at: datetime
    capacity: int | None
    """None is any number."""
    taken: int
    planned: bool = True
    """Neither held nor cancelled."""
    locale: str = ""

    @property
    def free(self) -> int | None:
        return free_places(self.capacity, self.taken)

    def has_places(self, places: int) -> bool:
        return self.free is None or self.free >= places


@dataclass(frozen=True)
class Wish:
    """What a session has to fit."""

    starting_on: date
    ahead: int
    """Whole days that the session has to lie before the starting date."""
    moment: datetime
    """Now: nobody is offered what has begun."""
    timezone: str
    places: int = 1
    """How many people come together."""
    late: bool = False
    """The one that was meant was missed: any session before the starting date will do, and after it the next one."""


Found = TypeVar("Found", bound=Offer)


def fitting(offers: Iterable[Found], wish: Wish) -> list[Found]:
    """All that fit, the earliest first. When it is late and none comes before the starting date, those that come after
    it."""
    coming = _coming(offers, wish.moment, wish.places)
    if not wish.late:
        last = wish.starting_on - timedelta(days=wish.ahead)
        return [offer for offer in coming if _day(offer, wish.timezone) <= last]
    before = [offer for offer in coming if _day(offer, wish.timezone) < wish.starting_on]
    return before or coming


def proposal(offers: Iterable[Found], wish: Wish, locale: str = "") -> Found | None:
    """The latest that fits, so that as little as possible is forgotten by the starting date; when it is late, the
    earliest. Those in the language `locale` go before all others. Of two at the same moment it is the lower id."""
    found = fitting(offers, wish)
    spoken = [offer for offer in found if offer.locale == locale] or found
    if not spoken:
        return None
    if wish.late:
        return spoken[0]
    latest = spoken[-1].starts_at
    return next(offer for offer in spoken if offer.starts_at == latest)


def fits(id: int, offers: Iterable[Offer], wish: Wish) -> bool:
    """Whether this one of the `offers` lies as it should, whether or not it is full: whoever has a place keeps it."""
    with_place = [replace(one, capacity=None) if one.id == id else one for one in offers]
    return any(offer.id == id for offer in fitting(with_place, wish))


def starting_dates(offers: Iterable[Offer], wish: Wish, days: Sequence[date]) -> list[date]:
    """Those of the `days`, in their order, that would work as starting dates: a session fits before them. What the wish
    says of a starting date does not matter, nor whether it is late."""
    coming = _coming(offers, wish.moment, wish.places)
    if not coming:
        return []
    first = _day(coming[0], wish.timezone) + timedelta(days=wish.ahead)
    return [day for day in days if day >= first]


def _coming(offers: Iterable[Found], moment: datetime, places: int) -> list[Found]:
    """To come, with room for them all, in the order of time."""
    found = [offer for offer in offers if offer.planned and offer.starts_at > moment and offer.has_places(places)]
    return sorted(found, key=lambda offer: (offer.starts_at, offer.id))


def _day(offer: Offer, timezone: str) -> date:
    return offer.starts_at.astimezone(ZoneInfo(timezone)).date()
