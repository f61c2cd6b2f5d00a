"""What a software partner supplies for its manuals: saved section by section, merged, handed in (S3).

Every saving keeps what was sent, under a version of its own, and then what it makes together with what others saved
meanwhile. A window goes on from what it sent itself, whether the answer reached it or not: that is what stands in its
fields.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.core.clock import now
from app.core.db import db, lock, write
from app.core.errors import Conflict, DomainError
from app.core.i18n import LOCALES, _l
from app.history.service import record
from app.integrations.models import Product, SoftwarePartner
from app.integrations.service import steps
from app.manuals import editing, merging, sections
from app.manuals.editing import Move
from app.manuals.merging import Path
from app.manuals.models import Intake, IntakeState, Picture, Saving, Section, SectionCode
from app.manuals.queries import intakes as queries
from app.manuals.sections import Address
from app.manuals.service import passing, telling
from app.people.models import Person
from app.people.queries import names_of


class HandedIn(Conflict):
    """It cannot be changed any more: a colleague handed it in."""

    def __init__(self) -> None:
        super().__init__(
            _l(
                "This section was handed in meanwhile, so it cannot be changed now. What you typed is still here: copy "
                "what you need, or ask us to return the section."
            )
        )


class NoSuchLanguage(Conflict):
    """It was taken out of the product's languages meanwhile."""

    def __init__(self) -> None:
        super().__init__(
            _l("The product is not described in this language any more. What you typed is still here: copy it.")
        )


class Archived(Conflict):
    """The product is in the archive."""

    def __init__(self) -> None:
        super().__init__(_l("This product is in the archive. What you typed is still here: copy what you need."))


class NotEmpty(Conflict):
    """Copying fills empty sections only."""

    def __init__(self) -> None:
        super().__init__(_l("Something was written in this section meanwhile, so nothing was copied into it."))


class NothingToCopy(Conflict):
    """The other language is empty."""

    def __init__(self) -> None:
        super().__init__(_l("There is nothing in the other language that could be copied."))


class NotComplete(DomainError):
    """Something that is needed is missing."""

    def __init__(self) -> None:
        super().__init__(_l("Not everything is complete yet. The list says what is missing."))


class NothingToHandIn(Conflict):
    """All of it was handed in."""

    def __init__(self) -> None:
        super().__init__(_l("There is nothing new to hand in."))


class KeepsFirst(Conflict):
    """The first language stays, once something was handed in."""

    def __init__(self) -> None:
        super().__init__(_l("The first language stays as it is, for something was handed in already."))


class LanguagesMovedOn(Conflict):
    """Somebody else chose other ones meanwhile."""

    def __init__(self) -> None:
        super().__init__(_l("Somebody else changed the languages a moment ago. Look at your choice and save it again."))


@dataclass(frozen=True)
class Beside:
    """What somebody else has in a field: shown beside it, with who and when."""

    path: Path
    value: Any
    who: str
    at: datetime | None
    mine: bool = False
    """The other one is the same person, in another window."""


@dataclass(frozen=True)
class Saved:
    """What a saving became."""

    section: Section
    version: int
    """What this window goes on from."""
    at: datetime
    content: Mapping[str, Any]
    clashes: tuple[Beside, ...] = ()
    """Fields that both sides changed: the saver's own text stands in them."""
    others: tuple[Beside, ...] = ()
    """Fields that only somebody else changed since this window began."""
    at_item: str = ""
    """The step to look at next, after a button of the list."""


def save(
    product_id: int,
    address: Address,
    content: Mapping[str, Any],
    *,
    seen: int,
    window: str,
    by: Person,
    move: Move | None = None,
) -> Saved:
    """`content` is what stands in the window's fields, which began from version `seen`.

    Raises:
        HandedIn, NoSuchLanguage, Archived
        editing.Full: `move` adds one more than fit.
    """
    code, locale = address
    window = window[:32]
    mine = sections.shaped(code, content)
    at_item = ""
    if move is not None:
        mine, at_item = editing.made(code, mine, move)
    with write():
        section = _held(product_id, code, locale, by)
        if not section.is_open:
            raise HandedIn
        mine = _own_pictures(product_id, code, mine)
        base = _base(section, seen, window)
        current = sections.shaped(code, section.content)
        began = sections.shaped(code, base.content) if base is not None else _began(product_id, code, seen)
        first = base.version if base is not None else 0
        merged = merging.merge(code, began, mine, current)
        clashes, others = _beside(section, began, mine, current, merged, by, window)
        if mine == current:
            return Saved(section, section.version, section.saved_at or now(), mine, (), others, at_item)
        if mine == began and (base is not None or seen == 0):
            return Saved(section, first, section.saved_at or now(), current, (), others, at_item)
        moment = now()
        version = _keep(section, mine, window, by, moment)
        if merged.content != mine:
            _keep(section, merged.content, "", by, moment)
        section.content = merged.content
        section.saved_at, section.saved_by_id = moment, by.id
    return Saved(section, version, moment, merged.content, clashes, others, at_item)


def restore(product_id: int, address: Address, version: int, *, seen: int, by: Person) -> Saved | None:
    """Takes back what was changed after `version`, leaving what was changed since `seen`: the undo of a removed step.
    None when that version is not kept any more."""
    intake = queries.of_product(product_id)
    section = queries.section_of(intake, *address)
    kept = _saving(section, version) if section is not None else None
    if kept is None:
        return None
    return save(product_id, address, kept.content, seen=seen, window="", by=by)


def copy(product_id: int, address: Address, source: str, by: Person) -> Section:
    """Fills an empty section with what stands in another language, to be translated there.

    Raises:
        HandedIn, NoSuchLanguage
        NotEmpty: something stands there.
        NothingToCopy: nothing stands in the other language.
    """
    code, locale = address
    with write():
        section = _held(product_id, code, locale, by)
        if not section.is_open:
            raise HandedIn
        if sections.is_begun(code, section.content):
            raise NotEmpty
        other = db.session.scalar(
            sa.select(Section).where(
                Section.intake_id == section.intake_id, Section.code == code, Section.locale == source
            )
        )
        if other is None or source == locale or not sections.is_begun(code, other.content):
            raise NothingToCopy
        section.content = editing.with_new_ids(code, other.content)
        section.saved_at, section.saved_by_id = now(), by.id
        _keep(section, section.content, "", by, section.saved_at)
    return section


def set_languages(
    product_id: int, languages: Sequence[str], by: Person, *, known: Sequence[str] | None = None
) -> Product:
    """In which the partner supplies its texts, the first one being its own. What was written in a language that is
    taken out is kept, and is there again when the language is. `known`: those that the page showed.

    Raises:
        KeepsFirst: the first one changes, though something was handed in.
        LanguagesMovedOn, Archived
    """
    chosen = [code for code in dict.fromkeys(languages) if code in LOCALES]
    with write():
        product = lock(Product, product_id)
        if product.archived_at is not None:
            raise Archived
        if not chosen or chosen == list(product.languages):
            return product
        if known is not None and list(known) != list(product.languages):
            raise LanguagesMovedOn
        begun = db.session.scalar(sa.select(Intake.submitted_at).where(Intake.product_id == product.id))
        if begun is not None and chosen[0] != product.languages[0]:
            raise KeepsFirst
        record(product, "product.changed", by, {"languages": (list(product.languages), chosen)})
        product.languages = chosen
        product.version += 1
    return product


def hand_in(product_id: int, by: Person) -> Intake:
    """Everything that is complete goes to the vendor: what is needed, what was returned, and each further language
    that is whole. Packages become integrations.

    Raises:
        NotComplete: something that is needed is not.
        NothingToHandIn
    """
    with write():
        product = lock(Product, product_id)
        if product.archived_at is not None:
            raise Archived
        intake = locked(product_id)
        if intake is None:
            raise NotComplete
        overview = queries.overview(product.languages, intake)
        if overview.missing:
            raise NotComplete
        going = [line.section for line in overview.ready if line.section is not None]
        if not going:
            raise NothingToHandIn
        moment = now()
        again = intake.submitted_at is not None
        for section in going:
            section.submitted = dict(section.content)
            section.comment, section.returned_at, section.returned_by_id = "", None, None
            section.version += 1
            db.session.add(
                Saving(
                    section_id=section.id,
                    version=section.version,
                    content=section.submitted,
                    handed_in=True,
                    saved_by_id=by.id,
                    saved_at=moment,
                )
            )
        codes = [f"{section.code}:{section.locale}" for section in going]
        before = intake.state
        intake.state = IntakeState.SUBMITTED
        intake.moved_at = intake.submitted_at = moment
        intake.submitted_by_id = by.id
        intake.version += 1
        record(intake, "intake.submitted", by, {"state": (before, intake.state), "sections": (None, codes)})
        partner = db.session.get_one(SoftwarePartner, product.partner_id)
        passing.apply(product, partner, _content(going, intake), by)
        telling.handed_in(intake, product, partner, codes, again, by)
        steps.done(partner, "supply_manual", by)
    return intake


def initial(code: str, sells: Sequence[str]) -> dict[str, Any]:
    """What a section holds before anything was saved: what the product was registered with."""
    known = {"sells": list(sells)} if code == SectionCode.CATEGORIES else None
    return sections.shaped(code, known)


# --- inside a write() -------------------------------------------------------------------------------------------------


def _content(going: Sequence[Section], intake: Intake) -> dict[SectionCode, dict[str, Any]]:
    """The sections for all languages that are handed in now."""
    return {SectionCode(section.code): dict(section.submitted or {}) for section in going if not section.locale}


def _held(product_id: int, code: SectionCode, locale: str, by: Person) -> Section:
    """The section, held; made with its intake when this is the first that is saved."""
    found = db.session.scalar(
        sa.select(Section.id)
        .join(Intake, Intake.id == Section.intake_id)
        .where(Intake.product_id == product_id, Section.code == code, Section.locale == locale)
    )
    languages, archived_at = db.session.execute(
        sa.select(Product.languages, Product.archived_at).where(Product.id == product_id)
    ).one()
    if archived_at is not None:
        raise Archived
    if not sections.exists(code, locale, languages):
        raise NoSuchLanguage
    if found is not None:
        return lock(Section, found)
    product = lock(Product, product_id)  # so that two who begin at once make one
    intake = db.session.scalar(sa.select(Intake).where(Intake.product_id == product.id))
    if intake is None:
        moment = now()
        intake = Intake(product_id=product.id, state=IntakeState.SUPPLYING, moved_at=moment, created_at=moment)
        db.session.add(intake)
        db.session.flush()
        record(intake, "intake.begun", by, {"state": (None, intake.state)})
    found = db.session.scalar(
        sa.select(Section.id).where(Section.intake_id == intake.id, Section.code == code, Section.locale == locale)
    )
    if found is not None:
        return lock(Section, found)  # somebody made it while we waited
    section = Section(intake_id=intake.id, code=code, locale=locale, version=0)
    section.content = initial(code, product.sells)
    db.session.add(section)
    db.session.flush()
    return section


def _began(product_id: int, code: SectionCode, seen: int) -> dict[str, Any]:
    """What the page showed before anything was saved; nothing is known of a version that is not kept any more, and then
    all that differs counts as changed on both sides."""
    sells = db.session.scalars(sa.select(Product.sells).where(Product.id == product_id)).one() if seen == 0 else ()
    return initial(code, sells)


def locked(product_id: int) -> Intake | None:
    """The intake with all its sections, held in one order, inside a `write()`; None while nothing was saved."""
    found = db.session.scalar(sa.select(Intake.id).where(Intake.product_id == product_id))
    if found is None:
        return None
    lock(Intake, found)
    query = sa.select(Section.id).where(Section.intake_id == found).order_by(Section.id)
    db.session.scalars(query.with_for_update(key_share=True)).all()
    return queries.of_product(product_id)


def _base(section: Section, seen: int, window: str) -> Saving | None:
    """What stood in the window's fields before: what it sent last, else the version from which its page was made."""
    own = None
    if window:
        own = db.session.scalar(
            sa.select(Saving)
            .where(Saving.section_id == section.id, Saving.window == window)
            .order_by(Saving.version.desc())
            .limit(1)
        )
    if own is not None and own.version >= seen:
        return own
    return _saving(section, seen)


def _saving(section: Section, version: int) -> Saving | None:
    return db.session.scalar(sa.select(Saving).where(Saving.section_id == section.id, Saving.version == version))


def _keep(section: Section, content: dict[str, Any], window: str, by: Person, moment: datetime) -> int:
    section.version += 1
    db.session.add(
        Saving(
            section_id=section.id,
            version=section.version,
            content=content,
            window=window,
            handed_in=False,
            saved_by_id=by.id,
            saved_at=moment,
        )
    )
    return section.version


def _own_pictures(product_id: int, code: str, content: dict[str, Any]) -> dict[str, Any]:
    """Another product's picture is not shown here, whoever sent its reference."""
    named = set(sections.pictures(code, content))
    if not named:
        return content
    known = db.session.scalars(
        sa.select(Picture.ref)
        .where(Picture.product_id == product_id, Picture.ref.in_(named))
        .with_for_update(read=True)  # an unused one may be about to go
    )
    lost = named - set(known)
    return sections.without_pictures(code, content, lost) if lost else content


_LOOKED_AT = 60
"""Savings in which the author of a text is looked for."""


def _beside(
    section: Section,
    began: Mapping[str, Any],
    mine: Mapping[str, Any],
    current: Mapping[str, Any],
    merged: merging.Merged,
    by: Person,
    window: str,
) -> tuple[tuple[Beside, ...], tuple[Beside, ...]]:
    """Clashes, and what only others changed: each with who wrote it and when."""
    clashing = {clash.path: clash.theirs for clash in merged.clashes}
    changed = {
        change.path: change.new
        for change in merging.changes(section.code, began, current)
        if change.path not in clashing and merging.value_at(section.code, mine, change.path) != change.new
    }
    if not clashing and not changed:
        return (), ()
    lately = sa.select(Saving).where(Saving.section_id == section.id, Saving.window != window)
    rows = list(db.session.scalars(lately.order_by(Saving.version.desc()).limit(_LOOKED_AT)))[::-1]
    names = names_of([saving.saved_by_id for saving in rows] + [section.saved_by_id])

    def told(path: Path, value: Any) -> Beside:
        # Whoever had it first wrote it: later savings, merged ones among them, only took it along.
        wrote = next((one for one in rows if merging.value_at(section.code, one.content, path) == value), None)
        author, at = (wrote.saved_by_id, wrote.saved_at) if wrote else (section.saved_by_id, section.saved_at)
        return Beside(path, value, names.get(author, "") if author is not None else "", at, mine=author == by.id)

    return (
        tuple(told(path, value) for path, value in clashing.items()),
        tuple(told(path, value) for path, value in changed.items()),
    )
