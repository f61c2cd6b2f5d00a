"""Finding pilots at the desk: the list, one, what an integration has had, and with whom one could begin (S5)."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload

from app.core.db import db
from app.core.errors import NotFound
from app.core.paging import capped_counts
from app.core.search import contains, matching
from app.customers.models import Account, AccountState
from app.integrations.models import Integration, PartnerState, Product, SoftwarePartner, Stage
from app.leads.models import Lead, Submission
from app.manuals.models import Pilot, PilotVerdict, Publication, PublicationKind

_WITH_NAMES = (
    joinedload(Integration.package),
    joinedload(Integration.product)
    .joinedload(Product.partner)
    .options(joinedload(SoftwarePartner.organisation), joinedload(SoftwarePartner.manager)),
)


class Tab(enum.StrEnum):
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    ALL = "all"


def in_tab(tab: Tab) -> sa.ColumnElement[bool]:
    match tab:
        case Tab.RUNNING:
            return Pilot.verdict.is_(None)
        case Tab.ALL:
            return sa.true()
    return Pilot.verdict == PilotVerdict(tab.value)


def narrowed(q: str) -> sa.Select[Pilot]:
    """Those whose integration, software partner or customer holds `q`, with all that a row shows."""
    query = (
        sa.select(Pilot)
        .join(Pilot.integration)
        .join(Pilot.account)
        .options(joinedload(Pilot.account), joinedload(Pilot.integration).options(*_WITH_NAMES), joinedload(Pilot.plan))
    )
    if not q.strip():
        return query
    return query.where(sa.or_(contains(Integration.search, q), contains(Account.name_sort, q), Pilot.ref == q.upper()))


def counts(query: sa.Select[Pilot]) -> Mapping[str, int]:
    return capped_counts(query, {tab.value: in_tab(tab) for tab in Tab})


def pilot(ref: str) -> Pilot:
    """With integration, customer, plan and lead.

    Raises:
        NotFound
    """
    found = db.session.scalar(
        sa.select(Pilot)
        .where(Pilot.ref == ref)
        .options(
            joinedload(Pilot.account),
            joinedload(Pilot.plan),
            joinedload(Pilot.lead),
            joinedload(Pilot.integration).options(*_WITH_NAMES),
        )
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found


def of_integrations(ids: Iterable[int]) -> dict[int, list[Pilot]]:
    """By integration, the latest first, with customer; in one query."""
    query = (
        sa.select(Pilot)
        .where(Pilot.integration_id.in_(list(ids)))
        .options(joinedload(Pilot.account))
        .order_by(Pilot.id.desc())
    )
    found: dict[int, list[Pilot]] = {}
    for each in db.session.scalars(query):
        found.setdefault(each.integration_id, []).append(each)
    return found


def running(integration_id: int) -> Pilot | None:
    query = sa.select(Pilot).where(Pilot.integration_id == integration_id, Pilot.verdict.is_(None))
    return db.session.scalar(query.execution_options(populate_existing=True))


def may_begin() -> sa.ColumnElement[bool]:
    """Of an integration: manual and onboarding page are out, and no pilot runs."""
    live = [
        sa.exists().where(
            Publication.integration_id == Integration.id,
            Publication.kind == kind,
            Publication.live_number.is_not(None),
        )
        for kind in PublicationKind
    ]
    busy = sa.exists().where(Pilot.integration_id == Integration.id, Pilot.verdict.is_(None))
    return sa.and_(Integration.stage == Stage.PILOT, *live, ~busy)


def ready(limit: int) -> list[Integration]:
    """Integrations that wait for a first customer, by name."""
    query = (
        sa.select(Integration)
        .join(Integration.product)
        .join(Product.partner)
        .where(may_begin(), Product.archived_at.is_(None), SoftwarePartner.state == PartnerState.ACTIVE)
        .options(*_WITH_NAMES)
        .order_by(Integration.name_sort, Integration.id)
        .limit(limit)
    )
    return list(db.session.scalars(query))


def is_out(integration_id: int) -> bool:
    """Whether the world sees both its manual and its onboarding page."""
    live = sa.select(sa.func.count()).where(
        Publication.integration_id == integration_id, Publication.live_number.is_not(None)
    )
    return db.session.scalar(live) == len(PublicationKind)


# --- with whom --------------------------------------------------------------------------------------------------------

OFFERED = 12
"""Customers that the form shows at once."""


@dataclass(frozen=True)
class Candidate:
    """A customer with whom a pilot could begin."""

    account: Account
    credited: bool
    """To the software partner."""
    came: bool
    """By this integration's onboarding page."""


def candidates(integration: Integration, q: str) -> list[Candidate]:
    """Live accounts that hold `q`; without it those credited to the software partner. First who came by the onboarding
    page, then who is credited otherwise. In one query."""
    reseller_id = integration.product.partner.reseller_id
    credited = Account.reseller_id == reseller_id if reseller_id is not None else sa.false()
    came = _came_by(integration.id)
    query = (
        sa.select(Account, sa.case((credited, 1), else_=0), sa.case((came, 1), else_=0))
        .where(Account.state == AccountState.ACTIVE)
        .order_by(sa.case((came, 0), (credited, 1), else_=2), Account.name_sort, Account.id)
        .limit(OFFERED)
    )
    query = query.where(matching(Account, q)) if q.strip() else query.where(credited)
    return [Candidate(account, bool(own), bool(by_page)) for account, own, by_page in db.session.execute(query)]


def _came_by(integration_id: int) -> sa.ColumnElement[bool]:
    """Of an account: it was a lead that registered by the onboarding page of this integration."""
    page = aliased(Publication)
    return (
        sa.exists()
        .where(Lead.account_id == Account.id)
        .where(Submission.lead_id == Lead.id)
        .where(page.link_id == Submission.link_id, page.integration_id == integration_id)
    )


def lead_of(integration_id: int, account_id: int) -> Lead | None:
    """The lead as which this customer came by the onboarding page, when it did."""
    return db.session.scalar(
        sa.select(Lead)
        .join(Submission, Submission.lead_id == Lead.id)
        .join(Publication, Publication.link_id == Submission.link_id)
        .where(Publication.integration_id == integration_id, Lead.account_id == account_id)
        .order_by(Lead.id.desc())
        .limit(1)
    )


# --- what waits -------------------------------------------------------------------------------------------------------


def overdue(people: Iterable[int], day: date, *, coordinates: bool, limit: int) -> list[Pilot]:
    """Pilots whose verdict is due on this `day`, of the software partners that these people look after;
    where nobody does, of those who started them, and a coordinator's."""
    ids = list(people)
    nobodys = SoftwarePartner.manager_id.is_(None)
    mine = sa.or_(
        SoftwarePartner.manager_id.in_(ids),
        sa.and_(nobodys, Pilot.started_by_id.in_(ids)),
        sa.and_(nobodys, sa.true() if coordinates else sa.false()),
    )
    query = (
        sa.select(Pilot)
        .join(Pilot.integration)
        .join(Integration.product)
        .join(Product.partner)
        .where(Pilot.verdict.is_(None), Pilot.ends_on <= day, mine)
        .options(joinedload(Pilot.account), joinedload(Pilot.integration).options(*_WITH_NAMES))
        .order_by(Pilot.ends_on, Pilot.id)
        .limit(limit)
    )
    return list(db.session.scalars(query))
