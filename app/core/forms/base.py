"""What every form shares: one csrf token a page, errors in page order, and the way business errors reach a field."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from flask import current_app, g, request
from flask_wtf import FlaskForm
from flask_wtf.csrf import generate_csrf, validate_csrf
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.datastructures import CombinedMultiDict
from wtforms import Field, FieldList, Form, FormField
from wtforms import form as wtforms_form
from wtforms.csrf.core import CSRF
from wtforms.meta import DefaultMeta
from wtforms.validators import StopValidation, ValidationError

from app.core.carried import number_in
from app.core.db import db, roll_back
from app.core.errors import Conflict, DomainError, FieldError, Unavailable
from app.core.i18n import _, ngettext
from app.core.identifiers import Lazy

if TYPE_CHECKING:
    _FieldList = FieldList[Any]  # generic for the type checker only
else:
    _FieldList = FieldList

_NOWHERE = "#main"


@dataclass(frozen=True)
class Problem:
    """One line of the error summary: the words that stand beside the field too, and where they lead.

    `#main` is said of what has no field on the page; the summary then makes no link of it.
    """

    href: str
    message: Lazy


class _OneToken(CSRF):
    """The page's token. The request's own check has been made before the form exists (core.csrf)."""

    def generate_csrf_token(self, csrf_token_field: Field) -> str:
        return cast(str, generate_csrf())

    def validate_csrf_token(self, form: wtforms_form.BaseForm, field: Field) -> None:
        """Nothing to say at the field, which nobody sees: `BaseForm.validate` asks whether the form is stale."""


class _Bound(DefaultMeta):
    """How a form comes by its fields: by copying, for setting one up from nothing costs ten times as much."""

    def bind_field(self, form: Any, unbound_field: Any, options: Any) -> Any:
        copy_for = getattr(unbound_field.field_class, "copy_for", None)
        if copy_for is None:
            return unbound_field.bind(form=form, **options)
        pattern = unbound_field.__dict__.get("pattern")
        if pattern is None or pattern.short_name != options["name"]:
            pattern = unbound_field.bind(form=form, **options)
            unbound_field.pattern = copy_for(pattern, None, pattern.name, pattern.id)
            return pattern
        name = options.get("prefix", "") + options["name"]
        return copy_for(pattern, form, name, options.get("id") or name)


@dataclass
class Attempt:
    """Whether the verb went through."""

    succeeded: bool = False

    def __bool__(self) -> bool:
        return self.succeeded


class BaseForm(FlaskForm):
    """A form of the house. Subclasses add fields and `to_details()`; see `fields` for what there is."""

    _status = 0

    class Meta(_Bound, FlaskForm.Meta):
        def build_csrf(self, form: Any) -> CSRF:
            return _OneToken()

        @cached_property
        def csrf(self) -> bool:  # type: ignore[override]  # written to once, as Flask-WTF does
            """None where a program sends JSON by a token: no browser adds that by itself."""
            return "gangway_sent" not in g and bool(current_app.config.get("WTF_CSRF_ENABLED", True))

        def get_translations(self, form: Any) -> Any:
            """None: WTForms' own words are never used."""
            return None

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """The sent form, also when it is empty: an empty post must not pass as the stored values. For a program
            what core/api/sent.py made of its JSON."""
            if formdata is not None and not hasattr(formdata, "getlist") and "gangway_sent" in g:
                return g.gangway_sent
            if formdata is None or hasattr(formdata, "getlist"):
                return formdata
            if not form.is_submitted():
                return None
            return CombinedMultiDict([request.files, request.form]) if request.files else request.form

    def to_details(self) -> Any:
        """The validated fields as a frozen dataclass for the service. Subclasses say which."""
        raise NotImplementedError

    def validate(self, extra_validators: Any = None) -> bool:
        valid = bool(super().validate(extra_validators))
        if self._is_stale():
            self.form_errors.append(
                _("This page had been open for a long time. Nothing is lost: check and send it again.")
            )
            return False
        return valid

    def _is_stale(self) -> bool:
        if "csrf_token" not in self._fields or g.get("csrf_valid"):
            return False
        if g.get("stale_form"):
            return True
        try:
            validate_csrf(self._fields["csrf_token"].data)
        except ValidationError:
            return True
        return False

    def fail(self, error: DomainError) -> None:
        """Puts a business rule's no beside its field, or on top of the form when it has none here."""
        if isinstance(error, FieldError):
            for field in _leaves(self):
                if field.name == error.field or field is self._fields.get(error.field):
                    field.errors = [*field.errors, error.message]
                    return
        self.form_errors.append(error.message)

    @contextmanager
    def attempt(self) -> Iterator[Attempt]:
        """Runs one verb and turns a business rule's no, or a database or file store that is busy, full or away, into
        errors of this form, so that what was typed is shown again. Conflicts, unknown records and missing rights pass
        through; a page that says so without this form can show `typed_in_vain()`.

        `with form.attempt() as saved: receipt = service.register(...)`, then `if saved: return redirect_see_other(..)`.
        """
        attempt = Attempt()
        try:
            yield attempt
            attempt.succeeded = True
        except DomainError as error:
            if error.status != 422:
                g.gangway_typed = list(_typed(self))
                raise
            self.fail(error)
        except (OperationalError, PoolTimeout, Unavailable):
            if db.session().in_transaction():  # write() has taken its own back; this is for a reading that failed
                roll_back()
            self._status = 503
            self.form_errors.append(
                _("We could not save this just now. Nothing is lost: wait a moment and send it again.")
            )

    @property
    def seen(self) -> int:
        """The version of the record from which this form was filled, as its hidden field `version` carries it; -1 for
        none that could be."""
        return number_in(self["version"].data, -1)

    def overtaken(self, conflict: Conflict, version: int) -> None:
        """The record moved on: 409, everything typed is kept, and a second press saves over `version`."""
        self["version"].data = str(version)
        self.refused(conflict)

    def refused(self, conflict: Conflict) -> None:
        """It cannot be done any more: 409, and everything typed is kept, so that it can be copied."""
        self.form_errors.append(conflict.message)
        self._status = 409
        g.pop("gangway_typed", None)  # this form shows it

    @property
    def status(self) -> int:
        """The HTTP status of the page that shows this form: 200, 422 with errors, 409 when overtaken, 503 when the
        database could not take it."""
        return self._status or (422 if self.problems else 200)

    @property
    def problems(self) -> list[Problem]:
        """What is wrong, in page order: for the error summary, and for "Error: " in the title."""
        general = [Problem(_NOWHERE, message) for message in self.form_errors]
        return general + list(_problems(self._fields.values()))


class Part(Form):
    """A form within a form, for FormField: no csrf token of its own, ids such as `shops-0-url`."""

    class Meta(_Bound):
        pass


class Repeat(_FieldList):
    """Boxes of the same fields, as many as there are: `Repeat(FormField(ShopPart), min_entries=1, max_entries=50)`.

    A box left wholly empty is not checked and not in `filled`. More boxes than `max_entries` are an error: the
    first ones are shown again.
    """

    kind = "repeat"

    def __init__(self, unbound_field: Any, label: Lazy = "", max_entries: int = 50, **kwargs: Any) -> None:
        super().__init__(unbound_field, label, max_entries=max_entries, **kwargs)
        self.most = max_entries
        self._sent = 0

    def _extract_indices(self, prefix: str, formdata: Any) -> Iterator[int]:
        # Own reading: WTForms takes "²" for a digit and then fails to count with it.
        seen = set()
        for key in formdata:
            found = re.match("-([0-9]{1,4})(?![^-])", key[len(prefix) :]) if key.startswith(prefix) else None
            if found:
                seen.add(int(found[1]))
        self._sent = len(seen)
        yield from seen

    def validate(self, form: wtforms_form.BaseForm, extra_validators: Any = ()) -> bool:
        self.errors = []
        valid = True
        for entry in self.filled:
            valid = bool(entry.validate(form)) and valid
        if self._sent > self.most:
            self.errors = [
                ngettext(
                    "At most %(num)s entry fits here, and %(sent)s were sent. Check the last ones.",
                    "At most %(num)s entries fit here, and %(sent)s were sent. Check the last ones.",
                    self.most,
                    sent=self._sent,
                )
            ]
            valid = False
        for validator in [*self.validators, *extra_validators]:
            try:
                validator(form, self)
            except ValidationError as error:
                self.errors = [*self.errors, *error.args[:1]]
        return valid and not self.errors

    @property
    def filled(self) -> list[Any]:
        """The entries in which something was typed or stands."""
        return [entry for entry in self.entries if any(not is_blank(leaf) for leaf in _leaves(entry))]


class Required:
    """The whole sentence that asks for it: `Required(_l("Enter the company's name"))`."""

    def __init__(self, message: Lazy) -> None:
        self.message = message

    def __call__(self, form: Form, field: Field) -> None:
        if is_blank(field):
            raise StopValidation(self.message)


class Optional:
    """May stay empty, and says so beside its label."""

    field_flags = {"optional": True}

    def __call__(self, form: Form, field: Field) -> None:
        if is_blank(field):
            raise StopValidation


def typed_in_vain() -> list[tuple[Lazy, str]]:
    """Label and text of what was typed in a form that a conflict has made pointless: nobody shall have to write it
    again. Nothing when the form itself is shown again."""
    typed: list[tuple[Lazy, str]] = g.get("gangway_typed", [])
    return typed


def is_blank(field: Field) -> bool:
    """Nothing typed, chosen or ticked. Zero is something."""
    return field.data is None or field.data is False or field.data == "" or field.data == []


def _leaves(form: Any) -> Iterator[Field]:
    """The fields that hold values, nested ones included, in page order."""
    if isinstance(form, FormField):
        form = form.form
    for field in [form] if isinstance(form, Field) and not isinstance(form, FieldList) else form:
        if isinstance(field, FormField | FieldList):
            yield from _leaves(field)
        else:
            yield field


def _typed(form: Any) -> Iterator[tuple[Lazy, str]]:
    """What somebody would have to write again, by label; no secrets."""
    fields: Iterator[Any] = _leaves(form)
    for field in fields:
        if getattr(field, "kind", "") in ("text", "textarea") and field.autocomplete != "one-time-code" and field.typed:
            yield field.label.text, field.typed


def _problems(fields: Any) -> Iterator[Problem]:
    for field in fields:
        if isinstance(field, FormField):
            yield from _problems(field.form)
        elif isinstance(field, FieldList):
            yield from _problems(field.entries)
            yield from (Problem(_link(field), message) for message in field.errors[:1])
        elif field.errors and field.name != "csrf_token":
            yield Problem(_link(field), field.errors[0])


def _link(field: Any) -> str:
    """Where a field's first control stands: options are numbered, a hidden field has no place."""
    if isinstance(field, FieldList):
        return next((_link(leaf) for leaf in _leaves(field)), _NOWHERE)
    kind = getattr(field, "kind", "")
    if kind == "hidden":
        return _NOWHERE
    return f"#{field.id}-0" if kind in ("radio", "checkboxes") else f"#{field.id}"
