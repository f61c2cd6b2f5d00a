"""Finding software partners: one's own in the panel, any at the desk."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.access.roles import OrganisationKind
from app.core.db import db
from app.core.errors import NotFound
from app.integrations.models import SoftwarePartner
from app.people.models import Person


def partner_of(actor: Person) -> SoftwarePartner:
    """The software partner that the person works for now, with its organisation.

    Raises:
        NotFound: the person works for none, or the cooperation has ended.
    """
    held = actor.membership
    if held is None or held.organisation.kind != OrganisationKind.SOFTWARE_PARTNER or not actor.is_active:
        raise NotFound
    found = db.session.scalar(
        sa.select(SoftwarePartner)
        .where(SoftwarePartner.organisation_id == held.organisation_id)
        .options(joinedload(SoftwarePartner.organisation))
    )
    if found is None or not found.is_active:
        raise NotFound
    return found


def by_ref(ref: str) -> SoftwarePartner:
    """At the desk.

    Raises:
        NotFound
    """
    found = db.session.scalar(
        sa.select(SoftwarePartner)
        .where(SoftwarePartner.ref == ref)
        .options(joinedload(SoftwarePartner.organisation), joinedload(SoftwarePartner.manager))
    )
    if found is None:
        raise NotFound
    return found
