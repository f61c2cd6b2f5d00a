"""Calling the API in sentences: `caller = a_caller(app, person, Scope.LEADS_READ)`, `caller.get("/leads")`."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask import Flask

from app.access.scopes import Scope, open_to
from app.core.clock import now
from app.people.models import ApiToken, Person
from app.people.service import tokens
from app.people.service.tokens import TokenDetails
from tests.leads.sentences import company

BASE = "/api/v1"
_number = itertools.count(1)


@dataclass
class Caller:
    """A program with a token."""

    app: Flask
    secret: str
    token: ApiToken
    headers: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, json: Any = None, **headers: str) -> Any:
        """Header names with underscores for hyphens: `If_Match=...`."""
        own = {name.replace("_", "-"): value for name, value in headers.items()}
        asked = {"Authorization": f"Bearer {self.secret}", **self.headers, **own}
        return self.app.test_client().open(BASE + path, method=method, json=json, headers=asked)

    def get(self, path: str, **headers: str) -> Any:
        return self.call("GET", path, **headers)

    def post(self, path: str, json: Any, **headers: str) -> Any:
        return self.call("POST", path, json, **headers)

    def patch(self, path: str, json: Any, **headers: str) -> Any:
        return self.call("PATCH", path, json, **headers)


def a_caller(app: Flask, person: Person, *scopes: Scope, place: int | None = None, days: int = 30) -> Caller:
    """With all scopes that the person may give unless some are named; `place` is an organisation's id."""
    asked = TokenDetails(
        f"Shop connector {next(_number)}", frozenset(scopes or open_to(person)), now() + timedelta(days=days)
    )
    if place is None and not person.is_staff and person.membership is not None:
        place = person.membership.organisation_id
    made, secret = tokens.make(person, asked, person, place)
    return Caller(app, secret, made)


def a_registration(**values: Any) -> dict[str, Any]:
    """The JSON of a registration."""
    known = {name: value for name, value in company().items() if value is not None and name != "company_key"}
    return {"typed_by": "reseller", **known, **values}
