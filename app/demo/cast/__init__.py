"""Who and what appears in the demo: staff, resellers, applicants, clients. All invented; numbers pass their checks."""

from __future__ import annotations

from app.demo.cast import clients
from app.demo.cast.clients import WISHES, Answered, Client, Wish
from app.demo.cast.company import Company
from app.demo.cast.interested import INTERESTED
from app.demo.cast.programme import APPLICANTS, MEMBERS, RESELLERS, Applicant
from app.demo.cast.staff import PASSWORD, STAFF

CLIENTS = (*clients.CLIENTS, *INTERESTED)

__all__ = [
    "APPLICANTS",
    "CLIENTS",
    "MEMBERS",
    "PASSWORD",
    "RESELLERS",
    "STAFF",
    "WISHES",
    "Answered",
    "Applicant",
    "Client",
    "Company",
    "Wish",
]
