"""Which digests went out: nobody's data beyond the membership."""

from __future__ import annotations

from app.core.i18n import _l
from app.core.privacy import Holding, Is, Kind, are
from app.notices.models import Digest, TaskDigest

HOLDINGS = (
    Holding(
        Digest,
        Kind(
            "digests",
            _l("Monthly digests"),
            _l("To send each digest once: our legitimate interest."),
            _l("As long as the membership."),
        ),
        are(Is.CODE, "month"),
    ),
    Holding(
        TaskDigest,
        Kind(
            "task_digests",
            _l("Digests of tasks"),
            _l("To send at most one a day: our legitimate interest. Only a keyed digest of the address is kept."),
            _l("Three months."),
        ),
        are(Is.SECRET, "reader"),
    ),
)
