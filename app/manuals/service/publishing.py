"""Verbs on what the world sees: publish, schedule, cancel, restore, take down, and say when it was tried last (S4).

Everything holds the publication's row first. A version never changes: what is restored is published anew. A scheduled
version is frozen when it is scheduled, and while one waits nothing else is published: so its moment never puts older
words over newer ones.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from app.core.clock import now, today
from app.core.db import db, lock, write
from app.core.errors import Conflict, DomainError, FieldError, NotFound
from app.core.i18n import NAMES, _, _l
from app.history import service as history
from app.history import words
from app.integrations.models import Integration, SoftwarePartner, Stage
from app.integrations.service import steps
from app.manuals import checking, composing, links, pictures
from app.manuals.models import (
    Draft,
    Publication,
    PublicationKind,
    PublicationVersion,
    VersionState,
)
from app.manuals.queries import publications as queries
from app.manuals.service import telling
from app.manuals.service.linking import keep_links, texts_of
from app.people.models import Person
from app.settings.models import vendor

AFTER_PUBLISHING: list[Callable[[Publication, Person], None]] = []
"""Called inside the `write()` that makes a version live, once it is, with who published or scheduled it."""

MOST_AHEAD = timedelta(days=366)

words.name(
    {
        "publication.published": _l("Published"),
        "publication.scheduled": _l("Publication scheduled"),
        "publication.cancelled": _l("Scheduled publication cancelled"),
        "publication.restored": _l("Earlier version restored"),
        "publication.taken_down": _l("Taken down"),
        "publication.checked": _l("The manual was tried, and its words are right"),
        "integration.pilot_possible": _l("Manual and onboarding page are out: the pilot may start"),
    }
)


class PublicationMovedOn(Conflict):
    """The drafts or what is live changed since the page was opened."""

    def __init__(self) -> None:
        super().__init__(
            _l(
                "A draft was saved, or something was published, since you opened this page. It is shown as it is now: "
                "look at it, and press again."
            )
        )


class OneIsScheduled(Conflict):
    """Another version waits for its moment."""

    def __init__(self) -> None:
        super().__init__(
            _l("Another version is scheduled. Cancel it first, so that it does not come after what you publish now.")
        )


class NotReady(DomainError):
    """What the world would see has problems; `faults` by language."""

    def __init__(self, found: Mapping[str, list[checking.Fault]]) -> None:
        super().__init__(
            _(
                "This cannot be published yet: there are problems in these languages: %(languages)s.",
                languages=", ".join(NAMES[locale] for locale in found),
            )
        )
        self.faults = found


class NothingToPublish(DomainError):
    """No language is left."""

    def __init__(self) -> None:
        super().__init__(_l("Choose at least one language to publish."))


@dataclass(frozen=True)
class Order:
    """What is to be published. `drafts` are the languages whose draft goes out; those in `kept` stay as they are live
    now; a language in neither is no longer published."""

    drafts: tuple[str, ...]
    kept: tuple[str, ...] = ()
    note: str = ""
    publish_at: datetime | None = None
    """None: at once."""


def publish(publication_id: int, seen: int, order: Order, by: Person) -> PublicationVersion:
    """Publishes, at once or later. The same order again, with nothing changed, gives the version there is.

    Raises:
        PublicationMovedOn, OneIsScheduled, NotReady, NothingToPublish, FieldError
    """
    with write():
        return _publish(publication_id, seen, order, by)


def publish_together(orders: Sequence[tuple[int, int, Order]], by: Person) -> list[PublicationVersion]:
    """Manual and onboarding page at once, or neither: each with its id, the version that was seen, and what goes out.

    Raises: as `publish` does.
    """
    with write():
        for publication_id in sorted(one[0] for one in orders):
            lock(Publication, publication_id)
        return [_publish(*one, by) for one in orders]


def _publish(publication_id: int, seen: int, order: Order, by: Person) -> PublicationVersion:
    publication = lock(Publication, publication_id)
    integration = queries.integration(publication.integration_id)
    live = _live(publication)
    held = {draft.locale: draft.content for draft in _drafts(publication.id)}
    if any(locale not in held for locale in order.drafts):
        raise PublicationMovedOn
    drafts = {locale: held[locale] for locale in order.drafts}
    texts = _texts(drafts, live, order)
    said = facts_of(integration, queries.source_of(integration), texts)
    digest = _digest(texts, said)
    waiting = _scheduled(publication.id)
    if order.publish_at is None and live is not None and live.digest == digest and waiting is None:
        return live
    if waiting is not None:
        if waiting.digest == digest and waiting.publish_at == order.publish_at:
            return waiting
        raise OneIsScheduled
    if publication.version != seen:
        raise PublicationMovedOn
    _check_moment(order.publish_at)
    _check_words(PublicationKind(publication.kind), drafts, said["pictures"])
    made = _new_version(publication, texts, said, digest, order.note, by)
    if order.publish_at is None:
        _go_live(publication, integration, made, by, "publication.published")
    else:
        made.state, made.publish_at = VersionState.SCHEDULED, order.publish_at
        publication.version += 1
        history.record(
            publication,
            "publication.scheduled",
            by,
            {"number": (None, made.number), "publish_at": (None, made.publish_at.isoformat())},
        )
    return made


def _texts(drafts: Mapping[str, Any], live: PublicationVersion | None, order: Order) -> dict[str, Any]:
    """What the version says, by language."""
    texts = {locale: as_published(drafts[locale]) for locale in order.drafts}
    for locale in order.kept:
        if live is not None and locale in live.texts and locale not in texts:
            texts[locale] = live.texts[locale]
    if not texts:
        raise NothingToPublish
    return texts


def as_published(content: Mapping[str, Any]) -> dict[str, Any]:
    """What the world would see of a draft: an empty chapter is left out."""
    return {**content, "chapters": [chapter for chapter in content["chapters"] if chapter["body"]]}


def _check_moment(moment: datetime | None) -> None:
    if moment is None:
        return
    if moment <= now():
        raise FieldError("publish_on", _l("This moment is over. Choose one that is still to come, or publish at once."))
    if moment > now() + MOST_AHEAD:
        raise FieldError("publish_on", _l("Choose a day within a year."))


def _check_words(kind: PublicationKind, drafts: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    """Only what goes out of a draft: what is live was looked at before."""
    found = {locale: checking.faults(kind, content, known) for locale, content in drafts.items()}
    wrong = {locale: those for locale, those in found.items() if those}
    if wrong:
        raise NotReady(wrong)


def _new_version(
    publication: Publication, texts: dict[str, Any], said: dict[str, Any], digest: str, note: str, by: Person | None
) -> PublicationVersion:
    highest = db.session.scalar(
        sa.select(sa.func.max(PublicationVersion.number)).where(PublicationVersion.publication_id == publication.id)
    )
    made = PublicationVersion(
        publication_id=publication.id,
        number=(highest or 0) + 1,
        state=VersionState.PUBLISHED,
        texts=texts,
        facts=said,
        digest=digest,
        note=note,
        publish_at=now(),
        by_id=by.id if by else None,
        created_at=now(),
    )
    db.session.add(made)
    db.session.flush()
    return made


def _go_live(
    publication: Publication, integration: Integration, version: PublicationVersion, by: Person | None, verb: str
) -> None:
    """Makes this version the one that the world sees, and lets everybody above and below do their part."""
    version.state, version.published_at = VersionState.PUBLISHED, now()
    before = publication.live_number
    publication.live_number = version.number
    publication.taken_down_at, publication.redirect_url = None, ""
    publication.version += 1
    changes: dict[str, Any] = {"live_number": (before, version.number), "languages": (None, ", ".join(version.texts))}
    if version.note:
        changes["note"] = (None, version.note)
    history.record(publication, verb, by, changes)
    keep_links(publication)
    partner = integration.product.partner
    open_pilot(integration, by)
    if by is None:
        return
    for hook in AFTER_PUBLISHING:
        hook(publication, by)
    _tell_plan(publication, partner, by)


def open_pilot(integration: Integration, by: Person | None) -> None:
    """Only once manual and onboarding page are both out may the pilot start (S5). Inside a `write()`."""
    held = lock(Integration, integration.id)
    out = db.session.scalar(
        sa.select(sa.func.count())
        .select_from(Publication)
        .where(Publication.integration_id == held.id, Publication.live_number.is_not(None))
    )
    if held.stage == Stage.PREPARING and out == len(PublicationKind):
        held.stage, held.updated_at = Stage.PILOT, now()
        held.version += 1
        history.record(held, "integration.pilot_possible", by, {"stage": (Stage.PREPARING.value, Stage.PILOT.value)})
        telling.published(held)


def _tell_plan(publication: Publication, partner: SoftwarePartner, by: Person) -> None:
    """The partner's plan has a task for it, which is done with the first of its integrations."""
    steps.done(partner, "publish_manual" if publication.kind == PublicationKind.MANUAL else "publish_page", by)


# --- facts ------------------------------------------------------------------------------------------------------------


def facts_of(integration: Integration, source: composing.Source, texts: Mapping[str, Any]) -> dict[str, Any]:
    """What is said beside the texts; its shape stands in `PublicationVersion.facts`."""
    shown = {
        picture.ref for content in texts.values() for text in texts_of(content) for picture in links.pictures_in(text)
    }
    kept = pictures.pictures_of(integration.product, {*shown, source.logo} - {""})
    logo = source.logo if any(picture.ref == source.logo for picture in kept) else ""
    product, package = integration.product, integration.package
    return {
        "product": {
            "name": product.name,
            "website": product.website or "",
            "sells": list(product.sells),
            "partner": product.partner.organisation.name,
            "country": product.partner.country,
            "logo": logo,
        },
        "package": {"name": package.name, "kind": package.kind, "website": package.website or ""},
        "passes": list(integration.passes),
        "takes": list(package.passes),
        "support": source.support,
        "pictures": pictures.facts_of(sorted(kept, key=lambda one: one.ref)),
    }


def _digest(texts: Mapping[str, Any], said: Mapping[str, Any]) -> str:
    """Of what a reader sees: where a text came from is not part of it."""
    seen = {
        locale: {**content, "chapters": [{**chapter, "source": ""} for chapter in content["chapters"]]}
        for locale, content in texts.items()
    }
    return hashlib.sha256(json.dumps([seen, said], sort_keys=True, ensure_ascii=False).encode()).hexdigest()


# --- scheduled versions -----------------------------------------------------------------------------------------------


def cancel(publication_id: int, number: int, by: Person) -> bool:
    """Takes a scheduled version back; tells whether it was still waiting.

    Raises:
        Conflict: its moment has come, and it is published.
    """
    with write():
        publication = lock(Publication, publication_id)
        version = _version(publication_id, number)
        if version.state == VersionState.PUBLISHED:
            raise Conflict(_l("This version is published already. Restore an earlier one instead."))
        if version.state == VersionState.CANCELLED:
            return False
        _cancel(publication, version, by)
        return True


def _cancel(publication: Publication, version: PublicationVersion, by: Person) -> None:
    version.state = VersionState.CANCELLED
    publication.version += 1
    history.record(publication, "publication.cancelled", by, {"number": (version.number, None)})
    keep_links(publication)


def publish_due(moment: datetime) -> int:
    """Publishes what was scheduled up to this moment, each in its own `write()`; tells how many. May be repeated."""
    due = sa.select(PublicationVersion.id, PublicationVersion.publication_id).where(
        PublicationVersion.state == VersionState.SCHEDULED, PublicationVersion.publish_at <= moment
    )
    done = 0
    failed: list[Exception] = []
    for version_id, publication_id in db.session.execute(due.order_by(PublicationVersion.publish_at)).all():
        try:
            done += _publish_scheduled(publication_id, version_id)
        except Exception as problem:
            # One that cannot go out must not hold up the others; the job fails afterwards, and is seen.
            structlog.get_logger("publishing").exception("scheduled publication failed", publication=publication_id)
            failed.append(problem)
    if failed:
        raise failed[0]
    return done


def _publish_scheduled(publication_id: int, version_id: int) -> bool:
    with write():
        publication = lock(Publication, publication_id)
        version = lock(PublicationVersion, version_id)
        if version.state != VersionState.SCHEDULED:
            return False
        by = db.session.get(Person, version.by_id) if version.by_id else None
        integration = queries.integration(publication.integration_id)
        _go_live(publication, integration, version, by, "publication.published")
        return True


# --- earlier versions, taking down, trying ----------------------------------------------------------------------------


def restore(publication_id: int, number: int, seen: int, note: str, by: Person) -> PublicationVersion:
    """Publishes anew what an earlier version said, word for word. The drafts stay as they are.

    Raises:
        PublicationMovedOn, OneIsScheduled, NotFound
    """
    with write():
        publication = lock(Publication, publication_id)
        earlier = _version(publication_id, number)
        if earlier.state != VersionState.PUBLISHED:
            raise NotFound
        live = _live(publication)
        if live is not None and live.digest == earlier.digest:
            return live
        if _scheduled(publication_id) is not None:
            raise OneIsScheduled
        if publication.version != seen:
            raise PublicationMovedOn
        made = _new_version(publication, earlier.texts, earlier.facts, earlier.digest, note, by)
        made.restored_from = earlier.number
        integration = queries.integration(publication.integration_id)
        _go_live(publication, integration, made, by, "publication.restored")
        return made


def take_down(publication_id: int, seen: int, redirect_url: str, by: Person) -> None:
    """The world sees it no longer: who comes is sent on to a page of ours, or told that there is none. What was
    scheduled is cancelled with it.

    Raises:
        PublicationMovedOn
        FieldError: the address is not a page of ours, or the very page that is taken down.
    """
    with write():
        publication = lock(Publication, publication_id)
        if publication.live_number is None and publication.redirect_url == redirect_url:
            return
        if publication.version != seen:
            raise PublicationMovedOn
        _check_redirect(publication, redirect_url)
        waiting = _scheduled(publication_id)
        if waiting is not None:
            _cancel(publication, waiting, by)
        before, old = publication.live_number, publication.redirect_url
        publication.live_number, publication.redirect_url = None, redirect_url
        publication.taken_down_at = publication.taken_down_at or now()
        publication.version += 1
        history.record(
            publication,
            "publication.taken_down",
            by,
            {"live_number": (before, None), "redirect_url": (old, redirect_url)},
        )
        keep_links(publication)


def _check_redirect(publication: Publication, url: str) -> None:
    if not url:
        return
    if not links.is_usable(url) or not url.startswith("/"):
        raise FieldError(
            "redirect_url", _l("Enter the path of a page of ours, beginning with /, for example /integrations.")
        )
    integration = queries.integration(publication.integration_id)
    own = queries.path_of(PublicationKind(publication.kind), integration.slug)
    if url.partition("?")[0].partition("#")[0].rstrip("/") == own:
        raise FieldError("redirect_url", _l("This is the page that is taken down. Enter another one."))


def tried(publication_id: int, day: date, by: Person) -> None:
    """Somebody did what the manual says, and it was right (`Integration.checked_on`).

    Raises:
        FieldError: the day is still to come.
    """
    if day > today(vendor().timezone):
        raise FieldError("checked_on", _l("This day lies in the future. Enter the day on which the manual was tried."))
    with write():
        publication = lock(Publication, publication_id)
        integration = lock(Integration, publication.integration_id)
        if integration.checked_on == day:
            return
        before = integration.checked_on.isoformat() if integration.checked_on else None
        integration.checked_on, integration.updated_at = day, now()
        integration.version += 1
        history.record(publication, "publication.checked", by, {"checked_on": (before, day.isoformat())})


def _live(publication: Publication) -> PublicationVersion | None:
    return None if publication.live_number is None else _version(publication.id, publication.live_number)


def _version(publication_id: int, number: int) -> PublicationVersion:
    found = db.session.scalar(
        sa.select(PublicationVersion)
        .where(PublicationVersion.publication_id == publication_id, PublicationVersion.number == number)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found


def _scheduled(publication_id: int) -> PublicationVersion | None:
    return db.session.scalar(
        sa.select(PublicationVersion).where(
            PublicationVersion.publication_id == publication_id, PublicationVersion.state == VersionState.SCHEDULED
        )
    )


def _drafts(publication_id: int) -> list[Draft]:
    query = sa.select(Draft).where(Draft.publication_id == publication_id).order_by(Draft.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))
