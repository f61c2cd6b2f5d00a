"""Verbs on drafts: begin them for an integration, save, take over what the software partner changed (S4).

Two editors may work on one draft. Each form says of every part which text it was filled with; so what only one of them
changed is kept from both, and only where both changed the same part is the later one asked, with both texts in view.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.core.clock import now
from app.core.db import db, lock, write
from app.core.errors import Conflict, NotFound
from app.core.i18n import LOCALES, _l
from app.history import service as history
from app.history import words
from app.integrations.models import Integration
from app.manuals import composing
from app.manuals.models import Draft, Publication, PublicationKind
from app.manuals.queries import publications as queries
from app.manuals.service.linking import keep_links
from app.people.models import Person

words.name(
    {
        "publication.begun": _l("Draft begun"),
        "publication.language_added": _l("Language added to the draft"),
        "publication.saved": _l("Draft saved"),
        "publication.taken_over": _l("Changed texts of the software partner taken over"),
    }
)


class BothChanged(Conflict):
    """Somebody else saved other words in the same places in between. `parts` says in which, with theirs."""

    def __init__(self, parts: Mapping[str, str], draft: Draft) -> None:
        super().__init__(
            _l(
                "Somebody else saved other words in the same places while you were writing. Both texts stand beside "
                "each other below. Nothing of yours is lost: change what you want to keep, and save again."
            )
        )
        self.parts, self.draft = parts, draft


class DraftMovedOn(Conflict):
    """The draft was saved in between."""

    def __init__(self) -> None:
        super().__init__(_l("Somebody else saved this draft in the meantime. Look at it again first."))


@dataclass(frozen=True)
class Edited:
    """A draft as somebody sends it back."""

    content: dict[str, Any]
    """As in `Draft.content`, without the sources."""
    seen: Mapping[str, str]
    """By part (see `parts_of`) the digest of the text that the form was filled with."""


def part_digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def parts_of(content: Mapping[str, Any]) -> dict[str, str]:
    """The places in which a draft has words, each with them: what editors may change apart from each other."""
    parts = {"title": content.get("title", ""), "summary": content.get("summary", "")}
    for chapter in content.get("chapters", []):
        parts[f"{chapter['code']}.title"] = chapter["title"]
        parts[chapter["code"]] = chapter["body"]
    if "requirements" in content:
        parts["requirements"] = "\n\n".join(f"{one['question']}\n{one['help']}" for one in content["requirements"])
    return parts


def begin(integration_id: int, by: Person) -> dict[PublicationKind, Publication]:
    """The manual and the onboarding page of an integration, with a draft in each language of the product, composed from
    what there is. What is begun already stays as it is; so it can be pressed twice."""
    with write():
        lock(Integration, integration_id)
        integration = queries.integration(integration_id)
        source = queries.source_of(integration)
        return {kind: _begun(integration, kind, source, by) for kind in PublicationKind}


def _begun(integration: Integration, kind: PublicationKind, source: composing.Source, by: Person) -> Publication:
    found = db.session.scalar(
        sa.select(Publication).where(Publication.integration_id == integration.id, Publication.kind == kind)
    )
    if found is None:
        found = Publication(integration_id=integration.id, kind=kind, created_at=now())
        db.session.add(found)
        db.session.flush()
        history.record(found, "publication.begun", by)
        for locale in integration.product.languages:
            _add_draft(found, locale, source, by)
        keep_links(found)
    return found


def _add_draft(publication: Publication, locale: str, source: composing.Source, by: Person | None) -> Draft:
    made = Draft(
        publication_id=publication.id,
        locale=locale,
        content=composing.compose(PublicationKind(publication.kind), source, locale),
        saved_at=now(),
        saved_by_id=by.id if by else None,
        version=1,
    )
    db.session.add(made)
    return made


def add_language(publication_id: int, locale: str, by: Person) -> None:
    """A draft in one more language, composed from what there is; the one there is stays.

    Raises:
        NotFound: no such language.
    """
    if locale not in LOCALES:
        raise NotFound
    with write():
        publication = lock(Publication, publication_id)
        if _draft(publication_id, locale) is not None:
            return
        source = queries.source_of(queries.integration(publication.integration_id))
        _add_draft(publication, locale, source, by)
        publication.version += 1
        keep_links(publication)
        history.record(publication, "publication.language_added", by, {"language": (None, locale)})


def save(publication_id: int, locale: str, edited: Edited, by: Person) -> bool:
    """Keeps what was written; tells whether anything differed. What somebody else changed in other places since the
    form was filled stays.

    Raises:
        BothChanged: the same place was changed by somebody else.
        NotFound: there is no such draft.
    """
    with write():
        publication, draft = _locked(publication_id, locale)
        stored, sent = parts_of(draft.content), parts_of(edited.content)
        apart, mine = {}, set()
        for name, text in sent.items():
            now_there, seen = stored.get(name, ""), edited.seen.get(name, "")
            if text == now_there or part_digest(text) == seen:
                continue
            mine.add(name)
            if part_digest(now_there) != seen:
                apart[name] = now_there
        if apart:
            raise BothChanged(apart, draft)
        return _keep(publication, draft, _merged(draft.content, edited.content, mine), "publication.saved", by)


def _merged(stored: Mapping[str, Any], sent: Mapping[str, Any], mine: Collection[str]) -> dict[str, Any]:
    """The stored content with those places as they were sent."""
    content = copy.deepcopy(dict(stored))
    for name in ("title", "summary", "requirements"):
        if name in mine:
            content[name] = sent[name]
    chapters = {chapter["code"]: chapter for chapter in sent["chapters"]}
    for chapter in content["chapters"]:
        if f"{chapter['code']}.title" in mine:
            chapter["title"] = chapters[chapter["code"]]["title"]
        if chapter["code"] in mine:
            chapter["body"] = chapters[chapter["code"]]["body"]
    return content


def take_over(publication_id: int, locale: str, codes: Collection[str], version: int, by: Person) -> bool:
    """Puts the newly composed text in place of the draft's in these chapters. Those left out keep their words, and are
    no longer said to be behind when `codes` names them with a minus in front: the editor has seen the change.

    Raises:
        DraftMovedOn: the draft is not as it was compared.
    """
    with write():
        publication, draft = _locked(publication_id, locale)
        if draft.version != version:
            raise DraftMovedOn
        source = queries.source_of(queries.integration(publication.integration_id))
        fresh = composing.compose(PublicationKind(publication.kind), source, locale)
        new = {chapter["code"]: chapter for chapter in fresh["chapters"]}
        content = copy.deepcopy(draft.content)
        for chapter in content["chapters"]:
            code = chapter["code"]
            if code in codes and code in new:
                chapter.update(body=new[code]["body"], source=new[code]["source"])
            elif f"-{code}" in codes and code in new:
                chapter["source"] = new[code]["source"]
        return _keep(publication, draft, content, "publication.taken_over", by)


def _keep(publication: Publication, draft: Draft, content: dict[str, Any], verb: str, by: Person) -> bool:
    if content == draft.content:
        return False
    changes = dict(_changes(draft, content))
    draft.content = content
    draft.saved_at, draft.saved_by_id = now(), by.id
    draft.version += 1
    publication.version += 1
    history.record(publication, verb, by, changes)
    keep_links(publication)
    return True


def _changes(draft: Draft, content: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, str]]]:
    before = parts_of(draft.content)
    for name, text in parts_of(content).items():
        if before.get(name, "") != text:
            yield f"{name}:{draft.locale}", (before.get(name, ""), text)


def _locked(publication_id: int, locale: str) -> tuple[Publication, Draft]:
    """Raises NotFound: there is no such draft."""
    publication = lock(Publication, publication_id)
    draft = _draft(publication_id, locale)
    if draft is None:
        raise NotFound
    return publication, draft


def _draft(publication_id: int, locale: str) -> Draft | None:
    """As it is now; whoever changes one holds the publication."""
    return db.session.scalar(
        sa.select(Draft)
        .where(Draft.publication_id == publication_id, Draft.locale == locale)
        .execution_options(populate_existing=True)
    )
