"""A colleague's day, absences, and handing work over (I12)."""

from __future__ import annotations

from typing import Any

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, may, requires
from app.access.permissions import P
from app.core.clock import today
from app.core.errors import FieldError, NotFound
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _, ngettext
from app.people import queries as people
from app.people.models import Person
from app.people.service import absences as service
from app.people.service.absences import AbsenceDetails
from app.plans import texts
from app.plans.desk import blueprint
from app.plans.desk.doors import chosen, colleagues
from app.plans.forms.absences import AbsenceForm, WorkForm, named
from app.plans.queries import day as board
from app.plans.service import assigning
from app.plans.words import HEALTHS
from app.settings.models import vendor


@blueprint.get("/day")
@requires(P.PLANS_READ)
def day() -> Response:
    """The person's own day with that of colleagues for whom they stand in, or the day of one chosen colleague."""
    return day_page(request.args.get("person", ""))


def day_page(person: str, conflict: str = "") -> Response:
    """The board of whoever has this reference, else of whoever is signed in; `conflict` is why a press was refused."""
    known = colleagues()
    here = today(vendor().timezone)
    whose = chosen(known, person) or actor()
    covered = people.stood_in_for(whose, here)
    found = board.day_of([whose, *covered], here)
    return render_page(
        "plans/desk_day.html",
        fragment="plans/_desk_day.html",
        whose=whose,
        covered=covered,
        board=found,
        day=here,
        choices=named(known),
        conflict=conflict,
        title_of=lambda task, plan=None: texts.title_of(task, texts.outline_of(plan or task.plan)),
        HEALTHS=HEALTHS,
    )


# --- absences ---------------------------------------------------------------------------------------------------------


@blueprint.route("/absences", methods=["GET", "POST"])
@requires(P.PLANS_WORK)
def absences() -> Response:
    """Everybody's; one notes one's own, and who manages plans those of others too."""
    known = colleagues()
    form = AbsenceForm(_absentees(known), known, data={"person": actor().ref})
    if form.validate_on_submit():
        with form.attempt() as saved:
            service.note(_details(form, known), actor())
        if saved:
            flash(_("The absence was noted."), "done")
            return redirect_see_other(url_for(".absences"))
    return render_page(
        "plans/desk_absences.html",
        form=form,
        listed=people.absences(today(vendor().timezone)),
        day=today(vendor().timezone),
        status=form.status,
    )


def _absentees(known: list[Person]) -> list[Person]:
    return known if may(P.PLANS_MANAGE) else [person for person in known if person.id == actor().id]


def _details(form: AbsenceForm, known: list[Person]) -> AbsenceDetails:
    person = chosen(known, form.person.data)
    if person is None:
        raise NotFound
    return AbsenceDetails(person, chosen(known, form.deputy.data or ""), *form.days())


@blueprint.post("/absences/<absence_ref>/removal")
@requires(P.PLANS_WORK)
def take_back_absence(absence_ref: str) -> Response:
    service.take_back(absence_ref, actor(), only_of=None if may(P.PLANS_MANAGE) else actor())
    flash(_("The absence was taken back."), "done")
    return redirect_see_other(url_for(".absences"))


# --- a colleague's work -----------------------------------------------------------------------------------------------


@blueprint.route("/work", methods=["GET", "POST"])
@requires(P.PLANS_MANAGE)
def hand_over_work() -> Response:
    """All of one colleague's open work to another: first how much it is, then it is done."""
    takers = colleagues()
    givers = [person for person in people.staff() if person.is_staff]
    form = WorkForm(givers, takers, data={"giver": request.args.get("giver", "")})
    shown: dict[str, Any] = {}
    if form.validate_on_submit():
        giver, taker = chosen(givers, form.giver.data), chosen(takers, form.taker.data)
        if giver is None or taker is None:
            raise NotFound
        if giver.id == taker.id:
            form.fail(FieldError("taker", _("Choose somebody else to take the work over.")))
        elif request.form.get("do") == "hand_over":
            with form.attempt() as saved:
                done = assigning.hand_over_work(giver.id, taker, actor())
            if saved:
                flash(_done(done), "done")
                return redirect_see_other(url_for(".plans", manager=taker.ref))
        else:
            shown = {"giver": giver, "taker": taker, "plans": len(assigning.plans_of(giver.id))}
    return render_page("plans/desk_work.html", form=form, shown=shown, status=form.status)


def _done(done: assigning.HandedOver) -> str:
    plans = ngettext("%(num)s plan has a new account manager.", "%(num)s plans have a new account manager.", done.plans)
    tasks = ngettext("%(num)s named task was handed over.", "%(num)s named tasks were handed over.", done.tasks)
    if not done.cases:
        return f"{plans} {tasks}"
    cases = ngettext("%(num)s case was handed over.", "%(num)s cases were handed over.", done.cases)
    return f"{plans} {tasks} {cases}"
