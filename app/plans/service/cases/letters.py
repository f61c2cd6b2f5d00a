"""Mails to colleagues about cases: given, taken back, returned, completed."""

from __future__ import annotations

from collections import defaultdict

from app.core.i18n import in_locale
from app.outbox.mail import Recipient
from app.outbox.service import post
from app.people import queries as people
from app.people.models import Person
from app.plans import texts
from app.plans.emails_cases import CaseCompleted, CaseReturned, CasesAssigned, CasesTakenBack
from app.plans.models import CaseState, Plan, PlanCase


class Letters:
    """What is told to whom about cases that changed hands: one mail to each, however many cases."""

    def __init__(self) -> None:
        self._given: dict[int, list[tuple[Plan, PlanCase]]] = defaultdict(list)
        self._taken: dict[int, list[tuple[Plan, PlanCase]]] = defaultdict(list)

    def given(self, person_id: int, plan: Plan, case: PlanCase) -> None:
        self._given[person_id].append((plan, case))

    def taken(self, person_id: int, plan: Plan, case: PlanCase) -> None:
        self._taken[person_id].append((plan, case))

    def post(self, by: Person) -> None:
        for held_by, mail in ((self._given, CasesAssigned), (self._taken, CasesTakenBack)):
            for person_id, rows in held_by.items():
                person = people.by_id(person_id)
                if person.id == by.id or not person.is_active:
                    continue
                lines = [f"{plan.name}: {_title_in(plan, case, person.locale)}" for plan, case in rows]
                plan_ref = rows[0][0].ref if len(rows) == 1 else ""
                post(mail(by.name, lines, plan_ref), Recipient.of(person), conversation=f"person:{person.ref}")


def tell_worker(worker_id: int | None, by: Person, plan: Plan, case: PlanCase, words: str) -> None:
    """To its worker: it was completed, or came back."""
    worker = people.by_id(worker_id) if worker_id is not None else None
    if worker is None or worker.id == by.id or not worker.is_active:
        return
    mail = CaseCompleted if case.state == CaseState.COMPLETED else CaseReturned
    title = _title_in(plan, case, worker.locale)
    post(
        mail(plan.ref, plan.name, title, case.ref, by.name, words),
        Recipient.of(worker),
        conversation=f"plan:{plan.ref}",
    )


def _title_in(plan: Plan, case: PlanCase, locale: str) -> str:
    with in_locale(locale):
        return texts.phase_title(case.phase, texts.outline_of(plan))
