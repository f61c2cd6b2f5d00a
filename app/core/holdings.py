"""What the kernel's own tables hold: nobody's data, but for what an error of a job may quote."""

from __future__ import annotations

from app.core.heartbeat import Heartbeat
from app.core.i18n import _l
from app.core.privacy import Holding, Is, Kind, are
from app.core.schedule import JobRun

_RUNS = Kind(
    "job_runs",
    _l("Runs of regular jobs"),
    _l("To see that regular jobs ran, and why one failed: our legitimate interest in a product that works."),
    _l("One month."),
)

HOLDINGS = (
    Holding(Heartbeat, _RUNS, are(Is.CODE, "name")),
    Holding(JobRun, _RUNS, {**are(Is.CODE, "name", "slot"), "error": Is.TEXT}),
)
