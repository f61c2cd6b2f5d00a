"""What the vendor's own settings hold."""

from __future__ import annotations

from app.core.i18n import _l
from app.core.privacy import Holding, Is, Kept, Kind, are
from app.settings.models import VendorSettings

HOLDINGS = (
    Holding(
        VendorSettings,
        Kind(
            "settings",
            _l("The vendor's own settings"),
            _l("To show and to use the vendor's contact details: our legitimate interest."),
            _l("Until they are changed on the settings page."),
        ),
        are(Is.STAYS, "values"),
        stays={
            "values": Kept(
                _l("These are the vendor's own contact details; they are changed on the settings page."),
                _l("Until they are changed there."),
            )
        },
    ),
)
