"""Codes of agreements, marketing, goals and reviews in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.cooperation.models import ActionKind, AgreementState, Measure, ReviewState
from app.core.i18n import _l
from app.settings.models import vendor

AGREEMENT_STATES: Mapping[str, Any] = {
    AgreementState.DRAFT: _l("Draft"),
    AgreementState.PROPOSED: _l("Proposed"),
    AgreementState.IN_FORCE: _l("In force"),
    AgreementState.SUPERSEDED: _l("Earlier version"),
}
FIRST: Mapping[str, Any] = {
    "partner": _l("The software partner"),
    "vendor": _l("The vendor"),
}
"""Whom an end customer asks first."""

CHANNELS: Mapping[str, Any] = {
    "email": _l("E-mail"),
    "phone": _l("Phone"),
    "portal": _l("Customer portal"),
    "chat": _l("Chat"),
}
KINDS: Mapping[str, Any] = {
    ActionKind.SOCIAL_MEDIA: _l("Social media"),
    ActionKind.NEWSLETTER: _l("Newsletter"),
    ActionKind.APP_STORE: _l("Listing in an app store"),
    ActionKind.WEBSITE: _l("Website"),
    ActionKind.EVENT: _l("Event"),
    ActionKind.OTHER: _l("Something else"),
}
MEASURES: Mapping[str, Any] = {
    Measure.LEADS: _l("Leads"),
    Measure.ACCOUNTS: _l("Accounts"),
    Measure.LIVE_PLANS: _l("Live customers"),
}
MEASURED: Mapping[str, Any] = {
    Measure.LEADS: _l("Companies that signed up through the software partner."),
    Measure.ACCOUNTS: _l("Accounts that are credited to the software partner."),
    Measure.LIVE_PLANS: _l("Customers credited to the software partner who went live."),
}
REVIEW_STATES: Mapping[str, Any] = {
    ReviewState.PLANNED: _l("Planned"),
    ReviewState.HELD: _l("Held"),
    ReviewState.CANCELLED: _l("Cancelled"),
}
MARKS: Mapping[int, Any] = {
    5: _l("5: very good"),
    4: _l("4: good"),
    3: _l("3: sufficient"),
    2: _l("2: poor"),
    1: _l("1: very poor"),
}


def first(code: str) -> Any:
    """Whom an end customer asks first, the vendor by its name."""
    return vendor().name if code == "vendor" else FIRST[code]


def sides() -> list[tuple[str, Any]]:
    """Who does an action that was agreed in a review, by the sides of a plan."""
    return [("customer", FIRST["partner"]), ("vendor", vendor().name)]


def firsts() -> list[tuple[str, Any]]:
    return [(code, first(code)) for code in FIRST]
