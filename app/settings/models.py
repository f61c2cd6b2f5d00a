"""One row holds the vendor's settings; `Vendor` is the frozen value everybody reads."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, cast

import sqlalchemy as sa
from flask import g, has_app_context
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, db


@dataclass(frozen=True)
class Vendor:
    """Who runs this installation. Days are calendar days unless a name says workdays."""

    name: str = "Gangway"
    country: str = "NL"
    contact_email: str = "contact@gangway.example"
    """Mails come from it, and people write to it."""
    sender_email: str = "noreply@gangway.example"
    """The sender on the envelope, to whom mail servers return what they cannot deliver."""
    footer: str = ""
    """One line for every page and mail: name, address, registration number."""
    default_locale: str = "en"
    timezone: str = "Europe/Amsterdam"
    decision_days: int = 30
    decision_usual_days: int = 7
    lead_answer_workdays: int = 2
    convert_workdays: int = 5
    protection_days: int = 180
    daily_flag: int = 20
    """Registrations a day above which a reseller is flagged to staff (R8)."""
    privacy_notice: bool = False
    """Whether there is one to read. Nobody types it: it stands here because every page's footer asks."""


class VendorSettings(Base):
    """The single row; `values` holds only what differs from the defaults above."""

    __tablename__ = "vendor_settings"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    values: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)


_KEPT = sa.select(cast(sa.Table, VendorSettings.__table__).c["values"]).where(VendorSettings.id == 1)
_FIELDS = {field.name for field in fields(Vendor)}


def vendor() -> Vendor:
    """The vendor's settings as they are now, asked once a request."""
    found: Vendor | None = g.get("gangway_vendor") if has_app_context() else None
    if found is None:
        kept: dict[str, Any] = db.session.connection().execute(_KEPT).scalar_one_or_none() or {}
        found = Vendor(**{key: value for key, value in kept.items() if key in _FIELDS})
        g.gangway_vendor = found
    return found


def changed(**values: Any) -> dict[str, Any]:
    """What to keep: the settings now, with `values`, less what equals the defaults."""
    defaults = asdict(Vendor())
    merged = {**asdict(vendor()), **values}
    return {key: value for key, value in merged.items() if value != defaults[key]}
