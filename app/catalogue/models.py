"""A service with its names in five languages."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.i18n import current_locale
from app.core.money import Hundredths

PLATFORMS = ("WooCommerce", "PrestaShop", "Magento", "Shopify", "Shopware", "Shoper", "IdoSell", "Lightspeed", "other")
"""Codes are the platforms' own names; `other` is translated."""


PERIODS = (0, 1, 6, 12, 36)
"""Months between two invoices for a service; 0 for one-off."""


class Service(Base):
    """Something the vendor sells. Retired ones stay readable where they were chosen."""

    __tablename__ = "service"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(40), unique=True)
    names: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    hints: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    position: Mapped[int] = mapped_column(default=0)
    offered: Mapped[bool] = mapped_column(default=True)
    net: Mapped[Decimal | None] = mapped_column(Hundredths)
    """The usual net amount of one period, from which billing details begin; None when it is agreed each time."""
    currency: Mapped[str] = mapped_column(sa.String(3), default="EUR", server_default="EUR")
    vat_rate: Mapped[Decimal | None] = mapped_column(Hundredths)
    """In per cent; None where no VAT is charged."""
    months: Mapped[int] = mapped_column(default=1, server_default="1")
    """Length of a billing period: 0 for one-off, else 1, 6, 12 or 36."""
    version: Mapped[int] = mapped_column(default=1)

    @property
    def name(self) -> str:
        """In the language spoken now; English where that one is missing."""
        return str(self.names.get(current_locale()) or self.names.get("en") or self.code)

    @property
    def hint(self) -> str:
        return str(self.hints.get(current_locale()) or self.hints.get("en") or "")
