"""Everybody's tokens, as administrators see them: whose they are, and whether they still open anything."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from app.core.clock import now
from app.core.db import db
from app.core.errors import NotFound
from app.core.paging import Page, capped_counts, everything_of, page_of
from app.core.search import contains, fold
from app.partners.models import Reseller, ResellerState
from app.people.models import ApiToken, HeldRole, Membership, Organisation, Person
from app.people.service.tokens import PREFIX, SHOWN
from app.settings import processes
from app.settings.processes import Process


class State(enum.StrEnum):
    WORKS = "works"
    RESTS = "rests"
    """Neither withdrawn nor too old, yet its owner has no access now. It works again when they have."""
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class Whose(enum.StrEnum):
    STAFF = "staff"
    RESELLERS = "resellers"
    SERVICES = "services"


@dataclass(frozen=True)
class Narrowed:
    """What the list is narrowed to; nothing named is everything."""

    state: State | None = None
    whose: Whose | None = None
    q: str = ""


@dataclass(frozen=True)
class Found:
    """A token with what the list says of it."""

    token: ApiToken
    state: State
    on_staff: bool
    """Whether there is a page about its owner among the staff."""


def page(by: Narrowed, cursor: str | None) -> Page[Found]:
    """The newest first."""
    rows = page_of(_found(by), ApiToken.id, descending=True, cursor=cursor)
    return Page([_of(row) for row in rows.items], rows.previous, rows.next)


def everything(by: Narrowed) -> Iterator[Found]:
    return map(_of, everything_of(_found(by), ApiToken.id, descending=True))


def counts(by: Narrowed) -> dict[State, int]:
    """How many are in each state, narrowed by the rest alone."""
    query = _joined(sa.select(ApiToken.id)).where(*_narrowed(by))
    return capped_counts(query, {state: _state() == state.value for state in State})


def one(ref: str) -> Found:
    """Raises NotFound."""
    row = db.session.execute(
        _found(Narrowed()).where(ApiToken.ref == ref).execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound
    return _of(row)


def _of(row: Any) -> Found:
    return Found(row[0], State(row.state), row.on_staff)


def _found(by: Narrowed) -> sa.Select[*tuple[Any, ...]]:
    query = _joined(sa.select(ApiToken, _state().label("state"), _on_staff().label("on_staff"))).where(*_narrowed(by))
    if by.state:
        query = query.where(_state() == by.state.value)
    return query.options(contains_eager(ApiToken.person), contains_eager(ApiToken.organisation))


def _joined(query: sa.Select[*tuple[Any, ...]]) -> sa.Select[*tuple[Any, ...]]:
    return query.join(Person, Person.id == ApiToken.person_id).outerjoin(
        Organisation, Organisation.id == ApiToken.organisation_id
    )


def _narrowed(by: Narrowed) -> list[sa.ColumnElement[bool]]:
    return [*([_OF[by.whose]] if by.whose else []), *map(_holds, by.q.split()[:8])]


def asked(q: str) -> str:
    """What is looked for, of what somebody typed. Of a whole token, which somebody found where it should not be, only
    its beginning: that is all we know of it, and nothing that a page should show again."""
    return " ".join(word[:SHOWN] if word.startswith(PREFIX) else word for word in _words(q))


def is_a_token(q: str) -> bool:
    """Whether somebody looks for a whole one."""
    return any(word.startswith(PREFIX) and len(word) > SHOWN for word in _words(q))


def _words(q: str) -> list[str]:
    return "".join(sign if sign.isprintable() else " " for sign in q[:200]).split()


_OF: dict[Whose, sa.ColumnElement[bool]] = {
    Whose.STAFF: sa.and_(ApiToken.organisation_id.is_(None), Person.service_roles.is_(None)),
    Whose.RESELLERS: ApiToken.organisation_id.is_not(None),
    Whose.SERVICES: Person.service_roles.is_not(None),
}


def _holds(word: str) -> sa.ColumnElement[bool]:
    """The word stands in the owner's name or address, in the company's name, in the token's, or begins the token."""
    return sa.or_(
        contains(Person.search, word) if fold(word) else sa.false(),
        Organisation.name.icontains(word, autoescape=True),
        ApiToken.name.icontains(word, autoescape=True),
        ApiToken.prefix.startswith(word, autoescape=True),
    )


def _state() -> sa.Case[str]:
    return sa.case(
        (ApiToken.revoked_at.is_not(None), State.WITHDRAWN.value),
        (ApiToken.expires_at <= now(), State.EXPIRED.value),
        (_has_power(), State.WORKS.value),
        else_=State.RESTS.value,
    )


def _has_power() -> sa.ColumnElement[bool]:
    """`ApiToken.has_power` for many at once, and what a reseller's standing adds at each request."""
    member = sa.exists().where(
        Membership.person_id == ApiToken.person_id,
        Membership.organisation_id == ApiToken.organisation_id,
        Membership.ended_at.is_(None),
    )
    reseller = sa.exists().where(Reseller.organisation_id == ApiToken.organisation_id)
    suspended = reseller.where(Reseller.state != ResellerState.ACTIVE)
    closed = suspended if processes.is_on(Process.RESELLERS) else reseller
    inside = sa.or_(Person.service_roles.is_not(None), _on_staff())
    return sa.and_(
        Person.closed_at.is_(None),
        sa.case((ApiToken.organisation_id.is_(None), inside), else_=sa.and_(member, ~closed)),
    )


def _on_staff() -> sa.Exists:
    return sa.exists().where(HeldRole.person_id == Person.id)
