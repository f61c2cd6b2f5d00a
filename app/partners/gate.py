"""Where a reseller stands, in one query for every panel page: who it is, current link, terms that wait, suspended."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from flask import g, request
from flask.wrappers import Response
from sqlalchemy.orm import joinedload

from app.access.guard import actor, actor_or_none
from app.access.roles import OrganisationKind
from app.core.db import db
from app.core.errors import NotFound
from app.core.htmx import render_page
from app.core.i18n import _l
from app.documents.models import DocumentKind
from app.documents.queries import newest_number
from app.partners.models import PersonalLink, Reseller
from app.people import tokens
from app.people.models import Person
from app.settings import processes
from app.settings.processes import Process


@dataclass(frozen=True)
class Standing:
    """`slug` is the current personal link's, "" when there is none; `terms` the number that waits for acceptance, 0
    when none does; `is_open` says whether clients can register."""

    reseller: Reseller
    slug: str
    terms: int
    is_open: bool


def standing_of(person: Person) -> Standing | None:
    """The reseller in whose name the person works now, asked once a request."""
    held = person.membership
    if held is None or held.organisation.kind != OrganisationKind.RESELLER:
        return None
    found: Standing | None = g.get("gangway_standing")
    if found is None or found.reseller.organisation_id != held.organisation_id:
        row = db.session.execute(_standing(), {"organisation": held.organisation_id}).one_or_none()
        if row is None:
            return None
        reseller, slug, newest = row
        accepted = reseller.accepted(newest)
        found = Standing(
            reseller, slug or "", 0 if accepted else newest, bool(slug) and reseller.is_active and accepted
        )
        g.gangway_standing = found
    return found


@cache
def _standing() -> sa.Select[Reseller, str | None, int]:
    """Made once: every page of the panel asks it."""
    return (
        sa.select(Reseller, PersonalLink.slug, newest_number(DocumentKind.RESELLER_TERMS))
        .outerjoin(
            PersonalLink,
            sa.and_(
                PersonalLink.reseller_id == Reseller.id,
                PersonalLink.is_current,
                PersonalLink.withdrawn_at.is_(None),
            ),
        )
        .where(Reseller.organisation_id == sa.bindparam("organisation"))
        .options(joinedload(Reseller.organisation))
        .order_by(PersonalLink.id.desc())
        .limit(1)
    )


def standing() -> Standing:
    """The same for the person of this request. Raises NotFound: the person works for no reseller."""
    found = standing_of(actor())
    if found is None:
        raise NotFound
    return found


def closed_while_suspended() -> Response | None:
    """Before every panel page: a suspended reseller reads why, and whom to ask, instead (R16)."""
    if not request.path.startswith("/panel"):
        return None
    person = actor_or_none()
    found = standing_of(person) if person else None
    if found is None or found.reseller.is_active:
        return None
    return render_page("partners/suspended.html", reseller=found.reseller, typed=_typed(), status=403)


def _closed_to_programs(person: Person) -> Any:
    """The same for tokens, as app/people/tokens.py asks it."""
    found = standing_of(person)
    if found is None:
        return None
    if not processes.is_on(Process.RESELLERS):
        return _l("The reseller programme is switched off.")
    if found.reseller.is_active:
        return None
    return _l("Your reseller account is suspended. Sign in to the panel to see why.")


tokens.CLOSED.append(_closed_to_programs)

_OURS = {"csrf_token", "version", "do", "submission_key", "until"}
"""Fields of our forms that nobody types."""


def _typed() -> list[str]:
    """What was being sent when the panel closed, for the person to copy."""
    return [text for name, text in request.form.items(multi=True) if text.strip() and name not in _OURS]
