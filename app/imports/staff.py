"""The staff from files: colleagues who are invited to the desk, known by e-mail address.

People stand on a lower floor than the mechanism of imports, so the importer of the staff stands beside the mechanism.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa

from app.access.permissions import P
from app.access.roles import STAFF_ROLE_NAMES, StaffRole
from app.core import identifiers
from app.core.db import db
from app.core.errors import Conflict, FieldError
from app.core.i18n import LOCALES, _l, in_locale
from app.core.search import fold
from app.core.sentences import Several
from app.imports import registry
from app.imports.importer import Column, Importer, Judgement, Line, wrong
from app.imports.models import Verdict
from app.imports.values import Told, canonical, line_of, locale_in
from app.people import queries
from app.people.models import Person
from app.people.service import staff
from app.people.service.staff import Colleague
from app.settings.models import vendor


@dataclass(frozen=True)
class _Plan:
    colleague: Colleague | None
    """To be invited."""
    there: Person | None
    roles: frozenset[StaffRole]


class StaffImporter(Importer):
    code = "staff"
    title = _l("Staff")
    about = _l(
        "Each line is a colleague, known again by e-mail address. New ones get an invitation by mail; of those who are"
        " here the roles are changed, and name and language stay their own. Nobody leaves the staff by a file."
    )
    permission = P.STAFF_MANAGE
    empties = False
    columns = (
        Column("name", _l("Name"), hint=_l("Of a new colleague"), example="Dana Kellerman"),
        Column("email", _l("E-mail address"), True, _l("With which the person signs in"), "dana@vendor.example"),
        Column("locale", _l("Language"), hint=_l("Of a new colleague: en, nl, pl, fi or fr"), example="nl"),
        Column("roles", _l("Roles"), hint=_l("Codes or names, with commas between them"), example="sales, finance"),
        # What our own list has beside them.
        Column("authenticator", _l("Authenticator app"), ignored=True),
        Column("signed_in", _l("Last sign-in"), ignored=True),
        Column("closed", _l("Closed on"), ignored=True),
    )

    def judge(self, lines: Sequence[Line]) -> list[Judgement]:
        emails = {line.text("email").lower() for line in lines} - {""}
        query = queries.with_standing(sa.select(Person)).where(Person.email.in_(emails))
        there = {person.email: person for person in db.session.scalars(query).unique()}
        return [_judged(line, there.get(line.text("email").lower())) for line in lines]

    def locks(self, line: Line) -> Sequence[str]:
        email = line.text("email").lower()
        return ("administrators", *([f"person-email:{email}"] if email else []))

    def apply(self, line: Line, by: Person, key: str) -> None:
        plan: _Plan = line.plan
        if plan.colleague is not None:
            staff.add(plan.colleague, by)
        elif plan.there is None or plan.there.closed_at is not None:
            raise Conflict(_CLOSED)
        else:
            staff.change_roles(plan.there, plan.roles, by)


_CLOSED = _l("The access of this person is closed. Open it again on their page first.")


def _judged(line: Line, there: Person | None) -> Judgement:
    told, email, name, locale = Told(), "", "", vendor().default_locale
    roles = frozenset[StaffRole]()
    with told:
        if not line.text("email"):
            raise FieldError("email", _l("Enter the person's e-mail address"))
        email = canonical("email", identifiers.normalise_email, line.text("email")).lower()
    with told:
        name = line_of("name", line.text("name"), 200)
    if line.text("locale"):
        with told:
            locale = locale_in("locale", line.text("locale"))
    with told:
        roles = _roles(line.text("roles"))
    called = there.name if there is not None else name or email
    if there is not None and there.is_staff:
        return _compared(there, roles, told, called)
    if not name and there is None:
        told.reasons.append(("name", _l("Enter the person's name")))
    if not roles and "roles" not in {column for column, _said in told.reasons}:
        told.reasons.append(("roles", _l("Choose at least one role")))
    if there is not None and there.closed_at is not None:
        told.reasons.append(("email", _CLOSED))
    if told.reasons:
        return wrong(*told.reasons, name=called)
    colleague = Colleague(email, called, locale, roles)
    return Judgement(Verdict.NEW, called, email, plan=_Plan(colleague, None, roles))


def _compared(there: Person, roles: frozenset[StaffRole], told: Told, name: str) -> Judgement:
    roles = roles or there.staff_roles
    moves = roles != there.staff_roles
    if moves and there.closed_at is not None:
        told.reasons.append(("email", _CLOSED))
    if told.reasons:
        return wrong(*told.reasons, name=name)
    changes: dict[str, tuple[Any, Any]] = {"roles": (_named(there.staff_roles), _named(roles))} if moves else {}
    plan = _Plan(None, there, roles)
    return Judgement(Verdict.CHANGED if moves else Verdict.UNCHANGED, name, there.email, changes, plan=plan)


def _named(roles: frozenset[StaffRole]) -> Several:
    return Several(STAFF_ROLE_NAMES[role] for role in sorted(roles))


@cache
def _words() -> dict[str, StaffRole]:
    """Folded name in each language, and code -> role."""
    known = {fold(role.value.replace("_", " ")): role for role in StaffRole}
    for locale in LOCALES:
        with in_locale(locale):
            known |= {fold(str(name)): role for role, name in STAFF_ROLE_NAMES.items()}
    return known


def _roles(text: str) -> frozenset[StaffRole]:
    found = set()
    for word in re.split(r"[,;\n]", text):
        if not word.strip():
            continue
        role = _words().get(fold(word.strip().replace("_", " ")))
        if role is None:
            raise FieldError("roles", _l("There is no role of this code or name: %(role)s", role=word.strip()[:60]))
        found.add(role)
    return frozenset(found)


registry.offer(StaffImporter())
