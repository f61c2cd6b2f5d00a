"""A case from hand to hand: assigned, handed in, returned, completed; its worker never validates it (C4, C5, C7)."""

from app.plans.service.cases.assigning import MOST, Assigned, Wanted, assign, assign_all, hand_over, take_back
from app.plans.service.cases.judging import complete, give_back, hand_in
from app.plans.service.cases.rules import (
    CaseMovedOn,
    NotItsWorker,
    NotLeading,
    NotOfTheTeam,
    OwnWork,
    StillOpen,
    is_validated,
)

__all__ = [
    "MOST",
    "Assigned",
    "CaseMovedOn",
    "NotItsWorker",
    "NotLeading",
    "NotOfTheTeam",
    "OwnWork",
    "StillOpen",
    "Wanted",
    "assign",
    "assign_all",
    "complete",
    "give_back",
    "hand_in",
    "hand_over",
    "is_validated",
    "take_back",
]
