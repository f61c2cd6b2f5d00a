"""Shapes of what the API gives: marshmallow schemas, of which the document is made too."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from marshmallow import Schema, fields

from app.core.forms import BaseForm, IntegerField, Optional, TextField
from app.core.forms.control import Control
from app.core.i18n import _, _l


class Shape(Schema):
    """A record as programs see it. Fields carry `metadata={"description": ..., "example": ...}` for the document."""


class Moment(fields.DateTime):
    """A moment in UTC, ISO 8601 with microseconds: `2026-03-09T13:05:00.000000Z`."""

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **more: Any) -> str | None:
        return None if value is None else written(value)


def written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class Amount(Schema):
    """Money: the amount as text with two decimals, so that nobody rounds it, and the currency's code. Give it a pair
    of both."""

    amount = fields.Function(lambda pair: f"{pair[0]:.2f}", metadata={"type": "string", "example": "12.50"})
    currency = fields.Function(lambda pair: pair[1], metadata={"type": "string", "example": "EUR"})


class MomentField(Control):
    """A moment as programs write it, with its zone; None when empty."""

    data: datetime | None

    def process_data(self, value: Any) -> None:
        self.data = value

    def read(self, typed: str) -> None:
        self.data = None
        super().read(typed)
        text, self.data = self._typed or "", None
        if not text:
            return
        try:
            found = datetime.fromisoformat(text.replace(" ", "+"))  # a plus in an address reads as a blank
        except ValueError:
            found = None
        if found is None or found.tzinfo is None or not 1900 <= found.year <= 2199:
            raise ValueError(_("Send a moment with its zone, for example 2026-03-09T13:05:00Z"))
        self.data = found.astimezone(UTC)


class ListForm(BaseForm):
    """What every list takes in its address; features add their filters."""

    after = TextField(
        _l("The cursor that the answer before gave; leave it out for the beginning"), [Optional()], limit=1000
    )
    limit = IntegerField(_l("How many of them an answer holds: 50 unless you say"), [Optional()], least=1, most=100)


class ChangesForm(ListForm):
    """Of a list in the order in which its records changed."""

    updated_since = MomentField(_l("Changed at this moment or since"), [Optional()])
