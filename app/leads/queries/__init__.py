"""Finding leads and what belongs to them, each person within what that person may see."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from app.access import policy
from app.access.permissions import P
from app.access.roles import OrganisationKind
from app.core.db import db
from app.core.errors import NotFound
from app.leads.models import OPEN, ChangeRequest, Lead, LeadNote, LeadService, Submission
from app.partners.models import PersonalLink, Reseller
from app.people.models import Person


def visible_to(actor: Person) -> sa.Select[Lead]:
    """The leads this person may know of: staff who read leads all, a reseller's member the reseller's, others none."""
    query = sa.select(Lead)
    if policy.allows(actor, P.LEADS_READ):
        return query
    held = actor.membership
    if held is None or held.organisation.kind != OrganisationKind.RESELLER or not actor.is_active:
        return query.where(sa.false())
    own = sa.select(Reseller.id).where(Reseller.organisation_id == held.organisation_id).scalar_subquery()
    return query.where(Lead.reseller_id == own)


def whole(query: sa.Select[Lead]) -> sa.Select[Lead]:
    """With everything a lead's page shows: reseller, account, who decided, services and shops."""
    return query.options(
        joinedload(Lead.reseller).joinedload(Reseller.organisation),
        joinedload(Lead.account),
        joinedload(Lead.decided_by),
        selectinload(Lead.shops),
        selectinload(Lead.services).joinedload(LeadService.service),
    )


def find_by_ref(actor: Person, ref: str) -> Lead:
    """One lead with everything its page shows.

    Raises:
        NotFound: there is none, or not for this person; the two look the same.
    """
    return one(visible_to(actor), ref)


def whole_by_id(id: int) -> Lead:
    """Of a lead that the caller has just made."""
    return db.session.scalars(
        whole(sa.select(Lead).where(Lead.id == id)).execution_options(populate_existing=True)
    ).one()


def one(among: sa.Select[Lead], ref: str) -> Lead:
    """The lead of this reference if it is `among` them. Raises NotFound."""
    found = db.session.scalar(whole(among.where(Lead.ref == ref)))
    if found is None:
        raise NotFound
    return found


def open_lead(reseller_id: int, company_key: str) -> Lead | None:
    """The one lead on which this reseller's registrations of the company come together."""
    return db.session.scalar(
        sa.select(Lead).where(Lead.reseller_id == reseller_id, Lead.company_key == company_key, Lead.state.in_(OPEN))
    )


def notes_of(lead: Lead, *, internal: bool) -> list[LeadNote]:
    """The notes, oldest first; those among staff only when `internal`."""
    query = sa.select(LeadNote).where(LeadNote.lead_id == lead.id).order_by(LeadNote.id)
    return list(db.session.scalars(query if internal else query.where(LeadNote.internal.is_(False))))


def latest_of_account(account_id: int, reseller_id: int) -> Lead | None:
    """The lead by which this reseller brought an account or joined it, the latest one."""
    query = sa.select(Lead).where(Lead.account_id == account_id, Lead.reseller_id == reseller_id)
    return db.session.scalar(query.order_by(Lead.id.desc()).limit(1))


def request_about(account_id: int, reseller_id: int, ref: str) -> ChangeRequest | None:
    """What this reseller asked about an account that they have no lead of."""
    return db.session.scalar(
        sa.select(ChangeRequest).where(
            ChangeRequest.ref == ref,
            ChangeRequest.account_id == account_id,
            ChangeRequest.reseller_id == reseller_id,
            ChangeRequest.lead_id.is_(None),
        )
    )


def change_requests_of(lead: Lead) -> list[ChangeRequest]:
    """What was asked about this lead or its account, the latest first, with the single wishes."""
    return list(
        db.session.scalars(
            sa.select(ChangeRequest)
            .where(ChangeRequest.lead_id == lead.id)
            .order_by(ChangeRequest.id.desc())
            .options(
                selectinload(ChangeRequest.items),
                joinedload(ChangeRequest.asked_by),
                joinedload(ChangeRequest.decided_by),
            )
        )
    )


def submissions_of(lead: Lead) -> list[Submission]:
    """What was sent for this lead, the first one first."""
    query = sa.select(Submission).where(Submission.lead_id == lead.id).order_by(Submission.id).limit(200)
    return list(db.session.scalars(query))


def submission(receipt: str, slug: str) -> Submission:
    """What was sent on a personal link, by its receipt, with the link, its reseller and the lead.

    Raises:
        NotFound: there is none, or it came by another link.
    """
    found = db.session.scalar(
        sa.select(Submission)
        .join(Submission.link)
        .where(Submission.receipt == receipt, PersonalLink.slug == slug)
        .options(
            contains_eager(Submission.link).joinedload(PersonalLink.reseller).joinedload(Reseller.organisation),
            joinedload(Submission.lead),
        )
    )
    if found is None:
        raise NotFound
    return found
