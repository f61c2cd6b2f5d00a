"""What readers say of a manual: whether a chapter helped, and what was missing (S4)."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from app.core.clock import now
from app.core.crypto import keyed_digest
from app.core.db import db, lock_named, write
from app.core.errors import NotFound
from app.core.i18n import _l
from app.history import words
from app.history.service import Visitor, record
from app.manuals.models import ManualFeedback, Publication, PublicationVersion

MOST_SIGNS = 1000

words.name(
    {
        "manual_feedback.given": _l("A reader said whether a chapter helped"),
        "manual_feedback.changed": _l("A reader said something else of the same chapter"),
    }
)


@dataclass(frozen=True)
class Said:
    """What a reader says of one chapter."""

    locale: str
    chapter: str
    helped: bool
    words: str = ""


def say(publication: Publication, version: PublicationVersion, said: Said, reader: str) -> ManualFeedback:
    """Keeps it. `reader` is what is known of the browser: the same one saying something of the same chapter again
    changes what it said, so pressing twice is once.

    Raises:
        NotFound: the version has no such language or chapter.
    """
    chapters = version.texts.get(said.locale, {}).get("chapters", ())
    if said.chapter not in {chapter["code"] for chapter in chapters}:
        raise NotFound
    about = f"{publication.ref}:{version.number}:{said.locale}:{said.chapter}"
    key = keyed_digest("manual feedback", about.encode(), reader.encode("utf-8", "replace"))
    with write():
        lock_named(f"manual_feedback:{key}")
        found = db.session.scalar(sa.select(ManualFeedback).where(ManualFeedback.key == key))
        if found is None:
            found = ManualFeedback(
                publication_id=publication.id,
                number=version.number,
                locale=said.locale,
                chapter=said.chapter,
                helped=said.helped,
                words=said.words,
                key=key,
                created_at=now(),
            )
            db.session.add(found)
            db.session.flush()
            record(found, "manual_feedback.given", Visitor(), {"helped": (None, said.helped)})
            return found
        if found.helped != said.helped or said.words not in ("", found.words):
            changes = {"helped": (found.helped, said.helped)} if found.helped != said.helped else {}
            found.helped, found.words = said.helped, said.words or found.words
            found.handled_at = None
            # Words go after a while, and so stand nowhere else.
            record(found, "manual_feedback.changed", Visitor(), changes)
    return found
