"""The API in the hands of somebody who makes requests up from its document: it never fails, and always answers as the
document says.

About 200 requests, the same in every run; `GANGWAY_API_EXAMPLES=2000` (as `make sweep` has it) makes up others.
"""

from __future__ import annotations

import contextvars
import os
from collections.abc import Iterable
from math import ceil
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.access.roles import StaffRole
from tests import sentences as s
from tests.api.sentences import a_caller
from tests.billing.invoice_sentences import a_document, a_period, kept
from tests.billing.sentences import a_detail
from tests.directory.sentences import a_listed
from tests.followups.partners import a_service_partner
from tests.leads.sentences import a_lead, an_account
from tests.trainings.sentences import a_session

pytestmark = [pytest.mark.usefixtures("context"), pytest.mark.on("sqlite")]
EXAMPLES = int(os.environ.get("GANGWAY_API_EXAMPLES", "200"))
USUAL = "GANGWAY_API_EXAMPLES" not in os.environ
CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EVERYTHING = list(GenerationMode)
"""What the document allows, and what it does not."""


class Apart:
    """The application, each request apart from the test around it, as over the network."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        return contextvars.Context().run(lambda: list(self.app(environ, start_response)))


def a_world() -> dict[str, str]:
    """A record of each kind; a reference by what stands before it in an address."""
    reseller = s.a_reseller()
    s.a_service("payments")
    account = an_account(of=reseller)
    period = a_period(account, of=reseller)
    plan = s.a_plan(account=account)
    partner_listed = a_listed()
    return {
        "leads": a_lead(of=reseller, state="accepted", shops=["https://bryza.example"]).ref,
        "accounts": account.ref,
        "billing-details": a_detail(on=account, of=reseller).ref,
        "invoices": kept(a_document(period_refs=(period.ref,))).ref,
        "plans": plan.ref,
        "tasks": s.task_of(plan, "domain").ref,
        "trainings": a_session().ref,
        "resellers": reseller.ref,
        "service-partners": a_service_partner().ref,
        "integrations": partner_listed.ref,
    }


def test_whatever_is_asked_is_answered_as_the_document_says(app: Flask) -> None:
    known = a_world()
    caller = a_caller(app, s.a_staff_member(*StaffRole))
    schema: Any = schemathesis.openapi.from_wsgi("/api/openapi.json", app=Apart(app))
    operations = [result.ok() for result in schema.get_all_operations()]
    for operation in operations:
        _try(operation, known, caller.secret, ceil(EXAMPLES / len(operations)))


def _try(operation: Any, known: dict[str, str], secret: str, examples: int) -> None:
    place = operation.path.removeprefix("/api/v1/").partition("/")[0]

    @settings(
        max_examples=examples,
        derandomize=USUAL,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of([operation.as_strategy(generation_mode=mode) for mode in EVERYTHING]), really=st.booleans())
    def asked(case: Any, really: bool) -> None:
        if really and place in known and "ref" in (case.path_parameters or {}):
            case.path_parameters["ref"] = known[place]
            if any(parameter.name == "If-Match" for parameter in operation.headers):
                case.headers["If-Match"] = "*"
        response = case.call(headers={"Authorization": f"Bearer {secret}"})
        case.validate_response(response, checks=CHECKS)

    asked()
