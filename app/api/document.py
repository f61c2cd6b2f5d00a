"""The API's document, OpenAPI 3.1: made of the doors themselves, of the forms they take and the shapes they give."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import current_app
from wtforms import Field, FieldList, FormField

from app.core.api import Door, MomentField, Operation
from app.core.api.once import HEADER
from app.core.api.sent import named, unfilled
from app.core.forms import (
    AmountField,
    ChoiceField,
    CountryField,
    DateField,
    IntegerField,
    MultiChoice,
    RateField,
    Required,
    TextField,
    TickField,
)
from app.core.i18n import in_locale
from app.core.programs import ROOT

VERSION = "1"
_ABOUT = (
    "Everything is JSON in UTF-8. Moments are UTC, states are codes, records are called by their references. "
    "A token opens what its person may see and do, within its scopes."
)


def doors() -> list[Door]:
    """In the order of the floors."""
    return [blueprint for blueprint in current_app.blueprints.values() if isinstance(blueprint, Door)]


def document() -> dict[str, Any]:
    """Made once by each process: nothing in it comes from the database."""
    made: dict[str, Any] | None = current_app.extensions.get("gangway_api_document")
    if made is None:
        with in_locale("en"):
            made = current_app.extensions["gangway_api_document"] = _made()
    return made


def _made() -> dict[str, Any]:
    spec = APISpec(
        title="Gangway",
        version=VERSION,
        openapi_version="3.1.0",
        plugins=[MarshmallowPlugin(schema_name_resolver=_name)],
        info={"description": _ABOUT},
        servers=[{"url": current_app.config["GANGWAY"].public_url.rstrip("/")}],
        security=[{"token": []}],
    )
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    spec.components.schema("Problem", component=_PROBLEM)
    for door in doors():
        spec.tag({"name": door.tag, "description": door.about})
        for operation in door.operations:
            path = ROOT + operation.rule.replace("<", "{").replace(">", "}")
            spec.path(path=path, operations={operation.method.lower(): _operation(door, operation)})
    made: dict[str, Any] = spec.to_dict()
    for name, schema in made["components"]["schemas"].items():
        if name != "Problem" and "properties" in schema:
            schema["required"] = sorted(schema["properties"])  # what has no value is null, never left out
    return made


def _name(shape: Any) -> str:
    known = shape if isinstance(shape, type) else type(shape)
    return str(known.__name__).removesuffix("Shape")


_PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `detail` is in the caller's language: Accept-Language, else the person's own.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON Pointer to what is wrong"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
_PROBLEM_ANSWER = {
    "description": "A problem: 401 without a valid token, 403 without the right or the scope, 404 unknown or not "
    "yours, 409 and 412 when the record has moved on, 422 with the errors one by one, 428 without If-Match, "
    "429 after too many requests",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def _operation(door: Door, operation: Operation) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": f"{door.tag}_{operation.view.__name__}",
        "tags": [door.tag],
        "summary": operation.summary.rstrip("."),
        "description": operation.description,
        "parameters": list(_parameters(operation)),
        "responses": {str(operation.status): _answer(operation), "default": _PROBLEM_ANSWER},
    }
    scope = getattr(operation.view, "gangway_scope", None)
    if scope is None:
        told["security"] = []
    else:
        told["x-scope"] = scope.value
    if operation.method == "GET":
        told["responses"]["304"] = {"description": "As it was: If-None-Match names its ETag"}
    if operation.upserts:
        told["responses"]["201"] = _answer(operation, created=True)
    if operation.takes is not None:
        with unfilled():
            schema = _object(operation.takes(), required=operation.method != "PATCH")
        told["requestBody"] = {
            "required": bool(schema.get("required")),
            "content": {"application/json": {"schema": schema}},
        }
    return told


def _parameters(operation: Operation) -> Iterator[dict[str, Any]]:
    for part in operation.rule.split("/"):
        if part.startswith("<"):
            yield {"name": part.strip("<>"), "in": "path", "required": True, "schema": {"type": "string"}}
    if operation.asks is not None:
        with unfilled():
            fields = named(operation.asks())
        for name, field in fields.items():
            schema = _schema(field, required=True)
            words = {"description": schema.pop("description", "")}
            yield {"name": name, "in": "query", "required": _is_required(field), **words, "schema": schema}
    if operation.edits:
        yield _header("If-Match", "The ETag of what is changed", required=True)
    if operation.creation is not None:
        yield _header(HEADER, "The same key and body: the same answer, and nothing made twice. Kept two days")


def _header(name: str, words: str, *, required: bool = False) -> dict[str, Any]:
    schema = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"}
    return {"name": name, "in": "header", "required": required, "description": words, "schema": schema}


def _answer(operation: Operation, *, created: bool = False) -> dict[str, Any]:
    schema: Any = operation.gives
    if operation.lists:
        schema = {
            "type": "object",
            "required": ["items", "next"],
            "properties": {
                "items": {"type": "array", "items": operation.gives},
                "next": {"type": ["string", "null"], "description": "The address of what follows; also in Link"},
            },
        }
    headers = {"ETag": {"schema": {"type": "string"}}}
    if created or operation.status == 201:
        headers["Location"] = {"schema": {"type": "string"}}
    description = "A page of the list" if operation.lists else "The record"
    return {"description": description, "headers": headers, "content": {"application/json": {"schema": schema}}}


def _object(form: Any, *, required: bool) -> dict[str, Any]:
    fields = named(form)
    told: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: _schema(field, required=required) for name, field in fields.items()},
    }
    needed = [name for name, field in fields.items() if required and _is_required(field)]
    return told | ({"required": needed} if needed else {})


def _is_required(field: Field) -> bool:
    return any(isinstance(validator, Required) for validator in field.validators)


def _schema(field: Field, *, required: bool) -> dict[str, Any]:
    """What a program may send for a field; the form says the rest when it is sent."""
    if isinstance(field, FormField):
        return _object(field.form, required=True)
    if isinstance(field, FieldList):
        inside = field.entries[0] if field.entries else field.append_entry()
        return {"type": "array", "maxItems": field.max_entries, "items": _schema(inside, required=True)}
    words = ". ".join(str(part).rstrip(".") for part in (field.label.text, field.description) if str(part))
    return {**_type(field), **({"description": words} if words else {})}


def _type(field: Field) -> dict[str, Any]:
    match field:
        case MultiChoice():
            return {"type": "array", "items": {"type": "string", **_codes(field)}}
        case ChoiceField():
            return {"type": "string", **_codes(field)}
        case TickField():
            return {"type": "boolean"}
        case IntegerField():
            return {"type": "integer", "minimum": field.least, "maximum": field.most}
        case AmountField() | RateField():
            return {"type": "string", "examples": ["12.50"]}
        case DateField():
            return {"type": "string", "format": "date"}
        case MomentField():
            return {"type": "string", "format": "date-time"}
        case TextField():
            return {"type": "string", "maxLength": field.limit}
    return {"type": "string"}


def _codes(field: ChoiceField) -> dict[str, Any]:
    """Those that are the same for every installation."""
    if callable(field.given) and not isinstance(field, CountryField):
        return {}
    return {"enum": [line[0] for line in field.choices]}
