"""What a playbook says, as values: the one shape that schema, editor, plans and pages share.

`content` of a version is this shape as JSON (`Outline.from_content` and `to_content`), and a YAML file is the same with
comments. Whether a document is right is asked by `schema.py` before it gets here.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any

from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass

from app.core.i18n import current_locale

_EXACT = ConfigDict(extra="forbid", ignored_types=(cached_property,))

Text = Mapping[str, str]
"""The same words by language."""


def said(text: Text | None) -> str:
    """In the language spoken now; English where that one is missing, "" where there are no words."""
    if not text:
        return ""
    return text.get(current_locale()) or text.get("en") or ""


class Kind(enum.StrEnum):
    """What is asked of whoever does a task (I4)."""

    TICK = "tick"
    FIELDS = "fields"
    CHOICE = "choice"
    LINKS = "links"
    FILES = "files"
    PEOPLE = "people"
    SECRET = "secret"  # noqa: S105 - a kind of task
    MEETING = "meeting"
    DOCUMENT = "document"
    """A document to accept, with evidence."""
    FILES_APPROVED = "files_approved"
    """Files that the other side approves or returns."""
    APPROVAL = "approval"
    """Approve or return what stands in the plan, such as a design."""
    CONFIRM = "confirm"
    """The customer's own details, gone through field by field: right as they are, or corrected."""


class Side(enum.StrEnum):
    """Who owes it."""

    CUSTOMER = "customer"
    VENDOR = "vendor"


class ContactRole(enum.StrEnum):
    """What somebody of the customer's people is in a plan; whom of them a task or a training is for."""

    MAIN = "main"
    COLLEAGUE = "colleague"
    ACCOUNTANT = "accountant"
    BANK = "bank"
    OTHER = "other"


class Anchor(enum.StrEnum):
    """From which day a due day is reckoned (I7)."""

    START = "start"
    """The day the plan was started."""
    CONTRACT = "contract"
    KICKOFF = "kickoff"
    GOLIVE = "golive"


@dataclass(frozen=True, config=_EXACT)
class Module:
    code: str
    label: Text


@dataclass(frozen=True, config=_EXACT)
class Price:
    """What an option costs: taken on with it as a billing detail of the service."""

    service: str
    """Code in the catalogue."""
    net: Decimal
    currency: str


@dataclass(frozen=True, config=_EXACT)
class Option:
    code: str
    label: Text
    hint: Text | None = None
    price: Price | None = None


@dataclass(frozen=True, config=_EXACT)
class Fact:
    """Something asked when a plan is started; conditions look at it (I2)."""

    code: str
    kind: str
    """yes_no, one, several or number."""
    question: Text
    hint: Text | None = None
    options: tuple[Option, ...] = ()
    default: Any = None
    needed: str = ""
    """Condition over the other facts: where it holds, a plan has to answer this one."""


@dataclass(frozen=True, config=_EXACT)
class Field:
    """One field of a task that asks for several, or one part of a secret."""

    code: str
    kind: str
    """line, text, email, phone, url, number, date, yes_no, one, several."""
    label: Text
    hint: Text | None = None
    required: bool = True
    options: tuple[Option, ...] = ()
    when: str = ""
    """Condition over the other fields of the same task: asked only where it holds."""
    at_least: int | None = None
    """Of kind number: a criterion, met from this number on."""
    must: bool = False
    """Of kind yes_no: a criterion, met by yes alone."""


@dataclass(frozen=True, config=_EXACT)
class Due:
    anchor: Anchor
    workdays: int
    """After the anchor; before it when negative."""


@dataclass(frozen=True, config=_EXACT)
class Task:
    code: str
    phase: str
    kind: Kind
    side: Side
    title: Text
    role: str = ""
    """Of the vendor's staff roles, or of the customer's people (accountant, bank ...); "" for the account manager and
    the main contact."""
    module: str = ""
    hint: Text | None = None
    instruction: Text | None = None
    """Markdown, shown and printed with the task, and what the customer forwards to a bank or an accountant."""
    when: str = ""
    """Condition over facts, see `conditions.py`; "" is always."""
    due: Due | None = None
    needs: tuple[str, ...] = ()
    """Codes of the tasks that must be done before."""
    workdays: int = 1
    """How long it usually takes, for the forecast."""
    minutes: int | None = None
    """How long the work itself takes a person, as a courtesy."""
    required: bool = True
    fields: tuple[Field, ...] = ()
    """Of kinds fields and secret; of a meeting, what is agreed there."""
    options: tuple[Option, ...] = ()
    """Of kind choice."""
    several: bool = False
    """More than one option, or any number of links, files, people."""
    duties: tuple[Option, ...] = ()
    """Of kind people: what each person may be ticked for, such as checker or approver."""
    document: str = ""
    """Of kind document: the code of the text; "" for one that staff upload."""
    training: str = ""
    """Of kind people: whose participants are named; of kind meeting: the training that is held."""
    anchor: str = ""
    """Of kind meeting: the anchor (kickoff) whose day this is; of kind tick or fields, `golive` where doing it is going
    live. Of kind fields, its first field of kind url is then the public address."""
    internal: bool = False
    """Of kind fields: what is entered is for staff alone; the customer sees that it is done. Also not printed."""
    call: bool = False
    """Done by telephone: it stands among the calls of the day, and calls that nobody answered are noted."""
    valid_months: int | None = None
    """Of kind files_approved: how long what was approved is valid, counted from its approval, unless whoever approves
    says another day. A month before, it is asked for again."""


@dataclass(frozen=True, config=_EXACT)
class Training:
    code: str
    phase: str
    title: Text
    summary: Text | None = None
    module: str = ""
    minutes: int = 60
    when: str = ""
    audience: str = "customer"
    """customer, or a role of its people such as accountant."""
    series: bool = False
    """Held in a series of sessions for everybody: one of them is proposed."""
    ahead: int = 0
    """Of a series: whole days that must lie between the session and the day of going live."""


@dataclass(frozen=True, config=_EXACT)
class Document:
    """A text to accept; Markdown without raw HTML."""

    code: str
    title: Text
    body: Text
    generated: str = ""
    """Made as a PDF from what the plan knows, and accepted as that file: `order_confirmation`; `body` then stands in it
    as its terms."""


@dataclass(frozen=True, config=_EXACT)
class Case:
    """A phase that one person works and, perhaps, another completes (C4, C5, C7)."""

    status: Text
    """The customer's status while this case is the first that is not completed."""
    after: tuple[str, ...] = ()
    """Codes of the phases whose cases must be completed before; then it opens by itself."""
    validated: bool = False
    """Completed by somebody else than whoever worked it; otherwise by its worker, once its required tasks are done."""


@dataclass(frozen=True, config=_EXACT)
class Phase:
    code: str
    title: Text
    summary: Text | None = None
    case: Case | None = None


@dataclass(frozen=True, config=_EXACT)
class Starting:
    """The day of going live is a starting date: the customer is visible and is invoiced from that day on (C2)."""

    within_days: int
    """From the contract; a later one needs an override with its reason."""
    status: Text
    """The customer's status once all cases are completed."""


@dataclass(frozen=True, config=_EXACT)
class Outline:
    code: str
    audience: str
    title: Text
    summary: Text | None = None
    aim_workdays: int | None = None
    """Working days from kick-off to going live that are aimed at."""
    starting: Starting | None = None
    modules: tuple[Module, ...] = ()
    facts: tuple[Fact, ...] = ()
    phases: tuple[Phase, ...] = ()
    tasks: tuple[Task, ...] = ()
    trainings: tuple[Training, ...] = ()
    documents: tuple[Document, ...] = ()

    @cached_property
    def task(self) -> dict[str, Task]:
        return {task.code: task for task in self.tasks}

    @cached_property
    def training(self) -> dict[str, Training]:
        return {training.code: training for training in self.trainings}

    @cached_property
    def phase(self) -> dict[str, Phase]:
        return {phase.code: phase for phase in self.phases}

    @cached_property
    def module(self) -> dict[str, Module]:
        return {module.code: module for module in self.modules}

    @cached_property
    def document(self) -> dict[str, Document]:
        return {document.code: document for document in self.documents}


_SHAPE = TypeAdapter(Outline)


def from_content(content: Mapping[str, Any]) -> Outline:
    """The values of a document that was checked before it was kept.

    Raises:
        pydantic.ValidationError: it is none; `schema.py` puts that in a reader's words.
    """
    return _SHAPE.validate_python(content)


def to_content(outline: Outline) -> dict[str, Any]:
    """The same as JSON, without what is as usual."""
    content: dict[str, Any] = _SHAPE.dump_python(outline, mode="json", exclude_defaults=True)
    return content
