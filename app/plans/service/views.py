"""Filters of the portfolio that somebody keeps under a name (I12)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.core.clock import now
from app.core.db import db, write
from app.core.errors import FieldError, NotFound
from app.core.i18n import _l
from app.people.models import Person
from app.plans.models import SavedView

MOST = 50
"""As many as one person keeps: more could not be found again."""


def save(name: str, query: dict[str, Any], shared: bool, by: Person) -> SavedView:
    """Keeps the filter under this name; the person's own view of the same name is replaced.

    Raises:
        FieldError: the person has too many views.
    """
    with write():
        own = sa.select(SavedView).where(SavedView.person_id == by.id)
        view = db.session.scalar(own.where(SavedView.name == name))
        if view is None:
            if len(db.session.scalars(own.limit(MOST)).all()) >= MOST:
                raise FieldError("name", _l("You have 50 saved views. Remove one first."))
            view = SavedView(person_id=by.id, name=name, query={}, created_at=now())
            db.session.add(view)
        view.query, view.shared = query, shared
        return view


def remove(ref: str, by: Person) -> None:
    """Forgets one of the person's own views.

    Raises:
        NotFound: there is none of that reference, or it is a colleague's.
    """
    with write():
        gone = db.session.execute(
            sa.delete(SavedView).where(SavedView.ref == ref, SavedView.person_id == by.id).returning(SavedView.id)
        )
        if gone.first() is None:
            raise NotFound
