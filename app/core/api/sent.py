"""JSON as it was sent, held to the form that people fill in: one place validates, with the same words for both."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from decimal import Decimal
from typing import Any, TypeVar

from flask import g, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest, UnsupportedMediaType
from wtforms import Field, FieldList, FormField

from app.core.api.problems import Invalid
from app.core.forms import BaseForm
from app.core.i18n import _l

AnyForm = TypeVar("AnyForm", bound=BaseForm)
Errors = list[tuple[str, Any]]

MIMETYPES = ("application/json", "application/merge-patch+json")


def body() -> dict[str, Any]:
    """The JSON object that was sent; an empty one where nothing was.

    Raises:
        UnsupportedMediaType: it was announced as something else.
        BadRequest: it is no JSON object.
    """
    plain = request.get_data()
    if not plain.strip():
        return {}
    if request.mimetype not in MIMETYPES:
        raise UnsupportedMediaType
    try:
        found = json.loads(plain, parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise BadRequest from None
    if not isinstance(found, dict):
        raise BadRequest
    return found


def _refuse(constant: str) -> Any:
    raise ValueError(constant)  # NaN and Infinity are no JSON


def digest() -> str:
    """Of what was sent, however it was laid out."""
    plain = json.dumps(body(), sort_keys=True, default=str, separators=(",", ":"))
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()


def taken(make: Callable[[], AnyForm]) -> AnyForm:
    """The form that `make` builds, filled from the JSON that was sent, and valid.

    Raises:
        Invalid: it is not.
    """
    return _valid(make, MultiDict())


def edited(make: Callable[[], AnyForm]) -> AnyForm:
    """The same for a change: what was not sent keeps the value that `make` fills in; a list is replaced as a whole."""
    with _filled_from(None):
        stored = make()
    return _valid(make, _values(stored))


def asked(form: type[AnyForm]) -> AnyForm:
    """The form of a list's filters, filled from the address.

    Raises:
        Invalid: it is not valid; the pointers name the parameters.
    """
    with _filled_from(MultiDict(request.args)):
        found = form()
    unknown: Errors = [(f"/{name}", _UNKNOWN) for name in request.args if name not in named(found)]
    errors = unknown if found.validate() and unknown else unknown + _errors(found)
    if errors:
        raise Invalid(errors)
    return found


_UNKNOWN = _l("There is no such field here.")
_NOT_TEXT = _l("Send text here.")
_NOT_LIST = _l("Send a list here.")
_NOT_OBJECT = _l("Send an object here.")


def _valid(make: Callable[[], AnyForm], values: MultiDict[str, str]) -> AnyForm:
    with _filled_from(None):
        shape = make()
    errors: Errors = []
    for name, value in body().items():
        field = named(shape).get(name)
        if field is None:
            errors.append((f"/{_escaped(name)}", _UNKNOWN))
            continue
        for known in [key for key in values if key == name or key.startswith(f"{name}-")]:
            values.poplist(known)
        errors += _flattened(field, value, name, f"/{name}", values)
    if errors:
        raise Invalid(errors)
    with _filled_from(values):
        form = make()
    if not form.validate():
        raise Invalid(_errors(form))
    return form


@contextmanager
def _filled_from(values: MultiDict[str, str] | None) -> Iterator[None]:
    """Forms made in here read these values, and none from a browser (app/core/forms/base.py)."""
    g.gangway_sent = values
    try:
        yield
    finally:
        g.gangway_sent = None


def unfilled() -> AbstractContextManager[None]:
    """Forms made in here are empty, for whoever tells what they take."""
    return _filled_from(None)


def named(form: Any) -> dict[str, Field]:
    """The fields that programs fill in: all but those that pages carry along for themselves."""
    return {
        field.short_name: field
        for field in form
        if getattr(field, "kind", "") != "hidden" and field.short_name not in ("csrf_token", "fax_extension")
    }


def _flattened(field: Field, value: Any, name: str, pointer: str, into: MultiDict[str, str]) -> Errors:
    """Puts a JSON value under the names that a page would send it by; gives what has the wrong type."""
    match field:
        case FormField():
            return _object(field, value, name, pointer, into)
        case FieldList():
            if not isinstance(value, list):
                return [(pointer, _NOT_LIST)]
            inside = field.entries[0] if field.entries else field.append_entry()
            return [
                error
                for place, inner in enumerate(value[:1000])
                for error in _flattened(inside, inner, f"{name}-{place}", f"{pointer}/{place}", into)
            ]
    if getattr(field, "kind", "") == "checkboxes":
        if not isinstance(value, list):
            return [(pointer, _NOT_LIST)]
        into.setlist(name, [inner for inner in value if isinstance(inner, str)])
        return [(f"{pointer}/{place}", _NOT_TEXT) for place, inner in enumerate(value) if not isinstance(inner, str)]
    if isinstance(value, bool) and getattr(field, "kind", "") == "tick":
        value = "y" if value else ""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal | None):
        return [(pointer, _NOT_TEXT)]
    into[name] = "" if value is None else str(value)
    return []


def _object(field: FormField[Any], value: Any, name: str, pointer: str, into: MultiDict[str, str]) -> Errors:
    if not isinstance(value, dict):
        return [(pointer, _NOT_OBJECT)]
    known = named(field.form)
    errors: Errors = [(f"{pointer}/{_escaped(part)}", _UNKNOWN) for part in value if part not in known]
    for part, inner in value.items():
        if part in known:
            errors += _flattened(known[part], inner, f"{name}-{part}", f"{pointer}/{part}", into)
    return errors


def _values(form: Any) -> MultiDict[str, str]:
    """What a page with this form would send unchanged."""
    found: MultiDict[str, str] = MultiDict()
    for field in form:
        _collect(field, found)
    return found


def _collect(field: Any, into: MultiDict[str, str]) -> None:
    if isinstance(field, FormField):
        for part in field.form:
            _collect(part, into)
    elif isinstance(field, FieldList):
        for entry in field.entries:
            _collect(entry, into)
    elif field.kind == "checkboxes":
        into.setlist(field.name, [str(getattr(value, "value", value)) for value in field.data or ()])
    elif field.kind == "tick":
        into[field.name] = "y" if field.data else ""
    else:
        into[field.name] = field.typed


def _errors(form: Any) -> Errors:
    """What a validated form says, each with a pointer to its place."""
    return [*(("", words) for words in form.form_errors), *_of_fields(form)]


def _of_fields(fields: Any) -> Errors:
    found: Errors = []
    for field in fields:
        if isinstance(field, FormField):
            found += _of_fields(field.form)
        elif isinstance(field, FieldList):
            found += _of_fields(field.entries)
            found += [(_pointer(field.name), words) for words in field.errors if not isinstance(words, dict | list)]
        else:
            found += [(_pointer(field.name), words) for words in field.errors[:1]]
    return found


def _pointer(name: str) -> str:
    return "/" + name.replace("-", "/")


def _escaped(name: str) -> str:
    """As RFC 6901 writes it, without what cannot be written at all."""
    return name.replace("~", "~0").replace("/", "~1").encode("utf-8", "replace").decode()[:100]
