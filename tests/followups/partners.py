"""Arranging service partners and leads to choose one for: `a_service_partner()`, `a_wanting_lead()`."""

from __future__ import annotations

import itertools
from typing import Any

from app.access.roles import OrganisationKind
from app.core.clock import now, today
from app.core.db import db, write
from app.core.search import fold, search_text
from app.followups.models import Answer, Interest, Level, ServicePartner
from app.leads.models import Lead
from tests.leads.sentences import a_lead
from tests.sentences import a_member_of, an_organisation

_number = itertools.count(1)


def a_service_partner(name: str = "", *, owner: str = "", **values: Any) -> ServicePartner:
    """An active one in Poznań with nothing to do yet; with `owner` its organisation has one."""
    number = next(_number)
    name = name or f"Bilans {number}"
    organisation = an_organisation(name, OrganisationKind.SERVICE_PARTNER)
    if owner:
        a_member_of(organisation, owner)
    own = {
        "email": f"office{number}@bilans.example",
        "phone": "+48612345678",
        "country": "PL",
        "postcode": "61-001",
        "city": "Poznań",
        "company_key": f"PL:partner{number}",
        **values,
    }
    partner = ServicePartner(
        organisation_id=organisation.id,
        created_at=now(),
        updated_at=now(),
        name_sort=fold(name),
        **{"search": search_text(name, own["city"]), **own},
    )
    with write():
        db.session.add(partner)
    return partner


def a_wanting_lead(level: str = "total", answer: str = "yes", **values: Any) -> Lead:
    """A lead that wants the total service."""
    lead = a_lead(interest=False, **values)
    with write():
        db.session.add(
            Interest(
                lead_id=lead.id,
                level=Level(level),
                answer=Answer(answer),
                reason="price" if answer == "no" else None,
                why="",
                raised_by_id=None,
                raised_on=today("Europe/Amsterdam"),
                created_at=now(),
                updated_at=now(),
            )
        )
    return lead
