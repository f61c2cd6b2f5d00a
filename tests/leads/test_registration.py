"""The registration form: who may fill it in, what it takes, what it gives back (R7, R8)."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from app.core.db import db
from app.leads.models import Lead, Submission
from tests import sentences as s


def filled(**values: Any) -> dict[str, Any]:
    """What a client types: every field right unless a test says otherwise."""
    return {
        "typed_by": "client",
        "company_name": "Stolarnia Modrzew sp. z o.o.",
        "country": "PL",
        "company_number": s.a_nip(),
        "street": "ul. Wiklinowa 14/3",
        "postcode": "62-200",
        "city": "Gniezno",
        "contact_name": "Hanna Wilk",
        "email": "hanna@modrzew.example",
        "phone": "61 123 45 67",
        "submission_key": "a-key",
        **values,
    }


def test_a_registration_becomes_a_lead_with_a_receipt(app: Flask, client: FlaskClient, context: None) -> None:
    reseller = s.a_reseller()
    path = f"/r/{s.link_of(reseller).slug}"

    answer = s.post(client, path, filled(company_number="PL 856-734-62-15"))

    assert answer.status_code == 303
    page = client.get(answer.headers["Location"])
    lead = db.session.scalars(db.select(Lead)).one()
    submission = db.session.scalars(db.select(Submission)).one()
    assert lead.company_number == "8567346215"
    assert lead.reseller_id == reseller.id
    assert submission.receipt in page.get_data(as_text=True)
    assert "Hanna Wilk" in page.get_data(as_text=True)
