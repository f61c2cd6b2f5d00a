"""One row holds the vendor's settings; `Vendor` is the frozen value everybody reads."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, cast

import sqlalchemy as sa
from flask import g, has_app_context
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, db
from app.settings.colours import DEFAULT, Accent, accent_of


@dataclass(frozen=True)
class Vendor:
    """Who runs this installation. Days are calendar days unless a name says workdays."""

    name: str = "Gangway"
    short_name: str = ""
    """Beside the mark on every page and on top of every mail; "Gangway" while there is none."""
    country: str = "NL"
    contact_email: str = "contact@gangway.example"
    """Mails come from it, and people write to it."""
    sender_email: str = "noreply@gangway.example"
    """The sender on the envelope, to whom mail servers return what they cannot deliver."""
    footer: str = ""
    """One line for every page and mail: name, address, registration number."""
    footers: tuple[tuple[str, str], ...] = ()
    """Country and its own line, where the vendor has one: see `legal_line`."""
    accent: str = DEFAULT
    """The one colour of buttons and links, as `colours.judged` let it pass."""
    logo: str = ""
    """Its key in the file store; "" while there is none."""
    logo_width: int = 0
    logo_height: int = 0
    off: tuple[str, ...] = ()
    """Processes that are switched off, see `processes.py`."""
    default_locale: str = "en"
    timezone: str = "Europe/Amsterdam"
    decision_days: int = 30
    decision_usual_days: int = 7
    lead_answer_workdays: int = 2
    convert_workdays: int = 5
    protection_days: int = 180
    daily_flag: int = 20
    """Registrations a day above which a reseller is flagged to staff (R8)."""
    support_email: str = ""
    """Where customers turn with technical questions, above all after going live (I5)."""
    support_phone: str = ""
    support_url: str = ""
    office_from: str = "09:00"
    """When people answer, Monday to Friday, in the vendor's time zone."""
    office_until: str = "17:00"
    followup_remind_workdays: int = 2
    """Silent for so many working days, a service partner is reminded of a follow-up (T3)."""
    followup_remind_again_workdays: int = 4
    followup_hand_back_workdays: int = 6
    """And after so many the follow-up is the coordinator's again."""
    clearly_nearer_km: int = 25
    """How much nearer than every other a service partner has to be for its region to decide the choice (T2)."""
    reminder_hour: int = 8
    """The hour of the day, at the reader's, from which digests of tasks are mailed (I10)."""
    privacy_notice: bool = False
    """Whether there is one to read. Nobody types it: it stands here because every page's footer asks."""

    @property
    def brand(self) -> str:
        """What the vendor is called in few letters."""
        return self.short_name or "Gangway"

    @property
    def colours(self) -> Accent:
        return accent_of(self.accent)

    def legal_line(self, country: str | None, locale: str) -> str:
        """The legal line for a reader: by the country of the organisation they work for, where that is known, else by
        the country in which only their language is at home; where there is no line of its own, the general one. A
        Belgian reseller reads the Belgian line in either language; a visitor who reads Dutch or French without being
        signed in gets the line of the Netherlands or of France (docs/decisions/011-brand.md)."""
        own = dict(self.footers)
        return own.get(country or _AT_HOME.get(locale, ""), "") or self.footer


_AT_HOME = {"nl": "NL", "pl": "PL", "fi": "FI", "fr": "FR"}


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
        found = Vendor(**{key: _frozen(value) for key, value in kept.items() if key in _FIELDS})
        g.gangway_vendor = found
    return found


def _frozen(value: Any) -> Any:
    """JSON has lists; a `Vendor` can be compared and remembered."""
    return tuple(_frozen(one) for one in value) if isinstance(value, list) else value


def changed(**values: Any) -> dict[str, Any]:
    """What to keep: the settings now, with `values`, less what equals the defaults."""
    defaults = asdict(Vendor())
    merged = {**asdict(vendor()), **values}
    return {key: value for key, value in merged.items() if value != defaults[key]}
