"""What people set aside in their inbox."""

from __future__ import annotations

from app.core.i18n import _l
from app.core.privacy import Holding, Is, Kind, are
from app.web.models import InboxPause

HOLDINGS = (
    Holding(
        InboxPause,
        Kind(
            "inbox",
            _l("What is set aside in the inbox"),
            _l("To show it again on its day: performance of the contract."),
            _l("Until that day."),
        ),
        are(Is.CODE, "item_key"),
        persons=("person_id",),
        goes=True,
    ),
)
