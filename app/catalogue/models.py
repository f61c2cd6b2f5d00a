"""A service with its names in five languages."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.i18n import current_locale

PLATFORMS = ("WooCommerce", "PrestaShop", "Magento", "Shopify", "Shopware", "Shoper", "IdoSell", "Lightspeed", "other")
"""Codes are the platforms' own names; `other` is translated."""


class Service(Base):
    """Something the vendor sells. Retired ones stay readable where they were chosen."""

    __tablename__ = "service"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(40), unique=True)
    names: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    hints: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    position: Mapped[int] = mapped_column(default=0)
    offered: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)

    @property
    def name(self) -> str:
        """In the language spoken now; English where that one is missing."""
        return str(self.names.get(current_locale()) or self.names.get("en") or self.code)

    @property
    def hint(self) -> str:
        return str(self.hints.get(current_locale()) or self.hints.get("en") or "")
