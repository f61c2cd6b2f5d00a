"""What the doors of one plan share: who acts, who may manage, and going back."""

from __future__ import annotations

from collections.abc import Sequence

from app.access import policy
from app.access.guard import actor
from app.access.permissions import P
from app.access.roles import StaffRole
from app.people import queries as people
from app.people.models import Person
from app.plans.models import Plan
from app.plans.party import Hand, staff
from app.plans.queries import at_desk


def the_plan(ref: str) -> Plan:
    """Raises NotFound."""
    return at_desk.find(actor(), ref)


def hand() -> Hand:
    """Whoever is signed in."""
    return staff(actor())


def colleagues() -> list[Person]:
    """Whoever works on plans, account managers first."""
    able = [person for person in people.staff() if policy.allows(person, P.PLANS_WORK)]
    return sorted(able, key=lambda person: StaffRole.ACCOUNT_MANAGER not in person.staff_roles)


def chosen(known: Sequence[Person], ref: str) -> Person | None:
    return next((person for person in known if person.ref == ref), None)
