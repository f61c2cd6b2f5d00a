"""What the doors of one plan share: who acts, who may manage, and going back."""

from __future__ import annotations

from collections.abc import Sequence

from app.access.guard import actor
from app.people.models import Person
from app.plans.models import Plan
from app.plans.party import Hand, staff
from app.plans.queries import at_desk
from app.plans.queries.at_desk import colleagues

__all__ = ["chosen", "colleagues", "hand", "the_plan"]


def the_plan(ref: str) -> Plan:
    """Raises NotFound."""
    return at_desk.find(actor(), ref)


def hand() -> Hand:
    """Whoever is signed in."""
    return staff(actor())


def chosen(known: Sequence[Person], ref: str) -> Person | None:
    return next((person for person in known if person.ref == ref), None)
