"""What the kernel's own tables hold: nobody's data, but for what an error of a job may quote."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.core.api.once import ApiAnswer
from app.core.db import db
from app.core.heartbeat import Heartbeat
from app.core.i18n import _l
from app.core.privacy import Holding, Is, Kind, Rule, are
from app.core.schedule import JobRun

_RUNS = Kind(
    "job_runs",
    _l("Runs of regular jobs"),
    _l("To see that regular jobs ran, and why one failed: our legitimate interest in a product that works."),
    _l("One month."),
)

_ANSWERS = Kind(
    "api_answers",
    _l("Answers to programs"),
    _l("To give a program that sends a request twice the same answer: our legitimate interest. They are encrypted."),
    _l("Two days."),
)


def _old_answers(before: datetime) -> sa.Select[Any]:
    return sa.select(ApiAnswer.id).where(ApiAnswer.created_at < before).order_by(ApiAnswer.id)


def _forget_answers(ids: Sequence[int]) -> None:
    db.session.execute(sa.delete(ApiAnswer).where(ApiAnswer.id.in_(ids)))


HOLDINGS = (
    Holding(ApiAnswer, _ANSWERS, {**are(Is.CODE, "key", "method", "path", "digest", "headers"), "body": Is.SECRET}),
    Holding(Heartbeat, _RUNS, are(Is.CODE, "name")),
    Holding(JobRun, _RUNS, {**are(Is.CODE, "name", "slot"), "error": Is.TEXT}),
)

RULES = (
    Rule(
        "api_answers",
        _l("Answers to programs"),
        _l("the day of the request"),
        2,
        _old_answers,
        _forget_answers,
        after=_l("Nothing: the same request sent once more is a new one."),
    ),
)
