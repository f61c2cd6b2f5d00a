"""A person's data from every place as one archive: for machines, and to be read.

It holds what is about the person and what they wrote; of other records only the passages in which they stand. Nobody
else's address or number goes along, nor who wrote about them, nor any secret.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask import render_template

from app.core.clock import now
from app.core.db import db, lock, write
from app.core.errors import NotFound
from app.core.files import store
from app.core.i18n import LOCALES, in_locale
from app.core.privacy import ERASED, Holding, Is, Kind
from app.documents.models import Acceptance, Upload
from app.history import words
from app.history.models import HistoryEntry
from app.history.service import Actor, record
from app.people.models import Person
from app.privacy.service import needles, walk, whom
from app.privacy.service.whom import Found
from app.privacy.sources import holdings
from app.settings.models import vendor


@dataclass
class Part:
    """Data kept for one purpose."""

    kind: Kind
    records: list[dict[str, Any]] = field(default_factory=list)
    kept: list[tuple[Any, Any]] = field(default_factory=list)
    """Why something would stay in spite of an erasure, and until when."""


def export(email: str, locale: str = "") -> bytes:
    """The archive, as the bytes of a ZIP file, in this language or the person's own. Changes nothing."""
    found = whom.find(email)
    parts, files = _gathered(found)
    spoken = next((each for each in (locale, found.locale) if each in LOCALES), vendor().default_locale)
    made_at = now()
    with in_locale(spoken):
        overview = render_template(
            "privacy/overview.html",
            found=found,
            parts=parts,
            files=files,
            made_at=made_at,
            locale=spoken,
            acts=_acts(found),
        )
        data = {
            "made_at": made_at.isoformat(),
            "address": found.asked,
            "known_as": {
                "addresses": sorted(found.emails),
                "names": sorted(found.names),
                "phones": sorted(found.phones),
            },
            "data": [
                {
                    "kind": part.kind.code,
                    "name": str(part.kind.name),
                    "why": str(part.kind.why),
                    "until": str(part.kind.until),
                    "records": part.records,
                }
                for part in parts
            ],
            "acts": [{"at": each["at"].isoformat(), "verb": each["verb"]} for each in _acts(found)],
        }
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("overview.html", overview)
        out.writestr("data.json", json.dumps(data, ensure_ascii=False, indent=2))
        for name, key in files.items():
            try:
                with store().open(key) as content:
                    out.writestr(name, content.read())
            except NotFound:
                continue
    return archive.getvalue()


def _gathered(found: Found) -> tuple[list[Part], dict[str, str]]:
    parts: dict[str, Part] = {}
    for holding in holdings():
        part = parts.setdefault(holding.kind.code, Part(holding.kind))
        for row in walk.rows_about(holding, found):
            record = _told(holding, found, row)
            if record:
                part.records.append({"of": holding.table.name, **record})
            for column in walk.kept_in(holding, found, row):
                reason = (holding.stays[column].why, holding.stays[column].until)
                if reason not in part.kept:
                    part.kept.append(reason)
    return [part for part in parts.values() if part.records], _files(found)


def _told(holding: Holding, found: Found, row: Mapping[str, Any]) -> dict[str, Any]:
    """What the person is given of a row: all of their own, of others the passages that name them."""
    told: dict[str, Any] = {}
    for column in holding.table.columns:
        what, value = holding.columns.get(column.name), row[column.name]
        if value in (None, "", [], {}) or what in (Is.SECRET, Is.SEARCH):
            continue
        if row["_own"]:
            if what is not None or not _is_key(holding, column):
                told[column.name] = _plain(_without_others(value, found))
        elif what in (Is.TEXT, Is.STAYS, Is.NAME):
            passages = needles.passages(value, found.pattern(row["_near"]))
            if passages:
                told[column.name] = [_without_others(text, found) for text in passages]
    if told and not row["_own"]:
        told |= {name: _plain(row[name]) for name in ("ref", "created_at", "at") if row.get(name)}
    return told


def _is_key(holding: Holding, column: sa.Column[Any]) -> bool:
    """Numbers by which tables point to each other tell nobody anything."""
    return bool(column.primary_key or column.foreign_keys or column.name.endswith("_id"))


def _without_others(value: Any, found: Found) -> Any:
    """Addresses and numbers of other people left out, wherever they stand in text."""
    match value:
        case str():
            return _OTHERS.sub(lambda one: one[0] if found.is_named_in(one[0], near=True) else ERASED, value)
        case dict():
            return {key: _without_others(each, found) for key, each in value.items()}
        case list() | tuple():
            return [_without_others(each, found) for each in value]
        case _:
            return value


_OTHERS = re.compile(needles.OTHERS.pattern, re.IGNORECASE)


def _plain(value: Any) -> Any:
    """As JSON has it."""
    match value:
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case _:
            return value


def _files(found: Found) -> dict[str, str]:
    """Name in the archive -> key: evidence of what they accepted, and what they sent themselves."""
    if not found.person_ids:
        return {}
    evidence = sa.select(Acceptance.evidence_id).where(
        Acceptance.accepted_by_id.in_(found.person_ids), Acceptance.evidence_id.is_not(None)
    )
    uploads = db.session.scalars(sa.select(Upload).where(Upload.id.in_(evidence)).order_by(Upload.id))
    return {f"files/{upload.ref}-{upload.filename}": upload.key for upload in uploads}


def _acts(found: Found) -> list[dict[str, Any]]:
    """What the person did here, from the record of changes: when and what, not to whom."""
    if not found.person_ids:
        return []
    entries = db.session.execute(
        sa.select(HistoryEntry.at, HistoryEntry.verb)
        .where(HistoryEntry.actor_id.in_(found.person_ids))
        .order_by(HistoryEntry.id)
    )
    return [{"at": entry.at, "verb": entry.verb, "words": words.of(entry.verb)} for entry in entries]


def note(email: str, by: Actor) -> None:
    """Writes into the history of the person, or else of every record they are the contact of, that staff took it."""
    found = whom.find(email)
    subjects: list[Any] = [db.session.get(Person, id) for id in sorted(found.person_ids)]
    if not subjects:
        told = [holding for holding in holdings() if holding.told]
        subjects = [
            db.session.get(holding.model, id)
            for holding in told
            for id in sorted(found.records.get(holding.table.name, ()))
        ]
    with write():
        for subject in subjects:
            if subject is not None:
                record(lock(type(subject), subject.id), "person.exported", by)
