"""What waits at the desk for those who look after resellers: applications to decide, accesses to grant."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import url_for

from app.access import policy
from app.access.permissions import P
from app.core.db import UTCDateTime, db
from app.core.i18n import _, format_date, ngettext
from app.core.inbox import InboxItem
from app.core.workdays import add_workdays
from app.partners.models import AccessState, Application, ApplicationState, GrantedAccess, Reseller
from app.people.models import Organisation, Person
from app.settings.models import vendor


def items(actor: Person, limit: int) -> list[InboxItem]:
    """Oldest promise first, at most `limit`, in one query."""
    parts = []
    if policy.allows(actor, P.APPLICATIONS_DECIDE):
        parts.append(_applications())
    if policy.allows(actor, P.RESELLERS_MANAGE):
        parts += [_accesses(), _open_elsewhere()]
    if not parts:
        return []
    together = sa.union_all(*parts).subquery()
    rows = db.session.execute(sa.select(together).order_by(together.c.due, together.c.ref).limit(limit))
    found = [_ITEMS[row.kind](row) for row in rows]
    return sorted(found, key=lambda item: (item.due, item.key))


def _moment(column: Any, name: str) -> sa.Label[datetime]:
    return sa.type_coerce(column, UTCDateTime()).label(name)


def _applications() -> sa.Select[str, str, str, int, bool, datetime, datetime]:
    return sa.select(
        sa.literal("application").label("kind"),
        Application.ref.label("ref"),
        Application.company_name.label("title"),
        sa.literal(1).label("number"),
        Application.suspicious.label("suspicious"),
        _moment(Application.created_at, "since"),
        _moment(Application.decide_by, "due"),
    ).where(Application.state == ApplicationState.SUBMITTED)


def _accesses() -> sa.Select[str, str, str, int, bool, datetime, datetime]:
    return _by_reseller("access", GrantedAccess.state == AccessState.ASKED)


def _open_elsewhere() -> sa.Select[str, str, str, int, bool, datetime, datetime]:
    """Withdrawn by a suspension, and not closed in the systems themselves yet (R16)."""
    return _by_reseller("closing", GrantedAccess.to_close.is_(True))


def _by_reseller(kind: str, which: sa.ColumnElement[bool]) -> sa.Select[str, str, str, int, bool, datetime, datetime]:
    first = sa.func.min(GrantedAccess.changed_at)
    return (
        sa.select(
            sa.literal(kind).label("kind"),
            Reseller.ref.label("ref"),
            Organisation.name.label("title"),
            sa.func.count(GrantedAccess.id).label("number"),
            sa.false().label("suspicious"),
            _moment(first, "since"),
            _moment(first, "due"),
        )
        .join(Reseller, Reseller.id == GrantedAccess.reseller_id)
        .join(Organisation, Organisation.id == Reseller.organisation_id)
        .where(which)
        .group_by(Reseller.ref, Organisation.name)
    )


def _application(row: Any) -> InboxItem:
    day = format_date(row.since)
    if row.suspicious:
        sentence = _("Set apart as a possible robot: application of %(date)s", date=day)
    else:
        sentence = _("Reseller application of %(date)s", date=day)
    return InboxItem(
        key=f"application:{row.ref}",
        icon="flag",
        title=row.title,
        sentence=str(sentence),
        due=row.due,
        url=url_for("partners_desk.application", ref=row.ref),
    )


def _access(row: Any) -> InboxItem:
    sentence = ngettext("%(num)s access to grant", "%(num)s accesses to grant", row.number)
    return InboxItem(
        key=f"accesses:{row.ref}",
        icon="key",
        title=row.title,
        sentence=str(sentence),
        due=_end_of_answer(row.since),
        url=url_for("partners_desk.reseller", ref=row.ref, _anchor="accesses"),
    )


def _closing(row: Any) -> InboxItem:
    sentence = ngettext(
        "%(num)s access to close in its system", "%(num)s accesses to close in their systems", row.number
    )
    return InboxItem(
        key=f"closing:{row.ref}",
        icon="key",
        title=row.title,
        sentence=str(sentence),
        due=_end_of_answer(row.since),
        url=url_for("partners_desk.reseller", ref=row.ref, _anchor="accesses"),
    )


_ITEMS = {"application": _application, "access": _access, "closing": _closing}


def _end_of_answer(since: datetime) -> datetime:
    """Nothing is promised about accesses; they are due when any answer of ours is."""
    ours = vendor()
    zone = ZoneInfo(ours.timezone)
    day = add_workdays(since.astimezone(zone).date(), ours.lead_answer_workdays, ours.country)
    return datetime.combine(day, time(18, 0), zone)
