"""What manuals add to the home of a software partner: sections that came back and wait for it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from app.core.db import db
from app.integrations.models import Product, SoftwarePartner
from app.integrations.parts import PARTNER_IN_PANEL, Made
from app.manuals.models import Intake, Section

SHOWN = 10


def in_panel(partner: SoftwarePartner) -> Made | None:
    """The returned sections of all its products, in one query; None when there are none."""
    rows = list(
        db.session.scalars(
            sa.select(Section)
            .join(Section.intake)
            .join(Intake.product)
            .where(Product.partner_id == partner.id, Product.archived_at.is_(None), Section.returned_at.is_not(None))
            .options(contains_eager(Section.intake).contains_eager(Intake.product))
            .order_by(Section.returned_at, Section.id)
            .limit(SHOWN)
        )
    )
    return ("manuals/panel_partner_returned.html", {"returned": rows}) if rows else None


PARTNER_IN_PANEL.append(in_panel)
