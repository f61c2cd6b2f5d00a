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


class ResellerSuspended(Conflict):
    """While a reseller is suspended it gets no access to anything (R16)."""

    def __init__(self) -> None:
        super().__init__(_l("This reseller is suspended. It gets accesses again when you resume it."))


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
        if not owner.is_active and state != AccessState.WITHDRAWN:
            raise ResellerSuspended
        if access.version != version or state not in next_states(access.state):
            raise AccessMoved
        system = db.session.get_one(VendorSystem, access.system_id)
        old = access.state
        access.state = state
        access.changed_at = now()
        access.changed_by_id = by.id
        access.by_suspension = access.to_close = False
        access.version += 1
        history.record(owner, f"reseller.access_{state}", by, {"system": (None, system.name), "state": (old, state)})
    return access


def close(reseller: Reseller, access_id: int, by: Person) -> None:
    """Notes that a withdrawn access is closed in the system itself too. Doing it twice does nothing more.

    Raises:
        NotFound: this reseller has no such access.
        AccessMoved: it is not withdrawn (any more).
    """
    with write():
        owner = lock(Reseller, reseller.id)
        access = lock(GrantedAccess, access_id)
        if access.reseller_id != owner.id:
            raise NotFound
        if access.state != AccessState.WITHDRAWN:
            raise AccessMoved
        if not access.to_close:
            return
        access.to_close = False
        access.changed_at = now()
        access.changed_by_id = by.id
        access.version += 1
        system = db.session.get_one(VendorSystem, access.system_id)
        history.record(owner, "reseller.access_closed", by, {"system": (None, system.name)})


def withdraw_all(owner: Reseller, by: Person) -> list[str]:
    """Withdraws whatever the locked reseller has or was asked for, inside this `write()`, and returns the names of the
    systems. What it has already is still open over there: somebody has to close it."""
    names = []
    for access, name in _with_systems(GrantedAccess.reseller_id == owner.id):
        if access.state == AccessState.WITHDRAWN:
            continue
        access.to_close = access.state != AccessState.ASKED
        access.by_suspension = True
        _move(access, AccessState.WITHDRAWN, by)
        names.append(name)
    return names


def ask_again(owner: Reseller, by: Person) -> list[str]:
    """Asks once more for what a suspension withdrew, inside this `write()`, and returns the names of the systems."""
    names = []
    for access, name in _with_systems(GrantedAccess.reseller_id == owner.id, GrantedAccess.by_suspension.is_(True)):
        access.by_suspension = access.to_close = False
        if access.state == AccessState.WITHDRAWN:
            _move(access, AccessState.ASKED, by)
            names.append(name)
    return names


def _with_systems(*which: sa.ColumnElement[bool]) -> list[tuple[GrantedAccess, str]]:
    rows = db.session.execute(
        sa.select(GrantedAccess, VendorSystem.name)
        .join(VendorSystem, VendorSystem.id == GrantedAccess.system_id)
        .where(*which)
        .order_by(VendorSystem.position, VendorSystem.id)
        .with_for_update(of=GrantedAccess)
        .execution_options(populate_existing=True)
    )
    return [(access, name) for access, name in rows]


def _move(access: GrantedAccess, state: AccessState, by: Person) -> None:
    access.state = state
    access.changed_at = now()
    access.changed_by_id = by.id
    access.version += 1


def ask(reseller: Reseller, system_id: int, by: Person) -> None:
    """Adds a system that this reseller was not asked an access to yet. Doing it twice does nothing more.

    Raises:
        NotFound: there is no such system.
        ResellerSuspended: it gets no accesses now.
    """
    with write():
        owner = lock(Reseller, reseller.id)
        if not owner.is_active:
            raise ResellerSuspended
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
