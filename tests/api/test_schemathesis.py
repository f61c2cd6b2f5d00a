"""The API in the hands of somebody who makes requests up from its document: it never fails, and always answers as the
document says.

About 200 requests, the same in every run; `GANGWAY_API_EXAMPLES=2000` (as `make sweep` has it) makes up others.
"""

from __future__ import annotations

import contextvars
import os
from collections.abc import Iterable
from datetime import timedelta
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
from app.billing.service import handing_over
from app.core.clock import now
from tests import sentences as s
from tests.api.sentences import a_caller, a_registration
from tests.billing.invoice_sentences import a_document, a_period, kept
from tests.billing.sentences import a_detail
from tests.directory.sentences import a_listed, partner_of
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
    integration = a_listed()
    handed_over = handing_over.hand_over(now().date(), "key", s.a_staff_member("finance"))
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
        "software-partners": partner_of(integration).ref,
        "integrations": integration.ref,
        "hand-overs": handed_over.ref,
    }


def bodies(known: dict[str, str]) -> dict[str, dict[str, Any]]:
    """What is taken as it stands, where made-up values alone would hardly ever be."""
    today = now().date().isoformat()
    terms = {"service": "payments", "months": "1", "net": "149.00", "currency": "EUR", "credit": "direct"}
    totals = {"vat_lines": [{"rate": "23", "net": "100.00"}], "total": "123.00"}
    return {
        "POST /api/v1/leads": a_registration(reseller=known["resellers"]),
        "POST /api/v1/accounts/{ref}/billing-details": {**terms, "starts_on": today},
        "POST /api/v1/hand-overs": {"until": (now().date() + timedelta(days=300)).isoformat()},
        "PUT /api/v1/invoices": {
            **totals,
            "kind": "invoice",
            "issued_on": today,
            "currency": "PLN",
            "buyer_name": "Quillmark Stationers",
        },
    }


def test_whatever_is_asked_is_answered_as_the_document_says(app: Flask) -> None:
    known = a_world()
    caller = a_caller(app, s.a_staff_member(*StaffRole))
    schema: Any = schemathesis.openapi.from_wsgi("/api/openapi.json", app=Apart(app))
    operations = [result.ok() for result in schema.get_all_operations()]
    right = bodies(known)
    for operation in operations:
        _try(operation, known, right.get(operation.label), caller.secret, ceil(EXAMPLES / len(operations)))


def _try(operation: Any, known: dict[str, str], right: dict[str, Any] | None, secret: str, examples: int) -> None:
    place = operation.path.removeprefix("/api/v1/").partition("/")[0]

    @settings(
        max_examples=examples,
        derandomize=USUAL,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        case=st.one_of([operation.as_strategy(generation_mode=mode) for mode in EVERYTHING]),
        really=st.booleans(),
        one=st.integers(0, 20),
    )
    def asked(case: Any, really: bool, one: int) -> None:
        """With `really` of a record that is there, and with a right body but for one field."""
        case.headers.pop("Authorization", None)
        if really and place in known and "ref" in (case.path_parameters or {}):
            case.path_parameters["ref"] = known[place]
            if any(parameter.name == "If-Match" for parameter in operation.headers):
                case.headers["If-Match"] = "*"
        if really and right is not None:
            made_up = sorted(case.body.items()) if isinstance(case.body, dict) else []
            case.body, case.media_type = {**right, **dict(made_up[one : one + 1])}, "application/json"
            if operation.method == "put":
                case.query = {"number": f"FV/{one}"}
        response = case.call(headers={"Authorization": f"Bearer {secret}"})
        case.validate_response(response, checks=CHECKS)

    asked()
