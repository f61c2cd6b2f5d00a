"""Arranging sessions in sentences."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.core.clock import now
from app.core.db import db
from app.outbox.models import MailRow
from app.people.models import Person
from app.plans.models import Plan, PlanTraining
from app.trainings.models import Participant, TrainingSession
from app.trainings.service import sessions
from app.trainings.service.sessions import Newcomer, SessionDetails
from tests.sentences import a_staff_member


def details(**values: Any) -> SessionDetails:
    """In a week, at a full hour."""
    begins: datetime = (now() + timedelta(days=7)).replace(minute=0, second=0, microsecond=0)
    return SessionDetails(
        **{
            "title": "Working with customers",
            "starts_at": begins,
            "minutes": 60,
            "timezone": "Europe/Amsterdam",
            "locale": "en",
            "place": "Keizersgracht 1",
            "link": "https://meet.brimora.example/x",
            **values,
        }
    )


def a_session(by: Person | None = None, **values: Any) -> TrainingSession:
    by = by or a_staff_member("account_manager")
    return sessions.plan(details(**{"trainer_id": by.id, **values}), by)


def somebody(name: str = "Jan Wit", **values: Any) -> Newcomer:
    email = f"{name.split(maxsplit=1)[0].lower()}@quillmark.example"
    return Newcomer(**{"name": name, "email": email, "locale": "en", **values})


def participants(session: TrainingSession) -> list[Participant]:
    return list(
        db.session.scalars(
            sa.select(Participant)
            .where(Participant.session_id == session.id)
            .order_by(Participant.id)
            .execution_options(populate_existing=True)
        )
    )


def mails() -> list[tuple[str, str]]:
    """Template and address of what was queued about sessions, in order."""
    rows = sa.select(MailRow.template, MailRow.to_email).where(MailRow.template.like("session%")).order_by(MailRow.id)
    return [(template, email) for template, email in db.session.execute(rows)]


def training_of(plan: Plan, code: str = "crm") -> PlanTraining:
    return db.session.scalars(
        sa.select(PlanTraining).where(PlanTraining.plan_id == plan.id, PlanTraining.code == code)
    ).one()
