"""Accesses of resellers to the vendor's systems, and the list of those systems (R4)."""

from __future__ import annotations

import sqlalchemy as sa

from app.core.clock import now
from app.core.db import db, lock, lock_named, write
from app.core.errors import Conflict, FieldError, NotFound
from app.core.i18n import _l
from app.history import service as history
from app.partners.models import AccessState, GrantedAccess, Reseller, VendorSystem
from app.people.models import Person


class AccessMoved(Conflict):
    """Somebody else changed the state, or the move is none."""

    def __init__(self) -> None:
        super().__init__(_l("The state of this access has changed in the meantime. Look at it again."))


def next_states(state: str) -> tuple[AccessState, ...]:
    """The legal moves of an access, all of them."""
    match AccessState(state):
        case AccessState.ASKED:
            return (AccessState.GRANTED, AccessState.WITHDRAWN)
        case AccessState.GRANTED:
            return (AccessState.DELIVERED, AccessState.WITHDRAWN)
        case AccessState.DELIVERED:
            return (AccessState.WITHDRAWN,)
        case AccessState.WITHDRAWN:
            return (AccessState.ASKED,)


def move(reseller: Reseller, access_id: int, state: AccessState, version: int, by: Person) -> GrantedAccess:
    """Puts an access into its next state.

    Raises:
        NotFound: this reseller has no such access.
        AccessMoved: somebody was quicker, or the state does not follow.
    """
    with write():
        owner = lock(Reseller, reseller.id)
        access = lock(GrantedAccess, access_id)
        if access.reseller_id != owner.id:
            raise NotFound
        if access.version != version or state not in next_states(access.state):
            raise AccessMoved
        system = db.session.get_one(VendorSystem, access.system_id)
        old = access.state
        access.state = state
        access.changed_at = now()
        access.changed_by_id = by.id
        access.version += 1
        history.record(owner, f"reseller.access_{state}", by, {"system": (None, system.name), "state": (old, state)})
    return access


def ask(reseller: Reseller, system_id: int, by: Person) -> None:
    """Adds a system that this reseller was not asked an access to yet. Doing it twice does nothing more.

    Raises:
        NotFound: there is no such system.
    """
    with write():
        owner = lock(Reseller, reseller.id)
        system = lock(VendorSystem, system_id)
        there = db.session.scalar(
            sa.select(GrantedAccess.id).where(
                GrantedAccess.reseller_id == owner.id, GrantedAccess.system_id == system.id
            )
        )
        if there is not None:
            return
        _ask(owner, system, by)
        history.record(
            owner, "reseller.access_asked", by, {"system": (None, system.name), "state": (None, AccessState.ASKED)}
        )


def ask_for_all(reseller: Reseller, by: Person) -> list[str]:
    """Asks for every system that is offered to new resellers, inside this `write()`, and returns their names."""
    systems = list(
        db.session.scalars(
            sa.select(VendorSystem).where(VendorSystem.offered).order_by(VendorSystem.position, VendorSystem.id)
        )
    )
    for system in systems:
        _ask(reseller, system, by)
    return [system.name for system in systems]


def _ask(reseller: Reseller, system: VendorSystem, by: Person) -> None:
    db.session.add(
        GrantedAccess(
            reseller_id=reseller.id,
            system_id=system.id,
            state=AccessState.ASKED,
            changed_at=now(),
            changed_by_id=by.id,
        )
    )


# --- the list of systems ----------------------------------------------------------------------------------------------


def add_system(name: str, by: Person) -> None:
    """Raises FieldError: the name is taken."""
    with write():
        lock_named("vendor-systems")
        _check_name(name, None)
        last = db.session.scalar(sa.select(sa.func.max(VendorSystem.position))) or 0
        system = VendorSystem(name=name, position=last + 1)
        db.session.add(system)
        db.session.flush()
        history.record(system, "system.added", by, {"name": (None, name)})


def change_system(system_id: int, name: str, offered: bool, by: Person) -> None:
    """Raises NotFound; FieldError: the name is taken."""
    with write():
        lock_named("vendor-systems")
        system = lock(VendorSystem, system_id)
        _check_name(name, system.id)
        changes: dict[str, history.Change] = {}
        if system.name != name:
            changes["name"] = (system.name, name)
        if system.offered != offered:
            changes["offered"] = (system.offered, offered)
        system.name, system.offered = name, offered
        if changes:
            history.record(system, "system.changed", by, changes)


def _check_name(name: str, own_id: int | None) -> None:
    same = db.session.scalars(sa.select(VendorSystem)).all()
    if any(system.name.casefold() == name.casefold() and system.id != own_id for system in same):
        raise FieldError("name", _l("There is a system of this name already."))


def move_system(system_id: int, down: bool) -> None:
    """One place up or down in the list. Raises NotFound."""
    with write():
        lock_named("vendor-systems")
        systems = list(
            db.session.scalars(
                sa.select(VendorSystem)
                .order_by(VendorSystem.position, VendorSystem.id)
                .execution_options(populate_existing=True)
            )
        )
        place = next((n for n, system in enumerate(systems) if system.id == system_id), None)
        if place is None:
            raise NotFound
        other = place + (1 if down else -1)
        if 0 <= other < len(systems):
            systems[place], systems[other] = systems[other], systems[place]
        for n, system in enumerate(systems):
            system.position = n
