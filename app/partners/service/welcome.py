"""The welcome package: files and links kept per language (R4)."""

from __future__ import annotations

import sqlalchemy as sa

from app.core.db import db, lock_named, new_ref, write
from app.core.errors import FieldError, NotFound
from app.core.files import Received
from app.core.i18n import _l
from app.documents import service as documents
from app.history import service as history
from app.partners.models import WelcomeItem
from app.people.models import Person


def add(locale: str, title: str, description: str, url: str, received: Received | None, by: Person) -> WelcomeItem:
    """Adds a link or a file at the end of a language's list.

    Raises:
        FieldError: neither or both were given.
    """
    if bool(url) == (received is not None):
        raise FieldError("url", _l("Enter an address or choose a file: one of the two."))
    upload = documents.keep_upload(received, by) if received else None
    with write():
        lock_named("welcome-package")
        if upload is not None:
            db.session.add(upload)
            db.session.flush()
        last = db.session.scalar(sa.select(sa.func.max(WelcomeItem.position)).where(WelcomeItem.locale == locale))
        item = WelcomeItem(
            ref=new_ref("W"),
            locale=locale,
            title=title,
            description=description,
            url=url or None,
            upload_id=upload.id if upload else None,
            position=(last or 0) + 1,
        )
        db.session.add(item)
        db.session.flush()
        history.record(item, "welcome.added", by, {"title": (None, title), "locale": (None, locale)})
    return item


def remove(ref: str, by: Person) -> None:
    """Takes an item out. Its file stays in the store, because mails and history may still speak of it.

    Raises:
        NotFound
    """
    with write():
        lock_named("welcome-package")
        item = _item(ref)
        history.record(item, "welcome.removed", by, {"title": (item.title, None)})
        db.session.delete(item)


def move(ref: str, down: bool) -> WelcomeItem:
    """One place up or down within its language. Raises NotFound."""
    with write():
        lock_named("welcome-package")
        item = _item(ref)
        items = list(
            db.session.scalars(
                sa.select(WelcomeItem)
                .where(WelcomeItem.locale == item.locale)
                .order_by(WelcomeItem.position, WelcomeItem.id)
            )
        )
        place = items.index(item)
        other = place + (1 if down else -1)
        if 0 <= other < len(items):
            items[place], items[other] = items[other], items[place]
        for n, each in enumerate(items):
            each.position = n
    return item


def _item(ref: str) -> WelcomeItem:
    found = db.session.scalar(sa.select(WelcomeItem).where(WelcomeItem.ref == ref))
    if found is None:
        raise NotFound
    return found
