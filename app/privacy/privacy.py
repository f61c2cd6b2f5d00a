"""What requests of persons, erasures and retention hold themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.core.db import db
from app.core.i18n import _l
from app.core.privacy import ERASED, Holding, Is, Kind, Rule, are, erased_address
from app.history.privacy import forget_records
from app.privacy.models import Erasure, PersonLook, PrivacyRequest, PrivacyState, RetentionPeriod, RetentionRun

_REQUESTS = Kind(
    "requests",
    _l("Requests about personal data"),
    _l("To answer them in time, and to prove that they were answered: a legal obligation."),
    _l("Three years after the answer."),
)
_ERASURES = Kind(
    "erasures",
    _l("Erasures"),
    _l(
        "To prove that an erasure was made, and to make it again after a backup was restored: a legal obligation. Only "
        "a keyed digest of the address is kept."
    ),
    _l("Always."),
)


def _old(before: datetime) -> sa.Select[Any]:
    over = (PrivacyState.GRANTED, PrivacyState.REFUSED, PrivacyState.WITHDRAWN)
    return (
        sa.select(PrivacyRequest.id)
        .where(
            PrivacyRequest.state.in_(over),
            sa.func.coalesce(PrivacyRequest.decided_at, PrivacyRequest.created_at) < before,
            PrivacyRequest.email.not_like("%@erased.invalid"),
        )
        .order_by(PrivacyRequest.id)
    )


def _forget(ids: Sequence[int]) -> None:
    for request in db.session.scalars(sa.select(PrivacyRequest).where(PrivacyRequest.id.in_(ids))):
        request.email, request.name = erased_address(request.id), ERASED
        request.text = request.answer = request.extension = None
        request.version += 1
    forget_records("privacy_request", ids)


HOLDINGS = (
    Holding(
        PrivacyRequest,
        _REQUESTS,
        {
            **are(Is.CODE, "ref", "asked_for", "state", "locale", "country", "came_by", "outcome"),
            "text": Is.OWN,
            **are(Is.TEXT, "answer", "extension"),
            "email": Is.EMAIL,
            "name": Is.NAME,
        },
        actors=("filed_by_id", "decided_by_id"),
    ),
    Holding(
        Erasure,
        _ERASURES,
        {**are(Is.CODE, "ref", "digest", "state", "erased", "kept", "lease_owner"), **are(Is.SECRET, "whom")},
        actors=("by_id",),
    ),
    Holding(
        PersonLook,
        _ERASURES,
        {**are(Is.CODE, "ref", "digest", "found", "lease_owner"), **are(Is.SECRET, "whom")},
        actors=("by_id",),
    ),
    Holding(RetentionPeriod, _ERASURES, are(Is.CODE, "rule")),
    Holding(RetentionRun, _ERASURES, are(Is.CODE, "rule")),
)

RULES = (
    Rule(
        "privacy_requests",
        _l("Names, addresses and words in requests about personal data"),
        _l("the day of the answer"),
        1096,
        _old,
        _forget,
        least=365,
        after=_l("What was asked and decided, and when."),
    ),
)
