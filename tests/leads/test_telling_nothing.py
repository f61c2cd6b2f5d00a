"""A company that somebody else has registered looks like a new one: to the visitor, the reseller and their mails (R8).

Everything that either of them can reach is compared byte for byte, with references, numbers and tokens made alike.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from flask import Flask

from app.core import identifiers
from app.core.db import db
from app.history.service import entries_of
from app.leads.models import Lead, Submission
from app.outbox.models import MailRow
from app.partners.models import Reseller
from tests import sentences as s
from tests.leads.sentences import a_lead, an_account

START = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)


def _nothing(number: str) -> None:
    """Nobody knows the company."""


def _anothers_lead(number: str) -> None:
    a_lead(of=s.a_reseller("Oakmere", contact="Tom Aldous"), company_number=number)


def _anothers_claim(number: str) -> None:
    a_lead(of=s.a_reseller("Oakmere", contact="Tom Aldous"), company_number=number, state="accepted")


def _anothers_account(number: str) -> None:
    an_account(of=s.a_reseller("Oakmere", contact="Tom Aldous"), company_number=number)


def _the_vendors_account(number: str) -> None:
    an_account(company_number=number)


KNOWN = [_anothers_lead, _anothers_claim, _anothers_account, _the_vendors_account]


@pytest.fixture(autouse=True)
def _standstill(context: None) -> Iterator[None]:
    with time_machine.travel(START, tick=False):
        yield


def _filled(number: str, **values: str) -> dict[str, str]:
    return {
        "typed_by": "client",
        "company_name": "Stolarnia Modrzew",
        "country": "PL",
        "company_number": number,
        "street": "ul. Wiklinowa 14/3",
        "postcode": "62-200",
        "city": "Gniezno",
        "contact_name": "Hanna Wilk",
        "email": f"hanna{number}@modrzew.example",
        "phone": "61 123 45 67",
        "submission_key": "a-key",
        "note": "Please call in the afternoon.",
        **values,
    }


def _seen(app: Flask, known_by: Any, *, by_member: bool) -> dict[str, str]:
    """All that visitor and reseller are told about one registration."""
    number, reseller = s.a_nip(), s.a_reseller()
    known_by(number)
    visitor, panel = app.test_client(), s.sign_in(app.test_client(), s.owner_of(reseller))
    path = f"/r/{s.link_of(reseller).slug}"
    typist = panel if by_member else visitor
    told = {}

    def look(name: str, answer: Any) -> None:
        told[name] = f"{answer.status_code} {answer.headers}\n{answer.get_data(as_text=True)}"

    look("wrong", s.post(typist, path, _filled(number, postcode="")))
    sent = s.post(typist, path, _filled(number, typed_by="reseller" if by_member else "client"))
    look("sent", sent)
    look("receipt", typist.get(sent.headers["Location"]))
    look("receipt for others", app.test_client().get(sent.headers["Location"]))
    look("sent again", s.post(typist, path, _filled(number, submission_key="another", note="And a shop.")))
    look("advice", visitor.get(f"/identifier-advice?country=PL&company_number={number}"))
    lead = _lead_of(reseller)
    for page in (
        "/panel",
        "/panel/leads",
        f"/panel/leads?q={number}",
        "/panel/leads/leads.csv",
        "/panel/accounts",
        "/panel/services",
        f"/panel/leads/{lead.ref}",
        f"/panel/leads/{lead.ref}/edit",
        f"/panel/leads/{lead.ref}/withdrawal",
        f"/panel/leads/{lead.ref}/additions",
    ):
        look(page.replace(lead.ref, "REF").replace(number, "NIP"), panel.get(page))
        look(page.replace(lead.ref, "REF") + " fragment", panel.get(page, headers={"HX-Request": "true"}))
    look("note", s.post(panel, f"/panel/leads/{lead.ref}/notes", {"note": "Hello"}, page=f"/panel/leads/{lead.ref}"))
    told["mails"] = json.dumps(_mails_about(lead), indent=1, default=str)
    told["history"] = json.dumps([[entry.verb, entry.actor_id is None] for entry in entries_of(lead)])
    return {name.replace(number, "NIP"): _alike(text, number, reseller) for name, text in told.items()}


def _lead_of(reseller: Reseller) -> Lead:
    lead: Lead = db.session.scalars(db.select(Lead).where(Lead.reseller_id == reseller.id)).one()
    return lead


def _mails_about(lead: Lead) -> list[Any]:
    receipts = db.session.scalars(db.select(Submission.receipt).where(Submission.lead_id == lead.id)).all()
    rows = db.session.scalars(db.select(MailRow).order_by(MailRow.id)).all()
    return [
        [row.template, row.to_email, row.locale, row.args]
        for row in rows
        if lead.ref in (text := f"{row.conversation} {row.args}") or any(receipt in text for receipt in receipts)
    ]


def _alike(text: str, number: str, reseller: Reseller) -> str:
    text = text.replace(number, "NIP").replace(identifiers.show_company_number("PL", number), "NIP")
    text = text.replace(s.link_of(reseller).slug, "SLUG").replace(s.owner_of(reseller).email, "OWNER")
    text = re.sub(r"\b[A-Z]-[0-9A-HJKMNP-TV-Z]{8}\b", "REF", text)
    text = re.sub(r"REF\.[0-9a-f]{32}", "PROOF", text)
    text = re.sub(r'(name="(?:csrf_token|opened|submission_key)"[^>]*value=)"[^"]*"', r'\1"TOKEN"', text)
    text = re.sub(r'(csrf-token" content=)"[^"]*"', r'\1"TOKEN"', text)
    text = re.sub(r"(Set-Cookie: \w+)=[^;]*", r"\1=SESSION", text)
    text = re.sub(r"(Content-Length:) \d+", r"\1 LENGTH", text)
    return re.sub(r"/assets/[0-9a-f]+/|sha384-[\w+/=]+", "ASSET", text)


@pytest.mark.parametrize("known_by", KNOWN)
@pytest.mark.parametrize("by_member", [False, True])
def test_a_known_company_is_received_like_a_new_one(app: Flask, known_by: Any, by_member: bool) -> None:
    new, known = _seen(app, _nothing, by_member=by_member), _seen(app, known_by, by_member=by_member)
    assert new.keys() == known.keys()
    for name in new:
        differing = [(a, b) for a, b in zip(new[name].split("><"), known[name].split("><"), strict=False) if a != b]
        assert known[name] == new[name], f"{name}: {differing[:3]}"
    assert json.loads(new["mails"])


@pytest.mark.parametrize("known_by", KNOWN)
def test_a_lead_that_takes_a_known_number_is_saved_like_any_other(app: Flask, known_by: Any) -> None:
    answers = []
    for knower in (_nothing, known_by):
        reseller, number = s.a_reseller(), s.a_nip()
        lead = a_lead(of=reseller, company_number="8567346215")
        knower(number)
        panel = s.sign_in(app.test_client(), s.owner_of(reseller))
        form = _filled(number, version=str(lead.version))
        saved = s.post(panel, f"/panel/leads/{lead.ref}/edit", form)
        pages = [panel.get(f"/panel/leads/{lead.ref}"), panel.get("/panel/leads"), panel.get("/panel/leads/leads.csv")]
        answers.append(
            [
                _alike(f"{page.status_code} {page.headers} {page.get_data(as_text=True)}", number, reseller)
                for page in (saved, *pages)
            ]
        )
        assert saved.status_code == 303
    assert answers[0] == answers[1]
