"""A lead becomes an account, or joins one; and back, while nothing was built on it (R12)."""

from app.leads.service.conversion.company import key_of
from app.leads.service.conversion.converting import CannotJoin, Choice, FirstPlan, WrongTerms, convert
from app.leads.service.conversion.reversing import (
    CannotReverse,
    made_details,
    made_plan,
    obstacles,
    reverse,
    standing,
)

__all__ = [
    "CannotJoin",
    "CannotReverse",
    "Choice",
    "FirstPlan",
    "WrongTerms",
    "convert",
    "key_of",
    "made_details",
    "made_plan",
    "obstacles",
    "reverse",
    "standing",
]
