"""What a session is planned for, when a page above this floor leads to the form: a training of a plan, for example.

The form begins with what the aim knows, and the session is tied to it in the same `write()`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.people.models import Person
from app.trainings.models import TrainingSession


@dataclass(frozen=True)
class Aim:
    """Something that a session is held for."""

    title: str
    about: str
    heading: str
    """For whom, as the page says it."""
    locale: str
    minutes: int
    url: str
    """Where one goes on afterwards."""
    tie: Callable[[TrainingSession, Person], None]
    """Called inside the `write()` that plans the session."""


AIMS: list[Callable[[str, Person], Aim | None]] = []
"""Each reads a reference and gives the aim that it names, if it is one of its own and this person may plan for it."""


def aim_of(ref: str, person: Person) -> Aim | None:
    return next((aim for read in AIMS if (aim := read(ref, person)) is not None), None)


@dataclass(frozen=True)
class Use:
    """What uses a session, as its page shows it."""

    label: str
    title: str
    url: str


USES: list[Callable[[int], list[Use]]] = []
"""Each tells by a session's id for what it is held."""


def uses_of(session_id: int) -> list[Use]:
    return [use for tell in USES for use in tell(session_id)]
