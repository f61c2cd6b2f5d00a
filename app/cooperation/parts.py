"""How it stands with the work together, on the software partner's page at the desk and on its panel's home."""

from __future__ import annotations

from typing import Any

from app.cooperation import words
from app.cooperation.queries import agreements, goals, marketing, reviews
from app.core.clock import today
from app.integrations import parts
from app.integrations.models import SoftwarePartner
from app.integrations.parts import Made
from app.settings.models import vendor


def _at_desk(partner: SoftwarePartner) -> Made:
    return "cooperation/desk_partner_part.html", {"partner": partner, **_standing(partner)}


def _in_panel(partner: SoftwarePartner) -> Made | None:
    """Nothing before the first of it: the steps say what comes."""
    standing = _standing(partner)
    known = standing["agreement"].shown or standing["review"] or standing["open"] or standing["goals"]
    return ("cooperation/panel_home_part.html", standing) if known else None


def _standing(partner: SoftwarePartner) -> dict[str, Any]:
    """In five queries."""
    day = today(vendor().timezone)
    planned = reviews.planned_of(partner.id)
    open_actions, late = marketing.counts(partner.id, day)
    return {
        "agreement": agreements.of_partner(partner.id),
        "open": open_actions,
        "late": late,
        "goals": [one for one in goals.of_partner(partner, withdrawn=False) if one.goal.until_on >= day],
        "review": planned,
        "meeting": reviews.meeting_of(planned) if planned else None,
        "words": words,
        "day": day,
    }


parts.PARTNER_AT_DESK.append(_at_desk)
parts.PARTNER_IN_PANEL.append(_in_panel)
