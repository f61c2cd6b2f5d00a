"""Reminding staff of applications that wait (R2)."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from app.access import policy
from app.access.permissions import P
from app.core.db import db, write
from app.outbox import service as outbox
from app.outbox.mail import Recipient
from app.partners import emails
from app.partners.models import Application, ApplicationState
from app.people.models import HeldRole, Person
from app.people.queries import with_standing

REMIND_AFTER = (7, 25)
"""Days after which staff are reminded of an application that still waits (R2)."""


def remind_staff(moment: datetime) -> int:
    """Reminds everybody who decides of applications that have waited 7 or 25 days, each time once, and returns how
    many applications were named."""
    with write():
        waiting = list(
            db.session.scalars(
                sa.select(Application)
                .where(Application.state == ApplicationState.SUBMITTED)
                .where(
                    sa.or_(
                        *(
                            sa.and_(
                                Application.reminded_days < days,
                                Application.created_at <= moment - timedelta(days=days),
                            )
                            for days in REMIND_AFTER
                        )
                    )
                )
                .order_by(Application.created_at, Application.id)
                .with_for_update()
                .execution_options(populate_existing=True)
            )
        )
        if not waiting:
            return 0
        for application in waiting:
            application.reminded_days = max(
                days for days in REMIND_AFTER if application.created_at <= moment - timedelta(days=days)
            )
        mail = emails.StaffReminder(
            count=len(waiting),
            applications=[f"{application.company_name} ({application.ref})" for application in waiting],
            oldest=waiting[0].created_at,
            decide_by=min(application.decide_by for application in waiting),
        )
        for person in _deciders():
            outbox.post(mail, Recipient.of(person), conversation="applications")
    return len(waiting)


def _deciders() -> list[Person]:
    holders = db.session.scalars(
        with_standing(sa.select(Person)).where(Person.closed_at.is_(None), Person.id.in_(sa.select(HeldRole.person_id)))
    ).unique()
    return [person for person in holders if policy.allows(person, P.APPLICATIONS_DECIDE)]
