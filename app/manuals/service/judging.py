"""What staff decide about an intake: sections return with a comment, or it is accepted (S4)."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from app.core.clock import now
from app.core.db import db, lock, write
from app.core.errors import Conflict, DomainError
from app.core.i18n import _l
from app.history.service import record
from app.integrations.models import Product
from app.manuals.models import Intake, IntakeState
from app.manuals.service import telling
from app.manuals.service.supplying import locked
from app.people.models import Person


class NotHandedIn(Conflict):
    """The partner works on it: there is nothing to judge."""

    def __init__(self) -> None:
        super().__init__(
            _l("The software partner is working on this section. Once it is handed in, it can be returned.")
        )


class NoComment(DomainError):
    """A section never comes back without a reason."""

    def __init__(self) -> None:
        super().__init__(_l("Write what is to be changed."))


class IntakeMovedOn(Conflict):
    """Somebody handed it in, returned or accepted it meanwhile."""

    def __init__(self) -> None:
        super().__init__(_l("Something happened to this intake meanwhile. Look at it again."))


def return_sections(intake_id: int, comments: Mapping[int, str], by: Person) -> Intake:
    """Sections by their id, each with what is to be changed, in one mail. Text that somebody is typing into one that is
    open already is not touched.

    Raises:
        NoComment: a comment is empty, or none is given.
        NotHandedIn: one of them is with the partner: never handed in, or returned already.
    """
    said = {id_: comment.strip() for id_, comment in comments.items()}
    if not said or not all(said.values()):
        raise NoComment
    with write():
        intake = _held(intake_id)
        chosen = [section for section in intake.sections if section.id in said]
        if len(chosen) != len(said) or any(section.is_open for section in chosen):
            raise NotHandedIn
        moment = now()
        for section in chosen:
            section.comment = said[section.id]
            section.returned_at, section.returned_by_id = moment, by.id
        before = intake.state
        intake.state = IntakeState.RETURNED
        intake.moved_at = moment
        intake.version += 1
        told = {f"comment:{section.code}:{section.locale}": (None, section.comment) for section in chosen}
        record(intake, "intake.returned", by, {"state": (before, intake.state), **told})
        product = db.session.get_one(Product, intake.product_id)
        telling.returned(intake, product, chosen, by)
    return intake


def return_section(intake_id: int, section_id: int, comment: str, by: Person) -> Intake:
    """One of them. Raises as `return_sections` does."""
    return return_sections(intake_id, {section_id: comment}, by)


def accept(intake_id: int, seen: int, by: Person) -> Intake:
    """All that was handed in is good. Sections can still be returned later. `seen`: the intake's version.

    Raises:
        IntakeMovedOn: it was handed in anew, returned or accepted meanwhile.
    """
    with write():
        intake = _held(intake_id)
        if intake.version != seen or intake.state != IntakeState.SUBMITTED:
            raise IntakeMovedOn
        intake.state = IntakeState.ACCEPTED
        intake.moved_at = now()
        intake.version += 1
        record(intake, "intake.accepted", by, {"state": (IntakeState.SUBMITTED, IntakeState.ACCEPTED)})
        telling.accepted(intake, db.session.get_one(Product, intake.product_id), by)
    return intake


def _held(intake_id: int) -> Intake:
    """With its sections. Raises NotFound."""
    product_id = db.session.scalar(sa.select(Intake.product_id).where(Intake.id == intake_id))
    found = locked(product_id) if product_id is not None else None
    return found if found is not None else lock(Intake, intake_id)


__all__ = [
    "IntakeMovedOn",
    "NoComment",
    "NotHandedIn",
    "accept",
    "return_section",
    "return_sections",
]
