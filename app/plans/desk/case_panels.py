"""A case as a page at the desk shows it, with what its reader may do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.access.guard import actor, may
from app.access.permissions import P
from app.core.forms import BaseForm
from app.people.models import Person
from app.plans import cases as words
from app.plans import judging
from app.plans.forms.cases import CompleteForm, OverrideForm, ReturnForm, WorkerForm
from app.plans.models import CaseState, Plan, PlanCase, PlanState, PlanTask
from app.plans.queries import cases as queries
from app.plans.service import cases
from app.plans.texts import phase_title
from app.playbooks.outline import Outline

Forms = Mapping[str, BaseForm]


@dataclass(frozen=True)
class Panel:
    """A case as a page shows it, with what its reader may do."""

    plan: Plan
    outline: Outline
    look: judging.Look
    forms: Forms
    """assign, hand_in, complete, give_back, override: those that the reader may send now."""
    validated: bool
    own: bool
    """The reader worked on it, and so does not judge it."""
    state: str
    shut_until: str = ""
    """Titles of the phases that come first."""

    @property
    def case(self) -> PlanCase:
        return self.look.case

    @property
    def wrong(self) -> BaseForm | None:
        return next((form for form in self.forms.values() if form.problems), None)


def panels_of(plan: Plan, tasks: Sequence[PlanTask], outline: Outline, team: Sequence[Person] = ()) -> list[Panel]:
    """The cases of a plan, as its page shows them; no query where its playbook has none."""
    if not plan.stage:
        return []
    return [panel_of(plan, case, tasks, outline, team) for case in queries.of_plan(plan)]


def panel_of(
    plan: Plan,
    case: PlanCase,
    tasks: Sequence[PlanTask],
    outline: Outline,
    team: Sequence[Person] = (),
    sent: Forms | None = None,
) -> Panel:
    """`sent` are the forms that come back with errors."""
    me, leads = actor(), may(P.CASES_LEAD)
    validated, works = cases.is_validated(case, outline), case.worker_id == me.id
    own = works or any(one.handed_in_by_id == me.id for one in case.rounds)
    # Beside a form that was sent stand others: none of them takes over what was sent.
    fresh: dict[str, Any] = {"formdata": None, "data": {"version": str(case.version)}}
    forms: dict[str, BaseForm] = {}
    if plan.state != PlanState.ARCHIVED:
        if leads and team and case.state in (CaseState.OPEN, CaseState.ASSIGNED):
            chosen = {"worker": case.worker.ref if case.worker else "", **fresh["data"]}
            forms["assign"] = WorkerForm.of(team, {}, formdata=None, data=chosen)
        if works and validated and case.state == CaseState.ASSIGNED:
            forms["hand_in"] = CompleteForm(**fresh)
        if not validated and case.state == CaseState.ASSIGNED and (works or leads):
            forms["complete"] = CompleteForm(**fresh)
        if leads and not own and case.state == CaseState.HANDED_IN:
            forms |= {"complete": CompleteForm(**fresh), "give_back": ReturnForm(**fresh)}
        if leads and not (own and validated) and case.state in (CaseState.ASSIGNED, CaseState.HANDED_IN):
            forms["override"] = OverrideForm(**fresh)
    look = judging.look(case, tasks, outline)
    if not look.open:
        forms.pop("override", None)  # nothing is overridden
    forms |= {name: form for name, form in (sent or {}).items() if name in forms or form.problems}
    before = words.case_of(outline, case.phase)
    first = [phase_title(code, outline) for code in (before.after if before else ())]
    said = str(words.CASE_STATES[case.state])
    return Panel(plan, outline, look, forms, validated, own and validated, said, ", ".join(first))
