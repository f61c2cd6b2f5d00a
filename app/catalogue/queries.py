"""Finding services."""

from __future__ import annotations

import sqlalchemy as sa

from app.catalogue.models import Service
from app.core.db import db

# Every form asks these: put together once.
_OFFERED = sa.select(Service).where(Service.offered).order_by(Service.position, Service.id)
_BY_CODES = sa.select(Service).where(Service.code.in_(sa.bindparam("codes", expanding=True))).order_by(Service.position)


def offered() -> list[Service]:
    """What can be chosen on a form, in the vendor's order."""
    return list(db.session.scalars(_OFFERED))


def everything() -> list[Service]:
    """Retired ones too, at the end."""
    return list(db.session.scalars(sa.select(Service).order_by(Service.offered.desc(), Service.position, Service.id)))


def by_codes(codes: list[str]) -> list[Service]:
    """The services of these codes; a code that does not exist is left out."""
    return list(db.session.scalars(_BY_CODES, {"codes": codes}))


def by_code(code: str) -> Service | None:
    """The service of this code, offered or not; None when there is none."""
    return db.session.scalar(sa.select(Service).where(Service.code == code))


def usual_currency() -> str:
    """What most services are priced in; euro while there are none."""
    counted = sa.select(Service.currency).group_by(Service.currency).order_by(sa.func.count().desc()).limit(1)
    return db.session.scalar(counted) or "EUR"
