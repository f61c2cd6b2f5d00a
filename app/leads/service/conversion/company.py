"""The company that a lead and its account are: held for both, moved with a merge, named."""

from __future__ import annotations

import sqlalchemy as sa

from app.core import identifiers
from app.core.db import db, lock_named
from app.customers import service as customers
from app.customers.models import Account
from app.history.service import record
from app.leads.models import ChangeRequest, Lead
from app.people.models import Person

PARTNER = "partner"
"""Among the changes of a conversion: the organisations of the service partners, by their keys."""


def lock_both(lead_id: int, account_key: str) -> None:
    """In the order of the keys, so that two who need both never wait for each other."""
    lead_key = db.session.scalar(sa.select(Lead.company_key).where(Lead.id == lead_id))
    for key in sorted({str(lead_key), account_key}):
        lock_named(f"company:{key}")


def _move_with_merge(closed: Account, survivor: Account, by: Person) -> None:
    """When accounts are merged, leads and requests go along."""
    leads = db.session.scalars(
        sa.select(Lead).where(Lead.account_id == closed.id).order_by(Lead.id).with_for_update()
    ).all()
    for lead in leads:
        lead.account_id = survivor.id
        record(lead, "lead.account_merged", by, {"_account": (closed.ref, survivor.ref)})
    db.session.execute(
        sa.update(ChangeRequest).where(ChangeRequest.account_id == closed.id).values(account_id=survivor.id)
    )


customers.MOVES.append(_move_with_merge)


def key_of(lead: Lead) -> str:
    """The company as people read it: `PL 856-734-62-15`."""
    return f"{lead.country} {identifiers.show_company_number(lead.country, lead.company_number)}"
