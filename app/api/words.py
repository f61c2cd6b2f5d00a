"""What becomes of tokens, in words and with a sign."""

from __future__ import annotations

from app.api.queries import State
from app.core.i18n import _l

STATES = {
    State.WORKS: ("check", _l("Works")),
    State.RESTS: ("block", _l("Opens nothing now")),
    State.EXPIRED: ("clock", _l("Expired")),
    State.WITHDRAWN: ("no", _l("Withdrawn")),
}
"""How it stands; `state(*STATES[code])` shows it."""
