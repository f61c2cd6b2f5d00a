"""Why a plan's health is what it is, in a sentence for each side (I8)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.core.i18n import _, format_date, ngettext
from app.plans.models import Health, Plan
from app.plans.texts import begins_on_a_day, outline_of
from app.playbooks.outline import Side, said


def health_sentence(plan: Plan, reader: Side | str = Side.VENDOR) -> str:
    """In the language spoken now, as this side reads it."""
    why = plan.health_why or {}
    task = _title(plan, why)
    mine = why.get("side") == reader
    sentence = _of_starting(why, task, mine) if begins_on_a_day(plan) else ""
    match plan.health:
        case _ if sentence:
            pass
        case Health.LATE:
            sentence = _late(why, task)
        case Health.AT_RISK:
            sentence = _at_risk(why, task, mine)
        case _:
            sentence = _on_track(why, task, mine)
    return sentence or _("Expected to be finished on %(date)s.", date=format_date(plan.forecast_on))


def _of_starting(why: Mapping[str, Any], task: str, mine: bool) -> str:
    """What is said otherwise where the day of going live is a starting date; "" for the rest."""
    on, goal, by = _day(why.get("on")), _day(why.get("goal")), _day(why.get("by"))
    match why.get("code"):
        case "late_agreed" | "late_aimed":
            return _(
                "Visible on %(date)s at the earliest, but the starting date is %(goal)s. Still open: %(task)s",
                date=on,
                goal=goal,
                task=task,
            )
        case "golive_passed":
            return _("Nobody has confirmed that the customer can be seen since the starting date, %(date)s.", date=on)
        case "tight" if mine:
            return _(
                "The starting date, %(date)s, leaves no time to spare. It waits for you: %(task)s", date=on, task=task
            )
        case "tight":
            return _("The starting date, %(date)s, leaves no time to spare. Still open: %(task)s", date=on, task=task)
        case "on_track" if mine:
            return _("Visible on %(date)s, if you finish this by %(by)s: %(task)s", date=on, by=by, task=task)
        case "on_track":
            return _("Visible on %(date)s, if this is finished by %(by)s: %(task)s", date=on, by=by, task=task)
    return ""


def _late(why: Mapping[str, Any], task: str) -> str:
    on, goal = _day(why.get("on")), _day(why.get("goal"))
    match why.get("code"):
        case "late_agreed":
            return _(
                "Going live is expected on %(date)s instead of %(goal)s. Still open: %(task)s",
                date=on,
                goal=goal,
                task=task,
            )
        case "late_aimed":
            return _(
                "Going live is expected on %(date)s, later than aimed at (%(goal)s). Still open: %(task)s",
                date=on,
                goal=goal,
                task=task,
            )
        case "golive_passed":
            return _("Nobody has recorded whether it went live on %(date)s, as was agreed.", date=on)
    return ""


def _at_risk(why: Mapping[str, Any], task: str, mine: bool) -> str:
    on = _day(why.get("on"))
    match why.get("code"):
        case "stuck":
            return ngettext(
                "One task is stuck: %(task)s", "%(num)s tasks are stuck. First: %(task)s", why["count"], task=task
            )
        case "overdue":
            return ngettext(
                "One task is overdue: %(task)s", "%(num)s tasks are overdue. First: %(task)s", why["count"], task=task
            )
        case "no_kickoff":
            return ngettext(
                "The contract was accepted %(num)s working day ago, and no kick-off is agreed.",
                "The contract was accepted %(num)s working days ago, and no kick-off is agreed.",
                why["days"],
            )
        case "kickoff_passed":
            return _("Nobody has recorded whether the kick-off of %(date)s was held.", date=on)
        case "tight" if mine:
            return _("Going live on %(date)s leaves no time to spare. It waits for you: %(task)s", date=on, task=task)
        case "tight":
            return _("Going live on %(date)s leaves no time to spare. Still open: %(task)s", date=on, task=task)
    return ""


def _on_track(why: Mapping[str, Any], task: str, mine: bool) -> str:
    on, by = _day(why.get("on")), _day(why.get("by"))
    match why.get("code"):
        case "on_track" if mine:
            return _("Going live on %(date)s, if you finish this by %(by)s: %(task)s", date=on, by=by, task=task)
        case "on_track":
            return _("Going live on %(date)s, if this is finished by %(by)s: %(task)s", date=on, by=by, task=task)
        case "paused" if "until" in why:
            return _("Paused until %(date)s.", date=_day(why["until"]))
        case "paused":
            return _("Paused since %(date)s.", date=on)
        case "live":
            finish = _day(why["finish"])
            return _(
                "Live since %(date)s. Everything else is expected to be done on %(finish)s.", date=on, finish=finish
            )
        case "before_kickoff":
            return _("The kick-off is not agreed yet.")
        case "done":
            return _("Completed on %(date)s.", date=on)
    return ""


def _day(written: Any) -> str:
    return format_date(date.fromisoformat(written)) if written else ""


def _title(plan: Plan, why: Mapping[str, Any]) -> str:
    if why.get("title"):
        return said(why["title"])
    known = outline_of(plan).task.get(why.get("task_code") or "")
    return said(known.title) if known else ""
