"""How far a company that signed up is, as its software partner reads it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.core.i18n import _l
from app.leads.models import LeadState

STATES: Mapping[str, Any] = {
    LeadState.SUBMITTED: _l("Being checked"),
    LeadState.ACCEPTED: _l("Accepted, becomes a customer"),
    LeadState.CONVERTED: _l("Customer"),
    LeadState.DECLINED: _l("Declined"),
    LeadState.WITHDRAWN: _l("Withdrawn"),
}
_GLYPHS: Mapping[str, tuple[str, str]] = {
    LeadState.SUBMITTED: ("wait", ""),
    LeadState.ACCEPTED: ("open", "ours"),
    LeadState.CONVERTED: ("done", "done"),
}


def glyph_of(state: str) -> tuple[str, str]:
    """Sign and tone."""
    return _GLYPHS.get(state, ("no", "done"))
