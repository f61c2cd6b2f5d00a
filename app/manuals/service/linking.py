"""The links of publications: which there are, kept with every saving, and asked by a job whether they lead anywhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from app.core.db import db, write
from app.manuals import links, reaching
from app.manuals.models import (
    Draft,
    LinkOutcome,
    Publication,
    PublicationLink,
    PublicationVersion,
    VersionState,
)
from app.manuals.reaching import Answer

EVERY = timedelta(days=1)
AGAIN = timedelta(hours=4)
"""Sooner for what did not answer: whether it is broken shows the second time."""
AT_ONCE = 30
SECONDS = 60.0
_MANY = 3
"""When so many servers are asked and none answers at all, it is our own line."""


def texts_of(content: Mapping[str, Any]) -> Iterator[str]:
    """All Markdown in a draft or a version's text."""
    for chapter in content.get("chapters", []):
        yield chapter["body"]
    for asked in content.get("requirements", []):
        yield asked["help"]


def keep_links(publication: Publication) -> None:
    """Brings the rows up to date with the drafts and with what is live or scheduled; inside the `write()` that changed
    them. What a link answered last stays with it."""
    db.session.flush()
    shown = sa.or_(
        PublicationVersion.number == publication.live_number, PublicationVersion.state == VersionState.SCHEDULED
    )
    contents = list(db.session.scalars(sa.select(Draft.content).where(Draft.publication_id == publication.id)))
    for texts in db.session.scalars(
        sa.select(PublicationVersion.texts).where(PublicationVersion.publication_id == publication.id, shown)
    ):
        contents += texts.values()
    wanted = {
        link.url
        for content in contents
        for text in texts_of(content)
        for link in links.links_in(text)
        if links.leads_outside(link.url)
    }
    own = PublicationLink.publication_id == publication.id
    there = set(db.session.scalars(sa.select(PublicationLink.url).where(own)))
    if gone := there - wanted:
        db.session.execute(sa.delete(PublicationLink).where(own, PublicationLink.url.in_(gone)))
    db.session.add_all(PublicationLink(publication_id=publication.id, url=url) for url in sorted(wanted - there))


def check_links(moment: datetime, ask: Callable[..., Answer] = reaching.ask) -> int:
    """Asks the links whose turn it is, each address once; tells how many. May be repeated."""
    due = _due(moment)
    until = time.monotonic() + SECONDS
    answers: dict[str, Answer] = {}
    for url in due:
        if time.monotonic() >= until:
            break
        answers[url] = ask(url, deadline=until)
    db.session.rollback()
    if _nobody_answered(answers):
        answers = {url: Answer(LinkOutcome.UNKNOWN) for url in answers}
    if answers:
        with write():
            for url, answer in answers.items():
                _note(url, answer, moment)
    return len(answers)


def _due(moment: datetime) -> list[str]:
    late = sa.or_(
        PublicationLink.checked_at.is_(None),
        PublicationLink.checked_at <= moment - EVERY,
        sa.and_(PublicationLink.failures > 0, PublicationLink.checked_at <= moment - AGAIN),
    )
    query = (
        sa.select(PublicationLink.url)
        .where(late)
        .group_by(PublicationLink.url)
        .order_by(sa.func.min(sa.func.coalesce(PublicationLink.checked_at, datetime.fromtimestamp(0, moment.tzinfo))))
        .limit(AT_ONCE)
    )
    return list(db.session.scalars(query))


def _nobody_answered(answers: Mapping[str, Answer]) -> bool:
    asked = {urlsplit(url).hostname for url, answer in answers.items() if answer.outcome != LinkOutcome.REFUSED}
    return len(asked) >= _MANY and all(answer.status is None for answer in answers.values())


def _note(url: str, answer: Answer, moment: datetime) -> None:
    values: dict[str, Any] = {"checked_at": moment}
    if answer.outcome != LinkOutcome.UNKNOWN:
        fine = answer.outcome == LinkOutcome.FINE
        values |= {
            "outcome": answer.outcome,
            "status": answer.status,
            "failures": 0 if fine else PublicationLink.failures + 1,
        }
    db.session.execute(sa.update(PublicationLink).where(PublicationLink.url == url).values(values))
