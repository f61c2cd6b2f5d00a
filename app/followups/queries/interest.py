"""What a lead answered about the total service."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.access import policy
from app.access.permissions import P
from app.core.db import db
from app.followups.models import Interest
from app.people import queries as people
from app.people.models import Person


def of_lead(lead_id: int) -> Interest | None:
    """With the colleague who raised it."""
    return db.session.scalar(
        sa.select(Interest).where(Interest.lead_id == lead_id).options(joinedload(Interest.raised_by))
    )


def askers() -> list[Person]:
    """Whoever may note an interest, by name."""
    return [person for person in people.staff() if policy.allows(person, P.INTEREST_NOTE)]
