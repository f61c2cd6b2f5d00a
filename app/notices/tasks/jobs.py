"""Reminders of tasks that go out by themselves."""

from __future__ import annotations

from datetime import datetime

from app.core.schedule import daily, every
from app.notices.tasks import service


@every("notices.tasks", minutes=30)
def send(moment: datetime) -> None:
    """At the readers' own hour, on their working days: who was mailed today is not mailed again."""
    service.send(moment)


@daily("notices.tasks_forget", hour=3)
def forget(moment: datetime) -> None:
    service.forget()
