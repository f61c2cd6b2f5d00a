"""The demo's programs: a service of the vendor's, and tokens that people made: working, expired, withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa

from app.access.roles import StaffRole
from app.access.scopes import Scope
from app.core.clock import now
from app.core.db import db
from app.demo.story import At, Staff
from app.people.models import ApiToken, Person
from app.people.service import tokens
from app.people.service.tokens import TokenDetails


def play(at: At, staff: Staff, owner: Callable[[int], Person]) -> None:
    """Puts the events in their days; nobody ever learns the characters of these tokens."""
    at(140, lambda: _make(staff("sales"), "Leads in een werkblad", 90, Scope.LEADS_READ))
    at(45, lambda: _make(staff("finance"), "Próba programu do fakturowania", 180, Scope.INVOICES_WRITE))
    at(44, lambda: _take_away("Próba programu do fakturowania", staff("administrator")))
    at(30, lambda: _web_shop(staff("administrator")))
    at(12, lambda: _make(owner(0), "Nasz CRM", 365, Scope.LEADS_READ, Scope.LEADS_WRITE))


def _make(person: Person, name: str, days: int, *scopes: Scope) -> None:
    place = None if person.is_staff or person.membership is None else person.membership.organisation_id
    tokens.make(person, TokenDetails(name, frozenset(scopes), now() + timedelta(days=days)), person, place)


def _web_shop(by: Person) -> None:
    service = tokens.make_service("Brimora web shop", frozenset({StaffRole.SALES}), by)
    asked = TokenDetails("Registrations", frozenset({Scope.LEADS_WRITE}), now() + timedelta(days=300))
    tokens.make(service, asked, by)


def _take_away(name: str, by: Person) -> None:
    tokens.take_away(db.session.scalars(sa.select(ApiToken).where(ApiToken.name == name)).one(), by)
