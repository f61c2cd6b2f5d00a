"""A manual as PDF: drawn once for what it says, how it looks and its language, then kept in the file store."""

from __future__ import annotations

import hashlib
import json
import threading
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import joinedload

from app.core.db import db
from app.core.errors import NotFound
from app.core.files import store
from app.core.i18n import LOCALES, _, format_date
from app.core.markdown import blocks
from app.core.pdf import Picture, drawn, layout_of
from app.manuals.models import Picture as PictureRow
from app.manuals.models import PictureSize
from app.manuals.reading import Reading
from app.settings.models import vendor

TEMPLATE = Path(__file__).with_name("manual.typ")
WIDEST = 960
"""Pixels of a picture on paper."""
_LINE, _PAGE = 140.0, 120.0
"""Millimetres that a picture has at most, across and down."""
_PIXEL = 0.19
"""Millimetres of a pixel, so that small pictures stay small."""

_ONE_AT_A_TIME = threading.Lock()


def kept(reading: Reading, publication_id: int, *, address: str, number: int) -> bytes:
    """The document in the language spoken now. `address` is where the manual stands, from the root; `number` that of
    its version."""
    data = _data(reading, current_app.config["GANGWAY"].public_url + address, number)
    seal = _seal(data)
    key = _key(publication_id, reading.locale)
    if (content := _sealed(key, seal)) is not None:
        return content
    with _ONE_AT_A_TIME:
        if (content := _sealed(key, seal)) is not None:
            return content
        content = _drawn(reading, data)
        store().put(key, seal + content)
    return content


def forget(publication_id: int) -> None:
    """Of a manual that says something else than it said: nothing of the former words stays in the store."""
    for locale in LOCALES:
        store().delete(_key(publication_id, locale))


def _key(publication_id: int, locale: str) -> str:
    """One place for each manual and language: a newer version takes that of the one before."""
    digest = hashlib.sha512(f"manual {publication_id} {locale}".encode()).hexdigest()
    return f"{digest[:64]}-{digest[64:72]}"


def _seal(data: dict[str, Any]) -> bytes:
    """Of everything that it is drawn from; pictures never change under their reference. Stands before the document."""
    told = json.dumps(data, sort_keys=True, ensure_ascii=False).encode() + layout_of(TEMPLATE)
    return hashlib.sha256(told).digest()


def _sealed(key: str, seal: bytes) -> bytes | None:
    held = _found(key)
    return held[len(seal) :] if held is not None and held.startswith(seal) else None


def _found(key: str) -> bytes | None:
    try:
        with store().open(key) as file:
            return file.read()
    except NotFound:
        return None


def _data(reading: Reading, address: str, number: int) -> dict[str, Any]:
    ours = vendor()
    return {
        "locale": reading.locale,
        "title": reading.title,
        "summary": reading.summary,
        "chapters": [
            {"title": chapter.title, "blocks": blocks(chapter.text, pictures=True)} for chapter in reading.chapters
        ],
        "names": [reading.product, reading.partner, reading.package],
        "passed": [[name, _("Yes") if is_passed else _("No")] for name, is_passed in reading.passed],
        "sizes": {ref: _millimetres(image.width, image.height) for ref, image in reading.pictures.items()},
        "checked": _("Last checked on %(date)s", date=format_date(reading.checked_on)) if reading.checked_on else "",
        "newest": _("The newest version of this manual: %(address)s", address=address),
        "number": _("Version %(number)s", number=number),
        "brand": ours.short_name or ours.name,
        "logo": ours.logo,
        "accent": ours.colours.light,
        "words": {
            "contents": _("Contents"),
            "product": _("Point of sale or webshop"),
            "partner": _("Software partner"),
            "package": _("Package"),
            "what": _("What"),
            "passed": _("Passed on"),
        },
    }


def _millimetres(width: int, height: int) -> float:
    """How wide a picture is drawn."""
    return round(min(_LINE, width * _PIXEL, _PAGE * width / height), 1)


def _drawn(reading: Reading, data: dict[str, Any]) -> bytes:
    pictures = [Picture(f"{ref}.webp", content) for ref, content in _contents(set(reading.pictures)).items()]
    held = {picture.name.removesuffix(".webp") for picture in pictures}
    logo = _found(data["logo"]) if data["logo"] else None
    shown = {**data, "sizes": {ref: size for ref, size in data["sizes"].items() if ref in held}}
    if logo is not None:
        pictures.append(Picture("logo.png", logo))
    return drawn(TEMPLATE, {**shown, "logo": "logo.png" if logo is not None else ""}, *pictures)


def _contents(refs: set[str]) -> dict[str, bytes]:
    """Of each picture the widest size that is wanted on paper, else the narrowest; one that is lost is left out."""
    rows = db.session.scalars(
        sa.select(PictureSize)
        .join(PictureSize.picture)
        .where(PictureRow.ref.in_(refs))
        .order_by(PictureSize.width.desc())
        .options(joinedload(PictureSize.picture), joinedload(PictureSize.upload))
    )
    chosen: dict[str, PictureSize] = {}
    for row in rows:
        if row.picture.ref not in chosen or chosen[row.picture.ref].width > WIDEST:
            chosen[row.picture.ref] = row
    found = {ref: _found(row.upload.key) for ref, row in chosen.items()}
    return {ref: content for ref, content in found.items() if content is not None}
