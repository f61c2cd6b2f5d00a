"""What manuals add to the pages of a product and of a software partner, and to what is told of its sign-ups."""

from __future__ import annotations

from dataclasses import dataclass, field

import sqlalchemy as sa
from flask import url_for

from app.access.guard import may
from app.access.permissions import P
from app.core.clock import today
from app.core.db import db
from app.core.paging import capped_count
from app.integrations.models import Integration, Product, SoftwarePartner, Stage
from app.integrations.parts import PARTNER_AT_DESK, PRODUCT_AT_DESK, PRODUCT_IN_PANEL, Made
from app.leads.models import Lead
from app.manuals import told_pilots
from app.manuals.models import Pilot, Publication, PublicationKind
from app.manuals.queries import intakes, pilots, sign_ups
from app.manuals.queries.publications import path_of
from app.manuals.service import crediting, piloting
from app.manuals.told_sign_ups import STATES, glyph_of
from app.partners.models import Reseller
from app.partners.parts import SOFTWARE_PARTNER_PAGES
from app.settings.models import vendor
from app.settings.processes import has_page


def in_panel(product: Product) -> Made:
    """How far the intake is, with the way to it."""
    held = intakes.of_product(product.id)
    return "manuals/panel_product_part.html", {"overview": intakes.overview(product.languages, held), "intake": held}


@dataclass(frozen=True)
class Line:
    """An integration with what is published of it and its pilots, the latest first."""

    integration: Integration
    publications: dict[str, Publication] = field(default_factory=dict)
    pilots: list[Pilot] = field(default_factory=list)
    worked_on: bool = True
    """The product is not archived."""

    @property
    def manual(self) -> Publication | None:
        return self.publications.get(PublicationKind.MANUAL)

    @property
    def page(self) -> Publication | None:
        return self.publications.get(PublicationKind.PAGE)

    @property
    def may_begin(self) -> bool:
        """Whether a pilot could start now."""
        free = self.worked_on and self.integration.stage == Stage.PILOT
        return free and all(self.is_live(kind) for kind in PublicationKind) and all(one.verdict for one in self.pilots)

    def is_live(self, kind: str) -> bool:
        there = self.publications.get(kind)
        return there is not None and there.live_number is not None

    def path(self, kind: str) -> str:
        return path_of(PublicationKind(kind), self.integration.slug)


def _lines(product: Product) -> list[Line]:
    """In two queries; the product comes with its integrations and their packages."""
    ids = [each.id for each in product.integrations]
    if not ids:
        return []
    held: dict[int, dict[str, Publication]] = {}
    for publication in db.session.scalars(sa.select(Publication).where(Publication.integration_id.in_(ids))):
        held.setdefault(publication.integration_id, {})[publication.kind] = publication
    had = pilots.of_integrations(ids)
    return [
        Line(each, held.get(each.id, {}), had.get(each.id, []), product.archived_at is None)
        for each in product.integrations
    ]


def _said(pilot: Pilot) -> tuple[str, str, str]:
    return told_pilots.said(pilot, today(vendor().timezone))


def pages_in_panel(product: Product) -> Made:
    """What is published of each integration, and how its pilot goes."""
    return "manuals/panel_product_pages.html", {"lines": _lines(product), "said": _said}


def at_desk(product: Product) -> Made:
    """The same, with the ways to drafts and pilots."""
    return "manuals/desk_product_part.html", {"lines": _lines(product), "said": _said}


def of_partner(partner: SoftwarePartner) -> Made:
    """Who signed up by its onboarding pages lately; in three queries."""
    return "manuals/desk_partner_part.html", {
        "rows": sign_ups.latest(partner),
        "count": capped_count(sign_ups.of_partner(partner).with_only_columns(Lead.id)),
        "reseller": _reseller_ref(partner),
        "states": STATES,
        "glyph_of": glyph_of,
    }


def _reseller_ref(partner: SoftwarePartner) -> str:
    """By which lists are narrowed to it."""
    if partner.reseller_id is None:
        return ""
    return db.session.scalar(sa.select(Reseller.ref).where(Reseller.id == partner.reseller_id)) or ""


PRODUCT_IN_PANEL.extend((in_panel, pages_in_panel))
PRODUCT_AT_DESK.append(at_desk)
PARTNER_AT_DESK.append(of_partner)


def page_of_credited(reseller: Reseller) -> str:
    """Where staff read of the software partner as which a lead is credited; empty for who may not."""
    if not may(P.SOFTWARE_PARTNERS_READ) or not has_page("integrations_desk.partner"):
        return ""
    ref = db.session.scalar(sa.select(SoftwarePartner.ref).where(SoftwarePartner.reseller_id == reseller.id))
    return url_for("integrations_desk.partner", ref=ref) if ref else ""


SOFTWARE_PARTNER_PAGES.append(page_of_credited)

__all__ = ["at_desk", "crediting", "in_panel", "of_partner", "page_of_credited", "pages_in_panel", "piloting"]
