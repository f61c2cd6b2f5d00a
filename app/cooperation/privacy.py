"""What is held about people in the work together with software partners."""

from __future__ import annotations

from app.cooperation.models import Goal, MarketingAction, Review, ReviewAction, SupportAgreement
from app.core.i18n import _l
from app.core.privacy import Holding, Is, Kind, are

_COOPERATION = Kind(
    "cooperation",
    _l("Agreements, marketing, goals and reviews with software partners"),
    _l("To work with the software partner: performance of the contract."),
    _l("As long as the vendor works with the software partner."),
)

HOLDINGS = (
    Holding(ReviewAction, _COOPERATION, part_of=("review_id", "review")),
    Holding(
        Review,
        _COOPERATION,
        {**are(Is.CODE, "ref", "state"), **are(Is.TEXT, "experience", "quality", "results", "reason")},
        actors=("held_by_id",),
        part_of=("partner_id", "software_partner"),
    ),
    Holding(
        Goal,
        _COOPERATION,
        {**are(Is.CODE, "ref", "measure"), "notes": Is.TEXT},
        actors=("set_by_id",),
        part_of=("partner_id", "software_partner"),
    ),
    Holding(
        MarketingAction,
        _COOPERATION,
        {**are(Is.CODE, "ref", "kind", "key"), **are(Is.TEXT, "title", "url", "notes")},
        actors=("owner_id", "done_by_id"),
        part_of=("partner_id", "software_partner"),
    ),
    Holding(
        SupportAgreement,
        _COOPERATION,
        {
            **are(Is.CODE, "ref", "state", "customer_first", "customer_channel", "partner_channel"),
            **are(Is.TEXT, "customer_contact", "partner_contact", "training", "deviation", "remarks"),
        },
        actors=("drafted_by_id", "vendor_by_id", "partner_by_id"),
        part_of=("partner_id", "software_partner"),
    ),
)
