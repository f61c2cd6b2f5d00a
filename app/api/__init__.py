"""The API as a whole: its document and its page, people's tokens, and the vendor's services."""

from __future__ import annotations

from datetime import datetime

from app.core.api import once
from app.core.db import Base
from app.history import service as history


def _created(subject: Base, verb: str, at: datetime) -> None:
    record_type, record_id = history.identity(subject)
    once.about(record_type, record_id)


history.LISTENERS.append(_created)
