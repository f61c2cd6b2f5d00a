"""Who and what appears in the demo: staff, resellers, applicants, clients. All invented; numbers pass their checks."""

from __future__ import annotations

from app.demo.cast.clients import CLIENTS, WISHES, Client, Wish
from app.demo.cast.company import Company
from app.demo.cast.programme import APPLICANTS, MEMBERS, RESELLERS, Applicant
from app.demo.cast.staff import PASSWORD, STAFF

__all__ = [
    "APPLICANTS",
    "CLIENTS",
    "MEMBERS",
    "PASSWORD",
    "RESELLERS",
    "STAFF",
    "WISHES",
    "Applicant",
    "Client",
    "Company",
    "Wish",
]
