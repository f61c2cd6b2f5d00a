"""The team leader's page: validations that wait, cases without a worker, and what each of the team has (C4, C7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from babel import Locale, dates
from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.carried import number_in
from app.core.clock import today
from app.core.errors import DomainError
from app.core.htmx import redirect_see_other, render_page, wants_fragment
from app.core.i18n import _, current_locale, format_date, ngettext
from app.people.models import Person
from app.plans.cases import status_of
from app.plans.desk import blueprint
from app.plans.desk.case_panels import Forms, Panel, panel_of
from app.plans.desk.doors import chosen, colleagues, hand
from app.plans.forms.cases import WorkerForm
from app.plans.models import PlanCase
from app.plans.queries import cases as queries
from app.plans.queries.cases import Load
from app.plans.service import cases
from app.plans.service.cases import Assigned, Wanted
from app.plans.texts import outline_of, phase_title
from app.settings.models import vendor

_DAY = {"fi": "ccc d"}
"""How a day of the week is written short, where that is not as usual."""


@blueprint.get("/team")
@requires(P.CASES_LEAD)
def team() -> Response:
    return team_page(case_ref=request.args.get("case", ""))


def team_page(
    *,
    case_ref: str = "",
    sent: Forms | None = None,
    refused: DomainError | None = None,
    form: WorkerForm | None = None,
    said: Any = "",
) -> Response:
    """The first validation stands open, or the one of `case_ref`. `said` is told of what was just done."""
    me, crew, here = actor(), colleagues(), today(vendor().timezone)
    loads = queries.loads(crew, here)
    waiting = queries.to_validate(me)
    place = next((place for place, one in enumerate(waiting) if one.ref == case_ref), 0)
    panel = _open(waiting[place], sent) if waiting else None
    wrong = form if form is not None and form.problems else panel.wrong if panel else None
    return render_page(
        "plans/desk_team.html",
        fragment="plans/_desk_team.html",
        waiting=waiting,
        panel=panel,
        previous=waiting[place - 1] if waiting and place else None,
        following=waiting[place + 1] if place + 1 < len(waiting) else None,
        own=queries.own_in_validation(me),
        unassigned=queries.unassigned(me, request.args.get("cursor")),
        form=form or WorkerForm.of(crew, _about(loads), formdata=None),
        loads=loads,
        most=max((one.all for load in loads for one in load.week), default=0),
        day=here,
        refused=refused.message if refused else "",
        is_fragment=wants_fragment(),
        weekday=_weekday,
        said=said,
        invalid=wrong,
        errors=wrong.problems if wrong else [],
        title_of=lambda case: phase_title(case.phase, outline_of(case.plan)),
        status_of=lambda case: status_of(case.plan, outline_of(case.plan)),
        status=refused.status if refused else wrong.status if wrong else 200,
    )


def _weekday(day: date) -> str:
    """Mon 9"""
    return str(dates.format_date(day, _DAY.get(current_locale(), "EEE d"), locale=Locale.parse(current_locale())))


def _open(case: PlanCase, sent: Forms | None) -> Panel:
    """A validation with its rounds; the forms that came back stand in it."""
    plan = case.plan
    found = queries.find(plan, case.ref)
    return panel_of(plan, found, queries.tasks_of(found), outline_of(plan), (), sent)


def _about(loads: Sequence[Load]) -> Mapping[int, str]:
    """What the choice of a worker says of each."""
    return {load.person.id: "; ".join(_parts(load)) for load in loads}


def _parts(load: Load) -> list[str]:
    parts = [ngettext("%(num)s case", "%(num)s cases", load.cases + load.handed_in)]
    if load.absences:
        first = load.absences[0]
        parts.append(
            _("away from %(first)s to %(last)s", first=format_date(first.from_on), last=format_date(first.until_on))
        )
    return parts


def onward(said: str) -> Response:
    """After a validation: the next one opens."""
    if wants_fragment():
        return team_page(said=said)
    flash(said, "done")
    return redirect_see_other(url_for(".team"))


# --- assigning several ------------------------------------------------------------------------------------------------


@blueprint.post("/team")
@requires(P.CASES_LEAD)
def assign_cases() -> Response:
    """Gives the ticked cases to one of the team; what somebody else changed meanwhile is told."""
    crew = colleagues()
    form = WorkerForm.of(crew, _about(queries.loads(crew, today(vendor().timezone))))
    wanted = _wanted(request.form.getlist("cases"))
    if form.validate_on_submit():
        worker = chosen(crew, form.worker.data)
        if worker is None:
            form.fail(cases.NotOfTheTeam())
        elif not wanted:
            form.fail(DomainError(_("Choose at least one case.")))
        else:
            with form.attempt() as saved:
                found = cases.assign_all(wanted, worker, hand())
            if saved:
                _tell_assigned(found, worker)
                return redirect_see_other(url_for(".team", _anchor="unassigned"))
    return team_page(form=form)


def _wanted(given: Sequence[str]) -> list[Wanted]:
    """Case and version, as the boxes carry them."""
    parts = (one.partition(":") for one in given[: cases.MOST])
    return [Wanted(ref[:20], number_in(version, -1)) for ref, _colon, version in parts]


def _tell_assigned(found: Assigned, worker: Person) -> None:
    if found.done:
        text = ngettext(
            "%(num)s case was assigned to %(name)s.",
            "%(num)s cases were assigned to %(name)s.",
            len(found.done),
            name=worker.name,
        )
        message: Any = {
            "text": text,
            "undo_url": url_for(".take_cases_back"),
            "undo_fields": {"cases": " ".join(f"{case.ref}:{case.version}" for case in found.done)},
        }
        flash(message, "done")
    _tell_refused(found)


def _tell_refused(found: Assigned) -> None:
    if found.refused:
        names = ", ".join(found.refused)
        flash(_("Left as they are, because somebody else changed them a moment ago: %(names)s", names=names), "warning")


@blueprint.post("/team/undo")
@requires(P.CASES_LEAD)
def take_cases_back() -> Response:
    """Takes back what the receipt tells of."""
    found = cases.take_back(_wanted(request.form.get("cases", "").split()), hand())
    if found.done:
        flash(
            ngettext(
                "The assignment of %(num)s case was taken back.",
                "The assignment of %(num)s cases was taken back.",
                len(found.done),
            ),
            "done",
        )
    _tell_refused(found)
    return redirect_see_other(url_for(".team", _anchor="unassigned"))
