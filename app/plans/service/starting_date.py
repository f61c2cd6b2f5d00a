"""The starting date: the day of visibility, from which the customer is invoiced (C2). Its rule, what another one moves,
and who is told."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from app.access import links, policy
from app.access.links import AccessLink, Purpose
from app.access.permissions import P
from app.core.clock import today
from app.core.db import db
from app.core.errors import Conflict, FieldError
from app.core.i18n import _, _l, format_date, in_locale, ngettext
from app.outbox.mail import Recipient
from app.outbox.service import post
from app.people.models import Person
from app.plans import standing, texts
from app.plans.emails import StartingDateSet, StartingDateSetNews
from app.plans.models import Plan, PlanContact, PlanTask
from app.plans.party import Hand
from app.plans.queries.webinars import Stand, Webinar, webinars_affected
from app.plans.service import billed
from app.plans.service.billed import BillingMove
from app.playbooks.outline import Option, Side, Starting
from app.settings.models import vendor
from app.trainings import words

MAILED = 15
"""Tasks that a mail names; the plan shows all."""


class PreviewMovedOn(Conflict):
    """What would move is no longer what was shown."""

    def __init__(self) -> None:
        super().__init__(_l("This is not what was shown before. Look at what would move, then save it."))


# --- the rule ---------------------------------------------------------------------------------------------------------


def checked(
    starting: Starting | None,
    contract_on: date | None,
    golive_on: date | None,
    why: str,
    by: Person | None,
    *,
    before: Plan | None = None,
) -> dict[str, Any]:
    """What is to be set on the plan beside the two days: who allowed a later starting date, and why. Nothing where the
    playbook knows no starting date, or where both days are as they were.

    Raises:
        FieldError: the day is missing, has passed, or lies before the signature or too long after it.
    """
    if starting is None or (before and (before.contract_on, before.golive_on) == (contract_on, golive_on)):
        return {}
    within: dict[str, Any] = {"starting_why": "", "starting_by_id": None}
    if golive_on is None:
        if before and before.golive_on is not None:
            raise FieldError("golive_on", _l("A starting date that was agreed can be moved, but not taken away."))
        return within
    if contract_on is None:
        raise FieldError(
            "contract_on", _l("Enter the day on which the contract was accepted: the starting date counts from it.")
        )
    if golive_on < contract_on:
        raise FieldError("golive_on", _l("The starting date lies before the day on which the contract was accepted."))
    if golive_on < today(vendor().timezone) and (before is None or before.golive_on != golive_on):
        raise FieldError("golive_on", _l("This day has passed. Choose today or a later day."))
    if (golive_on - contract_on).days <= starting.within_days:
        return within
    latest = contract_on + timedelta(days=starting.within_days)
    if by is None or not policy.allows(by, P.CASES_LEAD):
        raise FieldError(
            "golive_on",
            _l(
                "This is too late: choose a day until %(date)s. A team leader can allow a later one and says why.",
                date=_Day(latest),
            ),
        )
    if not why:
        raise FieldError(
            "starting_why",
            _l("The playbook allows days until %(date)s. Enter the reason for a later one.", date=_Day(latest)),
        )
    return {"starting_why": why, "starting_by_id": by.id}


@dataclass(frozen=True)
class _Day:
    """A day that is written when its sentence is."""

    day: date

    def __str__(self) -> str:
        return format_date(self.day)


# --- what another day moves -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TaskMove:
    """A task that would be due on another day."""

    task: PlanTask
    old: date | None
    new: date | None


@dataclass(frozen=True)
class Effect:
    """What other agreed days do to a plan: all of it, and nothing else."""

    contract_on: date | None
    kickoff_on: date | None
    golive_on: date | None
    old: date | None
    """The starting date now."""
    tasks: list[TaskMove] = field(default_factory=list)
    billing: list[BillingMove] = field(default_factory=list)
    fees: list[Option] = field(default_factory=list)
    """Made now, since the day is known."""
    webinars: list[NoLongerFits] = field(default_factory=list)
    """Registrations for a series, as sentences."""
    mark: str = ""
    """Of what is shown here: what is saved must be the same."""

    @property
    def moves_starting(self) -> bool:
        return self.golive_on != self.old

    @property
    def moves(self) -> list[BillingMove]:
        return [move for move in self.billing if move.stays is None]

    @property
    def stays(self) -> list[BillingMove]:
        return [move for move in self.billing if move.stays is not None]

    @property
    def is_empty(self) -> bool:
        return not (self.tasks or self.billing or self.fees or self.webinars)


def effect(plan: Plan, contract_on: date | None, kickoff_on: date | None, golive_on: date | None) -> Effect:
    """What saving these days would move. Changes nothing."""
    outline = texts.outline_of(plan)
    due = standing.due_days_if(plan, contract_on=contract_on, kickoff_on=kickoff_on, golive_on=golive_on)
    tasks = db.session.scalars(
        sa.select(PlanTask).where(PlanTask.id.in_(due)).order_by(PlanTask.position, PlanTask.number)
    )
    moved = [TaskMove(task, *due[task.id]) for task in tasks] if due else []
    found = Effect(contract_on, kickoff_on, golive_on, plan.golive_on, moved)
    if outline.starting is not None and golive_on is not None and found.moves_starting:
        fees = billed.fees(outline, plan.facts) if plan.golive_on is None and plan.account_id is not None else {}
        found = replace(
            found,
            billing=billed.moves_if(plan, golive_on),
            fees=[option for _fact, option in fees.values()],
            webinars=webinars(plan, golive_on),
        )
    return replace(found, mark=_mark(found, plan))


class NoLongerFits:
    """Says that a registration would no longer fit, in the language of whoever reads it."""

    def __init__(self, webinar: Webinar, title: str) -> None:
        self.webinar, self.title = webinar, title

    def __str__(self) -> str:
        session, proposal = self.webinar.session, self.webinar.proposal
        assert session is not None  # registered
        said = ngettext(
            "%(training)s: the session on %(day)s does not lie %(num)s day before this starting date.",
            "%(training)s: the session on %(day)s does not lie %(num)s days before this starting date.",
            self.webinar.ahead,
            training=self.title,
            day=words.start_of(session.starts_at, session.timezone),
        )
        if proposal is None:
            return f"{said} {_('No other session fits it.')}"
        day = words.start_of(proposal.starts_at, proposal.timezone)
        return f"{said} {_('Proposed instead: %(day)s', day=day)}"


def webinars(plan: Plan, day: date) -> list[NoLongerFits]:
    """Registrations for a series that no longer fit this starting date."""
    outline = texts.outline_of(plan)
    return [
        NoLongerFits(each, texts.training_title(each.training, outline))
        for each in webinars_affected(plan, day)
        if each.stand == Stand.REGISTERED and not each.fits
    ]


def _mark(found: Effect, plan: Plan) -> str:
    told = [
        [plan.contract_on, plan.kickoff_on],
        [found.contract_on, found.kickoff_on, found.golive_on, found.old],
        [[move.task.number, move.old, move.new] for move in found.tasks],
        [[move.detail.ref, move.old, move.new, move.stays is not None] for move in found.billing],
        [option.code for option in found.fees],
        [str(sentence) for sentence in found.webinars],
    ]
    return hashlib.sha256(json.dumps(told, default=str).encode()).hexdigest()[:32]


def bills(plan_id: int) -> bool:
    """Whether the account is held too when days of this plan are changed."""
    plan = db.session.get(Plan, plan_id)
    return plan is not None and plan.account_id is not None and texts.outline_of(plan).starting is not None


def follow(plan: Plan, shown: Effect, by: Hand) -> None:
    """The starting date of a held plan, whose account is held too, was set as `shown` says: billing follows, and those
    who have to know are told, each in one mail."""
    if not shown.moves_starting or plan.golive_on is None or texts.outline_of(plan).starting is None:
        return
    billed.move(plan, by)
    if shown.old is None:
        billed.settle(plan, texts.outline_of(plan), by)
    _tell(plan, shown, by)


# --- who is told ------------------------------------------------------------------------------------------------------


def _tell(plan: Plan, shown: Effect, by: Hand) -> None:
    """The customer's people who have had their link, and the account manager, unless it was they who moved it."""
    assert plan.golive_on is not None
    ever = sa.select(AccessLink.subject_id).where(AccessLink.purpose == Purpose.PLAN)
    contacts = db.session.scalars(
        sa.select(PlanContact)
        .where(
            PlanContact.plan_id == plan.id,
            PlanContact.enters,
            PlanContact.ended_at.is_(None),
            PlanContact.id.in_(ever),
        )
        .order_by(PlanContact.id)
    )
    for contact in contacts:
        with in_locale(contact.locale):
            tasks = _named(plan, shown, {Side.CUSTOMER})
        mail = StartingDateSet(contact.ref, plan.name, shown.old, plan.golive_on, tasks)
        path = links.mint(Purpose.PLAN, contact.id)[1]
        post(
            mail,
            Recipient(contact.email, contact.name, contact.locale),
            conversation=f"plan:{plan.ref}",
            secret_link=path,
        )
    if by.person is not None and by.person.id == plan.manager_id:
        return
    manager = db.session.get_one(Person, plan.manager_id)
    with in_locale(manager.locale):
        tasks = _named(plan, shown, set(Side))
        more = [str(move.stays) for move in shown.stays] + [str(sentence) for sentence in shown.webinars]
        if shown.moves:
            more.insert(
                0,
                ngettext(
                    "%(num)s billing detail moved with it.", "%(num)s billing details moved with it.", len(shown.moves)
                ),
            )
    news = StartingDateSetNews(plan.ref, plan.name, shown.old, plan.golive_on, by.name, tasks, more)
    to = Recipient.of(manager)
    post(news, to, conversation=f"plan:{plan.ref}")


def _named(plan: Plan, shown: Effect, sides: set[Side]) -> list[str]:
    """Tasks with their new days, in the language spoken now."""
    outline = texts.outline_of(plan)
    rows = [(move.task, move.new) for move in shown.tasks if move.task.side in sides and move.new is not None]
    named = [
        _("%(label)s: %(value)s", label=f"{task.number}. {texts.title_of(task, outline)}", value=format_date(day))
        for task, day in rows[:MAILED]
    ]
    if len(rows) > MAILED:
        named.append(ngettext("%(num)s more task", "%(num)s more tasks", len(rows) - MAILED))
    return named


def apart(plan: Plan) -> int | None:
    """Whole days from the starting date to the day on which the customer could be seen; negative before it."""
    return None if plan.golive_on is None or plan.live_on is None else (plan.live_on - plan.golive_on).days
