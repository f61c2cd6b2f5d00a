"""What must be right between the parts of a playbook: codes, references, words in all languages, what fits a kind.

The same rules for a file, where they are told with lines, and for the editor, where they are told beside fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from graphlib import CycleError, TopologicalSorter
from typing import Any, get_type_hints

from app.access.roles import StaffRole
from app.core.i18n import LOCALES, _
from app.core.money import CENT, CURRENCIES, LARGEST
from app.playbooks import conditions
from app.playbooks.faults import Fault, Path
from app.playbooks.models import Audience
from app.playbooks.outline import (
    Anchor,
    Case,
    ContactRole,
    Document,
    Fact,
    Field,
    Kind,
    Module,
    Option,
    Outline,
    Phase,
    Price,
    Side,
    Starting,
    Task,
    Text,
    Training,
)

CUSTOMER_ROLES = tuple(str(role) for role in ContactRole)
STAFF_ROLES = tuple(str(role) for role in StaffRole)
FACT_KINDS = (conditions.YES_NO, conditions.ONE, conditions.SEVERAL, conditions.NUMBER)
FIELD_KINDS = ("line", "text", "email", "phone", "url", "number", "date", "yes_no", "one", "several")
WITH_OPTIONS = ("one", "several")

FITS: dict[Kind, tuple[str, ...]] = {
    Kind.TICK: ("anchor",),
    Kind.FIELDS: ("fields", "anchor", "internal"),
    Kind.CHOICE: ("options", "several"),
    Kind.LINKS: ("several",),
    Kind.FILES: ("several",),
    Kind.PEOPLE: ("several", "duties", "training"),
    Kind.SECRET: ("fields",),
    Kind.MEETING: ("fields", "training", "anchor"),
    Kind.DOCUMENT: ("document",),
    Kind.FILES_APPROVED: ("several", "valid_months"),
    Kind.APPROVAL: (),
    Kind.CONFIRM: (),
}
"""Keys that only some kinds of task have."""
NEEDED: dict[Kind, str] = {Kind.FIELDS: "fields", Kind.SECRET: "fields", Kind.CHOICE: "options"}
OF_MEETINGS = ("on", "at", "minutes")
"""What every meeting is asked for; its own fields stand beside these in the answer."""
ANCHORS: dict[Kind, Anchor] = {Kind.MEETING: Anchor.KICKOFF, Kind.TICK: Anchor.GOLIVE, Kind.FIELDS: Anchor.GOLIVE}
"""Which anchor's day a task of this kind can be."""

GENERATED = ("order_confirmation",)
"""Documents that are made from what the plan knows."""

LONG = {"instruction": 20_000, "body": 100_000, "summary": 2_000, "hint": 1_000}
SHORT = 200
"""Characters of a text in one language: of a title, a label or a question; of the others see LONG."""
MOST = {"modules": 60, "facts": 60, "phases": 40, "tasks": 1_000, "trainings": 100, "documents": 60}
_MOST_INSIDE = 60

_CODE = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*", re.ASCII)
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
MAX_CODE = 60


def faults_of(outline: Outline) -> list[Fault]:
    """Everything that is wrong with it. Those that are `unfinished` only keep it from being published."""
    return [
        *_of_itself(outline),
        *_of_codes(outline),
        *_of_words(outline),
        *_of_facts(outline),
        *_of_phases(outline),
        *_of_tasks(outline),
        *_of_trainings(outline),
        *_of_documents(outline),
        *_of_cycles(outline),
    ]


def _of_itself(outline: Outline) -> Iterator[Fault]:
    if not _SLUG.fullmatch(outline.code) or len(outline.code) > MAX_CODE:
        yield Fault(("code",), _not_a_slug(outline.code))
    if outline.audience not in set(Audience):
        yield Fault(("audience",), _unknown(outline.audience), tuple(Audience))
    yield from _number(("aim_workdays",), outline.aim_workdays, 1, 500)
    if outline.starting is not None:
        yield from _number(("starting", "within_days"), outline.starting.within_days, 1, 365)
    for name in ("phases", "tasks"):
        if not getattr(outline, name):
            yield Fault((name,), _("There are none yet; at least one is needed."), unfinished=True)
    for name, most in MOST.items():
        if len(getattr(outline, name)) > most:
            yield Fault((name,), _("There are more than %(limit)s.", limit=most))


# --- codes ------------------------------------------------------------------------------------------------------------


def _of_codes(outline: Outline) -> Iterator[Fault]:
    for name in MOST:
        yield from _codes((name,), getattr(outline, name))
    for place, fact in enumerate(outline.facts):
        yield from _codes(("facts", place, "options"), fact.options)
    for place, task in enumerate(outline.tasks):
        for name in ("options", "fields", "duties"):
            yield from _codes(("tasks", place, name), getattr(task, name))
        for number, each in enumerate(task.fields):
            yield from _codes(("tasks", place, "fields", number, "options"), each.options)


def _codes(path: Path, things: Sequence[Any]) -> Iterator[Fault]:
    first: dict[str, int] = {}
    if len(path) > 1 and len(things) > _MOST_INSIDE:
        yield Fault(path, _("There are more than %(limit)s.", limit=_MOST_INSIDE))
    for place, thing in enumerate(things):
        here = (*path, place, "code")
        if isinstance(thing, Fact):
            if not conditions.is_name(thing.code):
                yield Fault(here, _not_a_name(thing.code))
        elif not _CODE.fullmatch(thing.code) or len(thing.code) > MAX_CODE:
            yield Fault(here, not_a_code(thing.code))
        if thing.code in first:
            said = _(
                "The code %(code)s is used twice here: by number %(first)s and by number %(second)s.",
                code=thing.code[:80],
                first=first[thing.code] + 1,
                second=place + 1,
            )
            yield Fault(here, said)
        first.setdefault(thing.code, place)


def not_a_code(code: str) -> str:
    return _(
        "%(code)s is no code. A code has at most 60 small letters and digits, with hyphens or underscores between "
        "them.",
        code=_quoted(code),
    )


def _not_a_slug(code: str) -> str:
    return _(
        "%(code)s is no code of a playbook. It has at most 60 small letters and digits, with hyphens between them.",
        code=_quoted(code),
    )


def _not_a_name(code: str) -> str:
    return _(
        "%(code)s is no code of a fact. It begins with a small letter, has at most 40 small letters, digits and "
        "underscores, and is no word of conditions such as and, or, not.",
        code=_quoted(code),
    )


def _quoted(text: str) -> str:
    return f'"{text[:80]}"'


def _unknown(value: str) -> str:
    return _("%(value)s is not known here.", value=_quoted(value))


# --- words ------------------------------------------------------------------------------------------------------------


def words_of(outline: Outline) -> Iterator[tuple[Path, str, Text]]:
    """Every text with its place and the name of its key."""
    return _words((), outline)


_NESTED = (Outline, Module, Price, Option, Fact, Field, Task, Training, Document, Phase, Case, Starting)
_TEXTS = {
    shape: tuple(name for name, hint in get_type_hints(shape).items() if hint == Text or hint == Text | None)
    for shape in _NESTED
}
_PARTS = {
    shape: tuple(name for name, hint in get_type_hints(shape).items() if str(hint).startswith("tuple[app."))
    for shape in _NESTED
}


def _words(path: Path, thing: Any) -> Iterator[tuple[Path, str, Text]]:
    for each in fields(thing):
        value = getattr(thing, each.name)
        here = (*path, each.name)
        if each.name in _TEXTS[type(thing)] and value is not None:
            yield here, each.name, value
        elif isinstance(value, Case | Starting):
            yield from _words(here, value)
        elif each.name in _PARTS[type(thing)]:
            for place, part in enumerate(value):
                yield from _words((*here, place), part)


def _of_words(outline: Outline) -> Iterator[Fault]:
    for path, name, text in words_of(outline):
        yield from _text(path, name, text)


def _text(path: Path, name: str, text: Text) -> Iterator[Fault]:
    missing = tuple(locale for locale in LOCALES if not str(text.get(locale) or "").strip())
    if missing:
        said = _(
            "The words are missing in: %(missing)s. All of these languages are needed: %(all)s.",
            missing=", ".join(missing),
            all=", ".join(LOCALES),
        )
        yield Fault(path, said, unfinished="en" not in missing)
    most = LONG.get(name, SHORT)
    for locale, words in text.items():
        if locale not in LOCALES:
            yield Fault((*path, locale), _("%(code)s is none of our languages.", code=_quoted(locale)), LOCALES)
        elif len(words) > most:
            yield Fault((*path, locale), _("This text has more than %(limit)s characters.", limit=most))


# --- facts, tasks, trainings ------------------------------------------------------------------------------------------


def _of_facts(outline: Outline) -> Iterator[Fault]:
    for place, fact in enumerate(outline.facts):
        path: Path = ("facts", place)
        if fact.kind not in FACT_KINDS:
            yield Fault((*path, "kind"), _unknown(fact.kind), FACT_KINDS)
            continue
        yield from _options(path, fact.kind, fact.options)
        yield from _priced((*path, "options"), fact.options, possible=fact.kind == conditions.ONE)
        yield from _default(path, fact)
        others = [other for other in outline.facts if other.code != fact.code]
        if problem := conditions.check(fact.needed, others):
            yield Fault((*path, "needed"), problem)


def _default(path: Path, fact: Fact) -> Iterator[Fault]:
    value, codes = fact.default, tuple(option.code for option in fact.options)
    if value is None:
        return
    allowed = codes
    match fact.kind:
        case "yes_no":
            right, allowed = isinstance(value, bool), ("true", "false")
        case "number":
            right, allowed = isinstance(value, int) and not isinstance(value, bool), ("1, 2, 3",)
        case "one":
            right = value in codes
        case _:
            right = isinstance(value, list | tuple) and all(one in codes for one in value)
    if not right:
        yield Fault((*path, "default"), _("This fact can never have this value."), allowed)


def _options(path: Path, kind: str, options: tuple[Option, ...]) -> Iterator[Fault]:
    if kind in WITH_OPTIONS and not options:
        yield Fault((*path, "options"), _("Say what can be chosen from."), unfinished=True)
    if kind not in WITH_OPTIONS and options:
        yield Fault((*path, "options"), _("Only the kinds one and several have options."))


def _priced(path: Path, options: Iterable[Option], *, possible: bool) -> Iterator[Fault]:
    for place, option in enumerate(options):
        if option.price is None:
            continue
        if possible:
            yield from _price((*path, place, "price"), option.price)
        else:
            said = _("Only an option of a task of the kind choice, or of a fact of the kind one, may have a price.")
            yield Fault((*path, place, "price"), said)


def _of_phases(outline: Outline) -> Iterator[Fault]:
    """Phases that somebody works as a case."""
    worked = {phase.code: phase.case for phase in outline.phases if phase.case is not None}
    filled = {task.phase for task in outline.tasks}
    for place, phase in enumerate(outline.phases):
        if phase.case is None:
            continue
        path: Path = ("phases", place, "case")
        if phase.code not in filled:
            said = _("No task stands in this phase, so there would be nothing to work in its case.")
            yield Fault(path, said, unfinished=True)
        for number, code in enumerate(phase.case.after):
            here = (*path, "after", number)
            if code == phase.code:
                yield Fault(here, _("A case cannot come after itself."))
            elif code in phase.case.after[:number]:
                yield Fault(here, _("The phase %(code)s stands here twice.", code=code))
            elif code not in worked:
                yield Fault(here, _("%(code)s is no phase with a case.", code=_quoted(code)), tuple(worked))
    waits = {code: [one for one in case.after if one != code] for code, case in worked.items()}
    if around := _circle(waits):
        place = next(number for number, phase in enumerate(outline.phases) if phase.code == around[0])
        said = _("These cases wait for each other in a circle: %(phases)s.", phases=" → ".join(around))
        yield Fault(("phases", place, "case", "after"), said)


def _of_tasks(outline: Outline) -> Iterator[Fault]:
    for place, task in enumerate(outline.tasks):
        path: Path = ("tasks", place)
        yield from _references(path, task, outline)
        yield from _who(path, task)
        yield from _kind(path, task)
        yield from _inner(path, task)
        yield from _condition(path, task.when, outline)
        if task.kind == Kind.CONFIRM and outline.audience != Audience.CUSTOMER:
            yield Fault((*path, "kind"), _("Only a customer has details that are confirmed."))
        yield from _number((*path, "workdays"), task.workdays, 0, 250)
        yield from _number((*path, "minutes"), task.minutes, 1, 6_000)
        yield from _number((*path, "valid_months"), task.valid_months, 1, 120)
        if task.due is not None:
            yield from _number((*path, "due", "workdays"), task.due.workdays, -250, 250)


def _references(path: Path, task: Task, outline: Outline) -> Iterator[Fault]:
    yield from _known((*path, "phase"), task.phase, outline.phase)
    for key, code, known in (
        ("module", task.module, outline.module),
        ("document", task.document, outline.document),
        ("training", task.training, outline.training),
    ):
        if code:
            yield from _known((*path, key), code, known)
    for number, code in enumerate(task.needs):
        here = (*path, "needs", number)
        if code == task.code:
            yield Fault(here, _("A task cannot wait for itself."))
        elif code in task.needs[:number]:
            yield Fault(here, _("The task %(code)s stands here twice.", code=code))
        elif code not in outline.task:
            yield Fault(here, _("There is no task %(code)s in this playbook.", code=_quoted(code)))


def _known(path: Path, code: str, known: Iterable[str]) -> Iterator[Fault]:
    if code not in known:
        yield Fault(path, _unknown(code), tuple(known))


def _who(path: Path, task: Task) -> Iterator[Fault]:
    roles = STAFF_ROLES if task.side == Side.VENDOR else CUSTOMER_ROLES
    if task.role and task.role not in roles:
        yield Fault((*path, "role"), _("%(value)s is no role of this side.", value=_quoted(task.role)), roles)


def _kind(path: Path, task: Task) -> Iterator[Fault]:
    fits = FITS[task.kind]
    for key in sorted({key for keys in FITS.values() for key in keys}):
        if key not in fits and getattr(task, key):
            said = _("A task of the kind %(kind)s has no %(key)s.", kind=task.kind, key=key)
            yield Fault((*path, key), said, fits)
    needed = NEEDED.get(task.kind)
    if needed and not getattr(task, needed):
        said = _("A task of the kind %(kind)s needs %(key)s.", kind=task.kind, key=needed)
        yield Fault((*path, needed), said, unfinished=True)
    if task.internal and task.side != Side.VENDOR:
        yield Fault((*path, "internal"), _("Only of a task of the vendor can the answers be for staff alone."))
    if task.call and task.side != Side.VENDOR:
        yield Fault((*path, "call"), _("Only a task of the vendor is done by calling the customer."))
    anchor = ANCHORS.get(task.kind)
    if anchor and task.anchor and task.anchor != anchor:
        yield Fault((*path, "anchor"), _unknown(task.anchor), (str(anchor),))
    elif task.anchor and task.kind == Kind.FIELDS:
        yield from _address(path, task)


def _address(path: Path, task: Task) -> Iterator[Fault]:
    """Going live by fields: the first address among them is where the customer can be seen."""
    found = next(((place, each) for place, each in enumerate(task.fields) if each.kind == "url"), None)
    if found is None:
        said = _("Where filling in is going live, a field of the kind url asks for the public address.")
        yield Fault((*path, "fields"), said, unfinished=True)
    elif not found[1].required or found[1].when:
        said = _("This is the public address: it must be filled in, and has no condition.")
        yield Fault((*path, "fields", found[0]), said)


def _inner(path: Path, task: Task) -> Iterator[Fault]:
    """Fields, options and duties of one task."""
    for place, each in enumerate(task.fields):
        here = (*path, "fields", place)
        if each.kind not in FIELD_KINDS:
            yield Fault((*here, "kind"), _unknown(each.kind), FIELD_KINDS)
            continue
        if task.kind == Kind.SECRET and each.kind not in ("line", "text"):
            yield Fault((*here, "kind"), _("A part of a secret is written down as it is."), ("line", "text"))
            continue
        if task.kind == Kind.MEETING and each.code in OF_MEETINGS:
            yield Fault((*here, "code"), _("Every meeting has this by itself: its day, its time and its minutes."))
        yield from _options(here, each.kind, each.options)
        yield from _priced((*here, "options"), each.options, possible=False)
        yield from _field_condition(here, task, place)
        yield from _criterion(here, task, each)
    yield from _priced((*path, "duties"), task.duties, possible=False)
    yield from _priced((*path, "options"), task.options, possible=True)


def _field_condition(path: Path, task: Task, place: int) -> Iterator[Fault]:
    """Whether it can be known, from what stands above it on the same page, if the field is asked."""
    each = task.fields[place]
    if not each.when.strip():
        return
    here = (*path, "when")
    if task.kind == Kind.SECRET:
        yield Fault(here, _("The parts of a secret are always asked: none has a condition."))
        return
    above = {field.code: field for field in task.fields[:place]}
    names = {code: field for code, field in above.items() if conditions.is_name(code)}
    unsayable = [code for code in above if code not in names and _stands_in(code, each.when)]
    later = [
        field.code for field in task.fields[place:] if field.code not in above and _stands_in(field.code, each.when)
    ]
    if unsayable:
        said = _(
            "The field %(code)s cannot stand in a condition. Give it a code that begins with a small letter and has "
            "small letters, digits and underscores alone.",
            code=_quoted(unsayable[0]),
        )
        yield Fault(here, said)
    elif later:
        said = _("The field %(code)s does not stand above this one: only fields above it are known.", code=later[0])
        yield Fault(here, said)
    elif blind := sorted(
        code for code in conditions.names_in(each.when) if code in names and names[code].kind not in FACT_KINDS
    ):
        said = _("A condition cannot look at the field %(code)s: see its kind.", code=blind[0])
        yield Fault(here, said, FACT_KINDS)
    elif problem := conditions.check(each.when, names.values()):
        yield Fault(here, problem)


def _stands_in(code: str, condition: str) -> bool:
    """As a name, not as a value in quotes or as a part of a longer name."""
    bare = re.sub(r"\"[^\"]*\"|'[^']*'", " ", condition)
    return re.search(rf"(?<![\w-]){re.escape(code)}(?![\w-])", bare) is not None


def _criterion(path: Path, task: Task, each: Field) -> Iterator[Fault]:
    for key, kind, is_set in (("at_least", "number", each.at_least is not None), ("must", "yes_no", each.must)):
        if not is_set:
            continue
        if task.kind != Kind.FIELDS:
            yield Fault((*path, key), _("Only a field of a task of the kind fields can be a criterion."))
        elif each.kind != kind:
            said = _("A field of the kind %(kind)s has no %(key)s.", kind=each.kind, key=key)
            yield Fault((*path, key), said)
        elif not each.required:
            yield Fault((*path, "required"), _("A criterion always has to be filled in."))
    yield from _number((*path, "at_least"), each.at_least, 1, 1_000_000)


def _price(path: Path, price: Price) -> Iterator[Fault]:
    if not _SLUG.fullmatch(price.service) or len(price.service) > 40:
        said = _("%(code)s cannot be the code of a service in the catalogue.", code=_quoted(price.service))
        yield Fault((*path, "service"), said)
    if not 0 <= price.net <= LARGEST or price.net != price.net.quantize(CENT):
        yield Fault((*path, "net"), _("Write the net amount with two decimals, for example 149.00."))
    if price.currency not in CURRENCIES:
        yield Fault((*path, "currency"), _unknown(price.currency), CURRENCIES)


def _of_trainings(outline: Outline) -> Iterator[Fault]:
    for place, training in enumerate(outline.trainings):
        path: Path = ("trainings", place)
        yield from _known((*path, "phase"), training.phase, outline.phase)
        if training.module:
            yield from _known((*path, "module"), training.module, outline.module)
        audiences = ("customer", *CUSTOMER_ROLES)
        if training.audience not in audiences:
            yield Fault((*path, "audience"), _unknown(training.audience), audiences)
        yield from _condition(path, training.when, outline)
        yield from _number((*path, "minutes"), training.minutes, 5, 600)
        yield from _number((*path, "ahead"), training.ahead, 0, 60)
        if training.ahead and not training.series:
            yield Fault((*path, "ahead"), _("Only a training that is held in a series has days ahead."))


def _of_documents(outline: Outline) -> Iterator[Fault]:
    for place, document in enumerate(outline.documents):
        if document.generated and document.generated not in GENERATED:
            yield Fault(("documents", place, "generated"), _unknown(document.generated), GENERATED)


def _condition(path: Path, when: str, outline: Outline) -> Iterator[Fault]:
    problem = conditions.check(when, outline.facts)
    if problem:
        yield Fault((*path, "when"), problem)


def _number(path: Path, value: int | None, least: int, most: int) -> Iterator[Fault]:
    if value is not None and not least <= value <= most:
        yield Fault(path, _("This must be a whole number from %(least)s to %(most)s.", least=least, most=most))


def _of_cycles(outline: Outline) -> Iterator[Fault]:
    waits = {task.code: [code for code in task.needs if code != task.code] for task in outline.tasks}
    if around := _circle(waits):
        place = next(number for number, task in enumerate(outline.tasks) if task.code == around[0])
        said = _("These tasks wait for each other in a circle: %(tasks)s.", tasks=" → ".join(around))
        yield Fault(("tasks", place, "needs"), said)


def _circle(waits: dict[str, list[str]]) -> list[str]:
    """The codes of one circle, in the order of what waits for what; empty when there is none."""
    try:
        TopologicalSorter(waits).prepare()
    except CycleError as error:
        # graphlib names each before the one that waits for it; people follow what waits for what.
        return list(reversed(error.args[1]))
    return []
