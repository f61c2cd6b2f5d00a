"""Changing the vendor's settings."""

from __future__ import annotations

from typing import Any

from flask import g

from app.core.db import db, lock_named, write
from app.core.errors import Conflict
from app.core.i18n import _l
from app.history import words
from app.history.service import Actor, record
from app.settings.models import VendorSettings, changed, vendor

words.name({"settings.changed": _l("Settings changed")})


def version() -> int:
    """The settings' version now, for the form; 0 before anything was saved."""
    row = db.session.get(VendorSettings, 1)
    return row.version if row else 0


def note(**values: Any) -> None:
    """Keeps what another room decided, as fields of `Vendor`, inside its `write()`. Whoever has the form open meanwhile
    does not lose it for that."""
    lock_named("vendor-settings")
    row = db.session.get(VendorSettings, 1, populate_existing=True)
    if row is None:
        row = VendorSettings(id=1, version=0, values={})
        db.session.add(row)
    g.pop("gangway_vendor", None)
    row.values = changed(**values)
    db.session.flush()
    g.pop("gangway_vendor", None)


def change(values: dict[str, Any], seen: int, by: Actor | None) -> None:
    """Keeps `values`, as fields of `Vendor`, with what was there.

    Raises:
        Conflict: somebody saved meanwhile; `seen` is the version the form was filled from.
    """
    with write():
        lock_named("vendor-settings")
        row = db.session.get(VendorSettings, 1, populate_existing=True)
        if (row.version if row else 0) != seen:
            raise Conflict(_l("Somebody else changed the settings a moment ago. What you typed is still below."))
        g.pop("gangway_vendor", None)
        before = vendor()
        changes = {
            name: (getattr(before, name), value) for name, value in values.items() if getattr(before, name) != value
        }
        if not changes:
            return
        if row is None:
            row = VendorSettings(id=1, version=0, values={})
            db.session.add(row)
        row.values = changed(**values)
        row.version += 1
        db.session.flush()
        record(row, "settings.changed", by, changes)
    g.pop("gangway_vendor", None)
