"""People as programs read them wherever a record names somebody."""

from __future__ import annotations

from marshmallow import fields

from app.core.api import Shape


class SomebodyShape(Shape):
    ref = fields.String(metadata={"example": "U-2R6C9W4K"})
    name = fields.String()
