"""What the editor's forms share: texts in every language, codes, conditions, and faults beside their fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from anyascii import anyascii
from wtforms import FormField

from app.core import identifiers
from app.core.forms import BaseForm, HiddenField, NoteField, Optional, Part, Required, TextField
from app.core.i18n import LOCALES, NAMES, _l
from app.core.identifiers import InvalidText
from app.playbooks.editing import Place, free_code, seen
from app.playbooks.faults import Fault
from app.playbooks.outline import Outline

_ENGLISH = Required(_l("Enter the words in English"))


class WordsField(TextField):
    """A line of words. The blanks that French sets before its signs are kept: they hold together what belongs so."""

    def read(self, typed: str) -> None:
        try:
            words_ = identifiers.clean_text(typed)
        except InvalidText as error:
            self.data = self._typed = error.cleaned
            raise ValueError(error.message) from error
        self.data = self._typed = " ".join(word for word in words_.replace("\n", " ").split(" ") if word)


def _in_each_language(field: type[TextField], validators: Sequence[Any] = (), **how: Any) -> type[Part]:
    """A text in every language; the validators are those of the English one. A draft may lack the others."""
    fields = {code: field(NAMES[code], validators if code == "en" else (), **how) for code in LOCALES}
    return type("Words", (Part,), fields)


LINE = _in_each_language(WordsField, [_ENGLISH], limit=200)
MAYBE_LINE = _in_each_language(WordsField, limit=200)
MAYBE_NOTE = _in_each_language(NoteField, limit=1_000, rows=2)
MAYBE_TEXT = _in_each_language(NoteField, limit=20_000, rows=6)
BODY = _in_each_language(NoteField, [_ENGLISH], limit=100_000, rows=16)


def in_languages(part: type[Part], label: Any, description: Any = "") -> Any:
    return FormField(part, label, description=description)


TITLE = in_languages(LINE, _l("Title"))
LABEL = in_languages(LINE, _l("Label"))
SUMMARY = in_languages(MAYBE_NOTE, _l("Summary"), description=_l("It may be left out."))
STATUS = in_languages(
    MAYBE_LINE, _l("Status of the customer"), description=_l("One or two words, such as: Training, Active.")
)
HINT = in_languages(MAYBE_NOTE, _l("Hint"), description=_l("One or two sentences below the title. It may be left out."))
CODE = TextField(
    _l("Code"),
    [Optional()],
    limit=60,
    width="m",
    description=_l(
        "Files and conditions know it by this. It never changes. Left empty, it is made of the English words."
    ),
)


class ConditionField(TextField):
    """A condition over facts: no words of a language."""

    spellcheck = False


WHEN = ConditionField(
    _l("Condition"),
    [Optional()],
    limit=500,
    description=_l('Empty: always. Otherwise over facts, for example: payroll and "website" in modules'),
)


class ThingForm(BaseForm):
    """One thing of a draft. `keys` are those of the thing that the form holds whole."""

    known = HiddenField()
    keys: ClassVar[tuple[str, ...]] = ()
    order: ClassVar[tuple[str, ...]] = ()
    """Of the fields on the page, where it is another than that of the keys."""

    @classmethod
    def of(cls, thing: Mapping[str, Any], outline: Outline, place: Place) -> ThingForm:
        """Filled with a thing; an empty one is to be added."""
        form = cls(data={**cls.typed(thing), "known": seen(dict(thing))})
        form.settle(outline, place, str(thing.get("kind", "")))
        if thing.get("code") and "code" in form:
            del form["code"]
        return form

    @classmethod
    def typed(cls, thing: Mapping[str, Any]) -> dict[str, Any]:
        """As the fields show it."""
        return dict(thing)

    def settle(self, outline: Outline, place: Place, kind: str) -> None:
        """Fills the choices from the playbook. `kind` is that of the thing as it is kept; "" for a new one."""

    def to_details(self) -> dict[str, Any]:
        """The thing's keys; None for one that is left out."""
        return {key: plain(self[key]) for key in self.keys if key in self}

    def new_code(self, taken: list[str]) -> str:
        """What was typed, or one made of the English words."""
        typed: str = self.box("code").data
        english = next(self.box(key).form.en.data for key in ("title", "label", "question") if key in self)
        return typed or free_code(_code_of(english, self.joint) or "thing", taken)

    def box(self, name: str) -> Any:
        """The field of this name."""
        return self[name]

    joint: ClassVar[str] = "-"
    """Between the words of a code."""

    def tell(self, faults: Iterable[Fault], depth: int) -> None:
        """Puts faults beside the fields they are about; `depth` steps of their paths lead to this thing."""
        for fault in faults:
            name = self._field_of(fault.path[depth:])
            if name is None:
                self.form_errors.append(f"{fault.where}: {fault.told}" if fault.where else fault.told)
            else:
                field = _leaf(self, name)
                field.errors = [*field.errors, fault.told]

    def _field_of(self, path: tuple[str | int, ...]) -> str | None:
        key = str(path[0]) if path else ""
        if key not in self:
            return None
        if not isinstance(self[key], FormField):
            return key
        locale = path[1] if len(path) > 1 and path[1] in LOCALES else "en"
        return f"{key}-{locale}"

    @property
    def parts(self) -> list[Any]:
        """Fields in the order of the page."""
        return [self[name] for name in (*(self.order or self.keys), "code") if name in self]


def _leaf(form: ThingForm, name: str) -> Any:
    key, _dash, locale = name.partition("-")
    return form.box(key).form[locale] if locale else form.box(key)


def inside(path: tuple[str | int, ...], key: str) -> tuple[str | int, ...]:
    """Where a group of keys stands in the same form: the path within it, its status under the field's name."""
    if path[:1] != (key,) or len(path) == 1:
        return path
    return ("status_words", *path[2:]) if path[1] == "status" else path[1:]


def plain(field: Any) -> Any:
    if isinstance(field, FormField):
        return {locale: field.form[locale].data for locale in LOCALES if field.form[locale].data.strip()} or None
    return None if field.data == "" else field.data


def _code_of(words_: str, joint: str) -> str:
    """Small letters and digits with joints between them."""
    plain = "".join(letter if letter.isalnum() else " " for letter in anyascii(words_).lower())
    return joint.join(plain.split())[:40].strip(joint)


def named(things: Iterable[Any]) -> list[tuple[str, str]]:
    return [(thing.code, (getattr(thing, "title", None) or thing.label).get("en", thing.code)) for thing in things]


def choices(names: Mapping[str, Any]) -> Callable[[], list[tuple[str, Any]]]:
    return lambda: [(str(code), name) for code, name in names.items()]
