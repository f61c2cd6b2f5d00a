"""Changing the vendor's settings."""

from __future__ import annotations

from typing import Any

from flask import g

from app.core.db import db, lock_named, write
from app.core.errors import Conflict
from app.core.i18n import _l
from app.history import words
from app.history.service import Actor, record
from app.settings import processes
from app.settings.models import VendorSettings, changed, vendor
from app.settings.processes import Process

words.name(
    {
        "settings.changed": _l("Settings changed"),
        "settings.process_off": _l("Process switched off"),
        "settings.process_on": _l("Process switched on"),
    }
)


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
        row = _locked(seen)
        before = vendor()
        changes = {
            name: (getattr(before, name), value) for name, value in values.items() if getattr(before, name) != value
        }
        if changes:
            _keep(row, values)
            record(row, "settings.changed", by, _told(changes))
    g.pop("gangway_vendor", None)


def switch(process: Process, on: bool, seen: int, by: Actor) -> None:
    """Switches a process on or off. Doing it twice does nothing more.

    Raises:
        Conflict: somebody saved meanwhile; `seen` is the version the page showed.
    """
    with write():
        lock_named("vendor-settings")
        g.pop("gangway_vendor", None)
        if processes.is_on(process) != on:
            row = _locked(seen)
            off = tuple(code for code in vendor().off if code != process)
            _keep(row, {"off": off if on else (*off, process.value)})
            verb = "settings.process_on" if on else "settings.process_off"
            record(row, verb, by, {"process": (None, process.value)})
    g.pop("gangway_vendor", None)


def _locked(seen: int) -> VendorSettings:
    """The row, in this `write()`, and nothing remembered of what it held."""
    lock_named("vendor-settings")
    row = db.session.get(VendorSettings, 1, populate_existing=True)
    if (row.version if row else 0) != seen:
        raise Conflict(_l("Somebody else changed the settings a moment ago. What you typed is still below."))
    g.pop("gangway_vendor", None)
    if row is None:
        row = VendorSettings(id=1, version=0, values={})
        db.session.add(row)
    return row


def _keep(row: VendorSettings, values: dict[str, Any]) -> None:
    row.values = changed(**values)
    row.version += 1
    db.session.flush()


def _told(changes: dict[str, tuple[Any, Any]]) -> dict[str, tuple[Any, Any]]:
    """The legal lines country by country: `footer_PL`."""
    told = dict(changes)
    before, after = (dict(lines) for lines in told.pop("footers", ((), ())))
    for country in sorted({*before, *after}):
        if before.get(country) != after.get(country):
            told[f"footer_{country}"] = (before.get(country), after.get(country))
    return told
