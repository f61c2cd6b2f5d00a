"""What waits for a content editor: intakes that were handed in, links that lead nowhere, and what readers said."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import url_for

from app.access import policy
from app.access.permissions import P
from app.access.roles import StaffRole
from app.core.db import db
from app.core.i18n import _, ngettext
from app.core.inbox import InboxItem
from app.core.workdays import add_workdays
from app.integrations.models import Integration, Package, Product, SoftwarePartner
from app.manuals.models import (
    Intake,
    IntakeState,
    ManualFeedback,
    Publication,
    PublicationLink,
)
from app.manuals.queries.publications import is_broken, is_waiting
from app.people.models import Organisation, Person
from app.settings.models import vendor

JUDGED_IN, MENDED_IN, READ_IN = 2, 3, 5
"""Working days in which an intake is judged, a broken link mended, and feedback read."""


def items(actor: Person, limit: int) -> list[InboxItem]:
    """In three queries. An administrator may do all of it too, but is not waited for."""
    if not policy.allows(actor, P.MANUALS_EDIT) or StaffRole.CONTENT_EDITOR not in actor.staff_roles:
        return []
    return [*_intakes(limit), *_links(limit), *_feedback(limit)]


def _intakes(limit: int) -> list[InboxItem]:
    rows = db.session.execute(
        sa.select(Intake.ref, Intake.moved_at, Product.name, Organisation.name)
        .join(Product, Product.id == Intake.product_id)
        .join(SoftwarePartner, SoftwarePartner.id == Product.partner_id)
        .join(Organisation, Organisation.id == SoftwarePartner.organisation_id)
        .where(Intake.state == IntakeState.SUBMITTED)
        .order_by(Intake.moved_at, Intake.id)
        .limit(limit)
    )
    return [
        InboxItem(
            f"intake:{ref}",
            "doc",
            f"{product}, {company}",
            _("What the manual needs was handed in: judge it"),
            _due(moved_at, JUDGED_IN),
            url_for("manuals_desk.intake", ref=ref),
        )
        for ref, moved_at, product, company in rows
    ]


def _of_publications(of: Any, *columns: Any) -> sa.Select[Any]:
    return (
        sa.select(Publication.ref, Product.name, Package.name, *columns)
        .select_from(of)
        .join(Publication, Publication.id == of.publication_id)
        .join(Integration, Integration.id == Publication.integration_id)
        .join(Product, Product.id == Integration.product_id)
        .join(Package, Package.id == Integration.package_id)
        .group_by(Publication.id, Publication.ref, Product.name, Package.name)
    )


def _links(limit: int) -> list[InboxItem]:
    since = sa.func.min(PublicationLink.checked_at)
    query = _of_publications(PublicationLink, sa.func.count(), since).where(is_broken())
    return [
        InboxItem(
            f"links:{ref}",
            "flag",
            _("%(product)s with %(package)s", product=product, package=package),
            ngettext("%(num)s link leads nowhere", "%(num)s links lead nowhere", count),
            _due(moment, MENDED_IN),
            url_for("manuals_desk.publication", ref=ref, _anchor="links"),
        )
        for ref, product, package, count, moment in db.session.execute(
            query.order_by(since, Publication.id).limit(limit)
        )
    ]


def _feedback(limit: int) -> list[InboxItem]:
    since = sa.func.min(ManualFeedback.created_at)
    query = _of_publications(ManualFeedback, sa.func.count(), since).where(is_waiting())
    return [
        InboxItem(
            f"feedback:{ref}",
            "person",
            _("%(product)s with %(package)s", product=product, package=package),
            ngettext("%(num)s reader said something", "%(num)s readers said something", count),
            _due(moment, READ_IN),
            url_for("manuals_desk.publication", ref=ref, _anchor="feedback"),
        )
        for ref, product, package, count, moment in db.session.execute(
            query.order_by(since, Publication.id).limit(limit)
        )
    ]


def _due(moment: datetime, workdays: int) -> datetime:
    zone = ZoneInfo(vendor().timezone)
    day: date = add_workdays(moment.astimezone(zone).date(), workdays, vendor().country)
    return datetime.combine(day, time(17, 0), zone)
