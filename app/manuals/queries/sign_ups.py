"""Companies that signed up by a software partner's onboarding pages: what it may know of them, and no more (S5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.core.db import db
from app.core.paging import Page, capped_counts, everything_of, page_of
from app.core.search import contains
from app.integrations.models import Integration, Package, Product, SoftwarePartner
from app.leads.models import Lead, LeadGroup, Submission
from app.manuals.models import Publication


@dataclass(frozen=True)
class SignUp:
    """A company, without anything of its people."""

    company: str
    city: str
    country: str
    state: str
    """Code of `LeadState`."""
    at: datetime
    by: tuple[str, ...]
    """Through which integrations, in words."""
    ref: str = ""
    """Of the lead: for the desk alone."""


def of_partner(partner: SoftwarePartner, q: str = "") -> sa.Select[Lead]:
    """Whoever is credited to it. `q` is looked for in the names of companies alone: nothing else of them is shown, so
    nothing else can be found out by searching."""
    query = sa.select(Lead).where(Lead.reseller_id == (partner.reseller_id or 0))
    return query.where(contains(Lead.name_sort, q)) if q.strip() else query


def page(query: sa.Select[Lead], group: LeadGroup | None, cursor: str | None) -> tuple[Page[Lead], list[SignUp]]:
    """The latest first, in two queries."""
    found: Page[Lead] = page_of(_in(query, group), Lead.created_at, Lead.id, descending=True, cursor=cursor)
    return found, _told(found.items)


def everything(query: sa.Select[Lead], group: LeadGroup | None) -> Iterator[SignUp]:
    """For a file."""
    batch: list[Lead] = []
    for each in everything_of(_in(query, group), Lead.created_at, Lead.id, descending=True):
        batch.append(each)
        if len(batch) == 200:
            yield from _told(batch)
            batch = []
    yield from _told(batch)


def counts(query: sa.Select[Lead]) -> Mapping[str, int]:
    return capped_counts(query, {"": sa.true(), **{group.value: Lead.list_group == group for group in LeadGroup}})


def latest(partner: SoftwarePartner, limit: int = 5) -> list[SignUp]:
    """For a part of a page."""
    query = of_partner(partner).order_by(Lead.created_at.desc(), Lead.id.desc()).limit(limit)
    return _told(list(db.session.scalars(query)))


def _in(query: sa.Select[Lead], group: LeadGroup | None) -> sa.Select[Lead]:
    return query if group is None else query.where(Lead.list_group == group)


def _told(leads: Iterable[Lead]) -> list[SignUp]:
    rows = list(leads)
    came = _came_by([lead.id for lead in rows])
    return [
        SignUp(
            lead.company_name,
            lead.city,
            lead.country,
            lead.state,
            lead.created_at,
            tuple(came.get(lead.id, ())),
            lead.ref,
        )
        for lead in rows
    ]


def _came_by(ids: list[int]) -> dict[int, list[str]]:
    """By lead, the integrations by whose onboarding pages it came, the first one first."""
    if not ids:
        return {}
    found: dict[int, list[str]] = {}
    for lead_id, product, package in db.session.execute(
        sa.select(Submission.lead_id, Product.name, Package.name)
        .join(Publication, Publication.link_id == Submission.link_id)
        .join(Integration, Integration.id == Publication.integration_id)
        .join(Product, Product.id == Integration.product_id)
        .join(Package, Package.id == Integration.package_id)
        .where(Submission.lead_id.in_(ids))
        .order_by(Submission.id)
    ):
        name = f"{product}, {package}"
        if name not in found.setdefault(lead_id, []):
            found[lead_id].append(name)
    return found
