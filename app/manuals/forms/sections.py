"""The form of each section of an intake. It takes whatever is typed, also half of it: what is missing is said on its
page, and only what could not be kept is refused.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from flask import request
from werkzeug.datastructures import FileStorage
from wtforms import Field, FormField

from app.core.files import FileRefused
from app.core.forms import (
    BaseForm,
    ChoiceField,
    HiddenField,
    MultiChoice,
    NoteField,
    Optional,
    Part,
    Repeat,
    Required,
    TextField,
    TickField,
)
from app.core.forms.control import Control
from app.core.i18n import LOCALES, NAMES, _l
from app.integrations import words
from app.integrations.models import Package
from app.manuals import sections
from app.manuals.models import SectionCode
from app.manuals.sections import Content, Kind

ACCEPT = "image/png,image/jpeg,image/webp"


class PictureField(Control):
    """A picture to choose; `data` is the file as it was sent, None when none was. What became of it stands in the
    hidden field beside it."""

    kind = "file"
    html_type = "file"
    data: Any

    def process_data(self, value: Any) -> None:
        self.data = None

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = next((value for value in valuelist if isinstance(value, FileStorage) and value.filename), None)

    def pre_validate(self, form: Any) -> None:
        """The door receives it, and says what is wrong."""

    @property
    def typed(self) -> str:
        return ""

    def html_attributes(self, more: dict[str, Any]) -> dict[str, Any]:
        return super().html_attributes(more) | {"accept": ACCEPT, "value": None}


_HIDE = _l("Hide keys and personal data in it before you send it. PNG, JPEG or WebP.")


def _asked(code: SectionCode, name: str) -> Any:
    return sections.SHAPES[code].field(name)


def _text(code: SectionCode, name: str, **more: Any) -> Any:
    """A field of several lines."""
    known = _asked(code, name)
    return _Lines(known.label, [Optional()], limit=known.limit, **more)


class _Lines(NoteField):
    """Says by its name which text is too long: a section has many."""

    too_long = TextField.too_long


def _line(code: SectionCode, name: str, **more: Any) -> Any:
    known = _asked(code, name)
    return TextField(known.label, [Optional()], limit=known.limit, **more)


class SectionForm(BaseForm):
    """What all of them share. `version` is what the page was made from, `window` tells this page from every other."""

    code: ClassVar[SectionCode]
    version = HiddenField()
    window = HiddenField()

    @classmethod
    def of(cls, content: Content, version: int, packages: Sequence[Package] = ()) -> SectionForm:
        """With what stands there; for a window that was not open before."""
        held = sections.shaped(cls.code, content)
        form = cls(formdata=None, data={**held, "version": str(version), "window": secrets.token_hex(8)})
        form.know(packages)
        return form

    @classmethod
    def sent(cls, packages: Sequence[Package] = ()) -> SectionForm:
        """As it was sent."""
        form = cls()
        form.know(packages)
        return form

    def know(self, packages: Sequence[Package]) -> None:
        """For the form that has a row for each package."""

    def content(self) -> dict[str, Any]:
        """What stands in the fields."""
        return sections.shaped(self.code, self._content())

    def _content(self) -> dict[str, Any]:
        return {field.name: self[field.name].data for field in sections.SHAPES[self.code].fields}

    def files(self) -> Iterator[tuple[Field, tuple[str, ...]]]:
        """Each chosen picture, with the path of the value that it becomes."""
        yield from ()

    def refuse(self, field: Field, refused: FileRefused) -> None:
        field.errors = [*field.errors, refused.message]


class _Items:
    """What forms with lists of items share."""

    code: ClassVar[SectionCode]

    def _content(self) -> dict[str, Any]:
        return {
            field.name: [
                {"id": entry.form.id.data, **{part.name: entry.form[part.name].data for part in field.parts}}
                for entry in self[field.name].entries  # type: ignore[index]  # mixed into a form
            ]
            for field in sections.SHAPES[self.code].fields
            if field.kind == Kind.ITEMS
        }

    def files(self) -> Iterator[tuple[Field, tuple[str, ...]]]:
        for field in sections.SHAPES[self.code].fields:
            for entry in self[field.name].entries if field.kind == Kind.ITEMS else ():  # type: ignore[index]  # as above
                if "file" in entry.form and entry.form.file.data is not None:
                    yield entry.form.file, (field.name, entry.form.id.data, "picture")


class ProductForm(SectionForm):
    code = SectionCode.PRODUCT
    summary = _text(SectionCode.PRODUCT, "summary", rows=2, hint=_l("For lists and search engines. One sentence."))
    about = _text(
        SectionCode.PRODUCT,
        "about",
        rows=8,
        hint=_l("For a shop owner who has never heard of it. An empty line begins a new paragraph."),
    )


class CategoriesForm(SectionForm):
    code = SectionCode.CATEGORIES
    sells = MultiChoice(_asked(SectionCode.CATEGORIES, "sells").label, [Optional()], choices=list(words.SELLS.items()))
    logo = HiddenField()
    file = PictureField(_l("Logo"), [Optional()], hint=_l("At least 480 pixels wide. PNG, JPEG or WebP."))

    def files(self) -> Iterator[tuple[Field, tuple[str, ...]]]:
        if self.file.data is not None:
            yield self.file, ("logo",)


class StepPart(Part):
    id = HiddenField()
    text = _Lines(_l("What the customer does"), [Optional()], limit=2000, rows=3)
    picture = HiddenField()
    file = PictureField(_l("Screenshot"), [Optional()], hint=_HIDE)
    alt = TextField(
        _l("What the screenshot shows"),
        [Optional()],
        limit=300,
        hint=_l("For those who cannot see it: what is marked, and where."),
    )


class KeyForm(_Items, SectionForm):
    code = SectionCode.KEY
    find = Repeat(FormField(StepPart), max_entries=_asked(SectionCode.KEY, "find").most)
    enter = Repeat(FormField(StepPart), max_entries=_asked(SectionCode.KEY, "enter").most)


class PackagesForm(SectionForm):
    """A row for each package, a box for each thing that can be passed on to it. Boxes are read straight from what was
    sent: nothing can be wrong with them."""

    code = SectionCode.PACKAGES
    packages: Sequence[Package] = ()
    passes: Mapping[str, Sequence[str]] = {}

    @classmethod
    def of(cls, content: Content, version: int, packages: Sequence[Package] = ()) -> SectionForm:
        form = super().of(content, version, packages)
        assert isinstance(form, PackagesForm)
        form.passes = sections.shaped(cls.code, content)["passes"]
        return form

    def know(self, packages: Sequence[Package]) -> None:
        self.packages = packages
        if self.is_submitted():
            self.passes = {
                package.ref: [code for code in request.form.getlist(f"passes-{package.ref}") if code in package.passes]
                for package in packages
            }

    def _content(self) -> dict[str, Any]:
        return {"passes": self.passes}


class LimitsForm(SectionForm):
    code = SectionCode.LIMITS
    text = _text(
        SectionCode.LIMITS,
        "text",
        rows=8,
        hint=_l("For example: gift cards are not passed on, or sales of past days have to be passed on by hand."),
    )
    none = TickField(_asked(SectionCode.LIMITS, "none").label)


class SupportForm(SectionForm):
    code = SectionCode.SUPPORT
    email = _line(SectionCode.SUPPORT, "email", inputmode="email", autocomplete="off")
    phone = _line(
        SectionCode.SUPPORT,
        "phone",
        inputmode="tel",
        autocomplete="off",
        width="s",
        hint=_l("With the sign + and the country's code, for customers call from several countries."),
    )
    website = _line(SectionCode.SUPPORT, "website", inputmode="url", autocomplete="off")
    languages = MultiChoice(
        _asked(SectionCode.SUPPORT, "languages").label, [Optional()], choices=[(code, NAMES[code]) for code in LOCALES]
    )


class QuestionPart(Part):
    id = HiddenField()
    question = TextField(_l("Question"), [Optional()], limit=300)
    answer = _Lines(_l("Answer"), [Optional()], limit=4000, rows=4)


class FaqForm(_Items, SectionForm):
    code = SectionCode.FAQ
    items = Repeat(FormField(QuestionPart), max_entries=_asked(SectionCode.FAQ, "items").most)


FORMS: Mapping[SectionCode, type[SectionForm]] = {
    form.code: form for form in (ProductForm, CategoriesForm, KeyForm, PackagesForm, LimitsForm, SupportForm, FaqForm)
}


class LanguagesForm(BaseForm):
    """In which languages the partner supplies its texts. `known`: those that the page showed."""

    known = HiddenField()
    first = ChoiceField(
        _l("Your own language"),
        [Required(_l("Choose your own language"))],
        choices=[(code, NAMES[code]) for code in LOCALES],
        hint=_l("In it everything is supplied first. It is read where another language is missing."),
        width="s",
    )
    languages = MultiChoice(
        _l("All languages of your texts"),
        [Optional()],
        choices=[(code, NAMES[code]) for code in LOCALES],
        hint=_l("Further ones may follow later. What was written in a language stays when you take it out."),
    )

    @classmethod
    def of(cls, languages: Sequence[str]) -> LanguagesForm:
        data = {"first": languages[0], "languages": list(languages), "known": " ".join(languages)}
        return cls(formdata=None, data=data)

    def to_details(self) -> tuple[list[str], list[str]]:
        """Those that were known, and those that are chosen."""
        chosen = [self.first.data, *(code for code in self.languages.data if code != self.first.data)]
        return self.known.data.split(), chosen
