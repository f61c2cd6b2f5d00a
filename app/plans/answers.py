"""What is handed in with a task: its shape by kind, read from what was typed and checked against the playbook.

    fields    {code: value}
    choice    {"chosen": [codes]}
    links     {"links": [{"url": ..., "note": ...}]}
    people    {"people": [{"contact": ref, "duties": [codes]}]}
    meeting   {"on": "2026-03-09", "at": "14:30", "minutes": text, and each of its fields}
    approval  {"verdict": "approved"}
    confirm   {"right": [codes of details], "corrected": [codes]}, see details.py: the values stand on the account

Secrets never come here; files stand in rows of their own, and a document that was accepted in its evidence. A field
with a condition is read only where it holds over the fields above it. An answer that does not meet the task's criteria
yet can be kept as a draft; the task stays open.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from app.core import identifiers
from app.core.days import NotADay, day_in
from app.core.errors import DomainError
from app.core.i18n import _, _l, format_number
from app.core.identifiers import Invalid
from app.playbooks import conditions
from app.playbooks.outline import Field, Kind, Option, Task

Answer = dict[str, Any]
Problems = dict[str, Any]

LINE, TEXT, ROWS = 300, 5000, 50
"""Signs of one line, signs of a text, and how many links or people one task takes."""


class NotAnswered(DomainError):
    """Something is missing or wrong: `problems` says it by field."""

    def __init__(self, problems: Problems) -> None:
        super().__init__(next(iter(problems.values())))
        self.problems = problems


def problems(task: Task, given: Mapping[str, Any], people: Collection[str] = (), country: str = "") -> Problems:
    """What is wrong with an answer, by field; nothing when it can be handed in."""
    return _read(task, given, people, country)[1]


def cleaned(task: Task, given: Mapping[str, Any], people: Collection[str] = (), country: str = "") -> Answer:
    """The answer as it is kept. `people` are the references of the plan's contacts, `country` whose phone numbers
    need no code in front.

    Raises:
        NotAnswered
    """
    answer, wrong = _read(task, given, people, country)
    if wrong:
        raise NotAnswered(wrong)
    return answer


DRAFTED = frozenset({Kind.FIELDS, Kind.MEETING})
"""Kinds whose answer can be kept before it is whole."""


def drafted(task: Task, given: Mapping[str, Any], country: str = "") -> tuple[Answer, Problems]:
    """What of an answer can be kept as a draft, and what of it cannot be read. Nothing has to be there yet."""
    wrong: Problems = {}
    answer = _fields(task.fields, given, country, wrong, draft=True)
    if task.kind == Kind.MEETING:
        answer = {**_meeting(given, wrong, draft=True), **answer}
    return answer, wrong


@dataclass(frozen=True)
class Criterion:
    """A field that decides whether its task can be done, and what was answered to it so far."""

    field: Field
    value: Any

    @property
    def met(self) -> bool:
        if self.field.must:
            return self.value is True
        count = _float(self.value)
        return count is not None and count >= (self.field.at_least or 0)

    @property
    def told(self) -> str:
        """How far it is."""
        if self.field.at_least is None:
            return _("Yes") if self.met else _("Not yet")
        least = format_number(self.field.at_least)
        count = _float(self.value)
        if count is None:
            return _("Not known yet, at least %(least)s", least=least)
        return _("%(count)s of at least %(least)s", count=format_number(count), least=least)


def criteria(task: Task, answer: Mapping[str, Any]) -> list[Criterion]:
    """Those of a task that are asked, given what was answered so far."""
    if task.kind != Kind.FIELDS:
        return []
    return [
        Criterion(field, answer.get(field.code))
        for field in asked(task.fields, answer)
        if field.must or field.at_least is not None
    ]


def unmet(task: Task, answer: Mapping[str, Any]) -> list[Criterion]:
    """What keeps a task from being done."""
    return [criterion for criterion in criteria(task, answer) if not criterion.met]


def asked(fields: Sequence[Field], answer: Mapping[str, Any]) -> list[Field]:
    """The fields whose conditions hold over what was answered to those above them."""
    found: list[Field] = []
    known: dict[str, Any] = {}
    for field in fields:
        if conditions.holds(field.when, known):
            found.append(field)
            known[field.code] = _compared(field, answer.get(field.code))
    return found


def _compared(field: Field, value: Any) -> Any:
    """As conditions compare it."""
    return _float(value) if field.kind == "number" else value


def _float(value: Any) -> float | None:
    """A kept number; None for what is none, as after a newer playbook asked for something else."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _read(task: Task, given: Mapping[str, Any], people: Collection[str], country: str) -> tuple[Answer, Problems]:
    wrong: Problems = {}
    match task.kind:
        case Kind.FIELDS:
            answer = _fields(task.fields, given, country, wrong)
            for criterion in unmet(task, answer):
                wrong.setdefault(criterion.field.code, _short_of(criterion.field))
            return answer, wrong
        case Kind.CHOICE:
            return _choice(task, given, wrong), wrong
        case Kind.LINKS:
            return _links(task, given, wrong), wrong
        case Kind.PEOPLE:
            return _people(task, given, people, wrong), wrong
        case Kind.MEETING:
            return {**_meeting(given, wrong), **_fields(task.fields, given, country, wrong)}, wrong
        case Kind.APPROVAL:
            if given.get("verdict") not in ("approved", "returned"):
                wrong["verdict"] = _l("Choose whether you approve it")
            return {"verdict": given.get("verdict")}, wrong
    return {}, wrong


def _short_of(field: Field) -> Any:
    if field.must:
        return _l("This has to be yes before the task is done. Until then, save a draft.")
    least = format_number(field.at_least or 0)
    return _l("This has to be at least %(least)s before the task is done. Until then, save a draft.", least=least)


def _fields(
    fields: Collection[Field], given: Mapping[str, Any], country: str, wrong: Problems, *, draft: bool = False
) -> Answer:
    answer: Answer = {}
    known: dict[str, Any] = {}
    for field in fields:
        if not conditions.holds(field.when, known):
            continue
        try:
            value = _value(field, given.get(field.code), country)
        except Invalid as error:
            wrong[field.code] = error.message
            continue
        if value is None or value in ("", []):
            if field.required and not draft:
                wrong[field.code] = _l("Enter an answer") if not field.options else _l("Choose an answer")
            continue
        answer[field.code] = value
        known[field.code] = _compared(field, value)
    return answer


def _value(field: Field, given: Any, country: str) -> Any:
    match field.kind:
        case "yes_no":
            return given if isinstance(given, bool) else {"yes": True, "no": False}.get(str(given))
        case "one":
            return next(iter(_known(field.options, [given] if given else [])), None)
        case "several":
            return _known(field.options, given or [])
    text = "" if given is None else str(given)
    if field.kind == "text":
        return _short(identifiers.clean_text(text), TEXT)
    line = _short(identifiers.clean_line(text), LINE)
    if not line:
        return None
    return _LINES.get(field.kind, lambda line, country: line)(line, country)


def _date(line: str, country: str) -> str:
    try:
        return day_in(line).isoformat()
    except NotADay as error:
        raise Invalid("date", error.message) from error


def _number(line: str, country: str) -> str:
    text = line.replace("\u202f", "").replace("\u00a0", "").replace(" ", "").replace(",", ".")
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise Invalid("number", _l("Enter a number")) from None
    if not number.is_finite() or abs(number.adjusted()) > 20 or len(told := format(number, "f")) > 20:
        raise Invalid("number", _l("Enter a number"))
    return told


_LINES: dict[str, Callable[[str, str], Any]] = {
    "email": lambda line, country: identifiers.normalise_email(line),
    "phone": identifiers.normalise_phone,
    "url": lambda line, country: identifiers.normalise_website(line),
    "date": _date,
    "number": _number,
}


def _known(options: Collection[Option], chosen: Any) -> list[str]:
    codes = {option.code for option in options}
    found = list(dict.fromkeys(str(code) for code in chosen))
    if not codes.issuperset(found):
        raise Invalid("unknown", _l("Choose one of the answers"))
    return [option.code for option in options if option.code in found]


def _choice(task: Task, given: Mapping[str, Any], wrong: Problems) -> Answer:
    chosen = given.get("chosen") or []
    try:
        codes = _known(task.options, [chosen] if isinstance(chosen, str) else chosen)
    except Invalid as error:
        wrong["chosen"] = error.message
        return {}
    if not codes and (task.required or not task.several):
        wrong["chosen"] = _l("Choose an answer")
    elif len(codes) > 1 and not task.several:
        wrong["chosen"] = _l("Choose one answer only")
    return {"chosen": codes}


def _links(task: Task, given: Mapping[str, Any], wrong: Problems) -> Answer:
    links = []
    for place, row in enumerate((given.get("links") or [])[: ROWS + 1]):
        url, note = str(row.get("url") or ""), str(row.get("note") or "")
        if not url.strip() and not note.strip():
            continue
        try:
            links.append(
                {"url": identifiers.normalise_website(url), "note": _short(identifiers.clean_line(note), LINE)}
            )
        except Invalid as error:
            wrong[f"links-{place}-url"] = error.message
    if not links and not wrong:
        wrong["links-0-url"] = _l("Enter the web address")
    if len(links) > (ROWS if task.several else 1):
        wrong["links-0-url"] = _l("Enter one web address only") if not task.several else _TOO_MANY
    return {"links": links}


_TOO_MANY = _l("At most 50 are possible here")


def _people(task: Task, given: Mapping[str, Any], people: Collection[str], wrong: Problems) -> Answer:
    duties = {duty.code for duty in task.duties}
    found: dict[str, list[str]] = {}
    for row in (given.get("people") or [])[: ROWS + 1]:
        ref, chosen = str(row.get("contact") or ""), [str(code) for code in row.get("duties") or []]
        if ref not in people or not duties.issuperset(chosen):
            wrong["people"] = _l("Choose people of this plan")
            continue
        if duties and not chosen:
            continue
        found[ref] = [duty.code for duty in task.duties if duty.code in chosen]
    if len(found) > ROWS:
        wrong["people"] = _TOO_MANY
    elif not found and not wrong:
        wrong["people"] = _l("Choose at least one person")
    elif len(found) > 1 and not task.several and not task.duties:
        wrong["people"] = _l("Choose one person only")
    return {"people": [{"contact": ref, "duties": chosen} for ref, chosen in found.items()]}


_TIME = re.compile(r"([01]?[0-9]|2[0-3]):[0-5][0-9]")


def _meeting(given: Mapping[str, Any], wrong: Problems, *, draft: bool = False) -> Answer:
    answer: Answer = {}
    on = given.get("on")
    try:
        if on or not draft:
            answer["on"] = on.isoformat() if isinstance(on, date) else _date(str(on or ""), "")
    except Invalid as error:
        wrong["on"] = error.message
    at = str(given.get("at") or "").strip().replace(".", ":")
    if at and not _TIME.fullmatch(at):
        wrong["at"] = _l("Enter the time as hours and minutes, such as 14:30")
    elif at:
        answer["at"] = at.rjust(5, "0")
    try:
        answer["minutes"] = _short(identifiers.clean_text(str(given.get("minutes") or "")), TEXT)
    except Invalid as error:
        wrong["minutes"] = error.message
    return answer


def _short(text: str, limit: int) -> str:
    if len(text) > limit:
        raise Invalid("long", _l("This text is too long."))
    return text
