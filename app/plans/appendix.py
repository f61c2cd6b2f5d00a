"""A plan as an appendix to the contract, in words: what its print view and its PDF say (I11).

Everything is text in the language spoken now. Answers, messages and secrets are no part of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import sqlalchemy as sa

from app.core import identifiers, money
from app.core.clock import today
from app.core.db import db
from app.core.files import store
from app.core.i18n import _, country_name, current_locale, format_date, format_time, format_weekday, ngettext
from app.core.pdf import Picture, drawn
from app.customers.models import Account
from app.people.models import Organisation
from app.plans import texts
from app.plans.models import Plan, PlanContact, PlanTask, TaskState
from app.plans.queries import my as queries
from app.plans.service import billed
from app.playbooks.outline import Outline, Side, said
from app.settings.models import vendor
from app.trainings.models import SessionState

TEMPLATE = Path(__file__).with_name("appendix.typ")


@dataclass(frozen=True)
class Party:
    """One of the two who agree."""

    label: str
    name: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """A task."""

    number: str
    title: str
    hint: str
    who: str
    due: str
    mark: str
    """open, done or not_applicable: whether its box is ticked."""
    done: str
    """Who did it and when, or why it does not apply."""


@dataclass(frozen=True)
class Part:
    """A phase with its tasks."""

    title: str
    summary: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Taught:
    """A training."""

    title: str
    length: str
    when: str
    who: str


@dataclass(frozen=True)
class Priced:
    """An option that costs something."""

    title: str
    option: str
    net: str
    state: str


@dataclass(frozen=True)
class Appendix:
    """The whole document, with its headings: the template only lays out."""

    locale: str
    title: str
    heading: str
    lede: str
    foot: str
    made: str
    brand: str
    accent: str
    words: Mapping[str, str]
    parties: tuple[Party, ...]
    days: tuple[tuple[str, str], ...]
    aims: tuple[str, ...]
    parts: tuple[Part, ...]
    trainings: tuple[Taught, ...]
    prices: tuple[Priced, ...]
    support: tuple[tuple[str, str], ...] = field(default=())


def of(plan: Plan) -> Appendix:
    """In a constant number of queries."""
    outline = texts.outline_of(plan)
    people, manager = queries.people_of(plan.id), queries.manager_of(plan)
    tasks = queries.tasks_of(plan.id)
    ours = vendor()
    title = said(outline.title)
    return Appendix(
        locale=current_locale(),
        title=_("%(playbook)s: plan for %(company)s", playbook=title, company=plan.name),
        heading=_("Appendix to the contract"),
        lede=said(outline.summary),
        foot=ours.legal_line(plan.country, current_locale()),
        made=_("Plan %(ref)s, as it stood on %(date)s", ref=plan.ref, date=format_date(today(ours.timezone))),
        brand=ours.brand,
        accent=ours.colours.light,
        words=_headings(texts.begins_on_a_day(plan)),
        parties=_parties(plan, people, manager),
        days=_days(plan),
        aims=_aims(plan, outline),
        parts=_parts(plan, outline, tasks, people, manager.name),
        trainings=_trainings(plan, outline, people),
        prices=(*_fees(plan, outline), *_prices(outline, tasks)),
        support=_support(),
    )


def pdf_of(plan: Plan) -> bytes:
    """The same as a document to keep."""
    ours = vendor()
    pictures = []
    if ours.logo:
        with store().open(ours.logo) as file:
            pictures.append(Picture("logo.png", file.read()))
    data = {**asdict(of(plan)), "logo": "logo.png" if pictures else ""}
    return drawn(TEMPLATE, data, *pictures)


def filename_of(plan: Plan) -> str:
    """Without ending."""
    return f"{said(texts.outline_of(plan).title)} {plan.name} {plan.ref}"


def _headings(begins: bool) -> dict[str, str]:
    """`begins`: the plan has a starting date."""
    return {
        "parties": _("Parties"),
        "days": _("Dates"),
        "aims": _("Aims"),
        "tasks": _("Phases and tasks"),
        "number": _("No."),
        "task": _("Task"),
        "who": _("Who"),
        "due": _("By"),
        "trainings": _("Trainings"),
        "training": _("Training"),
        "length": _("Length"),
        "when": _("When"),
        "participants": _("Participants"),
        "prices": _("Priced options"),
        "option": _("Option"),
        "net": _("Net amount"),
        "state": _("State"),
        "support": _("Support after the starting date") if begins else _("Support after going live"),
        "signatures": _("Signatures"),
        "place": _("Place and date"),
        "signature": _("Name and signature"),
        "open": _("Open"),
        "done": _("Done"),
        "not_applicable": _("Not applicable"),
    }


def _parties(plan: Plan, people: Mapping[int, PlanContact], manager: queries.Manager) -> tuple[Party, Party]:
    main = queries.main_of(people.values())
    lines: list[str] = []
    name = plan.name
    if plan.account_id is not None:
        account = db.session.get_one(Account, plan.account_id)
        name = account.company_name
        lines += [account.street, f"{account.postcode} {account.city}".strip(), country_name(account.country)]
        number = identifiers.show_company_number(account.country, account.company_number)
        lines.append(_("Company number: %(number)s", number=number))
    elif plan.organisation_id is not None:
        name = db.session.scalars(sa.select(Organisation.name).where(Organisation.id == plan.organisation_id)).one()
    if main is not None:
        lines += [_("Contact person: %(name)s", name=main.name), main.email]
    ours = vendor()
    own = [
        ours.legal_line(plan.country, current_locale()),
        _("Account manager: %(name)s", name=manager.name),
        manager.email,
    ]
    return (
        Party(_("Customer"), name, tuple(line for line in lines if line)),
        Party(_("Supplier"), ours.name, tuple(line for line in own if line)),
    )


def _days(plan: Plan) -> tuple[tuple[str, str], ...]:
    unknown = _("Not agreed yet")
    kickoff = _("Kick-off held on") if plan.kickoff_held else _("Kick-off")
    rows = [
        (_("Contract accepted on"), plan.contract_on),
        (kickoff, plan.kickoff_on),
        (_("Starting date") if texts.begins_on_a_day(plan) else _("Agreed day of going live"), plan.golive_on),
    ]
    told = [(label, format_date(day) if day else unknown) for label, day in rows]
    if plan.live_on is not None:
        told.append((_("Gone live on"), format_date(plan.live_on)))
    elif plan.is_running:
        told.append((_("Expected finish"), format_date(plan.forecast_on)))
    return tuple(told)


def _aims(plan: Plan, outline: Outline) -> tuple[str, ...]:
    aims = []
    if outline.aim_workdays and outline.starting is not None:
        aims.append(
            ngettext(
                "We aim at %(num)s working day from the kick-off to the starting date.",
                "We aim at %(num)s working days from the kick-off to the starting date.",
                outline.aim_workdays,
            )
        )
    elif outline.aim_workdays:
        aims.append(
            ngettext(
                "We aim at %(num)s working day from the kick-off to going live.",
                "We aim at %(num)s working days from the kick-off to going live.",
                outline.aim_workdays,
            )
        )
    aims.append(_("Days on which the plan is paused, or waits for the other side, move the days that follow."))
    return tuple(aims)


def _parts(
    plan: Plan, outline: Outline, tasks: Sequence[queries.Of], people: Mapping[int, PlanContact], manager: str
) -> tuple[Part, ...]:
    main = queries.main_of(people.values())

    def who(of: queries.Of) -> str:
        if of.task.side == Side.VENDOR:
            return of.person or (vendor().name if of.task.role else manager)
        owner = people.get(of.task.contact_id) if of.task.contact_id else main
        return owner.name if owner else plan.name

    parts = []
    for phase in outline.phases:
        lines = tuple(_line(each.task, outline, who(each)) for each in tasks if each.task.phase == phase.code)
        if lines:
            parts.append(Part(said(phase.title), said(phase.summary), lines))
    return tuple(parts)


def _line(task: PlanTask, outline: Outline, who: str) -> Line:
    asked = texts.of_task(task, outline)
    mark, done = "open", ""
    if task.state == TaskState.DONE and task.done_at is not None:
        mark, done = "done", _("Done by %(name)s, %(date)s", name=task.done_by, date=format_date(task.done_at))
    elif task.state == TaskState.NOT_APPLICABLE:
        mark, done = "not_applicable", _("Not applicable: %(reason)s", reason=task.reason)
    return Line(
        str(task.number),
        said(asked.title),
        said(asked.hint),
        who,
        format_date(task.due_on) if task.due_on else "",
        mark,
        done,
    )


def _trainings(plan: Plan, outline: Outline, people: Mapping[int, PlanContact]) -> tuple[Taught, ...]:
    taught = []
    for row in queries.trainings_of(plan.id):
        when = [
            _("Held on %(date)s", date=format_date(session.starts_at))
            if session.state == SessionState.HELD
            else _("%(date)s at %(time)s", date=format_weekday(session.starts_at), time=format_time(session.starts_at))
            for session in row.sessions
        ]
        named = [people[id].name for id in sorted(row.contacts) if id in people]
        minutes = ngettext("%(num)s minute", "%(num)s minutes", row.training.minutes)
        taught.append(
            Taught(
                texts.training_title(row.training, outline),
                minutes,
                ", ".join(when) or _("Not planned yet"),
                ", ".join(named) or _("Not named yet"),
            )
        )
    return tuple(taught)


def _fees(plan: Plan, outline: Outline) -> list[Priced]:
    """Answers that cost something, due once on the starting date."""
    return [
        Priced(
            said(fact.question),
            said(option.label),
            money.written(option.price.net, option.price.currency),
            _("Ordered"),
        )
        for fact, option in billed.fees(outline, plan.facts).values()
        if option.price is not None
    ]


def _prices(outline: Outline, tasks: Sequence[queries.Of]) -> tuple[Priced, ...]:
    priced = []
    for of in tasks:
        asked = texts.of_task(of.task, outline)
        if of.task.state == TaskState.NOT_APPLICABLE:
            continue
        for option in asked.options:
            if option.price is None:
                continue
            chosen = option.code in of.task.answer.get("chosen", ()) and of.task.state == TaskState.DONE
            state = (
                _("Ordered") if chosen else _("Not ordered") if of.task.state == TaskState.DONE else _("To be chosen")
            )
            net = money.written(option.price.net, option.price.currency)
            priced.append(Priced(said(asked.title), said(option.label), net, state))
    return tuple(priced)


def _support() -> tuple[tuple[str, str], ...]:
    ours = vendor()
    rows = [
        (_("E-mail"), ours.support_email or ours.contact_email),
        (_("Phone"), ours.support_phone),
        (_("Website"), ours.support_url),
        (
            _("When we answer"),
            _("Monday to Friday, %(from)s to %(until)s", **{"from": ours.office_from, "until": ours.office_until}),
        ),
    ]
    return tuple((label, value) for label, value in rows if value)
