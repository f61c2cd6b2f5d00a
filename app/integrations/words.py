"""Codes of software partners, their products and questions in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.core.i18n import NAMES, _l
from app.integrations.models import PackageKind, PartnerState, PassedOn, QuestionState, Sells, Stage

PARTNER_STATES: Mapping[str, Any] = {
    PartnerState.ACTIVE: _l("Active"),
    PartnerState.ENDED: _l("Ended"),
}
SELLS: Mapping[str, Any] = {
    Sells.POINT_OF_SALE: _l("Point of sale"),
    Sells.WEBSHOP: _l("Webshop"),
}
PASSED_ON: Mapping[str, Any] = {
    PassedOn.SALES: _l("Sales"),
    PassedOn.VAT: _l("VAT"),
    PassedOn.PAYMENT_METHODS: _l("Payment methods"),
    PassedOn.CUSTOMERS: _l("Customers"),
    PassedOn.PRODUCTS: _l("Products"),
}
PACKAGE_KINDS: Mapping[str, Any] = {
    PackageKind.BOOKKEEPING: _l("Bookkeeping package"),
    PackageKind.INVOICING: _l("Invoicing package"),
}
LINK_KINDS: Mapping[str, Any] = {
    "documentation": _l("Documentation"),
    "environment": _l("Test environments"),
    "channel": _l("Where to reach us"),
}
"""In the order in which they stand everywhere."""

STAGES: Mapping[str, Any] = {
    Stage.PREPARING: _l("In preparation"),
    Stage.PILOT: _l("In the pilot, by link only"),
    Stage.LISTED: _l("In the public directory"),
    Stage.WITHDRAWN: _l("Taken out"),
}
STAGE_NEXT: Mapping[str, Any] = {
    Stage.PREPARING: _l("Next: manual and onboarding page are published."),
    Stage.PILOT: _l("Next: a successful pilot with a first customer."),
    Stage.LISTED: "",
    Stage.WITHDRAWN: "",
}
STAGE_GLYPHS: Mapping[str, tuple[str, str]] = {
    Stage.PREPARING: ("open", ""),
    Stage.PILOT: ("wait", ""),
    Stage.LISTED: ("done", "done"),
    Stage.WITHDRAWN: ("no", "done"),
}
"""Sign and tone."""

QUESTION_STATES: Mapping[str, Any] = {
    QuestionState.WAITS_FOR_VENDOR: _l("Waits for our answer"),
    QuestionState.WAITS_FOR_PARTNER: _l("Waits for the software partner"),
    QuestionState.CLOSED: _l("Closed"),
}
"""As staff read them."""

QUESTIONS_IN_PANEL: Mapping[str, Any] = {
    QuestionState.WAITS_FOR_VENDOR: _l("Waits for our answer"),
    QuestionState.WAITS_FOR_PARTNER: _l("Waits for your answer"),
    QuestionState.CLOSED: _l("Closed"),
}
"""As the software partner reads them."""


def said(codes: Iterable[str], words: Mapping[str, Any]) -> list[str]:
    """Codes in words, in the order in which the words stand; what is no code is left out."""
    chosen = set(codes)
    return [str(word) for code, word in words.items() if code in chosen]


def languages(codes: Iterable[str]) -> list[str]:
    """Languages by their own names, in the order given."""
    return [NAMES[code] for code in codes if code in NAMES]
