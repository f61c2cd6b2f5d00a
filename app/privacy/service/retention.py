"""What goes by itself with time: each rule is counted first, and erases a day later at the earliest.

What was not old enough yesterday is only counted tonight, so nothing goes that nobody could have seen coming. A rule
whose period was changed begins anew with counting.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.core.clock import really_now
from app.core.db import db, lock_named, write
from app.core.errors import FieldError, NotFound
from app.core.i18n import ngettext
from app.core.privacy import Rule
from app.history.service import Actor, record
from app.privacy.models import RetentionPeriod, RetentionRun
from app.privacy.service.erasing import forget_deleted
from app.privacy.sources import rules
from app.settings.models import vendor

BATCH = 200
"""Records that go in one `write()`."""
LONGEST = 36_525
"""A hundred years: beyond that a period is a slip of the finger."""


@dataclass(frozen=True)
class Standing:
    """A rule as it is now."""

    rule: Rule
    days: int
    last: RetentionRun | None
    """What the last night found and did."""

    @property
    def is_own(self) -> bool:
        """Somebody chose another period than the default."""
        return self.days != self.rule.days

    @property
    def announced(self) -> int:
        """What was counted last, and goes tonight."""
        return self.last.found if self.last is not None and self.last.days == self.days else 0


def rule_of(code: str) -> Rule:
    """Raises NotFound: there is no such rule."""
    found = next((rule for rule in rules() if rule.code == code), None)
    if found is None:
        raise NotFound
    return found


def standings() -> list[Standing]:
    """Every rule with its period and its last night: two queries."""
    chosen = {row.rule: row.days for row in db.session.execute(sa.select(RetentionPeriod.rule, RetentionPeriod.days))}
    newest = sa.select(sa.func.max(RetentionRun.id)).group_by(RetentionRun.rule)
    last = {run.rule: run for run in db.session.scalars(sa.select(RetentionRun).where(RetentionRun.id.in_(newest)))}
    return [Standing(rule, chosen.get(rule.code, rule.days), last.get(rule.code)) for rule in rules()]


def standing_of(code: str) -> Standing:
    """Raises NotFound: there is no such rule."""
    rule = rule_of(code)
    return next(each for each in standings() if each.rule.code == rule.code)


def count(rule: Rule, before: datetime) -> int:
    """How much is older than this moment and still there."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(rule.old(before).order_by(None).subquery())) or 0


def dry_run() -> list[tuple[Standing, int]]:
    """What each rule would erase if it did so now. Changes nothing."""
    moment = really_now()
    return [(each, count(each.rule, moment - timedelta(days=each.days))) for each in standings()]


def forget(rule: Rule, before: datetime) -> int:
    """Erases what is older than this moment, in batches; a kill in between loses nothing."""
    done = 0
    while True:
        keys = [row[0] for row in db.session.execute(rule.old(before).limit(BATCH))]
        if not keys:
            return done
        with write():
            rule.forget(keys)
        db.session.expunge_all()
        done += len(keys)


def apply_now() -> list[tuple[Standing, int]]:
    """Erases at once what `dry_run` shows: for whoever stands at the machine and has looked at it."""
    moment = really_now()
    done = []
    for standing in standings():
        erased = forget(standing.rule, moment - timedelta(days=standing.days))
        _note(standing, moment, _day(moment), count(standing.rule, moment - timedelta(days=standing.days)), erased)
        done.append((standing, erased))
    forget_deleted()
    return done


def run_tonight(moment: datetime) -> int:
    """Erases what the last night on which a rule ran with its present period announced, and counts what is old enough
    now. Gives how much went. Run again on the same day, it goes on where it was stopped."""
    day, total = _day(moment), 0
    for standing in standings():
        erased = 0
        before = _run_before(standing.rule, day)
        if before is not None and before.days == standing.days and before.found:
            erased = forget(standing.rule, before.at - timedelta(days=standing.days))
        _note(standing, moment, day, count(standing.rule, moment - timedelta(days=standing.days)), erased)
        total += erased
    if total:
        forget_deleted()
    return total


def _day(moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(vendor().timezone)).date()


def _run_before(rule: Rule, day: date) -> RetentionRun | None:
    return db.session.scalar(
        sa.select(RetentionRun)
        .where(RetentionRun.rule == rule.code, RetentionRun.day < day)
        .order_by(RetentionRun.day.desc())
        .limit(1)
    )


def _note(standing: Standing, moment: datetime, day: date, found: int, erased: int) -> None:
    with write():
        lock_named(f"retention:{standing.rule.code}")
        run = db.session.scalar(
            sa.select(RetentionRun)
            .where(RetentionRun.rule == standing.rule.code, RetentionRun.day == day)
            .execution_options(populate_existing=True)
        )
        if run is None:
            run = RetentionRun(rule=standing.rule.code, day=day, days=standing.days, found=found, erased=0, at=moment)
            db.session.add(run)
        run.days, run.found, run.at = standing.days, found, moment
        run.erased += erased
        db.session.flush()
        if erased:
            record(run, "retention.erased", None, {"rule": (None, standing.rule.code), "erased": (None, erased)})


def choose(code: str, days: int, by: Actor) -> None:
    """Sets a rule's period. It is counted anew before it erases anything.

    Raises:
        NotFound: there is no such rule.
        FieldError: shorter than the rule allows, or longer than anybody lives.
    """
    rule = rule_of(code)
    if days < rule.least:
        raise FieldError(
            "days",
            ngettext("The shortest period is %(num)s day", "The shortest period is %(num)s days", rule.least),
        )
    if days > LONGEST:
        raise FieldError(
            "days", ngettext("The longest period is %(num)s day", "The longest period is %(num)s days", LONGEST)
        )
    with write():
        lock_named(f"retention:{code}")
        row = db.session.scalar(
            sa.select(RetentionPeriod).where(RetentionPeriod.rule == code).execution_options(populate_existing=True)
        )
        before = row.days if row is not None else rule.days
        if before == days:
            return
        if row is None:
            row = RetentionPeriod(rule=code, days=days)
            db.session.add(row)
        row.days = days
        db.session.flush()
        record(row, "retention.period_changed", by, {"days": (before, days)})
