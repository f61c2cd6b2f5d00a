"""Who acts in a plan: one of the vendor's staff, or somebody on the customer's side."""

from __future__ import annotations

from dataclasses import dataclass

from app.history.service import Visitor
from app.people.models import Person
from app.plans.models import PlanContact, PlanTask
from app.playbooks.outline import Side

Party = Person | PlanContact


@dataclass(frozen=True)
class Hand:
    """Whoever changes something: exactly one of `person` (staff) and `contact` (the customer's side)."""

    person: Person | None = None
    contact: PlanContact | None = None
    only_task: int | None = None
    """The id of the one task that a contact may see and do, who came by a link for it alone (I5)."""

    def __post_init__(self) -> None:
        if (self.person is None) == (self.contact is None):
            raise ValueError("a hand is one of the staff or somebody on the customer's side")

    @property
    def party(self) -> Party:
        party = self.person or self.contact
        assert party is not None
        return party

    @property
    def name(self) -> str:
        return self.party.name

    @property
    def side(self) -> Side:
        return Side.VENDOR if self.person is not None else Side.CUSTOMER

    @property
    def by(self) -> Person | Visitor:
        """As the history names them."""
        return self.person or Visitor(self.name)

    def may_do(self, task: PlanTask) -> bool:
        """The customer's people do the customer's tasks; staff do both sides', and the page says who did it."""
        return self.person is not None or (self.reaches(task) and task.side == Side.CUSTOMER)

    def may_judge(self, task: PlanTask) -> bool:
        """Approve or return what the task's own side handed in."""
        return self.person is not None or (self.reaches(task) and task.side == Side.VENDOR)

    def reaches(self, task: PlanTask) -> bool:
        """Whether they know of the task at all."""
        return self.only_task is None or self.only_task == task.id


def staff(person: Person) -> Hand:
    return Hand(person=person)


def customer(contact: PlanContact, *, only_task: int | None = None) -> Hand:
    return Hand(contact=contact, only_task=only_task)
