"""What is held about people in intakes, manuals, their readers' words and pilots: hardly more than who wrote what."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa

from app.core.clock import now
from app.core.db import after_commit, db
from app.core.files import store
from app.core.i18n import _l
from app.core.privacy import Holding, Is, Kind, Rule, Whom, are
from app.customers import privacy as accounts
from app.documents.models import Upload
from app.integrations.models import Integration
from app.manuals import printing
from app.manuals.models import (
    Draft,
    Intake,
    ManualFeedback,
    Picture,
    PictureSize,
    Pilot,
    Publication,
    PublicationLink,
    PublicationVersion,
    Saving,
    Section,
)

LAST = 20
"""Savings of each section that stay, however old they are."""

_INTAKES = Kind(
    "intakes",
    _l("What software partners supply for manuals"),
    _l("To make the manuals of the integration: performance of the contract."),
    _l("As long as the vendor works with the software partner; of earlier savings the latest and what was handed in."),
)
_MANUALS = Kind(
    "manuals",
    _l("Manuals and onboarding pages"),
    _l("To tell customers how to connect: our legitimate interest."),
    _l("As long as the integration exists: what was published is kept with its versions."),
)
_FEEDBACK = Kind(
    "manual_feedback",
    _l("What readers say about manuals"),
    _l("To make manuals better: our legitimate interest. Nobody is asked for a name."),
    _l("The words for two years; how many found a step helpful, as long as the manual."),
)
_PILOTS = Kind(
    "pilots",
    _l("Pilots of integrations"),
    _l("To try an integration with a first customer: performance of the contract."),
    _l("As long as the account; words go with the contact persons of a closed account."),
)


def _forget_with_accounts(ids: Sequence[int]) -> None:
    """Inside the `write()` that forgets the contact persons of closed accounts: the verdict stays, its words go."""
    db.session.execute(sa.update(Pilot).where(Pilot.account_id.in_(ids)).values(why=""))


accounts.FORGET.append(_forget_with_accounts)


def _erase_versions(whom: Whom, rows: Sequence[Mapping[str, Any]]) -> int:
    """A published version loses the name, and so is another one to every cache: its digest changes with it."""
    done = 0
    for row in rows:
        cleared = {name: whom.blanked(row[name], near=row["_near"]) for name in ("texts", "facts", "note") if row[name]}
        changes = {name: value for name, value in cleared.items() if value != row[name]}
        if changes:
            changes["digest"] = secrets.token_hex(32)
            db.session.execute(
                sa.update(PublicationVersion).where(PublicationVersion.id == row["id"]).values(**changes)
            )
            # As long as the manual's PDF lies there, it says what it said.
            after_commit(partial(printing.forget, row["publication_id"]))
            done += 1
    return done


HOLDINGS = (
    Holding(
        Saving,
        _INTAKES,
        {"content": Is.TEXT, "window": Is.CODE},
        actors=("saved_by_id",),
        part_of=("section_id", "intake_section"),
    ),
    Holding(
        Section,
        _INTAKES,
        {**are(Is.CODE, "code", "locale"), **are(Is.TEXT, "content", "submitted", "comment")},
        actors=("returned_by_id", "saved_by_id"),
        part_of=("intake_id", "intake"),
    ),
    Holding(
        Intake,
        _INTAKES,
        are(Is.CODE, "ref", "state"),
        actors=("submitted_by_id",),
        part_of=("product_id", "product"),
    ),
    Holding(PictureSize, _INTAKES),
    Holding(
        Picture,
        _INTAKES,
        {**are(Is.CODE, "ref", "sha256"), "filename": Is.TEXT},
        actors=("uploaded_by_id",),
        part_of=("product_id", "product"),
    ),
    Holding(
        PublicationLink,
        _MANUALS,
        {"url": Is.ADDRESS, "outcome": Is.CODE},
        part_of=("publication_id", "publication"),
    ),
    Holding(
        PublicationVersion,
        _MANUALS,
        {**are(Is.CODE, "state", "digest"), **are(Is.TEXT, "texts", "facts", "note")},
        actors=("by_id",),
        part_of=("publication_id", "publication"),
        erase=_erase_versions,
    ),
    Holding(
        Draft,
        _MANUALS,
        {"locale": Is.CODE, "content": Is.TEXT},
        actors=("saved_by_id",),
        part_of=("publication_id", "publication"),
    ),
    Holding(
        ManualFeedback,
        _FEEDBACK,
        {**are(Is.CODE, "locale", "chapter", "key"), "words": Is.TEXT},
        part_of=("publication_id", "publication"),
    ),
    Holding(
        Pilot,
        _PILOTS,
        {**are(Is.CODE, "ref", "verdict"), "why": Is.TEXT},
        actors=("started_by_id", "verdict_by_id"),
        part_of=("account_id", "account"),
        else_part_of=("lead_id", "lead"),
    ),
    Holding(
        Publication,
        _MANUALS,
        {**are(Is.CODE, "ref", "kind"), "redirect_url": Is.ADDRESS},
        part_of=("integration_id", "integration"),
    ),
)


def _old_savings(before: datetime) -> sa.Select[Any]:
    return (
        sa.select(Saving.id)
        .join(Section, Section.id == Saving.section_id)
        .where(Saving.saved_at < before, Saving.handed_in.is_(False), Saving.version <= Section.version - LAST)
        .order_by(Saving.id)
    )


def _forget_savings(ids: Sequence[int]) -> None:
    db.session.execute(sa.delete(Saving).where(Saving.id.in_(ids)))


def _old_words(before: datetime) -> sa.Select[Any]:
    return (
        sa.select(ManualFeedback.id)
        .where(ManualFeedback.created_at < before, ManualFeedback.words != "")
        .order_by(ManualFeedback.id)
    )


def _forget_words(ids: Sequence[int]) -> None:
    db.session.execute(sa.update(ManualFeedback).where(ManualFeedback.id.in_(ids)).values(words=""))


def _unused_pictures(before: datetime) -> sa.Select[Any]:
    """Sent before then, and named by nothing of their product: no section as it is or was handed in, no saving since
    then, no draft, no version, which may be brought back however old it is."""
    of_sections = sa.select(Section.id).join(Intake).where(Intake.product_id == Picture.product_id)
    of_savings = (
        sa.select(Saving.id)
        .join(Section, Section.id == Saving.section_id)
        .join(Intake, Intake.id == Section.intake_id)
        .where(Intake.product_id == Picture.product_id, sa.or_(Saving.handed_in, Saving.saved_at >= before))
    )
    of_publications = (
        sa.select(Publication.id)
        .join(Integration, Integration.id == Publication.integration_id)
        .where(Integration.product_id == Picture.product_id)
    )
    uses = (
        of_sections.where(_names(Section.content, Section.submitted)),
        of_savings.where(_names(Saving.content)),
        of_publications.join(Draft, Draft.publication_id == Publication.id).where(_names(Draft.content)),
        of_publications.join(PublicationVersion, PublicationVersion.publication_id == Publication.id).where(
            _names(PublicationVersion.texts, PublicationVersion.facts)
        ),
    )
    unused = (~use.correlate(Picture).exists() for use in uses)
    return sa.select(Picture.id).where(Picture.created_at < before, *unused).order_by(Picture.id)


def _names(*columns: Any) -> sa.ColumnElement[bool]:
    """Whether one of these texts names the picture."""
    return sa.or_(*(sa.cast(column, sa.Text).contains(Picture.ref) for column in columns))


def _forget_pictures(ids: Sequence[int]) -> None:
    """Held first: whoever saves a section that names one meanwhile finds it gone, or keeps it."""
    db.session.execute(sa.select(Picture.id).where(Picture.id.in_(ids)).with_for_update())
    gone = list(db.session.scalars(_unused_pictures(now()).where(Picture.id.in_(ids))))
    files = db.session.execute(
        sa.select(Upload.id, Upload.key)
        .join(PictureSize, PictureSize.upload_id == Upload.id)
        .where(PictureSize.picture_id.in_(gone))
    ).all()
    db.session.execute(sa.delete(PictureSize).where(PictureSize.picture_id.in_(gone)))
    db.session.execute(sa.delete(Picture).where(Picture.id.in_(gone)))
    db.session.execute(sa.delete(Upload).where(Upload.id.in_([upload for upload, _key in files])))
    for _upload, key in files:
        after_commit(partial(store().delete, key))


RULES = (
    Rule(
        "unused_pictures",
        _l("Pictures of products that nothing shows"),
        _l("the day on which they were sent"),
        30,
        _unused_pictures,
        _forget_pictures,
        after=_l("Each picture that a section, a draft or a version of a manual names."),
    ),
    Rule(
        "intake_savings",
        _l("Earlier savings of what software partners supply"),
        _l("the day of the saving"),
        30,
        _old_savings,
        _forget_savings,
        after=_l("Each section as it is now, its last 20 savings, and all that was handed in."),
    ),
    Rule(
        "manual_feedback",
        _l("Words of readers about manuals"),
        _l("the day on which they were sent"),
        730,
        _old_words,
        _forget_words,
        least=30,
        after=_l("How many found each step helpful."),
    ),
)
