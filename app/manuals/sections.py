"""The sections of an intake: what each asks for, and in words what is missing until it is complete.

Pure: no database, no request. A section's content is a dict by the names below; half of it may be missing at any time.

    product     {"summary", "about"}                                     by language
    categories  {"sells": [Sells ...], "logo": "PI-..."}
    key         {"find": [step ...], "enter": [step ...]}                by language; a step is
                {"id", "text", "picture": "PI-..." or "", "alt"}
    packages    {"passes": {"PK-...": [PassedOn ...]}}
    limits      {"text", "none": bool}                                   by language; `none`: there are none
    support     {"email", "phone", "website", "languages": [locale ...]}
    faq         {"items": [{"id", "question", "answer"}]}                by language, where useful
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.core import identifiers
from app.core.i18n import LOCALES, NAMES, _, _l, ngettext
from app.core.identifiers import Invalid
from app.integrations.models import PassedOn, Sells
from app.manuals.models import SectionCode

Content = Mapping[str, Any]


class Kind(enum.Enum):
    """What a field of a section holds."""

    TEXT = "text"
    FLAG = "flag"
    PICTURE = "picture"
    CODES = "codes"
    MATRIX = "matrix"
    ITEMS = "items"


@dataclass(frozen=True)
class Field:
    """A field of a section. Items have parts, codes have what may be chosen."""

    name: str
    label: Any
    kind: Kind = Kind.TEXT
    limit: int = 200
    codes: tuple[str, ...] = ()
    parts: tuple[Field, ...] = ()
    one: Any = ""
    """What one of the items is called, with its %(number)s."""
    most: int = 0


@dataclass(frozen=True)
class Shape:
    """What a section asks for."""

    code: SectionCode
    name: Any
    about: Any
    """A sentence for whoever fills it in."""
    by_language: bool
    fields: tuple[Field, ...]
    optional: bool = False

    def field(self, name: str) -> Field:
        return next(field for field in self.fields if field.name == name)


_STEP = (
    Field("text", _l("What the customer does"), limit=2000),
    Field("picture", _l("Screenshot"), Kind.PICTURE),
    Field("alt", _l("What the screenshot shows"), limit=300),
)
_STEP_NAME = _l("Step %(number)s")

SHAPES: Mapping[SectionCode, Shape] = {
    shape.code: shape
    for shape in (
        Shape(
            SectionCode.PRODUCT,
            _l("The product"),
            _l("What the product is and for whom, as a customer reads it who does not know it yet."),
            True,
            (
                Field("summary", _l("The product in a sentence"), limit=300),
                Field("about", _l("What it does, and for whom"), limit=4000),
            ),
        ),
        Shape(
            SectionCode.CATEGORIES,
            _l("Category and logo"),
            _l("Where the directory shows the product, and its logo."),
            False,
            (
                Field("sells", _l("What the product is"), Kind.CODES, codes=tuple(Sells)),
                Field("logo", _l("Logo"), Kind.PICTURE),
            ),
        ),
        Shape(
            SectionCode.KEY,
            _l("The connection key"),
            _l("Step by step, with screenshots: where a customer finds the connection key and where it is entered."),
            True,
            (
                Field("find", _l("Where the customer finds the key"), Kind.ITEMS, parts=_STEP, one=_STEP_NAME, most=25),
                Field("enter", _l("Where the customer enters it"), Kind.ITEMS, parts=_STEP, one=_STEP_NAME, most=25),
            ),
        ),
        Shape(
            SectionCode.PACKAGES,
            _l("Packages"),
            _l("Which bookkeeping and invoicing packages the product works with, and what is passed on to each."),
            False,
            (Field("passes", _l("What is passed on"), Kind.MATRIX, codes=tuple(PassedOn)),),
        ),
        Shape(
            SectionCode.LIMITS,
            _l("Limits"),
            _l("What the connection does not do, so that nobody counts on it."),
            True,
            (
                Field("text", _l("What the connection does not do"), limit=6000),
                Field("none", _l("There are no limits to tell of"), Kind.FLAG),
            ),
        ),
        Shape(
            SectionCode.SUPPORT,
            _l("Support contacts"),
            _l("Where a customer gets help with the product. At least one way is needed."),
            False,
            (
                Field("email", _l("E-mail address for support"), limit=254),
                Field("phone", _l("Phone number for support"), limit=60),
                Field("website", _l("Help pages"), limit=300),
                Field("languages", _l("Languages in which your support answers"), Kind.CODES, codes=LOCALES),
            ),
        ),
        Shape(
            SectionCode.FAQ,
            _l("Frequently asked questions"),
            _l("Where useful: what customers ask about the connection, with your answers."),
            True,
            (
                Field(
                    "items",
                    _l("Questions"),
                    Kind.ITEMS,
                    parts=(
                        Field("question", _l("Question"), limit=300),
                        Field("answer", _l("Answer"), limit=4000),
                    ),
                    one=_l("Question %(number)s"),
                    most=40,
                ),
            ),
            optional=True,
        ),
    )
}
"""In the order of the page."""

Address = tuple[SectionCode, str]
"""A section: its code, and its language or "" for all."""


def addresses(languages: Sequence[str]) -> list[Address]:
    """All sections of a product with these languages, in the order of the page."""
    shared = [(shape.code, "") for shape in SHAPES.values() if not shape.by_language]
    return shared + [(shape.code, locale) for locale in languages for shape in SHAPES.values() if shape.by_language]


def needed(languages: Sequence[str]) -> list[Address]:
    """Those that have to be complete before anything is handed in: all but what is optional or in a further
    language."""
    return [address for address in addresses(languages[:1]) if not SHAPES[address[0]].optional]


def exists(code: str, locale: str, languages: Sequence[str]) -> bool:
    """Whether there is such a section."""
    return (code, locale) in addresses(languages)


# --- the shape of a content ------------------------------------------------------------------------------------------

_ID = re.compile("[a-z0-9]{1,12}")
_PICTURE = re.compile("PI-[0-9A-Z]{4,16}")


def shaped(code: str, content: Content | None) -> dict[str, Any]:
    """The content with all its fields and nothing else, whatever was given."""
    given = content if isinstance(content, Mapping) else {}
    return {field.name: _settled(field, given.get(field.name)) for field in SHAPES[SectionCode(code)].fields}


def _settled(field: Field, value: Any) -> Any:
    match field.kind:
        case Kind.TEXT:
            return value if isinstance(value, str) else ""
        case Kind.PICTURE:
            return value if isinstance(value, str) and _PICTURE.fullmatch(value) else ""
        case Kind.FLAG:
            return value is True
        case Kind.CODES:
            return _codes(field, value)
        case Kind.MATRIX:
            rows = value if isinstance(value, Mapping) else {}
            return {str(ref): chosen for ref, codes in sorted(rows.items()) if (chosen := _codes(field, codes))}
        case Kind.ITEMS:
            return list(_items(field, value if isinstance(value, Sequence) and not isinstance(value, str) else ()))


def _codes(field: Field, value: Any) -> list[str]:
    return [str(code) for code in field.codes if isinstance(value, list | tuple | set) and code in value]


def _items(field: Field, given: Sequence[Any]) -> Iterator[dict[str, Any]]:
    seen: set[str] = set()
    for item in [item for item in given if isinstance(item, Mapping)][: field.most]:
        id_ = item.get("id")
        if not isinstance(id_, str) or not _ID.fullmatch(id_) or id_ in seen:
            continue
        seen.add(id_)
        yield {"id": id_, **{part.name: _settled(part, item.get(part.name)) for part in field.parts}}


def is_begun(code: str, content: Content | None) -> bool:
    """Whether anything was said."""
    return shaped(code, content) != shaped(code, None)


def pictures(code: str, content: Content | None) -> list[str]:
    """The references of all pictures in it, in their order."""
    found = []
    held = shaped(code, content)
    for field in SHAPES[SectionCode(code)].fields:
        if field.kind == Kind.PICTURE:
            found.append(held[field.name])
        if field.kind == Kind.ITEMS:
            shots = [part.name for part in field.parts if part.kind == Kind.PICTURE]
            found += [item[name] for item in held[field.name] for name in shots]
    return [ref for ref in found if ref]


def without_pictures(code: str, content: Content, lost: set[str]) -> dict[str, Any]:
    """The content without these pictures."""
    held = shaped(code, content)
    for field in SHAPES[SectionCode(code)].fields:
        if field.kind == Kind.PICTURE and held[field.name] in lost:
            held[field.name] = ""
        if field.kind == Kind.ITEMS:
            for item in held[field.name]:
                for part in field.parts:
                    if part.kind == Kind.PICTURE and item[part.name] in lost:
                        item[part.name] = ""
    return held


def contacts(content: Content | None) -> dict[str, str]:
    """What is right of the support contacts, in its canonical form: all of it may be published."""
    held = shaped(SectionCode.SUPPORT, content)
    return {name: value for name in _CONTACTS if (value := _contact(name, held[name])[0])}


_CONTACTS = ("email", "phone", "website")


def _contact(name: str, typed: str) -> tuple[str, Any]:
    """The canonical form, or what is wrong with it."""
    if not typed.strip():
        return "", ""
    try:
        match name:
            case "email":
                return identifiers.normalise_email(typed), ""
            case "phone":
                return identifiers.normalise_phone(typed, ""), ""
            case _website:
                return identifiers.normalise_website(typed), ""
    except Invalid as error:
        return "", error.message


# --- completeness -----------------------------------------------------------------------------------------------------


def problems(code: str, content: Content | None, other: Content | None = None) -> list[str]:
    """What is missing, each in a sentence; nothing when the section is complete. `other` is the same section in the
    product's first language: text that was copied from there and not translated is said too."""
    held = shaped(code, content)
    match SectionCode(code):
        case SectionCode.PRODUCT:
            found = _missing(
                (not held["summary"].strip(), _l("Say in a sentence what the product is.")),
                (not held["about"].strip(), _l("Write what the product does, and for whom.")),
            )
        case SectionCode.CATEGORIES:
            found = _missing(
                (not held["sells"], _l("Choose whether the product is a point of sale, a webshop or both.")),
                (not held["logo"], _l("Add the logo.")),
            )
        case SectionCode.KEY:
            found = _missing(
                (not held["find"], _l("Add the steps by which a customer finds the connection key.")),
                (not held["enter"], _l("Add the steps by which a customer enters the connection key.")),
            ) + _steps([*held["find"], *held["enter"]])
        case SectionCode.PACKAGES:
            found = _missing((not held["passes"], _l("Choose at least one package and what is passed on to it.")))
        case SectionCode.LIMITS:
            found = _missing(
                (
                    not held["text"].strip() and not held["none"],
                    _l("Write what the connection does not do, or tick that there are no limits."),
                )
            )
        case SectionCode.SUPPORT:
            found = _missing(
                (
                    not any(held[name].strip() for name in _CONTACTS),
                    _l("Enter at least one way in which a customer reaches your support."),
                )
            ) + [str(wrong) for name in _CONTACTS if (wrong := _contact(name, held[name])[1])]
        case _faq:
            found = _missing(
                (any(not item["question"].strip() for item in held["items"]), _l("Write each question.")),
                (any(not item["answer"].strip() for item in held["items"]), _l("Write an answer to each question.")),
            )
    if other is not None and _same_words(code, held, other):
        found.append(_("Some texts read the same as in the other language. Translate them."))
    return found


def _missing(*pairs: tuple[bool, Any]) -> list[str]:
    return [str(words) for is_missing, words in pairs if is_missing]


def _steps(steps: Sequence[Mapping[str, Any]]) -> list[str]:
    found = []
    if bare := sum(not step["text"].strip() for step in steps):
        found.append(
            ngettext(
                "Write in %(num)s step what the customer does.", "Write in %(num)s steps what the customer does.", bare
            )
        )
    if bare := sum(not step["picture"] for step in steps):
        found.append(ngettext("%(num)s step needs a screenshot.", "%(num)s steps need a screenshot.", bare))
    if undescribed := sum(bool(step["picture"]) and not step["alt"].strip() for step in steps):
        found.append(
            ngettext(
                "Describe %(num)s picture for those who cannot see it.",
                "Describe %(num)s pictures for those who cannot see them.",
                undescribed,
            )
        )
    return found


_LONG = 40
"""Characters from which a text is hardly the same in two languages."""


def _same_words(code: str, held: Content, other: Content) -> bool:
    said = {text for text in texts(code, other) if len(text) >= _LONG}
    return any(text in said for text in texts(code, held))


def texts(code: str, content: Content | None) -> Iterator[str]:
    """All words in it."""
    held = shaped(code, content)
    for field in SHAPES[SectionCode(code)].fields:
        if field.kind == Kind.TEXT:
            yield held[field.name]
        if field.kind == Kind.ITEMS:
            for item in held[field.name]:
                yield from (item[part.name] for part in field.parts if part.kind == Kind.TEXT)


class Standing(enum.StrEnum):
    """How far a section is."""

    NOT_BEGUN = "not_begun"
    BEGUN = "begun"
    COMPLETE = "complete"
    RETURNED = "returned"
    HANDED_IN = "handed_in"


@dataclass(frozen=True)
class State:
    """The state of a section, and what is missing in it."""

    standing: Standing
    words: str
    problems: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        return not self.problems


def state_of(
    code: str,
    content: Content | None,
    *,
    handed_in: bool = False,
    returned: bool = False,
    other: Content | None = None,
) -> State:
    """What the list of sections says. `handed_in`: the partner gave it away and cannot change it now."""
    missing = tuple(problems(code, content, other))
    if returned:
        return State(Standing.RETURNED, _("Returned"), missing)
    if handed_in:
        return State(Standing.HANDED_IN, _("Handed in"), missing)
    if not is_begun(code, content):
        optional = SHAPES[SectionCode(code)].optional
        return State(Standing.NOT_BEGUN, _("Not begun, optional") if optional else _("Not begun"), missing)
    if not missing:
        return State(Standing.COMPLETE, _("Complete"))
    words = (
        missing[0].rstrip(".")
        if len(missing) == 1
        else ngettext("%(num)s thing is missing", "%(num)s things are missing", len(missing))
    )
    return State(Standing.BEGUN, words, missing)


def name_of(code: str, locale: str = "") -> str:
    """The section's name, with its language when it has one."""
    name = str(SHAPES[SectionCode(code)].name)
    return f"{name} ({NAMES[locale]})" if locale in NAMES else name
