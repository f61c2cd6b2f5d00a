"""Answers: one record with its ETag, a list with the way on, and the version that a change was made from."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import Response, current_app, request
from sqlalchemy.orm import InstrumentedAttribute

from app.core.api.problems import Invalid, PreconditionFailed, PreconditionRequired
from app.core.api.shapes import ChangesForm, ListForm, Shape
from app.core.i18n import _l
from app.core.paging import Key, Page, is_cursor, page_of

SIZE = 50


def shown(shape: type[Shape], record: Any, *, status: int = 200, location: str | None = None) -> Response:
    """One record. Where it has a version, its ETag is made of that and of what is shown, so that it serves both to
    read again only what has changed (If-None-Match) and to change what was read (If-Match)."""
    response = _json(shape().dump(record), status)
    version = getattr(record, "version", None)
    tag = hashlib.sha256(response.get_data()).hexdigest()[:16]
    response.set_etag(tag if version is None else f"{version}-{tag}")
    if location is not None:
        response.headers["Location"] = current_app.config["GANGWAY"].public_url.rstrip("/") + location
    if status == 200 and request.method == "GET":
        response.make_conditional(request)
    return response


def asked_page(query: sa.Select[*tuple[Any, ...]], by: ListForm, *keys: Key, descending: bool = False) -> Page[Any]:
    """The page of `query` that was asked for, in the order of `keys`, the last one unique.

    Raises:
        Invalid: the cursor is none that we gave for this list.
    """
    if by.after.data and not is_cursor(by.after.data, keys):
        raise Invalid([("/after", _l("This is no cursor of this list. Begin without one."))])
    return page_of(query, *keys, descending=descending, cursor=by.after.data, size=by.limit.data or SIZE)


def changes_page(
    query: sa.Select[*tuple[Any, ...]], by: ChangesForm, updated_at: InstrumentedAttribute[datetime], id: Key
) -> Page[Any]:
    """The same, the one that changed longest ago first, and only what changed since the moment that was named."""
    if by.updated_since.data is not None:
        query = query.where(updated_at >= by.updated_since.data)
    return asked_page(query, by, updated_at, id)


def listing(shape: type[Shape], page: Page[Any]) -> Response:
    """`items`, and in `next` and the header Link the address of what follows, where something does."""
    further = _address(page.next) if page.next is not None else None
    response = _json({"items": shape(many=True).dump(page.items), "next": further})
    if further is not None:
        response.headers["Link"] = f'<{further}>; rel="next"'
    response.set_etag(hashlib.sha256(response.get_data()).hexdigest()[:32])
    response.make_conditional(request)
    return response


def _address(cursor: str) -> str:
    arguments = [(name, value) for name, value in request.args.items(multi=True) if name != "after"]
    base = current_app.config["GANGWAY"].public_url.rstrip("/")
    return f"{base}{request.path}?{urlencode([*arguments, ('after', cursor)])}"


def seen(record: Any) -> int:
    """The version from which the caller changes this record, as If-Match says it; it is the one that stands.

    Raises:
        PreconditionRequired: If-Match was left out.
        PreconditionFailed: the record is another one by now.
    """
    version: int = record.version
    if "If-Match" not in request.headers:
        raise PreconditionRequired(
            _l("Say in If-Match the ETag of what you change, so that nothing is overwritten unseen.")
        )
    if not of_version(version):
        raise PreconditionFailed
    return version


def of_version(version: int) -> bool:
    """Whether If-Match names this version."""
    tags = request.if_match
    return bool(tags.star_tag) or any(tag.partition("-")[0] == str(version) for tag in tags.as_set())


def _json(content: Any, status: int = 200) -> Response:
    response = Response(json.dumps(content, ensure_ascii=False) + "\n", status, mimetype="application/json")
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.update(("Authorization", "Accept-Language"))
    return response
