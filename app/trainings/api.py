"""Trainings for programs: read."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import fields

from app.access.guard import actor, requires, scope
from app.access.permissions import P
from app.access.scopes import Scope
from app.core.api import Door, Moment, Shape, asked, changes_page, listing, shown
from app.core.db import db
from app.core.errors import NotFound
from app.outbox.webhooks.events import ENDPOINTS
from app.people.shapes import SomebodyShape
from app.trainings.forms.api import TrainingFilter
from app.trainings.models import SessionState, TrainingSession
from app.trainings.queries import sessions as queries
from app.trainings.queries.sessions import Filter

blueprint = Door("trainings", __name__, "Meetings at which customers learn: trainings, kick-offs, webinars.")
ENDPOINTS["training"] = "trainings_api.training"


class TrainingShape(Shape):
    ref = fields.String(metadata={"example": "S-6J4V8T2P"})
    title = fields.String()
    about = fields.String(metadata={"description": "What it is about; may be empty"})
    locale = fields.String(metadata={"description": "In which it is held", "example": "pl"})
    state = fields.String(metadata={"enum": [state.value for state in SessionState]})
    starts_at = Moment()
    ends_at = Moment()
    minutes = fields.Integer()
    timezone = fields.String(metadata={"description": "In which it was agreed", "example": "Europe/Warsaw"})
    place = fields.String()
    link = fields.String(metadata={"description": "Where to join from afar; may be empty"})
    capacity = fields.Integer(allow_none=True, metadata={"description": "Places; null for any number"})
    participants = fields.Integer(metadata={"description": "How many take part"})
    trainer = fields.Nested(SomebodyShape, allow_none=True)
    series = fields.Function(
        lambda row: row[0].series.ref if row[0].series else None,
        metadata={"type": ["string", "null"], "description": "Reference of the series that it is of"},
    )
    reason = fields.String(metadata={"description": "Why it was cancelled or moved; else empty"})
    recording_url = fields.String(metadata={"description": "May be empty"})
    recording_minutes = fields.Integer(allow_none=True)
    created_at = Moment()
    updated_at = Moment()
    version = fields.Integer(metadata={"description": "Raised by every change"})

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        """Of a row of the session and how many take part."""
        return obj.participants if attr == "participants" else super().get_attribute(obj[0], attr, default)


@blueprint.operation("GET", "/trainings", gives=TrainingShape, lists=True, asks=TrainingFilter)
@requires(P.TRAININGS_READ)
@scope(Scope.TRAININGS_READ)
def trainings() -> Response:
    """List trainings.

    The one that changed longest ago comes first.
    """
    by = asked(TrainingFilter)
    wanted = Filter(q=by.q.data, trainer=by.trainer.data, series=by.series.data)
    query = queries.with_count(queries.narrowed(queries.visible_to(actor()), wanted, group=False))
    if by.state.data:
        query = query.where(TrainingSession.state == by.state.data)
    if by.starts_since.data is not None:
        query = query.where(TrainingSession.starts_at >= by.starts_since.data)
    return listing(TrainingShape, changes_page(query, by, TrainingSession.updated_at, TrainingSession.id))


@blueprint.operation("GET", "/trainings/<ref>", gives=TrainingShape)
@requires(P.TRAININGS_READ)
@scope(Scope.TRAININGS_READ)
def training(ref: str) -> Response:
    """Read a training."""
    query = queries.with_count(queries.visible_to(actor()).where(TrainingSession.ref == ref))
    found = db.session.execute(query).one_or_none()
    if found is None:
        raise NotFound
    return shown(TrainingShape, found)
