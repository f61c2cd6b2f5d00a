"""Sums of reports say how many; nobody is named in them but by number: who decided."""

from __future__ import annotations

from app.core.i18n import _l
from app.core.privacy import Holding, Is, Kind, are
from app.reports.models import LeadCount, LeadDays, ReportMark

_REPORTS = Kind(
    "reports",
    _l("Sums for reports"),
    _l("To know how long the vendor's work takes: legitimate interest."),
    _l("As long as the leads that are counted."),
)

HOLDINGS = (
    Holding(LeadCount, _REPORTS, are(Is.CODE, "grain"), actors=("decided_by_id",)),
    Holding(LeadDays, _REPORTS, are(Is.CODE, "grain", "step"), actors=("decided_by_id",)),
    Holding(ReportMark, _REPORTS, are(Is.CODE, "basis")),
)
