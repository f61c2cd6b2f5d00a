"""The page of one plan at the desk: who waits for what, its tasks, people and history; as the customer sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, request
from flask.wrappers import Response
from markupsafe import Markup

from app.access.guard import actor, may, requires
from app.access.permissions import P
from app.core.clock import today
from app.core.htmx import render_page
from app.core.i18n import LOCALES, NAMES, _, _l, current_locale, in_locale
from app.plans import told
from app.plans.desk import blueprint
from app.plans.desk.case_panels import panels_of
from app.plans.desk.doors import colleagues, the_plan
from app.plans.health import health_sentence
from app.plans.models import Plan, PlanState, PlanTask, TaskState
from app.plans.queries import at_desk, webinars
from app.plans.service import billed, starting_date
from app.plans.service.billed import Billed
from app.plans.service.people import ROLE_NAMES
from app.plans.states import TASK_STATES
from app.plans.texts import module_label, outline_of, phase_title
from app.plans.words import HEALTHS, STATES, WAITS
from app.playbooks.outline import Option, Outline, Side
from app.settings import processes
from app.settings.models import vendor
from app.settings.processes import Process

GROUPS: Mapping[str, Any] = {
    "vendor": _l("With us now"),
    "customer": _l("With the customer now"),
    "held": _l("Held up"),
    "later": _l("Cannot start yet"),
    "done": _l("Done"),
    "not_applicable": _l("Not applicable"),
    "gone": _l("No longer needed"),
}
SIDES: Mapping[str, Any] = {Side.VENDOR: _l("Ours"), Side.CUSTOMER: _l("The customer's")}
_ENOUGH = 12
"""Done tasks below which their group stands open."""


@dataclass(frozen=True)
class Filter:
    """Which tasks are shown."""

    side: str = ""
    phase: str = ""
    module: str = ""
    state: str = ""
    """One of the groups."""
    who: str = ""
    """The reference of a person or contact; "me" for whoever looks; "nobody"."""

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Filter:
        return cls(**{name: str(values.get(name, ""))[:60] for name in ("side", "phase", "module", "state", "who")})

    @property
    def narrows(self) -> bool:
        return self != Filter()

    def lets(self, task: PlanTask, me: int) -> bool:
        return (
            self.side in ("", task.side)
            and self.phase in ("", task.phase)
            and self.module in ("", task.module)
            and self.state in ("", at_desk.group_of(task))
            and self._named(task, me)
        )

    def _named(self, task: PlanTask, me: int) -> bool:
        if not self.who:
            return True
        if self.who == "me":
            return task.person_id == me
        named = task.person or task.contact
        return named is None if self.who == "nobody" else named is not None and named.ref == self.who


@blueprint.get("/<ref>")
@requires(P.PLANS_READ)
def plan(ref: str) -> Response:
    return plan_page(the_plan(ref))


def plan_page(found: Plan, *, status: int = 200, **more: Any) -> Response:
    outline = outline_of(found)
    tasks = at_desk.tasks_of(found)
    by = Filter.read(request.args)
    shown = [task for task in tasks if by.lets(task, actor().id)]
    if by.state != "gone":
        shown = [task for task in shown if task.state != TaskState.GONE]
    return render_page(
        "plans/desk_plan.html",
        fragment="plans/_desk_groups.html",
        plan=found,
        outline=outline,
        by=by,
        groups=_grouped(shown),
        enough=_ENOUGH,
        firsts=at_desk.firsts_of(found, tasks),
        steps=steps(tasks, outline),
        people=at_desk.people_of(found),
        comments=at_desk.latest_comments(found),
        newer=at_desk.newest_version(found),
        trainings=at_desk.trainings_of(found),
        webinars=webinars.of_plan(found),
        sentence=health_sentence(found),
        panels=panels_of(found, tasks, outline, colleagues() if found.stage and may(P.CASES_LEAD) else ()),
        billing=billing_of(found, outline),
        apart=starting_date.apart(found),
        answers=[(fact, told.answer_in_words(fact, found.facts.get(fact.code))) for fact in outline.facts],
        modules=[(module.code, module_label(module.code, outline)) for module in outline.modules],
        phases=[(phase.code, phase_title(phase.code, outline)) for phase in outline.phases],
        named=_named(tasks),
        status=status,
        **{**words(), "works": may(P.PLANS_WORK) and found.state != PlanState.ARCHIVED},
        **more,
    )


@dataclass(frozen=True)
class Begins:
    """What begins on the starting date, as far as this reader may know of it."""

    lines: Sequence[Billed]
    waiting: Sequence[Option]
    """Answers with a price, whose billing details are made once the day is agreed."""
    opens: bool


def billing_of(plan: Plan, outline: Outline) -> Begins | None:
    """None where there is no starting date, or nobody to invoice."""
    if outline.starting is None or plan.account_id is None or not processes.is_on(Process.BILLING):
        return None
    lines = billed.of_plan(plan) if may(P.BILLING_READ) else []
    waiting = [] if plan.golive_on else [option for _fact, option in billed.fees(outline, plan.facts).values()]
    return Begins(lines, waiting, may(P.BILLING_READ))


def words() -> dict[str, Any]:
    return {
        "GROUPS": GROUPS,
        "SIDES": SIDES,
        "HEALTHS": HEALTHS,
        "STATES": STATES,
        "WAITS": WAITS,
        "TASK_STATES": TASK_STATES,
        "ROLE_NAMES": ROLE_NAMES,
        "group_of": at_desk.group_of,
        "day": today(vendor().timezone),
        "works": may(P.PLANS_WORK),
    }


def _grouped(tasks: Sequence[PlanTask]) -> list[tuple[str, list[PlanTask]]]:
    found: dict[str, list[PlanTask]] = {group: [] for group in at_desk.GROUPS}
    for task in tasks:
        found[at_desk.group_of(task)].append(task)
    return [(group, listed) for group, listed in found.items() if listed]


@dataclass(frozen=True)
class Step:
    """How far a phase is."""

    code: str
    title: str
    all: int
    done: int

    @property
    def share(self) -> int:
        return round(100 * self.done / self.all) if self.all else 0


def steps(tasks: Sequence[PlanTask], outline: Outline) -> list[Step]:
    """The phases that have tasks that count."""
    counted = [task for task in tasks if task.state not in (TaskState.NOT_APPLICABLE, TaskState.GONE)]
    found = []
    for phase in outline.phases:
        mine = [task for task in counted if task.phase == phase.code]
        if mine:
            done = sum(task.state == TaskState.DONE for task in mine)
            found.append(Step(phase.code, phase_title(phase.code, outline), len(mine), done))
    return found


def _named(tasks: Sequence[PlanTask]) -> list[tuple[str, str]]:
    people = {named.ref: named.name for task in tasks if (named := task.person or task.contact) is not None}
    return sorted(people.items(), key=lambda row: row[1].casefold())


@blueprint.get("/<ref>/history")
@requires(P.PLANS_READ)
def history(ref: str) -> Response:
    found = the_plan(ref)
    listing = at_desk.history_of(found, request.args.get("cursor"))
    return render_page(
        "plans/desk_history.html",
        plan=found,
        listing=listing,
        told=told.of(found, listing.items, outline_of(found)),
    )


@blueprint.get("/<ref>/look")
@requires(P.PLANS_READ)
def look(ref: str) -> Response:
    """As the customer's people read it, in a language; nothing can be pressed."""
    found = the_plan(ref)
    asked = request.args.get("in", "")
    locale = asked if asked in LOCALES else found.locale
    outline, tasks = outline_of(found), at_desk.tasks_of(found)
    live = [task for task in tasks if task.state != TaskState.GONE]
    firsts = at_desk.firsts_of(found, tasks)
    with in_locale(locale):
        seen = Markup(  # noqa: S704 - a template of ours, escaped as every page
            render_template(
                "plans/desk_look_seen.html",
                plan=found,
                outline=outline,
                groups=_as_customer(live),
                steps=steps(live, outline),
                firsts=firsts,
                next_task=next((task for task in live if at_desk.group_of(task) == "customer"), None),
            )
        )
    return render_page(
        "plans/desk_look.html",
        plan=found,
        seen=seen,
        locale=locale,
        languages=[(code, NAMES[code]) for code in LOCALES],
        current=current_locale(),
    )


def _as_customer(tasks: Sequence[PlanTask]) -> list[tuple[str, list[PlanTask]]]:
    """In the order of the customer's page, under its headings."""
    headings = {
        "customer": _("Yours now"),
        "vendor": _("Waiting for us"),
        "held": _("Waiting for something"),
        "later": _("Later"),
        "done": _("Done"),
        "not_applicable": _("Not applicable"),
    }
    grouped = dict(_grouped(tasks))
    return [(title, grouped[group]) for group, title in headings.items() if group in grouped]
