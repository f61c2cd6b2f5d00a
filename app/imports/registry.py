"""The importers there are, in the order in which people choose from them.

The features stand on higher floors: each offers its own when its `imports.py` is imported, see IMPORTERS in
`app/__init__.py`.
"""

from __future__ import annotations

from app.access import policy
from app.core.errors import NotFound
from app.imports.importer import Importer
from app.settings.processes import Process, is_on, needed_by

_OFFERED: dict[str, Importer] = {}


def offer(importer: Importer) -> Importer:
    """Adds an importer."""
    _OFFERED[importer.code] = importer
    return importer


def of_code(code: str) -> Importer:
    """Raises NotFound: there is none."""
    if code not in _OFFERED:
        raise NotFound
    return _OFFERED[code]


def open_to(actor: policy.Actor) -> list[Importer]:
    """Those that this person may use, of the processes that are switched on."""
    return [importer for importer in allowed_to(actor) if not switched_off(importer)]


def allowed_to(actor: policy.Actor) -> list[Importer]:
    """The same, also those of processes that are switched off."""
    return [importer for importer in _OFFERED.values() if policy.allows(actor, importer.permission)]


def switched_off(importer: Importer) -> list[Process]:
    """The processes that this importer needs and that are switched off."""
    return [process for process in sorted(needed_by(type(importer).__module__)) if not is_on(process)]


def everything() -> list[Importer]:
    return list(_OFFERED.values())
