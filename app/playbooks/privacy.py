"""What playbooks hold: the vendor's own words, nobody's data."""

from __future__ import annotations

from app.core.i18n import _l
from app.core.privacy import Holding, Is, Kept, Kind, are
from app.playbooks.models import Playbook, PlaybookVersion

_PLAYBOOKS = Kind(
    "playbooks",
    _l("Playbooks"),
    _l("To say what an implementation consists of: the vendor's own words, which name nobody."),
    _l("Always: plans keep the version they started with."),
)
_PUBLISHED = Kept(_l("These words were written by the vendor for all plans."), _l("Always."))

HOLDINGS = (
    Holding(
        PlaybookVersion,
        _PLAYBOOKS,
        {"content": Is.STAYS, "note": Is.STAYS, **are(Is.CODE, "sha256", "origin")},
        actors=("created_by_id", "published_by_id"),
        stays={"content": _PUBLISHED, "note": _PUBLISHED},
    ),
    Holding(
        Playbook,
        _PLAYBOOKS,
        {"titles": Is.STAYS, **are(Is.CODE, "ref", "code", "audience")},
        stays={"titles": _PUBLISHED},
    ),
)
