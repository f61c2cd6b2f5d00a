"""The catalogue holds nobody's data."""

from __future__ import annotations

from app.catalogue.models import Service
from app.core.i18n import _l
from app.core.privacy import Holding, Is, Kind, are

HOLDINGS = (
    Holding(
        Service,
        Kind("catalogue", _l("Services"), _l("To say what the vendor sells."), _l("Always.")),
        are(Is.CODE, "code", "names", "hints", "currency"),
    ),
)
