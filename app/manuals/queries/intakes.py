"""Finding intakes, and how far each of their sections is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from app.core.db import db
from app.core.errors import NotFound
from app.integrations.models import Package, Product, SoftwarePartner
from app.manuals import sections
from app.manuals.models import Intake, IntakeState, Section, SectionCode
from app.manuals.sections import SHAPES, Address, Standing, State


def of_product(product_id: int) -> Intake | None:
    """With its sections; None while nothing was saved."""
    return db.session.scalar(
        sa.select(Intake)
        .where(Intake.product_id == product_id)
        .options(selectinload(Intake.sections))
        .execution_options(populate_existing=True)
    )


def by_ref(ref: str) -> Intake:
    """At the desk: with sections, product, software partner and its organisation.

    Raises:
        NotFound
    """
    found = db.session.scalar(
        sa.select(Intake)
        .where(Intake.ref == ref)
        .options(
            selectinload(Intake.sections),
            joinedload(Intake.product).joinedload(Product.partner).joinedload(SoftwarePartner.organisation),
        )
    )
    if found is None:
        raise NotFound
    return found


def section_of(intake: Intake | None, code: str, locale: str) -> Section | None:
    """None while nothing was saved there."""
    held = intake.sections if intake is not None else ()
    return next((section for section in held if (section.code, section.locale) == (code, locale)), None)


def content_of(intake: Intake | None, code: str, locale: str = "") -> dict[str, Any]:
    """What stands there now, with all its fields."""
    section = section_of(intake, code, locale)
    return sections.shaped(code, section.content if section is not None else None)


def package_names(refs: Collection[str]) -> dict[str, str]:
    """Names of packages by reference, those that are not offered any more included."""
    if not refs:
        return {}
    rows = db.session.execute(sa.select(Package.ref, Package.name).where(Package.ref.in_(refs)))
    return {row.ref: row.name for row in rows}


def packages_for(chosen: Collection[str]) -> list[Package]:
    """What may be chosen, and what was chosen before it was taken out of the offer, in the order of the desk."""
    return list(
        db.session.scalars(
            sa.select(Package)
            .where(sa.or_(Package.offered, Package.ref.in_(chosen)))
            .order_by(Package.position, Package.name_sort, Package.id)
        )
    )


# --- how far it is ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A section in the list."""

    code: str
    locale: str
    section: Section | None
    state: State

    @property
    def address(self) -> Address:
        return (SectionCode(self.code), self.locale)

    @property
    def name(self) -> Any:
        return SHAPES[SectionCode(self.code)].name

    @property
    def about(self) -> Any:
        return SHAPES[SectionCode(self.code)].about

    @property
    def optional(self) -> bool:
        return SHAPES[SectionCode(self.code)].optional

    @property
    def is_open(self) -> bool:
        return self.section is None or self.section.is_open

    @property
    def is_begun(self) -> bool:
        return self.section is not None and sections.is_begun(self.code, self.section.content)


@dataclass(frozen=True)
class Overview:
    """All sections of a product, and what handing in would mean now."""

    state: IntakeState
    languages: tuple[str, ...]
    lines: tuple[Line, ...]

    def of(self, locale: str) -> list[Line]:
        """The sections in one language, or with "" those for all languages."""
        return [line for line in self.lines if line.locale == locale]

    @property
    def _asked(self) -> list[Line]:
        """What handing in asks for: the needed ones, what was begun in the first language, and all that is returned."""
        needed = sections.needed(self.languages)
        first = ("", *self.languages[:1])
        return [
            line
            for line in self.lines
            if line.is_open
            and (
                line.address in needed
                or (line.locale in first and line.is_begun)
                or line.state.standing == Standing.RETURNED
            )
        ]

    @property
    def missing(self) -> list[Line]:
        """Those that stand in the way of handing in."""
        return [line for line in self._asked if not line.state.is_complete]

    @property
    def ready(self) -> list[Line]:
        """Those that go when it is handed in: what is asked for, and each further language that is complete."""
        going = {line.address for line in self._asked if line.is_begun or line.state.standing == Standing.RETURNED}
        for locale in self.languages[1:]:
            there = self.of(locale)
            if all(line.state.is_complete for line in there if line.is_begun or not line.optional):
                going |= {line.address for line in there if line.is_open and line.is_begun}
        return [line for line in self.lines if line.address in going]

    @property
    def may_be_handed_in(self) -> bool:
        return bool(self.ready) and not self.missing

    @property
    def later(self) -> list[str]:
        """Further languages in which something is still to be done; they may follow."""
        return [
            locale
            for locale in self.languages[1:]
            if any(line.is_open and not line.state.is_complete for line in self.of(locale) if not line.optional)
        ]

    @property
    def complete(self) -> int:
        """How many of those that are needed are."""
        return sum(line.state.is_complete for line in self.lines if line.address in sections.needed(self.languages))

    @property
    def needed(self) -> int:
        return len(sections.needed(self.languages))

    @property
    def returned(self) -> list[Line]:
        return [line for line in self.lines if line.state.standing == Standing.RETURNED]


def overview(languages: Sequence[str], intake: Intake | None) -> Overview:
    """`intake` comes with its sections."""
    held: Mapping[Address, Section] = {
        (SectionCode(section.code), section.locale): section
        for section in (intake.sections if intake is not None else ())
    }
    lines = []
    for address in sections.addresses(languages):
        code, locale = address
        section = held.get(address)
        is_further = bool(locale) and locale != languages[0]
        first = held.get((code, languages[0])) if is_further else None
        state = sections.state_of(
            code,
            section.content if section is not None else None,
            handed_in=section is not None and not section.is_open,
            returned=section is not None and section.is_returned,
            other=first.content if first is not None else None,
        )
        lines.append(Line(code, locale, section, state))
    reached = IntakeState(intake.state) if intake is not None else IntakeState.SUPPLYING
    return Overview(reached, tuple(languages), tuple(lines))
