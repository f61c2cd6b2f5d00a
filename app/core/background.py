"""Long work in small steps, done by the worker between two looks at the mail: imports, erasures.

The work itself stands in rows of its own feature. A step takes some of it by a lease, does a part that is committed as
a whole, and says whether there is more. Whoever is killed in between has done whole steps; the next worker goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from flask import current_app
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import InstrumentedAttribute

from app.core.clock import now
from app.core.db import after_commit, db

Step = Callable[[str], bool]
"""Does one part, for the worker of this name; True when there is more."""

LEASE = timedelta(minutes=2)
"""How long a piece of work is somebody's. A step takes seconds, and each one renews it."""


def nobody_holds(lease_until: InstrumentedAttribute[Any]) -> sa.ColumnElement[bool]:
    """For a query: no lease, one that ran out, or one that ends later than anybody takes one for. The last is what a
    clock that was set back leaves behind; else the work would wait until the old time comes again."""
    moment = now()
    return sa.or_(lease_until.is_(None), lease_until < moment, lease_until > moment + 2 * LEASE)


def is_held(lease_until: datetime | None) -> bool:
    """The same of one row, the other way round."""
    return lease_until is not None and timedelta() < lease_until - now() <= 2 * LEASE


STEPS: list[Step] = []
"""What features declare when they are imported."""


def step(work: Step) -> Step:
    """Declares a kind of long work."""
    if work not in STEPS:
        STEPS.append(work)
    return work


def work(worker: str) -> bool:
    """One step of everything that waits; True when anything is left. A failing step spoils neither the others nor the
    mail: it is logged, and tried again at the worker's next look."""
    more = False
    runs: Callable[[str], bool] = current_app.extensions.get("gangway_runs", lambda module: True)
    for each in STEPS:
        try:
            if not runs(each.__module__):
                continue  # its process is switched off
            more |= each(worker)
        except SQLAlchemyError:
            raise
        except Exception:
            structlog.get_logger("worker").exception("background work failed", step=each.__module__)
        finally:
            db.session.remove()
    return more


def wake() -> None:
    """Inside a `write()`: tells the worker, once committed, that there is work. A lost call costs a second."""
    call: Callable[[], None] | None = current_app.extensions.get("gangway_wake")
    if call is not None:
        after_commit(call)
