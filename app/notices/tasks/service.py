"""Mails the digests of tasks: at most one for an address and day, written down with the mail (I10)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

import sqlalchemy as sa
import structlog

from app.core.clock import now, really_now
from app.core.db import db, lock_named, write
from app.core.i18n import _, format_weekday, in_locale
from app.notices.models import TaskDigest as Sent
from app.notices.tasks import gathering, turns
from app.notices.tasks.emails import StaffDigest, TaskDigest, link_for
from app.notices.tasks.gathering import Line, Reader
from app.notices.tasks.links import reader_of
from app.outbox.mail import Mail, Recipient
from app.outbox.service import post
from app.plans.models import UNFINISHED, Plan, PlanContact, PlanState, PlanTask
from app.plans.service import own
from app.settings.models import vendor

FORGOTTEN_AFTER = timedelta(days=92)
LOOKED_BACK = timedelta(days=30)
"""Turns come at least every five working days: what was sent before then decides nothing."""
MOST = 20
"""Lines of one part of a digest."""


def send(moment: datetime) -> int:
    """Mails whoever is due to be reminded and can be reached now; returns how many. Each in a write of its own, so a
    kill in between loses nothing and repeats nothing."""
    us = vendor()
    countries = set(db.session.scalars(sa.select(Plan.country).where(Plan.state != PlanState.ARCHIVED).distinct()))
    days = {country: day for country in countries | {us.country} if (day := _day_in(country, moment)) is not None}
    if not days:
        return 0
    tasks = gathering.tasks_of_running(max(days.values()))
    readers = gathering.customers(tasks, days, us)
    if us.country in days:
        for email, reader in gathering.staff(tasks, days[us.country], us).items():
            known = readers.get(email)
            reader.lines += known.lines if known is not None else []
            readers[email] = reader
    last = _last_digests(min(days.values()))
    mailed = 0
    for reader in readers.values():
        turn, before = reader.turn, last.get(reader_of(reader.email))
        if turn is None or (before is not None and before >= turn):
            continue
        try:
            mailed += _send(reader, days[reader.country])
        except Exception:  # one reader's trouble must not keep the others from theirs; the next run tries again
            db.session.rollback()
            structlog.get_logger("notices").exception("task digest failed", conversation=reader.conversation)
    return mailed


def _day_in(country: str, moment: datetime) -> date | None:
    us = vendor()
    return turns.mail_day(moment, country, turns.zone_of(country, us.timezone), us.reminder_hour, us.office_until)


def _last_digests(day: date) -> dict[str, date]:
    rows = db.session.execute(
        sa.select(Sent.reader, sa.func.max(Sent.day)).where(Sent.day >= day - LOOKED_BACK).group_by(Sent.reader)
    )
    return {row[0]: row[1] for row in rows}


def _send(reader: Reader, day: date) -> bool:
    """Writes one digest down with its mail. Whoever was quicker has done it; what was done meanwhile is left out."""
    key = reader_of(reader.email)
    with write():
        lock_named(f"task_digest:{key}")
        if db.session.get(Sent, (key, day), populate_existing=True) is not None:
            return False
        lines = _still(reader.lines)
        if not any(line.turn is not None for line in lines):
            return False
        link = None
        if reader.person_id is None:
            contact = _still_reminded(reader)
            link = link_for(contact, reader.handover) if contact is not None else None
            if link is None:
                return False
        db.session.add(Sent(reader=key, day=day, queued_at=now(), mailed=True))
        db.session.flush()
        with in_locale(reader.locale):
            mail = _mail(reader, lines)
        to = Recipient(reader.email, reader.name, reader.locale, reader.person_id)
        post(mail, to, conversation=reader.conversation, secret_link=link)
    return True


def _still(lines: list[Line]) -> list[Line]:
    """Without the tasks that were done, and the plans that ended, while others were mailed."""
    ids = {line.task_id for line in lines}
    there = set(
        db.session.scalars(
            sa.select(PlanTask.id)
            .join(Plan, Plan.id == PlanTask.plan_id)
            .where(
                PlanTask.id.in_(ids),
                PlanTask.state.in_(UNFINISHED),
                gathering.is_reminded(),
            )
        )
    )
    return [line for line in lines if line.task_id in there]


def _still_reminded(reader: Reader) -> PlanContact | None:
    assert reader.contact is not None
    held = db.session.get(PlanContact, reader.contact.id, populate_existing=True)
    if held is None or held.ended_at is not None or not held.reminders or held.email != reader.email:
        return None
    return held


def _mail(reader: Reader, lines: list[Line]) -> Mail:
    """In the words of the language spoken now: the reader's."""
    several = reader.person_id is not None or len({line.plan for line in lines}) > 1
    parts: dict[str, list[str]] = {}
    for line in lines:
        parts.setdefault(line.part, []).append(_said(line, several))
    told = {part: _shortened(said) for part, said in parts.items()}
    late, soon, judge = (told.get(part, []) for part in ("late", "soon", "judge"))
    if reader.person_id is None:
        assert reader.contact is not None
        return TaskDigest(reader.contact.id, reader.handover, late, soon, judge)
    more = {part: told.get(part, []) for part in ("stuck", "overdue", "escalated")}
    return StaffDigest(late, soon, judge, **more)


def _said(line: Line, several: bool) -> str:
    title = line.words()
    if line.valid_until is not None:
        title = _said_of_renewal(title, line)
    elif line.due_on is not None:
        title = _("%(task)s, due on %(date)s", task=title, date=format_weekday(line.due_on))
    return f"{line.plan} · {title}" if several else title


def _said_of_renewal(title: str, line: Line) -> str:
    assert line.valid_until is not None
    if line.part == "late" or (line.due_on is not None and line.valid_until < line.due_on):
        return _("%(task)s, expired on %(date)s", task=title, date=format_weekday(line.valid_until))
    return _("%(task)s, asked for again: valid until %(date)s", task=title, date=format_weekday(line.valid_until))


def _shortened(lines: Iterable[str]) -> list[str]:
    every = list(lines)
    return every if len(every) <= MOST else [*every[:MOST], _("and more")]


# --- switched off, and forgotten --------------------------------------------------------------------------------------


def switch(contact: PlanContact, on: bool) -> None:
    """For the address, in all its plans: whoever presses it wants no more of these mails, whichever plan they tell of.
    Pressed twice, it is as it was said."""
    for each in same_address(contact):
        if each.reminders != on:
            own.set_reminders(each, on)


def same_address(contact: PlanContact) -> list[PlanContact]:
    """The contact, in each plan in which this address takes part."""
    return list(
        db.session.scalars(
            sa.select(PlanContact)
            .where(PlanContact.email == contact.email, PlanContact.ended_at.is_(None))
            .order_by(PlanContact.id)
            .execution_options(populate_existing=True)
        )
    )


def forget() -> None:
    """Notes of digests that decide nothing any more."""
    with write():
        db.session.execute(sa.delete(Sent).where(Sent.queued_at < really_now() - FORGOTTEN_AFTER))
