"""What a person set aside in the inbox, and until when."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class InboxPause(Base):
    """One item of one person's inbox that rests until a moment. It is kept by the item's key, whatever it is about."""

    __tablename__ = "inbox_pause"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    item_key: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    until: Mapped[datetime]
